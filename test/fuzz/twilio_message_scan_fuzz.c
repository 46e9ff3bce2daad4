/* The quick reader against the full parser: what the first reads, the second reads the same. */
#include "twilio/message.h"
#include "twilio/message_scan.h"

#include <stdint.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void compare(const struct provider_item *a, const struct provider_item *b)
{
    BUG_IF(strcmp(a->sid, b->sid) != 0 || strcmp(a->messaging_service_sid, b->messaging_service_sid) != 0);
    BUG_IF(strcmp(a->to, b->to) != 0 || strcmp(a->from, b->from) != 0 || strcmp(a->direction, b->direction) != 0);
    BUG_IF(!str_equal(a->body, b->body));
    BUG_IF(a->status != b->status || a->error_code != b->error_code || a->segments != b->segments);
    BUG_IF(a->date_created_ms != b->date_created_ms || a->date_sent_ms != b->date_sent_ms);
    BUG_IF(a->date_updated_ms != b->date_updated_ms || a->price_micros != b->price_micros);
    BUG_IF(a->has_price != b->has_price || a->inbound != b->inbound);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct str in = {(const char *)data, size};
    struct provider_item quick, full;
    struct twilio_error error;
    struct arena arena;
    json_t *root;

    arena_init(&arena, 1 << 24);
    if (size <= 1 << 16 && message_scan(in, &arena, &quick)) {
        root = twilio_json_parse(in);
        BUG_IF(root == NULL || message_from_json(root, &arena, &full) != ERR_OK);
        BUG_IF(twilio_json_error(root, 201, &error));
        compare(&quick, &full);
        json_decref(root);
    }
    arena_reset(&arena);
    return 0;
}
