/* PyTorch checkpoints: what PyTorch wrote comes back, by name and value; what is damaged, hostile or no state
 * dict is refused in words. The files and expected.json come from tests/golden/make_torch_golden.py. */
#include "torch_case.h"

#include <dirent.h>
#include <math.h>
#include <sys/stat.h>
#include <time.h>

#include "base/json.h"
#include "../hints/hint.h"

static siam_ckpt *open_named(const char *name)
{
    char path[8192];
    return open_ok(in(path, sizeof path, name));
}

static size_t count_of(const siam_ckpt_entry *x)
{
    return x->desc.ndim ? (size_t)siam_desc_count(&x->desc) : 1;
}

/* Tensor `name` of c is `want` (an object of expected.json). */
static void assert_tensor(const siam_ckpt *c, const char *file, const char *name, const json_t *want)
{
    const json_t *shape = json_object_get(want, "shape"), *values = json_object_get(want, "values");
    const int i = siam_ckpt_find(c, name);
    if (i < 0)
        fail_msg("%s has no '%s'", file, name);
    const siam_ckpt_entry *x = c->format->entry(c, i);
    assert_int_equal(x->desc.ndim, json_array_size(shape));
    for (int d = 0; d < x->desc.ndim; d++)
        assert_int_equal(x->desc.dim[d], json_integer_value(json_array_get(shape, (size_t)d)));
    const size_t n = count_of(x);
    assert_int_equal(n, json_array_size(values));
    float *got = malloc((n + 1) * sizeof *got);
    siam_err e = {0};
    if (c->format->read_f32(c, i, got, n, &e))
        fail_msg("%s", e.msg);
    for (size_t k = 0; k < n; k++)
        if (got[k] != (float)json_number_value(json_array_get(values, k)))
            fail_msg("%s: '%s'[%zu] is %g, not %g", file, name, k, (double)got[k],
                     json_number_value(json_array_get(values, k)));
    free(got);
    assert_int_equal(c->format->read_f32(c, i, NULL, n + 1, &e), SIAM_E_DATA);
}

static json_t *expectations(void)
{
    char path[8192];
    json_t *all;
    siam_err e = {0};
    if (siam_json_read(&all, in(path, sizeof path, "expected.json"), 1 << 20, &e))
        fail_msg("%s", e.msg);
    return all;
}

static void values_are_pytorchs(void **state)
{
    (void)state;
    json_t *all = expectations(), *file, *tensor;
    const char *name, *key;
    assert_true(json_object_size(all) >= 10);
    json_object_foreach(all, name, file)
    {
        siam_ckpt *c = open_named(name);
        json_object_foreach(file, key, tensor) assert_tensor(c, name, key, tensor);
        if (strcmp(name, "listed.pth") && strcmp(name, "call.pth")) /* which hold more than can be read */
            assert_int_equal(c->format->count(c),
                             json_object_size(file) + !strcmp(name, "wrapped.pth")); /* model_ema.w */
        siam_ckpt_close(&c);
        assert_null(c);
    }
    json_decref(all);
}

static siam_dtype dtype_of(const siam_ckpt *c, const char *name)
{
    const int i = siam_ckpt_find(c, name);
    assert_true(i >= 0);
    return c->format->entry(c, i)->desc.dtype;
}

static void types(void **state)
{
    (void)state;
    siam_ckpt *c = open_named("kinds.pth");
    assert_int_equal(dtype_of(c, "plain"), SIAM_F32);
    assert_int_equal(dtype_of(c, "half"), SIAM_F16);
    assert_int_equal(dtype_of(c, "bfloat"), SIAM_BF16);
    assert_int_equal(dtype_of(c, "double"), SIAM_F32);
    assert_int_equal(dtype_of(c, "steps"), SIAM_I64);
    siam_ckpt_close(&c);
}

