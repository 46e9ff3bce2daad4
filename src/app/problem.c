/* problem: collects why a request was refused. Fails never: without memory the words are cut to nothing. */
#include "app/problem.h"

#include <stdio.h>

enum { VALUE_SHOWN_MAX = 64 };

void problem_init(struct problem *p, struct arena *a)
{
    *p = (struct problem){.arena = a, .code = ERR_OK, .detail = ""};
}

enum err problem_set(struct problem *p, enum err code, const char *fmt, ...)
{
    struct fault words = {0};
    va_list args;

    if (p->code != ERR_OK) return p->code;
    va_start(args, fmt);
    (void)vsnprintf(words.what, sizeof words.what, fmt, args);
    va_end(args);
    words.code = code;
    return problem_fault(p, &words);
}

enum err problem_fault(struct problem *p, const struct fault *f)
{
    const char *words;

    if (p->code != ERR_OK) return p->code;
    words = arena_copy(p->arena, str_from(f->what));
    p->code = f->code;
    p->detail = words == NULL ? "" : words;
    return f->code;
}

/* Cuts at a character's edge, so that what is shown stays UTF-8. */
static struct str shown(struct str value)
{
    size_t keep = value.len;

    if (keep > VALUE_SHOWN_MAX) {
        keep = VALUE_SHOWN_MAX;
        while (keep > 0 && ((unsigned char)value.at[keep] & 0xc0) == 0x80)
            keep--;
    }
    return (struct str){value.at, keep};
}

enum err problem_field(struct problem *p, const char *field, struct str value, const char *reason,
                       const char *fix)
{
    struct problem_error *e;

    if (p->code == ERR_OK) {
        p->code = ERR_INVALID;
        p->detail = "Some fields are not right; see errors.";
    }
    if (p->count == PROBLEM_ERRORS_MAX) return ERR_INVALID;
    e = &p->errors[p->count];
    e->field = arena_copy(p->arena, str_from(field));
    e->reason = arena_copy(p->arena, str_from(reason));
    e->fix = arena_copy(p->arena, str_from(fix));
    e->value = value.at == NULL ? NULL : arena_copy(p->arena, shown(value));
    if (e->field != NULL && e->reason != NULL && e->fix != NULL) p->count++;
    return ERR_INVALID;
}

enum err problem_check(const struct problem *p)
{
    return p->code;
}
