/* Loading a PJRT plug-in and calling it. */
#include "engine/pjrt/plugin.h"

#include <dlfcn.h>
#include <inttypes.h>
#include <link.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/check.h"
#include "base/file.h"
#include "base/format.h"
#include "base/hash.h"
#include "engine/pjrt/abi.h"

enum { OLDEST_MINOR = 81 }; /* of interface 0.x; an earlier one has shorter structs than ours may be read as */

struct siam_pjrt {
    const abi_api *api;
    void *client;
    int n; /* devices */
    void *device[SIAM_DEVICES_MAX];
    int id[SIAM_DEVICES_MAX]; /* as programs are compiled for it */
};

#define ARGUMENTS(type, ...) {.head.size = sizeof(type), __VA_ARGS__}

/* ---- errors ---- */

static void in_one_line(char *text)
{
    for (char *c = text; *c; c++)
        *c = *c == '\n' ? ' ' : *c;
}

/* Call a function of the table; what it says against it becomes `what` and its own words, and its code is in *its. */
static siam_code call_for(const siam_pjrt *x, abi_place place, void *arguments, const char *what, int *its, siam_err *e)
{
    *its = 0;
    if (!x->api->function[place].ask) { /* a plug-in need not have them all */
        *its = ABI_CODE_UNIMPLEMENTED;
        return siam_fail(e, SIAM_E_UNSUPPORTED, "%s: the plug-in does not have that function", what);
    }
    void *error = x->api->function[place].ask(arguments);
    if (!error)
        return SIAM_OK;
    abi_text message = ARGUMENTS(abi_text, .object = error);
    abi_code code = ARGUMENTS(abi_code, .object = error);
    abi_object gone = ARGUMENTS(abi_object, .object = error);
    char raw[1024], words[1024];
    x->api->function[ABI_ERROR_MESSAGE].tell(&message);
    const size_t n = message.length < sizeof raw ? message.length : sizeof raw - 1;
    memcpy(raw, message.text, n);
    raw[n] = '\0';
    in_one_line(raw);
    void *second = x->api->function[ABI_ERROR_GETCODE].ask(&code); /* of an error of its own nobody would hear */
    x->api->function[ABI_ERROR_DESTROY].tell(&gone);
    if (second) {
        gone.object = second;
        x->api->function[ABI_ERROR_DESTROY].tell(&gone);
    }
    *its = code.code;
    const bool full = code.code == ABI_CODE_RESOURCE_EXHAUSTED;
    return siam_fail(e, full ? SIAM_E_NOMEM : SIAM_E_UNSUPPORTED, "%s%s: %s", what,
                     full ? ": the device has too little memory" : "", siam_format_printable(words, sizeof words, raw));
}

static siam_code call(const siam_pjrt *x, abi_place place, void *arguments, const char *what, siam_err *e)
{
    int its;
    return call_for(x, place, arguments, what, &its, e);
}

/* Of objects whose end cannot fail in a way that anybody could mend. */
static void destroy(const siam_pjrt *x, abi_place place, void *object)
{
    abi_object gone = ARGUMENTS(abi_object, .object = object);
    if (object)
        call(x, place, &gone, "", NULL);
}

static siam_code await(const siam_pjrt *x, void *event, const char *what, siam_err *e)
{
    abi_object wait = ARGUMENTS(abi_object, .object = event);
    const siam_code rc = call(x, ABI_EVENT_AWAIT, &wait, what, e);
    destroy(x, ABI_EVENT_DESTROY, event);
    return rc;
}

/* ---- the plug-in ---- */

/* An address as a function: POSIX lets dlsym give one so, C has no conversion for it. */
typedef const abi_api *(*entry)(void);

static siam_code load(siam_pjrt *x, const char *path, siam_err *e)
{
    if (access(path, F_OK))
        return siam_fail(e, SIAM_E_NOTFOUND, "there is no plug-in '%s'", path);
    void *library = dlopen(path, RTLD_NOW | RTLD_LOCAL);
    if (!library)
        return siam_fail(e, SIAM_E_DATA, "'%s' cannot be loaded as a PJRT plug-in: %s", path, dlerror());
    entry get = NULL;
    void *address = dlsym(library, "GetPjrtApi");
    memcpy(&get, &address, sizeof get);
    x->api = get ? get() : NULL;
    if (!x->api)
        return siam_fail(e, SIAM_E_DATA, "'%s' is no PJRT plug-in: it has no table of functions (GetPjrtApi)", path);
    if (x->api->head.size < sizeof(abi_api) || x->api->major != 0 || x->api->minor < OLDEST_MINOR)
        return siam_fail(e, SIAM_E_UNSUPPORTED, "the plug-in '%s' has version %d.%d of PJRT's interface; 0.%d and later ones of 0 are known",
                         path, x->api->major, x->api->minor, OLDEST_MINOR);
    return SIAM_OK;
}

