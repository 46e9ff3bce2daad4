/* Any bytes have an answer, whose words are a part of the text; and a plain value adds nothing to a template. */
#include "rules/content.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void judge(struct str text, const struct content_case *c)
{
    struct content_report r;
    enum content_severity worst = CONTENT_CLEAN;

    content_check(text, c, &r);
    BUG_IF(r.count > CONTENT_FINDINGS_MAX);
    for (size_t i = 0; i < r.count; i++) {
        BUG_IF((size_t)r.findings[i].offset + r.findings[i].length > text.len);
        BUG_IF(i > 0 && r.findings[i].severity > r.findings[i - 1].severity);
        BUG_IF(r.findings[i].severity > r.findings[i].rule->severity);
        if (r.findings[i].severity > worst) worst = r.findings[i].severity;
    }
    BUG_IF(worst != r.worst);
}

/* The first line is a value, the rest what stands around its field. */
static void fill(struct str value, struct str around, const struct content_case *c)
{
    static const char FIELD[] = " {{x}} ";
    struct content_case of_template = *c;
    struct str head = str_slice(around, 0, around.len / 2), tail = str_slice(around, head.len, around.len);
    char *template = malloc(around.len + sizeof FIELD), *text = malloc(around.len + value.len + 3);
    size_t a = 0, b = 0;

    if (template != NULL && text != NULL && around.len > 0 && value.len > 0) {
        memcpy(template, head.at, head.len), memcpy(text, head.at, head.len);
        a = b = head.len;
        memcpy(template + a, FIELD, sizeof FIELD - 1), a += sizeof FIELD - 1;
        text[b++] = ' ';
        memcpy(text + b, value.at, value.len), b += value.len;
        text[b++] = ' ';
        memcpy(template + a, tail.at, tail.len), a += tail.len;
        memcpy(text + b, tail.at, tail.len), b += tail.len;
        of_template.template = true;
        if (content_value_plain(value) && !content_template_open((struct str){template, a}))
            BUG_IF(content_blocks((struct str){text, b}, c) &&
                   !content_blocks((struct str){template, a}, &of_template));
    }
    free(template);
    free(text);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct str text = {(const char *)data, size}, value, around;
    struct content_case c = {.kind = KIND_MARKETING};

    judge(text, &c);
    c.template = true;
    judge(text, &c);
    around = str_cut(text, '\n', &value);
    c = (struct content_case){.kind = KIND_TRANSACTIONAL, .brand = value};
    judge(around, &c);
    c.brand = (struct str){NULL, 0};
    /* A value or a text that begins a field of its own is another template. */
    if (str_find_char(text, '{') == size && str_find_char(text, '}') == size && size < 512) fill(value, around, &c);
    return 0;
}
