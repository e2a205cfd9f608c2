#!/bin/bash
# Many views made by a device, each compared with the host's to the bit: of 32 px, from crops and from a set that stays on the device, and
# of 224 px, with every operation; a line for each. Some minutes.
#
#   tests/views/run.sh [--views N] [FOLDER]     FOLDER: photographs, of which two thirds of the views are then; N: 10000
#
# The device is that of the plug-in in SIAM_PJRT_PLUGIN, else one on the processor that is fetched with pip. Needs the release build.
# Exit status: 0 all are equal, 1 one is not, 77 there is no plug-in.
set -eu
cd "$(dirname "$0")/../.."
. scripts/plugins.sh
views=10000
while [ $# -gt 0 ]; do
    case $1 in
    --views) views=${2:?--views needs a number} && shift ;;
    -h | --help) sed -n '2,/^set -eu/{/^#/s/^# \{0,1\}//p}' "$0" && exit 0 ;;
    *) break ;;
    esac
    shift
done
if [ -z "${SIAM_PJRT_PLUGIN-}" ]; then
    fetch_plugin xla-cpu-pjrt || exit 77
    export SIAM_PJRT_PLUGIN=$plugin
fi
exec build/release/tests/views/test_views many "$views" "$@"
