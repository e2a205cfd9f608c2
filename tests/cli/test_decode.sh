#!/bin/bash
# --decode: what `fast` changes and what it does not, who makes the views, runs that go on, runs from before there was a choice.
. "$(dirname "$0")/lib.sh"
tiny=(--width 8 --dim 32 --batch 8 --epochs 2 --threads 1 --tuning fixed)

# 24 photographs of 120 x 90 pixels, in shards that `pack` writes, as JPEG.
mkdir -p raw/a raw/b
for i in $(seq 24); do
    class=$([ $((i % 2)) = 0 ] && echo a || echo b)
    { printf 'P6 240 180 255\n'
      awk -v seed="$i" 'BEGIN { for (y = 0; y < 180; y++) for (x = 0; x < 240; x++) for (c = 0; c < 3; c++)
          printf "%c", 33 + int(40 + 40 * sin((x * (c + 1) + y * seed) / (9 + seed))) }'
    } >raw/$class/$i.ppm
done
expect 0 simsiam pack raw -o p.tar --max_side 120
data=(--data p-train-000.tar)
mkdir photos && tar xf p-train-000.tar -C photos
ls photos/*.jpg >/dev/null || fail "there are no JPEGs to try it on"

# At 16 px these photographs are shrunk, at 80 px none can be.
for size in 16 80; do
    for decode in exact fast; do
        expect 0 simsiam train folder-resnet18 "${data[@]}" "${tiny[@]}" --size $size --decode $decode --out $decode$size
        says $decode$size/config.yaml "decode: $decode"
        grep -c 'decoded fast' err >told
        [ "$(<told)" = $([ $decode = fast ] && echo 1 || echo 0) ] || { fail "$decode decoding at $size px is told $(<told) times"; cat err; }
    done
done
says fast16/train.log '^ +decoded fast: JPEGs at 1/2, 1/4 or 1/8 of their size where all crops still have 16 px; --decode exact reads them in full$'
says fast80/train.log '^ +decoded fast, and in full: the JPEGs are too small to be shrunk for views of 80 px$'
cmp -s exact16/model.safetensors fast16/model.safetensors && fail "views of shrunk photographs are those of whole ones"
cmp -s exact80/model.safetensors fast80/model.safetensors || fail "photographs that are not shrunk have other views"
expect 0 simsiam train folder-resnet18 "${data[@]}" "${tiny[@]}" --size 16 --workers 3 --out usual
cmp -s fast16/model.safetensors usual/model.safetensors || fail "more threads make other views, or fast is not the default"
expect 2 simsiam train folder-resnet18 "${data[@]}" --decode quick --out x

mkdir others && cp raw/a/*.ppm others # which nobody shrinks
expect 0 simsiam train folder-resnet18 --data others "${tiny[@]}" --size 16 --epochs 1 --out no-jpeg
silent_about no-jpeg/train.log 'decoded fast'

# A run goes on as it began; without a word about it, it began before there was a choice.
for decode in exact fast; do
    expect 0 simsiam train folder-resnet18 "${data[@]}" "${tiny[@]}" --size 16 --decode $decode --stop_step 2 --out half-$decode
    [ $decode = fast ] || sed -i '/^ *decode:/d' half-exact/config.yaml
    expect 0 simsiam train --out half-$decode --resume
    cmp -s ${decode}16/model.safetensors half-$decode/model.safetensors || fail "$decode: stopped and resumed is another model"
done
expect 0 simsiam train folder-resnet18 "${data[@]}" "${tiny[@]}" --size 16 --stop_step 2 --out other
expect 78 simsiam train --out other --resume --decode exact
says err 'data\.decode = exact instead of fast'

# What measures a model reads the exact pixels; so does a linear evaluation of features that are kept.
expect 0 simsiam linear exact16 "${data[@]}" --val_share 0.25 --epochs 2 --batch 4 --threads 1 --out probe-exact --decode exact
expect 0 simsiam linear exact16 "${data[@]}" --val_share 0.25 --epochs 2 --batch 4 --threads 1 --out probe-fast
says probe-fast/train.log '^ +decoded fast: JPEGs at .* still have 16 px'
silent_about probe-exact/train.log 'decoded fast'
cmp -s probe-exact/model-last.safetensors probe-fast/model-last.safetensors && fail "the crops of a linear evaluation are exact whatever is said"
for decode in exact fast; do
    expect 0 simsiam linear exact16 "${data[@]}" --val_share 0.25 --epochs 2 --batch 4 --threads 1 --cache_features --out cached-$decode --decode $decode
done
silent_about cached-fast/train.log 'decoded fast'
cmp -s cached-exact/model-last.safetensors cached-fast/model-last.safetensors || fail "features that are kept depend on --decode"

# A preview shows what is trained on.
for decode in exact fast; do
    expect 0 simsiam preview photos --size 16 --decode $decode -o $decode.png
done
cmp -s exact.png fast.png && fail "the preview does not show what fast makes of photographs"
expect 0 simsiam preview photos --size 16 -o usual.png
cmp -s fast.png usual.png || fail "a preview shows something else than training's default"
finish