/* Reading entry `name` fails with a sentence that holds `word`. */
static void assert_unreadable(const siam_ckpt *c, const char *name, siam_dtype listed, const char *word)
{
    const int i = siam_ckpt_find(c, name);
    float x[2];
    siam_err e = {0};
    assert_int_equal(dtype_of(c, name), listed);
    assert_int_equal(c->format->read_f32(c, i, x, count_of(c->format->entry(c, i)), &e), SIAM_E_DATA);
    assert_non_null(strstr(e.msg, name));
    if (!strstr(e.msg, word))
        fail_msg("'%s' is not in: %s", word, e.msg);
}

static void listed_but_unreadable(void **state)
{
    (void)state;
    siam_ckpt *c = open_named("listed.pth");
    assert_int_equal(c->format->count(c), 8);
    assert_unreadable(c, "byte", SIAM_U8, "uint8");
    assert_unreadable(c, "bool", SIAM_DTYPE_COUNT, "bool");
    assert_unreadable(c, "int", SIAM_DTYPE_COUNT, "int32");
    assert_unreadable(c, "five", SIAM_DTYPE_COUNT, "5 dimensions");
    assert_unreadable(c, "complex", SIAM_DTYPE_COUNT, "torch.ComplexFloatStorage");
    assert_unreadable(c, "big", SIAM_I64, "float32 cannot");
    assert_unreadable(c, "huge", SIAM_F32, "float32 cannot");
    siam_ckpt_close(&c);
    c = open_named("call.pth");
    assert_unreadable(c, "evil", SIAM_DTYPE_COUNT, "posix.system");
    siam_ckpt_close(&c);
    assert_int_not_equal(access("/tmp/simsiam-was-here", F_OK), 0);
}

static void metadata(void **state)
{
    (void)state;
    siam_ckpt *c = open_named("facebook.pth.tar");
    assert_string_equal(c->format->meta(c, "epoch"), "100");
    assert_string_equal(c->format->meta(c, "arch"), "resnet50");
    assert_string_equal(c->format->meta(c, "lr"), "0.1");
    assert_string_equal(c->format->meta(c, "fixed"), "True");
    assert_null(c->format->meta(c, "best_acc1"));
    assert_int_equal(siam_ckpt_find(c, "best_acc1"), -1);
    siam_ckpt_close(&c);
    c = open_named("mmengine.pth");
    assert_string_equal(c->format->meta(c, "meta.epoch"), "2");
    assert_string_equal(c->format->meta(c, "meta.mmengine_version"), "0.10.0");
    assert_string_equal(c->format->meta(c, "meta.dataset_meta.classes"), "tench\ngoldfish");
    assert_null(c->format->meta(c, "message_hub.log_scalars.loss"));
    siam_ckpt_close(&c);
}

static void refused(void **state)
{
    (void)state;
    static const struct {
        const char *file;
        siam_code code;
        const char *word;
    } rows[] = {
        {"object.pth", SIAM_E_DATA, "models.residual.Net"},
        {"object_inside.pth", SIAM_E_DATA, "models.residual.Net"},
        {"beyond.pth", SIAM_E_DATA, "beyond the end of its storage"},
        {"short.pth", SIAM_E_DATA, "another size"},
        {"wide.pth", SIAM_E_DATA, "overflow"},
        {"absent.pth", SIAM_E_DATA, "not in the zip"},
        {"deflated.pth", SIAM_E_UNSUPPORTED, "compressed"},
    };
    char path[8192];
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        assert_refused(in(path, sizeof path, rows[i].file), rows[i].code, rows[i].word);
}

/* A tar archive of files that hold so many bytes each. */
static void put_tar_of(const char *const *name, unsigned bytes)
{
    enum { BLOCK = 512 };
    char tar[32 * BLOCK] = "";
    size_t n = 0;
    for (; *name; name++, n += BLOCK + (bytes + BLOCK - 1) / BLOCK * BLOCK) {
        char *head = tar + n;
        snprintf(head, 100, "%s", *name);
        snprintf(head + 124, 12, "%011o", bytes);
        head[156] = '0';
        memcpy(head + 257, "ustar", 6);
        memset(head + BLOCK, 'h', bytes);
    }
    memcpy(tar + n + 257, "ustar", n ? 0 : 6);
    put(tar, n + 2 * BLOCK);
}

