/* skipped.csv in the run folder: which images could not be read, and why, once each, in the order of the data set. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/check.h"
#include "base/file.h"
#include "base/format.h"
#include "train/loop.h"

static const char header[] = "index,file,reason\n";
enum { MAX_CSV = 256 << 20 };

/* Rows of the run so far (a resumed one counts afresh) and those of the list, merged by index. */
static void put_rows(FILE *out, const char *before, const siam_dataset *d, const siam_skiplist *list)
{
    fputs(header, out);
    for (int64_t i = 0; i < list->n || *before;) {
        const int64_t old = *before ? strtoll(before, NULL, 10) : INT64_MAX;
        const size_t record = siam_format_csv_record(before);
        if (i == list->n || old < list->row[i].index) {
            fwrite(before, 1, record, out);
        } else {
            const char *file = siam_dataset_file(d, list->row[i].index);
            fprintf(out, "%" PRId64 ",", list->row[i].index);
            siam_format_csv(out, file ? file : "");
            fputc(',', out);
            siam_format_csv(out, list->row[i].why);
            fputc('\n', out);
        }
        const bool used = i < list->n && old >= list->row[i].index;
        if (!used || old == list->row[i].index)
            before += record;
        i += used;
    }
}

siam_code siam_loop_skipped(siam_loop *l, const siam_skiplist *list, siam_err *e)
{
    siam_run *run = l->run;
    char path[SIAM_PATH_MAX + 64], n[32], all[32], *before = NULL, *text = NULL;
    size_t bytes = 0;
    if (!siam_loop_writes(l) || list->n == l->skipped)
        return SIAM_OK;
    siam_loop_save_settle(l);
    SIAM_TRY(siam_run_path(run, "skipped.csv", path, sizeof path, e));
    if (siam_folder_named(siam_run_folder(run), "skipped.csv", NULL) != SIAM_NAMED_NOTHING)
        SIAM_TRY(siam_folder_read(siam_run_folder(run), "skipped.csv", MAX_CSV, &before, &bytes, e));
    FILE *out = open_memstream(&text, &bytes);
    if (out) {
        const bool ours = before && !strncmp(before, header, sizeof header - 1);
        put_rows(out, ours ? before + sizeof header - 1 : "", l->train, list);
        if (fclose(out)) {
            free(text);
            text = NULL;
        }
    }
    free(before);
    if (!text)
        return siam_fail(e, SIAM_E_NOMEM, "out of memory for the list of bad images");
    const siam_code rc = siam_run_write(run, "skipped.csv", text, e);
    free(text);
    SIAM_TRY(rc);
    l->skipped = list->n;
    siam_progress_note(l->progress, "%s of %s images cannot be read, others stand in for them: see %s",
                       siam_format_count(n, sizeof n, list->n), siam_format_count(all, sizeof all, l->train->info.count),
                       path);
    return SIAM_OK;
}