/* A GPU's plug-in takes three quarters of its memory at once unless it is told not to; one that does not know that option may refuse it,
 * and is asked again without. */
static siam_code create_client(siam_pjrt *x, siam_err *e)
{
    static const char name[] = "preallocate";
    const abi_option option = {.head.size = sizeof option, .name = name, .name_size = sizeof name - 1, .type = ABI_OPTION_BOOL,
                               .value.truth = false, .value_size = 1};
    abi_client_create create = ARGUMENTS(abi_client_create, .options = &option, .noptions = 1);
    abi_client_create plain = ARGUMENTS(abi_client_create, .noptions = 0);
    siam_err why = {0};
    int code;
    siam_code rc = call_for(x, ABI_CLIENT_CREATE, &create, "the plug-in finds no device", &code, &why);
    x->client = create.client;
    if (rc && code == ABI_CODE_INVALID_ARGUMENT) {
        siam_err_clear(&why);
        rc = call(x, ABI_CLIENT_CREATE, &plain, "the plug-in finds no device", &why);
        x->client = plain.client;
    }
    if (rc && e)
        *e = why;
    return rc;
}

static siam_code refuse_number(const siam_devices *which, int count, size_t there, siam_err *e)
{
    const size_t first = (size_t)which->first;
    if (first >= there) {
        siam_fail(e, SIAM_E_NOTFOUND, "there is no device %s:%d: the plug-in '%s' has %zu, and counts from 0", which->kind, which->first,
                  which->plugin, there);
        siam_hint(e, "--device %s:%zu", which->kind, there - 1);
    } else {
        siam_fail(e, SIAM_E_NOTFOUND, "there are no %d devices from %s:%d on: the plug-in '%s' has %zu, and counts from 0", count,
                  which->kind, which->first, which->plugin, there);
        siam_hint(e, "--devices %zu", there - first);
    }
    return SIAM_E_NOTFOUND;
}

/* Programs are compiled for a device by an id, which need not be its place in the list. */
static siam_code take_id(siam_pjrt *x, int k, siam_err *e)
{
    abi_other description = ARGUMENTS(abi_other, .object = x->device[k]);
    SIAM_TRY(call(x, ABI_DEVICE_GETDESCRIPTION, &description, "the plug-in does not describe its device", e));
    abi_number id = ARGUMENTS(abi_number, .object = description.other);
    SIAM_TRY(call(x, ABI_DEVICEDESCRIPTION_ID, &id, "the plug-in does not describe its device", e));
    if (id.number < 0)
        return siam_fail(e, SIAM_E_UNSUPPORTED, "the plug-in gives its device the number %d", id.number);
    x->id[k] = id.number;
    return SIAM_OK;
}

static siam_code open_client(siam_pjrt *x, const siam_devices *which, siam_err *e)
{
    const int count = which->count ? which->count : 1;
    abi_nothing initialize = ARGUMENTS(abi_nothing, .later = {0});
    SIAM_ASSERT(count > 0 && count <= SIAM_DEVICES_MAX);
    SIAM_TRY(call(x, ABI_PLUGIN_INITIALIZE, &initialize, "the plug-in does not begin", e));
    SIAM_TRY(create_client(x, e));
    abi_list devices = ARGUMENTS(abi_list, .object = x->client);
    SIAM_TRY(call(x, ABI_CLIENT_ADDRESSABLEDEVICES, &devices, "the plug-in does not name its devices", e));
    if (!devices.count)
        return siam_fail(e, SIAM_E_UNSUPPORTED, "the plug-in '%s' has no device", which->plugin);
    if ((size_t)which->first + (size_t)count > devices.count)
        return refuse_number(which, count, devices.count, e);
    for (; x->n < count; x->n++) {
        x->device[x->n] = devices.list[which->first + x->n];
        SIAM_TRY(take_id(x, x->n, e));
    }
    return SIAM_OK;
}

