/*
 * message: what Twilio says of a message, taken at its word where it is well formed and left out where it is
 * not; only the SID is required. Copies what it keeps. Contract in message.h.
 */
#include "twilio/message.h"

#include "base/cursor.h"
#include "twilio/date.h"
#include "twilio/form.h"
#include "twilio/message_fields.h"

#include <string.h>

enum { VALIDITY_S_MAX = 36000, PAGE_SIZE_MAX = 1000 };

enum err message_price_micros(struct str text, int64_t *out)
{
    struct cursor c = cursor_over(text);
    bool charge = cursor_accept(&c, '-');
    uint64_t whole = cursor_u64(&c);
    int64_t micros = 0, scale = 100000;
    bool round_up = false;

    if (whole > 1000000000U)
        cursor_fail(&c, ERR_INVALID);
    else
        micros = (int64_t)whole * 1000000;
    if (cursor_accept(&c, '.')) {
        if (cursor_done(&c)) cursor_fail(&c, ERR_INVALID);
        while (!cursor_done(&c)) {
            int digit = cursor_next(&c) - '0';
            if (digit < 0 || digit > 9) cursor_fail(&c, ERR_INVALID);
            round_up = round_up || (scale == 0 && digit > 0);
            micros += digit * scale;
            scale /= 10;
        }
    }
    *out = 0;
    if (cursor_check(&c) != ERR_OK || !cursor_done(&c)) return ERR_INVALID;
    micros += round_up ? 1 : 0;
    *out = charge ? micros : -micros;
    return ERR_OK;
}

static void set_price(const struct message_fields *f, struct provider_item *out)
{
    bool dollars = str_equal_nocase(f->price_unit, STR("USD"));
    out->has_price =
        dollars && f->price.len > 0 && message_price_micros(f->price, &out->price_micros) == ERR_OK;
}

static void keep(struct str text, char *out, size_t size)
{
    if (str_copy(text, out, size) != ERR_OK) out[0] = '\0';
}

enum err message_from_fields(const struct message_fields *f, struct arena *arena, struct provider_item *out)
{
    *out = (struct provider_item){0};
    if (!twilio_sid_is_message(f->sid)) return ERR_INVALID;
    keep(f->sid, out->sid, sizeof out->sid);
    keep(f->messaging_service_sid, out->messaging_service_sid, sizeof out->messaging_service_sid);
    keep(f->to, out->to, sizeof out->to);
    keep(f->from, out->from, sizeof out->from);
    keep(f->direction, out->direction, sizeof out->direction);
    out->inbound = strcmp(out->direction, "inbound") == 0;
    out->status = status_parse(f->status);
    out->error_code = f->error_code;
    out->segments = f->num_segments;
    out->date_created_ms = twilio_date_ms(f->date_created);
    out->date_sent_ms = twilio_date_ms(f->date_sent);
    /* Of a message that was just created both are the same text. */
    out->date_updated_ms = str_equal(f->date_updated, f->date_created) ? out->date_created_ms
                                                                        : twilio_date_ms(f->date_updated);
    set_price(f, out);
    if (f->body.len == 0) return ERR_OK;
    out->body = arena_str(arena, f->body);
    return out->body.at == NULL ? ERR_FULL : ERR_OK;
}

enum err message_from_json(const json_t *object, struct arena *arena, struct provider_item *out)
{
    struct message_fields f = {
        .sid = twilio_json_text(object, "sid"),
        .messaging_service_sid = twilio_json_text(object, "messaging_service_sid"),
        .to = twilio_json_text(object, "to"),
        .from = twilio_json_text(object, "from"),
        .direction = twilio_json_text(object, "direction"),
        .status = twilio_json_text(object, "status"),
        .body = twilio_json_text(object, "body"),
        .date_created = twilio_json_text(object, "date_created"),
        .date_sent = twilio_json_text(object, "date_sent"),
        .date_updated = twilio_json_text(object, "date_updated"),
        .price = twilio_json_text(object, "price"),
        .price_unit = twilio_json_text(object, "price_unit"),
        .error_code = twilio_json_int(object, "error_code", 0),
        .num_segments = twilio_json_int(object, "num_segments", 0),
    };
    return message_from_fields(&f, arena, out);
}

enum err message_page_from_json(const json_t *body, struct arena *arena, struct provider_item **items,
                                size_t *count, struct str *next_page)
{
    struct twilio_page page;
    enum err failed = twilio_json_page(body, "messages", &page);
    size_t size = failed == ERR_OK ? json_array_size(page.items) : 0;

    *items = NULL;
    *count = 0;
    *next_page = (struct str){NULL, 0};
    if (failed != ERR_OK) return failed;
    *items = arena_alloc(arena, (size + 1) * sizeof **items);
    if (*items == NULL) return ERR_FULL;
    for (size_t i = 0; i < size && failed == ERR_OK; i++)
        failed = message_from_json(json_array_get(page.items, i), arena, &(*items)[i]);
    if (failed != ERR_OK) return failed;
    *count = size;
    if (page.next.len > 0) {
        *next_page = arena_str(arena, page.next);
        if (next_page->at == NULL) return ERR_FULL;
    }
    return ERR_OK;
}

static void add_if_said(struct buf *out, struct str name, struct str value)
{
    if (value.len > 0) form_encode_add(out, name, value);
}

static void add_number(struct buf *out, struct str name, unsigned value)
{
    char digits[STR_U64_BYTES];
    form_encode_add(out, name, str_of_u64(value, digits));
}

enum err message_form_add(struct buf *out, const struct provider_message *m)
{
    if (m->to.len == 0 || m->body.len == 0 || (m->from.len == 0 && m->messaging_service_sid.len == 0))
        return ERR_INVALID;
    if (m->validity_s < 0 || m->validity_s > VALIDITY_S_MAX) return ERR_INVALID;
    form_encode_add(out, STR("To"), m->to);
    add_if_said(out, STR("From"), m->from);
    add_if_said(out, STR("MessagingServiceSid"), m->messaging_service_sid);
    form_encode_add(out, STR("Body"), m->body);
    add_if_said(out, STR("StatusCallback"), m->status_callback);
    if (m->validity_s > 0) add_number(out, STR("ValidityPeriod"), (unsigned)m->validity_s);
    if (m->smart_encoded) form_encode_add(out, STR("SmartEncoded"), STR("true"));
    return ERR_OK;
}

/* The operator is part of the name, so "DateSent>" and '=' read as at or after (reference section 2.3). */
static void add_date(struct buf *query, struct str name, int64_t ms)
{
    char text[DATE_TEXT_BYTES];
    if (ms == 0) return;
    date_format_iso8601(ms, text);
    form_encode_add(query, name, str_from(text));
}

void message_query_add(struct buf *out, const struct provider_request *r)
{
    struct buf query;
    int size = r->page_size > PAGE_SIZE_MAX ? PAGE_SIZE_MAX : r->page_size;

    buf_init(&query, 2048);
    add_if_said(&query, STR("To"), r->list_to);
    add_if_said(&query, STR("From"), r->list_from);
    add_date(&query, STR("DateSent>"), r->list_date_after_ms);
    add_date(&query, STR("DateSent<"), r->list_date_before_ms);
    if (size > 0) add_number(&query, STR("PageSize"), (unsigned)size);
    if (query.len > 0) {
        buf_add_char(out, '?');
        buf_add(out, buf_str(&query));
    }
    buf_free(&query);
}
