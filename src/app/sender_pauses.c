/* sender_pauses: a small table under a lock. Contract in sender_pauses.h. */
#include "app/sender_pauses.h"

static const int64_t TELL_AGAIN_MS = INT64_C(3600000);

void sender_pauses_init(struct sender_pauses *p)
{
    (void)pthread_mutex_init(&p->lock, NULL);
    p->count = 0;
}

void sender_pauses_free(struct sender_pauses *p)
{
    (void)pthread_mutex_destroy(&p->lock);
}

static struct sender_pause *find(struct sender_pauses *p, org_id org, uint32_t sender)
{
    for (size_t i = 0; i < p->count; i++)
        if (p->at[i].org == org && p->at[i].sender == sender) return &p->at[i];
    return NULL;
}

/* A free place, or that of the pause which ends first. */
static struct sender_pause *place(struct sender_pauses *p)
{
    struct sender_pause *first = p->at;

    if (p->count < SENDER_PAUSES_MAX) return &p->at[p->count++];
    for (size_t i = 1; i < p->count; i++)
        if (p->at[i].until_ms < first->until_ms) first = &p->at[i];
    return first;
}

bool sender_pauses_put(struct sender_pauses *p, const struct sender_pause *pause, int64_t now_ms)
{
    struct sender_pause *known, now = *pause;
    bool tell = true;

    (void)pthread_mutex_lock(&p->lock);
    known = find(p, pause->org, pause->sender);
    if (known != NULL && known->code == pause->code) {
        now.since_ms = known->since_ms;
        tell = now_ms - known->told_ms >= TELL_AGAIN_MS;
        now.told_ms = tell ? now_ms : known->told_ms;
    } else {
        now.since_ms = now.told_ms = now_ms;
    }
    if (known == NULL) known = place(p);
    *known = now;
    (void)pthread_mutex_unlock(&p->lock);
    return tell;
}

bool sender_pauses_find(struct sender_pauses *p, org_id org, uint32_t sender, int64_t now_ms, struct sender_pause *out)
{
    const struct sender_pause *known;
    bool found;

    (void)pthread_mutex_lock(&p->lock);
    known = find(p, org, sender);
    found = known != NULL && known->until_ms > now_ms;
    if (found) *out = *known;
    (void)pthread_mutex_unlock(&p->lock);
    return found;
}

bool sender_pauses_end(struct sender_pauses *p, org_id org, uint32_t sender, struct sender_pause *out)
{
    struct sender_pause *known;

    (void)pthread_mutex_lock(&p->lock);
    known = find(p, org, sender);
    if (known != NULL) {
        *out = *known;
        *known = p->at[--p->count];
    }
    (void)pthread_mutex_unlock(&p->lock);
    return known != NULL;
}

size_t sender_pauses_count(struct sender_pauses *p, int64_t now_ms)
{
    size_t count = 0;

    (void)pthread_mutex_lock(&p->lock);
    for (size_t i = 0; i < p->count; i++) count += p->at[i].until_ms > now_ms;
    (void)pthread_mutex_unlock(&p->lock);
    return count;
}
