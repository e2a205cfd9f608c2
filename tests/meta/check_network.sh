#!/bin/bash
# Only fetch can reach the network: no object of the library refers to libcurl or to sockets, and only fetch's loads a
# library at run time, beside the one that loads LAPACK, the one that loads MPI where a launcher has started several ranks,
# and the one that loads an accelerator's plug-in. SIMSIAM_LIBRARY: the static library.
set -eu
command -v nm >/dev/null || exit 77
symbols=$(nm --undefined-only "${SIMSIAM_LIBRARY:?is the static library}" 2>/dev/null)
grep -q ' memcpy$' <<<"$symbols" || { echo "nm shows nothing of $SIMSIAM_LIBRARY"; exit 1; }
awk '
/^[^ ].*:$/ { object = $1 }
$1 == "U" && $2 ~ /^(curl_.*|socket|socketpair|connect|bind|getaddrinfo|gethostbyname.*)$/ {
    print object " refers to " $2; bad = 1
}
$1 == "U" && $2 ~ /^dl(m?open|sym|vsym)$/ && object !~ /^(task_fetch|linalg|launch|plugin)\.c/ { print object " refers to " $2; bad = 1 }
END { exit bad }' <<<"$symbols"
echo "the network is fetch's and the ranks' alone"
