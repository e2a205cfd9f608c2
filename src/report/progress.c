/* The console and train.log. The line on a terminal gives up its bar, then its spacing, then its less
 * important fields until it fits the terminal's width. */
#include "report/progress.h"

#include <inttypes.h>
#include <math.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "base/format.h"
#include "base/system.h"
#include "base/utf8.h"

enum {
    FIRST_STEPS = 5,   /* plain lines before the rate is bounded */
    ALL_EPOCHS = 1000, /* epochs that each get a line */
    WAIT_STEPS = 20,   /* steps in a row that waited for data before we say what to do */
    BAR_MIN = 6,
    BAR_MAX = 20,
    NOTE_MAX = 4096
};
static const double plain_seconds = 30, redraw_seconds = 0.1, wait_share = 0.10;

enum field_id { EPOCH, BAR, PERCENT, LOSS, STD, LR, SPEED, IO, MEMORY, ETA, FIELDS };

typedef struct field {
    char text[96];
    bool on, alarm; /* alarm: shown in yellow where colours are */
} field;

struct siam_progress {
    siam_progress_cfg cfg;
    pthread_mutex_t lock;
    char *kept; /* log_later: what cfg.log, a stream to memory, has got so far */
    size_t nkept;
    bool terminal, colour, utf8, live, wait_told;
    int64_t seen, first_step, plain_step;
    double first_time, plain_time, drawn_time;
    int waits;
};

static double now(const siam_progress *p) { return p->cfg.clock ? p->cfg.clock(p->cfg.user) : siam_clock(); }

static bool is_set(const char *variable)
{
    const char *v = getenv(variable);
    return v && *v;
}

/* The locale as the environment names it: a library does not call setlocale. */
static bool locale_is_utf8(void)
{
    static const char *const variable[] = {"LC_ALL", "LC_CTYPE", "LANG"};
    for (int i = 0; i < 3; i++)
        if (is_set(variable[i])) {
            const char *v = getenv(variable[i]);
            return strcasestr(v, "utf-8") || strcasestr(v, "utf8");
        }
    return false;
}

static int columns_of(FILE *f)
{
    struct winsize w = {0};
    if (f && !ioctl(fileno(f), TIOCGWINSZ, &w) && w.ws_col)
        return w.ws_col;
    const long n = is_set("COLUMNS") ? strtol(getenv("COLUMNS"), NULL, 10) : 0;
    return n > 0 && n < 10000 ? (int)n : 80;
}

siam_code siam_progress_create(siam_progress **out, const siam_progress_cfg *cfg, siam_err *e)
{
    siam_progress *p = *out = calloc(1, sizeof *p);
    if (!p)
        return siam_fail(e, SIAM_E_NOMEM, "out of memory opening the progress line");
    p->cfg = *cfg;
    if (cfg->log_later && !(p->cfg.log = open_memstream(&p->kept, &p->nkept))) {
        free(p);
        *out = NULL;
        return siam_fail(e, SIAM_E_NOMEM, "out of memory opening the progress line");
    }
    pthread_mutex_init(&p->lock, NULL);
    const bool capable = is_set("TERM") && strcmp(getenv("TERM"), "dumb");
    p->terminal = cfg->out && (cfg->terminal > 0 || (!cfg->terminal && capable && isatty(fileno(cfg->out))));
    p->colour = p->terminal && !is_set("NO_COLOR");
    p->utf8 = locale_is_utf8();
    p->drawn_time = -INFINITY;
    return SIAM_OK;
}

/* End what log_later began; the lines go to `log` where there is one. */
static void release_kept(siam_progress *p, FILE *log)
{
    if (!p->cfg.log_later)
        return;
    if (!fclose(p->cfg.log) && log)
        fwrite(p->kept, 1, p->nkept, log);
    free(p->kept);
    p->cfg.log_later = false;
    p->cfg.log = NULL;
}

