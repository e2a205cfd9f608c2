/* CIFAR's Python version: pickles as Python 2 and 3 write them give the images of the binary version; what is wrong with others is said. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "data/dataset.h"

#include "own_folder.h"

enum { PIXELS = 3072, IMAGES = 300 /* labels of more than one byte's number of memo places */, ROOM = IMAGES * (PIXELS + 64) + 65536 };

/* ---- writing pickles ---- */

typedef struct pickle {
    uint8_t *data;
    size_t n;
    bool three; /* as Python 3 writes protocol 4; else as Python 2 writes protocol 2, which is what is downloaded */
    unsigned memo;
} pickle;

static void add(pickle *p, const void *data, size_t n)
{
    assert_true(p->n + n <= ROOM);
    memcpy(p->data + p->n, data, n);
    p->n += n;
}

static void op(pickle *p, const char *code) { add(p, code, strlen(code)); }

static void number(pickle *p, uint64_t v, size_t bytes) { add(p, &v, bytes); }

static void remember(pickle *p)
{
    if (p->three)
        op(p, "\x94");
    else {
        op(p, p->memo < 256 ? "q" : "r");
        number(p, p->memo, p->memo < 256 ? 1 : 4);
        p->memo++;
    }
}

static void text(pickle *p, const char *s)
{
    op(p, p->three ? "\x8c" : "U");
    number(p, strlen(s), 1);
    op(p, s);
    remember(p);
}

static void global(pickle *p, const char *module, const char *name)
{
    if (p->three) {
        text(p, module);
        text(p, name);
        op(p, "\x93");
    } else {
        op(p, "c");
        op(p, module);
        op(p, "\n");
        op(p, name);
        op(p, "\n");
    }
    remember(p);
}

static void integer(pickle *p, int64_t v)
{
    if (v >= 0 && v < 256) {
        op(p, "K");
        number(p, (uint64_t)v, 1);
    } else {
        op(p, "J");
        number(p, (uint64_t)v, 4);
    }
}

/* What may be odd about a batch. */
typedef struct oddity {
    const char *data_key, *labels_key, *made_by, *dtype;
    int64_t rows, columns, label; /* 0: as they are; label: of the last image */
    bool no_state, columns_first, no_root, text_labels;
    int fewer_bytes, fewer_labels, behind;
    const char *raw; /* instead of all */
} oddity;

static void array(pickle *p, const uint8_t *px, int images, const oddity *odd)
{
    const size_t n = (size_t)images * PIXELS - (size_t)odd->fewer_bytes;
    global(p, p->three ? "numpy._core.multiarray" : "numpy.core.multiarray", odd->made_by ? odd->made_by : "_reconstruct");
    global(p, "numpy", "ndarray");
    integer(p, 0);
    op(p, "\x85");
    remember(p);
    if (p->three)
        op(p, "C\x01" "b");
    else
        op(p, "U\x01" "b");
    remember(p);
    op(p, "\x87");
    remember(p);
    op(p, "R");
    remember(p);
    if (odd->no_state)
        return;
    op(p, "(");
    integer(p, 1);
    integer(p, odd->rows ? odd->rows : images);
    integer(p, odd->columns ? odd->columns : PIXELS);
    op(p, "\x86");
    remember(p);
    global(p, "numpy", "dtype");
    text(p, odd->dtype ? odd->dtype : "u1");
    op(p, p->three ? "\x89\x88" : "K");
    if (!p->three) {
        number(p, 0, 1);
        op(p, "K\x01");
    }
    op(p, "\x87");
    remember(p);
    op(p, "R");
    remember(p);
    op(p, "(K\x03");
    text(p, "|");
    op(p, "NNN");
    integer(p, -1);
    integer(p, -1);
    integer(p, 0);
    op(p, "t");
    remember(p);
    op(p, "b");
    op(p, odd->columns_first ? "\x88" : "\x89");
    op(p, p->three ? "B" : "T");
    number(p, n, 4);
    add(p, px, n);
    remember(p);
    op(p, "t");
    remember(p);
    op(p, "b");
}

static void begin(pickle *p)
{
    op(p, p->three ? "\x80\x04" : "\x80\x02");
    if (p->three) {
        op(p, "\x95"); /* a frame of no bytes */
        number(p, 0, 8);
    }
}

