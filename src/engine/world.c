/* world: contract in world.h. Owns all it makes. */
#include "engine/world.h"

#include "base/mutant.h"
#include "engine/senders.h"

#include <stdlib.h>
#include <string.h>

enum { CAPS_MAX = 250 };

static void *find(const struct map *m, uint64_t id)
{
    return map_ptr(m, id);
}

static bool keep(struct map *m, uint64_t id, void *what)
{
    union map_value *v = what == NULL ? NULL : map_put(m, id);
    if (v == NULL) {
        free(what);
        return false;
    }
    v->ptr = what;
    return true;
}

struct account *world_account(struct engine *e, uint32_t id)
{
    struct account *a = find(&e->accounts_by_id, id);

    if (a != NULL) return a;
    a = calloc(1, sizeof *a);
    if (!keep(&e->accounts_by_id, id, a)) return NULL;
    a->id = id;
    a->wake.kind = TIMER_ACCOUNT;
    a->probe.kind = TIMER_PROBE;
    a->doubt.kind = TIMER_DOUBT;
    a->out.kind = OUT_PROBE;
    a->listings = (struct limit){.amount = e->config.reconcile_per_min, .window_ms = 60000};
    a->all_next = e->accounts_all;
    e->accounts_all = a;
    e->accounts_count++;
    return a;
}

struct org *world_org(struct engine *e, uint32_t id)
{
    struct org *o = find(&e->orgs_by_id, id);

    if (o != NULL) return o;
    o = calloc(1, sizeof *o);
    if (!keep(&e->orgs_by_id, id, o)) return NULL;
    o->id = id;
    o->share = 1;
    o->wake.kind = TIMER_ORG;
    return o;
}

struct pool *world_pool(struct org *o, uint32_t program)
{
    struct pool *p = o->pools;

    while (p != NULL && p->program != program) p = p->next;
    if (p != NULL) return p;
    p = calloc(1, sizeof *p);
    if (p == NULL) return NULL;
    p->program = program;
    p->org = o;
    p->waits.of = WAITS_OF_POOL;
    p->next = o->pools;
    o->pools = p;
    return p;
}

struct sender *world_sender(struct engine *e, uint32_t id, struct pool *p)
{
    struct sender *s = find(&e->senders_by_id, id);

    if (s != NULL) return s;
    s = calloc(1, sizeof *s);
    if (!keep(&e->senders_by_id, id, s)) return NULL;
    s->id = id;
    s->seed = sender_seed(id);
    s->rank = CLASSES;
    s->timer.kind = TIMER_SENDER;
    s->all_next = e->senders_all;
    e->senders_all = s;
    if (p != NULL && world_join_pool(s, p) != ERR_OK) return NULL;
    return s;
}

static bool pool_room(struct pool *p)
{
    uint32_t capacity = p->capacity == 0 ? 4 : p->capacity * 2;
    struct sender **all, **open;

    if (p->count < p->capacity) return true;
    all = realloc(p->all, capacity * sizeof(struct sender *));
    if (all == NULL) return false;
    p->all = all;
    open = realloc(p->open, capacity * sizeof(struct sender *));
    if (open == NULL) return false;
    p->open = open;
    p->capacity = capacity;
    return true;
}

enum err world_join_pool(struct sender *s, struct pool *p)
{
    BUG_IF(s->open);
    if (!pool_room(p)) return ERR_FULL;
    if (s->pool != NULL) {
        struct pool *old = s->pool;
        uint32_t i = 0;
        while (old->all[i] != s) i++;
        old->all[i] = old->all[--old->count];
    }
    p->all[p->count++] = s;
    s->pool = p;
    return ERR_OK;
}

struct campaign *world_campaign(struct engine *e, uint64_t id)
{
    struct campaign *c = find(&e->campaigns_by_id, id);

    if (c != NULL) return c;
    c = calloc(1, sizeof *c);
    if (!keep(&e->campaigns_by_id, id, c)) return NULL;
    c->id = id;
    c->out.kind = OUT_PAUSE;
    return c;
}

