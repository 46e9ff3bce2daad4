/*
 * keyword: is an inbound text a STOP, START or HELP?
 *
 * The whole text must be the word, after taking away case, accents, spaces, punctuation, quotes, emoji and
 * invisible characters: "Stop.", "S T O P", "«ARRÊT»" and "stop stop" are STOP; "stop by later" and "Stop
 * please" are not (refusals in free text: rules/revocation.h). Words: STOP:
 * STOP STOPALL UNSUBSCRIBE CANCEL END QUIT OPTOUT REVOKE (Twilio's eight, reference section 4.3; the
 * FCC's seven, 47 CFR 64.1200(a)(10)) and ARRET, ALTO, BAJA, PARAR, STOPP (compliance sections 2.4 and
 * 8). START: START UNSTOP YES. HELP: HELP INFO, and AIDE, AYUDA. Pure; total: every byte string has an
 * answer.
 */
#ifndef STERLING_RULES_KEYWORD_H
#define STERLING_RULES_KEYWORD_H

#include "base/str.h"

/* Stable numbers: they are stored. */
enum keyword { KEYWORD_NONE = 0, KEYWORD_STOP, KEYWORD_START, KEYWORD_HELP };

struct keyword_hit {
    enum keyword kind;
    const char *word;       /* the word as the table writes it, "STOP"; "" for none; static */
    bool only_if_opted_out; /* YES: opts in a person who is opted out, is an ordinary text otherwise */
    bool by_provider;       /* Twilio said so (OptOutType) and has answered it: do not reply */
};

/* `opt_out_type` is the webhook's OptOutType, empty if absent; when it is one of STOP, START and HELP it
 * wins over the body. `toll_free`: only START and UNSTOP undo the network's block, so YES is KEYWORD_NONE
 * there. */
struct keyword_hit keyword_classify(struct str body, struct str opt_out_type, bool toll_free);

/* Does Twilio's default handling know this text for a STOP of its own, and answer it? It compares the whole of it, case
 * and white space at the ends apart, with its eight words (reference section 4.3, mode 1). */
bool keyword_stops_by_default(struct str body);

/* The whole text is YES, Y, SÍ or OUI, and asks nothing back: the answer to a double opt-in. */
bool keyword_says_yes(struct str body);

/* An organization's own words for STOP, commas between. ERR_INVALID: one that is no word (only letters and digits that
 * can be folded count, 2 to 30 of them); ERR_CONFLICT: one that is reserved already. The fault names it. */
enum { KEYWORD_OWN_BYTES_MAX = 500 };
MUST_CHECK enum err keyword_own_check(struct str words, struct fault *f);
/* Is the whole text one of them, noise apart? */
bool keyword_own_stops(struct str body, struct str words);

#endif
