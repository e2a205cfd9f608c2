#!/bin/bash
# A run folder may be anybody's: whatever stands under a name of ours, nothing outside of the folder changes, nothing waits,
# and a resume that is refused changes nothing in it either.
. "$(dirname "$0")/../hints/lib.sh"
export OMP_NUM_THREADS=1
train() { timeout 60 "$SIMSIAM_BINARY" train small.yaml --data $few --threads 1 "$@"; }
probe=(--data $few --epochs 2 --batch 32 --threads 1 --tuning fixed)
sed -i 's/width: .*/width: 1/; s/dim: .*/dim: 4/' small.yaml
expect 0 train --out run --epochs 2 --stop_step 2
expect 0 simsiam linear run "${probe[@]}" --stop_step 2 --out probe
[ -e run/.simsiam.lock ] && [ ! -e run/.lock ] || fail "the lock has another name"

names=(.simsiam.lock .lock train.log metrics.jsonl run.json config.yaml tuning.json model.safetensors model-last.safetensors
    skipped.csv checkpoints checkpoints/last checkpoints/step-00000002.safetensors)
kinds=(link folderlink dangling loop hard pipe device folder)
perl -MIO::Socket::UNIX -e 1 2>/dev/null && kinds+=(socket)
[ "$(id -u)" = 0 ] && kinds+=(foreign)

# What a folder holds: names, kinds, targets and bytes, but for the times.
state_of() { find "$1" -printf '%P %y %l %n %m\n' -type f -exec cksum {} + | sort; }

