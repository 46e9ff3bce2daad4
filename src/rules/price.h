/*
 * price: what a message costs, from a dated table that the operator can replace.
 *
 * A table is text: lines of tab-separated from, item, country, sender, program, direction, carrier, usd, note
 * ('*' where any will do), under a line with these names; '#' begins a comment. Cost of a message = segments
 * x (base + surcharge of the carrier), each taken from one row: of the rows that match and hold on that day
 * the one with the most named columns, and among equals the latest. Where none holds yet, the one that comes
 * first is taken, because an estimate beats none. Unknown carrier (compliance section 7): the row that names
 * `unknown`, else the dearest surcharge of any US carrier.
 *
 * Default: data/prices.tsv, compiled in. SMS only; taxes are not known here. Amounts are estimates until the
 * provider has rated the message; accepted and then undelivered messages are billed all the same.
 */
#ifndef STERLING_RULES_PRICE_H
#define STERLING_RULES_PRICE_H

#include "rules/carrier.h"
#include "rules/kinds.h"

enum { PRICE_ROWS_MAX = 4096, PRICE_TEXT_BYTES_MAX = 1 << 20, PRICE_SEGMENTS_MAX = 1000 };

enum price_direction { PRICE_OUT = 0, PRICE_IN };

struct price_row;
struct price_table {
    struct price_row *rows; /* owned */
    size_t count;
};

struct price_query {
    char country[3];  /* of the recipient (out) or sender (in): "US" */
    enum sender_kind sender;
    enum carrier carrier;
    enum price_direction direction;
    bool charity;     /* the program is a CHARITY campaign: AT&T and T-Mobile waive their surcharge */
    int32_t segments; /* 0 … PRICE_SEGMENTS_MAX */
    int64_t at_ms;    /* UTC; the day counts */
};

/* Reads a table. ERR_INVALID or ERR_LIMIT with a fault that names line, column and value; ERR_FULL. On
 * failure *out is empty. price_free() afterwards. */
MUST_CHECK enum err price_parse(struct str text, struct price_table *out, struct fault *fault);
void price_free(struct price_table *t);
/* The compiled-in table as text, to parse or to hand to an operator for editing. Static. */
struct str price_default_text(void);

/* Micro-dollars. ERR_NOT_FOUND when no base price is known for that country and sender: *micros is 0. */
MUST_CHECK enum err price_message(const struct price_table *t, const struct price_query *q, int64_t *micros);
/* A fee by name ("brand_standard", "campaign_vetting", "number_local_month" …): the row of that item. */
MUST_CHECK enum err price_fee(const struct price_table *t, struct str item, int64_t at_ms, int64_t *micros);

#endif
