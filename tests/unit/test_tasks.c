/* Learning-rate schedules, SGD over groups, kNN and the effective rank on cases small enough to do by hand. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>
#include <cmocka.h>

#include "../hints/hint.h"

#include "base/rng.h"
#include "data/image_list.h"
#include "infer/knn.h"
#include "infer/rank.h"
#include "optim/optim.h"
#include "train/feed.h"

static void cosine_per_epoch(void **state)
{
    (void)state;
    const siam_lr_cfg c = {.schedule = siam_schedules[SIAM_SCHEDULE_cosine], .lr = 0.05, .epochs = 100, .steps_per_epoch = 10};
    assert_string_equal(c.schedule->name, "cosine");
    assert_true(fabs(siam_lr_at(&c, 0) - 0.05) < 1e-12);
    assert_true(siam_lr_at(&c, 9) == siam_lr_at(&c, 0)); /* set once per epoch */
    assert_true(fabs(siam_lr_at(&c, 500) - 0.025) < 1e-12);
    assert_true(fabs(siam_lr_at(&c, 999) / 0.05 - 2.467198171342e-4) < 1e-12); /* last epoch, SPEC 1.5 */
}

static void cosine_per_step_with_warmup(void **state)
{
    (void)state;
    const siam_lr_cfg c = {.schedule = siam_schedules[SIAM_SCHEDULE_cosine], .lr = 1, .epochs = 10, .steps_per_epoch = 10,
                           .warmup_epochs = 2, .by_step = true};
    assert_true(fabs(siam_lr_at(&c, 0) - 1.0 / 20) < 1e-12);
    assert_true(fabs(siam_lr_at(&c, 19) - 1) < 1e-12);
    assert_true(fabs(siam_lr_at(&c, 60) - 0.5) < 1e-12); /* half of the remaining 8 epochs */
    for (int i = 21; i < 100; i++)
        assert_true(siam_lr_at(&c, i) < siam_lr_at(&c, i - 1));
}

/* torch.optim.SGD by hand over two steps; the predictor has its own rate. */
static void sgd_by_group(void **state)
{
    (void)state;
    siam_backend *b;
    siam_params *p;
    const siam_param row[] = {
        {.name = "backbone.a", .desc = siam_desc_1d(3), .group = SIAM_GROUP_ENCODER, .init = SIAM_INIT_ONE},
        {.name = "backbone.running_mean", .desc = siam_desc_1d(3), .buffer = true, .init = SIAM_INIT_ONE},
        {.name = "backbone.b", .desc = siam_desc_1d(20), .group = SIAM_GROUP_ENCODER, .init = SIAM_INIT_ONE},
        {.name = "predictor.a", .desc = siam_desc_1d(5), .group = SIAM_GROUP_PREDICTOR, .init = SIAM_INIT_ONE}};
    assert_int_equal(siam_backend_open(&b, "auto", 1, NULL), SIAM_OK);
    assert_int_equal(siam_params_create(&p, row, 4, true, NULL), SIAM_OK);
    siam_params_init(p, 0);
    const float lr[SIAM_GROUP_COUNT] = {0.1f, 0.5f};
    double value[2] = {1, 1}, momentum[2] = {0, 0};
    for (int step = 0; step < 2; step++) {
        for (int i = 0; i < 4; i++)
            for (int64_t j = 0; !row[i].buffer && j < row[i].desc.dim[0]; j++)
                p->grad[p->row[i].offset + (size_t)j] = 2;
        assert_int_equal(siam_optimizers[SIAM_OPTIMIZER_sgd]->step(b, p, lr, 0.9f, 0.01f, NULL), SIAM_OK);
        for (int g = 0; g < 2; g++) {
            momentum[g] = 0.9 * momentum[g] + 2 + 0.01 * value[g];
            value[g] -= (double)lr[g] * momentum[g];
        }
    }
    for (int i = 0; i < 4; i++)
        for (int64_t j = 0; j < row[i].desc.dim[0]; j++)
            assert_true(fabs(siam_params_data(p, i)[j] - (row[i].buffer ? 1.0 : value[row[i].group])) < 1e-6);
    siam_params_destroy(&p);
    siam_backend_close(&b);
}

