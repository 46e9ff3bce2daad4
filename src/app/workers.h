/*
 * workers: the background threads of the use cases. One runs imports; one keeps house: freezes audiences,
 * starts scheduled campaigns, trims what is old. Each has its own store reader and sleeps until it is woken
 * or a second has passed.
 */
#ifndef STERLING_APP_WORKERS_H
#define STERLING_APP_WORKERS_H

#include "app/app.h"

struct workers;

MUST_CHECK enum err workers_start(struct app *app, struct workers **out, struct fault *f);
void workers_wake_imports(struct workers *w);   /* from any thread */
void workers_wake_campaigns(struct workers *w); /* a campaign was started or scheduled */
/* Ends them at the next batch; what is unfinished goes on at the next start. NULL is fine. */
void workers_stop(struct workers *w);

#endif