siam_code siam_pjrt_open(siam_pjrt **out, const siam_devices *which, siam_err *e)
{
    siam_pjrt *x = *out = calloc(1, sizeof *x);
    if (!x)
        return siam_fail(e, SIAM_E_NOMEM, "out of memory for the device");
    siam_code rc = load(x, which->plugin, e);
    if (!rc)
        rc = open_client(x, which, e);
    if (rc)
        siam_pjrt_close(out);
    return rc;
}

void siam_pjrt_close(siam_pjrt **x)
{
    if (!*x)
        return;
    if ((*x)->client)
        destroy(*x, ABI_CLIENT_DESTROY, (*x)->client);
    free(*x);
    *x = NULL;
}

int siam_pjrt_devices(const siam_pjrt *x) { return x->n; }

/* What the plug-in says of an object, in one line; "?": nothing. */
static void ask(const siam_pjrt *x, abi_place place, void *object, char *buf, size_t n)
{
    abi_text said = ARGUMENTS(abi_text, .object = object);
    char raw[256] = "?";
    if (object && !call(x, place, &said, "", NULL) && said.text)
        snprintf(raw, sizeof raw, "%.*s", (int)(said.length < sizeof raw ? said.length : sizeof raw - 1), said.text);
    in_one_line(raw);
    siam_format_printable(buf, n, raw);
}

void siam_pjrt_describe(siam_pjrt *x, char *buf, size_t n)
{
    abi_other description = ARGUMENTS(abi_other, .object = x->device[0]);
    char platform[256], kind[256];
    const bool known = !call(x, ABI_DEVICE_GETDESCRIPTION, &description, "", NULL);
    ask(x, ABI_CLIENT_PLATFORMNAME, x->client, platform, sizeof platform);
    ask(x, ABI_DEVICEDESCRIPTION_KIND, known ? description.other : NULL, kind, sizeof kind);
    snprintf(buf, n, "%s, %s, PJRT %d.%d", platform, kind, x->api->major, x->api->minor);
}

void siam_pjrt_version(siam_pjrt *x, char *buf, size_t n) { ask(x, ABI_CLIENT_PLATFORMVERSION, x->client, buf, n); }

/* Libraries of a vendor's, which plug-ins open and users update by themselves. */
static int add_library(struct dl_phdr_info *info, size_t size, void *user)
{
    static const char *const part[] = {"/nvidia/", "libcu", "libnv", "libnccl"};
    uint64_t *sum = user;
    char text[SIAM_PATH_MAX + 64];
    struct stat s;
    (void)size;
    for (size_t i = 0; i < sizeof part / sizeof *part; i++)
        if (info->dlpi_name && strstr(info->dlpi_name, part[i]) && !stat(info->dlpi_name, &s)) {
            const int n = snprintf(text, sizeof text, "%.*s %jd %jd", SIAM_PATH_MAX, info->dlpi_name, (intmax_t)s.st_size, (intmax_t)s.st_mtim.tv_sec);
            *sum += siam_hash64(text, (size_t)n); /* in whatever order they were opened */
            break;
        }
    return 0;
}

/* The driver, where it says who it is, those libraries, and the kinds of devices behind the first. */
static uint64_t hash_of_others(siam_pjrt *x)
{
    uint64_t sum = 0;
    char *text = NULL, kind[256];
    size_t n;
    if (!siam_file_read("/proc/driver/nvidia/version", 1 << 16, &text, &n, NULL))
        sum += siam_hash64(text, n);
    free(text);
    dl_iterate_phdr(add_library, &sum);
    for (int k = 1; k < x->n; k++) {
        abi_other description = ARGUMENTS(abi_other, .object = x->device[k]);
        const bool known = !call(x, ABI_DEVICE_GETDESCRIPTION, &description, "", NULL);
        ask(x, ABI_DEVICEDESCRIPTION_KIND, known ? description.other : NULL, kind, sizeof kind);
        sum = sum * 31 + siam_hash64(kind, strlen(kind));
    }
    return sum;
}