/* {'batch_label': ..., 'labels': [...], 'data': array, 'filenames': [...]} */
static void write_batch(pickle *p, const uint8_t *px, const uint8_t *label, int images, const char *labels, const oddity *odd)
{
    if (odd->raw) {
        add(p, odd->raw, strlen(odd->raw));
        return;
    }
    begin(p);
    op(p, odd->no_root ? "]" : "}");
    remember(p);
    op(p, "(");
    text(p, "batch_label");
    text(p, "training batch 1 of 5");
    text(p, odd->labels_key ? odd->labels_key : labels);
    op(p, "]");
    remember(p);
    op(p, "(");
    for (int i = 0; i < images - odd->fewer_labels; i++)
        if (odd->text_labels)
            text(p, "7");
        else
            integer(p, odd->label && i == images - 1 ? odd->label : label[i]);
    op(p, "e");
    text(p, odd->data_key ? odd->data_key : "data");
    array(p, px, images, odd);
    text(p, "filenames");
    op(p, "]");
    remember(p);
    op(p, "(");
    for (int i = 0; i < images; i++)
        text(p, "leptodactylus_pentadactylus_s_000004.png");
    op(p, "e");
    op(p, odd->no_root ? "e." : "u.");
    for (int i = 0; i < odd->behind; i++)
        op(p, ".");
}

static void write_names(pickle *p, const char *key, int classes, int fewer)
{
    char name[16];
    begin(p);
    op(p, "}");
    remember(p);
    text(p, key);
    op(p, "]");
    remember(p);
    op(p, "(");
    for (int i = 0; i < classes - fewer; i++) {
        snprintf(name, sizeof name, "name%d", i);
        text(p, name);
    }
    op(p, "es.");
}

static void put(const char *name, const void *data, size_t n)
{
    FILE *f = fopen(name, "wb");
    assert_non_null(f);
    assert_int_equal(fwrite(data, 1, n, f), n);
    assert_int_equal(fclose(f), 0);
}

static void batch_of(int file, int images, int classes, uint8_t *px, uint8_t *label)
{
    for (int i = 0; i < images; i++) {
        label[i] = (uint8_t)((file * 3 + i) % classes);
        for (int k = 0; k < PIXELS; k++)
            px[i * PIXELS + k] = (uint8_t)(file * 31 + i * 7 + k * 3 + k / 1024);
    }
}

static uint8_t px[IMAGES * PIXELS], label[IMAGES], out[ROOM];

static void put_pickle(const char *path, int file, int images, int classes, bool three, const char *labels, const oddity *odd)
{
    pickle p = {.data = out, .three = three};
    batch_of(file, images, classes, px, label);
    write_batch(&p, px, label, images, labels, odd);
    put(path, p.data, p.n);
}

static void put_names(const char *path, const char *key, int classes, bool three, int fewer)
{
    pickle p = {.data = out, .three = three};
    write_names(&p, key, classes, fewer);
    put(path, p.data, p.n);
}

static void put_binary(const char *path, int file, int images, int classes, int label_bytes)
{
    FILE *f = fopen(path, "wb");
    assert_non_null(f);
    batch_of(file, images, classes, px, label);
    for (int i = 0; i < images; i++) {
        if (label_bytes == 2)
            fputc(3, f);
        fputc(label[i], f);
        fwrite(px + i * PIXELS, 1, PIXELS, f);
    }
    assert_int_equal(fclose(f), 0);
}

/* ---- reading them ---- */

static siam_dataset *open_ok(const char *spec, siam_split split)
{
    siam_dataset *d;
    siam_err e = {0};
    if (siam_dataset_open(&d, spec, split, 0, &e))
        fail_msg("%s: %s", spec, e.msg);
    return d;
}

static void same(const char *a, const char *b)
{
    for (int split = 0; split < 2; split++) {
        siam_dataset *x = open_ok(a, (siam_split)split), *y = open_ok(b, (siam_split)split);
        siam_image p = {0}, q = {0};
        assert_int_equal(x->info.count, y->info.count);
        assert_string_equal(x->info.described, y->info.described);
        for (int64_t i = 0; i < x->info.count; i++) {
            assert_int_equal(siam_dataset_read(x, i, &p, NULL), SIAM_OK);
            assert_int_equal(siam_dataset_read(y, i, &q, NULL), SIAM_OK);
            assert_int_equal(siam_image_bytes(&p), siam_image_bytes(&q));
            assert_memory_equal(p.px, q.px, siam_image_bytes(&p));
            assert_int_equal(siam_dataset_label(x, i), siam_dataset_label(y, i));
        }
        siam_image_release(&p);
        siam_image_release(&q);
        siam_dataset_close(&x);
        siam_dataset_close(&y);
    }
}

