/* What a wrong file is: by its first bytes, whatever its name, its case, its byte order mark; and advice that runs. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/file.h"
#include "base/filekind.h"
#include "../hints/hint.h"

#define BYTES(text) text, sizeof text - 1

static const struct sample {
    const char *bytes;
    size_t n;
    const char *what; /* part of the words */
} samples[] = {
    {BYTES("version https://git-lfs.github.com/spec/v1\noid sha256:4d7a\nsize 133\n"), "Git LFS pointer"},
    {BYTES("\xef\xbb\xbfversion https://git-lfs.github.com/spec/v1\r\noid sha256:4d7a\r\n"), "Git LFS pointer"},
    {BYTES("version https://hawser.github.com/spec/v1\noid sha256:4d7a\nsize 5\n"), "Git LFS pointer"},
    {BYTES("/annex/objects/SHA256E-s31390--f50d7ac4.jpg\n"), "git-annex pointer"},
    {BYTES("outs:\n- md5: a304afb96060aad90176268345e10355\n"), "DVC pointer"},
    {BYTES("<!DOCTYPE html>\n<html>"), "a web page"},
    {BYTES("<!doctype html><title>404</title>"), "a web page"},
    {BYTES("\n\n  \t<HTML lang=en>"), "a web page"},
    {BYTES("\xef\xbb\xbf\r\n<!DocType HTML PUBLIC"), "a web page"},
    {BYTES("\xff\xfe<\0h\0t\0m\0l\0>\0"), "a web page"},
    {BYTES("\xfe\xff\0<\0h\0t\0m\0l\0>"), "a web page"},
    {BYTES("<!-- a page -->\n<html>"), "a web page"},
    {BYTES("<?xml version=\"1.0\"?>\n<!DOCTYPE html PUBLIC \"-//W3C//DTD XHTML\">"), "a web page"},
    {BYTES("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<Error><Code>AccessDenied</Code>"), "an XML text"},
    {BYTES("<Error><Code>NoSuchKey</Code></Error>"), "an XML text"},
    {BYTES("<?xml version=\"1.0\"?>\n<svg xmlns=\"x\">"), "an SVG drawing"},
    {BYTES("<svg width=\"3\">"), "an SVG drawing"},
    {BYTES("{\"error\": \"Repository not found\"}"), "a JSON text, such as the error"},
    {BYTES("{ \"message\": \"Not Found\" }"), "a JSON text, such as the error"},
    {BYTES("{\"metadata\": {}, \"weight_map\": {\"a\": \"b\"}}"), "the index of a checkpoint in several files"},
    {BYTES("[{\"a\": 1}]"), "a JSON text"},
    {BYTES("Not Found"), "text that begins with 'Not Found'"},
    {BYTES("\xef\xbb\xbf\n Access denied.\nTry again"), "text that begins with 'Access denied.'"},
    {BYTES(" \n\t"), "text of blanks"},
    {BYTES("\x1f\x8b\x08\0rest"), "a gzip archive"},
    {BYTES("\xfd" "7zXZ\0rest"), "an xz archive"},
    {BYTES("\x28\xb5\x2f\xfdrest"), "a zstd archive"},
    {BYTES("BZh91AY"), "a bzip2 archive"},
    {BYTES("\x04\x22\x4d\x18rest"), "an lz4 archive"},
    {BYTES("7z\xbc\xaf\x27\x1c\0\4"), "a 7z archive"},
    {BYTES("Rar!\x1a\x07\x01\0"), "a RAR archive"},
    {BYTES("PK\3\4\x14\0\0\0\x08\0"), "a zip archive"},
    {BYTES("PK\5\6\0\0\0\0"), "an empty zip archive"},
    {BYTES("\x08\x07\x12\x07pytorch\x1a\x05"), "an ONNX model"},
    {BYTES("\x08\x0a:\xb1\x01\n\x1f\n\1x"), "an ONNX model"},
    {BYTES("\x08\x01\x12\xf0\x03\n\x1f"), "a TensorFlow model"},
    {BYTES("\x1c\0\0\0TFL3"), "a TensorFlow Lite model"},
    {BYTES("\x89HDF\r\n\x1a\n\0\0"), "an HDF5 file"},
    {BYTES("\x93NUMPY\1\0v\0{'descr'"), "a NumPy array"},
    {BYTES("GGUF\3\0\0\0"), "a GGUF model"},
    {BYTES("\x80\4\x95\x1a\0\0\0\0\0\0\0"), "a Python pickle"},
    {BYTES("\x80\2\x8a\nl\xfc\x9c\x46\xf9 j\xa8P\x19.\x80\2"), "a model (a file of PyTorch)"},
    {BYTES("\x50\0\0\0\0\0\0\0{\"conv1.weight\""), "a model (safetensors)"},
    {BYTES("%PDF-1.7\n"), "a PDF document"},
    {BYTES("\xff\xd8\xff\xe0\0\x10JFIF"), "a JPEG image"},
    {BYTES("\x89PNG\r\n\x1a\n\0\0\0\rIHDR"), "a PNG image"},
    {BYTES("GIF89a\1\0"), "a GIF image"},
    {BYTES("RIFF\x24\0\0\0WEBPVP8 "), "a WebP image"},
    {BYTES("II*\0\x08\0\0\0"), "a TIFF image"},
    {BYTES("MM\0*\0\0\0\x08"), "a TIFF image"},
    {BYTES("II+\0\x08\0\0\0\x10\0\0\0"), "a TIFF image"},
    {BYTES("II*\0\x10\0\0\0CR\2\0"), "a camera's raw picture (CR2)"},
    {BYTES("\0\0\0\x18" "ftypcrx "), "a camera's raw picture (CR3)"},
    {BYTES("IIRO\x08\0\0\0"), "a camera's raw picture (ORF)"},
    {BYTES("IIU\0\x18\0\0\0"), "a camera's raw picture (RW2)"},
    {BYTES("FUJIFILMCCD-RAW 0201"), "a camera's raw picture (RAF)"},
    {BYTES("\0MRM\0\0\0\0"), "a camera's raw picture (MRW)"},
    {BYTES("PF\n3 2\n-1\n\0\0\x80\x3f"), "a PFM image"},
    {BYTES("BM\x36\0\0\0\0\0\0\0\x36\0\0\0\x28"), "a BMP image"},
    {BYTES("\0\0\0\x20" "ftypavif"), "an AVIF image"},
    {BYTES("\0\0\0\x18" "ftypheic"), "a HEIC image"},
    {BYTES("\0\0\0\x18" "ftypmp42"), "a film"},
    {BYTES("\0\5\x16\7\0\2\0\0Mac OS X"), "a resource file of macOS"},
    {BYTES("\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"), "Thumbs.db"},
    {BYTES("SQLite format 3\0"), "an SQLite data base"},
    {BYTES("\0\0\0\0\0\0\0\0\0\0\0\0"), "zero bytes"},
    {BYTES("\0"), "zero bytes"},
    {BYTES(""), "empty"},
};