void siam_progress_log(siam_progress *p, FILE *log)
{
    pthread_mutex_lock(&p->lock);
    release_kept(p, log);
    p->cfg.log = log;
    pthread_mutex_unlock(&p->lock);
}

/* ---- the fields of a line ---- */

static int digits(int64_t n)
{
    int d = 1;
    while (n >= 10) {
        n /= 10;
        d++;
    }
    return d;
}

/* ━━━━╸━━━: done in heavy strokes, the rest in light ones; ASCII where the locale is not UTF-8. */
static void bar_text(char *buf, size_t n, double share, int width, bool utf8)
{
    const char *full = utf8 ? "\u2501" : "=", *head = utf8 ? "\u2578" : ">", *rest = utf8 ? "\u2500" : "-";
    const int done = (int)(share * width);
    size_t at = 0;
    buf[0] = '\0';
    for (int i = 0; i < width && at < n; i++)
        at += (size_t)snprintf(buf + at, n - at, "%s", i < done ? full : i == done ? head : rest);
}

static void speed_text(char *buf, size_t n, double v)
{
    snprintf(buf, n, v < 9.95 ? "%.1f img/s" : "%.0f img/s", v);
}

static double share_of(int64_t part, int64_t whole) { return whole > 0 ? (double)part / (double)whole : 0; }