/* With nobody who may stop it. */
static siam_code classify(siam_backend *b, const siam_features *bank, const siam_features *query, int classes, const int *k,
                          int nk, const double *temperature, int nt, double *top1, siam_err *e)
{
    const siam_knn_cfg c = {.k = k, .nk = nk, .temperature = temperature, .nt = nt};
    return siam_knn_classify(b, bank, query, classes, &c, top1, e);
}

/* Brute force in double, on clustered points; k = 1, k = all, and k beyond the bank. */
static void knn_equals_brute_force(void **state)
{
    (void)state;
    enum { BANK = 300, QUERY = 150, DIM = 8, CLASSES = 4 };
    const int k[3] = {1, 20, 1000};
    const double t[2] = {0.1, 1.0};
    double top1[6];
    siam_features bank = {BANK, DIM, malloc(BANK * DIM * sizeof(float)), malloc(BANK * sizeof(int32_t)), 0};
    siam_features query = {QUERY, DIM, malloc(QUERY * DIM * sizeof(float)), malloc(QUERY * sizeof(int32_t)), 0};
    siam_rng r = siam_rng_key(5, 0, 0, 0, SIAM_RNG_TEST);
    siam_features *both[2] = {&bank, &query};
    for (int f = 0; f < 2; f++)
        for (int64_t i = 0; i < both[f]->n; i++) {
            both[f]->label[i] = (int32_t)siam_rng_below(&r, CLASSES);
            for (int j = 0; j < DIM; j++)
                both[f]->x[i * DIM + j] = (float)(siam_rng_uniform(&r, -1, 1) + (j == both[f]->label[i] ? 0.8 : 0));
        }
    siam_features_normalise(&bank);
    siam_features_normalise(&query);
    siam_backend *b;
    assert_int_equal(siam_backend_open(&b, "auto", 1, NULL), SIAM_OK);
    assert_int_equal(classify(b, &bank, &query, CLASSES, k, 3, t, 2, top1, NULL), SIAM_OK);
    for (int c = 0; c < 6; c++) {
        int right = 0;
        for (int q = 0; q < QUERY; q++) {
            double s[BANK], votes[CLASSES] = {0};
            for (int i = 0; i < BANK; i++) {
                s[i] = 0;
                for (int j = 0; j < DIM; j++)
                    s[i] += (double)bank.x[i * DIM + j] * query.x[q * DIM + j];
            }
            for (int i = 0; i < BANK; i++) {
                int nearer = 0;
                for (int j = 0; j < BANK; j++)
                    nearer += s[j] > s[i];
                if (nearer < k[c / 2])
                    votes[bank.label[i]] += exp(s[i] / t[c % 2]);
            }
            int best = 0;
            for (int j = 1; j < CLASSES; j++)
                best = votes[j] > votes[best] ? j : best;
            right += best == query.label[q];
        }
        assert_true(fabs(top1[c] - (double)right / QUERY) < 1e-9);
    }
    bank.label[7] = -1;
    assert_int_equal(classify(b, &bank, &query, CLASSES, k, 3, t, 2, top1, NULL), SIAM_E_DATA);
    siam_features_release(&bank);
    siam_features_release(&query);
    siam_backend_close(&b);
}

/* Two pairs on a circle: leave-one-out asks the partner, not the image itself, whose label would win. */
static void knn_leaves_one_out(void **state)
{
    (void)state;
    float x[8] = {1, 0, 0.9f, 0.1f, 0, 1, 0.1f, 0.9f};
    int32_t label[4] = {0, 0, 1, 0};
    siam_features f = {4, 2, x, label, 0};
    siam_backend *b;
    double top1[2];
    siam_features_normalise(&f);
    assert_int_equal(siam_backend_open(&b, "auto", 1, NULL), SIAM_OK);
    assert_int_equal(classify(b, &f, &f, 2, (int[]){1, 100}, 2, (double[]){1e6}, 1, top1, NULL), SIAM_OK);
    assert_true(top1[0] == 0.5); /* the first pair agrees, the second does not */
    assert_true(top1[1] == 0.75); /* with all others: 0 wins everywhere */
    f.n = 1;
    assert_int_equal(classify(b, &f, &f, 2, (int[]){1}, 1, (double[]){1}, 1, top1, NULL), SIAM_E_CONFIG);
    siam_backend_close(&b);
}

