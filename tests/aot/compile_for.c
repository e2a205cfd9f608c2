/* Compile the training step of a recipe's network, or what makes its views, for a GPU that is not there, with the CUDA plug-in, and read
 * what came of it.
 *
 *   compile_for PLUGIN GPU.txtpb NETWORK BATCH DEVICES FOLDER
 *
 * NETWORK: cifar (ResNet-18, 32 px) or imagenet (ResNet-50, 224 px), bfloat16, two views; cifar-views or imagenet-views: those views, with
 * every augmentation there is, of a set that stays on the device or of the host's crops. BATCH: images of each view on each of DEVICES. The
 * optimised program goes to FOLDER as text. One line of words and numbers is printed:
 *
 *   forward, input, filter    cuDNN's convolutions of each kind
 *   scatter, sort             instructions that add to memory in no order, or sort
 *   handed, state             bytes of results that take the place of arguments; bytes of parameters, statistics and momentum
 *   temporaries               MB
 *   traffic                   MB of arguments and results of all kernels of a step, for each image of the batch
 *   kernels                   how many there are
 *   allreduce                 sums over devices
 *   fused, divided            of views: instructions of the GPU that round a product and a sum at once, or divide floats */
#include <dirent.h>
#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "engine/pjrt/abi.h"
#include "nn/hlo/network.h"
#include "nn/model.h"
#include "tensor/param.h"
#include "views/views.h"

/* Of functions that only this needs; check_abi.c has the others. */
enum { ABI_TOPOLOGY_CREATE = 82, ABI_COMPILE = 89 };

typedef struct abi_topology {
    abi_head head;
    const char *name;
    size_t name_size;
    const void *options;
    size_t noptions;
    void *topology;
    ABI_LATER;
} abi_topology;

typedef struct abi_compile_for {
    abi_head head;
    const void *topology;
    const abi_program *program;
    const char *options;
    size_t options_size;
    void *client, *executable;
    ABI_LATER;
} abi_compile_for;

typedef struct abi_words {
    abi_head head;
    const char *name;
    size_t name_size;
    int type;
    const char *text;
    size_t text_size;
} abi_words;

static const abi_api *api;

static void die(const char *what, const char *why, size_t n)
{
    fprintf(stderr, "compile_for: error: %s%s%.*s\n", what, n ? ": " : "", (int)n, why);
    exit(1);
}

static void ask(int place, void *arguments, const char *what)
{
    const abi_function *table = (const abi_function *)(const void *)((const char *)api + offsetof(abi_api, function));
    abi_text said = {.head.size = sizeof said, .object = table[place].ask(arguments)};
    if (!said.object)
        return;
    table[ABI_ERROR_MESSAGE].tell(&said);
    die(what, said.text, said.length);
}

static char *read_file(const char *path)
{
    char *text = NULL;
    size_t room = 0;
    FILE *f = fopen(path, "r");
    if (!f || getdelim(&text, &room, '\0', f) < 0)
        die(path, "cannot be read", 14);
    fclose(f);
    return text;
}

/* ---- the program ---- */

typedef struct job {
    siam_graph *graph;
    siam_hlo_program *step;
    int images, devices;
    size_t state;
} job;

static void write_step(job *j, const char *network)
{
    siam_err err = {0};
    siam_model_vals v;
    const bool small = !strcmp(network, "cifar");
    siam_model_cfg c = {.backbone = {.width = 64, .cifar_stem = small}, .in_channels = 3,
                              .size = small ? 32 : 224, .projector_layers = small ? 2 : 3, .dim = 2048, .stop_gradient = true, .views = 2};
    strcpy(c.arch, small ? "resnet18" : "resnet50");
    if (siam_model_graph(&j->graph, &v, &c, &err))
        die("the network", err.msg, strlen(err.msg));
    const siam_hlo_cfg h = {.kind = SIAM_HLO_STEP, .images = j->images, .replicas = j->devices, .map_type = SIAM_BF16, .parts = 1,
                            .loss = v.loss, .momentum = 0.9, .weight_decay = 1e-4};
    if (siam_hlo_program_create(&j->step, j->graph, &h, &err))
        die("the program", err.msg, strlen(err.msg));
    for (int i = 0; i < j->graph->nparams; i++)
        j->state += (size_t)siam_desc_count(&j->graph->param[i].desc) * sizeof(float) * (j->graph->param[i].buffer ? 1 : 2);
}

static void write_views(job *j, bool small)
{
    siam_err err = {0};
    const siam_aug_cfg cfg = {.size = small ? 32 : 224, .crop_min = 0.2, .crop_max = 1, .jitter_p = 0.8, .brightness = 0.4, .contrast = 0.4,
                              .saturation = 0.4, .hue = 0.1, .gray_p = 0.2, .blur_p = 0.5, .blur_min = 0.1, .blur_max = 2, .solarise_p = 0.2,
                              .solarise_from = 0.5, .flip_p = 0.5, .vflip_p = 0.5, .rot90_p = 0.5, .rotate_p = 0.5, .rotate_max = 15, .drop_p = 0.1};
    const siam_views_form form = {.views = 2 * j->images, .channels = 3, .images = small ? 50000 : 0, .width = 32, .height = 32};
    if (siam_views_program(&j->step, &cfg, &form, &err))
        die("the program", err.msg, strlen(err.msg));
}

