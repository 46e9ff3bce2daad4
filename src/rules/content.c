/* content: asks every rule about a text and orders what they found. Owns nothing. Contract in content.h. */
#include "rules/content.h"

#include "rules/content_links.h"
#include "rules/content_tables.h"

/* Keeps the gravest first; of equals the earlier. What finds no place is less grave than all that are kept. */
static void add(struct content_report *r, enum content_rule_number rule, enum content_severity severity, size_t from,
                size_t to)
{
    size_t at = r->count < CONTENT_FINDINGS_MAX ? r->count : CONTENT_FINDINGS_MAX;
    struct content_finding found = {&content_rules[rule], severity, (uint32_t)from, (uint32_t)(to - from)};

    if (severity > r->worst) r->worst = severity;
    while (at > 0 && r->findings[at - 1].severity < severity) at--;
    if (at == CONTENT_FINDINGS_MAX) return;
    if (r->count < CONTENT_FINDINGS_MAX) r->count++;
    for (size_t i = r->count - 1; i > at; i--) r->findings[i] = r->findings[i - 1];
    r->findings[at] = found;
}

static void judge_link(struct content_report *r, const struct content_link *l)
{
    if (l->shortener) add(r, CONTENT_RULE_SHORTENER, CONTENT_BLOCK, l->from, l->to);
    if (l->insecure) add(r, CONTENT_RULE_HTTP_LINK, CONTENT_BLOCK, l->from, l->to);
    if (l->disguised) add(r, CONTENT_RULE_DISGUISED_LINK, CONTENT_BLOCK, l->from, l->to);
}

void content_check(struct str text, const struct content_case *c, struct content_report *out)
{
    struct content_link links[CONTENT_LINKS_MAX];
    size_t count = content_links_possible(text) ? content_links_find(text, links) : 0;

    (void)c;
    *out = (struct content_report){.worst = CONTENT_CLEAN};
    for (size_t i = 0; i < count; i++) judge_link(out, &links[i]);
}

bool content_blocks(struct str text, const struct content_case *c)
{
    struct content_report r;

    content_check(text, c, &r);
    return r.worst == CONTENT_BLOCK;
}

bool content_value_plain(struct str value)
{
    return value.len > 0 && !content_links_possible(value);
}

uint32_t content_version(void)
{
    return content_tables_version;
}

const char *content_severity_name(enum content_severity s)
{
    static const char *const NAMES[] = {"clean", "note", "ask", "block"};
    return NAMES[s];
}

const struct content_rule *content_rules_all(size_t *count)
{
    *count = CONTENT_RULES - 1;
    return &content_rules[1];
}
