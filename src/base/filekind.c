/* The table of kinds: one row each. */
#include "base/filekind.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "base/format.h"
#include "base/utf8.h"

enum {
    HEAD = 512,     /* bytes that are looked at */
    SAMPLE = 48,    /* characters of a text that are shown */
    PATH_WORD = 400 /* a longer path is not repeated in a command */
};

/* What to do about a file. */
typedef struct siam_filekind_remedy {
    enum { NOTHING, PULL, DOWNLOAD, COPY, CONVERT, DEVELOP, EXTRACT, UNPACK, JOIN, UNPICKLE } kind;
    const char *tool;    /* UNPACK: the command in front of the file's name */
    const char *endings; /* of the names that the tool takes, or NULL: any */
} remedy;

static const remedy none = {NOTHING, NULL, NULL}, lfs = {PULL, NULL, NULL}, again = {DOWNLOAD, NULL, NULL},
                    copy = {COPY, NULL, NULL}, convert = {CONVERT, NULL, NULL}, develop = {DEVELOP, NULL, NULL},
                    extract = {EXTRACT, NULL, NULL},
                    unzip = {UNPACK, "unzip", NULL}, untar = {UNPACK, "tar xf", NULL},
                    gunzip = {UNPACK, "gunzip -k", ".gz .tgz"}, unxz = {UNPACK, "unxz -k", ".xz .txz"},
                    unzstd = {UNPACK, "unzstd", ".zst .tzst"}, bunzip = {UNPACK, "bunzip2 -k", ".bz2 .tbz2"},
                    lz4 = {UNPACK, "lz4 -d", ".lz4"}, sevenzip = {UNPACK, "7z x", NULL},
                    unrar = {UNPACK, "unrar x", NULL},
                    join = {JOIN, NULL, NULL}, unpickle = {UNPICKLE, NULL, NULL};

#define MAGIC(text) text, sizeof text - 1