/* A point of the unit circle, near enough to others for one to be nearer than the next. */
static void at_angle(float *x, double angle)
{
    x[0] = (float)cos(angle);
    x[1] = (float)sin(angle);
}

/* None of the k nearest is lost, in whatever order they come: just more than half of them, the farther ones, outvote the
 * others together, and all that are farther vote against them. */
static void knn_finds_all_of_the_nearest(void **state)
{
    (void)state;
    enum { BANK = 64, ORDERS = 8 };
    float x[2 * BANK], q[2] = {1, 0};
    int32_t label[BANK];
    siam_features bank = {BANK, 2, x, label, 0}, query = {1, 2, q, (int32_t[]){1}, 0};
    siam_backend *b;
    assert_int_equal(siam_backend_open(&b, "auto", 1, NULL), SIAM_OK);
    for (int order = 0; order < ORDERS; order++)
        for (int k = 1; k < BANK; k += 2) {
            siam_rng r = siam_rng_key(9, 0, 0, (uint64_t)order, SIAM_RNG_TEST);
            int place[BANK] = {0}; /* 0 is the nearest */
            double top1;
            for (int i = 0; i < BANK; i++) { /* the first order ascends, the second descends, the others are shuffled */
                const int j = order > 1 ? (int)siam_rng_below(&r, (uint32_t)i + 1) : i;
                place[i] = place[j];
                place[j] = order == 1 ? BANK - 1 - i : i;
            }
            for (int i = 0; i < BANK; i++) {
                at_angle(x + 2 * i, 0.01 * (place[i] + 1));
                label[i] = place[i] >= k / 2 && place[i] < k;
            }
            assert_int_equal(classify(b, &bank, &query, 2, &k, 1, (double[]){1e6}, 1, &top1, NULL), SIAM_OK);
            if (top1 != 1)
                fail_msg("order %d: not the %d nearest", order, k);
        }
    siam_backend_close(&b);
}

/* An image is not its own neighbour, wherever it is among more than one matrix product of them: of pairs that are close
 * together each asks the other. */
static void knn_leaves_each_one_out(void **state)
{
    (void)state;
    static const int count[] = {2, 128, 130, 200, 256, 258, 400};
    float x[2 * 400];
    int32_t label[400];
    siam_backend *b;
    assert_int_equal(siam_backend_open(&b, "auto", 1, NULL), SIAM_OK);
    for (size_t c = 0; c < sizeof count / sizeof *count; c++)
        for (int agree = 0; agree < 2; agree++)
            for (int apart = 1; apart < 3; apart++) { /* the two of a pair stand side by side, or half of all apart */
                const int n = count[c];
                siam_features f = {n, 2, x, label, 0};
                double top1;
                for (int i = 0; i < n; i++) {
                    const int pair = apart == 1 ? i / 2 : i % (n / 2), second = apart == 1 ? i % 2 : i / (n / 2);
                    at_angle(x + 2 * i, 6.28 * pair / (n / 2) + 0.002 * second);
                    label[i] = agree ? pair % 3 : second;
                }
                assert_int_equal(classify(b, &f, &f, 3, (int[]){1}, 1, (double[]){0.1}, 1, &top1, NULL), SIAM_OK);
                if (top1 != agree)
                    fail_msg("%d images, %s: top-1 is %g", n, agree ? "pairs of one class" : "pairs of two classes", top1);
            }
    siam_backend_close(&b);
}

