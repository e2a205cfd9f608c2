/* Lists of images in the many ways people write them: what is understood, and what is refused in which words.
 * No files are needed, but for those that a test says are there. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "data/list_json.h"
#include "data/list_line.h"
#include "data/list_parser.h"
#include "data/list_text.h"
#include "data/names.h"

static bool is_there(void *user, const char *path) { return !strcmp(path, user); }

/* Parse n bytes; there: the one path of a file, or NULL. */
static siam_code parse(siam_image_list *f, siam_list_facts *facts, const char *bytes, size_t n, int split,
                       const char *there, siam_err *e)
{
    char *text = malloc(n + 1);
    assert_non_null(text);
    memcpy(text, bytes, n);
    text[n] = '\0';
    assert_int_equal(siam_list_text(&text, &n, "list", NULL), SIAM_OK);
    const siam_list_spec ask = {
        .where = "list", .split = split, .there = there ? is_there : NULL, .user = (void *)(uintptr_t)there};
    siam_lines lines;
    siam_code rc = siam_list_json(&text, &n, &lines, true, "list", e);
    if (!rc)
        rc = siam_list_parse(f, facts, lines, &ask, e);
    free(text);
    return rc;
}

/* "path=label|path=label: class class" */
static void check_bytes(const char *bytes, size_t n, int split, const char *there, const char *want)
{
    siam_image_list f = {0};
    siam_list_facts facts;
    siam_err e = {0};
    char got[1024] = "";
    size_t at = 0;
    if (parse(&f, &facts, bytes, n, split, there, &e))
        fail_msg("%s\nof: %s", e.msg, bytes);
    for (int64_t i = 0; i < f.n; i++)
        at += (size_t)snprintf(got + at, sizeof got - at, "%s%s=%d", i ? "|" : "", siam_image_list_path(&f, i),
                               f.file[i].label);
    for (int c = 0; c < f.classes; c++)
        at +=
            (size_t)snprintf(got + at, sizeof got - at, "%s%s", c ? " " : ": ", siam_image_list_class_name(&f, c));
    if (strcmp(got, want))
        fail_msg("got  %s\nwant %s\nof: %s", got, want, bytes);
    siam_image_list_release(&f);
}

static void check(const char *text, const char *want)
{
    check_bytes(text, strlen(text), SIAM_LIST_ALL, NULL, want);
}