/* Kinds that have certain bytes at a certain place. */
static const struct magic_row {
    const char *what;
    const remedy *remedy;
    const char *magic;
    uint8_t n;
    uint16_t at;
} magic_rows[] = {
    {"a JPEG image", &none, MAGIC("\xff\xd8\xff"), 0},
    {"a PNG image", &none, MAGIC("\x89PNG\r\n\x1a\n"), 0},
    {"a GIF image", &none, MAGIC("GIF8"), 0},
    {"a WebP image", &none, MAGIC("WEBP"), 8},
    {"a camera's raw picture (CR2)", &develop, MAGIC("CR\2"), 8},
    {"a camera's raw picture (CR3)", &develop, MAGIC("ftypcrx "), 4},
    {"a camera's raw picture (ORF)", &develop, MAGIC("IIRO"), 0},
    {"a camera's raw picture (ORF)", &develop, MAGIC("IIRS"), 0},
    {"a camera's raw picture (ORF)", &develop, MAGIC("MMOR"), 0},
    {"a camera's raw picture (RW2)", &develop, MAGIC("IIU\0"), 0},
    {"a camera's raw picture (RAF)", &develop, MAGIC("FUJIFILMCCD-RAW"), 0},
    {"a camera's raw picture (X3F)", &develop, MAGIC("FOVb"), 0},
    {"a camera's raw picture (MRW)", &develop, MAGIC("\0MRM"), 0},
    {"a DICOM image", &extract, MAGIC("DICM"), 128},
    {"a NIfTI image", &none, MAGIC("n+1\0"), 344},
    {"a TIFF image", &none, MAGIC("II*\0"), 0},
    {"a TIFF image", &none, MAGIC("MM\0*"), 0},
    {"a TIFF image", &none, MAGIC("II+\0"), 0},
    {"a TIFF image", &none, MAGIC("MM\0+"), 0},
    {"an AVIF image", &convert, MAGIC("ftypavif"), 4},
    {"an AVIF image", &convert, MAGIC("ftypavis"), 4},
    {"a HEIC image", &convert, MAGIC("ftyphei"), 4},
    {"a HEIC image", &convert, MAGIC("ftyphev"), 4},
    {"a HEIC image", &convert, MAGIC("ftypmif1"), 4},
    {"a HEIC image", &convert, MAGIC("ftypmsf1"), 4},
    {"a JPEG 2000 image", &convert, MAGIC("jP  \r\n\x87\n"), 4},
    {"a JPEG 2000 image", &convert, MAGIC("\xff\x4f\xff\x51"), 0},
    {"a JPEG XL image", &convert, MAGIC("JXL \r\n\x87\n"), 4},
    {"a JPEG XL image", &convert, MAGIC("\xff\x0a"), 0},
    {"a Photoshop image", &convert, MAGIC("8BPS"), 0},
    {"an OpenEXR image", &convert, MAGIC("\x76\x2f\x31\x01"), 0},
    {"a FITS image", &convert, MAGIC("SIMPLE  ="), 0},
    {"an icon of Windows", &convert, MAGIC("\0\0\1\0"), 0},
    {"a PBM, PGM or PPM image", &none, MAGIC("P4\n"), 0},
    {"a PBM, PGM or PPM image", &none, MAGIC("P5\n"), 0},
    {"a PBM, PGM or PPM image", &none, MAGIC("P6\n"), 0},
    {"a PFM image", &convert, MAGIC("PF\n"), 0},
    {"a PFM image", &convert, MAGIC("Pf\n"), 0},
    {"a film", &none, MAGIC("AVI "), 8},
    {"a sound recording", &none, MAGIC("WAVE"), 8},
    {"a film", &none, MAGIC("ftyp"), 4},
    {"a film", &none, MAGIC("\x1a\x45\xdf\xa3"), 0},
    {"a gzip archive", &gunzip, MAGIC("\x1f\x8b"), 0},
    {"an xz archive", &unxz, MAGIC("\xfd" "7zXZ\0"), 0},
    {"a zstd archive", &unzstd, MAGIC("\x28\xb5\x2f\xfd"), 0},
    {"a bzip2 archive", &bunzip, MAGIC("BZh"), 0},
    {"an lz4 archive", &lz4, MAGIC("\x04\x22\x4d\x18"), 0},
    {"a 7z archive", &sevenzip, MAGIC("7z\xbc\xaf\x27\x1c"), 0},
    {"a RAR archive", &unrar, MAGIC("Rar!\x1a\x07"), 0},
    {"a zip archive", &unzip, MAGIC("PK\3\4"), 0},
    {"an empty zip archive", &copy, MAGIC("PK\5\6"), 0},
    {"an HDF5 file, as Keras and TensorFlow save models", &none, MAGIC("\x89HDF\r\n\x1a\n"), 0},
    {"a NumPy array", &none, MAGIC("\x93NUMPY"), 0},
    {"a GGUF model", &none, MAGIC("GGUF"), 0},
    {"a TensorFlow Lite model", &none, MAGIC("TFL3"), 4},
    {"a TensorFlow model (SavedModel)", &none, MAGIC("\x08\x01\x12"), 0},
    {"a PDF document", &none, MAGIC("%PDF"), 0},
    {"a PostScript document", &none, MAGIC("%!PS"), 0},
    {"a document of Microsoft Office, or a Thumbs.db", &none, MAGIC("\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"), 0},
    {"a resource file of macOS, which holds no picture", &none, MAGIC("\0\5\x16\7"), 0},
    {"an SQLite data base", &none, MAGIC("SQLite format 3"), 0},
    {"an LMDB data base", &none, MAGIC("\xde\xc0\xef\xbe"), 16},
    {"a Parquet table", &none, MAGIC("PAR1"), 0},
    {"a MATLAB file", &none, MAGIC("MATLAB 5.0"), 0},
    {"a program", &none, MAGIC("\x7f" "ELF"), 0},
    {"a program of Windows", &none, MAGIC("MZ\x90"), 0},
};