/* Of equally near ones those of the lower index count: many identical rows, whose labels change behind the k-th. */
static void knn_takes_the_first_of_equals(void **state)
{
    (void)state;
    enum { BANK = 90, DIM = 4 };
    float x[BANK * DIM], q[2 * DIM] = {1, 0, 0, 0, 0, 1, 0, 0};
    int32_t label[BANK], asked[2] = {1, 1};
    siam_features bank = {BANK, DIM, x, label, 0}, query = {2, DIM, q, asked, 0};
    siam_backend *b;
    assert_int_equal(siam_backend_open(&b, "auto", 1, NULL), SIAM_OK);
    for (int k = 1; k < 40; k += k < 8 ? 1 : 7) {
        double top1;
        int first[2] = {0};
        for (int i = 0; i < BANK; i++) { /* two bundles of rows in turn; the first k of each have label 1 */
            const int bundle = i % 2;
            memcpy(x + i * DIM, q + bundle * DIM, DIM * sizeof *x);
            label[i] = first[bundle]++ < k ? 1 : 2;
        }
        assert_int_equal(classify(b, &bank, &query, 3, &k, 1, (double[]){0.1}, 1, &top1, NULL), SIAM_OK);
        assert_true(top1 == 1);
        const int more = 2 * k + 1; /* the next k + 1 are of label 2 */
        assert_int_equal(classify(b, &bank, &query, 3, &more, 1, (double[]){0.1}, 1, &top1, NULL), SIAM_OK);
        if (more <= BANK / 2)
            assert_true(top1 == 0);
    }
    /* A nearer one that comes late takes the place of the last of equals. */
    query.n = 1;
    for (int k = 3; k < 30; k++) {
        double top1;
        bank.n = k + 1;
        for (int i = 0; i <= k; i++) {
            memcpy(x + i * DIM, (float[DIM]){i < k ? 0.6f : 1, i < k ? 0.8f : 0, 0, 0}, DIM * sizeof *x);
            label[i] = i < k / 2 + 1 ? 1 : 2; /* one more than half of the k that count */
        }
        assert_int_equal(classify(b, &bank, &query, 3, &k, 1, (double[]){1e6}, 1, &top1, NULL), SIAM_OK);
        assert_true(top1 == 1);
    }
    siam_backend_close(&b);
}

/* Of classes with equal votes the lower one wins, whichever is nearer in the bank's order. */
static void knn_breaks_equal_votes(void **state)
{
    (void)state;
    float x[4] = {1, 0, 1, 0}, q[2] = {1, 0};
    siam_backend *b;
    assert_int_equal(siam_backend_open(&b, "auto", 1, NULL), SIAM_OK);
    for (int32_t i = 0; i < 5; i++)
        for (int32_t j = 0; j < 5; j++) {
            siam_features bank = {2, 2, x, (int32_t[]){i, j}, 0}, query = {1, 2, q, (int32_t[]){i < j ? i : j}, 0};
            double top1;
            assert_int_equal(classify(b, &bank, &query, 5, (int[]){2}, 1, (double[]){0.1}, 1, &top1, NULL), SIAM_OK);
            assert_true(top1 == 1);
        }
    siam_backend_close(&b);
}

/* Little is left of the address space: a refusal, and what its hint says fits. */
static void memory_hints(void **state)
{
    (void)state;
    struct rlimit limit, before;
    siam_err e = {0};
    siam_backend *b;
    siam_feed *feed;
    enum { MANY = 1 << 20 };
    double top1;
    siam_features bank = {MANY, 1, calloc(MANY, sizeof *bank.x), calloc(MANY, sizeof *bank.label), 0}, query = bank;
    siam_feed_cfg c = {.images = MANY, .dim = 1 << 12, .batch = 1 << 16, .cached = &bank};
    query.n = 1;
    query.x = &(float){1};
    assert_int_equal(siam_backend_open(&b, "auto", 1, NULL), SIAM_OK);
    assert_int_equal(getrlimit(RLIMIT_AS, &before), 0);
    FILE *statm = fopen("/proc/self/statm", "r");
    unsigned long pages = 0;
    if (!statm || fscanf(statm, "%lu", &pages) != 1)
        skip();
    fclose(statm);
    limit = before;
    limit.rlim_cur = pages * (rlim_t)sysconf(_SC_PAGESIZE) + (300 << 20);
    assert_int_equal(setrlimit(RLIMIT_AS, &limit), 0);
    const siam_code knn = classify(b, &bank, &query, 2, (int[]){1}, 1, (double[]){1}, 1, &top1, &e);
    siam_err feeding = {0};
    const siam_code fed = siam_feed_create(&feed, &c, &feeding);
    assert_int_equal(setrlimit(RLIMIT_AS, &before), 0);
    assert_int_equal(knn, SIAM_E_NOMEM);
    assert_hint(&e, "a smaller bank of training images (--bank of knn, --eval.bank of train)");
    bank.n = 100;
    assert_int_equal(classify(b, &bank, &query, 2, (int[]){1}, 1, (double[]){1}, 1, &top1, NULL), SIAM_OK);
    volatile sig_atomic_t stop = 1;
    siam_knn_cfg until = {.k = (int[]){1}, .nk = 1, .temperature = (double[]){1}, .nt = 1, .stop = &stop};
    assert_int_equal(siam_knn_classify(b, &bank, &query, 2, &until, &top1, NULL), SIAM_E_CANCELLED);
    stop = 0;
    assert_int_equal(siam_knn_classify(b, &bank, &query, 2, &until, &top1, NULL), SIAM_OK);
    assert_int_equal(fed, SIAM_E_NOMEM);
    assert_null(feed);
    assert_hint(&feeding, "a smaller --batch");
    c.batch = 100;
    assert_int_equal(siam_feed_create(&feed, &c, NULL), SIAM_OK);
    siam_feed_destroy(&feed);
    siam_features_release(&bank);
    siam_backend_close(&b);
}