static void test_understood(void **state)
{
    static const char *const rows[][2] = {
        /* one path, one label, whatever is between them */
        {"a.jpg 3\nb.PNG\t0\nc d,e.jpeg ,7\nf.jpg;1", "a.jpg=3|b.PNG=0|c d,e.jpeg=7|f.jpg=1"},
        {"a.jpg\n\n  \n# b.jpg 3\nc d.png\n", "a.jpg=-1|c d.png=-1"},
        {"a.jpg 003\nb.jpg 3.0\nc.jpg 10.000\n", "a.jpg=3|b.jpg=3|c.jpg=10"},
        /* quotes around all, around some, and in the middle */
        {"\"a.jpg\",0\n\"b,c.jpg\",1\n", "a.jpg=0|b,c.jpg=1"},
        {"'a.jpg' 0\nb.jpg 1\n\"c \"\"d\"\".jpg\" 2\n", "a.jpg=0|b.jpg=1|c \"d\".jpg=2"},
        {"it's.jpg 4\no\"k\".jpg 5\n'tis.jpg 6\n", "it's.jpg=4|o\"k\".jpg=5|'tis.jpg=6"},
        {"a.jpg,\"cat\"\nb.jpg,'dog'\n", "a.jpg=0|b.jpg=1: cat dog"},
        /* names of classes, sorted */
        {"a.jpg dog\nb.jpg cat\nc.jpg dog\n", "a.jpg=1|b.jpg=0|c.jpg=1: cat dog"},
        {"a b.jpg great white shark\nc.jpg 7 up\nd.jpg ant\n",
         "a b.jpg=2|c.jpg=0|d.jpg=1: 7 up ant great white shark"},
        {"a.jpg;b\nc.jpg;a\n", "a.jpg=1|c.jpg=0: a b"},
        {"a.jpg|b\nc.jpg|a\n", "a.jpg=1|c.jpg=0: a b"},
        /* headings; columns by name, in any order */
        {"path,label\na.jpg,3\nb.jpg,1\n", "a.jpg=3|b.jpg=1"},
        {"\"Path\",\"Label\"\r\n\"x/a b.jpg\",\"3\"\r\n", "x/a b.jpg=3"},
        {"path label\na b.jpg 3\n", "a b.jpg=3"},
        {"filename\na.jpg\nb.jpg\n", "a.jpg=-1|b.jpg=-1"},
        {"label path\n3 a.jpg\n1 b.jpg\n", "a.jpg=3|b.jpg=1"},
        {",image,width,class\n0,a.jpg,40,cat\n1,b.jpg,50,ant\n", "a.jpg=1|b.jpg=0: ant cat"},
        {"image\tmask\ttarget\na.jpg\ta.png\t2\n", "a.jpg=2"},
        {"Bild;Klasse\na.jpg;4\n", "a.jpg=4"},
        {"width,file_name,caption,category_id\n3,a.jpg,\"one,\ntwo \"\"lines\"\"\",7\n4,b.jpg,,8\n",
         "a.jpg=7|b.jpg=8"},
        {"file,size\na.jpg,12\n", "a.jpg=12"}, /* two columns: the other one */
        {"file,size,date\na.jpg,12,3\n", "a.jpg=-1"},
        {"path,label,,\na.jpg,3,,\nb.jpg,4,,\n,,,\n", "a.jpg=3|b.jpg=4"},
        /* names without an ending, as Kaggle has them */
        {"id,breed\n000bec,dog\n001cdf,ant\n", "000bec=1|001cdf=0: ant dog"},
        {"image_id,label\n17,1\n", "17=1"},
        /* no heading, but only one way to read it */
        {"a.jpg,3,train\nb.jpg,4,val\n", "a.jpg=3|b.jpg=4"},
        {"0,a.jpg\n1,b.jpg\n", "0,a.jpg=-1|1,b.jpg=-1"}, /* names may hold commas, and none is there */
        {"# a comment, with commas\n\npath;label\n# another\na.jpg;1\n", "a.jpg=1"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        check(rows[i][0], rows[i][1]);
    check_bytes("0,a.jpg\n1,b.jpg\n", 16, SIAM_LIST_ALL, "a.jpg", "a.jpg=0|b.jpg=1");
    check_bytes("0 x/a.jpg\n1 x/b.jpg", 19, SIAM_LIST_ALL, "x/a.jpg", "x/a.jpg=0|x/b.jpg=1");
    check_bytes("#2.jpg 1\n#3.jpg 2\na.jpg 0\n", 26, SIAM_LIST_ALL, "#2.jpg", "#2.jpg=1|a.jpg=0");
    check_bytes("a.jpg,1\n#2 x.jpg,5\n", 19, SIAM_LIST_ALL, "#2 x.jpg", "a.jpg=1|#2 x.jpg=5");
    static const char splits[] =
        "path,label,split\na.jpg,x,train\nb.jpg,y,Validation\nc.jpg,x,test\nd.jpg,z,TRAIN\n";
    check_bytes(splits, sizeof splits - 1, 0, NULL, "a.jpg=0|d.jpg=1: x z");
    check_bytes(splits, sizeof splits - 1, 1, NULL, "b.jpg=0: y");
    check_bytes(splits, sizeof splits - 1, 2, NULL, "c.jpg=0: x");
}

/* Every word that a column and a split may be called by. */
static void test_words(void **state)
{
    static const char *const labels[] = {"label",       "class",         "target",    "category",   "labels",
                                         "class_name",  "classname",     "label_name", "class_label", "class_id",
                                         "label_id",    "class_index",   "category_id", "category_name", "classes",
                                         "Class-ID",    "class name"};
    static const char *const splits[3][4] = {{"train", "training", "TRN", "Train"},
                                             {"val", "valid", "validation", "dev"},
                                             {"test", "Testing", "tst", "TEST"}};
    char text[256];
    (void)state;
    for (size_t i = 0; i < sizeof labels / sizeof *labels; i++) {
        snprintf(text, sizeof text, "width,%s,path\n9,4,a.jpg\n8,5,b.jpg\n", labels[i]);
        check(text, "a.jpg=4|b.jpg=5");
    }
    for (int split = 0; split < 3; split++)
        for (int i = 0; i < 4; i++) {
            const int n = snprintf(text, sizeof text, "path,label,split\na.jpg,4,%s\nb.jpg,5,%s\n", splits[split][i],
                                   splits[(split + 1) % 3][i]);
            check_bytes(text, (size_t)n, split, NULL, "a.jpg=4");
        }
}

/* What editors and shells of other systems write. */
static void test_text(void **state)
{
    static const char text[] = "x/\xc3\xa4.jpg 1\r\nb.jpg 2\r\n\xf0\x9f\x90\xb1.png 3";
    static const unsigned points[] = {'x',  '/',  0xe4,    '.', 'j', 'p', 'g', ' ', '1',
                                      '\r', '\n', 'b',     '.', 'j', 'p', 'g', ' ', '2',
                                      '\r', '\n', 0x1f431, '.', 'p', 'n', 'g', ' ', '3'};
    static const char want[] = "x/\xc3\xa4.jpg=1|b.jpg=2|\xf0\x9f\x90\xb1.png=3";
    char bytes[512];
    (void)state;
    snprintf(bytes, sizeof bytes, "\xef\xbb\xbf%s", text);
    check(bytes, want);
    for (int way = 0; way < 8;
         way++) { /* 2 or 4 bytes, little or big-endian, with a mark or (2 bytes) without */
        const size_t unit = way & 1 ? 4 : 2;
        const bool little = way & 2, mark = way & 4;
        size_t n = 0;
        if (unit == 4 && !mark)
            continue;
        for (int i = mark ? -1 : 0; i < (int)(sizeof points / sizeof points[0]); i++) {
            const unsigned c = i < 0 ? 0xfeff : points[i];
            const bool pair = unit == 2 && c > 0xffff;
            const unsigned half[2] = {pair ? 0xd800 + ((c - 0x10000) >> 10) : c,
                                      0xdc00 + ((c - 0x10000) & 0x3ff)};
            for (int h = 0; h <= pair; h++, n += unit)
                for (size_t k = 0; k < unit; k++)
                    bytes[n + (little ? k : unit - 1 - k)] = (char)(half[h] >> 8 * k);
        }
        check_bytes(bytes, n, SIAM_LIST_ALL, NULL, want);
    }
    enum { LONG = 60 }; /* characters of two bytes that have three in UTF-8 */
    char wide[2 * (LONG + 7)], name[3 * LONG + 16];
    for (size_t i = 0; i < LONG; i++) {
        memcpy(wide + 2 * i, "\x00\x4e", 2);
        memcpy(name + 3 * i, "\xe4\xb8\x80", 3);
    }
    for (size_t i = 0; i < 7; i++)
        memcpy(wide + 2 * (LONG + i), (char[2]){".jpg 12"[i], '\0'}, 2);
    snprintf(name + 3 * LONG, 16, ".jpg=12");
    memcpy(bytes, "\xff\xfe", 2);
    memcpy(bytes + 2, wide, sizeof wide);
    check_bytes(bytes, 2 + sizeof wide, SIAM_LIST_ALL, NULL, name);
    check("a.jpg 1\rb.jpg 2\rc.jpg 3", "a.jpg=1|b.jpg=2|c.jpg=3");
    check("path,label\ra.jpg,1\r", "a.jpg=1");
    check_bytes("x/a.jpg\0x/b c.jpg\0", 18, SIAM_LIST_ALL, NULL,
                "x/a.jpg=-1|x/b c.jpg=-1"); /* find -print0 */
    check("a.jpg 1  \t\r\nb.jpg 2 \r\n", "a.jpg=1|b.jpg=2");
    check("caf\xe9.jpg 1\n", "caf\xe9.jpg=1"); /* names need not be UTF-8 */
}

/* A JSON object in every line, keys in any order, some left out. */
static void test_objects(void **state)
{
    static const char *const rows[][2] = {
        {"{\"path\": \"a.jpg\", \"label\": 3}\n{\"label\": 1, \"path\": \"b c.jpg\"}\n", "a.jpg=3|b c.jpg=1"},
        {"{\"file_name\":\"x/a.jpg\",\"text\":\"one,\\ntwo \\\"three\\\"\"}\n\n{\"file_name\":\"b.jpg\"}", "x/a.jpg=-1|b.jpg=-1"},
        {"  {\"image\": \"\\u00e4.png\", \"label\": \"dog\"}\r\n{\"image\": \"b\\\"c.png\", \"label\": \"a, b\"}\r\n",
         "\xc3\xa4.png=1|b\"c.png=0: a, b dog"},
        {"{\"image\": \"a.png\", \"label\": 2.0, \"box\": [1, {\"x\": null}], \"meta\": {}}\n", "a.png=2"},
        {"{\"path\":\"a.png\",\"label\":true}\n{\"path\":\"b.png\",\"label\":false}\n", "a.png=1|b.png=0: false true"},
        {"{\"path\":\"a.png\",\"label\":null}\n{\"path\":\"b.png\"}\n", "a.png=-1|b.png=-1"},
        {"{\"path\":\"a.png\"}\n", "a.png=-1"},
        {"{\"id\": \"000bec\", \"class\": \"dog\"}\n{\"id\": \"001cdf\", \"class\": \"ant\"}\n", "000bec=1|001cdf=0: ant dog"},
        {"{a}.jpg 3\n{b}.jpg 4\n", "{a}.jpg=3|{b}.jpg=4"}, /* no objects, but names */
    };
    static const char splits[] = "{\"path\":\"a.jpg\",\"split\":\"train\"}\n{\"split\":\"test\",\"path\":\"b.jpg\"}\n";
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        check(rows[i][0], rows[i][1]);
    check_bytes(splits, sizeof splits - 1, 0, NULL, "a.jpg=-1");
    check_bytes(splits, sizeof splits - 1, 2, NULL, "b.jpg=-1");
    check("\xef\xbb\xbf{\"path\":\"a.jpg\",\"label\":7}\n", "a.jpg=7");
    /* The beginning of a list may end anywhere. */
    static const char whole[] = "\n{\"path\":\"a.jpg\",\"label\":7}\n{\"path\":\"b.jpg\",\"label\":8}\n";
    for (size_t n = 0; n < sizeof whole; n++) {
        size_t m = n;
        siam_lines lines;
        char *head = strndup(whole, n);
        assert_int_equal(siam_list_json(&head, &m, &lines, false, "list", NULL), SIAM_OK);
        assert_int_equal(siam_list_looks(lines), n >= strcspn(whole + 1, "\n") + 1);
        free(head);
    }
}

static bool is_among(void *user, const char *path)
{
    const char *const *names = user;
    while (*names && strcmp(*names, path))
        names++;
    return *names != NULL;
}

/* Two paths in a row are a pair, whatever says so: the only two images of a table, the names of columns, or files that are there. */
static void test_pairs(void **state)
{
    static const struct {
        const char *text, *want;
        const char *there[5];
    } rows[] = {
        {"a.jpg|b.jpg\nc.png|d.tif\n", "a.jpg+b.jpg=-1 c.png+d.tif=-1", {"b.jpg", "a.jpg"}},
        {"a.jpg|b.jpg|3\nc.png|d.tif|4\n", "a.jpg+b.jpg=3 c.png+d.tif=4", {"a.jpg", "b.jpg"}},
        {"7|a.jpg|train|b.jpg\n8|c.png|val|d.tif\n", "a.jpg+b.jpg=7 c.png+d.tif=8", {"a.jpg", "b.jpg"}},
        {"path,path2\na.jpg,b.jpg\n", "a.jpg+b.jpg=-1", {0}},
        {"path path2\na.jpg b.jpg\n", "a.jpg+b.jpg=-1", {0}},
        {"id,Image 2,image-1,class\n1,b.jpg,a.jpg,dog\n2,d.jpg,c.jpg,cat\n", "a.jpg+b.jpg=1 c.jpg+d.jpg=0", {0}},
        {"anchor;positive;split\na.jpg;b.jpg;test\n", "a.jpg+b.jpg=-1", {0}},
        {"{\"path\":\"a.jpg\",\"pair\":\"b.jpg\",\"label\":5}\n", "a.jpg+b.jpg=5", {0}},
        {"a.jpg,b.jpg\nc.jpg,d.jpg\n", "a.jpg+b.jpg=-1 c.jpg+d.jpg=-1", {"a.jpg", "b.jpg"}},
        {"a.jpg b.jpg 3\nc.jpg d.jpg 4\n", "a.jpg+b.jpg=3 c.jpg+d.jpg=4", {"a.jpg", "b.jpg"}},
        {"a.jpg\tb.jpg\tdog\nc.jpg\td.jpg\tcat\n", "a.jpg+b.jpg=1 c.jpg+d.jpg=0", {"a.jpg", "b.jpg"}},
        /* and these are none: one file's name, another column, a label */
        {"a.jpg b.jpg 3\n", "a.jpg b.jpg=3", {"a.jpg b.jpg", "a.jpg", "b.jpg"}},
        {"a.jpg b.jpg 3\n", "a.jpg b.jpg=3", {"a.jpg"}},
        {"path,mask\na.jpg,b.png\n", "a.jpg=-1", {0}},
        {"path,positive\na.jpg,1\nb.jpg,0\n", "a.jpg=1 b.jpg=0", {0}},
    };
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        siam_image_list f = {0}, mates = {0};
        siam_list_facts facts;
        siam_lines lines;
        siam_err e = {0};
        char got[256] = "", *text = strdup(rows[i].text);
        size_t n = strlen(text), at = 0;
        const siam_list_spec ask = {.where = "list", .split = SIAM_LIST_ALL, .mates = &mates, .there = rows[i].there[0] ? is_among : NULL,
                                    .user = (void *)(uintptr_t)rows[i].there};
        assert_int_equal(siam_list_json(&text, &n, &lines, true, "list", &e), SIAM_OK);
        if (siam_list_parse(&f, &facts, lines, &ask, &e))
            fail_msg("%s\nof: %s", e.msg, rows[i].text);
        for (int64_t k = 0; k < f.n; k++)
            at += (size_t)snprintf(got + at, sizeof got - at, "%s%s%s%s=%d", k ? " " : "", siam_image_list_path(&f, k), mates.n ? "+" : "",
                                   mates.n ? siam_image_list_path(&mates, k) : "", f.file[k].label);
        if (strcmp(got, rows[i].want) || (mates.n && mates.n != f.n))
            fail_msg("got  %s\nwant %s", got, rows[i].want);
        siam_image_list_release(&f);
        siam_image_list_release(&mates);
        free(text);
    }
}

/* What lies behind the end of a text is no part of it, whatever it is that ends there. */
static void test_ends(void **state)
{
    static const struct {
        const char *text, *behind;
        char separator;
        const char *field;
    } rows[] = {{"a,\"x\"", "\"y\"", ',', "x"},  {"a,\"x\"\"\"", "\"", ',', "x\""}, {"a,\"x\"", " z", ',', "x"},  {"a,x", "yz", ',', "x"},
                {"a;\"x y\"", "\"", ';', "x y"}, {"a.jpg 1", "23", 0, "1"},       {"a.jpg x", "\ny", 0, "x"}, {"a\t\"\"", "\"", '\t', ""}};
    siam_line *l = calloc(1, sizeof *l);
    (void)state;
    assert_non_null(l);
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        char text[32], field[32];
        snprintf(text, sizeof text, "%s%s", rows[i].text, rows[i].behind);
        siam_lines from = {.at = text, .end = text + strlen(rows[i].text)};
        assert_true(siam_line_next(l, &from, rows[i].separator));
        if (l->wrong || l->n != 2 || !siam_span_copy(l->field[1], field, sizeof field) || strcmp(field, rows[i].field))
            fail_msg("row %zu: %s", i, l->wrong ? l->wrong : "another field");
    }
    free(l);
}

