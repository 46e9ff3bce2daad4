/*
 * world: accounts, organizations, pools, routes and limits: found or made, and joined to each other.
 * Everything here lives as long as the engine. ERR_FULL without memory leaves what was there.
 */
#ifndef STERLING_ENGINE_WORLD_H
#define STERLING_ENGINE_WORLD_H

#include "engine/state.h"

/* Found or made; NULL without memory. */
struct account *world_account(struct engine *e, uint32_t id);
struct org *world_org(struct engine *e, uint32_t id);
struct pool *world_pool(struct org *o, uint32_t program);
struct sender *world_sender(struct engine *e, uint32_t id, struct pool *p);
struct route *world_route(struct engine *e, struct org *o, uint32_t program, uint8_t carrier);
struct campaign *world_campaign(struct engine *e, uint64_t id);
/* Moves a sender into another pool (or into its first). */
MUST_CHECK enum err world_join_pool(struct sender *s, struct pool *p);
/* The limit that this one names, made if need be; NULL without memory. */
struct cap *world_cap(struct engine *e, const struct engine_limit *l);
/* Is that carrier's message charged to this limit of a carrier? An unknown carrier's is to every one's. */
bool cap_concerns(const struct engine *e, const struct cap *c, uint8_t carrier);
/* True if the limit has that end: a calendar day, set on the wall. */
bool cap_is_day(const struct cap *c);
void world_free(struct engine *e);

#endif