static void put_tar(const char *const *name) { put_tar_of(name, 5); }

static void tar_is_refused(void **state)
{
    (void)state;
    static const char *const old[] = {"sys_info", "pickle", "tensors", "storages", NULL};
    static const char *const holds[][3] = {{"checkpoint/plain.pth", NULL}, {"readme.txt", "out/best.safetensors", NULL},
                                           {"model.pt", "sys_info", NULL}, {"a.pth.tar", NULL}};
    static const char *const nothing[] = {"photos/a.jpg", "photos/b.jpg", NULL};
    put_tar(old);
    assert_refused(memory, SIAM_E_UNSUPPORTED, "0.1.10");
    for (size_t i = 0; i < sizeof holds / sizeof *holds; i++) {
        siam_err e = {0};
        siam_ckpt *c;
        put_tar(holds[i]);
        assert_refused(memory, SIAM_E_DATA, i == 1 ? holds[i][1] : holds[i][0]);
        siam_ckpt_open(&c, memory, &e);
        assert_null(strstr(e.msg, "0.1.10"));
        assert_non_null(strstr(e.hint, "tar xf "));
    }
    static const unsigned sizes[] = {0, 1, 511, 512, 513, 1024};
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) { /* the model is the second file */
        put_tar_of(holds[1], sizes[i]);
        assert_refused(memory, SIAM_E_DATA, holds[1][1]);
        put_tar_of(old, sizes[i]);
        assert_refused(memory, SIAM_E_UNSUPPORTED, "0.1.10");
    }
    put_tar(nothing);
    assert_refused(memory, SIAM_E_DATA, "photos/a.jpg");
    put_tar(nothing + 2);
    assert_refused(memory, SIAM_E_DATA, "without any file");
}

/* A zip archive's directory with these names; the members themselves are not looked at. */
static void put_zip(const char *const *name)
{
    char zip[1024] = "PK\3\4";
    size_t at = 64, start = at, members = 0;
    for (; *name; name++, members++) {
        const size_t n = strlen(*name);
        memcpy(zip + at, "PK\1\2", 4);
        zip[at + 10] = 8; /* compressed */
        zip[at + 28] = (char)n;
        memcpy(zip + at + 46, *name, n);
        at += 46 + n;
    }
    memcpy(zip + at, "PK\5\6", 4);
    zip[at + 8] = zip[at + 10] = (char)members;
    zip[at + 12] = (char)((at - start) & 0xff);
    zip[at + 13] = (char)((at - start) >> 8);
    zip[at + 16] = (char)start;
    put(zip, at + 22);
}

static siam_err refused_zip(const char *first, const char *second, const char *word)
{
    const char *const names[] = {first, second, NULL};
    siam_err e = {0};
    siam_ckpt *c;
    put_zip(names);
    assert_refused(memory, SIAM_E_DATA, word);
    siam_ckpt_open(&c, memory, &e);
    return e;
}

static void zip_is_refused(void **state)
{
    (void)state;
    siam_err e = refused_zip("conv1.weight.npy", "fc.npy", "NumPy arrays (.npz)");
    assert_hint(&e, "in Python: torch.save({k: torch.from_numpy(v) for k, v in numpy.load(%s).items()}, 'new.pth')");
    e = refused_zip("net/data.pkl", "net/constants.pkl", "a TorchScript archive");
    assert_hint(&e, "in Python: torch.save(torch.jit.load(%s).state_dict(), 'new.pth')");
    e = refused_zip("net/archive_format", "net/models/model.json", "an exported program");
    assert_hint(&e, "in Python: torch.save(dict(torch.export.load(%s).state_dict), 'new.pth')");
    e = refused_zip("readme.md", "out/model.pth", "'out/model.pth' among others");
    assert_hint(&e, "unpack it, and name the model in it: %s %s");
    assert_non_null(strstr(e.hint, "unzip "));
    e = refused_zip("a.jpg", NULL, "'a.jpg'");
    assert_hint(&e, "another file: no member of the archive has the name of a model");
    refused_zip("config.json", "model.weights.h5", "Keras or TensorFlow");
    refused_zip("x/saved_model.pb", NULL, "Keras or TensorFlow");
}

