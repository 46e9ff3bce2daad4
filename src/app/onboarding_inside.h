/*
 * onboarding_inside: one registration being moved along by one worker: what its steps share. Not for anyone else;
 * the contract is onboarding.h.
 */
#ifndef STERLING_APP_ONBOARDING_INSIDE_H
#define STERLING_APP_ONBOARDING_INSIDE_H

#include "app/app.h"
#include "app/onboarding_forms.h"
#include "twilio/registry.h"
#include "twilio/rest.h"

struct onboarding_turn {
    struct app *app;
    struct store_reader *r;
    struct rest *rest;
    struct arena *a; /* cleared when the turn is over */
    /* Waits until a brand or campaign may be written again; false: stop. */
    bool (*pace)(void *owner);
    void *owner;
    struct registration g;
    struct a2p_facts facts;
    struct onboarding_progress p;
    struct org org;
    char id[PUBLIC_ID_BYTES];
    struct twilio_account own, parent; /* wiped at the end of the turn */
    bool has_own, has_progress; /* what is not read is not written over */
    struct onboarding_subject subject;
    /* How it went, in words: for the registration and its notes. */
    const char *words;
    int32_t code;
    int64_t next_ms;
    bool unstored; /* the store failed: nothing is tried again at once */
};

enum onboarding_move {
    MOVE_ON,     /* the step is done and stored */
    MOVE_WAIT,   /* others must do something; look again at next_ms */
    MOVE_AGAIN,  /* the world is broken; try again later */
    MOVE_MEND,   /* refused: a person must mend something */
    MOVE_LOST    /* somebody else changed the registration, or we stop: leave everything as it is */
};

/* ---- onboarding_calls.c: requests, and what they prove ---- */

/* GET or POST (form not NULL) with the account's credentials. The fault of a failure is in t->words. */
MUST_CHECK enum err turn_call(struct onboarding_turn *t, enum twilio_product product, const char *target,
                              const struct buf *form, struct rest_answer *answer);
/* DELETE. What is gone already is ERR_NOT_FOUND. */
MUST_CHECK enum err turn_remove(struct onboarding_turn *t, enum twilio_product product, const char *target,
                                struct rest_answer *answer);
/* What a failed request means for the turn. *begun: a POST may have taken effect. */
enum onboarding_move turn_failed(struct onboarding_turn *t, enum err code, const struct rest_answer *answer,
                                 bool *begun);
/* Target of one object, as registry_object_add says it; in the arena. */
const char *turn_target(struct onboarding_turn *t, enum registry_kind kind, const char *of, const char *sid);
struct turn_match {
    const char *member, *value; /* NULL: nothing is asked */
};
struct turn_search {
    enum twilio_product product;
    const char *target, *key;
    const char *sid_member; /* "sid" */
    const char *not_sid;    /* one that does not count; NULL: all do */
    struct turn_match match[3];
};
/* Walks the list; *sid is "" when nothing there matches. */
MUST_CHECK enum err turn_find(struct onboarding_turn *t, const struct turn_search *s, char sid[SID_BYTES]);

/* ---- onboarding.c: storing ---- */

/* Stores the registration with its progress in `state`, and a note when `outcome` is not NULL. False: it was changed
 * meanwhile (or cannot be stored): the turn is lost. */
bool turn_store(struct onboarding_turn *t, enum onboarding_state state, int64_t next_ms,
                           enum onboarding_step step, const char *outcome, const char *sid);
/* Notes a step as done. */
enum onboarding_move turn_done(struct onboarding_turn *t, enum onboarding_step step, const char *sid,
                               const char *outcome);
int64_t turn_now_ms(const struct onboarding_turn *t);
enum onboarding_move turn_mend(struct onboarding_turn *t, int32_t code, const char *words);
enum onboarding_move turn_wait(struct onboarding_turn *t, const char *words); /* until the next look */

/* ---- onboarding_again.c: what failed is submitted again, once ---- */

const char *turn_brand_target(struct onboarding_turn *t);
const char *turn_campaign_target(struct onboarding_turn *t);
/* Did what was begun take effect, though its answer was lost? Then it is over. */
bool turn_went_through(struct onboarding_again *again, const json_t *object, bool failed);
/* A failed brand, by an update without parameters, when what it hangs on was mended. */
enum onboarding_move turn_brand_again(struct onboarding_turn *t, const json_t *brand, bool approved);
/* A failed campaign: by an update, or, where none can carry what was mended, deleted to be made anew. */
enum onboarding_move turn_campaign_again(struct onboarding_turn *t, const json_t *campaign);
enum onboarding_move turn_campaign_leave(struct onboarding_turn *t);

/* ---- onboarding_make.c, onboarding_review.c, onboarding_numbers.c, onboarding_apply.c: the steps ---- */
enum onboarding_move turn_account(struct onboarding_turn *t);
enum onboarding_move turn_primary(struct onboarding_turn *t);
enum onboarding_move turn_make(struct onboarding_turn *t, enum onboarding_step step);
/* Before a fee: is the website still to be read? Then it is: ON if nothing there blocks. */
bool turn_wants_website(const struct onboarding_turn *t);
enum onboarding_move turn_website(struct onboarding_turn *t, enum onboarding_step step);
/* Was what the step made told something else than the facts say now? */
bool turn_is_stale(const struct onboarding_turn *t, enum onboarding_step step);
enum onboarding_move turn_evaluate(struct onboarding_turn *t, enum onboarding_step step);
enum onboarding_move turn_submit(struct onboarding_turn *t, enum onboarding_step step);
enum onboarding_move turn_brand_review(struct onboarding_turn *t);
enum onboarding_move turn_vetting_review(struct onboarding_turn *t);
enum onboarding_move turn_campaign_review(struct onboarding_turn *t);
enum onboarding_move turn_numbers(struct onboarding_turn *t);
enum onboarding_move turn_attach(struct onboarding_turn *t);
enum onboarding_move turn_apply(struct onboarding_turn *t);
/* Writes a sender of the program; `verified` as in struct sender_request. One that was put before and is gone was taken
 * away, and stays away. */
MUST_CHECK enum err turn_put_sender(struct onboarding_turn *t, struct onboarding_number *n, int verified);
/* ---- onboarding_toll_free.c ---- */
enum onboarding_move turn_toll_free(struct onboarding_turn *t);
enum onboarding_move turn_toll_free_review(struct onboarding_turn *t);
enum onboarding_move turn_toll_free_apply(struct onboarding_turn *t);
enum onboarding_move turn_toll_free_recheck(struct onboarding_turn *t);
/* Carriers drop its texts: the program may not send. */
enum onboarding_move turn_suspend(struct onboarding_turn *t, const char *words);
/* An approved one is looked at again: its score may change, it may be suspended. */
enum onboarding_move turn_recheck(struct onboarding_turn *t);

#endif
