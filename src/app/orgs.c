/* orgs: checks and prepares changes of organizations and programs. Contract in orgs.h. */
#include "app/orgs.h"

#include "app/accounts.h"
#include "app/org_account.h"
#include "app/pump.h"
#include "base/rng.h"
#include "rules/keyword.h"

#include <stdio.h>
#include <string.h>

enum { NAME_MAX_BYTES = 200, HELP_MAX_BYTES = 1600, TOKEN_MAX = 128, SHARE_MOST = 1000 };

/* Letters and digits as Twilio's SIDs have them: a prefix and 32 hexadecimal digits. Empty is fine. */
static bool sid_is(const char *sid, const char *prefix)
{
    struct str s = str_from(sid);

    if (s.len == 0) return true;
    if (s.len != 34 || !str_starts(s, str_from(prefix))) return false;
    for (size_t i = 2; i < s.len; i++)
        if (strchr("0123456789abcdef", s.at[i]) == NULL) return false;
    return true;
}

bool orgs_slug_is_good(struct str slug)
{
    if (slug.len < 1 || slug.len > 63 || slug.at[0] == '-' || slug.at[slug.len - 1] == '-') return false;
    for (size_t i = 0; i < slug.len; i++) {
        char c = slug.at[i];
        if (!((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-')) return false;
    }
    return true;
}

void orgs_default(struct app *app, struct org_request *q)
{
    *q = (struct org_request){0};
    q->org.state = ORG_ACTIVE;
    q->org.share = 100;
    q->org.created_ms = clock_wall_ms(app->clock);
    memcpy(q->org.region, "US", 3);
    q->program = (struct program){.name = STR("default"), .brand_score = -1, .created_ms = q->org.created_ms};
}

static void check_program(const struct program *g, const char *prefix, struct problem *p)
{
    char field[64];

    (void)snprintf(field, sizeof field, "%sname", prefix);
    if (g->name.len == 0 || g->name.len > 100)
        (void)problem_field(p, field, g->name, "A program's name has 1 to 100 bytes.", "Shorten it.");
    (void)snprintf(field, sizeof field, "%smessaging_service_sid", prefix);
    if (!sid_is(g->service_sid, "MG"))
        (void)problem_field(p, field, str_from(g->service_sid), "It is no Messaging Service SID.",
                            "Give MG and 32 hexadecimal digits, as Twilio's console shows it.");
}

bool orgs_countries_are_good(struct str text)
{
    if (str_equal(text, STR("*"))) return true;
    for (size_t i = 0; i < text.len; i++) {
        bool space = i % 3 == 2;
        if (space ? text.at[i] != ' ' : text.at[i] < 'A' || text.at[i] > 'Z') return false;
    }
    return text.len % 3 == 2 || text.len == 0;
}

static void check_org(const struct org_request *q, struct problem *p)
{
    const struct org *o = &q->org;
    struct fault f = {0};

    if (!orgs_slug_is_good(str_from(o->slug)))
        (void)problem_field(p, "slug", str_from(o->slug),
                            "A slug is 1 to 63 of a-z, 0-9 and '-', not at the ends.",
                            "Use something like \"acme-dental\".");
    if (o->name.len == 0 || o->name.len > NAME_MAX_BYTES)
        (void)problem_field(p, "name", o->name, "A name has 1 to 200 bytes.", "Give the customer's name.");
    if (!sid_is(o->account_sid, "AC"))
        (void)problem_field(p, "account_sid", str_from(o->account_sid), "It is no account SID.",
                            "Give AC and 32 hexadecimal digits, as Twilio's console shows it.");
    if (o->region[0] < 'A' || o->region[0] > 'Z' || o->region[1] < 'A' || o->region[1] > 'Z')
        (void)problem_field(p, "region", str_from(o->region), "It is no country code.",
                            "Give two capital letters (ISO 3166), such as US.");
    if (o->share < 1 || o->share > SHARE_MOST)
        (void)problem_field(p, "share", (struct str){NULL, 0}, "A share is 1 to 1000.", "100 is usual.");
    if (o->frequency.count != 0 && o->frequency.hours == 0)
        (void)problem_field(p, "frequency_hours", (struct str){NULL, 0}, "A cap needs the hours it counts over.",
                            "Give frequency_hours, such as 168 for a week.");
    if (!orgs_countries_are_good(str_from(o->countries)))
        (void)problem_field(p, "countries", str_from(o->countries), "These are no country codes.",
                            "Give two capital letters each, with spaces between, such as \"GB FR\"; * is anywhere.");
    if (o->help_text.len > HELP_MAX_BYTES)
        (void)problem_field(p, "help_text", o->help_text, "It is over 1,600 bytes.", "Shorten it.");
    if (keyword_own_check(o->opt_out_words, &f) != ERR_OK)
        (void)problem_field(p, "opt_out_words", o->opt_out_words, f.what,
                            "Give words of your own that mean STOP, commas between, such as \"no gracias, genug\".");
}

static bool token_is_good(struct str token)
{
    for (size_t i = 0; i < token.len; i++)
        if (token.at[i] <= ' ' || token.at[i] >= 0x7f) return false;
    return token.len <= TOKEN_MAX;
}

/* An account of its own needs its token; a token without an account would be the wrong one; a stored token is
 * bound to the account it was given for. */
static void check_tokens(const struct org_request *q, struct problem *p)
{
    bool moved = q->account_before.len > 0 && !str_equal(q->account_before, str_from(q->org.account_sid));
    bool will_have = q->token.len > 0 || (q->org.token_sealed.len > 0 && !moved);

    if (!token_is_good(q->token) || !token_is_good(q->token2))
        (void)problem_field(p, "auth_token", (struct str){NULL, 0},
                            "A token has printable characters only, at most 128.",
                            "Copy it again from Twilio's console.");
    if (q->org.account_sid[0] != '\0' && !will_have)
        (void)problem_field(p, "auth_token", (struct str){NULL, 0}, "This account's token is not known.",
                            "Give auth_token together with account_sid.");
    if (q->org.account_sid[0] == '\0' && (q->token.len > 0 || q->token2.len > 0))
        (void)problem_field(
            p, "account_sid", (struct str){NULL, 0}, "A token came without its account.",
            "Give account_sid too, or leave out the token to use the installation's account.");
}

/* 128 random bits: the path must not be guessed, though no webhook is believed unsigned anyway. */
static enum err hook_path_make(char out[HOOK_PATH_BYTES])
{
    unsigned char random[(HOOK_PATH_BYTES - 1) / 2];
    enum err code = rng_secret(random, sizeof random);

    for (size_t i = 0; i < sizeof random && code == ERR_OK; i++)
        (void)snprintf(out + 2 * i, 3, "%02x", random[i]);
    return code;
}

static bool on_org_stored(struct app_job *job)
{
    const struct org_job *j = job->context;
    struct note n = {.kind = NOTE_ORG_CHANGED, .org = j->change.org.id};

    atomic_fetch_add(&job->app->accounts_generation, 1);
    job->app->tell(job->app->pump, &n);
    if (j->change.account.next_ms != 0 && job->app->wake_registrations != NULL)
        job->app->wake_registrations(job->app->onboarding);
    return false;
}

static enum err tokens_seal(struct app *app, struct arena *a, struct org_request *q)
{
    struct str sid = str_from(q->org.account_sid);
    enum err code = ERR_OK;

    if (sid.len == 0 || q->token.len > 0) q->org.token2_sealed = q->org.token_sealed = (struct str){NULL, 0};
    if (q->clear_token2) q->org.token2_sealed = (struct str){NULL, 0};
    if (q->token.len > 0) code = org_account_seal(app->sealer, a, sid, q->token, &q->org.token_sealed);
    if (q->token2.len > 0 && code == ERR_OK)
        code = org_account_seal(app->sealer, a, sid, q->token2, &q->org.token2_sealed);
    return code;
}

enum err orgs_put(struct app *app, struct arena *a, struct org_request *q, struct org_job *out,
                  struct problem *p)
{
    enum err code;

    check_org(q, p);
    check_tokens(q, p);
    if (q->org.id == 0) check_program(&q->program, "program.", p);
    code = problem_check(p);
    if (code != ERR_OK) return code;
    if (q->org.id == 0) code = hook_path_make(q->org.hook_path);
    if (code == ERR_OK) code = tokens_seal(app, a, q);
    if (code != ERR_OK)
        return problem_set(p, code, "The organization's secrets could not be made or sealed.");
    *out = (struct org_job){
        .job = {.app = app, .change = &out->change.head, .after = on_org_stored, .context = out}};
    out->change.head.kind = CHANGE_ORG;
    out->change.org = q->org;
    out->change.first_program = q->program;
    code = accounts_begin(app, a, &q->org, &out->change.account);
    return code == ERR_OK ? ERR_OK : problem_set(p, code, "Its account cannot be begun.");
}

static bool on_program_stored(struct app_job *job)
{
    const struct program_job *j = job->context;
    struct note n = {.kind = NOTE_ORG_CHANGED, .org = j->change.program.org};

    job->app->tell(job->app->pump, &n);
    return false;
}

enum err orgs_put_program(struct app *app, const struct program *program, uint32_t org_rev,
                          struct program_job *out, struct problem *p)
{
    check_program(program, "", p);
    if (problem_check(p) != ERR_OK) return p->code;
    *out = (struct program_job){
        .job = {.app = app, .change = &out->change.head, .after = on_program_stored, .context = out}};
    out->change.head.kind = CHANGE_PROGRAM;
    out->change.program = *program;
    out->change.org_rev = org_rev;
    return ERR_OK;
}

enum err orgs_program(struct store_reader *r, struct arena *a, org_id org, struct str name,
                      struct program *out)
{
    uint32_t after = 0;
    size_t count = 1;

    for (;;) {
        enum err code = r->store->ops->programs(r, a, org, after, out, &count);
        if (code != ERR_OK) return code;
        if (count == 0) return ERR_NOT_FOUND;
        if (name.len == 0 || str_equal(out->name, name)) return ERR_OK;
        after = out->id;
    }
}

enum err orgs_program_by_id(struct store_reader *r, struct arena *a, org_id org, uint32_t id,
                            struct program *out)
{
    size_t count = 1;
    enum err code = id == 0 ? ERR_NOT_FOUND : r->store->ops->programs(r, a, org, id - 1, out, &count);

    if (code != ERR_OK) return code;
    return count == 1 && out->id == id ? ERR_OK : ERR_NOT_FOUND;
}
