/*
 * verification: a code that somebody was sent to prove that a number is theirs (Twilio Verify, reference section 16).
 *
 * What states there are and how they follow one another, what Verify itself allows (ten minutes, five sendings, five
 * checks), and what a code, a locale and a service's name look like. The code is Twilio's: nothing here ever holds one.
 * Pure.
 */
#ifndef STERLING_RULES_VERIFICATION_H
#define STERLING_RULES_VERIFICATION_H

#include "base/str.h"

enum { VERIFICATION_LIFE_MS = 600000, VERIFICATION_SENDS_MAX = 5, VERIFICATION_CHECKS_MAX = 5,
       VERIFICATION_CODE_MIN = 4, VERIFICATION_CODE_MAX = 10, VERIFICATION_NAME_BYTES = 31,
       VERIFICATION_LOCALE_BYTES = 8 };

/* Stable numbers: they are stored.
 *
 *   starting → pending → approved · canceled · expired · max_attempts_reached
 *            ↘ failed, or any of these: the answer may be lost, and the code arrive   */
enum verification_state {
    VERIFICATION_STARTING = 1, /* Twilio is asked to send a code, or may have been */
    VERIFICATION_PENDING,      /* a code is out */
    VERIFICATION_APPROVED,
    VERIFICATION_CANCELED,
    VERIFICATION_EXPIRED,
    VERIFICATION_SPENT,        /* too many wrong codes */
    VERIFICATION_FAILED,       /* Twilio refused to send a code */
    VERIFICATION_STATES        /* count, last */
};
enum verification_channel { VERIFICATION_BY_SMS = 1, VERIFICATION_BY_CALL }; /* stored */

/* Whose starts and checks are counted against abuse. Stable numbers: they are stored. */
enum verify_scope {
    VERIFY_OF_NUMBER = 1, /* codes sent to a number */
    VERIFY_OF_ADDRESS,    /* codes sent for a client's network address */
    VERIFY_OF_COUNTRY,    /* codes sent to a country */
    VERIFY_CHECKS,        /* codes tried for a number */
    VERIFY_SCOPES         /* count, last */
};

const char *verification_state_name(enum verification_state s);     /* as Twilio spells it; never NULL */
const char *verification_channel_name(enum verification_channel c); /* "sms", "call" */
bool verification_may_move(enum verification_state from, enum verification_state to);
bool verification_is_open(enum verification_state s);
/* Twilio's word for a verification's status; VERIFICATION_FAILED for words that are not known. */
enum verification_state verification_state_parse(struct str word);

/* 4 to 10 digits: what Verify sends. */
bool verification_code_is_good(struct str code);
/* "en", "pt-BR": a language, perhaps a country. */
bool verification_locale_is_good(struct str locale);
/* The name that recipients read in the text: at most 30 bytes, whole letters, no five digits in all, which Verify does
 * not take. Of the organization's name, or "Sterling" if nothing of it is left. */
void verification_service_name(struct str organization, char out[VERIFICATION_NAME_BYTES]);

#endif
