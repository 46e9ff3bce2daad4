/*
 * number_facts: what is known of a phone number itself: what kind of line it is, and whether texts come to it.
 *
 * Two sources meet here. Twilio's error codes say that a number is a landline, is none that can be written to, is out
 * of service, or did not answer (codes and what they mean: Twilio's error dictionary, data/error-playbook.tsv); Lookup
 * says the kind of line. Neither is for ever: numbers are ported and given to somebody else, so that each counts for
 * so many days only, and a text that came from the number, or was delivered to it, stands above all that was said
 * before. Pure.
 */
#ifndef STERLING_RULES_NUMBER_FACTS_H
#define STERLING_RULES_NUMBER_FACTS_H

#include "base/str.h"

/* Stable numbers: they are stored. The names are Twilio's (Lookup v2, line_type_intelligence.type). */
enum line_type {
    LINE_UNKNOWN = 0, LINE_MOBILE, LINE_LANDLINE, LINE_FIXED_VOIP, LINE_NON_FIXED_VOIP, LINE_PERSONAL,
    LINE_TOLL_FREE, LINE_PREMIUM, LINE_SHARED_COST, LINE_UAN, LINE_VOICEMAIL, LINE_PAGER,
    LINE_TYPES /* count, last */
};
const char *line_type_name(enum line_type t); /* "mobile", "landline", "fixedVoip" …; "unknown" */
enum line_type line_type_parse(struct str name); /* LINE_UNKNOWN for what is none */

/* Stable numbers: they are stored. */
enum number_trouble {
    NUMBER_FINE = 0,
    NUMBER_LANDLINE, /* 21614, 21635, 30006; or Lookup says so */
    NUMBER_INVALID,  /* 21211: no number that can be written to */
    NUMBER_GONE,     /* 30005: unknown, or out of service */
    NUMBER_SILENT,   /* 30003 three times within thirty days, and nothing arrived between */
    NUMBER_TROUBLES  /* count, last */
};
const char *number_trouble_name(enum number_trouble t); /* "landline", "invalid", "out_of_service", "unreachable"; "" */

enum { NUMBER_MISSES = 3, NUMBER_CODE_INVALID = 21211 /* Lookup: nobody can have it */ };
/* One number's. Zeroed: nothing is known. */
struct number_facts {
    enum line_type line;          /* Lookup's or an operator's word, said at line_ms */
    int64_t line_ms;
    enum number_trouble trouble;  /* the last that an error code told, at trouble_ms */
    int32_t code;
    int64_t trouble_ms;
    uint8_t misses;               /* 30003 in a row, the first of them at missed_ms */
    int64_t missed_ms;
    int64_t reached_ms;           /* a text came from it, or was delivered; 0: not since something is known of it */
};

/* Does this code tell something of the number? */
bool number_facts_tells(int32_t code);
/* A message to it ended with that code. False: it says nothing, *f is as it was. */
bool number_facts_failed(struct number_facts *f, int32_t code, int64_t at_ms);
/* A message to it was delivered, or one came from it. */
void number_facts_reached(struct number_facts *f, int64_t at_ms);
/* Somebody who knows says what line it is. */
void number_facts_line(struct number_facts *f, enum line_type line, int64_t at_ms);

/* How long each counts, days; 0: not at all. */
struct number_terms {
    int64_t unfit_days;  /* landline, invalid, out of service */
    int64_t silent_days;
};
struct number_verdict {
    enum number_trouble trouble;
    int64_t since_ms, until_ms; /* it counts until then; 0 when fine */
    bool looked_up;             /* Lookup's word, not an error's */
};
struct number_verdict number_facts_judge(const struct number_facts *f, const struct number_terms *terms,
                                         int64_t now_ms);

#endif
