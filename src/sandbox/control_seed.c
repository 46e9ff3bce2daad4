/* control_seed: accounts, services, numbers, handsets, carriers and inbound texts, made by a test. */
#include "sandbox/call.h"
#include "sandbox/control_parts.h"

#include <inttypes.h>
#include <stddef.h>
#include <stdio.h>

enum { NUMBERS_MAX = 10000 };

static void put_account(struct control *c, const char *key, uint32_t account)
{
    json_key(c->out, key);
    json_open(c->out, '{');
    json_put_text(c->out, "sid", sandbox_account_sid(c->sb, account));
    json_put_text(c->out, "auth_token", sandbox_account_token(c->sb, account));
    json_close(c->out, '}');
}

void control_serve_index(struct control *c)
{
    json_open(c->out, '{');
    json_put_text(c->out, "base_url", c->server->base_url);
    put_account(c, "account", 0);
    put_account(c, "test_account", 1);
    json_put_time(c->out, "now", clock_wall_ms(c->server->clock));
    json_close(c->out, '}');
}

void control_serve_account_add(struct control *c)
{
    struct str sid = {NULL, 0}, token = {NULL, 0}, name = STR("Subaccount");
    uint32_t account;
    enum err err;
    if (!READ(c, c->body, TEXT("sid", &sid), TEXT("auth_token", &token), TEXT("friendly_name", &name)))
        return;
    err = sandbox_account_add(c->sb, sid, token, name, &account);
    if (err != ERR_OK) {
        control_refuse(c, 400,
                       "no account was made: %s (a sid is AC and 32 hex digits, a token at most 32 bytes)",
                       err_name(err));
        return;
    }
    json_open(c->out, '{');
    json_put_text(c->out, "sid", sandbox_account_sid(c->sb, account));
    json_put_text(c->out, "auth_token", sandbox_account_token(c->sb, account));
    json_close(c->out, '}');
}

static bool set_program(struct control *c, uint32_t service, json_t *program)
{
    int64_t brand = 0, score = 80, att = 0, tmobile = 0, verizon = 0, cap = 0;
    struct sandbox_program p;
    if (!READ(c, program, INT("brand", &brand), INT("brand_score", &score), INT("att_mps_milli", &att),
              INT("tmobile_mps_milli", &tmobile), INT("verizon_mps_milli", &verizon),
              INT("tmobile_day_cap", &cap)))
        return false;
    p = (struct sandbox_program){control_u32(brand),   control_u32(score),   control_u32(att),
                                 control_u32(tmobile), control_u32(verizon), control_u32(cap)};
    if (sandbox_program_set(c->sb, service, &p) == ERR_OK) return true;
    control_refuse(c, 400, "brand_score is 0 … 100");
    return false;
}

void control_serve_program_set(struct control *c)
{
    struct str sid = {NULL, 0};
    json_t *program = NULL;
    uint32_t service;
    if (!READ(c, c->body, TEXT("service", &sid), OBJECT("program", &program))) return;
    if (!control_service(c, sid, &service)) return;
    if (service == SANDBOX_NONE || program == NULL) {
        control_refuse(c, 400, "give service and program");
        return;
    }
    if (!set_program(c, service, program)) return;
    json_open(c->out, '{');
    json_close(c->out, '}');
}

void control_serve_service_add(struct control *c)
{
    struct str account_sid = {NULL, 0};
    struct sandbox_service_params p = {.friendly_name = STR("Service"), .sticky_sender = true};
    int64_t validity = 0;
    json_t *program = NULL;
    uint32_t account, service;
    if (!READ(c, c->body, TEXT("account", &account_sid), TEXT("friendly_name", &p.friendly_name),
              TEXT("inbound_request_url", &p.inbound_url), TEXT("fallback_url", &p.fallback_url),
              TEXT("status_callback", &p.status_callback), BOOL("sticky_sender", &p.sticky_sender),
              BOOL("smart_encoding", &p.smart_encoding), INT("validity_period", &validity),
              BOOL("use_inbound_webhook_on_number", &p.use_inbound_webhook_on_number),
              OBJECT("program", &program)))
        return;
    p.validity_s = control_u32(validity);
    if (!control_account(c, account_sid, &account)) return;
    if (sandbox_service_add(c->sb, account, &p, &service) != ERR_OK) {
        control_refuse(c, 503, "no room for another service");
        return;
    }
    if (program != NULL && !set_program(c, service, program)) return;
    json_open(c->out, '{');
    json_put_text(c->out, "sid", sandbox_service_sid(c->sb, service));
    json_close(c->out, '}');
}