static void test_refused(void **state)
{
    static const char *const rows[][2] = {
        {"{\"path\":\"a.jpg\",\"label\":1}\n\n{\"path\":\"b.jpg\",\"label\":\"x\"}\n", "line 3 of the list 'list' has a label that is no number"},
        {"\n{\"path\":\"a.jpg\",\"label\":1}\n{\"path\":\"b.jpg\"\n", "line 3 of the list 'list' is no JSON object"},
        {"{\"path\":\"a.jpg\",\"label\":1},\n", "line 1 of the list 'list' is no JSON object"},
        {"{\"path\":\"a.jpg\"}\n[\"b.jpg\"]\n", "line 2 of the list 'list' is no JSON object"},
        {"{\"path\":\"a.jpg\",\"path\":\"b.jpg\"}\n", "line 1 of the list 'list' is no JSON object"},
        {"{\"path\":\"a.jpg\"}\nb.jpg\n", "line 2 of the list 'list' is no JSON object: b.jpg"},
        {"{\"path\":\"a\\u0000.jpg\"}\n", "line 1 of the list 'list' is no JSON object"},
        {"{\"path\":\"a.jpg\"}\n{\"path\":\"b.jpg\",\"label\":4}\n", "line 2 of the list 'list' has the key 'label', which the first line does not have"},
        {"{\"path\":\"a.jpg\",\"label\":[1,2]}\n", "line 1 of the list 'list' has a 'label' that is neither a text nor a number"},
        {"{\"image\":{\"path\":\"a.jpg\"},\"label\":1}\n", "line 1 of the list 'list' has a 'image' that is neither a text nor a number"},
        {"{\"path\":\"a.jpg\"}\n{}\n", "line 2 of the list 'list' has none of the keys of the first line"},
        {"{}\n", "line 1 of the list 'list' has none of the keys of the first line"},
        {"{\"path\":\"a.jpg\",\"label\":1}\n{\"path\":\"b.jpg\"}\n", "line 2 of the list 'list' has no label, unlike line 1"},
        {"{\"text\":\"one\",\"size\":1}\n", "line 1 of the list 'list' has no path of an image"},
        {"{\"a\":\"a.jpg\",\"b\":\"b.jpg\"}\n", "line 1 of the list 'list' has several columns with images"},
        {"a.jpg 1\nb.jpg\n", "line 2 of the list 'list' has no label, unlike line 1"},
        {"a.jpg\n\nb.jpg 1\n", "line 3 of the list 'list' has a label, unlike line 1"},
        {"a.jpg -1\n", "line 1 of the list 'list' has a label that is no number from 0 to 999999"},
        {"a.jpg 1\nb.jpg 2.5\n", "line 2 .* no number"},
        {"a.jpg 1\nb.jpg 1e3\n", "line 2 .* no number"},
        {"a.jpg 1000000\n", "no number from 0 to 999999"},
        {"a.jpg 1\n\n# x\nb.jpg cat\n", "line 4 .* no number"},
        {"a.jpg 1 0 0\n", "line 1 .* has several labels"},
        {"a.jpg,1,0,0\n", "line 1 .* has several columns beside the path"},
        {"a.jpg,b.jpg,c.jpg,1,x\n", "line 1 .* has several columns with images"},
        {"a.jpg,b.jpg,1,x\n", "line 1 .* has several columns beside the path"},
        {"path,path2,path2\na.jpg,b.jpg,c.jpg\n", "line 1 .* has two columns of the same name for the second path"},
        {"a.jpg 1\nb.jpg,2,val\n", "line 2 .* has more columns than the first"},
        {"path,label\na.jpg,1\nb.jpg\n", "line 3 .* has fewer columns than the first"},
        {"path,label\na.jpg,1\nb,c.jpg,1\n", "line 3 .* has more columns than the first"},
        {"path,text,label\na.jpg,\"x\ny\",1\nb.jpg,z\n", "line 4 .* has fewer columns than the first"},
        {"path,text,label\na.jpg,\"\n\n\n\",1\nb.jpg,\"\n\",2\n\nc.jpg,z\n", "line 9 .* has fewer columns than the first"},
        {"path,label,label\na.jpg,1,2\n", "line 1 .* has two columns of the same name for the label"},
        {"one,two,label\na.jpg,b.jpg,2\n", "line 1 .* has several columns with images"},
        {"path,label\n", "line 1 .* is a heading and nothing stands below it"},
        {"path,label\n# only a comment\n", "line 1 .* is a heading"},
        {"filename\n", "line 1 "},
        {"", "names no images"},
        {"# x\n\n", "names no images"},
        {"path,label\n\"a.jpg,1\nb.jpg,2\n", "line 2 .* opens a quote"},
        {"\"a.jpg 1\nb.jpg 2\n", "line 1 .* opens a quote"},
        {"path,label\n\"a\".jpg,1\n", "line 2 .* has text behind a closing quote"},
        {"path,split\na.jpg,train\nb.jpg,other\n",
         "line 3 .* has a split that is neither train nor val nor test"},
        {"path,label\na.jpg,1\nb.txt,2\n", "line 3 .* has no path of an image"},
        {"some words\na.jpg 1\n", "line 1 .* has no path of an image"},
        {"a.heic 1\n", "line 1 .* has no path of an image"},
        /* below a heading of one or two words: it is not the heading that has no path */
        {"path\na.txt\n", "line 2 of the list 'list' has no path of an image: a.txt"},
        {"filename\n\n# x\nb.heic\n", "line 4 of the list 'list' has no path of an image: b.heic"},
        {"path label\nsome words\n", "line 2 of the list 'list' has no path of an image: some words"},
        {"file class\n\nb.txt 3\na.jpg 1\n", "line 3 of the list 'list' has no path of an image: b.txt 3"},
        {"path,label\na.jpg\n", "line 2 of the list 'list' has fewer columns than the heading: a.jpg"},
        {"path,text,label\n\na.jpg,1\n", "line 3 of the list 'list' has fewer columns than the heading: a.jpg,1"},
        {"path,label\na.jpg,x\nb.jpg,\"one\ntwo\"\n", "line 3 .* goes over several lines"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        siam_image_list f = {0};
        siam_list_facts facts;
        siam_err e = {0};
        char want[128];
        snprintf(want, sizeof want, "%s", rows[i][1]);
        char *rest = strstr(want, ".*"); /* two pieces, in this order */
        if (rest)
            *rest = '\0';
        if (parse(&f, &facts, rows[i][0], strlen(rows[i][0]), SIAM_LIST_ALL, NULL, &e) != SIAM_E_DATA)
            fail_msg("it was read: %s", rows[i][0]);
        const char *at = strstr(e.msg, want);
        if (!at || (rest && !strstr(at, rest + 2)) || !e.hint[0])
            fail_msg("'%s' is not in: %s (%s)", rows[i][1], e.msg, e.hint);
        siam_image_list_release(&f);
    }
}

/* Quotes that are never closed, and lines without end, take no time. */
static void test_hostile(void **state)
{
    enum { N = 1 << 20 };
    static const char *const piece[] = {"\"",   "\"a.jpg,", "a ",   "a.jpg ", ",",
                                        "\"\"", "'",        "# \"", ";;\n",   "\"a.jpg\"\"\n"};
    char *text = malloc(N + 1);
    (void)state;
    assert_non_null(text);
    for (size_t i = 0; i < sizeof piece / sizeof piece[0]; i++)
        for (int heading = 0; heading < 2; heading++) {
            siam_image_list f = {0};
            siam_list_facts facts;
            siam_err e = {0};
            const size_t n = strlen(piece[i]);
            for (size_t at = 0; at < N; at++)
                text[at] = piece[i][at % n];
            if (heading)
                memcpy(text, "path,label\na.jpg,1\n", 19);
            text[N] = '\0';
            if (parse(&f, &facts, text, N, SIAM_LIST_ALL, NULL, &e))
                assert_true(e.msg[0] && e.hint[0]);
            siam_image_list_release(&f);
        }
    free(text);
}

static void test_names(void **state)
{
    siam_names s = {0};
    char name[16];
    (void)state;
    for (int round = 0; round < 2; round++)
        for (int i = 0; i < 5000; i++) {
            snprintf(name, sizeof name, "n%d", (i * 7919) % 5000);
            assert_int_equal(siam_names_number(&s, name, strlen(name)), i);
        }
    assert_int_equal(s.n, 5000);
    int32_t *order = siam_names_order(&s), *sorted = calloc(5000, sizeof *sorted);
    assert_true(order && sorted);
    for (int i = 0; i < 5000; i++)
        sorted[order[i]] = i;
    for (int i = 1; i < 5000; i++)
        assert_true(strcmp(siam_names_get(&s, sorted[i - 1]), siam_names_get(&s, sorted[i])) < 0);
    free(order);
    free(sorted);
    siam_names_release(&s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_understood), cmocka_unit_test(test_words), cmocka_unit_test(test_objects), cmocka_unit_test(test_text),  cmocka_unit_test(test_refused), cmocka_unit_test(test_ends), cmocka_unit_test(test_pairs),
        cmocka_unit_test(test_hostile),    cmocka_unit_test(test_names),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
