#!/bin/bash
# What a machine does not give: threads, memory, file handles, room on the disk. An error of ours each time, never a crash,
# and no hint at an option that the verb does not take.
. "$(dirname "$0")/lib.sh"
photos=$here/../data/codec
tiny=$here/../data/classifier/tiny.pth
one=(--threads 1)
encoder=(random:resnet18 --width 2 --size 32)
data=(--data synth:train=40,test=20)

# An ending that is one of ours: not a signal, not libgomp's 1; a failure in one sentence, whose hint the verb can follow.
ends_well() {
    local status=$1 what=$2 verb=$3 option
    [ "$status" -lt 128 ] && [ "$status" != 1 ] || { fail "$what: exit status $status"; head -n 5 err; }
    [ "$status" = 0 ] || [ "$status" = 127 ] && return # the dynamic linker's own end
    [ "$(grep -c '^simsiam: error: ' err)" = 1 ] || { fail "$what: not one error line"; cat err; }
    # "--bank of knn, --eval.bank of train": of the verb that is named, else of this one
    sed -n '/^  try: /p' err | grep -oE -- '--[a-z_.]*[a-z_]( of [a-z]+)?' | while read -r option _ other; do
        simsiam help "${other:-$verb}" --all >options 2>&1
        grep -qF -- "$option " options || echo "$what: ${other:-$verb} has no $option"
    done >missing
    [ ! -s missing ] || fail "$(cat missing)"
}

# Run a verb under `ulimit $1`.
under() {
    local limit=$1
    shift
    (ulimit -c 0; ulimit $limit; exec timeout -k 1 20 "$SIMSIAM_BINARY" "$@") >out 2>err </dev/null
    ends_well $? "ulimit $limit: simsiam $*" "$1"
}

# Little address space, in steps from where the program loads to where it works.
need=0
for v in $(seq 60000 10000 400000); do
    (ulimit -v "$v"; exec "$SIMSIAM_BINARY" version) >/dev/null 2>&1 && { need=$v; break; }
done
if [ "$need" = 0 ]; then
    echo "no limit of memory lets the program load (a sanitizer): left out"
else
    for more in 0 2000 4000 6000 8000 12000 16000 28000; do
        under "-v $((need + more))" predict "$tiny" "$photos/rgb8.png" "${one[@]}"
    done
    for more in 20000 100000 180000 260000 400000; do # LAPACK comes on top of the rest
        rm -rf run
        under "-v $((need + more))" train demo --data synth:train=64,test=16 --width 2 --dim 8 --batch 16 --epochs 1 "${one[@]}" --out run
    done
    for more in 0 12000 24000 48000; do
        rm -rf run
        under "-v $((need + more))" knn "${encoder[@]}" "${data[@]}" "${one[@]}"
        under "-v $((need + more))" extract "${encoder[@]}" "${data[@]}" -o f.npy --replace "${one[@]}"
        under "-v $((need + more))" linear "${encoder[@]}" "${data[@]}" --batch 8 --epochs 1 "${one[@]}" --out run
    done
    # What fails on such a machine makes the doctor's answer 1, in both forms; a warning does not. What is well needs no mending.
    ill=0
    for more in 0 6000 12000 18000 60000 150000; do
        for form in "" --json; do
            (ulimit -c 0 -v $((need + more)); exec timeout -k 1 60 "$SIMSIAM_BINARY" doctor "${one[@]}" $form) >out 2>err </dev/null
            status=$? found=0
            grep -qE '^FAIL|"status": "FAIL"' out && found=1
            [ $status = $found ] || { fail "doctor $form under -v $((need + more)): exit status $status"; cat out err; }
            [ -z "$form" ] || says out "\"healthy\": $([ $found = 1 ] && echo false || echo true)"
            [ "$form" ] || ! grep -A 1 '^PASS' out | grep 'fix:' || fail "doctor mends what is well"
            says out '^WARN  memory|"status": "WARN"'
            ill=$((ill + found))
        done
    done
    [ $ill -gt 0 ] || fail "no limit made the doctor fail"
fi

# Few file handles.
for n in 4 8 12; do
    rm -rf run
    under "-n $n" predict "$tiny" "$photos/rgb8.png" "${one[@]}"
    under "-n $n" knn "${encoder[@]}" "${data[@]}" "${one[@]}"
    under "-n $n" extract "${encoder[@]}" "${data[@]}" -o f.npy --replace "${one[@]}"
    under "-n $n" train demo --data synth:train=64,test=16 --width 2 --dim 8 --batch 16 --epochs 1 "${one[@]}" --out run