struct numbers_wanted {
    uint32_t account, service;
    struct str sms_url;
};

static bool add_number(struct control *c, const struct numbers_wanted *w, struct str address)
{
    uint32_t sender;
    enum err err = sandbox_sender_add(c->sb, w->account, address, w->service, w->sms_url, &sender);
    if (err == ERR_CONFLICT && sandbox_sender_find(c->sb, w->account, address) != SANDBOX_NONE)
        err = ERR_OK; /* already so */
    if (err != ERR_OK) {
        control_refuse(c, err == ERR_CONFLICT ? 409 : 400, "number " STR_FMT ": %s",
               STR_ARG(str_slice(address, 0, 40)), err_name(err));
        return false;
    }
    sender = sandbox_sender_find(c->sb, w->account, address);
    json_open(c->out, '{');
    json_put_text(c->out, "sid", sb_sender_at(c->sb, sender)->sid);
    json_put_text(c->out, "phone_number", sandbox_sender_address(c->sb, sender));
    json_close(c->out, '}');
    return true;
}

/* `count` long codes of an area: exchange 200 and up, line by line. */
static bool add_numbers_of_area(struct control *c, const struct numbers_wanted *w, int64_t area,
                                int64_t count)
{
    char address[SANDBOX_ADDRESS_BYTES];
    for (int64_t line = 0; count > 0 && line < 300000; line++) {
        uint64_t number = UINT64_C(10000000000) + (uint64_t)area * 10000000 + 2000000 + (uint64_t)line;
        if (sb_sender_by_number(c->sb, number) != SANDBOX_NONE) continue;
        (void)snprintf(address, sizeof address, "+%" PRIu64, number);
        if (!add_number(c, w, str_from(address))) return false;
        count--;
    }
    return true;
}

void control_serve_numbers_add(struct control *c)
{
    struct str account_sid = {NULL, 0}, service_sid = {NULL, 0};
    struct numbers_wanted w = {.sms_url = {NULL, 0}};
    json_t *numbers = NULL;
    int64_t area = 415, count = 0;
    bool done = true;
    if (!READ(c, c->body, TEXT("account", &account_sid), TEXT("service", &service_sid),
              TEXT("sms_url", &w.sms_url), ARRAY("numbers", &numbers), INT("area_code", &area),
              INT("count", &count)))
        return;
    if (!control_account(c, account_sid, &w.account) || !control_service(c, service_sid, &w.service)) return;
    if (area < 200 || area > 999 || count < 0 || count > NUMBERS_MAX ||
        json_array_size(numbers) > NUMBERS_MAX) {
        control_refuse(c, 400, "area_code is 200 … 999, at most %d numbers at once", NUMBERS_MAX);
        return;
    }
    json_open(c->out, '{');
    json_key(c->out, "numbers");
    json_open(c->out, '[');
    for (size_t i = 0; done && i < json_array_size(numbers); i++)
        done = add_number(c, &w, str_from(json_string_value(json_array_get(numbers, i))));
    if (!done || !add_numbers_of_area(c, &w, area, count)) return;
    json_close(c->out, ']');
    json_close(c->out, '}');
}

