#!/bin/bash
# A room includes only rooms to its right, and each third-party header has its owners:
# { cli, api } -> tasks -> train -> infer -> model -> views -> { data, engine, checkpoint, report } -> { nn, optim } -> { image, backend } -> comm -> tensor -> base
set -eu
cd "${SIMSIAM_SOURCE:-$(dirname "$0")/../..}/src"
find . -name '*.[ch]' | sort | xargs awk '
BEGIN {
    split("cli:0 api:0 tasks:1 train:1.5 infer:1.6 model:1.7 views:1.8 data:2 engine:2 checkpoint:2 report:2 nn:2.5 optim:2.5 image:3 backend:3 comm:3.5 tensor:4 base:5", r, " ")
    for (i in r) { split(r[i], p, ":"); rank[p[1]] = p[2] }
    split("dnnl:backend/onednn archive:data zlib:data isa-l:checkpoint jpeglib:image jerror:image png:image tiffio:image webp:image gif:image yaml:base jansson:base xxhash:base nettle:base curl:tasks/task_fetch.c dlfcn:tasks/task_fetch.c+base/linalg.c+comm/launch.c+engine/pjrt mpi:comm/mpi lapacke:base cblas:base", o, " ")
    for (i in o) { split(o[i], p, ":"); owner[p[1]] = p[2] }
}
/^[ \t]*#[ \t]*include[ \t]*"/ {
    split(FILENAME, f, "/"); room = f[2]
    split($0, q, "\""); split(q[2], t, "/")
    if (!(room in rank)) { print FILENAME ": the folder " room " has no place in the order"; bad = 1 }
    else if (t[1] in rank && t[1] != room && rank[t[1]] <= rank[room]) {
        print FILENAME ":" FNR ": " room " must not see " t[1] ": " $0; bad = 1
    }
}
/^[ \t]*#[ \t]*include[ \t]*</ {
    split($0, q, /[<>]/); split(q[2], t, /[.\/_]/); name = t[1]
    if (!(name in owner)) next
    n = split(owner[name], o, "+"); owned = 0
    for (i = 1; i <= n; i++) if (index(FILENAME "/", "./" o[i] "/") == 1) owned = 1
    if (!owned) { print FILENAME ":" FNR ": only " owner[name] " includes <" q[2] ">"; bad = 1 }
}
END { exit bad }'
echo "every include points to the right"
