/*
 * message_kind: names of the kinds. Owns nothing; an unknown name is ERR_INVALID.
 */
#include "rules/message_kind.h"

static const char *const names[MESSAGE_KIND_COUNT] = {
    [MESSAGE_KIND_MARKETING] = "marketing",
    [MESSAGE_KIND_TRANSACTIONAL] = "transactional",
    [MESSAGE_KIND_CONVERSATIONAL] = "conversational",
};

const char *message_kind_name(enum message_kind kind)
{
    BUG_IF((unsigned)kind >= MESSAGE_KIND_COUNT);
    return names[kind];
}

enum err message_kind_parse(struct str name, enum message_kind *out)
{
    for (unsigned i = 0; i < MESSAGE_KIND_COUNT; i++) {
        if (!str_equal(name, str_from(names[i]))) continue;
        *out = (enum message_kind)i;
        return ERR_OK;
    }
    return ERR_INVALID;
}
