/*
 * numbers: what a person does with an organization's numbers at Twilio: orders, adopts, records, quarantines,
 * releases them. The buying and setting up is number_workers.h's.
 *
 * An order is as many rows as numbers, stored before anything is bought: each is bought once, whoever dies meanwhile.
 * Its price is told first, and nothing is ordered before somebody said that it may cost so much. A quarantined number
 * is kept and listened to, but nothing is sent from it: whoever has it next would get the answers. Only then is it
 * released.
 */
#ifndef STERLING_APP_NUMBERS_H
#define STERLING_APP_NUMBERS_H

#include "app/app.h"
#include "app/number_wish.h"
#include "rules/number_plan.h"

enum { NUMBERS_AT_ONCE_MAX = 100, NUMBER_NOTES_BYTES_MAX = 1000 };

struct numbers_job {
    struct app_job job;
    struct change_owned change;
    struct owned_number *rows;
    struct sender sender, sender_was; /* what change.sender and change.sender_was point to, if they do */
    struct str program;   /* the rows' program, by name */
};

struct number_order {
    struct number_wish wish;
    const struct str *exact; /* these very numbers instead of `count` that fit */
    size_t count;
    struct str program;      /* by name; empty: the organization's first */
    int64_t monthly_max_micros; /* what the caller agreed to, a month; -1: nothing was said */
};
/* "+14155552671" of a number as people write it; false: it is none that can be bought or had. */
bool numbers_canonical(struct str text, const char *region, char out[20]);
int64_t numbers_price_micros(const struct settings *s, enum number_type type); /* of one, a month */
MUST_CHECK enum err numbers_order(struct app *app, struct store_reader *r, struct arena *a, const struct org *org,
                                  const struct number_order *order, struct numbers_job *out, struct problem *p);

/* A number that is in the account already is made one of the program's: webhooks, service, sender. In an account that
 * organizations share it is for an operator to say whose a number is. */
MUST_CHECK enum err numbers_adopt(struct app *app, struct store_reader *r, struct arena *a, const struct org *org,
                                  struct str number, struct str program, bool is_operator, struct numbers_job *out,
                                  struct problem *p);

/* What Twilio's API cannot buy: a short code, a hosted number. */
struct number_record {
    struct str number, program, sid, notes;
    enum owned_kind kind;   /* OWNED_SHORT_CODE or OWNED_HOSTED */
    int64_t since_ms;
    bool approved;          /* it may send */
};
MUST_CHECK enum err numbers_record(struct app *app, struct store_reader *r, struct arena *a, const struct org *org,
                                   const struct number_record *q, struct numbers_job *out, struct problem *p);

enum number_verb { NUMBER_QUARANTINE, NUMBER_RESTORE, NUMBER_RELEASE, NUMBER_RETRY };
struct number_move {
    enum number_verb verb;
    int64_t days;  /* of quarantine; -1: as the settings say */
    bool force;    /* released although its quarantine is not over */
};
MUST_CHECK enum err numbers_move(struct app *app, struct store_reader *r, struct arena *a,
                                 const struct owned_number *now, const struct number_move *m, struct numbers_job *out,
                                 struct problem *p);
/* Sets the operator's notes, and since when it is leased (-1: as it is). */
MUST_CHECK enum err numbers_edit(struct app *app, struct arena *a, const struct owned_number *now, struct str notes,
                                 int64_t since_ms, struct numbers_job *out, struct problem *p);

/* How many a program wants. `rate_per_min` 0: all that its brand may send. ERR_NOT_FOUND: the program. */
MUST_CHECK enum err numbers_plan(struct app *app, struct store_reader *r, struct arena *a, const struct org *org,
                                 struct str program, enum number_type type, int64_t rate_per_min,
                                 struct number_plan *out);

/* A number that was found or bought by other means (a registration) is known here, too. */
MUST_CHECK enum err numbers_note(struct app *app, struct store_reader *r, struct arena *a, org_id org,
                                 uint32_t program, struct str number, struct str sid, bool bought);
enum owned_kind numbers_kind_of(struct str number);

/* The sender of a number, as it is (ERR_OK) or as it would be made (ERR_NOT_FOUND). */
MUST_CHECK enum err numbers_sender(struct app *app, struct store_reader *r, const struct owned_number *n,
                                   struct sender *out);

#endif