static void tar(const char *command) { assert_int_equal(system(command), 0); }

static void test_ten(void **state)
{
    static const oddity none = {0};
    char path[64];
    (void)state;
    mkdir("bin10", 0777);
    for (int three = 0; three < 2; three++) {
        mkdir("up", 0777);
        mkdir("up/cifar-10-batches-py", 0777);
        for (int i = 0; i < 6; i++) {
            snprintf(path, sizeof path, i < 5 ? "up/cifar-10-batches-py/data_batch_%d" : "up/cifar-10-batches-py/test_batch", i + 1);
            put_pickle(path, i, i ? 3 : IMAGES, 10, three, "labels", &none);
            snprintf(path, sizeof path, i < 5 ? "bin10/data_batch_%d.bin" : "bin10/test_batch.bin", i + 1);
            put_binary(path, i, i ? 3 : IMAGES, 10, 1);
        }
        same("up", "bin10");
        same("up/cifar-10-batches-py", "bin10");
        siam_dataset *d = open_ok("up", SIAM_SPLIT_TRAIN);
        assert_null(d->type->class_name(d, 0)); /* no names file */
        siam_dataset_close(&d);
        put_names("up/cifar-10-batches-py/batches.meta", "label_names", 10, three, 0);
        tar("tar czf cifar-10-python.tar.gz -C up cifar-10-batches-py && tar cf py.tar -C up cifar-10-batches-py");
        same("cifar-10-python.tar.gz", "bin10");
        same("py.tar", "bin10");
        d = open_ok(three ? "up" : "cifar-10-python.tar.gz", SIAM_SPLIT_TEST);
        assert_string_equal(d->info.described, "CIFAR-10, 3 test images, 32x32 px, 10 classes");
        assert_string_equal(d->type->class_name(d, 9), "name9");
        siam_dataset_close(&d);
        assert_int_equal(system("rm -r up"), 0);
    }
}

static void test_hundred(void **state)
{
    static const oddity none = {0};
    siam_dataset *d;
    (void)state;
    mkdir("bin100", 0777);
    mkdir("cifar-100-python", 0777);
    for (int three = 0; three < 2; three++) {
        for (int i = 0; i < 2; i++) {
            put_pickle(i ? "cifar-100-python/test" : "cifar-100-python/train", i, i ? 5 : IMAGES, 100, three, "fine_labels", &none);
            put_binary(i ? "bin100/test.bin" : "bin100/train.bin", i, i ? 5 : IMAGES, 100, 2);
        }
        put_names("cifar-100-python/meta", "fine_label_names", 100, three, 0);
        same("cifar-100-python", "bin100");
        same(".", "bin100");
        tar("tar czf cifar-100-python.tar.gz cifar-100-python");
        same("cifar-100-python.tar.gz", "bin100");
        d = open_ok("cifar-100-python.tar.gz", SIAM_SPLIT_TRAIN);
        assert_string_equal(d->type->class_name(d, 99), "name99");
        siam_dataset_close(&d);
    }
    /* Folders called train and test are something else, also with a file called meta beside. */
    mkdir("folders", 0777);
    mkdir("folders/train", 0777);
    mkdir("folders/test", 0777);
    put("folders/meta", "x", 1);
    put("folders/train/a.jpg", "x", 1);
    put("folders/test/b.jpg", "x", 1);
    d = open_ok("folders", SIAM_SPLIT_TRAIN);
    assert_string_equal(d->type->name, "folder");
    siam_dataset_close(&d);
}

