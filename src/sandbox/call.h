/*
 * call: one request of the REST face while it is served: who asks, what for, and where the answer goes. For
 * the api_*.c files alone; the contract outside is api.h. Everything lives in the call's arena.
 */
#ifndef STERLING_SANDBOX_CALL_H
#define STERLING_SANDBOX_CALL_H

#include "base/json_out.h"
#include "sandbox/api.h"
#include "sandbox/world.h"
#include "twilio/form.h"

enum { CALL_ARGS_MAX = 4, PAGE_SIZE_MAX = 1000 };

struct thing;
struct thing_face;
struct call {
    struct sandbox *sb;
    const struct sandbox_http_request *request;
    struct sandbox_http_answer *answer;
    struct buf *out; /* the answer's body */
    struct arena arena;
    struct str prefix; /* "" or "/messaging.twilio.com": what absolute links put before the path */
    struct str path;   /* without prefix and query */
    struct form query, form;
    uint32_t auth, account; /* who authenticated; whom the path means */
    struct str args[CALL_ARGS_MAX]; /* what stood for {} in the route */
    bool by_key;     /* authenticated with an API key */
    struct str user; /* who it said it is: AC… or SK… */
    char made[SANDBOX_SID_BYTES]; /* what it has made; "" */
    struct {
        const struct thing_face *face;
        const struct thing *parent;
    } listing; /* of registered things */
};

/* Twilio's error body. */
void sb_call_error(struct call *c, int http_status, int code);
void sb_call_error_as(struct call *c, int http_status, int code, const char *text);
void sb_call_not_found(struct call *c); /* 404 20404, naming the path */
uint32_t sb_call_service(struct call *c); /* that the first {} names, or SANDBOX_NONE after having answered 404 */
/* The words Twilio has for a code; NULL for one that this sandbox does not speak of. */
const char *sb_call_error_text(int code);
/* Starts a JSON answer. */
void sb_call_ok(struct call *c, int http_status);
void sb_call_no_content(struct call *c);
/* What a fault leaves of the answer; http_status, code and retry_after_s are those it puts in its place. */
void sb_call_spoil(struct call *c, const struct sandbox_directive *wire, int http_status, int code,
                uint32_t retry_after_s);

/* Parameters of the form. `call_has` is true for an empty value too. */
bool sb_call_has(const struct call *c, const char *name);
struct str sb_call_param(const struct call *c, const char *name);
struct str sb_call_query(const struct call *c, const char *name);
/* A segment of the path as text: "%2B1415…"; plus stays plus. Empty if it is malformed. */
struct str sb_call_decode(struct call *c, struct str segment);
/* "true"/"false" as TwiML does, any case; `absent` if it is not there or neither. */
bool sb_call_bool(const struct call *c, const char *name, bool absent);
/* Replaces *slot if the parameter is there; an empty value clears it. */
void sb_call_set_text(const struct call *c, const char *name, char **slot);
void sb_call_set_get(const struct call *c, const char *name, bool *is_get); /* GET or POST */

/* Members of the object being written. */
void sb_call_put_date_2010(struct call *c, const char *name, int64_t date_ms); /* RFC 2822 or null */
void sb_call_put_date_iso(struct call *c, const char *name, int64_t date_ms);
void sb_call_put_url(struct call *c, const char *name, const char *fmt, ...) PRINTF_LIKE(3, 4); /* absolute */
void sb_call_put_path(struct call *c, const char *name, const char *fmt, ...)
    PRINTF_LIKE(3, 4); /* relative */
void sb_call_put_method(struct call *c, const char *name, bool is_get);
void sb_call_put_address(struct buf *out, const char *name, uint64_t number); /* null for 0 */

/* Reads a person's spelling of a number: "+1 (415) 555-2671", "4155552671". 0 if it is none. */
uint64_t sb_call_read_number(struct str text);

/* "2026-03-01T10:00:00Z", or a day for its midnight. ERR_INVALID. */
MUST_CHECK enum err sb_call_read_date(struct str text, int64_t *date_ms);

/* ---- pages (reference 1.7) ---- */
struct page {
    uint32_t size, number;
    bool back;       /* the page that ends before `anchor`, else the one that starts after it */
    uint64_t anchor; /* 0: from the newest */
    enum sid_kind kind;
    uint64_t *ids;   /* newest first; in the arena */
    size_t count;
    bool more;
};
/* False when it has answered with an error. `kind` is what page tokens are made of. */
bool sb_page_read(struct call *c, enum sid_kind kind, struct page *page);
/* Fills ids with those of 1 … newest for which `keep` says so. */
void sb_page_collect(struct call *c, struct page *page, uint64_t newest,
                  bool (*keep)(const struct call *c, uint64_t id));
void sb_page_put_2010(struct call *c, const struct page *page); /* members after the list itself */
void sb_page_put_meta(struct call *c, const struct page *page, const char *key);

