/* How folders are understood: which are splits, which are classes, what is one file, and what is said about the rest. */
#include "folder_case.h"

/* Two images in each of the folders (space-separated; '+' stands for a blank in a name). */
static void fill(const fixture *f, const char *folders)
{
    static int number;
    char copy[1024], name[1200], *save = NULL;
    snprintf(copy, sizeof copy, "%s", folders);
    for (char *at = strtok_r(copy, " ", &save); at; at = strtok_r(NULL, " ", &save))
        for (int i = 0; i < 2; i++) {
            for (char *c = at; *c; c++)
                *c = *c == '+' ? ' ' : *c;
            snprintf(name, sizeof name, "%s/%d.jpg", at, ++number);
            put_bytes(f, name, f->photo, f->photo_n);
        }
}

static void link_to(const fixture *f, const char *target, const char *name)
{
    if (symlink(target, path_of(f, name)))
        fail_msg("%s cannot be made", name);
}

static siam_dataset *opened(const fixture *f, const char *name, siam_split split)
{
    siam_dataset *d;
    siam_err e = {0};
    if (siam_dataset_open(&d, path_of(f, name), split, 0, &e))
        fail_msg("%s: %s", name, e.msg);
    return d;
}

static void remarks(const siam_dataset *d, const char *words)
{
    if (!strstr(d->info.remarks, words))
        fail_msg("'%s' is not in: %s", words, d->info.remarks);
}

/* The data set `name` has so many training images and classes, and held-out images or not (-1); `words` are remarked. */
static void check(const fixture *f, const char *name, int64_t train, int classes, int64_t test, const char *words)
{
    siam_dataset *d = opened(f, name, SIAM_SPLIT_TRAIN);
    if (d->info.count != train || d->info.classes != classes || d->info.train_only != (test < 0))
        fail_msg("%s: %s; %s", name, d->info.described, d->info.remarks);
    if (words)
        remarks(d, words);
    else if (d->info.remarks[0])
        fail_msg("%s: remarked: %s", name, d->info.remarks);
    siam_dataset_close(&d);
    if (test < 0)
        return;
    d = opened(f, name, SIAM_SPLIT_TEST);
    if (d->info.count != test || d->info.classes != classes)
        fail_msg("%s: %s; %s", name, d->info.described, d->info.remarks);
    siam_dataset_close(&d);
}

/* ---- splits ---------------------------------------------------------------------------------------------- */

static void test_spellings(void **state)
{
    static const char *const pair[][2] = {
        {"Train", "Val"},           {"TRAIN", "TEST"},           {"training", "testing"},   {"Training", "Testing"},
        {"train", "valid"},         {"Train", "Validation"},     {"train", "dev"},          {"train", "eval"},
        {"Train", "Evaluation"},    {"training_set", "test_set"}, {"TrainSet", "TestSet"},  {"trainset", "valset"},
        {"train_images", "test_images"}, {"images_train", "images_val"}, {"train2017", "val2017"}, {"train-data", "val-data"},
        {"trn", "tst"},             {"train", "held-out"},       {"train", "holdout"},      {"seg_train", "seg_test"},
        {"ILSVRC2012_img_train", "ILSVRC2012_img_val"}, {"flowers.train", "flowers.test"}, {"1+train", "2+test"},
        {"trainval", "test"},       {"valImages", "trainImages"}, {"tests", "Training+images"},
        {"tr", "te"},               {"Tr", "Va"},                {"imagesTr", "imagesTs"},
    };
    const fixture *f = begin(state);
    char folders[512], name[64];
    for (size_t i = 0; i < sizeof pair / sizeof pair[0]; i++) {
        snprintf(name, sizeof name, "p%zu", i);
        snprintf(folders, sizeof folders, "%s/%s/cat %s/%s/dog %s/%s/cat %s/%s/dog", name, pair[i][0], name, pair[i][0], name,
                 pair[i][1], name, pair[i][1]);
        fill(f, folders);
        check(f, name, 4, 2, 4, "the training images are those of '");
    }
    fill(f, "plain/train/cat plain/train/dog plain/val/cat plain/val/dog");
    check(f, "plain", 4, 2, 4, NULL);
    put(f, "pool/1.jpg pool/album/2.jpg"); /* nobody meant labels */
    check(f, "pool", 2, 0, -1, NULL);
    /* without labels */
    fill(f, "flat/Train flat/Test");
    check(f, "flat", 2, 0, 2, "'Train', the held-out ones those of 'Test'");
    /* val before test, whatever they are called */
    fill(f, "three/train three/Test three/Validation");
    check(f, "three", 2, 0, 2, "those of 'Validation'");
    check(f, "three", 2, 0, 2, "not read: the folder 'Test' beside the splits");
}