done

cp "$SIMSIAM_BINARY" ./s
# No threads: root is not held to that limit, so another user runs it.
if [ "$(id -u)" = 0 ] && command -v setpriv >/dev/null; then
    cp "$tiny" "$photos/rgb8.png" . && chmod 777 . && chmod a+r ./*
    as_other() {
        (ulimit -u "$1"; shift; exec env ASAN_OPTIONS=detect_leaks=0 timeout -k 1 20 setpriv --reuid=65533 --regid=65533 --clear-groups ./s "$@") \
            >out 2>err </dev/null
    }
    if as_other 1000 version; then
        for threads in 1 7; do
            as_other 1 knn "${encoder[@]}" "${data[@]}" --threads $threads
            ends_well $? "no threads: knn --threads $threads" knn
            as_other 1 predict tiny.pth rgb8.png --threads $threads
            ends_well $? "no threads: predict --threads $threads" predict
            as_other 1 test tiny.pth "${data[@]}" --threads $threads
            ends_well $? "no threads: test --threads $threads" test
            as_other 1 train demo --data synth:train=64,test=16 --width 2 --dim 8 --batch 16 --threads $threads --out other$threads
            ends_well $? "no threads: train --threads $threads" train
            as_other 1 linear "${encoder[@]}" "${data[@]}" --batch 8 --epochs 1 --threads $threads --out probe$threads
            ends_well $? "no threads: linear --threads $threads" linear
        done
        for processes in 2 3 5; do # too few to read images beside the computation, or just enough
            for threads in 2; do
                what="$processes processes, --threads $threads"
                as_other $processes knn "${encoder[@]}" "${data[@]}" --threads $threads
                ends_well $? "$what: knn" knn
                as_other $processes predict tiny.pth rgb8.png --threads $threads
                ends_well $? "$what: predict" predict
                as_other $processes train demo --data synth:train=64,test=16 --width 2 --dim 8 --batch 16 --threads $threads --out run$processes$threads
                ends_well $? "$what: train" train
            done
        done
    fi
fi

# What is no folder is no place for a run, and the hint is about the place.
: >file
for place in file file/run /dev/null; do
    expect 73 simsiam train demo --data synth:train=64,test=16 --width 2 --dim 8 --batch 16 "${one[@]}" --out $place
    says err 'try: another (--out|place for the output), a folder that can be written to$'
done

# Habits around a run that change nothing: threads that are not set well, one processor, no home, another language.
habit() { expect 0 env "$@" "$SIMSIAM_BINARY" train demo --data synth:train=64,test=16 --width 2 --dim 8 --batch 16 --epochs 1 --out h; rm -rf h; }
for setting in OMP_NUM_THREADS=0 OMP_NUM_THREADS=many OMP_NUM_THREADS=-3 OMP_THREAD_LIMIT=1 LC_ALL=de_DE.UTF-8 TERM=dumb \
    HOME=/proc/none TMPDIR=/proc/none XDG_CACHE_HOME=/proc/none; do
    habit $setting
done
habit -u HOME -u XDG_CACHE_HOME
habit taskset -c "$(taskset -pc $$ | sed 's/.*: *\([0-9]*\).*/\1/')"

# Where timings cannot be kept the doctor says so, and how that is mended; it is no failure. Root may write anywhere.
user=()
[ "$(id -u)" = 0 ] && user=(setpriv --reuid=65533 --regid=65533 --clear-groups)
if [ "$(id -u)" != 0 ] || { [ -x s ] && "${user[@]}" ./s version >/dev/null 2>&1; }; then
    mkdir -p open locked/simsiam inway
    chmod 777 open inway && chmod 555 locked/simsiam && : >inway/simsiam
    for place in open locked inway /proc/none; do
        [ $place = open ] && want=PASS || want=WARN
        [ "${place#/}" = "$place" ] && place=$work/$place
        env XDG_CACHE_HOME="$place" ASAN_OPTIONS=detect_leaks=0 timeout 120 "${user[@]}" ./s doctor "${one[@]}" >out 2>err </dev/null ||
            { fail "doctor with the cache in $place: exit status $?"; cat err; }
        says out "^$want  plan cache +$place/simsiam"
        [ $want = PASS ] || grep -A 1 'plan cache' out | grep -q 'fix: set XDG_CACHE_HOME to a folder you may write to' || fail "no mending"
    done
fi

