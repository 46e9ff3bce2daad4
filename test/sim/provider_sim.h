/*
 * provider_sim: the provider port over the sandbox's model on a virtual clock, with a network between.
 *
 * A request connects, its bytes leave, it is received (the model decides and keeps its ledger), an answer comes
 * or does not. Faults of the network are here, those of the provider in the model's fault plan. Requests whose
 * bytes had left when the process died are received all the same, as they would be.
 */
#ifndef STERLING_TEST_SIM_PROVIDER_SIM_H
#define STERLING_TEST_SIM_PROVIDER_SIM_H

#include "base/rng.h"
#include "sandbox/model.h"
#include "twilio/provider.h"

/* Sites of faults between us and the provider, per million requests. */
struct network_plan {
    uint32_t refused;      /* not connected */
    uint32_t broken;       /* broke before the last byte was handed over */
    uint32_t lost;         /* all handed over, never received */
    uint32_t slow;         /* takes slow_ms_max at most to connect: no byte goes meanwhile */
    uint32_t endless;      /* of lists: a page always names a next one */
    uint32_t other_text;   /* of rows in lists: the text is not as it was sent (a trial account's prefix) */
    uint32_t connect_ms_max, travel_ms_max, slow_ms_max;
};

struct provider_sim;

struct provider_sim *provider_sim_new(struct sandbox *sb, uint64_t seed, int64_t timeout_ms);
void provider_sim_free(struct provider_sim *s);
struct provider *provider_sim_port(struct provider_sim *s);
void provider_sim_plan(struct provider_sim *s, const struct network_plan *plan);
/* Nobody is reached until then. */
void provider_sim_outage(struct provider_sim *s, int64_t until_ms);
/* Time goes on: what has arrived by then is received. Never goes back. */
void provider_sim_run(struct provider_sim *s, int64_t now_ms);
/* When something arrives or is answered next; INT64_MAX never. */
int64_t provider_sim_next_ms(const struct provider_sim *s);
/* The same, of arrivals alone. */
int64_t provider_sim_arrives_ms(const struct provider_sim *s);
/* The process died: no answers any more, accounts are forgotten. */
void provider_sim_crash(struct provider_sim *s);

struct provider_sim_counts {
    uint64_t creates, lists, withdrawn;
    uint64_t events; /* requests that left, arrived, or were answered */
};
struct provider_sim_counts provider_sim_counts(const struct provider_sim *s);
/* Told of every creation: what became of it, in a word; `to` is its number. */
void provider_sim_hear(struct provider_sim *s, void (*heard)(void *owner, uint64_t to, const char *what), void *owner);

#endif