/* ---- compiling ---- */

static void load_plugin(const char *path)
{
    const abi_api *(*get)(void) = NULL;
    void *library = dlopen(path, RTLD_NOW | RTLD_LOCAL), *address = library ? dlsym(library, "GetPjrtApi") : NULL;
    if (!address)
        die(path, dlerror(), strlen(path));
    memcpy(&get, &address, sizeof get);
    api = get();
    abi_nothing nothing = {.head.size = sizeof nothing};
    ask(ABI_PLUGIN_INITIALIZE, &nothing, "the plug-in does not begin");
}

static void *topology(const char *gpu, int devices)
{
    char shape[16], *text = read_file(gpu);
    snprintf(shape, sizeof shape, "1x1x%d", devices);
    const abi_words options[2] = {
        {.head.size = sizeof *options, .name = "target_config", .name_size = 13, .text = text, .text_size = strlen(text)},
        {.head.size = sizeof *options, .name = "topology", .name_size = 8, .text = shape, .text_size = strlen(shape)}};
    abi_topology t = {.head.size = sizeof t, .name = "", .options = options, .noptions = 2};
    ask(ABI_TOPOLOGY_CREATE, &t, "the plug-in does not know such a GPU");
    free(text);
    return t.topology;
}

static abi_memory compile(const job *j, void *gpus)
{
    /* XLA's CompileOptionsProto {3 {4 num_replicas, 5 num_partitions: 1}} */
    const char options[] = {0x1a, 4, 0x20, (char)j->devices, 0x28, 1};
    char *code = malloc(j->step->size + 1);
    memcpy(code, j->step->text, j->step->size);
    const abi_program program = {.head.size = sizeof program, .code = code, .code_size = j->step->size, .format = "mlir", .format_size = 4};
    abi_compile_for c = {.head.size = sizeof c, .topology = gpus, .program = &program, .options = options, .options_size = sizeof options};
    ask(ABI_COMPILE, &c, "the program cannot be compiled");
    abi_memory m = {.head.size = sizeof m, .executable = c.executable};
    ask(ABI_EXECUTABLE_GETCOMPILEDMEMORYSTATS, &m, "the plug-in does not say what a step takes");
    free(code);
    return m;
}

/* ---- reading the optimised program ---- */

typedef struct tally {
    int forward, input, filter, scatter, sort, allreduce, kernels, fused, divided;
    double traffic; /* bytes */
    struct value {
        char name[96];
        double bytes;
    } *value;
    size_t n, room;
} tally;

/* Of all types in a text, "f32[64,3]{1,0}". */
static double bytes_of(const char *s, const char *end)
{
    static const struct {
        const char *name;
        int size;
    } type[] = {{"bf16", 2}, {"f16", 2}, {"f32", 4}, {"f64", 8}, {"pred", 1}, {"u8", 1}, {"s8", 1}, {"s32", 4}, {"u32", 4}, {"s64", 8}, {"u64", 8}};
    double all = 0;
    for (const char *at = s; at < end; at++)
        for (size_t i = 0; i < sizeof type / sizeof *type; i++) {
            const size_t n = strlen(type[i].name);
            if (strncmp(at, type[i].name, n) || at[n] != '[' || (at > s && (at[-1] == 'b' || at[-1] == '_')))
                continue;
            double one = type[i].size;
            for (const char *d = at + n + 1; *d != ']' && d < end;) {
                char *next;
                one *= (double)strtoul(d, &next, 10);
                d = *next == ',' ? next + 1 : next;
            }
            all += one;
            break;
        }
    return all;
}

static double known(const tally *t, const char *name, size_t n)
{
    for (size_t i = t->n; i-- > 0;)
        if (strlen(t->value[i].name) == n && !strncmp(t->value[i].name, name, n))
            return t->value[i].bytes;
    return 0;
}

static void remember(tally *t, const char *name, size_t n, double bytes)
{
    if (t->n == t->room)
        t->value = realloc(t->value, (t->room = 2 * t->room + 64) * sizeof *t->value);
    struct value *v = &t->value[t->n++];
    snprintf(v->name, sizeof v->name, "%.*s", (int)n, name);
    v->bytes = bytes;
}

/* A result of several parts is read part by part, as %name#0, %name#1 ... */
static void remember_parts(tally *t, const char *name, size_t n, const char *type, const char *end)
{
    char part[96];
    int k = 0, depth = 0;
    const char *from = type + 1;
    for (const char *s = from; *type == '(' && s < end; s++) {
        depth += (*s == '{' || *s == '[' || *s == '(') - (*s == '}' || *s == ']' || *s == ')');
        if (!(*s == ',' && !depth) && s + 1 < end)
            continue;
        remember(t, part, (size_t)snprintf(part, sizeof part, "%.*s#%d", (int)n, name, k++), bytes_of(from, s));
        from = s + 1;
    }
}

