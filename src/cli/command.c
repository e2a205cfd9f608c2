/* The list of verbs: the tasks, and what only a command line has. */
#include <string.h>

#include "cli/cli.h"

#define SIAM_ROW(x) extern const siam_task_type siam_task_##x;
#include "tasks/tasks.def"
#undef SIAM_ROW
#define SIAM_ROW(x) extern const siam_task_type siam_command_##x;
#include "cli/commands.def"
#undef SIAM_ROW

const siam_task_type *const siam_commands[] = {
#define SIAM_ROW(x) &siam_task_##x,
#include "tasks/tasks.def"
#undef SIAM_ROW
#define SIAM_ROW(x) &siam_command_##x,
#include "cli/commands.def"
#undef SIAM_ROW
    NULL};

const siam_task_type *siam_command_find(const char *name)
{
    for (int i = 0; siam_commands[i]; i++)
        if (!strcmp(siam_commands[i]->name, name))
            return siam_commands[i];
    return NULL;
}

siam_code siam_command_unknown(const char *name, siam_err *e)
{
    const char *names[64];
    int n = 0;
    while (n < 64 && siam_commands[n]) {
        names[n] = siam_commands[n]->name;
        n++;
    }
    const char *near = siam_nearest(name, names, n);
    if (near) {
        siam_fail(e, SIAM_E_USAGE, "there is no verb \"%s\"; did you mean \"%s\"?", name, near);
        siam_hint(e, "simsiam help %s", near);
    } else {
        siam_fail(e, SIAM_E_USAGE, "there is no verb \"%s\"", name);
        siam_hint(e, "simsiam help");
    }
    return SIAM_E_USAGE;
}
