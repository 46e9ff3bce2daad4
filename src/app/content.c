/* content: cases from records, findings to people. Contract in content.h. */
#include "app/content.h"

#include "base/json_out.h"
#include "rules/country_content.h"

#include <inttypes.h>
#include <stdio.h>

enum { WORDS_SHOWN_MAX = 120 };

void content_case_of(const struct org *org, const struct program *program, enum message_kind kind,
                     struct content_case *out)
{
    *out = (struct content_case){.kind = kind, .brand = org->name};
    if (program == NULL) return;
    out->use_case = use_case_parse(program->use_case);
    out->age_gated = (program->traits & PROGRAM_AGE_GATED) != 0;
    out->direct_lending = (program->traits & PROGRAM_DIRECT_LENDING) != 0;
    if (program->brand_name.len > 0) out->brand = program->brand_name;
}

static struct country_case country_case_of(const struct content_case *facts, const char *country)
{
    return (struct country_case){.country = country, .kind = facts->kind, .brand = facts->brand};
}

void content_hear(struct str text, const struct content_case *facts, const char *country, const struct sender *sender,
                  struct content_report *out)
{
    struct country_case there;

    content_check(text, facts, out);
    if (country == NULL || country[0] == '\0') return;
    there = country_case_of(facts, country);
    if (sender != NULL && sender->kind == SENDER_ALPHA) {
        there.sender = str_from(sender->address);
        there.registered = str_from(sender->registered);
    }
    country_content_check(text, &there, out);
}

bool content_country(struct str text, char out[3])
{
    if (text.len != 2) return false;
    for (size_t i = 0; i < 2; i++) {
        out[i] = (char)(text.at[i] & ~0x20);
        if (out[i] < 'A' || out[i] > 'Z') return false;
    }
    out[2] = '\0';
    return true;
}

bool content_forbidden(struct str text, const struct content_case *facts, const char *country)
{
    struct content_report report;

    if (!country_content_any(country)) return content_blocks(text, facts);
    content_hear(text, facts, country, NULL, &report);
    return report.worst == CONTENT_BLOCK;
}

struct str content_words_of(const struct content_finding *f, struct str text, size_t most)
{
    struct str words = str_slice(text, f->offset, (size_t)f->offset + f->length);
    size_t end = words.len < most ? words.len : most;

    while (end < words.len && end > 0 && ((unsigned char)words.at[end] & 0xC0) == 0x80) end--;
    return str_slice(words, 0, end);
}

void content_problem(const struct content_report *r, enum content_severity least, struct str text, const char *field,
                     struct problem *p)
{
    for (size_t i = 0; i < r->count; i++) {
        const struct content_finding *f = &r->findings[i];
        const char *reason;
        if (f->severity < least) continue;
        reason = arena_printf(p->arena, "%s (rule %s; %s).", f->rule->title, f->rule->id, f->rule->source);
        (void)problem_field(p, field, content_words_of(f, text, WORDS_SHOWN_MAX),
                            reason == NULL ? f->rule->title : reason, f->rule->fix);
    }
}

void content_version_format(uint32_t version, char out[CONTENT_VERSION_BYTES])
{
    (void)snprintf(out, CONTENT_VERSION_BYTES, "%08" PRIx32, version);
}

void content_version_text(char out[CONTENT_VERSION_BYTES])
{
    content_version_format(content_version(), out);
}

static void put_finding(struct buf *out, struct str text, const struct content_finding *f)
{
    json_open(out, '{');
    json_put_text(out, "severity", content_severity_name(f->severity));
    json_put_text(out, "rule", f->rule->id);
    json_put_text(out, "title", f->rule->title);
    json_put_str_or_null(out, "words", content_words_of(f, text, WORDS_SHOWN_MAX));
    json_put_int(out, "offset", f->offset);
    json_put_int(out, "length", f->length);
    json_put_text(out, "fix", f->rule->fix);
    json_put_text(out, "source", f->rule->source);
    json_put_text(out, "since", f->rule->since);
    json_close(out, '}');
}

void content_members(struct buf *out, struct str text, const struct content_report *r)
{
    char version[CONTENT_VERSION_BYTES];

    content_version_text(version);
    json_put_text(out, "verdict", content_severity_name(r->worst));
    json_put_text(out, "rule_set", version);
    json_key(out, "findings");
    json_open(out, '[');
    for (size_t i = 0; i < r->count; i++) put_finding(out, text, &r->findings[i]);
    json_close(out, ']');
}
