/*
 * allowance: how fast the settings' limits let a program send: in any one second, and sustained over minutes.
 * The carriers' own limits depend on who the audience is and may be lower; the engine obeys all of them.
 */
#ifndef STERLING_APP_ALLOWANCE_H
#define STERLING_APP_ALLOWANCE_H

#include "app/app.h"

/* Messages per 1,000 seconds; -1 unknown (no active sender). peak >= sustained. */
struct allowance {
    int64_t peak_per_ks, sustained_per_ks;
};
void allowance_of(struct app *app, struct store_reader *r, struct arena *a, org_id org, uint32_t program,
                  struct allowance *out);

#endif
