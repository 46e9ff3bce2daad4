/*
 * account_turn: one organization's account being looked after by one worker: what its parts share. Not for anyone but
 * the account_* files and registering, which makes an account on its way (onboarding_make.c); the contract for others
 * is accounts.h.
 *
 * A turn: what a person wants is done, Twilio's word on the account is taken, a rotation, keys and the stream are moved
 * along. Each request is stored as begun before it leaves and as made after, so that a kill makes nothing twice.
 */
#ifndef STERLING_APP_ACCOUNT_TURN_H
#define STERLING_APP_ACCOUNT_TURN_H

#include "app/account_progress.h"
#include "app/app.h"
#include "twilio/rest.h"

struct account_turn {
    struct app *app;
    struct store_reader *r;
    struct rest *rest;
    struct arena *a;
    struct account_work work;     /* as stored */
    struct account_progress p;
    struct org org;               /* as read, and as it is to be: what a store names is set from here */
    const struct twilio_account *parent;
    struct twilio_account own;    /* by its auth token; wiped at the end */
    bool has_own;
    bool unstored;                /* the store failed: nothing is tried again at once */
    uint64_t face;                /* of what people were told last: see account_turn.c */
    const char *words;            /* what it waits for, or what was refused */
    int64_t next_ms;              /* the earliest that a part wants to be looked at; 0 none does */
};
enum account_step {
    ACCOUNT_ON,      /* done, or nothing to do */
    ACCOUNT_WAIT,    /* not before a time that was noted */
    ACCOUNT_AGAIN,   /* the world is broken: later */
    ACCOUNT_REFUSED, /* told in words; what was wanted is not wanted any more */
    ACCOUNT_LOST     /* somebody else changed it, or it cannot be stored: leave everything as it is */
};

/* Of the organization; account: its SID and tokens. */
enum { ACCOUNT_SET_STATE = 1, ACCOUNT_SET_ACCOUNT = 2, ACCOUNT_SET_KEY = 4 };

/* Stores the record and what `set` names of t->org, in one commit. ACCOUNT_WAIT: attempts are open, and it is idle or
 * another account; the caller puts back what it changed. ACCOUNT_LOST: somebody else changed it, again and again. */
enum account_step account_store(struct account_turn *t, unsigned set, bool idle);
enum account_step account_wait(struct account_turn *t, int64_t at_ms, const char *words);
/* What a failed request means. */
enum account_step account_failed(struct account_turn *t, enum err code, const struct fault *f);
int64_t account_now_ms(const struct account_turn *t);
const char *account_name(struct account_turn *t); /* "sterling " and the organization's webhook path */

/* Finds or makes the subaccount, and gives it to the organization (account_make.c). */
enum account_step account_make(struct account_turn *t);
enum account_step account_look(struct account_turn *t);  /* what Twilio says of it */
enum account_step account_wish(struct account_turn *t);  /* suspended, resumed, closed */
enum account_step account_rotate(struct account_turn *t);/* account_tokens.c */
enum account_step account_keys(struct account_turn *t);
/* None is used any more. gone: with their account; else those that may be there are removed in the next turns. */
void account_keys_withdraw(struct account_turn *t, bool gone);
enum account_step account_stream(struct account_turn *t);/* account_stream.c */

#endif
