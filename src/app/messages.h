/*
 * messages: one text to one person: validated, asked at every gate, admitted (design section 2, "a message").
 *
 * A gate that ends the message refuses the request with its reason and stores nothing; one that holds it lets
 * it be admitted `held`. `after` tells the pump.
 */
#ifndef STERLING_APP_MESSAGES_H
#define STERLING_APP_MESSAGES_H

#include "app/app.h"
#include "rules/content.h"
#include "rules/quiet_places.h"

enum { MESSAGE_CHARACTERS_MAX = 1600, VALIDITY_LEAST_S = 60, VALIDITY_MOST_S = 604800 };
/* A schedule may lie this far ahead; one that is a little late is sent at once. */
#define SCHEDULE_AHEAD_MS (366LL * 86400000)
enum { SCHEDULE_LATE_MS = 60000 };

struct message_request {
    struct str to;
    struct str body; /* or a template and the fields that fill it */
    struct str template_text;
    struct str fields; /* JSON object of texts; empty: none */
    enum message_kind kind;
    struct str from;    /* a sender's address or id; empty: Sterling chooses */
    struct str program; /* name; empty: the sender's, or the first */
    int64_t send_at_ms; /* 0: now */
    int64_t validity_s; /* 0: the setting */
    bool urgent, retry_undelivered;
    struct quiet_said where; /* what is known of where the recipient is, besides the number and the contact */
    bool refuse_quiet;       /* marketing outside lawful hours: refused, or expired at their end, instead of held */
};
struct message_job {
    struct app_job job;
    struct change_admit change;
    struct sender sender; /* the one asked for; id 0: none */
    struct content_report content; /* what there is to say of its text, although it is sent */
};
MUST_CHECK enum err messages_admit(struct app *app, struct store_reader *r, struct arena *a,
                                   const struct org *org, const struct message_request *q,
                                   struct message_job *out, struct problem *p);

struct message_cancel_job {
    struct app_job job;
    struct change_cancel change;
};
void messages_cancel(struct app *app, org_id org, uint64_t message, struct message_cancel_job *out);

/* Shared with campaigns: a schedule within bounds, else the field's error. */
void messages_check_schedule(struct app *app, const char *field, int64_t at_ms, struct problem *p);
/* A message's text as people see it: of a campaign's message its template filled with the contact's present
 * fields, where that still can be done; else empty. Lives in the arena. */
struct str messages_text(struct store_reader *r, struct arena *a, const struct message *m);

#endif
