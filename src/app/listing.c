/* listing: see the header. Pure; owns nothing. */
#include "app/listing.h"

#include "base/mutant.h"

#include <string.h>

void listing_begin(struct doubt_listing *l, uint64_t message, uint64_t number, int64_t armed_provider_ms,
                   int64_t margin_ms, uint64_t body_hash)
{
    *l = (struct doubt_listing){.message = message, .number = number, .body_hash = body_hash,
                                .since_ms = armed_provider_ms - margin_ms};
}

uint64_t listing_body_hash(struct str text)
{
    uint64_t hash = UINT64_C(14695981039346656037);

    for (size_t i = 0; i < text.len; i++) {
        unsigned char c = (unsigned char)text.at[i];
        if (c >= 'A' && c <= 'Z') c = (unsigned char)(c + 32);
        if ((c < 'a' || c > 'z') && (c < '0' || c > '9')) continue;
        hash = (hash ^ c) * UINT64_C(1099511628211);
    }
    return hash == 0 ? 1 : hash;
}

enum message_state listing_state(enum provider_status s)
{
    switch (s) {
    case PROVIDER_SENT: return MESSAGE_SENT;
    case PROVIDER_FAILED: return MESSAGE_FAILED;
    case PROVIDER_UNDELIVERED: return MESSAGE_UNDELIVERED;
    case PROVIDER_PARTIALLY_DELIVERED:
    case PROVIDER_DELIVERED:
    case PROVIDER_READ: return MESSAGE_DELIVERED;
    case PROVIDER_CANCELED: return MESSAGE_CANCELED;
    case PROVIDER_UNKNOWN:
    case PROVIDER_RECEIVING:
    case PROVIDER_RECEIVED:
    case PROVIDER_SCHEDULED:
    case PROVIDER_ACCEPTED:
    case PROVIDER_QUEUED:
    case PROVIDER_SENDING:
    case PROVIDER_STATUSES: return MESSAGE_ACCEPTED;
    }
    return MESSAGE_ACCEPTED;
}

static bool is_to(const struct provider_item *row, uint64_t number)
{
    struct str digits = str_from(row->to);
    uint64_t to;

    if (digits.len > 0 && digits.at[0] == '+') digits = str_slice(digits, 1, digits.len);
    return str_to_u64(digits, &to) == ERR_OK && to == number;
}

static bool is_better(const struct doubt_listing *l, bool by_body, int64_t created_ms)
{
    if (!l->found) return true;
    if (by_body != l->found_by_body) return by_body;
    return created_ms < l->created_ms;
}

/* Inbound texts, and what the provider says by itself: its answer to a STOP has direction "outbound-reply". */
static bool is_of_others(const struct provider_item *row)
{
    return row->inbound || str_equal(str_from(row->direction), STR("outbound-reply"));
}

static bool has_our_text(const struct doubt_listing *l, const struct provider_item *row)
{
    return l->body_hash != 0 && listing_body_hash(row->body) == l->body_hash;
}

static void consider(struct doubt_listing *l, const struct provider_item *row)
{
    bool by_body = has_our_text(l, row);

    if (!is_better(l, by_body, row->date_created_ms)) return;
    l->found = true;
    l->found_by_body = by_body;
    memcpy(l->sid, row->sid, sizeof l->sid);
    l->status = row->status;
    l->error_code = row->error_code;
    l->created_ms = row->date_created_ms;
}

bool listing_page(struct doubt_listing *l, const struct provider_item *rows, size_t count, bool more,
                  listing_bound bound, void *ctx)
{
    bool reached = false;

    l->pages++;
    for (size_t i = 0; i < count; i++) {
        const struct provider_item *row = &rows[i];
        if (row->date_created_ms != 0 && row->date_created_ms < l->since_ms) {
            reached = true;
            continue; /* the rest of the page is looked at: lists are in order only by whole seconds */
        }
        if (is_of_others(row) || !is_to(row, l->number)) continue;
        if (MUTANT(listing_binds_anybodys) || !bound(ctx, str_from(row->sid))) consider(l, row);
    }
    return reached || !more || MUTANT(listing_of_one_page);
}
