/*
 * public_id_fuzz: ids and cursors as strangers write them in paths, queries and Last-Event-ID: refused, or the one text
 * of an id of that kind. The first eight bytes are an id of our own as well, which only its own kind reads back.
 */
#include "app/public_id.h"

#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_own(const struct public_ids *p, enum public_kind kind, uint64_t id)
{
    char text[PUBLIC_ID_BYTES];
    uint64_t again = 0;
    public_id_format(p, kind, id, text);
    for (int other = PUBLIC_MESSAGE; other <= PUBLIC_CURSOR; other++)
        BUG_IF((public_id_parse(p, (enum public_kind)other, str_from(text), &again) == ERR_OK) != (other == (int)kind));
    BUG_IF(public_id_parse(p, kind, str_from(text), &again) != ERR_OK || again != id);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const unsigned char key[PUBLIC_KEY_BYTES] = "0123456789abcde";
    struct public_ids p;
    struct str text = {(const char *)data, size};
    uint64_t id = 0;
    char again[PUBLIC_ID_BYTES];
    public_ids_init(&p, key);
    for (int kind = PUBLIC_MESSAGE; kind <= PUBLIC_CURSOR; kind++) {
        if (public_id_parse(&p, (enum public_kind)kind, text, &id) != ERR_OK) continue;
        public_id_format(&p, (enum public_kind)kind, id, again);
        BUG_IF(!str_equal(text, str_from(again)));
    }
    if (size < sizeof id) return 0;
    memcpy(&id, data, sizeof id);
    check_own(&p, (enum public_kind)(data[size - 1] % (PUBLIC_CURSOR + 1)), id);
    return 0;
}
