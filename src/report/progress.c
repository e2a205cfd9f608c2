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

enum field_id { EPOCH, BAR, PERCENT, GAUGES, MEMORY = GAUGES + SIAM_GAUGES, ETA, FIELDS };

typedef struct field {
    char text[128];
    int keep;       /* of those that may go, the one with the least goes first; 0: it stays */
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

/* A number as its row says: "std 0.98x", "rank 412/2048", "kNN 71.3 % (best 71.6 @10; bank 50,000)". */
static void number_text(char *buf, size_t n, siam_gauge_id id, const siam_number *v, siam_shown how)
{
    const siam_gauge *g = &siam_gauges[id];
    char value[32], most[32] = "", best[96] = "";
    const bool share = g->unit && !strcmp(g->unit, SIAM_SHARE);
    const double factor = share ? 100 : 1;
    double x = factor * v->value;
    if (share) /* of a time measured by two clocks, say */
        x = x < 0 ? 0 : x > factor ? factor : x;
    const int decimals = how == SIAM_THREE_DIGITS ? x < 9.95 : (int)how - SIAM_WHOLE;
    if (how == SIAM_AS_RATE)
        siam_format_rate(value, sizeof value, x);
    else
        snprintf(value, sizeof value, "%.*f", decimals, x);
    if (v->most)
        snprintf(most, sizeof most, "/%" PRId64, v->most);
    if (v->best_epoch)
        snprintf(best, sizeof best, " (best %.*f @%" PRId64 "%s%s)", decimals, factor * v->best, v->best_epoch,
                 v->about[0] ? "; " : "", v->about);
    snprintf(buf, n, "%s%s%s%s%s", g->before, value, most, g->behind, best);
}

static double share_of(int64_t part, int64_t whole) { return whole > 0 ? (double)part / (double)whole : 0; }

static void set(field *f, int keep, const char *fmt, ...) __attribute__((format(printf, 3, 4)));
static void set(field *f, int keep, const char *fmt, ...)
{
    va_list ap;
    va_start(ap, fmt);
    vsnprintf(f->text, sizeof f->text, fmt, ap);
    va_end(ap);
    f->keep = keep;
    f->on = true;
}

static void make_fields(const siam_progress *p, const siam_event *ev, double t, field f[FIELDS])
{
    char a[32], b[32], text[96];
    memset(f, 0, FIELDS * sizeof *f);
    set(&f[EPOCH], 0, "epoch %*" PRId64 "/%" PRId64, digits(ev->epochs), ev->epoch, ev->epochs);
    set(&f[PERCENT], 40, "%.0f%%", floor(100 * share_of(ev->batch, ev->batches)));
    for (int g = 0; g < SIAM_GAUGES; g++) {
        const siam_number *v = &ev->number[g];
        if (!v->measured || siam_gauges[g].step == SIAM_NOT_SHOWN)
            continue;
        number_text(text, sizeof text, g, v, siam_gauges[g].step);
        set(&f[GAUGES + g], siam_gauges[g].keep, "%s", text);
    }
    f[GAUGES + SIAM_GAUGE_DATA_WAIT].alarm = siam_event_value(ev, SIAM_GAUGE_DATA_WAIT) > wait_share;
    const size_t resident = siam_memory_resident();
    if (resident)
        set(&f[MEMORY], 10, "%s", siam_format_bytes_short(a, sizeof a, resident));
    const int64_t done = ev->step - p->first_step;
    const double left = done > 0 ? (t - p->first_time) / (double)done * (double)(ev->steps - ev->step) : NAN;
    set(&f[ETA], 80, "eta %s", done > 0 ? siam_format_duration(b, sizeof b, left) : "?");
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

/* The field that is missed least; NULL: none of them may go. */
static field *spare(field f[FIELDS])
{
    field *least = NULL;
    for (int i = 0; i < FIELDS; i++)
        if (f[i].on && f[i].keep && (!least || f[i].keep < least->keep))
            least = &f[i];
    return least;
}

/* Choose spacing and fields so that the line fits `room` columns. */
static int fit(const siam_progress *p, const siam_event *ev, field f[FIELDS], int room)
{
    int bar = room - line_width(f, 2) - 2;
    if (bar >= BAR_MIN) {
        bar = bar > BAR_MAX ? BAR_MAX : bar;
        bar_text(f[BAR].text, sizeof f[BAR].text, share_of(ev->batch, ev->batches), bar, p->utf8);
        f[BAR].on = true;
    }
    if (line_width(f, 2) <= room)
        return 2;
    for (field *least; line_width(f, 1) > room && (least = spare(f));)
        least->on = false;
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

static void draw(siam_progress *p, const siam_event *ev, double t)
{
    field f[FIELDS];
    char line[1024];
    const int columns = p->cfg.columns ? p->cfg.columns : columns_of(p->cfg.out);
    make_fields(p, ev, t, f);
    const int gap = fit(p, ev, f, columns - 1); /* the last column would wrap on some terminals */
    join(f, gap, p->colour, line, sizeof line);
    fprintf(p->cfg.out, "\r%s\x1b[K", line);
    fflush(p->cfg.out);
    p->live = true;
    p->drawn_time = t;
}

static void plain(siam_progress *p, const siam_event *ev, double t)
{
    field f[FIELDS];
    char line[1024];
    make_fields(p, ev, t, f);
    set(&f[PERCENT], 0, "step %" PRId64 "/%" PRId64, ev->step, ev->steps);
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
    p->plain_step = ev->step;
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

static void step(siam_progress *p, const siam_event *ev)
{
    const double t = now(p);
    if (!p->seen++) {
        p->first_step = ev->step;
        p->first_time = t;
    }
    const bool moved = 100 * (ev->step - p->plain_step) >= ev->steps;
    if (p->seen <= FIRST_STEPS || (t - p->plain_time >= plain_seconds && moved))
        plain(p, ev, t);
    if (p->terminal && t - p->drawn_time >= redraw_seconds)
        draw(p, ev, t);
    note_waiting(p, siam_event_value(ev, SIAM_GAUGE_DATA_WAIT));
}

static void epoch_line(const siam_event *ev, char *buf, size_t n)
{
    char text[128], a[32];
    size_t at = (size_t)snprintf(buf, n, "epoch %*" PRId64, digits(ev->epochs), ev->epoch);
    for (int last = 0; last < 2; last++) {
        if (last && isfinite(ev->took) && at < n)
            at += (size_t)snprintf(buf + at, n - at, "  %s", siam_format_seconds(a, sizeof a, ev->took));
        for (int g = 0; g < SIAM_GAUGES && at < n; g++) {
            if (!ev->number[g].measured || siam_gauges[g].epoch == SIAM_NOT_SHOWN || siam_gauges[g].last != last)
                continue;
            number_text(text, sizeof text, g, &ev->number[g], siam_gauges[g].epoch);
            at += (size_t)snprintf(buf + at, n - at, "  %s", text);
        }
    }
}

static void epoch(siam_progress *p, const siam_event *ev)
{
    char line[1024];
    const double t = now(p);
    if (ev->epoch > ALL_EPOCHS && ev->epoch != ev->epochs && t - p->plain_time < plain_seconds)
        return;
    epoch_line(ev, line, sizeof line);
    say(p, line);
    if (ev->epoch > ALL_EPOCHS)
        p->plain_time = t;
}

void siam_progress_event(siam_progress *p, const siam_event *ev)
{
    pthread_mutex_lock(&p->lock);
    if (ev->kind == SIAM_EVENT_EPOCH)
        epoch(p, ev);
    else
        step(p, ev);
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
