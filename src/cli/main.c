/* The program: find the verb, parse its options, run it, say what went wrong, and turn it into an exit
 * status. The only place that installs signal handlers and decides how the process ends. */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/file.h"
#include "base/stop.h"
#include "cli/cli.h"
#include "comm/agree.h"
#include "comm/launch.h"

/* The first of SIGINT, SIGTERM, SIGHUP and SIGUSR1, and whether somebody has already asked by SIGINT or SIGTERM; handlers can
 * reach nothing else. */
static volatile sig_atomic_t stop_signal = SIAM_STOP_UNHEARD, stop_meant;

static void on_stop(int sig)
{
    static const char text[] =
        "\nsimsiam: stopping; what the run has done is saved first. Ask again to stop at once\n";
    /* The second one means now, unless nobody meant it: when a terminal goes, the kernel, the shell and the session's
     * manager all send a SIGHUP or SIGTERM of their own. */
    if (stop_signal == SIAM_STOP_UNHEARD && sig == SIGUSR1) /* the same command begins again, or resumes */
        _exit(SIAM_EXIT_AGAIN);
    if (stop_signal == SIAM_STOP_UNHEARD) { /* nothing is to be saved yet: as without this handler */
        signal(sig, SIG_DFL);
        raise(sig);
        return;
    }
    if (stop_meant && sig != SIGHUP && sig != SIGUSR1)
        _exit(128 + sig);
    stop_meant |= sig != SIGHUP && sig != SIGUSR1;
    if (stop_signal)
        return;
    stop_signal = sig;
    const int before = errno;
    const ssize_t written = write(STDERR_FILENO, text, sizeof text - 1); /* a step may take minutes */
    (void)written;
    errno = before;
}

static void catch_signals(bool stops_cleanly)
{
    struct sigaction a = {.sa_handler = SIG_IGN};
    sigemptyset(&a.sa_mask);
    sigaction(SIGPIPE, &a, NULL); /* a closed pipe is an error of that write, not the end of a training run */
    sigaction(SIGXFSZ, &a, NULL); /* and so is a file at its limit */
    if (!stops_cleanly)
        return;
    a.sa_handler = on_stop;
    a.sa_flags = SA_RESTART;
    sigaction(SIGINT, &a, NULL);
    sigaction(SIGTERM, &a, NULL);
    sigaction(SIGUSR1, &a, NULL); /* of a scheduler, some time before it ends the job */
    struct sigaction hangup;
    if (!sigaction(SIGHUP, NULL, &hangup) && hangup.sa_handler != SIG_IGN) /* nohup ignores it */
        sigaction(SIGHUP, &a, NULL);
}

/* Of several ranks one says why, with its name unless it is the first; the others have nothing to say. */
static int report(const siam_comm *ranks, siam_code rc, const siam_err *e)
{
    char who[96] = "";
    if (!rc)
        return 0;
    if (siam_launch_ranks(NULL) > 1 && !e->msg[0])
        return siam_exit_code(rc);
    if (ranks && ranks->rank)
        snprintf(who, sizeof who, "[rank %d host %.64s] ", ranks->rank, ranks->type->host(ranks, ranks->rank));
    fflush(stdout); /* keep the order of what was said */
    if (rc == SIAM_E_CANCELLED) {
        fprintf(stderr, "simsiam: %s\n", e->msg[0] ? e->msg : "stopped");
        if (e->hint[0])
            fprintf(stderr, "  try: %s\n", e->hint);
        return stop_signal > 0 ? 128 + (int)stop_signal : siam_exit_code(rc);
    }
    fprintf(stderr, "%ssimsiam: error: %s\n", who, e->msg[0] ? e->msg : "something failed without saying why");
    fprintf(stderr, "  try: %s\n", e->hint);
    return siam_exit_code(rc);
}

/* Text that did not arrive (full disk) is a failure like any other; a reader that left early (| head) is not.
 */
static int close_stdout(int status)
{
    errno = 0;
    const bool failed = fflush(stdout) != 0 || ferror(stdout);
    const int why = errno;
    if (!failed || why == EPIPE || siam_reader_left(stdout))
        return status;
    siam_err e = {0};
    siam_fail(&e, SIAM_E_IO, "cannot write to the standard output: %s",
              why ? strerror(why) : "an earlier write failed");
    siam_hint(&e, "free some space, or send the output elsewhere");
    const int code = report(NULL, e.code, &e);
    return status ? status : code;
}

/* For a failure that is found while this process waits for ever, or where nobody can be told. */
static void end_now(const siam_err *e)
{
    const int status = report(NULL, e->code, e);
    fflush(NULL);
    _exit(status);
}