void control_serve_handset_set(struct control *c)
{
    struct str number = {NULL, 0}, carrier = {NULL, 0};
    struct sandbox_handset h = {.carrier = SANDBOX_CARRIER_COUNT};
    int64_t code = 0, often = 0, reply_ms = 0, lookup_error = 0;
    struct str line_type = {NULL, 0}, reassigned = {NULL, 0};
    if (!READ(c, c->body, TEXT("number", &number), TEXT("line_type", &line_type),
              TEXT("reassigned_on", &reassigned), INT("lookup_error", &lookup_error),
              TEXT("carrier", &carrier), INT("error_code", &code),
              BOOL("silent", &h.silent), TEXT("reply", &h.reply), INT("reply_per_million", &often),
              INT("reply_ms", &reply_ms)))
        return;
    h.number = control_number(number);
    h.error_code = code < 0 || code > UINT16_MAX ? 0 : (int)code;
    h.reply_per_million = h.reply.len > 0 && often == 0 ? 1000000 : control_u32(often);
    h.reply_ms = control_u32(reply_ms);
    h.lookup_error = (int)control_u32(lookup_error);
    h.line_type = sb_line_type_find(line_type);
    if ((line_type.len > 0 && h.line_type == NULL) ||
        (reassigned.len > 0 && sb_call_read_date(reassigned, &h.reassigned_ms) != ERR_OK)) {
        control_refuse(c, 400, "line_type is one of Lookup's (mobile, landline, fixedVoip …), reassigned_on a day");
        return;
    }
    if (carrier.len > 0 && !control_carrier(carrier, &h.carrier)) {
        control_refuse(c, 400, "carrier is verizon, att, tmobile, other_us or foreign");
        return;
    }
    if (sandbox_handset_set(c->sb, &h) != ERR_OK) {
        control_refuse(c, 400, "no handset was set: number is E.164 with a plus");
        return;
    }
    json_open(c->out, '{');
    json_close(c->out, '}');
}

void control_serve_habits_set(struct control *c)
{
    struct sandbox_config *config = &c->sb->config;
    int64_t stop = config->handset_stop, help = config->handset_help, reply = config->handset_reply;
    if (!READ(c, c->body, INT("stop_per_million", &stop), INT("help_per_million", &help),
              INT("reply_per_million", &reply)))
        return;
    config->handset_stop = control_u32(stop);
    config->handset_help = control_u32(help);
    config->handset_reply = control_u32(reply);
    json_open(c->out, '{');
    json_close(c->out, '}');
}

void control_serve_inbound(struct control *c)
{
    struct str from = {NULL, 0}, to = {NULL, 0}, body = {NULL, 0};
    uint64_t message = 0;
    char sid[SANDBOX_SID_BYTES];
    enum err err;
    if (!READ(c, c->body, TEXT("from", &from), TEXT("to", &to), TEXT("body", &body))) return;
    err = sandbox_inbound(c->sb, c->now_ms, control_number(from), to, body, &message);
    if (err != ERR_OK) {
        control_refuse(c, err == ERR_NOT_FOUND ? 404 : 400,
               "not taken (%s): from is E.164, to a number of an active account", err_name(err));
        return;
    }
    sandbox_message_sid(c->sb, message, sid);
    json_open(c->out, '{');
    json_put_text(c->out, "sid", message == 0 ? NULL : sid);
    json_close(c->out, '}');
}

static void put_carrier(struct control *c, enum sandbox_carrier carrier)
{
    const struct sandbox_carrier_config *k = &c->sb->config.carriers[carrier];
    json_key(c->out, sandbox_carrier_name(carrier));
    json_open(c->out, '{');
    json_put_bool(c->out, "paused", c->sb->carrier_paused[carrier]);
    json_put_int(c->out, "filtered_per_million", k->filtered);
    json_put_int(c->out, "unreachable_per_million", k->unreachable);
    json_put_int(c->out, "unknown_per_million", k->unknown);
    json_put_int(c->out, "landline_per_million", k->landline);
    json_put_int(c->out, "no_receipt_per_million", k->no_receipt);
    json_put_int(c->out, "sent_ms_min", k->sent_ms_min);
    json_put_int(c->out, "sent_ms_max", k->sent_ms_max);
    json_put_int(c->out, "receipt_ms_min", k->receipt_ms_min);
    json_put_int(c->out, "receipt_ms_max", k->receipt_ms_max);
    json_close(c->out, '}');
}

void control_serve_carriers(struct control *c)
{
    json_open(c->out, '{');
    for (int i = 0; i < SANDBOX_CARRIER_COUNT; i++) put_carrier(c, (enum sandbox_carrier)i);
    json_close(c->out, '}');
}