void siam_pjrt_identity(siam_pjrt *x, const char *plugin, char *buf, size_t n)
{
    struct stat s = {0};
    char text[512], version[256];
    stat(plugin, &s);
    siam_pjrt_describe(x, text, sizeof text);
    siam_pjrt_version(x, version, sizeof version);
    snprintf(buf, n, "%s | %s | driver and libraries %016" PRIx64 " | %s, %jd bytes of %jd.%09ld | simsiam " SIAM_VERSION, text, version, hash_of_others(x),
             plugin, (intmax_t)s.st_size, (intmax_t)s.st_mtim.tv_sec, s.st_mtim.tv_nsec);
}

/* ---- programs ---- */

struct siam_pjrt_program {
    void *executable;
};

/* Fields of a protocol buffer: a whole number, and a message of a length. */
static size_t put_varint(char *to, uint64_t value)
{
    size_t n = 0;
    for (; value > 0x7f; value >>= 7)
        to[n++] = (char)((value & 0x7f) | 0x80);
    to[n++] = (char)value;
    return n;
}

static size_t put_number(char *to, int field, uint64_t value)
{
    to[0] = (char)(field << 3);
    return 1 + put_varint(to + 1, value);
}

static size_t put_message(char *to, int field, const char *message, size_t size)
{
    to[0] = (char)(field << 3 | 2);
    const size_t n = 1 + put_varint(to + 1, size);
    memcpy(to + n, message, size);
    return n + size;
}

enum { IDS_MAX = SIAM_DEVICES_MAX * 6, OPTIONS_MAX = IDS_MAX + 64 };

/* XLA's CompileOptionsProto {3 executable_build_options {4 num_replicas: n, 5 num_partitions: 1, 9 device_assignment
 * {1 replica_count: n, 2 computation_count: 1, 3 computation_devices {1 replica_device_ids: each device's}}}}. */
static size_t compile_options(const siam_pjrt *x, char options[OPTIONS_MAX])
{
    char id[IDS_MAX], assignment[IDS_MAX + 16], build[IDS_MAX + 32];
    size_t nid = 0;
    for (int k = 0; k < x->n; k++)
        nid += put_number(id + nid, 1, (uint64_t)x->id[k]);
    size_t n = put_number(assignment, 1, (uint64_t)x->n);
    n += put_number(assignment + n, 2, 1);
    n += put_message(assignment + n, 3, id, nid);
    size_t m = put_number(build, 4, (uint64_t)x->n);
    m += put_number(build + m, 5, 1);
    m += put_message(build + m, 9, assignment, n);
    return put_message(options, 3, build, m);
}

siam_code siam_pjrt_compile(siam_pjrt_program **out, siam_pjrt *x, const char *text, size_t size, siam_err *e)
{
    char options[OPTIONS_MAX];
    siam_pjrt_program *p = *out = calloc(1, sizeof *p);
    char *code = malloc(size); /* the interface promises nothing for what it is given */
    if (!p || !code) {
        free(p);
        free(code);
        *out = NULL;
        return siam_fail(e, SIAM_E_NOMEM, "out of memory for a program of %zu bytes", size);
    }
    memcpy(code, text, size);
    const abi_program program = ARGUMENTS(abi_program, .code = code, .code_size = size, .format = "mlir", .format_size = 4);
    abi_compile compile = ARGUMENTS(abi_compile, .client = x->client, .program = &program, .options = options,
                                    .options_size = compile_options(x, options));
    const siam_code rc = call(x, ABI_CLIENT_COMPILE, &compile, "the program cannot be compiled for the device", e);
    free(code);
    if (rc) {
        free(p);
        *out = NULL;
        return rc;
    }
    p->executable = compile.executable;
    return SIAM_OK;
}

siam_code siam_pjrt_store(char **data, size_t *n, siam_pjrt *x, const siam_pjrt_program *p, siam_err *e)
{
    static const char what[] = "the compiled program cannot be kept";
    abi_other executable = ARGUMENTS(abi_other, .object = p->executable);
    *data = NULL;
    SIAM_TRY(call(x, ABI_LOADEDEXECUTABLE_GETEXECUTABLE, &executable, what, e));
    abi_store store = ARGUMENTS(abi_store, .executable = executable.other);
    siam_code rc = call(x, ABI_EXECUTABLE_SERIALIZE, &store, what, e);
    if (!rc) {
        *n = store.size;
        *data = malloc(store.size + 1);
        if (*data)
            memcpy(*data, store.bytes, store.size);
        else
            rc = siam_fail(e, SIAM_E_NOMEM, "out of memory for a compiled program");
        if (store.release)
            store.release(store.owner);
    }
    destroy(x, ABI_EXECUTABLE_DESTROY, store.executable);
    return rc;
}

