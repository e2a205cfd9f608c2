/* A plug-in for tests of the loader: each call can be made to fail, and everything that is handed out is counted. Of a run each
 * result is its argument where the program hands one over, else zeros: a step comes to a loss of 0. */
#include <math.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "fake.h"

__attribute__((visibility("default"))) fake_script fake;

enum { MOST = 1024 };

typedef struct fake_error {
    char text[64];
    int code;
} fake_error;

typedef struct fake_buffer {
    size_t bytes;
    float *x; /* NULL: handed over */
    bool told; /* what a step came to */
} fake_buffer;

typedef struct fake_program {
    int nout;
    size_t count[MOST], size[MOST]; /* numbers, and bytes of each */
    int from[MOST]; /* the argument that becomes this result, -1: none */
} fake_program;

enum { DEVICES = 4, FIRST_ID = 7 };
static int client, device[DEVICES], description[DEVICES]; /* their addresses are all there is of them */
static int compiled_for[DEVICES], replicas;               /* the last program: the ids of its devices */

static void *fail(int code)
{
    fake_error *e = malloc(sizeof *e);
    e->code = code;
    strcpy(e->text, "the fake fails\nas it was told to");
    fake.errors++;
    return e;
}

/* Every function begins here. */
static void *enter(abi_place place, const abi_head *args, size_t least)
{
    fake.short_ones += args->size < least || args->extension;
    const int at = ++fake.calls[place] - fake.fail_at;
    const bool fails = fake.fail_at && at >= 0 && at <= fake.fail_more && (int)place == fake.fail_place;
    return fails || (place == ABI_ERROR_GETCODE && fake.no_code) ? fail(fake.code) : NULL;
}
#define ENTER(place, args)                                                  \
    do {                                                                    \
        void *error_ = enter(place, &(args)->head, sizeof *(args) - sizeof (args)->later); \
        if (error_)                                                         \
            return error_;                                                  \
    } while (0)

static void error_destroy(void *p)
{
    abi_object *a = p;
    fake.calls[ABI_ERROR_DESTROY]++;
    free(a->object);
    fake.errors--;
}

static void error_message(void *p)
{
    abi_text *a = p;
    fake_error *e = a->object;
    fake.calls[ABI_ERROR_MESSAGE]++;
    a->text = e->text;
    a->length = strlen(e->text);
}

static void *error_code(void *p)
{
    abi_code *a = p;
    ENTER(ABI_ERROR_GETCODE, a);
    a->code = ((fake_error *)a->object)->code;
    return NULL;
}

static void *initialize(void *p)
{
    abi_nothing *a = p;
    ENTER(ABI_PLUGIN_INITIALIZE, a);
    return NULL;
}

/* ---- events ---- */

/* Bytes on their way to the host: a copy of what there was when they were asked for. */
typedef struct parcel {
    void *to;
    size_t bytes;
    long wait; /* nanoseconds */
    char copy[];
} parcel;

typedef struct fake_event {
    pthread_t thread;
    bool coming;
} fake_event;

static void *come(void *p)
{
    parcel *x = p;
    nanosleep(&(struct timespec){.tv_nsec = x->wait}, NULL);
    memcpy(x->to, x->copy, x->bytes);
    free(x);
    return NULL;
}

static void send(fake_event *e, void *to, const void *from, size_t bytes)
{
    if (!fake.late) {
        memcpy(to, from, bytes);
        return;
    }
    fake.late = fake.late * 1103515245u + 12345u;
    parcel *x = malloc(sizeof *x + bytes);
    *x = (parcel){.to = to, .bytes = bytes, .wait = (long)(fake.late >> 16) % 300000};
    memcpy(x->copy, from, bytes);
    e->coming = !pthread_create(&e->thread, NULL, come, x);
}

static fake_event *event(void)
{
    fake.events++;
    return calloc(1, sizeof(fake_event));
}

static void *event_destroy(void *p)
{
    abi_object *a = p;
    ENTER(ABI_EVENT_DESTROY, a);
    fake_event *e = a->object;
    if (e->coming) /* nobody waited, and it comes all the same */
        pthread_detach(e->thread);
    free(e);
    fake.events--;
    return NULL;
}