static bool caps_grow(struct caps *c)
{
    uint8_t capacity = c->capacity == 0             ? 2
                       : c->capacity > CAPS_MAX / 2 ? CAPS_MAX
                                                    : (uint8_t)(c->capacity * 2);
    struct cap **at;

    if (c->count < c->capacity) return true;
    if (c->count >= CAPS_MAX) return false;
    at = realloc(c->at, capacity * sizeof(struct cap *));
    if (at == NULL) return false;
    c->at = at;
    c->capacity = capacity;
    return true;
}

static bool caps_add(struct caps *c, struct cap *cap)
{
    if (!caps_grow(c)) return false;
    c->at[c->count++] = cap;
    return true;
}

bool cap_concerns(const struct engine *e, const struct cap *c, uint8_t carrier)
{
    return carrier == e->carrier_unknown || carrier >= e->carriers || c->spec.carrier == carrier;
}

static bool on_route(const struct engine *e, const struct cap *c, uint32_t program, uint8_t carrier)
{
    if (c->spec.scope == SCOPE_PROGRAM_CARRIER && c->spec.program != program) return false;
    return cap_concerns(e, c, carrier);
}

struct route *world_route(struct engine *e, struct org *o, uint32_t program, uint8_t carrier)
{
    struct route *r = o->routes;

    while (r != NULL && (r->program != program || r->carrier != carrier)) r = r->next;
    if (r != NULL) return r;
    r = calloc(1, sizeof *r);
    if (r == NULL) return NULL;
    r->program = program;
    r->carrier = carrier;
    r->waits.of = WAITS_OF_ROUTE;
    r->timer.kind = TIMER_ROUTE;
    for (uint8_t i = 0; i < o->carrier_caps.count; i++) {
        struct cap *c = o->carrier_caps.at[i];
        if (!on_route(e, c, program, carrier) || caps_add(&r->caps, c)) continue;
        free(r->caps.at);
        free(r);
        return NULL;
    }
    r->next = o->routes;
    o->routes = r;
    return r;
}

/* All places grow first, so that the limit is in all of them or in none. */
static bool join_routes(struct engine *e, struct org *o, struct cap *c)
{
    if (!caps_grow(&o->carrier_caps)) return false;
    for (struct route *r = o->routes; r != NULL; r = r->next)
        if (on_route(e, c, r->program, r->carrier) && !caps_grow(&r->caps)) return false;
    for (struct route *r = o->routes; r != NULL; r = r->next)
        if (on_route(e, c, r->program, r->carrier)) BUG_IF(!caps_add(&r->caps, c));
    return caps_add(&o->carrier_caps, c);
}

/* The list of limits that a scope's own belong to; NULL without memory. */
static struct caps *home_of(struct engine *e, const struct engine_limit *l)
{
    struct org *o;
    struct account *a;
    struct sender *s;

    switch (l->scope) {
    case SCOPE_ACCOUNT: a = world_account(e, l->account); return a == NULL ? NULL : &a->caps;
    case SCOPE_SENDER: s = world_sender(e, l->sender, NULL); return s == NULL ? NULL : &s->caps;
    case SCOPE_SENDER_CARRIER: s = world_sender(e, l->sender, NULL); return s == NULL ? NULL : &s->carrier_caps;
    case SCOPE_ORG:
    case SCOPE_BRAND: o = world_org(e, l->org); return o == NULL ? NULL : &o->caps;
    default: o = world_org(e, l->org); return o == NULL ? NULL : &o->carrier_caps; /* of its routes */
    }
}

static bool same(const struct cap *c, const struct engine_limit *l)
{
    const struct engine_limit *s = &c->spec;

    if (s->scope != l->scope || s->slot != l->slot || s->counts_segments != l->counts_segments) return false;
    if (l->scope == SCOPE_BRAND_CARRIER_DAY || l->scope == SCOPE_SENDER_CARRIER) return s->carrier == l->carrier;
    return l->scope != SCOPE_PROGRAM_CARRIER || (s->carrier == l->carrier && s->program == l->program);
}

