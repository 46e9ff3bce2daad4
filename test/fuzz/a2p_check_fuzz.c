/* Facts as any bytes give them: refused, or judged with findings that lie within them, whatever the kind of brand. */
#include "app/registration_check.h"
#include "rules/a2p_difference.h"

#include <stdint.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { BYTES = 1 << 20 };

static void judge(const struct a2p_facts *facts, enum brand_type kind)
{
    struct a2p_findings found;
    enum a2p_severity worst = A2P_CLEAN;
    struct buf out;

    a2p_check(facts, kind, &found);
    BUG_IF(found.count > A2P_FINDINGS_MAX);
    for (size_t i = 0; i < found.count; i++) {
        const struct a2p_finding *f = &found.at[i];
        struct str field = facts->at[f->field];
        BUG_IF(f->words.len > 0 && (f->words.at < field.at || f->words.at + f->words.len > field.at + field.len));
        if (f->severity > worst) worst = f->severity;
    }
    BUG_IF(!found.cut && worst != found.worst);
    buf_init(&out, BYTES);
    registration_check(facts, kind, &out);
    BUG_IF(buf_check(&out) == ERR_LIMIT);
    buf_free(&out);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct a2p_facts facts, nothing = {.at = {{NULL, 0}}};
    struct arena arena;
    struct buf out;

    if (size > 65536) return 0;
    arena_init(&arena, BYTES);
    if (a2p_facts_read((struct str){(const char *)data, size}, &arena, &facts, NULL) == ERR_OK) {
        judge(&facts, (enum brand_type)(BRAND_STANDARD + size % (BRAND_SOLE_PROPRIETOR - BRAND_STANDARD + 1)));
        buf_init(&out, BYTES);
        a2p_difference(&nothing, &facts, &out);
        buf_free(&out);
    }
    arena_reset(&arena);
    return 0;
}
