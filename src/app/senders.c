/* senders: canonical addresses and their kinds. Contract in senders.h. */
#include "app/senders.h"

#include "app/orgs.h"
#include "app/pump.h"
#include "rules/alpha.h"
#include "rules/phone.h"

#include <stdio.h>
#include <string.h>

bool senders_sid_is_good(struct str sid)
{
    if (sid.len == 0) return true;
    if (sid.len != 34 ||
        !(str_starts(sid, STR("PN")) || str_starts(sid, STR("SC")) || str_starts(sid, STR("AI"))))
        return false;
    for (size_t i = 2; i < sid.len; i++)
        if (strchr("0123456789abcdef", sid.at[i]) == NULL) return false;
    return true;
}

static enum sender_kind kind_of(const struct phone *phone)
{
    if (phone->type == PHONE_SHORT_CODE) return SENDER_SHORT_CODE;
    if (phone->type == PHONE_TOLL_FREE) return SENDER_TOLL_FREE;
    return SENDER_LONG_CODE;
}

static void address_number(struct sender *s, const struct phone *phone)
{
    s->kind = kind_of(phone);
    s->number = phone->digits;
    if (s->kind == SENDER_SHORT_CODE)
        (void)snprintf(s->address, sizeof s->address, "%llu", (unsigned long long)phone->digits);
    else
        phone_format_e164(phone->digits, s->address);
}

static void refuse(struct problem *p, const char *prefix, const char *name, struct str value,
                   const char *reason, const char *fix)
{
    char field[48];

    (void)snprintf(field, sizeof field, "%s%s", prefix, name);
    (void)problem_field(p, field, value, reason, fix);
}

void senders_register(struct sender *s, struct str countries, const char *prefix, struct problem *p)
{
    if (countries.len > 0 && s->kind != SENDER_ALPHA)
        refuse(p, prefix, "registered", countries, "Only alphanumeric senders are registered by country.",
               "Leave it out.");
    else if (!orgs_countries_are_good(countries) || str_equal(countries, STR("*")) ||
             str_copy(countries, s->registered, sizeof s->registered) != ERR_OK)
        refuse(p, prefix, "registered", countries, "These are no country codes.",
               "Give two capital letters each, with spaces between, such as \"GB SG\".");
}

static void make_one(struct app *app, const struct org *org, const struct sender_request *q,
                     const char *prefix, struct sender *out, struct problem *p)
{
    struct phone phone;
    struct fault f = {0};

    *out = (struct sender){.org = org->id, .program = q->program, .state = SENDER_ACTIVE};
    out->created_ms = clock_wall_ms(app->clock);
    if (alpha_is_name(q->address)) {
        out->kind = SENDER_ALPHA;
        (void)snprintf(out->address, sizeof out->address, STR_FMT, STR_ARG(q->address));
    } else if (phone_parse_sender(q->address, org->region, &phone, &f) == ERR_OK) {
        address_number(out, &phone);
    } else {
        refuse(
            p, prefix, "address", q->address, f.what,
            "Give a number as +14155552671, a short code of 5 or 6 digits, or 1 to 11 letters and digits.");
        return;
    }
    if (q->kind != 0 && q->kind != out->kind)
        refuse(p, prefix, "kind", str_from(sender_kind_name(q->kind)), "The address is of another kind.",
               "Leave kind out, or mend the address.");
    if (!senders_sid_is_good(q->sid) || str_copy(q->sid, out->sid, sizeof out->sid) != ERR_OK)
        refuse(p, prefix, "sid", q->sid, "It is no SID of a sender.",
               "Give PN, SC or AI and 32 hexadecimal digits.");
    senders_register(out, q->registered, prefix, p);
    out->verified =
        q->verified >= 0 ? q->verified == 1 : out->kind == SENDER_LONG_CODE || out->kind == SENDER_ALPHA;
}

static bool on_stored(struct app_job *job)
{
    const struct senders_job *j = job->context;
    struct note n = {.kind = NOTE_ORG_CHANGED, .org = j->change.senders[0].org};

    job->app->tell(job->app->pump, &n);
    n = (struct note){.kind = NOTE_SENDER_MENDED, .org = n.org, .sender = j->change.senders[0].id};
    if (j->mended) job->app->tell(job->app->pump, &n);
    if (j->added && job->app->look_at_numbers != NULL) job->app->look_at_numbers(job->app->numbers_owner, n.org);
    return false;
}

static void prepare(struct app *app, struct sender *senders, size_t count, struct senders_job *out)
{
    *out = (struct senders_job){
        .job = {.app = app, .change = &out->change.head, .after = on_stored, .context = out}};
    out->change.head.kind = CHANGE_SENDERS;
    out->change.senders = senders;
    out->change.count = count;
}

static void refuse_twins(const struct sender *all, size_t count, struct problem *p)
{
    for (size_t i = 1; i < count; i++) {
        for (size_t k = 0; k < i; k++) {
            char prefix[32];
            if (all[i].address[0] == '\0' || strcmp(all[i].address, all[k].address) != 0) continue;
            (void)snprintf(prefix, sizeof prefix, "senders[%zu].", i);
            refuse(p, prefix, "address", str_from(all[i].address), "It is in the list twice.",
                   "Send it once.");
            break;
        }
    }
}

enum err senders_add(struct app *app, struct arena *a, const struct org *org, const struct sender_request *q,
                     size_t count, bool many, struct senders_job *out, struct problem *p)
{
    struct sender *senders = arena_alloc(a, count * sizeof *senders);
    char prefix[32] = "";

    if (senders == NULL) return problem_set(p, ERR_FULL, "There is no memory for this request now.");
    for (size_t i = 0; i < count; i++) {
        if (many) (void)snprintf(prefix, sizeof prefix, "senders[%zu].", i);
        make_one(app, org, &q[i], prefix, &senders[i], p);
    }
    refuse_twins(senders, count, p);
    if (problem_check(p) != ERR_OK) return p->code;
    prepare(app, senders, count, out);
    out->added = true;
    return ERR_OK;
}

void senders_put(struct app *app, struct sender *sender, const struct sender *was, struct senders_job *out)
{
    prepare(app, sender, 1, out);
    out->change.was = was;
}

enum err senders_get(struct store_reader *r, org_id org, uint32_t id, struct sender *out)
{
    size_t count = 1;
    enum err code = id == 0 ? ERR_NOT_FOUND : r->store->ops->senders(r, org, id - 1, out, &count);

    if (code != ERR_OK) return code;
    return count == 1 && out->id == id ? ERR_OK : ERR_NOT_FOUND;
}
