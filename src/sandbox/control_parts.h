/*
 * control_parts: what the files of the control face share. Not for anyone else; docs/sandbox.md is the
 * contract for people.
 */
#ifndef STERLING_SANDBOX_CONTROL_PARTS_H
#define STERLING_SANDBOX_CONTROL_PARTS_H

#include "base/json_out.h"
#include "sandbox/server_parts.h"
#include "sandbox/world.h"
#include "twilio/form.h"

#include <jansson.h>

struct control {
    struct sandbox_server *server;
    struct sandbox *sb;
    int64_t now_ms;
    struct buf *out;
    struct sandbox_http_answer *answer;
    json_t *body; /* an object; empty if none was sent */
    struct arena arena;
    struct form query;
};

/* Replaces the answer by {"error": …}. */
void control_refuse(struct control *c, int http_status, const char *fmt, ...) PRINTF_LIKE(3, 4);

enum member_kind { MEMBER_TEXT, MEMBER_INT, MEMBER_BOOL, MEMBER_OBJECT, MEMBER_ARRAY };
struct member {
    const char *name;
    enum member_kind kind;
    void *to; /* struct str, int64_t, bool, json_t * */
};
/* False after having refused a member of an unknown name or a wrong type. */
bool control_read(struct control *c, json_t *object, const struct member *members, size_t count);
#define READ(c, object, ...)                                                                                 \
    control_read((c), (object), (const struct member[]){__VA_ARGS__},                                        \
                 sizeof((const struct member[]){__VA_ARGS__}) / sizeof(struct member))
#define TEXT(name, to) {(name), MEMBER_TEXT, (to)}
#define INT(name, to) {(name), MEMBER_INT, (to)}
#define BOOL(name, to) {(name), MEMBER_BOOL, (to)}
#define OBJECT(name, to) {(name), MEMBER_OBJECT, (to)}
#define ARRAY(name, to) {(name), MEMBER_ARRAY, (to)}

/* "+14155551234" as its digits; 0 if it is no such thing. */
uint64_t control_number(struct str text);
bool control_carrier(struct str name, enum sandbox_carrier *out);
/* Empty is the main account. False after having refused. */
bool control_account(struct control *c, struct str sid, uint32_t *out);
/* Empty is no service. False after having refused. */
bool control_service(struct control *c, struct str sid, uint32_t *out);
uint32_t control_u32(int64_t value); /* clamped */

/* The endpoints. */
void control_serve_index(struct control *c);
void control_serve_account_add(struct control *c);
void control_serve_program_set(struct control *c);
void control_serve_service_add(struct control *c);
void control_serve_numbers_add(struct control *c);
void control_serve_handset_set(struct control *c);
void control_serve_habits_set(struct control *c);
void control_serve_inbound(struct control *c);
void control_serve_carriers(struct control *c);
void control_serve_carriers_set(struct control *c);
void control_serve_faults(struct control *c);
void control_serve_faults_set(struct control *c);
void control_serve_faults_clear(struct control *c);
void control_serve_fault_next(struct control *c);
void control_serve_clock(struct control *c);
void control_serve_clock_set(struct control *c);
void control_serve_reviews(struct control *c);
void control_serve_reviews_set(struct control *c);
void control_serve_reviews_clear(struct control *c);
void control_serve_review_next(struct control *c);
void control_serve_review_decide(struct control *c);
void control_serve_registrations(struct control *c);
void control_serve_ledger(struct control *c);
void control_serve_oracle(struct control *c);
void control_serve_ids(struct control *c);
void control_serve_lookups(struct control *c);
void control_serve_codes(struct control *c);
void control_serve_stats(struct control *c);
void control_serve_reset(struct control *c);
void control_serve_settings(struct control *c);
void control_serve_settings_set(struct control *c);

#endif