static void each_is_named(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof samples / sizeof *samples; i++) {
        siam_filekind k;
        siam_filekind_find(&k, (const uint8_t *)samples[i].bytes, samples[i].n);
        if (!k.known || !strstr(k.what, samples[i].what))
            fail_msg("'%s' where '%s' is expected", k.what, samples[i].what);
    }
}

static void no_kind_is_none(void **state)
{
    (void)state;
    static const struct {
        const char *bytes;
        size_t n;
    } odd[] = {{BYTES("\x07\x91\xee\x42\x17\x99\0\1\x03")}, {BYTES("\0\0\0\1\0\0\0\7")}, {BYTES("text\0with\1control")},
               {BYTES("caf\xe9 in Latin-1")}, {BYTES("\xff")}, {BYTES("\xff\xfe")}, {BYTES("BMX no bitmap's header")}};
    for (size_t i = 0; i < sizeof odd / sizeof *odd; i++) {
        siam_filekind k;
        siam_filekind_find(&k, (const uint8_t *)odd[i].bytes, odd[i].n);
        if (strstr(k.what, "image") || strstr(k.what, "web") || strstr(k.what, "zero"))
            fail_msg("case %zu: %s", i, k.what);
    }
    static const uint8_t begun[][4] = {{0x80, 2}, {0x80, 4}, {'P', 'K'}, {0x1f}, {'B'}, {0xff, 0xd8}}; /* too short to say what it is */
    for (size_t i = 0; i < sizeof begun / sizeof *begun; i++) {
        siam_filekind k;
        siam_filekind_find(&k, begun[i], begun[i][1] ? 2 : 1);
        if (strstr(k.what, "pickle") || strstr(k.what, "archive") || strstr(k.what, "image"))
            fail_msg("of byte 0x%02x and at most one more: %s", begun[i][0], k.what);
    }
    for (int i = 4; i < 8; i++) { /* a header of more than 4 GiB */
        siam_filekind k;
        uint8_t model[] = "\x50\0\0\0\0\0\0\0{\"conv1.weight\"";
        model[i] = 1;
        siam_filekind_find(&k, model, sizeof model - 1);
        if (strstr(k.what, "safetensors"))
            fail_msg("with byte %d set it is %s", i, k.what);
    }
}

