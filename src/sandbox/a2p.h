/*
 * a2p: brands, campaigns and the registration of numbers as the registry of 10DLC keeps them (reference 12), and
 * toll-free verifications (13). Part of the model; for the room's own files.
 */
#ifndef STERLING_SANDBOX_A2P_H
#define STERLING_SANDBOX_A2P_H

#include "sandbox/registry.h"

/* The one SID of all campaigns in paths and answers (reference 12.5). */
#define A2P_CAMPAIGN_SID "QE2c6890da8086d771620e9b13fadeba0b"

bool sb_brand_is_sole(const struct thing *brand);
int sb_brand_fault(const struct sandbox *sb, const struct thing *brand);
void sb_brand_moved(struct sandbox *sb, struct thing *brand, int code);
/* Still undecided when its time has come: a bundle lies with its reviewer, or a mail was not clicked. Plans what
 * comes next; *code is the rejection if it waited too long. */
bool sb_brand_waits(struct sandbox *sb, struct thing *brand, int *code);
/* The passcode was answered, the mail clicked, the vetting done. True if the brand is to be approved now. */
bool sb_brand_person_acted(struct sandbox *sb, struct thing *brand);
void sb_brand_send_passcode(struct sandbox *sb, struct thing *brand);
void sb_vetting_done(struct sandbox *sb, struct thing *vetting);

int sb_campaign_fault(const struct sandbox *sb, const struct thing *campaign);
void sb_campaign_moved(struct sandbox *sb, struct thing *campaign, int code);
void sb_campaign_remove(struct sandbox *sb, struct thing *campaign);
struct thing *sb_campaign_of(const struct sandbox *sb, uint32_t service); /* not removed; NULL */

void sb_number_joined(struct sandbox *sb, uint32_t service, uint32_t sender);
void sb_number_left(struct sandbox *sb, uint32_t sender);
void sb_number_moved(struct sandbox *sb, struct thing *registration, int code);

void sb_toll_free_moved(struct sandbox *sb, struct thing *verification, int code);
void sb_toll_free_remove(struct sandbox *sb, struct thing *verification);

/* streams.c: com.twilio.messaging.compliance.<type> to whoever subscribed. Takes `data`, an object, and adds the
 * account, the dates and the moment. */
void sb_event(struct sandbox *sb, const struct thing *about, const char *type, json_t *data);
size_t sb_event_type_count(void);
const char *sb_event_type_at(size_t i);

#endif
