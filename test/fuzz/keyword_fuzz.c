/* Any bytes have a keyword or none, and what the provider says wins. */
#include "rules/keyword.h"

#include <stdint.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct str body = {(const char *)data, size};
    struct keyword_hit plain = keyword_classify(body, STR(""), false);
    struct keyword_hit toll_free = keyword_classify(body, STR(""), true);
    struct keyword_hit told = keyword_classify(body, STR("STOP"), false);

    BUG_IF(plain.kind == KEYWORD_STOP && toll_free.kind != KEYWORD_STOP);
    BUG_IF((plain.kind == KEYWORD_NONE) != (strlen(plain.word) == 0));
    BUG_IF(told.kind != KEYWORD_STOP || !told.by_provider);
    return 0;
}
