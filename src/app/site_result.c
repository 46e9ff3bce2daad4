/* site_result: kept, read back, told. Contract in site_result.h. */
#include "app/site_result.h"

#include "app/registration_check.h"
#include "base/json_out.h"

#include <string.h>

static void keep_words(struct str words, char out[SITE_RESULT_WORDS])
{
    size_t end = words.len < SITE_RESULT_WORDS - 1 ? words.len : SITE_RESULT_WORDS - 1;

    while (end < words.len && end > 0 && ((unsigned char)words.at[end] & 0xC0) == 0x80) end--;
    if (end > 0) memcpy(out, words.at, end);
    out[end] = '\0';
}

void site_result_take(struct site_result *out, const struct site_findings *found)
{
    out->state = SITE_STATE_READ;
    out->worst = found->worst;
    out->count = found->count < SITE_RESULT_FINDINGS ? found->count : SITE_RESULT_FINDINGS;
    for (size_t i = 0; i < out->count; i++) {
        out->at[i].rule = found->at[i].rule;
        out->at[i].place = found->at[i].place;
        keep_words(found->at[i].words, out->at[i].words);
    }
}

struct a2p_finding site_result_finding(const struct site_result *r, size_t i)
{
    struct site_finding f = {.rule = r->at[i].rule, .place = r->at[i].place, .words = str_from(r->at[i].words)};
    struct a2p_finding told;

    site_finding_tell(&f, &told);
    return told;
}

const char *site_result_first_block(const struct site_result *r, struct a2p_finding *out)
{
    for (size_t i = 0; i < r->count; i++) {
        *out = site_result_finding(r, i);
        if (out->severity == A2P_BLOCK) return r->at[i].words;
    }
    return NULL;
}

void site_result_write(const struct site_result *r, struct buf *out)
{
    json_open(out, '{');
    json_put_int(out, "state", r->state);
    json_put_int(out, "at", r->at_ms);
    json_put_int(out, "pages", r->pages);
    json_key(out, "findings");
    json_open(out, '[');
    for (size_t i = 0; i < r->count; i++) {
        json_open(out, '{');
        json_put_text(out, "rule", site_rule_name(r->at[i].rule));
        json_put_int(out, "place", r->at[i].place);
        json_put_text(out, "words", r->at[i].words);
        json_close(out, '}');
    }
    json_close(out, ']');
    json_close(out, '}');
}

static int64_t int_of(const json_t *object, const char *name)
{
    return (int64_t)json_integer_value(json_object_get(object, name));
}

void site_result_read(const json_t *object, struct site_result *out)
{
    const json_t *list = json_object_get(object, "findings");
    int64_t state = int_of(object, "state");

    *out = (struct site_result){.state = SITE_STATE_TODO, .at_ms = int_of(object, "at")};
    if (state != SITE_STATE_READ && state != SITE_STATE_PASSED) return;
    out->state = (enum site_state)state;
    out->pages = (uint32_t)int_of(object, "pages");
    for (size_t i = 0; i < json_array_size(list) && out->count < SITE_RESULT_FINDINGS; i++) {
        const json_t *one = json_array_get(list, i);
        int64_t place = int_of(one, "place");
        uint8_t rule;
        /* A rule that is no more is no finding. */
        if (!site_rule_named(str_from(json_string_value(json_object_get(one, "rule"))), &rule)) continue;
        if (place < 0 || place >= SITE_PLACES) continue;
        out->at[out->count].rule = rule;
        out->at[out->count].place = (uint8_t)place;
        keep_words(str_from(json_string_value(json_object_get(one, "words"))), out->at[out->count].words);
        out->count++;
        if (site_result_finding(out, out->count - 1).severity > out->worst)
            out->worst = site_result_finding(out, out->count - 1).severity;
    }
}

void site_result_member(const struct site_result *r, struct buf *out)
{
    json_key(out, "website");
    if (r->state == SITE_STATE_TODO) {
        json_nil(out);
        return;
    }
    json_open(out, '{');
    json_put_text(out, "state", r->state == SITE_STATE_READ ? "read" : "passed_over");
    json_put_time(out, "read_at", r->at_ms);
    json_put_int(out, "pages", r->pages);
    json_put_text(out, "verdict", a2p_severity_name(r->worst));
    json_key(out, "findings");
    json_open(out, '[');
    for (size_t i = 0; i < r->count; i++) {
        struct a2p_finding f = site_result_finding(r, i);
        registration_check_finding(out, &f);
    }
    json_close(out, ']');
    json_close(out, '}');
}