/* What tensors are that only code could rebuild (the file is make_torch_golden.py's). */
static void obstacles(void **state)
{
    (void)state;
    static const struct {
        const char *name, *words; /* words NULL: it can be read */
    } rows[] = {
        {"good", NULL},
        {"sparse", "a sparse tensor"},
        {"csr", "a sparse tensor"},
        {"quantized", "a quantized tensor"},
        {"meta", "a meta tensor"},
        {"array", "a NumPy array"},
        {"class", "an object of __main__.Wrapped"},
        {"float8", "a tensor of a type that is not read"},
        {"listed.weight", "a list of 2 values"},
        {"none.bias", "None"},
        {"number.running_var", "a number"},
    };
    siam_ckpt *c = open_named("unread.pth");
    char words[256];
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        const int at = siam_ckpt_find(c, rows[i].name);
        siam_err e = {0};
        float v[4];
        if (at < 0)
            fail_msg("%s is not there", rows[i].name);
        const char *said = c->format->obstacle(c, at, words, sizeof words);
        const siam_code rc = c->format->read_f32(c, at, v, 2, &e);
        if (!rows[i].words != !said || (said && !strstr(said, rows[i].words)))
            fail_msg("%s: %s", rows[i].name, said ? said : "nothing");
        assert_int_equal(rc, said ? SIAM_E_DATA : SIAM_OK);
        if (said && (!strstr(e.msg, rows[i].name) || !strstr(e.msg, said)))
            fail_msg("%s: %s", rows[i].name, e.msg);
    }
    assert_int_equal(siam_ckpt_find(c, "remark"), -1);
    siam_ckpt_close(&c);
}

/* ---- pickles by hand, in the older stream ---- */

static void bad_pickles(void **state)
{
    (void)state;
    static const struct {
        const char *object;
        size_t n;
        const char *word;
    } rows[] = {
#define ROW(text, word) {text, sizeof text - 1, word}
        ROW("cos\nsystem\n(X\4\0\0\0exittR.", "system"),
        ROW("ios\nsystem\n.", "0x69"),          /* INST */
        ROW("\x82\1.", "0x82"),                 /* EXT1 */
        ROW("h\1.", "never stored"),            /* BINGET of nothing */
        ROW("t.", "mark"),                      /* TUPLE without MARK */
        ROW("\x86.", "not there"),              /* TUPLE2 of nothing */
        ROW("}(K\1u.", "without a value"),      /* an odd number of items */
        ROW("K\1(K\1e.", "cannot hold"),        /* APPENDS to a number */
        ROW("NN.", "unfinished"),               /* two values at the end */
        ROW("\x80\x0a.", "protocol"),           /* of the future */
        ROW("X\xff\xff\xff\x7f.", "cut short"), /* a text longer than the file */
        ROW("\x8d\xff\xff\xff\xff\xff\xff\xff\xff.", "cut short"),
        ROW("Nr\xff\xff\xff\xff.", "more values"), /* a place in memory far away */
        ROW("\x8a\x11xxxxxxxxxxxxxxxxx.", "16 bytes"),
        ROW("ctorch._utils\n_rebuild_tensor_v2\n)R.", "too little"),
        ROW("ctorch._utils\n_rebuild_tensor_v2\n(NNNNtR.", "do not describe one"),
        ROW("ctorch._utils\n_rebuild_parameter\n(NNNtR.", "another kind"),
        ROW("ccollections\nOrderedDict\n(](K\1etR.", "pairs"),
        ROW("(X\7\0\0\0storagectorch\nFloatStorage\nX\1\0\0\0xNK\1tQ.", "storage"),
        ROW("].", "no tensors"),
        ROW("N.", "no tensors"),
#undef ROW
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        put_object(rows[i].object, rows[i].n);
        assert_refused(memory, SIAM_E_DATA, rows[i].word);
    }
}

