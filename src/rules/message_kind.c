/*
 * message_kind: names of the kinds. Owns nothing; an unknown name is ERR_INVALID.
 */
#include "rules/message_kind.h"

static const char *const names[] = {
    [KIND_TRANSACTIONAL] = "transactional",
    [KIND_CONVERSATIONAL] = "conversational",
    [KIND_MARKETING] = "marketing",
};

const char *message_kind_name(enum message_kind kind)
{
    BUG_IF(kind < KIND_TRANSACTIONAL || kind > KIND_MARKETING);
    return names[kind];
}

enum err message_kind_parse(struct str name, enum message_kind *out)
{
    for (unsigned i = KIND_TRANSACTIONAL; i <= KIND_MARKETING; i++) {
        if (!str_equal(name, str_from(names[i]))) continue;
        *out = (enum message_kind)i;
        return ERR_OK;
    }
    return ERR_INVALID;
}