/* "%name = type op(arguments), ..." of the entry. */
static void count_line(tally *t, char *line)
{
    static const char *const free_of_charge[] = {"parameter", "tuple", "get-tuple-element", "bitcast", "constant", "opt-barrier"};
    char *name = strchr(line, '%'), *is = strstr(line, " = ");
    if (!is || !name || name > is)
        return;
    char *type = is + 3, *op = type;
    for (int depth = 0; *op && (depth || *op != ' '); op++)
        depth += (*op == '(' || *op == '{') - (*op == ')' || *op == '}');
    const double out = bytes_of(type, op);
    remember(t, name + 1, (size_t)(is - name - 1), out);
    remember_parts(t, name + 1, (size_t)(is - name - 1), type, op);
    op += *op == ' ';
    const size_t nop = strcspn(op, "(");
    for (size_t i = 0; i < sizeof free_of_charge / sizeof *free_of_charge; i++)
        if (strlen(free_of_charge[i]) == nop && !strncmp(op, free_of_charge[i], nop))
            return;
    t->kernels++;
    t->traffic += out;
    char *end = strstr(op, "), ");
    for (char *a = strchr(op + nop, '%'); a && (!end || a < end); a = strchr(a + 1, '%'))
        t->traffic += known(t, a + 1, strcspn(a + 1, " ,)"));
}

static void count(tally *t, const char *path)
{
    char *line = NULL;
    size_t room = 0;
    bool entry = false;
    FILE *f = fopen(path, "r");
    while (f && getline(&line, &room, f) > 0) {
        entry = (entry && line[0] != '}') || !strncmp(line, "ENTRY", 5);
        t->forward += strstr(line, "\"__cudnn$convForward\"") || strstr(line, "\"__cudnn$convBiasActivationForward\"");
        t->input += strstr(line, "\"__cudnn$convBackwardInput\"") != NULL;
        t->filter += strstr(line, "\"__cudnn$convBackwardFilter\"") != NULL;
        t->scatter += strstr(line, " scatter(") || strstr(line, " select-and-scatter(");
        t->sort += strstr(line, " sort(") != NULL;
        t->allreduce += strstr(line, " all-reduce(") || strstr(line, " all-reduce-start(");
        if (entry && strncmp(line, "ENTRY", 5))
            count_line(t, line);
    }
    if (!f || !t->n)
        die(path, "has no entry", 12);
    free(line);
    fclose(f);
}

static void count_instructions(tally *t, const char *path)
{
    char *text = read_file(path);
    for (const char *s = text; (s = strstr(s, "fma.rn")); s++)
        t->fused++;
    for (const char *s = text; (s = strstr(s, "div.")); s++)
        t->divided += strcspn(s, "f") < strcspn(s, "us\n"); /* div.rn.f32, not div.u32 */
    free(text);
}

/* The files of the plug-in's that end so, whose names have the GPU's generation in them: the path of one, and what is in each of them
 * where a tally is given. */
static void find_dump(const char *folder, const char *end, char path[4096], tally *t)
{
    DIR *d = opendir(folder);
    path[0] = '\0';
    for (const struct dirent *x; d && (x = readdir(d));) {
        const size_t n = strlen(x->d_name), m = strlen(end);
        if (n <= m || strcmp(x->d_name + n - m, end))
            continue;
        snprintf(path, 4096, "%s/%s", folder, x->d_name);
        if (t)
            count_instructions(t, path);
    }
    if (d)
        closedir(d);
    if (!path[0])
        die(folder, end, strlen(end));
}

int main(int argc, char **argv)
{
    char flags[4200], path[4096];
    if (argc != 7)
        die("six arguments are needed: PLUGIN GPU.txtpb NETWORK BATCH DEVICES FOLDER", "", 0);
    job j = {.images = atoi(argv[4]), .devices = atoi(argv[5])};
    const bool views = strstr(argv[3], "-views");
    snprintf(flags, sizeof flags, "--xla_dump_to=%s --xla_dump_hlo_as_text%s", argv[6],
             views ? " --xla_gpu_dump_llvmir --xla_dump_emitter_re=.*" : ""); /* instructions, too */
    setenv("XLA_FLAGS", flags, 1); /* of this process, which is a test; the product never sets it */
    views ? write_views(&j, !strncmp(argv[3], "cifar", 5)) : write_step(&j, argv[3]);
    load_plugin(argv[1]);
    const abi_memory m = compile(&j, topology(argv[2], j.devices));
    tally t = {0};
    find_dump(argv[6], "gpu_after_optimizations.txt", path, NULL);
    count(&t, path);
    if (views)
        find_dump(argv[6], ".ptx", path, &t);
    printf("forward %d input %d filter %d scatter %d sort %d handed %lld state %zu temporaries %.1f traffic %.3f kernels %d allreduce %d "
           "fused %d divided %d\n",
           t.forward, t.input, t.filter, t.scatter, t.sort, (long long)m.alias, j.state, 1e-6 * (double)m.temporaries,
           1e-6 * t.traffic / j.images, t.kernels, t.allreduce, t.fused, t.divided);
    return 0;
}