static void *event_await(void *p)
{
    abi_object *a = p;
    fake_event *e = a->object;
    if (e->coming) { /* one that fails writes no more, either */
        pthread_join(e->thread, NULL);
        e->coming = false;
        fake.came_late++;
    }
    ENTER(ABI_EVENT_AWAIT, a);
    return NULL;
}

/* ---- the client ---- */

static void *client_create(void *p)
{
    abi_client_create *a = p;
    ENTER(ABI_CLIENT_CREATE, a);
    const abi_option *o = a->options;
    if (a->noptions && fake.refuse_options)
        return fail(ABI_CODE_INVALID_ARGUMENT);
    fake.options = (int)a->noptions;
    fake.short_ones += a->noptions && (o->head.size < sizeof *o || o->name_size != 11 || memcmp(o->name, "preallocate", 11) ||
                                       o->type != ABI_OPTION_BOOL || o->value.truth || o->value_size != 1);
    fake.clients++;
    a->client = &client;
    return NULL;
}

static void *client_destroy(void *p)
{
    abi_object *a = p;
    ENTER(ABI_CLIENT_DESTROY, a);
    fake.clients--;
    return NULL;
}

static void *platform(void *p)
{
    abi_text *a = p;
    ENTER(ABI_CLIENT_PLATFORMNAME, a);
    a->text = fake.platform ? fake.platform : "fake (not a text that ends here)";
    a->length = fake.platform ? strlen(fake.platform) : 4;
    return NULL;
}

static void *version(void *p)
{
    abi_text *a = p;
    ENTER(ABI_CLIENT_PLATFORMVERSION, a);
    a->text = fake.version ? fake.version : "";
    a->length = strlen(a->text);
    return NULL;
}

static void *devices(void *p)
{
    abi_list *a = p;
    static void *const list[DEVICES] = {&device[0], &device[1], &device[2], &device[3]};
    ENTER(ABI_CLIENT_ADDRESSABLEDEVICES, a);
    a->list = list;
    a->count = fake.no_devices ? 0 : fake.devices ? (size_t)fake.devices : 1;
    return NULL;
}

static void *device_description(void *p)
{
    abi_other *a = p;
    ENTER(ABI_DEVICE_GETDESCRIPTION, a);
    a->other = &description[(int *)a->object - device];
    return NULL;
}

static void *id(void *p)
{
    abi_number *a = p;
    ENTER(ABI_DEVICEDESCRIPTION_ID, a);
    a->number = fake.bad_id ? -1 : FIRST_ID + (int)((int *)a->object - description);
    return NULL;
}

static void *kind(void *p)
{
    abi_text *a = p;
    ENTER(ABI_DEVICEDESCRIPTION_KIND, a);
    a->text = "card, too long";
    a->length = 4;
    return NULL;
}

/* ---- programs ---- */

/* The product of the dimensions in "tensor<2x3xf32>"; *size: bytes of a number. */
static size_t elements(const char *type, size_t *size)
{
    size_t n = 1;
    *size = !strncmp(type + strcspn(type, ">") - 3, "ui8", 3) ? 1 : 4;
    for (const char *s = type + 7; *s >= '0' && *s <= '9';) {
        char *end;
        n *= strtoul(s, &end, 10);
        s = end + 1;
    }
    return n;
}

static void *compile(void *p)
{
    abi_compile *a = p;
    ENTER(ABI_CLIENT_COMPILE, a);
    fake_program *x = calloc(1, sizeof *x);
    replicas = a->options[3];
    for (int k = 0; k < replicas && k < DEVICES; k++) /* the options end with 8 and an id for each */
        compiled_for[k] = a->options[a->options_size - 2 * (size_t)(replicas - k) + 1];
    fake.first_id = compiled_for[0];
    char *text = strndup(a->program->code, a->program->code_size);
    fake.short_ones += replicas < 1 || replicas > DEVICES || (strstr(text, "num_replicas = ") == NULL) != (replicas == 1);
    const char *results = strstr(text, ") -> (") + 6, *end = strstr(results, ") {\n");
    memset(x->from, 0xff, sizeof x->from);
    for (const char *s = results; (s = strstr(s, "tensor<")) && s < end; s++)
        if (x->nout < MOST) {
            x->count[x->nout] = elements(s, &x->size[x->nout]);
            x->nout++;
        }
    int argument = -1;
    for (const char *s = strstr(text, "@main("); s < results; s++) {
        argument += *s == '%';
        if (!strncmp(s, "aliasing_output = ", 18))
            x->from[atoi(s + 18)] = argument;
    }
    free(text);
    fake.programs++;
    a->executable = x;
    return NULL;
}