# Put KIND in the place of FOLDER/NAME. What links lead to is in outside/, as good as what was there.
plant() {
    local at=$1/$2 kind=$3
    rm -rf outside
    mkdir -p outside/folder "$(dirname "$at")"
    [ -e "$at" ] && cp -r "$at" outside/thing || echo precious >outside/thing
    [ -d "$at" ] && cp "$at"/* outside/folder
    touch outside/folder/.tmp-mine
    rm -rf "$at"
    case $kind in
    link) ln -s "$PWD/outside/thing" "$at" ;;
    folderlink) ln -s "$PWD/outside/folder" "$at" ;;
    dangling) ln -s "$PWD/outside/new" "$at" ;;
    loop) ln -s "$(basename "$at")" "$at" ;;
    hard)
        [ -d outside/thing ] && rm -r outside/thing && echo precious >outside/thing
        ln outside/thing "$at"
        ;;
    pipe) mkfifo "$at" ;;
    device) ln -s /dev/null "$at" ;;
    folder) mkdir "$at" && echo precious >"$at/kept" ;;
    socket) perl -MIO::Socket::UNIX -e 'IO::Socket::UNIX->new(Local => $ARGV[0], Listen => 1) or die' "$at" ;;
    foreign) cp -r outside/thing "$at" && chown -R 12345 "$at" ;;
    esac
    before=$(state_of outside)
}

# What stands under any name, what is refused and what is not: STATUSES COMMAND.
meets() {
    local status
    timeout 20 "${@:2}" >out 2>err </dev/null
    status=$?
    [[ " $1 " == *" $status "* ]] || { fail "exit status $status instead of $1 with $name as $kind: ${*:3}"; tail -n 5 err; }
    [ "$(state_of outside)" = "$before" ] || fail "something outside changed, with $name as $kind: ${*:3}"
    [ $status = 0 ] || [ "$(grep -c '^simsiam: error: ' err).$(grep -c '^  try: ' err)" = 1.1 ] ||
        { fail "not one sentence and one hint, with $name as $kind: ${*:3}"; cat err; }
    ! grep -qE 'Sanitizer|runtime error' err || { fail "it complained, with $name as $kind"; head -n 20 err; }
}

for name in "${names[@]}"; do
    for kind in "${kinds[@]}"; do
        refused="65 66 73 74"
        [ $name = .lock ] && refused=0 # that of earlier versions is looked at only
        [ "$name.$kind" = checkpoints.folder ] && refused=66
        [ "$name.$kind" = checkpoints.foreign ] && refused=65
        for verb in train linear; do
            rm -rf case
            cp -r $([ $verb = train ] && echo run || echo probe) case
            plant case $name $kind
            was=$(state_of case)
            meets "$refused" "$SIMSIAM_BINARY" $verb --out case --resume --threads 1
            [ "$refused" = 0 ] || [ "$(state_of case)" = "$was" ] || fail "a refused $verb changed its run, with $name as $kind"
        done
        rm -rf case
        mkdir case
        plant case $name $kind
        was=$(state_of case)
        meets "65 73" "$SIMSIAM_BINARY" train small.yaml --data $few --threads 1 --out case
        [ "$(state_of case)" = "$was" ] || fail "a refused new run changed the folder, with $name as $kind"
    done
done

# ---- the hints
for kind in link hard; do
    rm -rf case COPY && cp -r run case && plant case train.log $kind
    hint 'cp -rL %s COPY && simsiam %s --out COPY --resume' 65 simsiam train --out case --resume
    pasted
    [ "$(state_of outside)" = "$before" ] || fail "the copy wrote outside"
done
rm -rf 'a case' COPY && cp -r probe 'a case' && plant 'a case' checkpoints link
hint 'cp -rL %s COPY && simsiam %s --out COPY --resume' 65 simsiam linear --out 'a case' --resume
pasted COPY=copy
for kind in pipe dangling folder; do
    rm -rf case && cp -r run case && plant case metrics.jsonl $kind
    hint 'mv %s ELSEWHERE' 65 simsiam train --out case --resume
    after 'mv case/metrics.jsonl' mv case/metrics.jsonl "elsewhere.$kind"
done
rm -rf case && cp -r run case && rm -r case/checkpoints && echo mine >case/checkpoints
hint 'mv %s ELSEWHERE' 65 simsiam train --out case --resume
then=66 after 'mv case/checkpoints' mv case/checkpoints elsewhere.file
rm -rf case && cp -r run case && echo 'my notes' >case/.simsiam.lock
hint 'mv %s ELSEWHERE' 73 simsiam train --out case --resume
after 'mv case/.simsiam.lock' mv case/.simsiam.lock elsewhere.lock
mkdir linked && ln -s .simsiam.lock linked/.simsiam.lock
hint 'mv %s ELSEWHERE' 65 train --out linked
after 'mv linked/.simsiam.lock' mv linked/.simsiam.lock elsewhere.link
for kept in model.safetensors tuning.json run.json .lock notes.txt train.log; do
    mkdir "mine $kept" && echo mine >"mine $kept/$kept"
    hint '--out %s' 73 train --out "mine $kept"
    again "--out 'mine $kept/run'"
    [ "$(cat "mine $kept/$kept")" = mine ] || fail "$kept of the user's changed"
done

# ---- a resume that is refused changes nothing
# unchanged STATUS COMMAND: of the run `case`
unchanged() {
    local was
    was=$(state_of case)
    expect "$@"
    [ "$(state_of case)" = "$was" ] || { fail "this changed the run: ${*:2}"; diff <(echo "$was") <(state_of case); }
}
# edit_header FILE SED: change the JSON at the beginning of a safetensors file; its hashes, which anybody can make, go.
edit_header() {
    local n
    n=$(od -An -t u4 -N 4 "$1" | tr -d ' ')
    head -c $((8 + n)) "$1" | tail -c +9 | sed -E 's/"(header|payload)_xxh3":"[^"]*",?//g; s/,\}/}/g' >hashless
    sed -E "$2" hashless >header
    cmp -s header hashless && fail "nothing to change with $2"
    printf "$(printf '\\x%02x\\x%02x' $(($(stat -c %s header) & 255)) $(($(stat -c %s header) >> 8 & 255)))\0\0\0\0\0\0" |
        cat - header >edited
    tail -c +$((9 + n)) "$1" >>edited
    cat edited >"$1"
}
rm -rf case && cp -r run case && rm case/train.log case/.simsiam.lock
unchanged 78 simsiam train --out case --resume --seed 7
unchanged 78 simsiam train --out case --resume --data synth:train=128,test=32
unchanged 66 simsiam train --out case --resume --data nowhere
unchanged 2 simsiam train --out case --resume --nonsense 1
echo '{' >case/tuning.json
unchanged 65 simsiam train --out case --resume
rm -rf case && cp -r probe case && rm case/train.log case/.simsiam.lock
unchanged 78 simsiam linear --out case --resume --lr 3
unchanged 78 simsiam linear --out case --resume --data synth:train=128,test=32
unchanged 66 simsiam linear --out case --resume --model.path nowhere
expect 0 train --out other --seed 3
unchanged 78 simsiam linear --out case --resume --model.path other
for how in 'echo torn >FILE' ': >FILE' 'rm FILE' 'truncate -s 1000 FILE'; do
    for verb in train linear; do
        rm -rf case && cp -r $([ $verb = train ] && echo run || echo probe) case
        eval "${how//FILE/case/checkpoints/step-00000002.safetensors}"
        unchanged 65 simsiam $verb --out case --resume
    done
done

# ---- numbers that a run does not come to
for value in nan inf -inf 1e999 -1e308 1.5 -0.25 0x1p+2000 '' words; do
    rm -rf case && cp -r run case
    edit_header case/checkpoints/step-00000002.safetensors "s/\"siam.best_knn\":\"[^\"]*\"/\"siam.best_knn\":\"$value\"/"
    unchanged 65 simsiam train --out case --resume
    says err "siam.best_knn"
done
for key in loss_sum gauge_sum seconds; do
    for value in nan -inf 1e999; do
        rm -rf case && cp -r run case
        edit_header case/checkpoints/step-00000002.safetensors "s/\"siam.$key\":\"[^\"]*\"/\"siam.$key\":\"$value\"/"
        unchanged 65 simsiam train --out case --resume
        says err "siam.$key"
    done
done
for change in seconds:nan seconds:-1 head0.best_hits:33 head0.best_hits:9000000000000000000 head0.hits5:33 head0.best_epoch:9 lead:1; do
    rm -rf case && cp -r probe case
    edit_header case/checkpoints/step-00000002.safetensors "s/\"siam.${change%%:*}\":\"[^\"]*\"/\"siam.${change%%:*}\":\"${change#*:}\"/"
    unchanged 65 simsiam linear --out case --resume
done

# ---- lines and commands of somebody else
for value in 'a\\nb' 'a\\tb' 'a\\e[2Jb' 'a\\x7fb' 'a\\u2028b'; do
    for key in data.path:train model.path:linear; do
        rm -rf case && cp -r $([ ${key#*:} = train ] && echo run || echo probe) case
        bare=${key%%:*}
        sed -i "/^${bare%.*}:/,/^[a-z]/s|^  ${bare#*.}: .*|  ${bare#*.}: \"$value\"|" case/config.yaml
        unchanged 65 simsiam ${key#*:} --out case --resume
        says err 'without control characters'
    done
done
expect 2 train --data $'synth\ntouch PWNED' --out lines
says err 'data.path must be text in UTF-8 without control characters'
expect 2 simsiam knn run --data $'x\x1b]0;'
[ ! -e lines ] || fail "a refused line made a folder"

# ---- outputs that a configuration names, and kernel choices that it brings
for place in "$PWD/elsewhere/plan/p.json" ../elsewhere.json "$PWD/elsewhere.auto"; do
    for name in tuning plan; do # its earlier name
        rm -rf case && cp -r run case
        sed -i "s|^  tuning: .*|  $name: $place|; s|^  out: .*|  out: $PWD/elsewhere/out|" case/config.yaml
        grep -q "^  $name: " case/config.yaml || fail "config.yaml has no tuning"
        expect 0 simsiam train --out case --resume --stop_step 3
        says err 'run.tuning .* of case/config.yaml is not used: what is written there is said anew, as --tuning'
        [ ! -e elsewhere ] && [ ! -e ../elsewhere.json ] && [ ! -e elsewhere.auto ] || fail "it wrote where the configuration said"
    done
done
rm -rf case && cp -r run case
expect 0 simsiam train --out case --resume --stop_step 3
silent_about err 'is not used'
expect 0 train --tuning auto --width 16 --dim 32 --stop_step 1 --out timed
[ -e cache/simsiam ] || fail "nothing was timed"
cp -r cache cache.own
sed -i 's/"choices": {/"choices": {"anything": {"variant": "x", "ms": 1},/' timed/tuning.json
expect 0 simsiam train --out timed --resume
diff -r cache cache.own || fail "the choices of a run got into the machine's cache"

# ---- those of earlier versions
rm -rf case && cp -r run case && mv case/.simsiam.lock case/.lock
expect 0 simsiam train --out case --resume
finish_hints