/* Objects that hold no dictionary of tensors: what they are is said, and how they become one. */
static void what_is_there(void **state)
{
    (void)state;
    static const struct {
        const char *object;
        size_t n;
        const char *words, *hint; /* hint: a part of it */
    } rows[] = {
#define ARRAY "cnumpy.core.multiarray\n_reconstruct\n)R"
#define ROW(text, words, hint) {text, sizeof text - 1, words, hint}
        ROW("}.", "an empty dictionary", "state_dict()"),
        ROW("}X\x0a\0\0\0state_dict}s.", "under 'state_dict' an empty dictionary", "state_dict()"),
        ROW("}(X\1\0\0\0a" ARRAY "X\1\0\0\0b" ARRAY "u.", "NumPy arrays (2 of 2)", "from_numpy(v)"),
        ROW("}X\5\0\0\0model}X\1\0\0\0a" ARRAY "ss.", "under 'model' a dictionary whose values are NumPy arrays",
            "weights_only=False)['model'].items()"),
        ROW(ARRAY ".", "a NumPy array", "state_dict()"),
        ROW("](X\1\0\0\0aK\1\x86X\1\0\0\0bK\2\x86" "e.", "a list of pairs", "dict(torch.load("),
        ROW("}X\5\0\0\0model](X\1\0\0\0a]\x86" "es.", "under 'model' a list of pairs", ")['model']), 'new.pth')"),
        ROW("](K\1K\2K\3e.", "a list of 3 values", "state_dict()"),
        ROW("](}}e.", "a list of 2 dictionaries", "state_dict()"),
        ROW("X\2\0\0\0hi.", "a text", "state_dict()"),
        ROW("K\7.", "a number", "state_dict()"),
        ROW("N.", "None", "state_dict()"),
        ROW("}(X\5\0\0\0state}X\x0c\0\0\0param_groups]u.", "the state of an optimizer", "the model's weights"),
        ROW("}X\3\0\0\0opt}(X\5\0\0\0state}X\x0c\0\0\0param_groups]us.", "the state of an optimizer", "the model's weights"),
        ROW("}(X\2\0\0\0lrK\1X\5\0\0\0epochK\2u.", "'lr', 'epoch'", "state_dict()"),
        ROW("}K\0}s.", "the key 0", "state_dict()"),
        ROW("ctorch._utils\n_rebuild_sparse_tensor\n)R.", "a sparse tensor", "state_dict()"),
        ROW("ctorch._utils\n_rebuild_tensor_v2\n(NK\0))NN}X\3\0\0\0neg\x88stR.", "negated or conjugated", "state_dict()"),
        ROW("ctorch._utils\n_rebuild_tensor_v2\n(NK\0))NN}X\4\0\0\0conj\x88stR.", "negated or conjugated", "state_dict()"),
        ROW("ctorch._tensor\n_rebuild_from_type_v2\n(ctorch.distributed.tensor\nDTensor\n"
            "ctorch.distributed.tensor\nDTensor\n))tR.", "a DTensor", "state_dict()"),
        ROW("cmodels.net\nNet\n)\x81.", "pickled object of models.net.Net", "where that class is installed"),
#undef ROW
#undef ARRAY
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        siam_err e = {0};
        siam_ckpt *c;
        put_object(rows[i].object, rows[i].n);
        assert_int_equal(siam_ckpt_open(&c, memory, &e), SIAM_E_DATA);
        if (!strstr(e.msg, rows[i].words))
            fail_msg("'%s' is not in: %s", rows[i].words, e.msg);
        if (!strstr(e.hint, rows[i].hint))
            fail_msg("%s: %s", rows[i].words, e.hint);
        if (strstr(rows[i].hint, "from_numpy"))
            assert_hint(&e, "in Python: torch.save({k: torch.from_numpy(v) for k, v in torch.load(%s, "
                            "weights_only=False)%s.items()}, 'new.pth')");
        if (strstr(rows[i].words, "pairs"))
            assert_hint(&e, "in Python: torch.save(dict(torch.load(%s)%s%s%s), 'new.pth')");
        if (strstr(rows[i].words, "optimizer"))
            assert_hint(&e, "the file with the model's weights; in Python, where the model is: "
                            "torch.save(model.state_dict(), 'new.pth')");
        if (!strcmp(rows[i].words, "a number"))
            assert_hint(&e, "in Python, where the model is: torch.save(model.state_dict(), 'new.pth')");
    }
}