static void bank_is_a_subset(void **state)
{
    (void)state;
    static const siam_dataset_type bare = {.name = "bare"};
    const siam_dataset train = {.type = &bare, .info.count = 1000}, test = {.type = &bare, .info.count = 7};
    siam_knn_sets a, b;
    assert_int_equal(siam_knn_choose(&a, &train, &test, 100, false, NULL), SIAM_OK);
    assert_int_equal(siam_knn_choose(&b, &train, NULL, 100, false, NULL), SIAM_OK);
    assert_int_equal(a.nbank, 100);
    assert_int_equal(a.nquery, 7);
    assert_false(a.leave_one_out);
    assert_true(b.leave_one_out && b.nbank == 100 && !b.nquery);
    assert_memory_equal(a.bank, b.bank, 100 * sizeof *a.bank);
    for (int i = 0; i < 100; i++)
        assert_true(a.bank[i] >= 0 && a.bank[i] < 1000 && (i == 0 || a.bank[i] > a.bank[i - 1]));
    assert_true(a.bank[99] > 500); /* not simply the first 100 */
    siam_knn_sets_release(&a);
    siam_knn_sets_release(&b);
    static const int64_t all[] = {0, 1000, 1001};
    for (size_t i = 0; i < sizeof all / sizeof *all; i++) {
        assert_int_equal(siam_knn_choose(&a, &train, &test, all[i], true, NULL), SIAM_OK);
        assert_true(!a.bank && a.nbank == 1000 && a.leave_one_out);
        siam_knn_sets_release(&a);
    }
}

/* A data set of files that need not be there: what is one file is told from their paths. */
typedef struct named_set {
    siam_dataset head;
    siam_image_list files;
} named_set;

static const siam_image_list *files_of(const siam_dataset *d) { return &((const named_set *)d)->files; }
static const siam_dataset_type named = {.name = "named", .files = files_of};
static const siam_dataset_type unnamed = {.name = "unnamed"};

/* Files "0", "1", ... of that folder, one for each digit. */
static void name_files(named_set *s, const char *digits)
{
    *s = (named_set){.head.type = &named};
    assert_int_equal(siam_image_list_root(&s->files, "/nonexistent/of simsiam's tests", NULL), SIAM_OK);
    for (; *digits; digits++)
        assert_int_equal(siam_image_list_add(&s->files, (char[]){*digits, 0}, 0, NULL), SIAM_OK);
    s->head.info.count = s->files.n;
}

static void assert_images(const int64_t *subset, int64_t n, const char *want)
{
    assert_int_equal(n, strlen(want));
    for (int64_t i = 0; i < n; i++)
        assert_int_equal(subset ? subset[i] : i, want[i] - '0');
}

