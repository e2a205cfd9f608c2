/* ImageNet's class names: a few by heart, all of them against WordNet, and those of the photographs we have.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "base/file.h"
#include "data/imagenet.h"

static void known_classes(void **state)
{
    (void)state;
    static const struct {
        int cls;
        const char *wnid, *name;
    } known[] = {
        {0, "n01440764", "tench, Tinca tinca"},
        {12, "n01532829", "house finch, linnet, Carpodacus mexicanus"},
        {134, "n02012849", "crane"}, /* the bird */
        {207, "n02099601", "golden retriever"},
        {281, "n02123045", "tabby, tabby cat"},
        {517, "n03126707", "crane"}, /* the machine */
        {638, "n03710637", "maillot"},
        {639, "n03710721", "maillot, tank suit"},
        {999, "n15075141", "toilet tissue, toilet paper, bathroom tissue"},
    };
    for (size_t i = 0; i < sizeof known / sizeof *known; i++) {
        assert_string_equal(siam_imagenet_wnid(known[i].cls), known[i].wnid);
        assert_string_equal(siam_imagenet_name(known[i].cls), known[i].name);
        assert_int_equal(siam_imagenet_class(known[i].wnid), known[i].cls);
    }
    assert_null(siam_imagenet_name(-1));
    assert_null(siam_imagenet_name(1000));
    assert_null(siam_imagenet_wnid(-1));
    assert_null(siam_imagenet_wnid(1000));
    assert_int_equal(siam_imagenet_class("n00000000"), -1);
    assert_int_equal(siam_imagenet_class("n99999999"), -1);
    assert_int_equal(siam_imagenet_class("n0144076"), -1);
    assert_int_equal(siam_imagenet_class(""), -1);
}

/* The class index is the rank of the id, as a sorted list of folders gives it. */
static void in_order(void **state)
{
    (void)state;
    for (int i = 0; i < SIAM_IMAGENET_CLASSES; i++) {
        const char *id = siam_imagenet_wnid(i);
        assert_true(id[0] == 'n' && strlen(id) == 9 && strspn(id + 1, "0123456789") == 8);
        assert_int_equal(siam_imagenet_class(id), i);
        assert_true(i == 0 || strcmp(siam_imagenet_wnid(i - 1), id) < 0);
        assert_true(siam_imagenet_name(i)[0] != '\0');
    }
}

/* A synset of data.noun: offset, file, type, count (two hex digits), then count pairs of a word and a number.
 */
static void synset_name(char *out, size_t n, const char *line)
{
    char word[128];
    unsigned count;
    int at, used;
    assert_int_equal(sscanf(line, "%*8[0-9] %*d %*c %2x %n", &count, &at), 1);
    out[0] = '\0';
    for (unsigned i = 0; i < count; i++) {
        assert_int_equal(sscanf(line + at, "%127s %*x %n", word, &used), 1);
        at += used;
        for (char *c = word; *c; c++)
            *c = *c == '_' ? ' ' : *c;
        assert_true(strlen(out) + strlen(word) + 3 < n);
        strcat(strcat(out, i ? ", " : ""), word);
    }
}

static void names_are_wordnets(void **state)
{
    (void)state;
    char *nouns;
    size_t n;
    if (siam_file_read("/usr/share/wordnet/data.noun", (size_t)1 << 30, &nouns, &n, NULL)) {
        puts("no WordNet here (apt-get install wordnet-base)");
        skip();
    }
    for (int i = 0; i < SIAM_IMAGENET_CLASSES; i++) {
        const char *id = siam_imagenet_wnid(i) + 1;
        const size_t at = (size_t)strtoul(id, NULL, 10);
        char line[4096], name[1024];
        assert_true(at + 4096 < n);
        memcpy(line, nouns + at, sizeof line - 1);
        line[sizeof line - 1] = '\0';
        assert_int_equal(strncmp(line, id, 8), 0);
        synset_name(name, sizeof name, line);
        assert_string_equal(siam_imagenet_name(i), name);
    }
    free(nouns);
}

/* file,wnid,imagenet1k_index,name with _ for spaces: the first word of the synset. */
static void names_of_the_photographs(void **state)
{
    (void)state;
    const char *source = getenv("SIMSIAM_SOURCE");
    char path[4096], *text;
    size_t n;
    int rows = 0;
    snprintf(path, sizeof path, "%s/../shared/data/imagenet/labels.csv", source ? source : ".");
    if (siam_file_read(path, 1 << 20, &text, &n, NULL)) {
        puts("no ../shared/data/imagenet here");
        skip();
    }
    for (char *line = strchr(text, '\n'); line && line[1]; line = strchr(line + 1, '\n'), rows++) {
        char wnid[16], name[128], *first;
        int cls;
        assert_int_equal(sscanf(line + 1, "%*[^,],%15[^,],%d,%127[^\r\n]", wnid, &cls, name), 3);
        assert_int_equal(siam_imagenet_class(wnid), cls);
        for (char *c = name; *c; c++)
            *c = *c == '_' ? ' ' : *c;
        assert_non_null(first = strstr(siam_imagenet_name(cls), name));
        assert_true(first == siam_imagenet_name(cls) || first[-1] == ' ');
    }
    assert_int_equal(rows, 60);
    free(text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(known_classes),
        cmocka_unit_test(in_order),
        cmocka_unit_test(names_are_wordnets),
        cmocka_unit_test(names_of_the_photographs),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
