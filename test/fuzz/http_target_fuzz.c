/* Request targets: split, routed, decoded. Whatever comes, what is decoded is never longer than what came. */
#include "http/route.h"
#include "http/target.h"
#include "twilio/form.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const struct str methods[] = {{"GET", 3}, {"POST", 4}, {"HEAD", 4}, {"PATCH", 5}, {"TRACE", 5}};
    struct arena a;
    struct target t = target_split((struct str){(const char *)data, size});
    struct form params;

    arena_init(&a, 1 << 20);
    for (size_t m = 0; m < sizeof methods / sizeof *methods; m++) {
        struct route_match match;
        route_find(methods[m], t.path, &match);
        BUG_IF(match.route != NULL && !match.path_known);
        for (size_t i = 0; i < ROUTE_ARGS_MAX; i++) {
            struct str out = {NULL, 0};
            if (target_decode(&a, match.args[i], &out) == ERR_OK) BUG_IF(out.len > match.args[i].len);
        }
    }
    if (form_decode(&a, t.query, 32, &params) == ERR_OK) BUG_IF(params.count > 32);
    arena_reset(&a);
    return 0;
}
