/* config: what a seed stands for, and how a config is said in words. */
#include "world.h"

#include <inttypes.h>
#include <stdio.h>

const struct site_info SITE_TABLE[SITES] = {
    [SITE_CRASH] = {"crash", 500000},
    [SITE_STORE_FULL] = {"store_full", 300000},
    [SITE_STORE_STALL] = {"store_stall", 300000},
    [SITE_DISK_FULL] = {"disk_full", 300000},
    [SITE_NET_REFUSED] = {"net_refused", 400000},
    [SITE_NET_BROKEN] = {"net_broken", 400000},
    [SITE_NET_LOST] = {"net_lost", 400000},
    [SITE_PROVIDER] = {"provider", 600000},
    [SITE_CALLBACKS] = {"callbacks", 500000},
    [SITE_OUTAGE] = {"outage", 300000},
    [SITE_WALL_STEP] = {"wall_step", 250000},
    [SITE_STOP] = {"stop", 600000},
    [SITE_PAUSE] = {"pause", 300000},
    [SITE_CANCEL] = {"cancel", 300000},
    [SITE_SUSPEND] = {"suspend", 250000},
    [SITE_LIST_LAG] = {"list_lag", 300000},
    [SITE_SENDER] = {"sender", 250000},
    [SITE_REJECTS] = {"rejects", 400000},
    [SITE_NET_SLOW] = {"net_slow", 300000},
    [SITE_STORM] = {"storm", 250000},
    [SITE_ENDLESS_LIST] = {"endless_list", 200000},
    [SITE_DRAIN] = {"drain", 300000},
    [SITE_QUEUES] = {"queues", 200000},
    [SITE_FROZEN] = {"frozen", 250000},
    [SITE_FICKLE] = {"fickle", 250000},
    [SITE_TEXTS] = {"texts", 300000},
    [SITE_DEAF] = {"deaf", 200000},
    [SITE_CONSENT] = {"consent", 400000},
};

struct world_config world_config_of(uint64_t seed)
{
    struct rng r = rng_seeded(seed * UINT64_C(0x9e3779b97f4a7c15) + 1);
    struct world_config c = {.seed = seed, .liveness_ms = INT64_C(72) * 3600000};

    for (int s = 0; s < SITE_TEXTS; s++) c.on[s] = rng_chance(&r, SITE_TABLE[s].chance);
    c.orgs = 1 + (uint32_t)rng_below(&r, 3);
    c.people = 20 + (uint32_t)rng_below(&r, 60);
    c.campaigns = (uint32_t)rng_below(&r, 4);
    c.directs = 10 + (uint32_t)rng_below(&r, 60);
    c.safety_ms = 60000 + (int64_t)rng_below(&r, 600000);
    c.quiet_hours = rng_chance(&r, 300000);
    c.check_every = seed % 4 == 1 ? 1 : 16;
    /* What came later is drawn last, so that the rest of a world is what its seed always stood for. */
    for (int s = SITE_TEXTS; s < SITES; s++) c.on[s] = rng_chance(&r, SITE_TABLE[s].chance);
    return c;
}

/* ---- in words ---- */

static const struct {
    const char *name;
    size_t at;
    uint64_t most;
} FIGURES[] = {
    {"orgs", offsetof(struct world_config, orgs), ORGS_MAX},
    {"people", offsetof(struct world_config, people), PEOPLE_MAX},
    {"directs", offsetof(struct world_config, directs), 10000},
    {"campaigns", offsetof(struct world_config, campaigns), CAMPAIGNS_MAX},
};
enum { FIGURES_COUNT = sizeof FIGURES / sizeof FIGURES[0] };

static uint32_t *figure_of(struct world_config *c, int i)
{
    return (uint32_t *)(void *)((char *)c + FIGURES[i].at);
}

static enum err parse_sites(struct world_config *c, struct str list, struct fault *f)
{
    struct str name;

    for (int s = 0; s < SITES; s++) c->on[s] = false;
    while (list.len > 0) {
        int s = 0;
        list = str_cut(list, ',', &name);
        while (s < SITES && !str_equal(name, str_from(SITE_TABLE[s].name))) s++;
        if (s == SITES) return fault_set(f, ERR_INVALID, "there is no site '" STR_FMT "'", STR_ARG(name));
        c->on[s] = true;
    }
    return ERR_OK;
}

static enum err parse_word(struct world_config *c, struct str word, struct fault *f)
{
    struct str name, value = str_cut(word, '=', &name);
    uint64_t number;

    if (str_equal(name, STR("sites"))) return parse_sites(c, value, f);
    if (str_to_u64(value, &number) != ERR_OK)
        return fault_set(f, ERR_INVALID, "'" STR_FMT "' is no word of a world: sites=…, orgs=, people=, directs=, "
                         "campaigns=, safety_s=, quiet= with a number", STR_ARG(word));
    for (int i = 0; i < FIGURES_COUNT; i++) {
        if (!str_equal(name, str_from(FIGURES[i].name))) continue;
        if (number > FIGURES[i].most)
            return fault_set(f, ERR_LIMIT, "%s is at most %" PRIu64, FIGURES[i].name, FIGURES[i].most);
        *figure_of(c, i) = (uint32_t)number;
        return ERR_OK;
    }
    if (str_equal(name, STR("safety_s")) && number <= 86400) c->safety_ms = (int64_t)number * 1000;
    else if (str_equal(name, STR("quiet")) && number <= 1) c->quiet_hours = number == 1;
    else return fault_set(f, ERR_INVALID, "'" STR_FMT "' is no word of a world", STR_ARG(word));
    return ERR_OK;
}

enum err world_config_parse(struct world_config *c, struct str words, struct fault *f)
{
    struct str word;
    enum err e = ERR_OK;

    while (words.len > 0 && e == ERR_OK) {
        words = str_cut(words, ' ', &word);
        if (word.len > 0) e = parse_word(c, word, f);
    }
    if (e == ERR_OK && (c->orgs == 0 || c->people == 0))
        e = fault_set(f, ERR_INVALID, "a world has an organization and a person at least");
    return e;
}

void world_config_text(const struct world_config *c, char out[WORLD_TEXT_BYTES])
{
    struct world_config copy = *c;
    int used = snprintf(out, WORLD_TEXT_BYTES, "%" PRIu64 " sites=", c->seed);
    bool first = true;

    for (int s = 0; s < SITES; s++) {
        if (!c->on[s]) continue;
        used += snprintf(out + used, WORLD_TEXT_BYTES - (size_t)used, "%s%s", first ? "" : ",", SITE_TABLE[s].name);
        first = false;
    }
    for (int i = 0; i < FIGURES_COUNT; i++)
        used += snprintf(out + used, WORLD_TEXT_BYTES - (size_t)used, " %s=%u", FIGURES[i].name, *figure_of(&copy, i));
    (void)snprintf(out + used, WORLD_TEXT_BYTES - (size_t)used, " safety_s=%" PRId64 " quiet=%d", c->safety_ms / 1000,
                   c->quiet_hours);
}
