#!/bin/bash
# No function longer than 100 lines, no file longer than 800. A function's body stands between braces in column 1.
set -eu
cd "${SIMSIAM_SOURCE:-$(dirname "$0")/../..}"
find src include tests -name '*.[ch]' | sort | xargs awk '
FNR == 1 { if (last > 800) { print file ": " last " lines, more than 800"; bad = 1 } open = 0 }
{ file = FILENAME; last = FNR }
/^{/ { open = FNR }
/^}/ {
    if (open && FNR - open > 100) { print FILENAME ":" open ": a function of " FNR - open " lines, more than 100"; bad = 1 }
    open = 0
}
END { if (last > 800) { print file ": " last " lines, more than 800"; bad = 1 } exit bad }'
echo "no file and no function is too long"