/* Images that are one file are left out but for the first, in both splits together; subsets stay subsets. */
static void knn_takes_each_file_once(void **state)
{
    (void)state;
    static const struct {
        const char *train, *test, *bank; /* the bank: places in train, NULL = all */
        const char *kept, *kept_test;
        int left_out;
    } rows[] = {
        {"012", NULL, NULL, "012", NULL, 0},       {"00", NULL, NULL, "0", NULL, 1},
        {"01012", NULL, NULL, "014", NULL, 2},     {"0000000", NULL, NULL, "0", NULL, 6},
        {"012", "345", NULL, "012", "012", 0},     {"012", "2031", NULL, "012", "2", 3},
        {"01", "4442", NULL, "01", "03", 2},       {"0110", "12212", NULL, "01", "1", 6},
        {"01012", NULL, "1234", "124", NULL, 1},   {"01012", "02", "34", "34", "0", 1},
        {"0101", "01", "", "", "01", 0},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        named_set train, test;
        name_files(&train, rows[i].train);
        name_files(&test, rows[i].test ? rows[i].test : "");
        siam_knn_sets s = {.train = &train.head, .test = rows[i].test ? &test.head : NULL, .nquery = test.files.n,
                           .nbank = rows[i].bank ? (int64_t)strlen(rows[i].bank) : train.files.n};
        if (rows[i].bank) {
            s.bank = calloc((size_t)s.nbank + 1, sizeof *s.bank);
            for (int64_t k = 0; k < s.nbank; k++)
                s.bank[k] = rows[i].bank[k] - '0';
        }
        assert_int_equal(siam_knn_once(&s, NULL), SIAM_OK);
        assert_images(s.bank, s.nbank, rows[i].kept);
        if (rows[i].test)
            assert_images(s.query, s.nquery, rows[i].kept_test);
        assert_int_equal(s.again, rows[i].left_out);
        siam_knn_sets_release(&s);
        siam_image_list_release(&train.files);
        siam_image_list_release(&test.files);
    }
    siam_dataset other = {.type = &unnamed};
    siam_knn_sets s = {.train = &other, .nbank = 5};
    assert_int_equal(siam_knn_once(&s, NULL), SIAM_OK);
    assert_true(!s.bank && s.nbank == 5 && s.again == 0);
}

static void rank_of_known_sets(void **state)
{
    (void)state;
    enum { N = 64, D = 32 };
    float *z = calloc(N * D, sizeof *z);
    double rank;
    siam_backend *b;
    assert_int_equal(siam_backend_open(&b, "auto", 1, NULL), SIAM_OK);
    for (int i = 0; i < N; i++)
        z[i * D] = (float)(i + 1); /* one direction, many lengths */
    assert_int_equal(siam_effective_rank(b, z, N, D, &rank, NULL), SIAM_OK);
    assert_true(fabs(rank - 1) < 1e-2);
    memset(z, 0, N * D * sizeof *z);
    for (int i = 0; i < N; i++)
        z[i * D + i % 8] = 3; /* eight directions, equally often */
    assert_int_equal(siam_effective_rank(b, z, N, D, &rank, NULL), SIAM_OK);
    assert_true(fabs(rank - 8) < 1e-2);
    for (int directions = 1; directions <= D; directions *= 2) /* equally often, of very different lengths */
        for (int spread = 1; spread < 7; spread++) {
            memset(z, 0, N * D * sizeof *z);
            for (int i = 0; i < N; i++)
                z[i * D + i % directions] = (float)ldexp(i % 3 ? 1 : -1, 3 * ((i / 2 + i) % spread - spread / 2));
            assert_int_equal(siam_effective_rank(b, z, N, D, &rank, NULL), SIAM_OK);
            assert_true(fabs(rank - directions) < 1e-2 * directions);
        }
    free(z);
    siam_backend_close(&b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(cosine_per_epoch),       cmocka_unit_test(cosine_per_step_with_warmup),
        cmocka_unit_test(sgd_by_group),           cmocka_unit_test(knn_equals_brute_force),
        cmocka_unit_test(knn_leaves_one_out),     cmocka_unit_test(memory_hints),
        cmocka_unit_test(knn_takes_the_first_of_equals), cmocka_unit_test(knn_breaks_equal_votes),
        cmocka_unit_test(bank_is_a_subset),       cmocka_unit_test(rank_of_known_sets),
        cmocka_unit_test(knn_finds_all_of_the_nearest),  cmocka_unit_test(knn_leaves_each_one_out),
        cmocka_unit_test(knn_takes_each_file_once),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