/* Texts, by what they begin with after a byte order mark and blanks, in small letters. The more particular first. */
static const struct text_row {
    const char *what;
    const remedy *remedy;
    const char *begin, *within; /* within: also somewhere in the first bytes, or NULL */
} text_rows[] = {
    {"a Git LFS pointer, which stands for a file that is not here", &lfs, "version https://git-lfs.github.com/", NULL},
    {"a Git LFS pointer, which stands for a file that is not here", &lfs, "version ", "oid sha256:"},
    {"a git-annex pointer, which stands for a file that is not here", &none, "/annex/objects/", NULL},
    {"a git-annex pointer, which stands for a file that is not here", &none, "../", ".git/annex/objects/"},
    {"a DVC pointer, which stands for a file that is not here", &none, "outs:", "md5:"},
    {"an SVG drawing", &convert, "<svg", NULL},
    {"an SVG drawing", &convert, "<?xml", "<svg"},
    {"an SVG drawing", &convert, "<!--", "<svg"},
    {"an SVG drawing", &convert, "<!doctype svg", NULL},
    {"a web page", &again, "<!doctype html", NULL},
    {"a web page", &again, "<html", NULL},
    {"a web page", &again, "<head", NULL},
    {"a web page", &again, "<body", NULL},
    {"a web page", &again, "<title", NULL},
    {"a web page", &again, "<script", NULL},
    {"a web page", &again, "<meta", NULL},
    {"a web page", &again, "<h1", NULL},
    {"a web page", &again, "<p>", NULL},
    {"a web page", &again, "<center", NULL},
    {"a web page", &again, "<div", NULL},
    {"a web page", &again, "<", "<html"},
    {"a web page", &again, "<", "<!doctype html"},
    {"an XML text, such as the error of a server", &again, "<?xml", NULL},
    {"an XML text, such as the error of a server", &again, "<error", NULL},
    {"an XML text", &none, "<", "</"},
    {"the index of a checkpoint in several files (JSON), which has no tensors itself", &join, "{", "\"weight_map\""},
    {"a JSON text, such as the error of a server", &again, "{", "\"error"},
    {"a JSON text, such as the error of a server", &again, "{", "\"message\""},
    {"a Jupyter notebook", &none, "{", "\"cells\""},
    {"a JSON text", &none, "{\"", NULL},
    {"a JSON text", &none, "{", "\":"},
    {"a JSON text", &none, "[{", NULL},
    {"a PEM text (a key or a certificate)", &none, "-----begin ", NULL},
};

/* ---- texts ---- */

/* The beginning as one byte a character, small letters, without byte order mark and leading blanks, ended by a NUL.
 * UTF-16, as some servers and editors write it, loses its zero bytes. */
static void lower_head(char out[static HEAD + 1], const uint8_t *p, size_t n)
{
    size_t step = 1, k = 0;
    if (n >= 2 && ((p[0] == 0xff && p[1] == 0xfe) || (p[0] == 0xfe && p[1] == 0xff))) {
        step = 2;
        p += p[0] == 0xff ? 2 : 3;
        n -= n > 2 ? 3 : 2;
    } else if (n >= 3 && !memcmp(p, "\xef\xbb\xbf", 3)) {
        p += 3;
        n -= 3;
    }
    for (size_t i = 0; i < n && k < HEAD; i += step) {
        if (!k && isspace(p[i]))
            continue;
        out[k++] = p[i] ? (char)tolower(p[i]) : ' ';
    }
    out[k] = '\0';
}

/* UTF-8 without control characters but those of a text; a character that is cut at the end is none. */
static bool is_text(const uint8_t *p, size_t n)
{
    for (size_t i = 0; i < n;) {
        unsigned point;
        const size_t len = siam_utf8_decode((const char *)p + i, n - i, &point);
        if (!len)
            return n - i < 4 && i;
        if (point < ' ' && !strchr("\t\n\r\f", (int)point))
            return false;
        if (!point || point == 0x7f)
            return false;
        i += len;
    }
    return n > 0;
}

static void sample(char *buf, size_t n, const uint8_t *p, size_t bytes)
{
    char line[SAMPLE + 1];
    size_t k = 0;
    if (bytes >= 3 && !memcmp(p, "\xef\xbb\xbf", 3)) {
        p += 3;
        bytes -= 3;
    }
    while (bytes && isspace(*p)) {
        p++;
        bytes--;
    }
    while (k < bytes && k < SAMPLE && p[k] != '\n' && p[k] != '\r')
        k++;
    while (k && k < bytes && (p[k] & 0xc0) == 0x80) /* not within a character */
        k--;
    memcpy(line, p, k);
    line[k] = '\0';
    if (k)
        snprintf(buf, n, "text that begins with '%s'", line);
    else
        snprintf(buf, n, "text of blanks alone");
}