static void test_wrapped(void **state)
{
    const fixture *f = begin(state);
    fill(f, "w/dataset/train/cat w/dataset/train/dog w/dataset/val/cat w/dataset/val/dog");
    put_bytes(f, "w/annotations/a.xml", "x", 1);
    put_bytes(f, "w/__MACOSX/._dataset", "x", 1);
    check(f, "w", 4, 2, 4, "'dataset/train', the held-out ones those of 'dataset/val'");
    fill(f, "w2/a/b/TRAIN/cat w2/a/b/TRAIN/dog w2/a/b/TEST/cat");
    check(f, "w2", 4, 2, 2, "'a/b/TRAIN', the held-out ones those of 'a/b/TEST'");
    fill(f, "w3/seg_train/seg_train/cat w3/seg_train/seg_train/dog w3/seg_test/seg_test/cat w3/seg_pred/seg_pred");
    check(f, "w3", 4, 2, 2, "not read: the folder 'seg_pred'");
    fill(f, "w4/animals/cat w4/animals/dog"); /* classes, too */
    check(f, "w4", 4, 2, -1, "the training images are those of 'animals'");
    fill(f, "w5/images/train w5/images/val");
    check(f, "w5", 2, 0, 2, "'images/train'");
    fill(f, "w8/train_val_split/train/cat w8/train_val_split/train/dog w8/train_val_split/val/cat");
    check(f, "w8", 4, 2, 2, "'train_val_split/train', the held-out ones those of 'train_val_split/val'");
    fill(f, "w9/Training/train/cat w9/Training/train/dog w9/Training/val/cat"); /* splits in what looks like one */
    check(f, "w9", 4, 2, 2, "'Training/train', the held-out ones those of 'Training/val'");
    fill(f, "w10/train/cat w10/train/dog");
    check(f, "w10", 4, 2, -1, NULL);
    fill(f, "w6/only"); /* one folder of images is none */
    check(f, "w6", 2, 0, -1, NULL);
    fill(f, "w7/train/cat/x w7/train/dog w7/val/cat/x w7/val/cat/y"); /* val's only folder is a class */
    check(f, "w7", 4, 2, 4, NULL);
}

static void test_not_splits(void **state)
{
    const fixture *f = begin(state);
    fill(f, "v/airplane v/bus v/train v/truck");
    check(f, "v", 8, 4, -1, "the folder 'train' is taken for a class");
    fill(f, "v2/Bus v2/Train");
    check(f, "v2", 4, 2, -1, "the folder 'Train' is taken for a class");
    fill(f, "v3/train/bus v3/train/train v3/train/test v3/val/bus v3/val/train v3/val/test");
    check(f, "v3", 6, 3, 6, "the folders 'train' and 'test' are taken for classes like the others beside them");
    fill(f, "v4/val v4/cat v4/dog"); /* held-out images without training images beside them */
    check(f, "v4", 6, 3, -1, "the folder 'val' is taken for a class");
    fill(f, "v6/tr v6/te v6/en"); /* languages */
    check(f, "v6", 6, 3, -1, NULL);
    fill(f, "v7/eval");
    check(f, "v7", 2, 0, -1, NULL);
    fill(f, "v8/train_val v8/test"); /* what holds both is neither */
    check(f, "v8", 4, 2, -1, "the folder 'test' is taken for a class");
    fill(f, "v9/val-train v9/test");
    check(f, "v9", 4, 2, -1, "the folder 'test' is taken for a class");
    fill(f, "v5/trains v5/valley v5/testers v5/devices");
    check(f, "v5", 8, 4, -1, NULL);
    fill(f, "s/train/a s/train/b s/extra s/samples");
    put(f, "s/cover.png");
    check(f, "s", 4, 2, -1, "not read: the folders 'extra', 'samples' beside the split");
    check(f, "s", 4, 2, -1, "not read: 1 image beside the folders; the first: cover.png");
    /* held-out images deeper down are not overlooked */
    fill(f, "n/cat/train n/cat/val n/dog/train n/dog/val");
    check(f, "n", 8, 2, -1, "2 folders are called like held-out images and read as training images; the first: cat/val");
    fill(f, "n2/one/train n2/one/Test n2/two");
    check(f, "n2", 6, 2, -1, "1 folder is called like held-out images and read as training images; the first: one/Test");
}