/* Dictionaries in themselves, in each other 2^100 times, and marks without end. */
static void deep_pickles(void **state)
{
    (void)state;
    put_object("}q\0(X\1\0\0\0ah\0u.", 14);
    assert_refused(memory, SIAM_E_DATA, "no tensors");

    char object[4096];
    size_t n = 0;
    object[n++] = '}';
    for (int i = 0; i < 100; i++) {
        const char level[] = {'q',     (char)i, '}', '(', 'X', 1, 0,   0,   0,       'a', 'h',
                              (char)i, 'X',     1,   0,   0,   0, 'b', 'h', (char)i, 'u'};
        memcpy(object + n, level, sizeof level);
        n += sizeof level;
        object[n++] = 'q';
        object[n++] = (char)(i + 1);
    }
    object[n++] = '.';
    /* every level leaves the one before it on the stack */
    put_object(object, n);
    assert_refused(memory, SIAM_E_DATA, "unfinished");
    object[n - 1] = '\x87'; /* TUPLE3 of the last three, and so on down to one value */
    for (int i = 0; i < 49; i++)
        object[n++] = '\x87';
    object[n++] = '0';
    object[n++] = 'h';
    object[n++] = 60;
    object[n++] = '.';
    put_object(object, n);
    assert_refused(memory, SIAM_E_DATA, "no tensors");

    memset(object, '(', sizeof object);
    put_object(object, sizeof object);
    assert_refused(memory, SIAM_E_DATA, "too deeply");
}

#define ADD(at, text) memcpy((at), text, sizeof text - 1), (at) += sizeof text - 1

/* What is stored once and used very often is looked at about once. */
static void repetition_is_cheap(void **state)
{
    (void)state;
    enum { N = 25000, LONG = 1000000 };
    char *object = malloc(LONG + 20 * N), *at = object;
    /* a shape of too many dimensions */
    ADD(at, "(");
    for (int i = 0; i < N; i++)
        ADD(at, "K\1");
    ADD(at, "tq\0ctorch._utils\n_rebuild_tensor\n((");
    ADD(at, "X\7\0\0\0storagectorch\nFloatStorage\nX\1\0\0\0001NK\1tQK\0h\0h\0tR.");
    put_object(object, (size_t)(at - object));
    assert_refused(memory, SIAM_E_DATA, "do not describe one");
    /* a text that is UTF-8 but for its end, as N values beside a tensor */
    at = object;
    ADD(at, "}(X\1\0\0\0aX\x40\x42\x0f\0");
    memset(at, 'x', LONG);
    at[LONG - 1] = '\xff';
    at += LONG;
    ADD(at, "q\0");
    for (int i = 0; i < N; i++)
        ADD(at, "X\1\0\0\0bh\0");
    ADD(at, "X\1\0\0\0wctorch._utils\n_rebuild_tensor\n((");
    ADD(at, "X\7\0\0\0storagectorch\nFloatStorage\nX\1\0\0\0001NK\1NtQK\0K\1\x85K\1\x85tRu.");
    static const char tail[] = "\x80\2](X\1\0\0\0001e.\1\0\0\0\0\0\0\0\0\0\x80\x3f";
    put_stream(object, (size_t)(at - object), tail, sizeof tail - 1);
    free(object);
    const clock_t start = clock();
    siam_ckpt *c = open_ok(memory);
    assert_true(clock() - start < 5 * CLOCKS_PER_SEC);
    float one = 0;
    assert_int_equal(c->format->read_f32(c, siam_ckpt_find(c, "w"), &one, 1, NULL), SIAM_OK);
    assert_true(one == 1);
    siam_ckpt_close(&c);
}

