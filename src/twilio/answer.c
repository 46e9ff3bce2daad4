/*
 * answer: reads the body for what the call wanted and lets classify.h judge. The texts of an answer live in an
 * arena that goes with it. Contract in answer.h.
 */
#include "twilio/answer.h"

#include "base/arena.h"
#include "twilio/date.h"
#include "twilio/json.h"
#include "twilio/message.h"
#include "twilio/message_scan.h"

#include <stdlib.h>
#include <string.h>

enum { ANSWER_MEMORY_MAX = 32 << 20 };

/* Reads what the call wanted out of the body; true if it is there. */
static bool read_resource(const struct answer_seen *seen, const json_t *json, struct arena *arena,
                          struct provider_answer *out)
{
    if (json == NULL) return false;
    if (seen->call == PROVIDER_LIST)
        return message_page_from_json(json, arena, &out->items, &out->items_count, &out->next_page) == ERR_OK;
    if (seen->call == PROVIDER_PROBE) return true;
    if (message_from_json(json, arena, &out->item) != ERR_OK) return false;
    return seen->sid[0] == '\0' || strcmp(seen->sid, out->item.sid) == 0;
}

static void keep_message(struct provider_answer *out, struct arena *arena, struct str message)
{
    if (arena != NULL && message.len > 0) out->error_message = arena_str(arena, message);
}

static bool is_success(const struct answer_seen *seen)
{
    return seen->http_status >= 200 && seen->http_status < 300;
}

/* Everything that a whole body tells. */
static void read_body(const struct answer_seen *seen, struct arena *arena, struct classify_exchange *judged,
                      struct provider_answer *out)
{
    struct twilio_error error;
    json_t *json;

    if (seen->call == PROVIDER_CREATE && is_success(seen) && arena != NULL &&
        message_scan(seen->body, arena, &out->item)) {
        judged->has_resource = true;
        return;
    }
    json = twilio_json_parse(seen->body);
    if (twilio_json_error(json, seen->http_status, &error)) {
        judged->twilio_code = out->error_code = error.code;
        keep_message(out, arena, error.message);
    }
    if (is_success(seen) && arena != NULL)
        judged->has_resource = read_resource(seen, json, arena, out);
    json_decref(json);
}

void answer_make(const struct answer_seen *seen, struct provider_answer *out)
{
    struct classify_exchange judged = {
        .handed_over = seen->handed_over, .complete = seen->complete, .http_status = seen->http_status};
    struct arena *arena = malloc(sizeof *arena);

    if (arena != NULL) arena_init_small(arena, ANSWER_MEMORY_MAX);
    *out = (struct provider_answer){.tag = seen->tag,
                                    .call = seen->call,
                                    .http_status = seen->http_status,
                                    .first_byte_sent = seen->first_byte_sent,
                                    .memory = arena};
    if (str_copy(str_from(seen->request_id), out->request_id, sizeof out->request_id) != ERR_OK)
        out->request_id[0] = '\0';
    if (date_parse_rfc2822(str_from(seen->date), &out->provider_date_ms) != ERR_OK) out->provider_date_ms = 0;
    out->retry_after_ms = classify_retry_after_ms(str_from(seen->retry_after), out->provider_date_ms);
    if (seen->complete)
        read_body(seen, arena, &judged, out);
    else
        keep_message(out, arena, str_from(seen->failed));
    if (!judged.has_resource) {
        out->item = (struct provider_item){0};
        out->items = NULL;
        out->items_count = 0;
    }
    out->class = classify_exchange(seen->call, &judged);
}

void answer_free(struct provider_answer *answer)
{
    struct arena *arena = answer->memory;
    if (arena != NULL) arena_reset(arena);
    free(arena);
    *answer = (struct provider_answer){0};
}
