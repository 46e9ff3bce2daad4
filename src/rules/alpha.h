/*
 * alpha: may an alphanumeric sender ("ACME") write to a country?
 *
 * Some countries take none, some only what was registered there before, some deliver it under another name
 * (data/alphanumeric.tsv, each row with its source). Nobody can answer one, so that STOP does not work: marketing from
 * it must carry another way out in its text, a link, a telephone number or an e-mail address (47 CFR 64.1200(a)(11) and
 * its like elsewhere: PECR reg. 23, Spam Act 2003 s. 18). Pure.
 */
#ifndef STERLING_RULES_ALPHA_H
#define STERLING_RULES_ALPHA_H

#include "base/str.h"

enum { ALPHA_CHARACTERS_MAX = 11 }; /* Twilio, Alphanumeric Sender ID: 1 to 11, at least a letter */
enum alpha_use { ALPHA_NEVER, ALPHA_SHOWN, ALPHA_OVERWRITTEN /* delivered, from another sender */ };

/* Static; lives for ever. */
struct alpha_rule {
    char country[3];
    enum alpha_use use;
    bool registered;    /* only what was registered there before */
    char marketing_prefix[9]; /* what a sender of marketing begins with; empty: anything */
    bool generic_refused;     /* names of nobody ("INFO") are not delivered, unless registered */
    const char *source;
};
/* Of a country without a row nothing is known, so that it takes only what an operator says is registered. Never
 * NULL. */
const struct alpha_rule *alpha_rule_of(const char *country);

enum alpha_answer { ALPHA_PASS, ALPHA_FORBIDDEN, ALPHA_UNREGISTERED };
/* `registered`: "GB SG", where the operator says that it is. */
enum alpha_answer alpha_ask(const char *country, struct str address, struct str registered, bool marketing);
/* Is that country in the list? */
bool alpha_is_registered(struct str registered, const char *country);

/* A name that can be an alphanumeric sender. */
bool alpha_is_name(struct str s);
/* One that says of nobody that it is they: "INFO", "SMS-Info 1" (data/generic-senders.tsv). */
bool alpha_is_generic(struct str name);

/* Does the text name a link, an e-mail address or a telephone number? */
bool alpha_way_out(struct str text);

#endif
