# Sourced by the tests of hints, in place of ../cli/lib.sh: a `try:` line is worth what happens to who follows it.
#
# Each hint of the source, siam_hint(e, "FORMAT", ...), has at least one row here or in any other test:
#
#     hint 'FORMAT' STATUS COMMAND...     the command fails with STATUS and its try: line fits FORMAT
#
# FORMAT is copied from the source, in '' or "", %s and %d included (PRId64 is d). A test may give `hint` a name of its
# own: refused() { hint "$1" 65 COMMAND; }, then refused 'FORMAT'. The next line then does what was
# said; it must end well, or with the status in `then`, but never with the same complaint:
#
#     pasted [SAID] [WORD=VALUE...]       all of the hint, or its part SAID, is a command: run it as printed, each
#                                         placeholder in capitals (PATH, DIR, MODEL) replaced by a value
#     again SAID [OPTION...]              the failed command once more with options. SAID is a part of the hint: the
#                                         options themselves ("--batch 32"), or words ("a smaller --batch") and then
#                                         the options that they mean here. An option takes the place of the same
#                                         one; ~--resume leaves one out, ~--k= leaves one out with its value
#     after SAID COMMAND...               do something (mkdir, chmod), then the failed command once more
#     instead SAID COMMAND...             a different command that is what SAID asks for
#
#     hint 'mkdir -p %s' 66 simsiam export m -o new/m.pth
#     after 'mkdir -p new' mkdir -p new
#     then=65 again 'another --out' --out b  # ends with 65, but it complains about something else
#
# A hint of the C library has its row in a C test: assert_hint(&e, "FORMAT") of hint.h, and then a call that does what
# it says. tests/meta/check_hints.sh compares the rows with the source; `check_hints.sh --list` prints both.
. "$(dirname "${BASH_SOURCE[0]}")/../cli/lib.sh"

# A training of 2 steps that takes a fifth of a second: small.yaml, with --data $few.
few=synth:train=64,test=32
printf '%s\n' 'data.size: 8' 'model.width: 16' 'model.dim: 32' 'train.batch: 32' 'train.epochs: 1' 'eval.every: 0' \
    'run.threads: 1' 'run.tuning: fixed' >small.yaml

asked=() said= complaint= unfollowed=

# foreign IN OUT [SED]: a safetensors file as other programs write it, without our metadata, its header changed by sed.
foreign() {
    local n
    n=$(od -An -t u4 -N 4 "$1" | tr -d ' ')
    head -c $((8 + n)) "$1" | tail -c +9 | sed -E 's/"__metadata__":\{[^}]*\},?//' | sed -E "${3-}" >header
    printf "$(printf '\\x%02x\\x%02x\\x%02x' $(($(stat -c %s header) & 255)) $(($(stat -c %s header) >> 8 & 255)) \
        $(($(stat -c %s header) >> 16)))\0\0\0\0\0" | cat - header >"$2"
    tail -c +$((9 + n)) "$1" >>"$2"
}

# FORMAT as an extended regular expression.
pattern_of() {
    sed -E -e 's/[][\.*^$+?(){}|]/\\&/g' -e 's/%s/.*/g' -e 's/%[0-9]*[diuzx]+/-?[0-9a-f]+/g' \
        -e 's/%(\\\.[0-9])?[feg]/-?[0-9][-+.0-9e]*/g' -e 's/%%/%/g' -e 's/^.*$/^&$/' <<<"$1"
}

hint() {
    all_followed
    local format=$1
    expect "${@:2}"
    asked=("${@:3}")
    said=$(sed -n 's/^  try: //p' err)
    complaint=$(grep '^simsiam: ' err | tail -n 1)
    unfollowed=$format
    grep -qE -- "$(pattern_of "$format")" <<<"$said" || fail "the hint '$said' is not '$format'"
}

all_followed() {
    [ -z "$unfollowed" ] || fail "nothing was done about the hint '$unfollowed'"
    unfollowed=
}

# The hint holds the words, and now something is done about it.
heard() {
    [[ -n $said && $said == *"$1"* ]] || fail "the hint '$said' does not say '$1'"
    unfollowed=
}

ends_well() {
    expect "${then:-0}" "$@"
    [ -z "$complaint" ] || ! grep -qxF -- "$complaint" err || fail "the hint leads back to: $complaint"
}

# WORD=VALUE: text gets the value wherever the word stands.
fill_in() {
    local word=${1%%=*} filled=
    while [[ $text =~ ^(.*[^A-Za-z0-9_-]|)$word([^A-Za-z0-9_-].*|)$ ]]; do
        text=${BASH_REMATCH[1]} filled=${1#*=}${BASH_REMATCH[2]}$filled
    done
    [ -n "$filled" ] || fail "there is no $word in the hint '$said'"
    text+=$filled
}

pasted() {
    local text=$said pair
    if [[ ${1-} == *" "* && ! ${1-} =~ ^[A-Z-]+= ]]; then
        text=$1
        shift
    fi
    heard "$text"
    for pair; do
        fill_in "$pair"
    done
    ends_well eval "$text"
}

# again's work on words: left = the command without the option that $1 names.
leave_out() {
    local name=${1%%=*} i
    local -a kept=()
    for ((i = 0; i < ${#left[@]}; i++)); do
        case ${left[i]} in
        "$name") [ "$1" = "$name" ] || i=$((i + 1)) ;;
        "$name"=*) ;;
        *) kept+=("${left[i]}") ;;
        esac
    done
    left=("${kept[@]}")
}

again() {
    local -a left=("${asked[@]}") added=()
    heard "$1"
    if [ $# = 1 ]; then
        eval "set -- '' $1" # the hint's own words, as a shell reads them
    fi
    shift
    while [ $# -gt 0 ]; do
        case $1 in
        "~"*) leave_out "${1#\~}" ;;
        -*=*) leave_out "${1%%=*}=" && added+=("$1") ;;
        -*)
            if [[ $# -gt 1 && $2 != -* && $2 != "~"* ]]; then
                leave_out "$1=" && added+=("$1" "$2")
                shift
            else
                leave_out "$1" && added+=("$1")
            fi
            ;;
        *) added+=("$1") ;;
        esac
        shift
    done
    ends_well "${left[@]}" "${added[@]}"
}

after() {
    heard "$1"
    "${@:2}" || fail "could not do: ${*:2}"
    ends_well "${asked[@]}"
}

instead() {
    heard "$1"
    ends_well "${@:2}"
}

finish_hints() {
    all_followed
    finish
}
