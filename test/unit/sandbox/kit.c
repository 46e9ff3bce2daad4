/* kit: see kit.h. */
#include "kit.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct sandbox_config kit_config(void)
{
    struct sandbox_config c = sandbox_config_default();
    for (int i = 0; i < SANDBOX_CARRIER_COUNT; i++)
        c.carriers[i] = (struct sandbox_carrier_config){
            .sent_ms_min = 10, .sent_ms_max = 10, .receipt_ms_min = 100, .receipt_ms_max = 100};
    c.pick_ms_min = c.pick_ms_max = 20;
    c.callback_ms_min = c.callback_ms_max = 5;
    c.handset_ms_min = c.handset_ms_max = 1000;
    return c;
}

struct kit *kit_new(const struct sandbox_config *config, uint64_t seed)
{
    struct kit *k = calloc(1, sizeof *k);
    struct sandbox_service_params params = {
        .friendly_name = STR("Program"), .inbound_url = STR("http://app.test/inbound"),
        .fallback_url = STR("http://app.test/fallback"), .sticky_sender = true,
    };
    assert_non_null(k);
    k->sb = sandbox_new(config, seed);
    assert_non_null(k->sb);
    k->now_ms = START_MS;
    k->answer.http_status = 204;
    assert_int_equal(sandbox_service_add(k->sb, 0, &params, &k->service), ERR_OK);
    assert_int_equal(
        sandbox_program_set(k->sb, k->service, &(struct sandbox_program){.brand = 1, .brand_score = 80}),
        ERR_OK);
    assert_int_equal(sandbox_sender_add(k->sb, 0, STR("+14155551000"), k->service, STR(""), &k->number),
                     ERR_OK);
    assert_int_equal(sandbox_sender_add(k->sb, 0, STR("+14155552000"), SANDBOX_NONE,
                                        STR("http://app.test/number"), &k->plain),
                     ERR_OK);
    kit_run(k, 0);
    return k;
}

void kit_free(struct kit *k)
{
    sandbox_check(k->sb);
    sandbox_free(k->sb);
    free(k);
}

static void note(struct kit *k, const struct sandbox_webhook *w)
{
    struct seen *s = &k->seen[k->seen_count];
    struct buf form;
    assert_true(k->seen_count < SEEN_MAX);
    k->seen_count++;
    *s = (struct seen){k->now_ms, w->kind, w->message, w->status, w->error_code, w->attempt, w->is_fallback,
                       w->forged, "", ""};
    assert_int_equal(str_copy(w->url, s->url, sizeof s->url), ERR_OK);
    buf_init(&form, sizeof s->form);
    assert_int_equal(sandbox_webhook_form(k->sb, w->id, &form), ERR_OK);
    assert_int_equal(str_copy(buf_str(&form), s->form, sizeof s->form), ERR_OK);
    buf_free(&form);
}

static void step(struct kit *k)
{
    struct sandbox_webhook due[16];
    size_t count;
    do {
        count = sandbox_step(k->sb, k->now_ms, due, 16);
        for (size_t i = 0; i < count; i++) {
            note(k, &due[i]);
            sandbox_webhook_answered(k->sb, k->now_ms, due[i].id, &k->answer);
        }
    } while (count == 16);
}

void kit_run(struct kit *k, int64_t by_ms)
{
    int64_t end = k->now_ms + by_ms;
    step(k);
    for (int64_t next; (next = sandbox_next_event_ms(k->sb)) <= end; step(k))
        if (next > k->now_ms) k->now_ms = next;
    k->now_ms = end;
    step(k);
}

struct sandbox_created kit_send_as(struct kit *k, uint32_t sender, uint32_t service, uint64_t to,
                                   const char *callback)
{
    struct sandbox_created created;
    struct sandbox_create create = {.account = 0,
                                    .to = to,
                                    .sender = sender,
                                    .service = service,
                                    .body = STR("Hello"),
                                    .status_callback = str_from(callback)};
    sandbox_create_message(k->sb, k->now_ms, &create, &created);
    return created;
}

struct sandbox_created kit_send(struct kit *k, uint32_t sender, uint32_t service, uint64_t to,
                                const char *body)
{
    struct sandbox_created created;
    struct sandbox_create create = {.account = 0,
                                    .to = to,
                                    .sender = sender,
                                    .service = service,
                                    .body = str_from(body),
                                    .status_callback = STR("http://app.test/status?m=1&a=1")};
    sandbox_create_message(k->sb, k->now_ms, &create, &created);
    return created;
}

struct sandbox_message kit_message(struct kit *k, uint64_t message)
{
    struct sandbox_message m;
    assert_int_equal(sandbox_message_get(k->sb, message, &m), ERR_OK);
    return m;
}

enum sandbox_status kit_status(struct kit *k, uint64_t message)
{
    return kit_message(k, message).status;
}

const char *kit_story(struct kit *k, uint64_t message)
{
    static char story[256];
    size_t at = 0;
    story[0] = '\0';
    for (size_t i = 0; i < k->seen_count; i++)
        if (k->seen[i].message == message && k->seen[i].kind == SANDBOX_WEBHOOK_STATUS)
            at += (size_t)snprintf(story + at, sizeof story - at, "%s%s", at > 0 ? " " : "",
                                   sandbox_status_name(k->seen[i].status));
    return story;
}