static void test_which_splits(void **state)
{
    static const char *const many[] = {"m/train2014 m/train2017 m/val2014 m/val2017", "m/trainA m/trainB m/testA m/testB",
                                       "m/cats_train m/cats_test m/dogs_train m/dogs_test", "m/Train m/TRAIN m/val"};
    const fixture *f = begin(state);
    char folders[256], name[16];
    for (size_t i = 0; i < sizeof many / sizeof many[0]; i++) {
        snprintf(folders, sizeof folders, "%s", many[i]);
        snprintf(name, sizeof name, "%c", (char)('A' + (int)i));
        for (char *c = folders; *c; c++)
            *c = *c == 'm' && c[1] == '/' ? name[0] : *c;
        fill(f, folders);
        open_fails(f, name, SIAM_SPLIT_TRAIN, SIAM_E_DATA, "which are meant is not clear");
    }
    fill(f, "exact/train exact/Train exact/val"); /* the usual names win */
    check(f, "exact", 2, 0, 2, "not read: the folder 'Train'");
    static const char *const alike[][3] = {
        {"k/train_images k/test_images k/val", "k/test_images", "the held-out ones those of 'test_images'"},
        {"l/training-set l/test l/val-set", "l/val-set", "the held-out ones those of 'val-set'"},
        {"o/train2017 o/valid o/test2017", "o/test2017", "the held-out ones those of 'test2017'"}};
    for (size_t i = 0; i < sizeof alike / sizeof alike[0]; i++) { /* the one of the same set, though others come first */
        snprintf(name, sizeof name, "%.1s", alike[i][1]);
        snprintf(folders, sizeof folders, "%s/more.png", alike[i][1]);
        fill(f, alike[i][0]);
        put(f, folders);
        check(f, name, 2, 0, 3, alike[i][2]);
    }
    fill(f, "e/train/a e/train/b");
    assert_int_equal(mkdir(path_of(f, "e/val"), 0777), 0);
    check(f, "e", 4, 2, -1, "the folder 'val' has no images that are read");
    open_fails(f, "e", SIAM_SPLIT_TEST, SIAM_E_DATA, "the folder 'val' has no images that are read");
    fill(f, "h/Val");
    assert_int_equal(mkdir(path_of(f, "h/Train"), 0777), 0);
    open_fails(f, "h", SIAM_SPLIT_TRAIN, SIAM_E_DATA, "h/Train' has no images");
    fill(f, "i/test_images");
    assert_int_equal(mkdir(path_of(f, "i/training_images"), 0777), 0);
    open_fails(f, "i", SIAM_SPLIT_TRAIN, SIAM_E_DATA, "i/training_images' has no images");
    fill(f, "j/Testing j/Validation"); /* held-out images alone are not trained on */
    open_fails(f, "j", SIAM_SPLIT_TRAIN, SIAM_E_DATA, "has a folder 'Validation' but none called 'train'");
}

/* ---- labels ---------------------------------------------------------------------------------------------- */

static void test_held_out_labels(void **state)
{
    const fixture *f = begin(state);
    siam_dataset *d;
    static const char *const val[][2] = {
        {"0.jpg 1.jpg", "2 images lie in no class folder; the first: 'val/0.jpg'"},
        {"cat/0.jpg cover.png", "the image 'val/cover.png' lies beside the class folders"},
        {"Cat/0.jpg dog/1.jpg", "'val' has the class folder 'Cat', which the training images do not have (they have 'cat')"},
        {"cat/0.jpg owl/1.jpg", "'val' has the class folder 'owl', which the training images do not have"},
        {"x/owl/0.jpg x/cat/1.jpg", "'val/x' has the class folder 'owl'"},
    };
    char name[32], folders[128], files[256];
    for (size_t i = 0; i < sizeof val / sizeof val[0]; i++) {
        snprintf(name, sizeof name, "q%zu", i);
        snprintf(folders, sizeof folders, "%s/train/cat %s/train/dog", name, name);
        fill(f, folders);
        const char *blank = strchr(val[i][0], ' ');
        snprintf(files, sizeof files, "%s/val/%.*s %s/val/%s", name, (int)(blank - val[i][0]), val[i][0], name, blank + 1);
        put(f, files);
        d = opened(f, name, SIAM_SPLIT_TEST);
        assert_true(d->info.count == 2 && d->info.classes == 0 && d->info.at_odds);
        assert_int_equal(siam_dataset_label(d, 0), -1);
        if (strncmp(d->info.why, val[i][1], strlen(val[i][1])) != 0)
            fail_msg("%s, not: %s", d->info.why, val[i][1]);
        siam_dataset_close(&d);
        d = opened(f, name, SIAM_SPLIT_TRAIN);
        assert_true(d->info.count == 4 && d->info.classes == 2 && !d->info.train_only && !d->info.remarks[0]);
        siam_dataset_close(&d);
    }
}

