/* An engine for tests: its numbers lie elsewhere than in the table of parameters, steps are done only when somebody waits for
 * them, and calls fail when the script says so. */
#ifndef SIAM_TESTS_ENGINE_SCRIPTED_H
#define SIAM_TESTS_ENGINE_SCRIPTED_H

#include "engine/engine.h"

typedef enum scripted_call {
    CALL_CREATE,
    CALL_ALLOC,
    CALL_PUSH,
    CALL_PULL,
    CALL_STEP,
    CALL_OUTCOME,
    CALL_FORWARD,
    CALL_READ,
    CALLS
} scripted_call;

/* What all engines of this type do, and have done. Reset by the test. */
typedef struct script {
    int fail_call, fail_at; /* the fail_at-th call of this kind fails, from 1; fail_at 0: none does */
    int nan_at;             /* the loss of this step is NaN, from 1 */
    int calls[CALLS];
    int waiting;            /* steps that were asked for and are not done */
    int most_waiting;
    int open;               /* engines that are not destroyed */
} script;
extern script scripted;

extern const siam_engine_type scripted_engine;

#endif
