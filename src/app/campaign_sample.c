/* campaign_sample: fills a template for a page of contacts. Contract in campaign_sample.h. */
#include "app/campaign_sample.h"

#include "app/content.h"
#include "app/messages.h"
#include "app/values.h"
#include "rules/phone.h"
#include "rules/segment.h"

#include <stdio.h>
#include <string.h>

void campaign_sample_count(struct campaign_sample *s, struct str text)
{
    struct segment_count count;

    if (segment_count(text, 0, &count, NULL) != ERR_OK) return;
    s->filled++;
    s->too_long += count.characters > MESSAGE_CHARACTERS_MAX;
    s->ucs2 += count.encoding == SEGMENT_UCS2;
    s->segments += count.segments;
    if (count.segments > s->segments_most) s->segments_most = count.segments;
}

static bool is_forbidden(struct str text, const struct content_case *facts, uint64_t number)
{
    struct phone phone;

    if (phone_from_digits(number, &phone) != ERR_OK) return content_blocks(text, facts);
    return content_forbidden(text, facts, phone.country);
}

static void take_contact(struct campaign_sample *s, const struct template *t, const struct content_case *facts,
                         const struct contact *c)
{
    struct values f;
    struct buf out;

    if (values_parse(c->fields, &f) != ERR_OK) return;
    s->numbers[s->contacts] = c->number;
    s->zones[s->contacts++] = c->zones;
    s->carriers[c->carrier < CARRIER_COUNT ? c->carrier : CARRIER_UNKNOWN]++;
    for (size_t i = 0; i < template_field_count(t); i++)
        s->lacking[i] += str_trim(values_get(&f, template_field(t, i))).len == 0;
    buf_init(&out, SEGMENT_TEXT_BYTES_MAX);
    if (values_render(&f, t, &out, NULL) == ERR_OK) {
        campaign_sample_count(s, buf_str(&out));
        s->forbidden += is_forbidden(buf_str(&out), facts, c->number);
    }
    buf_free(&out);
    values_free(&f);
}

enum err campaign_sample_take(struct store_reader *r, org_id org, uint32_t list, const struct template *t,
                              const struct content_case *facts, struct campaign_sample *out)
{
    struct arena scratch;
    struct contact *rows;
    size_t count = CAMPAIGN_SAMPLE_MAX;
    enum err code;

    memset(out, 0, sizeof *out);
    arena_init(&scratch, CAMPAIGN_SAMPLE_MAX * 64 * 1024);
    rows = arena_alloc(&scratch, CAMPAIGN_SAMPLE_MAX * sizeof *rows);
    code = rows == NULL ? ERR_FULL : r->store->ops->contacts(r, &scratch, org, list, 0, rows, &count);
    for (size_t i = 0; code == ERR_OK && i < count; i++) take_contact(out, t, facts, &rows[i]);
    if (code == ERR_OK && count > 0)
        (void)snprintf(out->known, sizeof out->known, STR_FMT,
                       STR_ARG(str_slice(rows[0].fields, 0, sizeof out->known - 1)));
    arena_reset(&scratch);
    return code;
}