siam_code siam_pjrt_load(siam_pjrt_program **out, siam_pjrt *x, const char *data, size_t n, siam_err *e)
{
    siam_pjrt_program *p = *out = calloc(1, sizeof *p);
    if (!p)
        return siam_fail(e, SIAM_E_NOMEM, "out of memory for a compiled program");
    abi_load load = ARGUMENTS(abi_load, .client = x->client, .bytes = data, .size = n);
    const siam_code rc = call(x, ABI_EXECUTABLE_DESERIALIZEANDLOAD, &load, "the compiled program cannot be loaded", e);
    p->executable = load.loaded;
    if (rc) {
        free(p);
        *out = NULL;
    }
    return rc;
}

bool siam_pjrt_program_memory(siam_engine_memory *m, siam_pjrt *x, const siam_pjrt_program *p)
{
    abi_other executable = ARGUMENTS(abi_other, .object = p->executable);
    if (call(x, ABI_LOADEDEXECUTABLE_GETEXECUTABLE, &executable, "", NULL))
        return false;
    abi_memory said = ARGUMENTS(abi_memory, .executable = executable.other);
    const bool known = !call(x, ABI_EXECUTABLE_GETCOMPILEDMEMORYSTATS, &said, "", NULL) && said.arguments > 0 && said.temporaries >= 0 &&
                       said.code >= 0 && said.results >= said.alias && said.alias >= 0;
    destroy(x, ABI_EXECUTABLE_DESTROY, executable.other);
    if (known)
        *m = (siam_engine_memory){.activations = (size_t)said.temporaries,
                                  .rest = (size_t)said.arguments + (size_t)(said.results - said.alias) + (size_t)said.code};
    return known;
}

void siam_pjrt_program_destroy(siam_pjrt *x, siam_pjrt_program **p)
{
    if (!*p)
        return;
    destroy(x, ABI_LOADEDEXECUTABLE_DESTROY, (*p)->executable);
    free(*p);
    *p = NULL;
}

/* ---- buffers ---- */

struct siam_pjrt_buffer {
    int n;
    void *on[]; /* each device, the plug-in's own; NULL: it has none */
};

static siam_pjrt_buffer *empty_buffer(const siam_pjrt *x)
{
    siam_pjrt_buffer *b = calloc(1, sizeof *b + (size_t)x->n * sizeof *b->on);
    if (b)
        b->n = x->n;
    return b;
}

/* What the interface calls those types that are brought to devices; 0: none of them. */
static const int type_of[SIAM_HLO_ELEMS] = {[SIAM_HLO_F32] = ABI_F32, [SIAM_HLO_U8] = ABI_U8, [SIAM_HLO_S32] = ABI_S32, [SIAM_HLO_U32] = ABI_U32};

static siam_code put_on(siam_pjrt *x, int k, siam_hlo_elem t, const void *data, const siam_desc *d, void **buffer, siam_err *e)
{
    SIAM_ASSERT(type_of[t]);
    abi_from_host put = ARGUMENTS(abi_from_host, .client = x->client, .data = data, .type = type_of[t], .dim = d->dim,
                                  .ndim = (size_t)d->ndim, .semantics = ABI_ONLY_DURING_CALL, .device = x->device[k]);
    SIAM_TRY(call(x, ABI_CLIENT_BUFFERFROMHOSTBUFFER, &put, "numbers cannot be brought to the device", e));
    *buffer = put.buffer;
    return await(x, put.done, "numbers cannot be brought to the device", e);
}

siam_code siam_pjrt_put_as(siam_pjrt_buffer **out, siam_pjrt *x, siam_hlo_elem t, const void *data, size_t apart, const siam_desc *d,
                           siam_err *e)
{
    const size_t bytes = apart * siam_hlo_elem_size(t);
    *out = empty_buffer(x);
    siam_code rc = *out ? SIAM_OK : siam_fail(e, SIAM_E_NOMEM, "out of memory for what the device computes with");
    for (int k = 0; !rc && k < x->n; k++)
        rc = put_on(x, k, t, (const char *)data + (size_t)k * bytes, d, &(*out)->on[k], e);
    if (rc)
        siam_pjrt_drop(x, out);
    return rc;
}

