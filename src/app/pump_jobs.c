/*
 * pump_jobs: changes on their way to the store and back.
 *
 * A change that meets a full queue or disk waits and is submitted again; nothing is lost and nothing new is
 * armed meanwhile. Any other failure is told to the job's finish. `done` runs on the writer's thread and only
 * moves the job to a list.
 */
#include "app/pump_inside.h"

#include <stdlib.h>

void pump_job_list_put(struct job_list *l, struct pump_job *job)
{
    job->next = NULL;
    if (l->last != NULL) l->last->next = job;
    else l->first = job;
    l->last = job;
}

void pump_job_back(struct pump_job *job)
{
    struct pump *p = job->pump;
    bool first;

    pthread_mutex_lock(&p->lock);
    first = p->finished.first == NULL;
    pump_job_list_put(&p->finished, job);
    pthread_mutex_unlock(&p->lock);
    /* Whoever put the first one there wakes: all are taken at once. */
    if (first) bell_ring(&p->bell);
}

static void job_done(struct change *c)
{
    pump_job_back(c->owner);
}

bool pump_store_full(const struct pump *p)
{
    return p->waiting.first != NULL;
}

static void hand_over(struct pump *p, struct pump_job *job)
{
    p->jobs_out++;
    p->ports.queue->submit(p->ports.queue, job->change);
}

void pump_submit(struct pump *p, struct pump_job *job)
{
    job->pump = p;
    job->change->owner = job;
    job->change->done = job_done;
    if (pump_store_full(p)) pump_job_list_put(&p->waiting, job); /* in order: nothing overtakes what waits */
    else hand_over(p, job);
}

static void wait_again(struct pump *p, struct pump_job *job)
{
    if (!pump_store_full(p)) {
        p->waiting_mono_ms = p->mono_ms + STORE_WAIT_MS;
        log_event(LOG_ERROR, "store_full", log_text("what", job->change->fault.what));
    }
    pump_job_list_put(&p->waiting, job);
}

static void submit_waiting(struct pump *p)
{
    struct job_list again = p->waiting;

    if (again.first == NULL || p->mono_ms < p->waiting_mono_ms) return;
    p->waiting = (struct job_list){NULL, NULL};
    for (struct pump_job *job = again.first, *next; job != NULL; job = next) {
        next = job->next;
        if (job->again != NULL) job->again(p, job);
        job->change->result = ERR_OK;
        hand_over(p, job);
    }
}

static void drop_list(struct job_list *l)
{
    for (struct pump_job *job = l->first, *next; job != NULL; job = next) {
        next = job->next;
        if (job->drop != NULL) job->drop(job);
        else free(job);
    }
    *l = (struct job_list){NULL, NULL};
}

void pump_jobs_drop(struct pump *p)
{
    drop_list(&p->finished);
    drop_list(&p->waiting);
}

void pump_jobs_finish(struct pump *p)
{
    struct job_list back;

    pthread_mutex_lock(&p->lock);
    back = p->finished;
    p->finished = (struct job_list){NULL, NULL};
    pthread_mutex_unlock(&p->lock);
    for (struct pump_job *job = back.first, *next; job != NULL; job = next) {
        next = job->next;
        p->jobs_out--;
        if (job->change->result == ERR_FULL) wait_again(p, job);
        else job->finish(p, job);
    }
    submit_waiting(p);
}