# What a control group leaves of memory and processors, of both versions, where a kernel's folder can be replaced for one process:
# below the limit of 3 GiB, 2 are used, of which 1 is page cache that is given back; a quota of one processor and a little is two.
in_group() { # SCRIPT that fills the folder, VERB...
    local fill=$1
    shift
    unshare -m bash -c 'mount -t tmpfs none /sys/fs/cgroup && cd /sys/fs/cgroup && eval "$1" && cd "$2" && shift 2 && exec "$@"' \
        - "$fill" "$work" env -u OMP_NUM_THREADS "$SIMSIAM_BINARY" "${@:-doctor}" >out 2>err </dev/null
}
free=$(sed -n 's/^MemAvailable: *\([0-9]*\) kB/\1/p' /proc/meminfo) # a group cannot have more than there is
if [ "${free:-0}" -gt $((5 << 20)) ] && in_group true; then
    GiB=$((1 << 30)) MiB=$((1 << 20))
    for stat in "inactive_file $((768 * MiB))\nactive_file $((256 * MiB))" "anon $GiB\ninactive_file $((100 * MiB))\nactive_file $((924 * MiB))"; do
        in_group "echo $((3 * GiB)) >memory.max; echo $((2 * GiB)) >memory.current; printf '$stat\n' >memory.stat"
        says out 'memory +2\.0 GiB available'
        in_group "mkdir memory && cd memory && echo $((3 * GiB)) >memory.limit_in_bytes; echo $((2 * GiB)) >memory.usage_in_bytes
            printf '${stat/inactive/total_inactive}\n' | sed 's/^active/total_active/' >memory.stat"
        if grep -q '^[0-9]*:memory:' /proc/self/cgroup; then says out 'memory +2\.0 GiB available'; fi
    done
    in_group "echo $((3 * GiB)) >memory.max; echo $((2 * GiB)) >memory.current"
    says out 'memory +1\.0 GiB available'
    in_group "echo $GiB >memory.max; echo $((2 * GiB)) >memory.current"
    says out '^WARN  memory +0\.0 GiB available'
    # What does not fit is refused in numbers, before it is allocated.
    small=(linear "${encoder[@]}" "${data[@]}" --batch 16 --epochs 1 --threads 1 --out head)
    in_group "echo 3000000 >memory.max; echo 0 >memory.current" "${small[@]}"
    says err 'and 1 head need [0-9.]+ MiB of memory, and there are 2\.9 MiB'
    in_group "echo 3000000 >memory.max; echo 0 >memory.current" "${small[@]}" --sweep_lr 0.1,0.2,0.3
    says err 'and 3 heads need'
    # Of a batch that does not fit, half of what would: the fixed part of ResNet-50 takes 0.3 GiB, an image 0.13.
    for GiB in 3 6 12; do
        [ "$free" -gt $(((GiB + 1) << 20)) ] || continue
        in_group "echo $((GiB << 30)) >memory.max; echo 0 >memory.current" bench --arch resnet50 --size 224 --batch 8192 --what step
        says err "needs 10[0-9]{2}\.[0-9]+ GiB, but $GiB\.00 GiB are available"
        fits=$(sed -n 's/^  try: --batch //p' err)
        [ "${fits:-0}" -ge $((3 * GiB)) ] && [ "${fits:-0}" -le $((4 * GiB)) ] || fail "of 8192 images in $GiB GiB it tries '$fits'"
    done
    in_group "echo $((1 << 29)) >memory.max; echo 0 >memory.current" bench --arch resnet50 --size 224 --batch 8192 --what step
    says err 'try: a smaller --size, --width or --arch'
    if [ "$(nproc)" -ge 2 ]; then
        for quota in '100001 100000:2' '99999 100000:1' '100000 100000:1' '100000 99999:2' '10000 20000:1'; do
            want="^PASS  device .* ${quota#*:} threads?$" quota=${quota%:*}
            in_group "echo $quota >cpu.max"
            says out "$want"
            in_group "mkdir cpu && echo ${quota% *} >cpu/cpu.cfs_quota_us && echo ${quota#* } >cpu/cpu.cfs_period_us"
            says out "$want"
        done
    fi
fi

# A disk that is full.
if [ -w /dev/full ]; then
    simsiam predict "$tiny" "$photos/rgb8.png" "${one[@]}" >/dev/full 2>err
    [ $? = 74 ] || { fail "predict to a full disk"; cat err; }
    simsiam knn "${encoder[@]}" "${data[@]}" "${one[@]}" --json >/dev/full 2>err
    [ $? = 74 ] || { fail "knn to a full disk"; cat err; }
fi
finish