static void test_odd(void **state)
{
    static const struct {
        const char *word;
        oddity odd;
    } rows[] = {
        {"without an array of NumPy's under 'data'", {.data_key = "pixels"}},
        {"without an array of NumPy's under 'data'", {.made_by = "frombuffer"}},
        {"without an array of NumPy's under 'data'", {.no_root = true}},
        {"without rows of bytes under 'data'", {.no_state = true}},
        {"without rows of bytes under 'data'", {.dtype = "f4"}},
        {"without rows of 3072 bytes under 'data'", {.columns_first = true}},
        {"without rows of 3072 bytes under 'data'", {.columns = 3071}},
        {"without rows of 3072 bytes under 'data'", {.rows = 8}},
        {"without rows of 3072 bytes under 'data'", {.rows = 6}},
        {"without rows of 3072 bytes under 'data'", {.rows = -1}},
        {"without rows of 3072 bytes under 'data'", {.rows = INT32_MAX}},
        {"without rows of 3072 bytes under 'data'", {.fewer_bytes = 1}},
        {"without a label for each image under 'labels'", {.labels_key = "coarse"}},
        {"without a label for each image under 'labels'", {.fewer_labels = 1}},
        {"without a label for each image under 'labels'", {.text_labels = true}},
        {"has the label 10 at image 6", {.label = 10}},
        {"has the label -1 at image 6", {.label = -1}},
        {"goes on behind the end of its pickle", {.behind = 1}},
        {"the data set 'odd/test_batch' is damaged: the instruction at byte 0 of its pickle is cut short", {.raw = ""}},
        {"is the instruction 0x78, which pickles of data do not have", {.raw = "x"}},
        {"is cut short", {.raw = "\x80\2}q\1(U\4dataT\xff\xff\xff\x7f"}},
        {"without an array of NumPy's under 'data'", {.raw = "\x80\2}U\4datacos\nsystem\nU\4ls .\x85Rs."}},
        {"without rows of bytes under 'data'", {.raw = "\x80\2}U\4datacnumpy.core.multiarray\n_reconstruct\n)R2bs."}}, /* its own state */
        {"without an array of NumPy's under 'data'", {.raw = "\x80\2N."}},
    };
    (void)state;
    mkdir("odd", 0777);
    put_pickle("odd/test_batch", 5, 7, 10, false, "labels", &(oddity){0});
    siam_dataset *d = open_ok("odd", SIAM_SPLIT_TEST);
    siam_dataset_close(&d);
    put_names("odd/batches.meta", "label_names", 10, false, 0);
    for (size_t r = 0; r < sizeof rows / sizeof *rows; r++)
        for (int three = 0; three < (rows[r].odd.raw ? 1 : 2); three++) {
            siam_err e = {0};
            put_pickle("odd/test_batch", 5, 7, 10, three, "labels", &rows[r].odd);
            d = (siam_dataset *)1;
            if (siam_dataset_open(&d, "odd", SIAM_SPLIT_TEST, 0, &e) != SIAM_E_DATA || d || !strstr(e.msg, rows[r].word))
                fail_msg("row %zu: '%s' is not in: %s", r, rows[r].word, e.msg);
        }
    put_pickle("odd/test_batch", 5, 7, 10, false, "labels", &(oddity){0});
    put_names("odd/batches.meta", "label_names", 10, false, 1);
    siam_err e = {0};
    assert_int_equal(siam_dataset_open(&d, "odd", SIAM_SPLIT_TEST, 0, &e), SIAM_E_DATA);
    assert_non_null(strstr(e.msg, "'odd/batches.meta' is a pickle without names of classes under 'label_names'"));
    siam_err_clear(&e);
    assert_int_equal(siam_dataset_open(&d, "odd", SIAM_SPLIT_TRAIN, 0, &e), SIAM_E_DATA);
    assert_non_null(strstr(e.msg, "'odd' has no data_batch_1, which is a part of CIFAR-10"));
}

/* Cut anywhere it is refused. */
static void test_cut(void **state)
{
    siam_dataset *d;
    struct stat st;
    (void)state;
    mkdir("cut", 0777);
    put_pickle("cut/test_batch", 5, 2, 10, false, "labels", &(oddity){0});
    assert_int_equal(stat("cut/test_batch", &st), 0);
    for (off_t n = st.st_size; n-- > 0; n -= n > 300 && n < st.st_size - 600 ? 37 : 0) {
        siam_err e = {0};
        assert_int_equal(truncate("cut/test_batch", n), 0);
        assert_int_equal(siam_dataset_open(&d, "cut", SIAM_SPLIT_TEST, 0, &e), SIAM_E_DATA);
        assert_true(e.msg[0] && e.hint[0]);
    }
}

static int enter(void **state) { return make_folder(state) || chdir(folder); }

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_ten), cmocka_unit_test(test_hundred), cmocka_unit_test(test_odd), cmocka_unit_test(test_cut)};
    return cmocka_run_group_tests(tests, enter, remove_folder);
}
