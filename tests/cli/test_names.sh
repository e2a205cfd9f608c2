#!/bin/bash
# Names of files and classes: what is written for other programs is the name itself, whatever is in it.
. "$(dirname "$0")/lib.sh"
photos=$here/../data/codec
tiny=$here/../data/classifier/tiny.pth
one=(--threads 1 --mean 0,0,0 --std 1,1,1)
tab=$(printf '\t') newline=$'a\nb' latin=$(printf 'caf\351') bell=$(printf 'b\007c')
names=(-3kd93.jpg @a.jpg =1+1.jpg +x.jpg "'q'.jpg" 'say "hi", she.jpg' "a${tab}b.jpg" "$newline.jpg" "$latin.jpg"
    "$bell.jpg" ' blank .jpg' 'ä€🐱.jpg' $'cr\r.jpg' '#1.jpg')

# field NAME: as RFC 4180 writes it.
field() { printf '"%s"' "${1//\"/\"\"}"; }
# holds FILE TEXT: byte for byte, lines in it included.
holds() { LC_ALL=C; [[ $(cat "$1") == *"$2"* ]] || { fail "'$2' is not in $1"; cat -A "$1"; }; LC_ALL=C.UTF-8; }

mkdir -p data/train/ant data/train/bee data/val/ant data/val/bee
cp "$photos/rgb8.png" data/train/ant/1.png && cp "$photos/rgb8.png" data/train/bee/2.png && cp data/train/bee/2.png data/val/bee
for name in "${names[@]}"; do cp "$photos/rgb_420.jpg" "data/val/ant/$name"; done
expect 0 simsiam test "$tiny" --data data --out preds.csv "${one[@]}"
expect 0 simsiam extract "$tiny" --data data -o f.npy "${one[@]}"
expect 0 simsiam extract "$tiny" --data data -o g.csv "${one[@]}"
for name in "${names[@]}"; do
    holds preds.csv ",$(field "val/ant/$name"),0,"
    holds f.index.csv ",$(field "val/ant/$name"),0,"
    holds g.csv ",$(field "val/ant/$name"),0,"
done

# JSON is ASCII: what a terminal takes for a command or a change of direction is escaped, and says the same to a program.
mkdir marks
for name in $'\u009b31m' $'\u202egpj.exe' $'\u2066x\u2069' $'\u200b' 'ä€🐱' $'\e]0;x'; do cp "$photos/rgb_420.jpg" "marks/$name.jpg"; done
plain() { LC_ALL=C; grep -qP '[^\x20-\x7e\t\n]' out && fail "not only ASCII: $1"; LC_ALL=C.UTF-8; }
expect 0 simsiam predict "$tiny" marks --json "${one[@]}"
plain predict
says out '\\u202E'
expect 0 simsiam test "$tiny" --data data --json "${one[@]}"
plain test
expect 0 simsiam test "$tiny" --data data --out preds.jsonl "${one[@]}"
cp preds.jsonl out && plain preds.jsonl

# Lists of what cannot be read: the same names; a resumed run merges rows that are several lines.
for i in $(seq 20); do cp "$photos/rgb_420.jpg" data/train/ant/good$i.jpg; done
bad=(-bad.jpg "$newline" $'\n,"\n' "$latin")
for name in "${bad[@]}"; do echo no picture >"data/train/ant/$name.jpg"; done
expect 0 simsiam extract "$tiny" --data data -o h.npy --max_bad 0.5 "${one[@]}"
small=(--size 16 --width 4 --dim 16 --batch 8 --threads 1 --tuning fixed --max_bad 0.5 --eval.every 0)
expect 0 simsiam train folder-resnet18 --data data "${small[@]}" --epochs 3 --out whole
expect 0 simsiam train folder-resnet18 --data data "${small[@]}" --epochs 3 --out halves --stop_step 2
expect 0 simsiam train --out halves --resume
cmp whole/skipped.csv halves/skipped.csv || fail "resuming changed skipped.csv"
for name in "${bad[@]}"; do
    holds h.skipped.csv ",$(field "train/ant/$name.jpg"),"
    holds whole/skipped.csv ",$(field "train/ant/$name.jpg"),"
done
[ "$(grep -c '","' whole/skipped.csv)" = ${#bad[@]} ] || { fail "not one record each"; cat whole/skipped.csv; }
finish