siam_code siam_pjrt_put(siam_pjrt_buffer **out, siam_pjrt *x, const float *data, size_t apart, const siam_desc *d, siam_err *e)
{
    return siam_pjrt_put_as(out, x, SIAM_HLO_F32, data, apart, d, e);
}

siam_code siam_pjrt_get(siam_pjrt *x, siam_pjrt_buffer *b, int k, float *dst, size_t n, siam_err *e)
{
    return siam_pjrt_get_as(x, b, k, SIAM_HLO_F32, dst, n, e);
}

siam_code siam_pjrt_get_as(siam_pjrt *x, siam_pjrt_buffer *b, int k, siam_hlo_elem t, void *dst, size_t n, siam_err *e)
{
    abi_to_host get = ARGUMENTS(abi_to_host, .buffer = b->on[k], .dst = dst, .dst_size = n * siam_hlo_elem_size(t));
    SIAM_TRY(call(x, ABI_BUFFER_TOHOSTBUFFER, &get, "numbers cannot be brought from the device", e));
    return await(x, get.event, "the device did not finish its work", e);
}

void siam_pjrt_drop(siam_pjrt *x, siam_pjrt_buffer **b)
{
    for (int k = 0; *b && k < (*b)->n; k++)
        destroy(x, ABI_BUFFER_DESTROY, (*b)->on[k]);
    free(*b);
    *b = NULL;
}

/* ---- runs ---- */

/* Arguments and results by device, as the interface wants them: n lists of `nin`, then n of `nout`, behind the addresses of all of them. */
typedef struct lists {
    void **room, **argument, **result;
} lists;

static siam_code take_lists(lists *l, int n, int nin, int nout, siam_pjrt_buffer *const *in, siam_err *e)
{
    const size_t each = (size_t)(nin + nout), all = (size_t)n * (each + 2);
    l->room = calloc(all, sizeof *l->room);
    if (!l->room)
        return siam_fail(e, SIAM_E_NOMEM, "out of memory for a run of %d arguments", nin);
    l->argument = l->room + 2 * n;
    l->result = l->argument + n * nin;
    for (int k = 0; k < n; k++) {
        l->room[k] = l->argument + k * nin;
        l->room[n + k] = l->result + k * nout;
        for (int i = 0; i < nin; i++)
            l->argument[k * nin + i] = in[i]->on[k];
    }
    return SIAM_OK;
}

/* Of each result a buffer with what every device gave; without memory for them nothing is left. */
static siam_code collect(siam_pjrt *x, const lists *l, siam_pjrt_buffer **out, int nout, siam_err *e)
{
    bool enough = true;
    for (int i = 0; i < nout; i++) {
        out[i] = empty_buffer(x);
        enough = enough && out[i];
        for (int k = 0; k < x->n; k++)
            if (out[i])
                out[i]->on[k] = l->result[k * nout + i];
            else
                destroy(x, ABI_BUFFER_DESTROY, l->result[k * nout + i]);
    }
    for (int i = 0; !enough && i < nout; i++)
        siam_pjrt_drop(x, &out[i]);
    return enough ? SIAM_OK : siam_fail(e, SIAM_E_NOMEM, "out of memory for what the device gave");
}

siam_code siam_pjrt_run(siam_pjrt *x, siam_pjrt_program *p, siam_pjrt_buffer *const *in, int nin, siam_pjrt_buffer **out, int nout,
                        siam_err *e)
{
    lists l = {0};
    abi_execute_options options = ARGUMENTS(abi_execute_options, .none = {0});
    SIAM_TRY(take_lists(&l, x->n, nin, nout, in, e));
    abi_execute run = ARGUMENTS(abi_execute, .executable = p->executable, .options = &options, .arguments = (void *const *const *)l.room,
                                .ndevices = (size_t)x->n, .narguments = (size_t)nin, .results = (void **const *)(l.room + x->n));
    siam_code rc = call(x, ABI_LOADEDEXECUTABLE_EXECUTE, &run, "the device did not begin its work", e);
    if (!rc)
        rc = collect(x, &l, out, nout, e);
    free(l.room);
    return rc;
}