static void test_stray_images(void **state)
{
    static const char *const sub[] = {"", "train/", "Training/"};
    const fixture *f = begin(state);
    char name[16], folders[128], words[128];
    for (size_t i = 0; i < sizeof sub / sizeof sub[0]; i++) {
        snprintf(name, sizeof name, "t%zu", i);
        snprintf(folders, sizeof folders, "%s/%scat %s/%sdog", name, sub[i], name, sub[i]);
        fill(f, folders);
        snprintf(folders, sizeof folders, "%s/%scontact_sheet.jpg", name, sub[i]);
        put(f, folders);
        snprintf(words, sizeof words, "no labels: the image '%scontact_sheet.jpg' lies beside the class folders", sub[i]);
        check(f, name, 5, 0, -1, words);
        snprintf(folders, sizeof folders, "%s/%sb.png %s/%sa.jpg", name, sub[i], name, sub[i]);
        put(f, folders);
        snprintf(words, sizeof words, "no labels: 3 images lie beside the class folders; the first: '%sa.jpg'", sub[i]);
        check(f, name, 7, 0, -1, words);
    }
}

static void test_class_folders(void **state)
{
    const fixture *f = begin(state);
    fill(f, "c/train/cat c/train/dog c/train/owl c/val/dog");
    put_bytes(f, "c/train/yak/1.jp2", "BM", 2);
    put_bytes(f, "c/train/yak/2.JP2", "BM", 2);
    assert_int_equal(mkdir(path_of(f, "c/train/ant"), 0777), 0);
    siam_dataset *d = opened(f, "c", SIAM_SPLIT_TRAIN);
    assert_int_equal(d->info.classes, 3);
    remarks(d, "no classes: the folders ");
    remarks(d, "'yak' (2 files (2 .jp2))");
    remarks(d, "'ant' (empty)");
    siam_dataset_close(&d);
    d = opened(f, "c", SIAM_SPLIT_TEST);
    remarks(d, "no held-out images of 2 of the 3 classes: 'cat', 'owl'");
    siam_dataset_close(&d);
    put_bytes(f, "c/val/ant/.keep", "", 0);
    d = opened(f, "c", SIAM_SPLIT_TEST);
    remarks(d, "no class: the folder 'ant' (empty)");
    siam_dataset_close(&d);
}

/* ---- files that are not read ------------------------------------------------------------------------------- */