static siam_code find_ranks(const siam_comm **ranks, const siam_task_type *c, siam_err *e)
{
    const char *launcher = "";
    const int n = siam_launch_ranks(&launcher);
    if (c->ranks)
        return siam_comm_open(ranks, end_now, e);
    if (n == 1)
        return SIAM_OK;
    siam_fail(e, SIAM_E_UNSUPPORTED, "%s has started %d processes, and 'simsiam %s' is the work of one", launcher, n, c->name);
    siam_hint(e, "the same without %s", launcher);
    return SIAM_E_UNSUPPORTED;
}

/* Join the other ranks where a launcher has started several. rc: what this rank's command line came to, a mistake in which is then
 * said once. */
static siam_code join_ranks(const siam_comm **ranks, const siam_task_type *c, siam_code rc, siam_err *e)
{
    siam_err why = {0};
    const siam_code found = find_ranks(ranks, c, &why);
    if (rc || !found)
        return *ranks ? siam_comm_agree(*ranks, rc, e) : rc;
    *e = why;
    return found;
}

/* Where the results and remarks of a rank go that is not the first: nowhere. */
static siam_code open_nowhere(FILE **out, siam_err *e)
{
    *out = fopen("/dev/null", "we");
    return *out ? SIAM_OK : siam_fail_errno(e, errno, "cannot open '/dev/null'");
}

static int run_verb(const siam_task_type *c, int argc, const char *const *argv)
{
    siam_err e = {0};
    siam_parsed p;
    int status = 0;
    const siam_comm *ranks = NULL;
    FILE *nowhere = NULL;
    siam_code rc = siam_cli_parse(&p, c, argc - 1, argv + 1, &e);
    if (!rc && !p.help)
        catch_signals(c->stops_cleanly); /* joining may take a while */
    if (rc || !p.help)
        rc = join_ranks(&ranks, c, rc, &e);
    if (!rc && ranks && ranks->rank)
        rc = open_nowhere(&nowhere, &e);
    if (!rc && p.help) {
        siam_help_verb(stdout, c, p.help_all);
    } else if (!rc) {
        const siam_task_call call = {
            .options = &p.options,
            .request = p.request,
            .nargs = p.nargs,
            .args = p.args,
            .out = nowhere ? nowhere : stdout,
            .say = nowhere ? nowhere : stderr,
            .progress = nowhere ? NULL : stderr,
            .ranks = ranks,
            .argv = argv,
            .stop = &stop_signal,
            .status = &status,
        };
        rc = c->run(&call, &e);
    }
    if (rc && rc != SIAM_E_CANCELLED)
        siam_hint(&e, "simsiam help %s", c->name);
    siam_parsed_release(&p);
    if (nowhere)
        fclose(nowhere);
    if (rc) {
        const int code = report(ranks, rc, &e);
        status = rc == SIAM_E_CANCELLED && status ? status : code;
    }
    status = close_stdout(status);
    siam_comm_close(ranks, status);
    return status;
}

/* OpenMP threads that wait should sleep. The runtime's default is to spin for milliseconds, and on a machine that does
 * anything else the spinning thread takes the core its partner needs: training then slows down several times
 * (docs/SPEED.md, bench/wait_policy.sh). The runtime reads its environment when it is loaded, before main, so the
 * program starts itself once more; a policy set by the user stands. */
static void wait_asleep(char **argv)
{
    if (getenv("OMP_WAIT_POLICY") || getenv("GOMP_SPINCOUNT"))
        return;
    if (!setenv("OMP_WAIT_POLICY", "passive", 1))
        execv("/proc/self/exe", argv); /* returns only when it failed: then it is slower, not wrong */
}

int main(int argc, char **argv)
{
    const char *const *args = (const char *const *)argv;
    wait_asleep(argv);
    setenv("OPENBLAS_NUM_THREADS", "1", 0); /* where it is the LAPACK that is loaded, for one small matrix */
    catch_signals(false);
    siam_cli_json_memory(end_now);
    if (argc < 2) {
        siam_help_program(stderr);
        return siam_exit_code(SIAM_E_USAGE);
    }
    const char *name = args[1];
    if (!strcmp(name, "--help") || !strcmp(name, "-h")) {
        siam_help_program(stdout);
        return close_stdout(0);
    }
    if (!strcmp(name, "--version"))
        name = "version";
    const siam_task_type *c = siam_command_find(name);
    if (!c) {
        siam_err e = {0};
        return report(NULL, siam_command_unknown(name, &e), &e);
    }
    return run_verb(c, argc, args);
}