/* Whatever bytes there are, at whatever length: nothing outside them is read (the sanitizers look on). */
static void any_bytes(void **state)
{
    (void)state;
    uint32_t x = 1;
    siam_err e;
    siam_fail(&e, SIAM_E_DATA, "something");
    for (size_t n = 0; n < 700; n += n < 64 ? 1 : 37) {
        uint8_t *p = malloc(n + 1);
        for (int turn = 0; turn < 40; turn++) {
            const struct sample *s = &samples[(size_t)turn % (sizeof samples / sizeof *samples)];
            for (size_t i = 0; i < n; i++)
                p[i] = i < s->n ? (uint8_t)s->bytes[i] : (uint8_t)((x = x * 1664525u + 1013904223u) >> 24);
            uint8_t *exact = malloc(n ? n : 1);
            memcpy(exact, p, n);
            siam_filekind k;
            siam_filekind_find(&k, exact, n);
            siam_filekind_hint(&e, &k, turn % 2 ? "a b/x.gz" : NULL);
            assert_true(k.what[0]);
            free(exact);
        }
        free(p);
    }
}

static siam_err hint_for(const char *data, size_t n, const char *path)
{
    siam_filekind k;
    siam_err e = {0};
    siam_fail(&e, SIAM_E_DATA, "it is no model");
    siam_filekind_find(&k, (const uint8_t *)data, n);
    siam_filekind_hint(&e, &k, path);
    return e;
}

/* The hint's command runs and does what it says. */
static void hints_run(void **state)
{
    (void)state;
    static const struct {
        const char *make, *file, *result, *tool;
    } cases[] = {
        {"printf hello | gzip >'a b.pth.gz'", "a b.pth.gz", "a b.pth", "gzip"},
        {"printf hello | gzip >c.pth", "c.pth", "unpacked", "gzip"},
        {"printf hello | xz >d.pth.xz", "d.pth.xz", "d.pth", "xz"},
        {"printf hello | xz >d2", "d2", "unpacked", "xz"},
        {"printf hello | bzip2 >e.bz2", "e.bz2", "e", "bzip2"},
        {"printf hello | bzip2 >e2.pth", "e2.pth", "unpacked", "bzip2"},
        {"printf hello | zstd -q >f.zst", "f.zst", "f", "zstd"},
        {"printf hello >in; tar cf g.pth in; rm in", "g.pth", "in", "tar"},
        {"printf hello >zin; zip -q h.zip zin; rm zin", "h.zip", "zin", "zip"},
    };
    static const char words[] = "unpack it: ";
    char dir[] = "/tmp/siam-kind-XXXXXX", command[1024], here[4096];
    int ran = 0;
    assert_non_null(mkdtemp(dir));
    assert_non_null(getcwd(here, sizeof here));
    assert_int_equal(chdir(dir), 0);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        snprintf(command, sizeof command, "command -v %s >/dev/null", cases[i].tool);
        if (system(command))
            continue;
        assert_int_equal(system(cases[i].make), 0);
        char *data, *text = NULL;
        size_t n, k;
        assert_int_equal(siam_file_read(cases[i].file, 1 << 20, &data, &n, NULL), SIAM_OK);
        siam_err e = hint_for(data, n, cases[i].file);
        if (strcmp(cases[i].result, "unpacked"))
            assert_hint(&e, "unpack it: %s %s");
        else
            assert_hint(&e, "unpack it: %.*s -dc <%s >unpacked");
        snprintf(command, sizeof command, "{ %s; } >/dev/null 2>&1", e.hint + sizeof words - 1);
        if (system(command) || siam_file_read(cases[i].result, 100, &text, &k, NULL))
            fail_msg("%s: %s", cases[i].file, command);
        assert_string_equal(text, "hello");
        unlink(cases[i].result);
        free(text);
        free(data);
        ran++;
    }
    assert_true(ran > 2); /* gzip, bzip2 and tar are everywhere */
    assert_int_equal(chdir(here), 0);
    snprintf(command, sizeof command, "rm -r %s", dir);
    assert_int_equal(system(command), 0);
}