static void *program_destroy(void *p)
{
    abi_object *a = p;
    ENTER(ABI_LOADEDEXECUTABLE_DESTROY, a);
    free(a->object);
    fake.programs--;
    return NULL;
}

static void *get_executable(void *p)
{
    abi_other *a = p;
    ENTER(ABI_LOADEDEXECUTABLE_GETEXECUTABLE, a);
    fake.executables++;
    a->other = a->object;
    return NULL;
}

static void *executable_destroy(void *p)
{
    abi_object *a = p;
    ENTER(ABI_EXECUTABLE_DESTROY, a);
    fake.executables--;
    return NULL;
}

static void *memory(void *p)
{
    abi_memory *a = p;
    ENTER(ABI_EXECUTABLE_GETCOMPILEDMEMORYSTATS, a);
    if (!fake.temporaries)
        return fail(ABI_CODE_UNIMPLEMENTED);
    a->code = 1;
    a->arguments = 1000;
    a->results = 700;
    a->alias = 600;
    a->temporaries = fake.temporaries;
    return NULL;
}

static void release(void *owner)
{
    free(owner);
    fake.stored--;
}

static void *store(void *p)
{
    abi_store *a = p;
    ENTER(ABI_EXECUTABLE_SERIALIZE, a);
    if (!fake.stores)
        return fail(ABI_CODE_UNIMPLEMENTED);
    a->owner = malloc(sizeof(fake_program));
    memcpy(a->owner, a->executable, sizeof(fake_program));
    a->bytes = a->owner;
    a->size = sizeof(fake_program);
    a->release = release;
    fake.stored++;
    return NULL;
}

/* For the devices that the client compiled for before; of another size it is refused. */
static void *load(void *p)
{
    abi_load *a = p;
    ENTER(ABI_EXECUTABLE_DESERIALIZEANDLOAD, a);
    fake.short_ones += a->client != &client || a->options;
    if (a->size != sizeof(fake_program))
        return fail(ABI_CODE_INVALID_ARGUMENT);
    a->loaded = malloc(sizeof(fake_program));
    memcpy(a->loaded, a->bytes, sizeof(fake_program));
    fake.programs++;
    return NULL;
}

/* ---- buffers ---- */

static fake_buffer *buffer(size_t bytes, const void *from)
{
    fake_buffer *b = malloc(sizeof *b);
    *b = (fake_buffer){.bytes = bytes, .x = calloc(1, bytes)};
    if (from)
        memcpy(b->x, from, bytes);
    fake.buffers++;
    return b;
}

static void *from_host(void *p)
{
    abi_from_host *a = p;
    ENTER(ABI_CLIENT_BUFFERFROMHOSTBUFFER, a);
    size_t n = 1;
    bool there = false;
    for (int k = 0; k < replicas; k++)
        there = there || (int *)a->device - device + FIRST_ID == compiled_for[k];
    fake.elsewhere += !there;
    for (size_t i = 0; i < a->ndim; i++)
        n *= (size_t)a->dim[i];
    fake.sets += a->type == ABI_U8;
    fake.strange += a->type != ABI_F32 && a->type != ABI_U8 && a->type != ABI_S32 && a->type != ABI_U32;
    a->buffer = buffer(n * (a->type == ABI_U8 ? 1 : 4), a->data);
    a->done = event();
    return NULL;
}

static void *to_host(void *p)
{
    abi_to_host *a = p;
    ENTER(ABI_BUFFER_TOHOSTBUFFER, a);
    const fake_buffer *b = a->buffer;
    fake.heard += b->told;
    a->event = event();
    if (a->dst_size == b->bytes)
        send(a->event, a->dst, b->x, a->dst_size);
    return NULL;
}

static void *buffer_destroy(void *p)
{
    abi_object *a = p;
    fake_buffer *b = a->object;
    ENTER(ABI_BUFFER_DESTROY, a);
    free(b->x);
    free(b);
    fake.buffers--;
    return NULL;
}