static bool set_carrier(struct control *c, enum sandbox_carrier carrier, json_t *object)
{
    struct sandbox_carrier_config *k = &c->sb->config.carriers[carrier];
    bool paused = c->sb->carrier_paused[carrier];
    int64_t v[9] = {k->filtered, k->unreachable, k->unknown, k->landline, k->no_receipt,
                    k->sent_ms_min, k->sent_ms_max, k->receipt_ms_min, k->receipt_ms_max};
    uint32_t *to[9] = {&k->filtered, &k->unreachable, &k->unknown, &k->landline, &k->no_receipt,
                       &k->sent_ms_min, &k->sent_ms_max, &k->receipt_ms_min, &k->receipt_ms_max};
    if (!READ(c, object, BOOL("paused", &paused), INT("filtered_per_million", &v[0]),
              INT("unreachable_per_million", &v[1]), INT("unknown_per_million", &v[2]),
              INT("landline_per_million", &v[3]), INT("no_receipt_per_million", &v[4]),
              INT("sent_ms_min", &v[5]), INT("sent_ms_max", &v[6]), INT("receipt_ms_min", &v[7]),
              INT("receipt_ms_max", &v[8])))
        return false;
    for (size_t i = 0; i < 9; i++) *to[i] = control_u32(v[i]);
    sandbox_carrier_pause(c->sb, carrier, paused, c->now_ms);
    return true;
}

void control_serve_carriers_set(struct control *c)
{
    const char *name;
    json_t *value;
    json_object_foreach (c->body, name, value) {
        enum sandbox_carrier carrier;
        if (!control_carrier(str_from(name), &carrier) || !json_is_object(value)) {
            control_refuse(c, 400,
                           "carriers are verizon, att, tmobile, other_us and foreign, each an object");
            return;
        }
        if (!set_carrier(c, carrier, value)) return;
    }
    control_serve_carriers(c);
}


/* ---- what may be changed while it runs ---- */

static const struct setting {
    const char *name;
    size_t at;
    bool is_flag;
} settings[] = {
#define NUMBER(name) {#name, offsetof(struct sandbox_config, name), false}
#define FLAG(name) {#name, offsetof(struct sandbox_config, name), true}
    FLAG(a2p_enforced), FLAG(lookup_canada), NUMBER(lookup_per_s_max),
    NUMBER(verify_per_s_max), FLAG(service_optout_async), NUMBER(concurrency_max), NUMBER(account_mps_max),
    FLAG(toll_free_enforced), NUMBER(registration_writes_per_s),
    NUMBER(queue_s), NUMBER(long_code_mps_milli), NUMBER(registered_mps_milli), NUMBER(toll_free_mps_milli),
    NUMBER(short_code_mps_milli), NUMBER(alpha_mps_milli), NUMBER(foreign_mps_milli), NUMBER(pick_ms_min),
    NUMBER(pick_ms_max), NUMBER(callback_ms_min), NUMBER(callback_ms_max), NUMBER(webhook_retry_gap_ms),
    NUMBER(handset_ms_min), NUMBER(handset_ms_max),
#undef NUMBER
#undef FLAG
};
enum { SETTINGS = sizeof settings / sizeof *settings };

static void *setting_slot(struct control *c, size_t i)
{
    return (char *)&c->sb->config + settings[i].at;
}

void control_serve_settings(struct control *c)
{
    json_open(c->out, '{');
    for (size_t i = 0; i < SETTINGS; i++)
        if (settings[i].is_flag)
            json_put_bool(c->out, settings[i].name, *(bool *)setting_slot(c, i));
        else
            json_put_int(c->out, settings[i].name, *(uint32_t *)setting_slot(c, i));
    json_close(c->out, '}');
}

void control_serve_settings_set(struct control *c)
{
    struct member members[SETTINGS];
    int64_t numbers[SETTINGS];
    bool flags[SETTINGS];
    for (size_t i = 0; i < SETTINGS; i++) {
        void *slot = setting_slot(c, i);
        numbers[i] = settings[i].is_flag ? 0 : *(uint32_t *)slot;
        flags[i] = settings[i].is_flag && *(bool *)slot;
        members[i] = settings[i].is_flag ? (struct member)BOOL(settings[i].name, &flags[i])
                                         : (struct member)INT(settings[i].name, &numbers[i]);
    }
    if (!control_read(c, c->body, members, SETTINGS)) return;
    for (size_t i = 0; i < SETTINGS; i++)
        if (settings[i].is_flag)
            *(bool *)setting_slot(c, i) = flags[i];
        else
            *(uint32_t *)setting_slot(c, i) = control_u32(numbers[i]);
    control_serve_settings(c);
}