static void test_other_files(void **state)
{
    static const char *const silent[] = {"Thumbs.db", "desktop.ini", ".DS_Store", "._1.jpg", ".hidden", "._folder"};
    const fixture *f = begin(state);
    char name[64];
    fill(f, "o/a o/b");
    put(f, "o/a/upper.JPG o/a/odd.JPE o/a/web.jfif o/b/x.PNG o/b/y.Jpeg o/b/z.JFIF o/a/1.TIF o/a/2.tiff o/a/3.WebP o/b/4.bmp "
           "o/b/5.gif o/b/6.PGM o/b/7.pbm");
    for (size_t i = 0; i < sizeof silent / sizeof silent[0]; i++) {
        snprintf(name, sizeof name, "o/b/%s", silent[i]);
        put_bytes(f, name, "x", 1);
    }
    check(f, "o", 17, 2, -1, NULL);
    put_bytes(f, "o/b/one.avif", "x", 1);
    check(f, "o", 17, 2, -1,
          "1 file (1 .avif) is not read, as only images are (.jpg, .png, .tif, .webp, .bmp, .gif, .ppm); the first: b/one.avif");
    put_bytes(f, "none/cat/1.jp2", "x", 1); /* nothing else, and in folders only */
    put_bytes(f, "none/dog/1.avif", "x", 1);
    put_bytes(f, "none/dog/2.avif", "x", 1);
    open_fails(f, "none", SIAM_SPLIT_TRAIN, SIAM_E_DATA, "has 2 folders and 3 files (2 .avif, 1 .jp2) but no data set");
    static const char *const others[] = {"b/2.avif",     "a/1.jp2",   "a/1.NEF",    "a/v.mp4",
                                         "a/IMG_1.HEIC", "b/scan.dcm", "b/0123abcd", "b/labels.csv"};
    for (size_t i = 0; i < sizeof others / sizeof others[0]; i++) {
        snprintf(name, sizeof name, "o/%s", others[i]);
        put_bytes(f, name, "x", 1);
    }
    siam_dataset *d = opened(f, "o", SIAM_SPLIT_TRAIN);
    static const char *const words[] = {"9 files (2 .avif", "1 .jp2", "1 .nef", "1 .mp4", "1 .heic", "1 .dcm", "1 without an ending",
                                        "1 .csv", "the first: a/1.NEF"};
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++)
        remarks(d, words[i]);
    assert_int_equal(strcspn(d->info.remarks, "\n") + 1, strlen(d->info.remarks)); /* in one line */
    siam_dataset_close(&d);
    /* folders that are not the user's, and hidden ones */
    fill(f, "nas/a nas/b nas/a/@eaDir/1.jpg nas/@eaDir nas/#recycle nas/a/.ipynb_checkpoints");
    put(f, "nas/lost+found/1.jpg");
    check(f, "nas", 4, 2, -1, "1 folder is not read, which the system made for itself; the first: a/@eaDir");
    check(f, "nas", 4, 2, -1, "1 hidden image or folder is not read, as the name begins with a dot; the first: "
                              "a/.ipynb_checkpoints");
    put(f, "nas/b/.secret.jpg");
    check(f, "nas", 4, 2, -1, "2 hidden images or folders are not read, as the names begin with a dot");
    /* names of all kinds are those of classes and images */
    fill(f, "n/caf\xc3\xa9+au+lait n/\xf0\x9f\x90\xb1 n/-x n/'q' n/caf\xe9");
    check(f, "n", 10, 5, -1, NULL);
}

static void test_shut_folders(void **state)
{
    const fixture *f = begin(state);
    if (geteuid() == 0)
        skip();
    fill(f, "s/train/a s/train/b s/private r/x/a r/y");
    assert_int_equal(chmod(path_of(f, "s/private"), 0), 0);
    check(f, "s", 4, 2, -1, "not read: the folder 'private' beside the split");
    assert_int_equal(chmod(path_of(f, "s/train/b"), 0), 0);
    open_fails(f, "s", SIAM_SPLIT_TRAIN, SIAM_E_IO, "cannot list the folder");
    assert_int_equal(chmod(path_of(f, "r/x/a"), 0), 0);
    open_fails(f, "r", SIAM_SPLIT_TRAIN, SIAM_E_IO, "cannot list the folder");
}

/* ---- each file once ---------------------------------------------------------------------------------------- */

static void test_links_within(void **state)
{
    const fixture *f = begin(state);
    char name[64], to[64];
    for (int a = 0; a < 12; a++) { /* every folder links to every other, and to all of them */
        snprintf(name, sizeof name, "mesh/%c", 'a' + a);
        fill(f, name);
        for (int b = 0; b < 12; b++) {
            snprintf(name, sizeof name, "mesh/%c/%c", 'a' + a, 'a' + b);
            snprintf(to, sizeof to, "../%c", 'a' + b);
            link_to(f, to, name);
        }
        snprintf(name, sizeof name, "mesh/%c/up", 'a' + a);
        link_to(f, "..", name);
    }
    check(f, "mesh", 24, 12, -1, "155 links are not followed, as the same folder is read elsewhere; the first: a/a");
    fill(f, "c/train/cat c/train/dog c/val/cat c/val/dog");
    link_to(f, "../dog", "c/train/cat/more");
    check(f, "c", 4, 2, 4, "1 link is not followed, as the same folder is read elsewhere; the first: train/cat/more");
    siam_dataset *d = opened(f, "c", SIAM_SPLIT_TRAIN);
    for (int64_t i = 0; i < d->info.count; i++) /* the dogs are dogs */
        assert_int_equal(siam_dataset_label(d, i), strncmp(siam_dataset_file(d, i), "train/dog/", 10) == 0);
    siam_dataset_close(&d);
    link_to(f, "cat", "c/train/aardvark"); /* a class that is another */
    check(f, "c", 4, 2, 4, "no class, but a link to one: 'aardvark'");
    link_to(f, "../../val/cat", "c/train/dog/v"); /* held-out images are not trained on through a link */
    check(f, "c", 4, 2, 4, "1 link is not followed, as the folder is the other split's; the first: train/dog/v");
    fill(f, "s/train/cat s/train/dog");
    link_to(f, "train", "s/val");
    check(f, "s", 4, 2, -1, "it is a link to a folder beside: 'val'");
}