static void run_on(const abi_execute *a, size_t k)
{
    const fake_program *x = a->executable;
    for (int i = 0; i < x->nout; i++) {
        fake_buffer *from = x->from[i] < 0 ? NULL : a->arguments[k][x->from[i]], *b = buffer(x->count[i] * x->size[i], NULL);
        fake.used_up += from && !from->x;
        if (from && from->x) {
            free(b->x);
            b->x = from->x;
            from->x = NULL;
        }
        b->told = x->from[i] < 0 && x->count[i] == 4;
        if (b->told)
            b->x[2] = 1e9f; /* no statistic is bad */
        if (b->told && fake.calls[ABI_LOADEDEXECUTABLE_EXECUTE] == fake.nan_at)
            b->x[0] = (float)NAN;
        a->results[k][i] = b;
    }
}

static void *execute(void *p)
{
    abi_execute *a = p;
    ENTER(ABI_LOADEDEXECUTABLE_EXECUTE, a);
    fake.short_ones += (int)a->ndevices != replicas;
    for (size_t k = 0; k < a->ndevices; k++)
        run_on(a, k);
    const int behind = fake.calls[ABI_LOADEDEXECUTABLE_EXECUTE] - fake.heard;
    fake.most_behind = behind > fake.most_behind ? behind : fake.most_behind;
    return NULL;
}

static void *unused(void *p)
{
    (void)p;
    abort();
}

__attribute__((visibility("default"))) const void *GetPjrtApi(void)
{
    static abi_api api;
    api = (abi_api){.head.size = fake.short_table ? 200 : sizeof api, .version.size = 24, .major = fake.major,
                    .minor = fake.minor ? fake.minor : 81};
    for (int i = 0; i < ABI_FUNCTIONS; i++)
        api.function[i].ask = unused;
    api.function[ABI_ERROR_DESTROY].tell = error_destroy;
    api.function[ABI_ERROR_MESSAGE].tell = error_message;
    api.function[ABI_ERROR_GETCODE].ask = error_code;
    api.function[ABI_PLUGIN_INITIALIZE].ask = initialize;
    api.function[ABI_EVENT_DESTROY].ask = event_destroy;
    api.function[ABI_EVENT_AWAIT].ask = event_await;
    api.function[ABI_CLIENT_CREATE].ask = client_create;
    api.function[ABI_CLIENT_DESTROY].ask = client_destroy;
    api.function[ABI_CLIENT_PLATFORMNAME].ask = platform;
    api.function[ABI_CLIENT_PLATFORMVERSION].ask = version;
    api.function[ABI_CLIENT_ADDRESSABLEDEVICES].ask = devices;
    api.function[ABI_CLIENT_COMPILE].ask = compile;
    api.function[ABI_CLIENT_BUFFERFROMHOSTBUFFER].ask = from_host;
    api.function[ABI_DEVICEDESCRIPTION_ID].ask = id;
    api.function[ABI_DEVICEDESCRIPTION_KIND].ask = kind;
    api.function[ABI_DEVICE_GETDESCRIPTION].ask = device_description;
    api.function[ABI_LOADEDEXECUTABLE_GETEXECUTABLE].ask = get_executable;
    api.function[ABI_EXECUTABLE_DESTROY].ask = executable_destroy;
    api.function[ABI_EXECUTABLE_GETCOMPILEDMEMORYSTATS].ask = memory;
    api.function[ABI_EXECUTABLE_SERIALIZE].ask = store;
    api.function[ABI_EXECUTABLE_DESERIALIZEANDLOAD].ask = load;
    if (fake.lacks)
        api.function[ABI_EXECUTABLE_SERIALIZE].ask = api.function[ABI_EXECUTABLE_DESERIALIZEANDLOAD].ask = NULL;
    api.function[ABI_LOADEDEXECUTABLE_DESTROY].ask = program_destroy;
    api.function[ABI_LOADEDEXECUTABLE_EXECUTE].ask = execute;
    api.function[ABI_BUFFER_DESTROY].ask = buffer_destroy;
    api.function[ABI_BUFFER_TOHOSTBUFFER].ask = to_host;
    return &api;
}
