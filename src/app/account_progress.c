/* account_progress: the document, read with jansson and written as it goes. Contract in the header. */
#include "app/account_progress.h"

#include "base/json_out.h"

#include <jansson.h>

#define COUNT(names) (sizeof(names) / sizeof(names)[0])

static const char *const WISHES[] = {"", "create", "suspend", "resume", "close"};
static const char *const ROTATIONS[] = {"", "wanted", "making", "both_accepted", "promoting", "promoted"};
static const char *const KEY_STATES[] = {"wanted", "making", "ready", "revoking", "revoked"};

const char *account_wish_name(enum account_wish wish)
{
    BUG_IF((size_t)wish >= COUNT(WISHES));
    return WISHES[wish];
}

const char *account_rotation_name(enum account_rotation rotation)
{
    BUG_IF((size_t)rotation >= COUNT(ROTATIONS));
    return ROTATIONS[rotation];
}

const char *account_key_state_name(enum account_key_state state)
{
    BUG_IF((size_t)state >= COUNT(KEY_STATES));
    return KEY_STATES[state];
}

/* ---- reading ---- */

static int64_t int_of(const json_t *object, const char *name)
{
    const json_t *value = json_object_get(object, name);

    return json_is_integer(value) ? (int64_t)json_integer_value(value) : 0;
}

/* An absent one is empty. False: it does not fit. */
static bool text_of(const json_t *object, const char *name, char *out, size_t size)
{
    const char *text = json_string_value(json_object_get(object, name));

    return str_copy(str_from(text == NULL ? "" : text), out, size) == ERR_OK;
}

static bool choice_of(const json_t *object, const char *name, const char *const *names, size_t count, unsigned *out)
{
    const char *text = json_string_value(json_object_get(object, name));

    for (*out = 0; *out < count; ++*out)
        if (str_equal(str_from(names[*out]), str_from(text == NULL ? "" : text))) return true;
    return false;
}

static bool read_key(const json_t *one, struct account_key *k)
{
    unsigned state;
    bool sound = choice_of(one, "state", KEY_STATES, COUNT(KEY_STATES), &state) &&
                 text_of(one, "name", k->name, sizeof k->name) && text_of(one, "sid", k->sid, sizeof k->sid) &&
                 text_of(one, "sealed", k->sealed, sizeof k->sealed);

    k->state = (enum account_key_state)(sound ? state : 0);
    k->id = (uint32_t)int_of(one, "id");
    k->created_ms = int_of(one, "created");
    k->revoked_ms = int_of(one, "revoked");
    k->begun_ms = int_of(one, "begun");
    return sound;
}

static bool read_keys(const json_t *list, struct account_progress *p)
{
    if (json_array_size(list) > ACCOUNT_KEYS_MAX) return false;
    for (size_t i = 0; i < json_array_size(list); i++)
        if (!read_key(json_array_get(list, i), &p->keys[p->keys_count++])) return false;
    return true;
}

static void read_times(const json_t *all, struct account_progress *p)
{
    p->wished_ms = int_of(all, "wished");
    p->begun_ms = int_of(all, "begun");
    p->halted = json_is_true(json_object_get(all, "halted"));
    p->rotation_ms = int_of(all, "rotation_at");
    p->rotated_ms = int_of(all, "rotated");
    p->drop_first = json_is_true(json_object_get(all, "drop_first"));
    p->keys_made = (uint32_t)int_of(all, "keys_made");
    p->stream_begun_ms = int_of(all, "stream_begun");
    p->failures = (uint32_t)int_of(all, "failures");
}

enum err account_progress_read(struct str json, struct account_progress *out)
{
    unsigned wish = 0, rotation = 0;
    json_t *all;
    bool sound;

    *out = (struct account_progress){0};
    if (json.len == 0) return ERR_OK;
    all = json_loadb(json.at, json.len, 0, NULL);
    sound = json_is_object(all) && choice_of(all, "wish", WISHES, COUNT(WISHES), &wish) &&
            choice_of(all, "rotation", ROTATIONS, COUNT(ROTATIONS), &rotation) &&
            read_keys(json_object_get(all, "keys"), out) &&
            text_of(all, "sink", out->sink_sid, sizeof out->sink_sid) &&
            text_of(all, "subscription", out->subscription_sid, sizeof out->subscription_sid);
    out->wish = (enum account_wish)(sound ? wish : 0);
    out->rotation = (enum account_rotation)(sound ? rotation : 0);
    if (sound) read_times(all, out);
    json_decref(all);
    return sound ? ERR_OK : ERR_CORRUPT;
}

/* ---- writing ---- */

static void put_time(struct buf *out, const char *name, int64_t at_ms)
{
    if (at_ms != 0) json_put_int(out, name, at_ms);
}

static void put_given(struct buf *out, const char *name, const char *text)
{
    if (text[0] != '\0') json_put_text(out, name, text);
}

static void write_keys(const struct account_progress *p, struct buf *out)
{
    json_key(out, "keys");
    json_open(out, '[');
    for (size_t i = 0; i < p->keys_count; i++) {
        const struct account_key *k = &p->keys[i];
        json_open(out, '{');
        json_put_int(out, "id", k->id);
        json_put_text(out, "state", KEY_STATES[k->state]);
        json_put_text(out, "name", k->name);
        put_given(out, "sid", k->sid);
        put_given(out, "sealed", k->sealed);
        put_time(out, "created", k->created_ms);
        put_time(out, "revoked", k->revoked_ms);
        put_time(out, "begun", k->begun_ms);
        json_close(out, '}');
    }
    json_close(out, ']');
}

void account_progress_write(const struct account_progress *p, struct buf *out)
{
    json_open(out, '{');
    put_given(out, "wish", WISHES[p->wish]);
    put_time(out, "wished", p->wished_ms);
    put_time(out, "begun", p->begun_ms);
    if (p->halted) json_put_bool(out, "halted", true);
    put_given(out, "rotation", ROTATIONS[p->rotation]);
    put_time(out, "rotation_at", p->rotation_ms);
    put_time(out, "rotated", p->rotated_ms);
    if (p->drop_first) json_put_bool(out, "drop_first", true);
    put_time(out, "keys_made", p->keys_made);
    if (p->keys_count > 0) write_keys(p, out);
    put_given(out, "sink", p->sink_sid);
    put_given(out, "subscription", p->subscription_sid);
    put_time(out, "stream_begun", p->stream_begun_ms);
    put_time(out, "failures", p->failures);
    json_close(out, '}');
}

/* ---- asking ---- */

bool account_progress_is_busy(const struct account_progress *p)
{
    for (size_t i = 0; i < p->keys_count; i++)
        if (p->keys[i].state != ACCOUNT_KEY_READY && p->keys[i].state != ACCOUNT_KEY_REVOKED) return true;
    return p->wish != WISH_NONE || p->rotation != ROTATION_NONE;
}

struct account_key *account_progress_key(struct account_progress *p, uint32_t id)
{
    for (size_t i = 0; i < p->keys_count; i++)
        if (p->keys[i].id == id) return &p->keys[i];
    return NULL;
}

const struct account_key *account_progress_key_in_use(const struct account_progress *p)
{
    const struct account_key *newest = NULL;

    for (size_t i = 0; i < p->keys_count; i++)
        if (p->keys[i].state == ACCOUNT_KEY_READY) newest = &p->keys[i];
    return newest;
}