static bool remember(struct engine *e, struct cap *c)
{
    size_t capacity = e->caps_capacity == 0 ? 64 : e->caps_capacity * 2;
    struct cap **all;

    if (e->caps_count == e->caps_capacity) {
        all = realloc(e->caps_all, capacity * sizeof(struct cap *));
        if (all == NULL) return false;
        e->caps_all = all;
        e->caps_capacity = capacity;
    }
    e->caps_all[e->caps_count++] = c;
    return true;
}

static bool by_guard(const struct engine *e, const struct engine_limit *l)
{
    if (MUTANT(slot_freed_at_send)) return l->window_ms > 0;
    return e->config.guard_ms >= 0 && l->window_ms > 0 && l->window_ms <= 1000;
}

bool cap_is_day(const struct cap *c)
{
    return c->limit.window_ms == 0;
}

static struct cap *make_cap(struct engine *e, const struct engine_limit *l, struct caps *home)
{
    bool of_route = l->scope == SCOPE_BRAND_CARRIER_DAY || l->scope == SCOPE_PROGRAM_CARRIER;
    struct cap *c = calloc(1, sizeof *c);

    if (c == NULL || !remember(e, c)) {
        free(c);
        return NULL;
    }
    c->spec = *l;
    c->limit = (struct limit){.window_ms = l->window_ms, .counts_segments = l->counts_segments};
    c->guarded = by_guard(e, l);
    c->timer.kind = l->window_ms == 0 ? TIMER_DAY : TIMER_CAP;
    c->out.kind = OUT_LEARNED;
    if (of_route ? join_routes(e, find(&e->orgs_by_id, l->org), c) : caps_add(home, c)) return c;
    e->caps_count--;
    free(c);
    return NULL;
}

/* A limit whose kind of accounting changed is another limit; the old one stops counting for anything. */
struct cap *world_cap(struct engine *e, const struct engine_limit *l)
{
    struct caps *home = home_of(e, l);
    struct cap *found = NULL;

    if (home == NULL) return NULL;
    for (uint8_t i = 0; i < home->count; i++) {
        struct cap *c = home->at[i];
        if (!same(c, l)) continue;
        if (c->guarded == by_guard(e, l)) found = c;
        else c->limit.amount = 0;
    }
    return found != NULL ? found : make_cap(e, l, home);
}

static void free_org(struct org *o)
{
    for (struct pool *p = o->pools, *next; p != NULL; p = next) {
        next = p->next;
        free(p->all);
        free(p->open);
        free(p);
    }
    for (struct route *r = o->routes, *next; r != NULL; r = next) {
        next = r->next;
        free(r->caps.at);
        free(r);
    }
    for (struct lane *l = o->lanes, *next; l != NULL; l = next) {
        next = l->org_next;
        free(l);
    }
    free(o->caps.at);
    free(o->carrier_caps.at);
    free(o);
}

static void free_values(struct map *m)
{
    struct map_slot *slot;

    for (size_t i = 0; (slot = map_next(m, &i)) != NULL;) free(slot->value.ptr);
    map_free(m);
}

void world_free(struct engine *e)
{
    struct map_slot *slot;

    for (size_t i = 0; (slot = map_next(&e->orgs_by_id, &i)) != NULL;) free_org(slot->value.ptr);
    map_free(&e->orgs_by_id);
    for (struct sender *s = e->senders_all; s != NULL; s = s->all_next) {
        free(s->caps.at);
        free(s->carrier_caps.at);
    }
    for (struct account *a = e->accounts_all; a != NULL; a = a->all_next) {
        free(a->caps.at);
        limit_free(&a->listings);
    }
    free_values(&e->senders_by_id);
    free_values(&e->accounts_by_id);
    free_values(&e->campaigns_by_id);
    map_free(&e->lanes_by_hash);
    for (size_t i = 0; i < e->caps_count; i++) {
        limit_free(&e->caps_all[i]->limit);
        free(e->caps_all[i]);
    }
    free(e->caps_all);
}
