/* simsiam bench: speed of the training step, of feature extraction and of the loader. */
#include "backend/device.h"
#include "engine/place.h"
#include "nn/plan.h"
#include "tasks/bench/bench.h"

#define T siam_bench_request
static const siam_option options[] = {
    SIAM_OPTION_STR(T, arch, "arch", "resnet18", 0, "architectures, separated by commas"),
    SIAM_OPTION_LIST(T, size, "size", "32", 8, 1024, 0,
                     "input sides; the cifar stem up to 64, else imagenet's"),
    SIAM_OPTION_I32(T, batch, "batch", 0, 2, 65536, SIAM_OPT_AUTO,
                    "images per step; auto: 128 up to 64 px, else 16; infer: twice that"),
    SIAM_OPTION_STR(T, what, "what", "step,load", 0,
                    "step: training; infer: feature extraction; load: the loader; ranks: what several ranks send, under mpirun"),
    SIAM_PRECISION_OPTIONS(T, precision, force),
    SIAM_OPTION_I32(T, width, "width", 64, 1, 1024, 0, "channels of the first stage"),
    SIAM_OPTION_I32(T, dim, "dim", 2048, 4, 65536, 0, "length of z and p"),
    SIAM_OPTION_ENUM(T, recompute, "recompute", SIAM_RECOMPUTE_INNER, SIAM_RECOMPUTE_CHOICES, 0,
                     SIAM_RECOMPUTE_HELP),
    SIAM_OPTION_I32(T, repeat, "repeat", 5, 1, 1000, 0, "measurements; the best is reported"),
    SIAM_OPTION_I32(T, threads, "threads", 0, 0, 1024, SIAM_OPT_AUTO, "threads of the computation"),
    SIAM_OPTION_I32(T, workers, "workers", 0, 0, 256, SIAM_OPT_AUTO, "loader threads"),
    SIAM_OPTION_ENUM(T, decode, "decode", SIAM_DECODE_FAST, SIAM_DECODE_CHOICES, 0, "how photographs become views: as in train"),
    SIAM_OPTION_STR(T, device, "device", "auto", 0, "auto, cpu, or a device of simsiam list"),
    SIAM_OPTION_I32(T, devices, "devices", 1, 1, SIAM_DEVICES_MAX, 0, SIAM_DEVICES_HELP),
    SIAM_OPTION_STR(T, data, "data", "synth", SIAM_OPT_JOINED,
                    "what the loader reads: a path, or synth for the embedded set"),
    SIAM_OPTION_BOOL(T, profile, "profile", false, 0, "print every operation of the step"),
    SIAM_OPTION_BOOL(T, floor, "floor", true, 0, "measure the limit too: operations alone, memory"),
    SIAM_OPTION_BOOL(T, json, "json", false, 0, "print JSON"),
    SIAM_OPTIONS_END};
#undef T

const siam_task_type siam_task_bench = {
    .name = "bench",
    .summary = "speed of training, feature extraction and the loader",
    .usage = "simsiam bench [--arch A,B] [--size N,N] [--batch N] [--what W,W]",
    .examples =
        (const char *const[]){"simsiam bench", "simsiam bench --arch resnet18,resnet50 --size 32,224",
                              "simsiam bench --device xla-cpu --what step,infer", "mpirun -n 2 simsiam bench --what ranks",
                              NULL},
    .options = options,
    .request_size = sizeof(siam_bench_request),
    .min_args = 0,
    .max_args = 0,
    .ranks = true,
    .run = siam_bench,
};