/* A million values from as many bytes are more than such a file is given room for. */
static void memory_is_bounded(void **state)
{
    (void)state;
    const size_t n = 1 << 20;
    char *object = malloc(n);
    memset(object, 'N', n);
    put_object(object, n);
    free(object);
    assert_refused(memory, SIAM_E_DATA, "more values");
}

/* ---- damage ---- */

/* Opened, verified and read without a fault, or refused in words; true if opened and verified. */
static bool survives(const json_t *want, const char *what)
{
    siam_err e = {0};
    siam_ckpt *c;
    siam_code rc = siam_ckpt_open(&c, memory, &e);
    if (!rc) {
        float x[64];
        for (int i = 0; i < c->format->count(c); i++)
            if (count_of(c->format->entry(c, i)) <= 64)
                c->format->read_f32(c, i, x, count_of(c->format->entry(c, i)), NULL);
        rc = c->format->verify(c, &e);
    }
    if (rc && !e.msg[0])
        fail_msg("a failure without a sentence");
    if (!rc && want) {
        const char *key;
        json_t *tensor;
        assert_int_equal(c->format->count(c), json_object_size(want));
        json_object_foreach((json_t *)(uintptr_t)want, key, tensor) assert_tensor(c, what, key, tensor);
    }
    siam_ckpt_close(&c);
    return !rc;
}

static void truncated(void **state)
{
    (void)state;
    static const char *const files[] = {"tiny.pth", "tiny_legacy.pth", "facebook.pth.tar", "mmengine.pth",
                                        "call.pth"};
    for (size_t i = 0; i < sizeof files / sizeof *files; i++) {
        size_t n;
        char *data = slurp(files[i], &n);
        for (size_t k = 0; k < n; k++) {
            put(data, k);
            if (survives(NULL, files[i]))
                fail_msg("%s cut at %zu bytes was opened", files[i], k);
        }
        free(data);
    }
}

static void changed(const char *name, const json_t *want)
{
    static const unsigned char flips[] = {1, 2, 4, 8, 16, 32, 64, 128, 255};
    size_t n, opened = 0;
    char *data = slurp(name, &n);
    put(data, n);
    for (size_t k = 0; k < n; k++)
        for (size_t i = 0; i < sizeof flips; i++) {
            const char byte = (char)(data[k] ^ flips[i]);
            assert_int_equal(pwrite(memory_fd, &byte, 1, (off_t)k), 1);
            opened += survives(want, name);
            assert_int_equal(pwrite(memory_fd, data + k, 1, (off_t)k), 1);
        }
    free(data);
    /* Dates, versions and padding may change; most bytes may not. */
    if (want)
        assert_true(opened < n * sizeof flips / 2);
}

static void any_byte_changed(void **state)
{
    (void)state;
    json_t *all = expectations();
    changed("tiny.pth", json_object_get(all, "tiny.pth"));
    changed("tiny_legacy.pth", NULL); /* has no checksums: only that nothing breaks */
    changed("mmengine.pth", json_object_get(all, "mmengine.pth"));
    changed("facebook.pth.tar", NULL);
    changed("call.pth", NULL);
    changed("written.pth", NULL);
    json_decref(all);
}

/* ---- files of others, where they are ---- */

static bool find_data(char *buf, size_t n, const char *name)
{
    const char *data = getenv("SIMSIAM_TEST_DATA"), *source = getenv("SIMSIAM_SOURCE");
    if (data)
        snprintf(buf, n, "%s/%s", data, name);
    else
        snprintf(buf, n, "%s/../shared/data/%s", source ? source : ".", name);
    return siam_path_exists(buf);
}

static double sum_of(const siam_ckpt *c)
{
    double sum = 0;
    for (int i = 0; i < c->format->count(c); i++) {
        const size_t n = count_of(c->format->entry(c, i));
        float *x = malloc((n + 1) * sizeof *x);
        siam_err e = {0};
        if (c->format->read_f32(c, i, x, n, &e))
            fail_msg("%s", e.msg);
        for (size_t k = 0; k < n; k++)
            sum += (double)x[k];
        free(x);
    }
    return sum;
}