/* ---- the resources; each answers ---- */
void sb_api_message_create(struct call *c);
void sb_api_message_list(struct call *c);
void sb_api_message_fetch(struct call *c);
void sb_api_message_update(struct call *c);
void sb_api_message_delete(struct call *c);
void sb_api_media_list(struct call *c);
void sb_api_feedback_create(struct call *c);
void sb_api_account_create(struct call *c);
void sb_api_account_list(struct call *c);
void sb_api_account_fetch(struct call *c);
void sb_api_account_update(struct call *c);
void sb_api_token_secondary(struct call *c);
void sb_api_token_secondary_delete(struct call *c);
void sb_api_token_promote(struct call *c);
void sb_api_number_create(struct call *c);
void sb_api_number_list(struct call *c);
void sb_api_number_fetch(struct call *c);
void sb_api_number_update(struct call *c);
void sb_api_number_delete(struct call *c);
void sb_api_number_typed_create(struct call *c);
void sb_api_number_typed_list(struct call *c);
void sb_api_available_countries(struct call *c);
void sb_api_available_country(struct call *c);
void sb_api_available_numbers(struct call *c);
void sb_api_short_code_list(struct call *c);
void sb_api_short_code_fetch(struct call *c);
void sb_api_short_code_update(struct call *c);
void sb_api_service_create(struct call *c);
void sb_api_service_list(struct call *c);
void sb_api_service_fetch(struct call *c);
void sb_api_service_update(struct call *c);
void sb_api_service_delete(struct call *c);
void sb_api_pool_add_number(struct call *c);
void sb_api_pool_list_numbers(struct call *c);
void sb_api_pool_fetch_number(struct call *c);
void sb_api_pool_remove_number(struct call *c);
void sb_api_pool_add_short_code(struct call *c);
void sb_api_pool_list_short_codes(struct call *c);
void sb_api_pool_fetch_short_code(struct call *c);
void sb_api_pool_remove_short_code(struct call *c);
void sb_api_pool_add_alpha(struct call *c);
void sb_api_pool_list_alphas(struct call *c);
void sb_api_pool_fetch_alpha(struct call *c);
void sb_api_pool_remove_alpha(struct call *c);
void sb_api_key_create(struct call *c);
void sb_api_key_list(struct call *c);
void sb_api_key_fetch(struct call *c);
void sb_api_key_update(struct call *c);
void sb_api_key_delete(struct call *c);
/* The account of a standard API key, SANDBOX_NONE if there is no such key or secret. */
uint32_t sb_api_key_account(const struct sandbox *sb, struct str sid, struct str secret);
void sb_api_address_create(struct call *c);
void sb_api_address_list(struct call *c);
void sb_api_address_fetch(struct call *c);
void sb_api_address_update(struct call *c);
void sb_api_address_delete(struct call *c);
void sb_api_policy_list(struct call *c);
void sb_api_policy_fetch(struct call *c);
void sb_api_trust_type_list(struct call *c);
void sb_api_trust_type_fetch(struct call *c);
void sb_api_trust_part_create(struct call *c); /* end users and supporting documents */
void sb_api_trust_part_list(struct call *c);
void sb_api_trust_part_fetch(struct call *c);
void sb_api_trust_part_update(struct call *c);
void sb_api_trust_part_delete(struct call *c);
void sb_api_bundle_create(struct call *c); /* customer profiles and trust products */
void sb_api_bundle_list(struct call *c);
void sb_api_bundle_fetch(struct call *c);
void sb_api_bundle_update(struct call *c);
void sb_api_bundle_delete(struct call *c);
void sb_api_assignment_create(struct call *c);
void sb_api_assignment_list(struct call *c);
void sb_api_assignment_fetch(struct call *c);
void sb_api_assignment_delete(struct call *c);
void sb_api_channel_create(struct call *c);
void sb_api_channel_list(struct call *c);
void sb_api_channel_fetch(struct call *c);
void sb_api_channel_delete(struct call *c);
void sb_api_evaluation_create(struct call *c);
void sb_api_evaluation_list(struct call *c);
void sb_api_evaluation_fetch(struct call *c);
void sb_api_lookup_fetch(struct call *c);
void sb_api_verify_service_create(struct call *c);
void sb_api_verify_service_list(struct call *c);
void sb_api_verify_service_fetch(struct call *c);
void sb_api_verify_service_update(struct call *c);
void sb_api_verify_service_delete(struct call *c);
void sb_api_verification_create(struct call *c);
void sb_api_verification_fetch(struct call *c);
void sb_api_verification_update(struct call *c);
void sb_api_verification_check(struct call *c);
void sb_api_verify_attempt_list(struct call *c);
void sb_api_verify_attempt_fetch(struct call *c);
void sb_api_brand_create(struct call *c);
void sb_api_brand_list(struct call *c);
void sb_api_brand_fetch(struct call *c);
void sb_api_brand_update(struct call *c);
void sb_api_brand_passcode(struct call *c);
void sb_api_vetting_create(struct call *c);
void sb_api_vetting_list(struct call *c);
void sb_api_vetting_fetch(struct call *c);
void sb_api_campaign_create(struct call *c);
void sb_api_campaign_list(struct call *c);
void sb_api_campaign_fetch(struct call *c);
void sb_api_campaign_update(struct call *c);
void sb_api_campaign_delete(struct call *c);
void sb_api_campaign_use_cases(struct call *c);
void sb_api_toll_free_create(struct call *c);
void sb_api_toll_free_list(struct call *c);
void sb_api_toll_free_fetch(struct call *c);
void sb_api_toll_free_update(struct call *c);
void sb_api_toll_free_delete(struct call *c);
void sb_api_event_type_list(struct call *c);
void sb_api_event_type_fetch(struct call *c);
void sb_api_sink_create(struct call *c);
void sb_api_sink_list(struct call *c);
void sb_api_sink_fetch(struct call *c);
void sb_api_sink_update(struct call *c);
void sb_api_sink_delete(struct call *c);
void sb_api_subscription_create(struct call *c);
void sb_api_subscription_list(struct call *c);
void sb_api_subscription_fetch(struct call *c);
void sb_api_subscription_delete(struct call *c);
void sb_api_subscribed_list(struct call *c);
void sb_api_subscribed_create(struct call *c);
void sb_api_subscribed_delete(struct call *c);
void sb_api_alert_list(struct call *c);
void sb_api_alert_fetch(struct call *c);

#endif