/* ---- finding ---- */

/* An ONNX model is a protocol buffer: its version (a small number), then the name of its producer, or the graph. */
static bool is_onnx(const uint8_t *p, size_t n)
{
    return n > 8 && p[0] == 0x08 && p[1] >= 2 && p[1] < 32 &&
           (p[2] == 0x3a || p[2] == 0x42 || (p[2] == 0x12 && p[3] < 64 && (!p[3] || isprint(p[4]))));
}

static bool is_bmp(const uint8_t *p, size_t n)
{
    return n > 14 && !memcmp(p, "BM", 2) && !p[6] && !p[7] && !p[8] && !p[9];
}

/* 8 bytes of the header's length, far below 4 GiB, and a JSON object. */
static bool is_safetensors(const uint8_t *p, size_t n)
{
    return n > 9 && p[8] == '{' && !p[4] && !p[5] && !p[6] && !p[7] && strchr("\"} \n", p[9]);
}

/* A file of torch.save: a zip archive whose first member is in it, or the stream of before version 1.6. */
static bool is_torch(const uint8_t *p, size_t n)
{
    static const char number[] = {0x6c, (char)0xfc, (char)0x9c, 0x46, (char)0xf9};
    return (n > 64 && !memcmp(p, "PK\3\4", 4) && memmem(p + 30, n < HEAD ? n - 30 : HEAD - 30, "/data.pkl", 9)) ||
           (n > 16 && p[0] == 0x80 && memmem(p, 16, number, sizeof number));
}

static bool is_tar(const uint8_t *p, size_t n) { return n >= 262 && !memcmp(p + 257, "ustar", 5); }

static bool is_pickle(const uint8_t *p, size_t n) { return n > 2 && p[0] == 0x80 && p[1] >= 2 && p[1] <= 5; }

static const struct test_row {
    const char *what;
    const remedy *remedy;
    bool (*is)(const uint8_t *p, size_t n);
} test_rows[] = {
    {"a model (safetensors)", &none, is_safetensors},
    {"a model (a file of PyTorch)", &none, is_torch},
    {"a BMP image", &none, is_bmp},
    {"an ONNX model", &none, is_onnx},
    {"a tar archive", &untar, is_tar},
    {"a Python pickle", &unpickle, is_pickle},
};

static const char *find_text(const uint8_t *p, size_t n, const remedy **r)
{
    char text[HEAD + 1];
    lower_head(text, p, n < HEAD ? n : HEAD);
    for (size_t i = 0; i < sizeof text_rows / sizeof *text_rows; i++) {
        const struct text_row *t = &text_rows[i];
        if (strncmp(text, t->begin, strlen(t->begin)) || (t->within && !strstr(text, t->within)))
            continue;
        *r = t->remedy;
        return t->what;
    }
    return NULL;
}

static const char *find(const uint8_t *p, size_t n, const remedy **r)
{
    const char *what = find_text(p, n, r);
    for (size_t i = 0; i < sizeof test_rows / sizeof *test_rows && !what; i++)
        if (test_rows[i].is(p, n)) {
            what = test_rows[i].what;
            *r = test_rows[i].remedy;
        }
    for (size_t i = 0; i < sizeof magic_rows / sizeof *magic_rows && !what; i++)
        if (n >= (size_t)magic_rows[i].at + magic_rows[i].n &&
            !memcmp(p + magic_rows[i].at, magic_rows[i].magic, magic_rows[i].n)) {
            what = magic_rows[i].what;
            *r = magic_rows[i].remedy;
        }
    return what;
}

/* A short text that a server sends in place of a file says so somewhere. */
static bool is_message(const uint8_t *p, size_t n)
{
    static const char *const words[] = {"not found", "404", "403", "denied", "forbidden", "unauthorized", "not authorized",
                                        "rate limit", "too many requests", "quota", "unavailable", "bad gateway", "timed out",
                                        "timeout", "invalid credentials", "expired", "log in", "redirecting"};
    char text[HEAD + 1];
    lower_head(text, p, n);
    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        if (strstr(text, words[i]))
            return true;
    return false;
}

