/* Any bytes compile or are refused with words; what compiles renders, and values come out as they are. */
#include "rules/template.h"

#include <stdint.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct str braces(void *ctx, size_t index, struct str name)
{
    (void)ctx;
    (void)name;
    return index % 2 == 0 ? STR("{{x}}") : STR("");
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct template *t;
    struct fault fault = {.what = ""};
    struct str missing = STR("");
    struct buf out;
    enum err e = template_compile((struct str){(const char *)data, size}, &t, &fault);

    BUG_IF((e == ERR_OK) != (t != NULL));
    BUG_IF((e == ERR_OK) != (fault.what[0] == '\0'));
    if (e != ERR_OK) return 0;
    buf_init(&out, 1 << 16);
    e = template_render(t, braces, NULL, &out, &missing);
    BUG_IF(e != ERR_OK && e != ERR_NOT_FOUND);
    BUG_IF(e == ERR_NOT_FOUND && (missing.len == 0 || out.len != 0));
    for (size_t i = 0; i < template_field_count(t); i++) BUG_IF(template_field(t, i).len == 0);
    buf_free(&out);
    template_free(t);
    return 0;
}
