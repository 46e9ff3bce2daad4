/*
 * view: records as JSON, the same shapes wherever they are shown (docs/api.md, "Shapes"). Each appends one
 * object to a bounded buffer; failures stick in the buffer. What a record does not hold itself (a list's
 * name, a sender's address) is handed in.
 */
#ifndef STERLING_APP_VIEW_H
#define STERLING_APP_VIEW_H

#include "app/allowance.h"
#include "app/public_id.h"
#include "app/sender_pauses.h"
#include "app/settings.h"
#include "base/buf.h"
#include "store/model.h"

/* Names used in JSON, stable. Never NULL; "unknown" for numbers outside. */
const char *view_org_state(enum org_state s);
const char *view_registration(enum registration_state s);
const char *view_sender_state(enum sender_state s);
const char *view_campaign_state(enum campaign_state s);
const char *view_import_state(enum import_state s);
const char *view_reason(enum message_reason r);           /* "quiet_hours"; "none" */
const char *view_reason_explained(enum message_reason r); /* a sentence with what to do */
const char *view_event_bit(enum event_type t);            /* "message" … */

void view_org(const struct public_ids *ids, const struct settings *s, struct buf *out, const struct org *o,
              const struct program *p);
void view_program(const struct public_ids *ids, struct buf *out, const struct program *p);
void view_key(const struct public_ids *ids, struct buf *out, const struct api_key *k, const char *secret);
/* program: the name of its program. */
/* `pause`: what it waits for, NULL: nothing. */
void view_sender(const struct public_ids *ids, struct buf *out, const struct sender *s, struct str program,
                 const struct sender_pause *pause);
/* known: what is known of its number. */
void view_contact(const struct public_ids *ids, struct buf *out, const struct contact *c, enum consent_kind consent,
                  const struct number_facts *known);
/* Members: line_type, number_trouble (null: none), its error_code, since when. */
void view_number_members(struct buf *out, const struct number_facts *known);
void view_list(const struct public_ids *ids, struct buf *out, const struct contact_list *l);
void view_import(const struct public_ids *ids, struct buf *out, const struct import_job *j, struct str list,
                 int64_t consents); /* recorded on its attestation; -1: not told */
/* NULL for an ordinary text. */
const char *view_keyword_name(unsigned keyword);
void view_inbound(const struct public_ids *ids, struct buf *out, const struct inbound *i);
void view_consent_event(struct buf *out, const struct consent *c);
void view_consent_members(struct buf *out, const struct consent *c); /* of an object that is open */
void view_endpoint(const struct public_ids *ids, struct buf *out, const struct endpoint *e,
                   const char *secret);

/* from: the sender's address, empty when none was chosen yet. */
/* Without the braces. */
void view_message_members(const struct public_ids *ids, struct buf *out, const struct message *m, struct str from);
void view_message(const struct public_ids *ids, struct buf *out, const struct message *m, struct str from);

struct view_campaign_facts {
    struct str list; /* its name; empty: all contacts */
    struct str program;
    int64_t rate_per_ks; /* now, messages per 1,000 s; -1 unknown */
    struct allowance allowed;
    int64_t now_ms;
};
/* Members only, without braces, so that a caller may add its own (warnings). */
void view_campaign_members(const struct public_ids *ids, struct buf *out, const struct campaign *c,
                           const struct view_campaign_facts *f);
/* {"queued": n, …} of counts[MESSAGE_STATES]. */
void view_counts(struct buf *out, const int64_t counts[MESSAGE_STATES]);
/* Messages that are past waiting: everything but queued and held. */
int64_t view_campaign_done(const struct campaign *c);
/* A member "name": id text, or null for 0. */
void view_put_id(const struct public_ids *ids, struct buf *out, const char *name, enum public_kind kind,
                 uint64_t id);

#endif
