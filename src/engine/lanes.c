/* lanes: contract in lanes.h. Owns the lanes: made when first named, freed when dropped and no longer
 * used. */
#include "engine/lanes.h"

#include "engine/agenda.h"
#include "engine/world.h"

#include <stdlib.h>
#include <string.h>

/* Key and variant without holes, to be hashed and compared. */
struct name {
    uint64_t campaign, who, what;
};

static struct name name_of(const struct engine_lane *k, uint8_t variant)
{
    return (struct name){k->campaign, (uint64_t)k->org << 32 | k->program,
                         (uint64_t)k->kind << 16 | (uint64_t)k->carrier << 8 | variant};
}

static uint64_t hash_of(const struct name *n)
{
    uint64_t h = n->campaign * 0x9e3779b97f4a7c15ULL;
    h = (h ^ (h >> 29) ^ n->who) * 0xbf58476d1ce4e5b9ULL;
    h = (h ^ (h >> 31) ^ n->what) * 0x94d049bb133111ebULL;
    return h ^ (h >> 30);
}

static bool is_called(const struct lane *l, const struct name *n)
{
    struct name its = name_of(&l->key, l->variant);

    return memcmp(&its, n, sizeof its) == 0;
}

static struct lane *lane_find(const struct engine *e, const struct name *n)
{
    struct lane *l = map_ptr(&e->lanes_by_hash, hash_of(n));

    while (l != NULL && (l->dropped || !is_called(l, n))) l = l->hash_next;
    return l;
}

static uint8_t class_of(const struct engine_lane *k, uint8_t variant)
{
    if ((variant & VARIANT_URGENT) != 0) return 0;
    return k->kind >= 1 && k->kind < CLASSES ? k->kind : CLASSES - 1;
}

static void link_lane(struct lane *l)
{
    l->org_next = l->org->lanes;
    l->org->lanes = l;
    if (l->campaign == NULL) return;
    l->campaign->dropped = false;
    l->campaign_next = l->campaign->lanes;
    l->campaign->lanes = l;
}

/* All that it belongs to is there, and a place among the lanes; the place, NULL without memory. */
static union map_value *lane_place(struct engine *e, const struct lane *l)
{
    struct name n = name_of(&l->key, l->variant);

    if (l->pool == NULL || l->route == NULL || (l->key.campaign != 0 && l->campaign == NULL)) return NULL;
    return map_put(&e->lanes_by_hash, hash_of(&n));
}

static struct lane *lane_new(struct engine *e, const struct engine_lane *key, uint8_t variant,
                             struct lane *main)
{
    struct lane *l = calloc(1, sizeof *l);
    union map_value *v;

    if (l == NULL) return NULL;
    l->key = *key;
    l->variant = variant;
    l->made = ++e->lanes_made;
    l->class = class_of(key, variant);
    l->main = main != NULL ? main : l;
    l->org = world_org(e, key->org);
    l->campaign = key->campaign == 0 ? NULL : world_campaign(e, key->campaign);
    l->pool = l->org == NULL ? NULL : world_pool(l->org, key->program);
    l->route = l->org == NULL ? NULL : world_route(e, l->org, key->program, key->carrier);
    v = lane_place(e, l);
    if (v == NULL) {
        free(l);
        return NULL;
    }
    l->hash_next = v->ptr;
    v->ptr = l;
    l->draw_wall_ms = l->deadline_wall_ms = INT64_MAX;
    l->drawn_ms = INT64_MIN / 2;
    l->appetite = 4;
    l->draw.kind = TIMER_DRAW;
    l->deadline.kind = TIMER_DEADLINE;
    l->out.kind = OUT_DRAW;
    l->senderless = l->pool->usable_count == 0;
    link_lane(l);
    return l;
}

struct lane *lane_get(struct engine *e, const struct engine_lane *key, uint8_t variant)
{
    struct name n = name_of(key, variant);
    struct lane *l = lane_find(e, &n), *main = NULL;

    if (l != NULL) return l;
    if (variant != 0 && (main = lane_get(e, key, 0)) == NULL) return NULL;
    l = lane_new(e, key, variant, main);
    if (l != NULL && main != NULL) main->refs++;
    return l;
}

void campaign_forget(struct engine *e, struct campaign *c)
{
    if (!c->dropped || c->lanes != NULL || c->out.queued) return;
    map_remove(&e->campaigns_by_id, c->id);
    free(c);
}

/* One of a campaign: others are never dropped. */
static void unlink_lane(struct engine *e, struct lane *l)
{
    struct name n = name_of(&l->key, l->variant);
    union map_value *v = map_get(&e->lanes_by_hash, hash_of(&n));
    struct lane *first = v->ptr, **at = &first;

    while (*at != l) at = &(*at)->hash_next;
    *at = l->hash_next;
    if (first == NULL) map_remove(&e->lanes_by_hash, hash_of(&n));
    else v->ptr = first;
    for (at = &l->org->lanes; *at != l;) at = &(*at)->org_next;
    *at = l->org_next;
    for (at = &l->campaign->lanes; *at != l;) at = &(*at)->campaign_next;
    *at = l->campaign_next;
}

static void forget(struct engine *e, struct lane *l)
{
    struct lane *main = l->main;

    if (l->refs > 0 || l->drawing) return;
    BUG_IF(!l->dropped || l->out.queued);
    BUG_IF(l->phase != LANE_ASLEEP || l->queue.count > 0 || l->parked.count > 0 || l->candidate_of != NULL);
    timer_set(e, &l->draw, INT64_MAX);
    timer_set(e, &l->deadline, INT64_MAX);
    unlink_lane(e, l);
    free(l);
    if (main == l) return;
    main->refs--;
    forget(e, main);
}

void lane_forget(struct engine *e, struct lane *l)
{
    struct campaign *c = l->campaign;

    if (!l->dropped) return;
    forget(e, l);
    campaign_forget(e, c);
}

/* Each lane may take its main lane with it, so the list is begun anew. */
void campaign_drop_lanes(struct engine *e, struct campaign *c)
{
    size_t left = 0, before;

    for (struct lane *l = c->lanes; l != NULL; l = l->campaign_next) left++;
    do {
        before = left;
        left = 0;
        for (struct lane *l = c->lanes, *next; l != NULL; l = next) {
            next = l->campaign_next;
            if (l->variant != 0 || l->refs == 0) {
                if (next == l->main) next = NULL;
                forget(e, l);
            }
        }
        for (struct lane *l = c->lanes; l != NULL; l = l->campaign_next) left++;
    } while (left < before);
    c->dropped = true;
    campaign_forget(e, c);
}

struct lane *lane_drawing(const struct engine *e, const struct engine_lane *key)
{
    struct name n = name_of(key, 0);
    struct lane *l = map_ptr(&e->lanes_by_hash, hash_of(&n));

    while (l != NULL && (!l->drawing || !is_called(l, &n))) l = l->hash_next;
    return l;
}
