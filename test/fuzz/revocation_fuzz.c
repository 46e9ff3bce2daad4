/* Any bytes have an answer, whose words are a part of the text, and case does not change it. */
#include "rules/revocation.h"

#include <stdint.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct str text = {(const char *)data, size};
    struct revocation r = revocation_read(text);
    char *upper = malloc(size + 1);

    BUG_IF((r.kind == REVOCATION_NONE) != (r.words.len == 0));
    if (r.words.len > 0) BUG_IF(r.words.at < text.at || r.words.at + r.words.len > text.at + text.len);
    if (upper == NULL) return 0;
    for (size_t i = 0; i < size; i++) {
        char c = text.at[i];
        upper[i] = c >= 'a' && c <= 'z' ? (char)(c - 'a' + 'A') : c;
    }
    BUG_IF(revocation_read((struct str){upper, size}).kind != r.kind);
    free(upper);
    return 0;
}
