/* owned_view: numbers and drift as JSON. Contract in owned_view.h. */
#include "app/owned_view.h"

#include "base/json_out.h"

static const char *name_in(const char *const *names, size_t count, size_t at)
{
    return names[at < count ? at : 0];
}

const char *owned_state_name(enum owned_state state)
{
    static const char *const names[] = {"unknown",     "wanted",    "buying",   "setting_up", "active", "quarantined",
                                        "releasing",   "released",  "failed",   "found",      "gone"};
    return name_in(names, sizeof names / sizeof *names, state);
}

const char *owned_kind_name(enum owned_kind kind)
{
    static const char *const names[] = {"unknown", "local", "mobile", "toll_free", "short_code", "hosted"};
    return name_in(names, sizeof names / sizeof *names, kind);
}

const char *drift_state_name(enum drift_state state)
{
    static const char *const names[] = {"never", "idle", "looking", "repairing"};
    return name_in(names, sizeof names / sizeof *names, state);
}

void owned_view(const struct public_ids *ids, const struct owned_number *n, struct str program, struct buf *out)
{
    char id[PUBLIC_ID_BYTES];

    public_id_format(ids, PUBLIC_NUMBER, n->id, id);
    json_open(out, '{');
    json_put_text(out, "id", id);
    json_put_str_or_null(out, "number", str_from(n->number));
    json_put_text(out, "kind", owned_kind_name(n->kind));
    json_put_text(out, "state", owned_state_name(n->state));
    json_put_str_or_null(out, "why", n->why);
    if (n->code != 0) json_put_int(out, "error_code", n->code);
    else json_put_null(out, "error_code");
    json_put_str_or_null(out, "program", program);
    json_put_str_or_null(out, "sid", str_from(n->sid));
    json_put_bool(out, "bought", n->bought);
    json_put_str_or_null(out, "notes", n->notes);
    json_put_time(out, "leased_since", n->since_ms);
    json_put_time(out, "quarantined_until", n->until_ms);
    json_put_time(out, "next_try_at", n->next_ms);
    json_put_time(out, "created_at", n->created_ms);
    json_put_time(out, "updated_at", n->updated_ms);
    json_close(out, '}');
}

void drift_view(const struct drift *d, struct buf *out)
{
    json_open(out, '{');
    json_put_text(out, "state", drift_state_name(d->state));
    json_put_str_or_null(out, "why", d->why);
    json_put_time(out, "looked_at", d->looked_ms);
    json_put_time(out, "next_look_at", d->next_ms);
    json_put_int(out, "found", d->count);
    json_put_int(out, "repaired", d->repaired);
    json_key(out, "findings");
    json_raw(out, d->findings.len == 0 ? STR("[]") : d->findings);
    json_close(out, '}');
}
