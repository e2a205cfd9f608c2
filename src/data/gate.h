/* A gate before work that takes much memory: as many are inside at once as there is memory for. Each by itself would see
 * memory that the others are about to take. */
#ifndef SIAM_DATA_GATE_H
#define SIAM_DATA_GATE_H

#include <stddef.h>

typedef struct siam_gate siam_gate;
siam_gate *siam_gate_create(void); /* NULL: out of memory */
void siam_gate_destroy(siam_gate **g);
/* Wait until `bytes` are free beside what those inside have taken or will take. Whoever would be alone does not wait: whether
 * there is enough is for the work itself to say. Little work passes freely. g may be NULL. */
void siam_gate_enter(siam_gate *g, size_t bytes);
void siam_gate_leave(siam_gate *g, size_t bytes);

#endif