static void hints_in_words(void **state)
{
    (void)state;
    siam_err e = hint_for(BYTES("<html>Not Found"), "x.pth");
    assert_hint(&e, "download it again: what came is the page or message of a server");
    e = hint_for(BYTES(""), "x.pth");
    assert_hint(&e, "another copy of the file");
    static const char *const messages[] = {"Not Found", "404: Not Found\n", "Entry not found", "Access denied.", "Forbidden",
                                           "403\n", "Rate limit exceeded", "Too Many Requests", "\n Invalid credentials in header",
                                           "upstream request timeout", "Found. Redirecting to /login"};
    for (size_t i = 0; i < sizeof messages / sizeof *messages; i++) {
        e = hint_for(messages[i], strlen(messages[i]), "x.pth");
        assert_hint(&e, "download it again: what came is the page or message of a server");
    }
    e = hint_for(BYTES("a list\nof things\n"), "x.pth");
    assert_null(strstr(e.hint, "download"));
    e = hint_for(BYTES("\0\0\0\x20" "ftypavif"), "a b.avif");
    assert_hint(&e, "convert it to PNG or JPEG: convert %s picture.png");
    assert_non_null(strstr(e.hint, "convert 'a b.avif' picture.png"));
    e = hint_for(BYTES("II*\0\x10\0\0\0CR\2\0"), "IMG 1.CR2");
    assert_hint(&e, "develop it to a TIFF image: dcraw -T -6 %s");
    assert_non_null(strstr(e.hint, "dcraw -T -6 'IMG 1.CR2'"));
    uint8_t scan[132] = {0};
    memcpy(scan + 128, "DICM", 4);
    e = hint_for((const char *)scan, sizeof scan, "scan.dcm");
    assert_hint(&e, "convert it with DCMTK: dcmj2pnm +on2 %s picture.png");
    e = hint_for(BYTES("\x80\4\x95\x1a\0\0\0\0\0\0\0"), "x.pkl");
    assert_hint(&e, "in Python, if it is a dictionary of arrays: torch.save({k: torch.as_tensor(v) for k, v in "
                    "pickle.load(open(%s, 'rb')).items()}, 'model.pth')");
    assert_non_null(strstr(e.hint, "open('x.pkl', 'rb')"));
    e = hint_for(BYTES("{\"weight_map\": {\"a\": \"b\"}}"), "it's.json");
    assert_hint(&e, "in Python, put its parts together: torch.save({k: v for f in set(json.load(open(%s))['weight_map']"
                    ".values()) for k, v in safetensors.torch.load_file(f).items()}, 'model.pth')");
    assert_non_null(strstr(e.hint, "open('FILE')"));
    e = hint_for(BYTES("\x93NUMPY"), "x.pth");
    assert_string_equal(e.hint, "");
}

static void pointer_names_its_folder(void **state)
{
    (void)state;
    static const struct {
        const char *path, *advice;
    } cases[] = {{"model.pth", "git -C . lfs pull"},
                 {"weights/r18/model.pth", "git -C weights/r18 lfs pull"},
                 {"/model.pth", "git -C / lfs pull"},
                 {"my models/x.pth", "git -C 'my models' lfs pull"},
                 {NULL, "git lfs pull, in the repository that the file is from"}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        siam_err e = hint_for(samples[0].bytes, samples[0].n, cases[i].path);
        assert_string_equal(e.hint, cases[i].advice);
        if (cases[i].path)
            assert_hint(&e, "git -C %s lfs pull");
        else
            assert_hint(&e, "git lfs pull, in the repository that the file is from");
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_is_named), cmocka_unit_test(no_kind_is_none), cmocka_unit_test(any_bytes),
        cmocka_unit_test(hints_run),     cmocka_unit_test(hints_in_words), cmocka_unit_test(pointer_names_its_folder),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