static void set(field *f, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
static void set(field *f, const char *fmt, ...)
{
    va_list ap;
    va_start(ap, fmt);
    vsnprintf(f->text, sizeof f->text, fmt, ap);
    va_end(ap);
    f->on = true;
}

static void make_fields(const siam_progress *p, const siam_progress_state *s, double t, field f[FIELDS])
{
    char a[32], b[32];
    memset(f, 0, FIELDS * sizeof *f);
    set(&f[EPOCH], "epoch %*" PRId64 "/%" PRId64, digits(s->epochs), s->epoch, s->epochs);
    set(&f[PERCENT], "%.0f%%", floor(100 * share_of(s->batch, s->batches)));
    set(&f[LOSS], "loss %.3f", s->loss);
    if (isfinite(s->z_std_ratio))
        set(&f[STD], "std %.2fx", s->z_std_ratio);
    set(&f[LR], "lr %s", siam_format_rate(a, sizeof a, s->lr));
    if (isfinite(s->images_per_s)) {
        speed_text(a, sizeof a, s->images_per_s);
        set(&f[SPEED], "%s", a);
    }
    if (isfinite(s->data_wait)) {
        const double wait = s->data_wait < 0 ? 0 : s->data_wait > 1 ? 1 : s->data_wait;
        set(&f[IO], "io %.0f%%", 100 * wait);
        f[IO].alarm = wait > wait_share;
    }
    const size_t resident = siam_memory_resident();
    if (resident)
        set(&f[MEMORY], "%s", siam_format_bytes_short(a, sizeof a, resident));
    const int64_t done = s->step - p->first_step;
    const double left = done > 0 ? (t - p->first_time) / (double)done * (double)(s->steps - s->step) : NAN;
    set(&f[ETA], "eta %s", done > 0 ? siam_format_duration(b, sizeof b, left) : "?");
}

/* Columns a text takes: characters, of which each is one column here. */
static int width_of(const char *s)
{
    int n = 0;
    for (; *s; s++)
        n += ((unsigned char)*s & 0xc0) != 0x80;
    return n;
}

static int line_width(const field *f, int gap)
{
    int n = 0;
    for (int i = 0; i < FIELDS; i++)
        if (f[i].on)
            n += (n ? gap : 0) + width_of(f[i].text);
    return n;
}

static void join(const field *f, int gap, bool colour, char *buf, size_t n)
{
    size_t at = 0;
    buf[0] = '\0';
    for (int i = 0; i < FIELDS && at < n; i++)
        if (f[i].on)
            at += (size_t)snprintf(buf + at, n - at, "%*s%s%s%s", at ? gap : 0, "",
                                   colour && f[i].alarm ? "\x1b[33m" : "", f[i].text,
                                   colour && f[i].alarm ? "\x1b[0m" : "");
}

/* Choose spacing and fields so that the line fits `room` columns. */
static int fit(const siam_progress *p, const siam_progress_state *s, field f[FIELDS], int room)
{
    /* least important first */
    static const enum field_id spare[] = {MEMORY, LR, IO, PERCENT, SPEED, STD, LOSS, ETA};
    int bar = room - line_width(f, 2) - 2;
    if (bar >= BAR_MIN) {
        bar = bar > BAR_MAX ? BAR_MAX : bar;
        bar_text(f[BAR].text, sizeof f[BAR].text, share_of(s->batch, s->batches), bar, p->utf8);
        f[BAR].on = true;
    }
    if (line_width(f, 2) <= room)
        return 2;
    for (size_t i = 0; i < sizeof spare / sizeof *spare && line_width(f, 1) > room; i++)
        f[spare[i]].on = false;
    return 1;
}

/* ---- lines ---- */

static void clear_live(siam_progress *p)
{
    if (p->live)
        fputs("\r\x1b[K", p->cfg.out);
    p->live = false;
}

/* A line that stays, on the console and in the log. */
static void say(siam_progress *p, const char *text)
{
    if (p->cfg.out) {
        clear_live(p);
        fprintf(p->cfg.out, "%s\n", text);
        fflush(p->cfg.out);
    }
    if (p->cfg.log) {
        fprintf(p->cfg.log, "%s\n", text);
        fflush(p->cfg.log);
    }
    if (p->cfg.line)
        p->cfg.line(p->cfg.user, text);
}

static void draw(siam_progress *p, const siam_progress_state *s, double t)
{
    field f[FIELDS];
    char line[1024];
    const int columns = p->cfg.columns ? p->cfg.columns : columns_of(p->cfg.out);
    make_fields(p, s, t, f);
    const int gap = fit(p, s, f, columns - 1); /* the last column would wrap on some terminals */
    join(f, gap, p->colour, line, sizeof line);
    fprintf(p->cfg.out, "\r%s\x1b[K", line);
    fflush(p->cfg.out);
    p->live = true;
    p->drawn_time = t;
}

static void plain(siam_progress *p, const siam_progress_state *s, double t)
{
    field f[FIELDS];
    char line[1024];
    make_fields(p, s, t, f);
    set(&f[PERCENT], "step %" PRId64 "/%" PRId64, s->step, s->steps);
    join(f, 2, false, line, sizeof line);
    FILE *const to[] = {p->terminal ? NULL : p->cfg.out, p->cfg.log};
    for (int i = 0; i < 2; i++)
        if (to[i]) {
            fprintf(to[i], "%s\n", line);
            fflush(to[i]);
        }
    if (p->cfg.line)
        p->cfg.line(p->cfg.user, line);
    p->plain_time = t;
    p->plain_step = s->step;
}

static void note_waiting(siam_progress *p, double share)
{
    char line[160];
    p->waits = share > wait_share ? p->waits + 1 : 0;
    if (p->waits < WAIT_STEPS || p->wait_told)
        return;
    p->wait_told = true;
    snprintf(line, sizeof line,
             "waiting for data %.0f %% of the time; more --workers or faster storage would help",
             100 * share);
    say(p, line);
}

void siam_progress_step(siam_progress *p, const siam_progress_state *s)
{
    pthread_mutex_lock(&p->lock);
    const double t = now(p);
    if (!p->seen++) {
        p->first_step = s->step;
        p->first_time = t;
    }
    const bool moved = 100 * (s->step - p->plain_step) >= s->steps;
    if (p->seen <= FIRST_STEPS || (t - p->plain_time >= plain_seconds && moved))
        plain(p, s, t);
    if (p->terminal && t - p->drawn_time >= redraw_seconds)
        draw(p, s, t);
    note_waiting(p, s->data_wait);
    pthread_mutex_unlock(&p->lock);
}

static void epoch_line(const siam_progress_epoch_state *s, char *buf, size_t n)
{
    const siam_metrics_row *r = &s->row;
    char part[8][96] = {{0}}, a[32];
    snprintf(part[0], sizeof *part, "epoch %*" PRId64, digits(s->epochs), r->epoch);
    snprintf(part[1], sizeof *part, "  loss %.4f", r->loss);
    if (isfinite(r->z_std_ratio))
        snprintf(part[2], sizeof *part, "  std %.2fx", r->z_std_ratio);
    if (isfinite(r->z_rank))
        snprintf(part[3], sizeof *part, r->z_rank < 9.95 ? "  rank %.1f/%d" : "  rank %.0f/%d", r->z_rank,
                 s->dim);
    if (isfinite(r->knn_top1)) {
        char bank[48] = "";
        if (s->bank > 0)
            snprintf(bank, sizeof bank, "; bank %s", siam_format_count(a, sizeof a, s->bank));
        snprintf(part[4], sizeof *part, "  kNN %.1f %% (best %.1f @%" PRId64 "%s)", 100 * r->knn_top1,
                 100 * s->best_knn, s->best_epoch, bank);
    }
    if (isfinite(r->top1)) {
        const int at = snprintf(part[7], sizeof *part, "  top-1 %.2f %% (best %.2f @%" PRId64 ")", 100 * r->top1,
                               100 * s->best_top1, s->best_epoch);
        if (isfinite(r->top5))
            snprintf(part[7] + at, sizeof *part - (size_t)at, "  top-5 %.2f %%", 100 * r->top5);
    }
    if (isfinite(s->seconds))
        snprintf(part[5], sizeof *part, "  %s", siam_format_seconds(a, sizeof a, s->seconds));
    if (isfinite(r->images_per_s)) {
        speed_text(a, sizeof a, r->images_per_s);
        snprintf(part[6], sizeof *part, "  %s", a);
    }
    snprintf(buf, n, "%s%s%s%s%s%s%s%s", part[0], part[1], part[2], part[3], part[4], part[7], part[5],
             part[6]);
}

void siam_progress_epoch(siam_progress *p, const siam_progress_epoch_state *s)
{
    char line[1024];
    pthread_mutex_lock(&p->lock);
    const double t = now(p);
    const int64_t epoch = s->row.epoch;
    if (epoch <= ALL_EPOCHS || epoch == s->epochs || t - p->plain_time >= plain_seconds) {
        epoch_line(s, line, sizeof line);
        say(p, line);
        if (epoch > ALL_EPOCHS)
            p->plain_time = t;
    }
    pthread_mutex_unlock(&p->lock);
}

/* Names of files and classes come from outside: nothing in them may steer the terminal or begin a line. */
static void make_printable(char *s)
{
    char *to = s;
    size_t n = strlen(s);
    while (n) {
        unsigned c;
        const size_t len = siam_utf8_decode(s, n, &c), step = len ? len : 1;
        if (len && siam_utf8_printable(c)) {
            memmove(to, s, len);
            to += len;
        } else {
            *to++ = len && (c == '\t' || c == '\n') ? ' ' : '?';
        }
        s += step;
        n -= step;
    }
    *to = '\0';
}

void siam_progress_note(siam_progress *p, const char *fmt, ...)
{
    char text[NOTE_MAX];
    va_list ap;
    if (!p)
        return;
    va_start(ap, fmt);
    vsnprintf(text, sizeof text, fmt, ap);
    va_end(ap);
    make_printable(text);
    pthread_mutex_lock(&p->lock);
    say(p, text);
    pthread_mutex_unlock(&p->lock);
}

void siam_progress_destroy(siam_progress **p)
{
    if (!*p)
        return;
    if ((*p)->live) {
        clear_live(*p);
        fflush((*p)->cfg.out);
    }
    release_kept(*p, NULL);
    pthread_mutex_destroy(&(*p)->lock);
    free(*p);
    *p = NULL;
}
