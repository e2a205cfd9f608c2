#!/bin/bash
# One file + one row: every row of a .def names a file that is there, and every such file has a row.
set -u
cd "${SIMSIAM_SOURCE:-$(dirname "$0")/../..}" || exit 1
bad=0

tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT

# check DEF PREFIX SUFFIX
check() {
    sed -n 's/^SIAM_ROW(\([^,)]*\)[,)].*/\1/p' "$1" | sort >"$tmp/rows"
    ls "$2"*"$3" 2>/dev/null | sed "s|^$2||; s|$3\$||" | sort >"$tmp/files"
    [ -s "$tmp/rows" ] || { echo "$1 has no rows"; bad=1; }
    diff "$tmp/rows" "$tmp/files" >"$tmp/diff" && return
    echo "$1 ('<') and the files $2*$3 ('>') differ:"
    grep '^[<>]' "$tmp/diff"
    bad=1
}

check src/cli/commands.def src/cli/cmd_ .c
check src/tasks/tasks.def src/tasks/task_ .c
check src/train/recipes.def recipes/ .yaml
check src/train/jobs.def src/train/job_ .c
check src/report/sinks.def src/report/sink_ .c
check src/nn/backbones.def src/nn/backbone_ .c
check src/nn/hlo/ops.def src/nn/hlo/op_ .c
check src/image/codecs.def src/image/codec_ .c
check src/data/datasets.def src/data/dataset_ .c
check src/data/augments.def src/data/aug_ .c
check src/views/views.def src/views/view_ .c
check src/engine/engines.def src/engine/engine_ .c
check src/optim/optimizers.def src/optim/optim_ .c
check src/optim/schedules.def src/optim/sched_ .c
check src/checkpoint/formats.def src/checkpoint/format_ .c
for dir in src/backend/*/; do
    check "${dir}ops.def" "${dir}op_" .c
    name=$(basename "$dir")
    grep -q "^SIAM_ROW($name)" src/backend/backends.def || { echo "backend $name has no row"; bad=1; }
done
known="codecs commands tasks recipes jobs sinks gauges backbones datasets augments views optimizers schedules formats ops backends op_kinds engines"
for def in $(find src -name '*.def'); do
    case " $known " in
    *" $(basename "$def" .def) "*) ;;
    *) echo "$def is a list that this check does not know"; bad=1 ;;
    esac
done
[ $bad = 0 ] && echo "every file has a row and every row a file"
exit $bad