static void test_same_files(void **state)
{
    const fixture *f = begin(state);
    put(f, "h/cat/1.jpg h/cat/2.jpg h/dog/3.jpg");
    assert_int_equal(link(path_of(f, "h/cat/1.jpg"), path_of(f, "h/cat/again.jpg")), 0);
    check(f, "h", 3, 2, -1, "1 file is the same as one read already (links, or two names) and left out; the first: "
                            "cat/again.jpg is cat/1.jpg");
    assert_int_equal(link(path_of(f, "h/cat/2.jpg"), path_of(f, "h/dog/0.jpg")), 0);
    check(f, "h", 3, 2, -1, "2 files are the same as others read already");
    check(f, "h", 3, 2, -1, "1 of them would have had another class");
    put(f, "l/b/1.jpg l/c/2.jpg"); /* the file itself stays, not the link that comes first */
    link_to(f, "../b/1.jpg", "l/c/0.jpg");
    link_to(f, "../b/1.jpg", "l/b/0.jpg");
    siam_dataset *d = opened(f, "l", SIAM_SPLIT_TRAIN);
    check_files(d, "b/1.jpg=0 c/2.jpg=1");
    remarks(d, "2 files are the same as others read already");
    siam_dataset_close(&d);
    for (int i = 0; i < 200; i++) { /* among many */
        char name[32], twin[32];
        snprintf(name, sizeof name, "many/%d/%d.jpg", i % 3, i);
        snprintf(twin, sizeof twin, "many/%d/twin%d.jpg", i % 3, i);
        put(f, name);
        if (i % 10 == 0)
            assert_int_equal(link(path_of(f, name), path_of(f, twin)), 0);
    }
    check(f, "many", 200, 3, -1, "20 files are the same as others read already");
}

/* Subsets made of links to files or folders elsewhere are data sets like any other. */
static void test_links_elsewhere(void **state)
{
    const fixture *f = begin(state);
    put(f, "store/1.jpg store/2.jpg store/3.png store/more/4.jpg");
    put(f, "sub/train/a/own.jpg sub/val/b/own.jpg");
    link_to(f, "../../../store/1.jpg", "sub/train/a/1.jpg");
    assert_int_equal(mkdir(path_of(f, "sub/train/b"), 0777), 0);
    link_to(f, "../../../store/2.jpg", "sub/train/b/2.jpg");
    link_to(f, "../../../store/3.png", "sub/val/b/3.png");
    check(f, "sub", 3, 2, 2, NULL);
    put(f, "all/cats/1.jpg all/dogs/2.jpg all/owls/3.jpg");
    assert_int_equal(siam_mkdirs(path_of(f, "pick/train"), NULL), SIAM_OK);
    link_to(f, "../../all/cats", "pick/train/cat");
    link_to(f, "../../all/dogs", "pick/train/dog");
    check(f, "pick", 2, 2, -1, NULL);
    link_to(f, "../owls", "all/cats/owls"); /* followed once */
    put(f, "x/cat/1.jpg x/dog/2.jpg");
    link_to(f, "../../all", "x/dog/all");
    check(f, "x", 5, 2, -1, "1 link is not followed");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_spellings, setup, teardown),
        cmocka_unit_test_setup_teardown(test_wrapped, setup, teardown),
        cmocka_unit_test_setup_teardown(test_not_splits, setup, teardown),
        cmocka_unit_test_setup_teardown(test_which_splits, setup, teardown),
        cmocka_unit_test_setup_teardown(test_held_out_labels, setup, teardown),
        cmocka_unit_test_setup_teardown(test_stray_images, setup, teardown),
        cmocka_unit_test_setup_teardown(test_class_folders, setup, teardown),
        cmocka_unit_test_setup_teardown(test_other_files, setup, teardown),
        cmocka_unit_test_setup_teardown(test_shut_folders, setup, teardown),
        cmocka_unit_test_setup_teardown(test_links_within, setup, teardown),
        cmocka_unit_test_setup_teardown(test_same_files, setup, teardown),
        cmocka_unit_test_setup_teardown(test_links_elsewhere, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