static bool all_zero(const uint8_t *p, size_t n)
{
    size_t i = 0;
    while (i < n && !p[i])
        i++;
    return i == n;
}

void siam_filekind_find(siam_filekind *k, const uint8_t *data, size_t n)
{
    const size_t head = n < HEAD ? n : HEAD;
    *k = (siam_filekind){.known = true, .remedy = &none};
    const char *what = n ? find(data, n, &k->remedy) : "empty";
    if (!n || (!what && all_zero(data, n)))
        k->remedy = &copy;
    if (!what && k->remedy == &copy)
        what = "zero bytes at its beginning, as a copy that was broken off leaves them";
    k->picture = k->remedy == &convert || k->remedy == &develop || k->remedy == &extract;
    if (what) {
        snprintf(k->what, sizeof k->what, "%s", what);
    } else if (is_text(data, head)) {
        sample(k->what, sizeof k->what, data, head);
        if (n < HEAD && is_message(data, n))
            k->remedy = &again;
    } else {
        k->known = false;
        snprintf(k->what, sizeof k->what, "a file of no known kind");
    }
}

/* ---- what to do ---- */

/* `path` ends in one of the words of `endings`. */
static bool ends_in(const char *path, const char *endings)
{
    const size_t n = strlen(path);
    for (const char *word = endings; *word; word += strspn(word, " ")) {
        const size_t k = strcspn(word, " ");
        if (n > k && !strncmp(path + n - k, word, k))
            return true;
        word += k;
    }
    return false;
}

static void hint_pull(siam_err *e, const char *path)
{
    char word[PATH_WORD + 64], folder[PATH_WORD];
    if (!path) {
        siam_hint(e, "git lfs pull, in the repository that the file is from");
        return;
    }
    const char *slash = strrchr(path, '/');
    snprintf(folder, sizeof folder, "%.*s", slash > path ? (int)(slash - path) : 1, slash ? path : ".");
    siam_hint(e, "git -C %s lfs pull", siam_format_word(word, sizeof word, folder));
}

void siam_filekind_hint(siam_err *e, const siam_filekind *k, const char *path)
{
    char word[PATH_WORD + 64] = "FILE", text[PATH_WORD];
    const remedy *r = k->remedy;
    if (path && strlen(path) < PATH_WORD / 4)
        siam_format_word(word, sizeof word, path);
    else
        path = NULL;
    switch (r->kind) {
    case NOTHING: return;
    case PULL: hint_pull(e, path); return;
    case DOWNLOAD: siam_hint(e, "download it again: what came is the page or message of a server"); return;
    case COPY: siam_hint(e, "another copy of the file"); return;
    case CONVERT: siam_hint(e, "convert it to PNG or JPEG: convert %s picture.png", word); return;
    case DEVELOP: siam_hint(e, "develop it to a TIFF image: dcraw -T -6 %s", word); return;
    case EXTRACT: siam_hint(e, "convert it with DCMTK: dcmj2pnm +on2 %s picture.png", word); return;
    case JOIN:
        siam_hint(e, "in Python, put its parts together: torch.save({k: v for f in set(json.load(open(%s))['weight_map']"
                     ".values()) for k, v in safetensors.torch.load_file(f).items()}, 'model.pth')",
                  siam_format_python(text, sizeof text, path ? path : "FILE"));
        return;
    case UNPICKLE:
        siam_hint(e, "in Python, if it is a dictionary of arrays: torch.save({k: torch.as_tensor(v) for k, v in "
                     "pickle.load(open(%s, 'rb')).items()}, 'model.pth')",
                  siam_format_python(text, sizeof text, path ? path : "FILE"));
        return;
    case UNPACK:
        if (path && r->endings && !ends_in(path, r->endings)) /* such tools go by the name */
            siam_hint(e, "unpack it: %.*s -dc <%s >unpacked", (int)strcspn(r->tool, " "), r->tool, word);
        else
            siam_hint(e, "unpack it: %s %s", r->tool, word);
        return;
    }
}
