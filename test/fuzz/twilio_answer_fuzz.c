/* Bodies of answers: messages, pages and errors are read or refused, and what is read keeps its promises. */
#include "twilio/message.h"

#include <stdint.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_item(const struct provider_item *m)
{
    BUG_IF(!twilio_sid_is_message(str_from(m->sid)));
    BUG_IF(m->inbound != (strcmp(m->direction, "inbound") == 0));
    BUG_IF(m->date_created_ms < 0 || m->date_sent_ms < 0);
    BUG_IF(m->status >= PROVIDER_STATUSES);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    json_t *root = size > 1 << 16 ? NULL : twilio_json_parse((struct str){(const char *)data, size});
    struct arena arena;
    struct provider_item one, *items;
    struct twilio_error error;
    struct str next;
    size_t count = 0;

    arena_init(&arena, 1 << 24);
    if (message_from_json(root, &arena, &one) == ERR_OK) check_item(&one);
    if (message_page_from_json(root, &arena, &items, &count, &next) == ERR_OK)
        for (size_t i = 0; i < count; i++)
            check_item(&items[i]);
    BUG_IF(twilio_json_error(root, 400, &error) != (error.code != 0));
    json_decref(root);
    arena_reset(&arena);
    return 0;
}
