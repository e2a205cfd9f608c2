/* The binary interface of PJRT plug-ins, as much of it as is used: where each function stands in a plug-in's table, and where the
 * members of its arguments lie (interface 0.81; tests/engine/check_abi.sh compares them with the header of a plug-in).
 *
 * Every struct says its own size first. A plug-in reads no more of it than that, takes a longer one whose end is zero, and refuses a
 * shorter one than it knows: hence the zeros at the end of each, for members that later plug-ins add. */
#ifndef SIAM_ENGINE_PJRT_ABI_H
#define SIAM_ENGINE_PJRT_ABI_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Objects of the plug-in: errors, clients, devices, programs, buffers, events. */
typedef struct abi_head {
    size_t size;
    void *extension; /* always NULL */
} abi_head;

#define ABI_LATER uint64_t later[8]

/* The functions that are used, by their place in the table. */
typedef enum abi_place {
    ABI_ERROR_DESTROY = 0,
    ABI_ERROR_MESSAGE = 1,
    ABI_ERROR_GETCODE = 2,
    ABI_PLUGIN_INITIALIZE = 3,
    ABI_EVENT_DESTROY = 5,
    ABI_EVENT_AWAIT = 8,
    ABI_CLIENT_CREATE = 10,
    ABI_CLIENT_DESTROY = 11,
    ABI_CLIENT_PLATFORMNAME = 12,
    ABI_CLIENT_PLATFORMVERSION = 14,
    ABI_CLIENT_ADDRESSABLEDEVICES = 16,
    ABI_CLIENT_COMPILE = 20,
    ABI_CLIENT_BUFFERFROMHOSTBUFFER = 22,
    ABI_DEVICEDESCRIPTION_ID = 23,
    ABI_DEVICEDESCRIPTION_KIND = 26,
    ABI_DEVICE_GETDESCRIPTION = 29,
    ABI_EXECUTABLE_DESTROY = 40,
    ABI_EXECUTABLE_SERIALIZE = 49,
    ABI_LOADEDEXECUTABLE_DESTROY = 50,
    ABI_LOADEDEXECUTABLE_GETEXECUTABLE = 51,
    ABI_LOADEDEXECUTABLE_EXECUTE = 55,
    ABI_EXECUTABLE_DESERIALIZEANDLOAD = 56,
    ABI_BUFFER_DESTROY = 58,
    ABI_BUFFER_TOHOSTBUFFER = 70,
    ABI_EXECUTABLE_GETCOMPILEDMEMORYSTATS = 96,
    ABI_FUNCTIONS
} abi_place;

typedef union abi_function {
    void *(*ask)(void *arguments); /* gives an error, or NULL */
    void (*tell)(void *arguments); /* the first two */
} abi_function;

typedef struct abi_api {
    abi_head head;
    abi_head version; /* of the struct that holds the next two */
    int major, minor;
    abi_function function[ABI_FUNCTIONS];
} abi_api;

/* Of functions that are given an object and nothing else: those that destroy and wait. */
typedef struct abi_object {
    abi_head head;
    void *object;
    ABI_LATER;
} abi_object;

/* An object in, another out. */
typedef struct abi_other {
    abi_head head;
    void *object, *other;
    ABI_LATER;
} abi_other;

/* An object in, a text out, which lives as long as the object. */
typedef struct abi_text {
    abi_head head;
    void *object;
    const char *text;
    size_t length;
    ABI_LATER;
} abi_text;

typedef struct abi_code {
    abi_head head;
    void *object;
    int code;
    ABI_LATER;
} abi_code;
/* A device's description in, its number in all processes out. */
typedef struct abi_number {
    abi_head head;
    void *object;
    int number;
    ABI_LATER;
} abi_number;

enum { ABI_CODE_INVALID_ARGUMENT = 3, ABI_CODE_RESOURCE_EXHAUSTED = 8, ABI_CODE_UNIMPLEMENTED = 12 };

/* Of a compiled program, in bytes. */
typedef struct abi_memory {
    abi_head head;
    void *executable;
    int64_t code, arguments, results, alias, temporaries; /* of the device; alias: results that are arguments */
    int64_t host[5];
    int64_t peak;
    ABI_LATER;
} abi_memory;

typedef struct abi_list {
    abi_head head;
    void *object;
    void *const *list;
    size_t count;
    ABI_LATER;
} abi_list;

typedef struct abi_nothing {
    abi_head head;
    ABI_LATER;
} abi_nothing;

/* An option, of which only those that are true or false are used; nothing may follow its last member. */
typedef struct abi_option {
    abi_head head;
    const char *name;
    size_t name_size;
    int type;
    union {
        bool truth;
        uint64_t widest;
    } value;
    size_t value_size;
} abi_option;
enum { ABI_OPTION_BOOL = 4 };

typedef struct abi_client_create {
    abi_head head;
    const void *options;
    size_t noptions;
    void *get, *get_user, *put, *put_user; /* of several processes */
    void *client;
    void *try_get, *try_get_user;
    ABI_LATER;
} abi_client_create;

typedef struct abi_program {
    abi_head head;
    char *code;
    size_t code_size;
    const char *format;
    size_t format_size;
    ABI_LATER;
} abi_program;

typedef struct abi_compile {
    abi_head head;
    void *client;
    const abi_program *program;
    const char *options;
    size_t options_size;
    void *executable;
    ABI_LATER;
} abi_compile;

/* A compiled program as bytes, which are the owner's until it is released, and from them again. */
typedef struct abi_store {
    abi_head head;
    void *executable;
    const char *bytes;
    size_t size;
    void *owner;
    void (*release)(void *owner);
    ABI_LATER;
} abi_store;

typedef struct abi_load {
    abi_head head;
    void *client;
    const char *bytes;
    size_t size;
    void *loaded;
    const char *options; /* NULL: as it was compiled */
    size_t options_size;
    ABI_LATER;
} abi_load;

enum { ABI_S32 = 4, ABI_U8 = 6, ABI_U32 = 8, ABI_F32 = 11, ABI_ONLY_DURING_CALL = 0 };
typedef struct abi_from_host {
    abi_head head;
    void *client;
    const void *data;
    int type;
    const int64_t *dim;
    size_t ndim;
    const int64_t *strides;
    size_t nstrides;
    int semantics; /* how long the plug-in may read data */
    void *device, *memory, *layout;
    void *done, *buffer;
    ABI_LATER;
} abi_from_host;

typedef struct abi_to_host {
    abi_head head;
    void *buffer, *layout, *dst;
    size_t dst_size;
    void *event;
    ABI_LATER;
} abi_to_host;

typedef struct abi_execute_options {
    abi_head head;
    uint64_t none[12];
    ABI_LATER;
} abi_execute_options;

typedef struct abi_execute {
    abi_head head;
    void *executable;
    abi_execute_options *options;
    void *const *const *arguments; /* of each device */
    size_t ndevices, narguments;
    void **const *results;
    void **events;
    void *device;
    ABI_LATER;
} abi_execute;

#endif