static void real_weights(void **state)
{
    (void)state;
    static const struct {
        const char *file;
        int count;
        double sum; /* of all elements, by PyTorch */
        const char *name, *meta, *value;
    } rows[] = {
        {"weights/resnet20-12fca82f.th", 97, 139.7826495598208, "module.linear.bias", "best_prec1",
         "91.78000183105469"},
        {"weights/resnet56-4bfd9763.th", 277, 1427.879011697099, "module.layer3.8.bn2.running_var",
         "best_prec1", "93.62"},
        {"weights/resnet32_torchvision_names_cifar10.pt", 200, 2579451.6896851435,
         "layer2.0.downsample.0.weight", NULL, NULL},
        {"weights/mmengine_like_epoch_1.pth", 10, 11.906324006168745, "backbone.features.0.weight",
         "meta.iter", "469"},
    };
    char path[8192];
    int seen = 0;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        if (!find_data(path, sizeof path, rows[i].file))
            continue;
        siam_ckpt *c = open_ok(path);
        assert_int_equal(c->format->count(c), rows[i].count);
        assert_true(siam_ckpt_find(c, rows[i].name) >= 0);
        assert_true(fabs(sum_of(c) - rows[i].sum) <= 1e-9 * fabs(rows[i].sum));
        if (rows[i].meta)
            assert_string_equal(c->format->meta(c, rows[i].meta), rows[i].value);
        siam_ckpt_close(&c);
        seen++;
    }
    if (find_data(path, sizeof path, "weights/whole_module_resnet18.pth")) {
        assert_refused(path, SIAM_E_DATA, "models.Residual.ResNet18");
        seen++;
    }
    if (find_data(path, sizeof path, "weights/broken_resnet18-5c106cde.pth"))
        assert_refused(path, SIAM_E_UNSUPPORTED, "0.1.10");
    if (find_data(path, sizeof path, "weights/broken_resnet18-f37072fd.pth"))
        assert_refused(path, SIAM_E_DATA, "cut short");
    if (!seen)
        skip();
}

static void hostile_collection(void **state)
{
    (void)state;
    char path[8192], name[8192 + 300];
    DIR *d = find_data(path, sizeof path, "hostile/picklescan") ? opendir(path) : NULL;
    if (!d)
        skip();
    int opened = 0, refusals = 0;
    for (struct dirent *x; (x = readdir(d));) {
        if (x->d_name[0] == '.')
            continue;
        snprintf(name, sizeof name, "%s/%s", path, x->d_name);
        siam_err e = {0};
        siam_ckpt *c;
        if (siam_ckpt_open(&c, name, &e)) {
            assert_non_null(strstr(e.msg, x->d_name));
            refusals++;
        } else {
            if (strcmp(x->d_name, "tests__data__new_pytorch_model.bin")) /* one harmless tensor */
                fail_msg("%s was opened", name);
            assert_int_equal(c->format->count(c), 1);
            assert_int_equal(count_of(c->format->entry(c, 0)), 12);
            siam_ckpt_close(&c);
            opened++;
        }
    }
    closedir(d);
    assert_int_equal(opened, 1);
    assert_true(refusals > 90);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(values_are_pytorchs),
        cmocka_unit_test(types),
        cmocka_unit_test(listed_but_unreadable),
        cmocka_unit_test(metadata),
        cmocka_unit_test(refused),
        cmocka_unit_test(tar_is_refused),
        cmocka_unit_test(zip_is_refused),
        cmocka_unit_test(obstacles),
        cmocka_unit_test(bad_pickles),
        cmocka_unit_test(what_is_there),
        cmocka_unit_test(deep_pickles),
        cmocka_unit_test(memory_is_bounded),
        cmocka_unit_test(repetition_is_cheap),
        cmocka_unit_test(truncated),
        cmocka_unit_test(any_byte_changed),
        cmocka_unit_test(real_weights),
        cmocka_unit_test(hostile_collection),
    };
    return cmocka_run_group_tests(tests, find_files, NULL);
}
