/* consent_entry: words into an entry. Contract in consent_entry.h. */
#include "app/consent_entry.h"

#include "app/inbound.h"
#include "app/orgs.h"
#include "base/ip.h"
#include "base/json_out.h"
#include "base/rfc3339.h"
#include "rules/phone.h"

#include <stddef.h>

/* A control character takes six bytes in JSON. */
enum { PROOF_BYTES_MAX = 32 << 10, AHEAD_MS = 300000 };

#define WORDS(X)                                                                                            \
    X(number, 40) X(state, 20) X(means, 20) X(basis, 20) X(scope, 20) X(program, 100) X(sender, 40)         \
    X(given_at, 40) X(evidence, 6400) X(disclosure, 2000) X(url, 500) X(ip, 64) X(user_agent, 500)          \
    X(attested_by, 200) X(reference, 500) X(identity, 200)

#define NAME(name, bytes) #name,
const char *const CONSENT_WORD_NAMES[CONSENT_WORDS] = {WORDS(NAME)};
#define BYTES(name, bytes) bytes,
const size_t CONSENT_WORD_BYTES_MAX[CONSENT_WORDS] = {WORDS(BYTES)};
#define OFFSET(name, bytes) offsetof(struct consent_words, name),
static const size_t OFFSETS[CONSENT_WORDS] = {WORDS(OFFSET)};

struct str *consent_word(struct consent_words *w, size_t n)
{
    return (struct str *)(void *)((char *)w + OFFSETS[n]);
}

/* One entry being read. */
struct reading {
    struct consent_context *c;
    const struct consent_words *w;
    struct consent *out;
    struct problem *p;
    enum consent_means means;
    bool wrong;
};

static void refuse(struct reading *r, const char *field, struct str value, const char *reason, const char *fix)
{
    const char *name = arena_printf(r->c->arena, "%s%s", r->c->prefix, field);

    r->wrong = true;
    (void)problem_field(r->p, name == NULL ? field : name, value, reason, fix);
}

static void read_number(struct reading *r)
{
    const char *region = r->c->org->id == 0 ? "US" : r->c->org->region;
    struct phone phone;
    struct fault f = {0};

    if (r->c->nobody) return;
    if (phone_parse(r->w->number, region, &phone, &f) == ERR_OK) r->out->number = phone.digits;
    else refuse(r, "number", r->w->number, f.what, "Give it as +14155552671.");
}

static void read_state(struct reading *r)
{
    if (consent_kind_parse(r->w->state, &r->out->kind) != ERR_OK || r->out->kind == CONSENT_NONE)
        refuse(r, "state", r->w->state, "It is no state of consent.", "Use opted_in, opted_out or asked.");
}

static void read_means(struct reading *r)
{
    struct str means = r->w->means;

    if (means.len == 0 && !r->c->all_said) means = STR("operator");
    r->means = CONSENT_BY_OTHER;
    if (consent_means_parse(means, &r->means) != ERR_OK || r->means == CONSENT_BY_OTHER)
        refuse(r, "means", means, "It does not say how consent was given or taken back.",
               "Use web_form, keyword, paper, verbal, point_of_sale, double_opt_in, import, operator, provider, "
               "free_text or wrong_number.");
    r->out->source = str_from(consent_means_name(r->means));
    if (r->out->kind != CONSENT_OPT_OUT && r->means != CONSENT_BY_OTHER &&
        consent_means_basis(r->means) == CONSENT_BASIS_NONE)
        refuse(r, "means", means, "Nobody opts in that way.", "Say how the person agreed, such as web_form.");
    if (r->means == CONSENT_BY_IMPORT && r->w->attested_by.len == 0)
        refuse(r, "attested_by", r->w->attested_by, "An import needs somebody who answers for it.",
               "Name who attests that these people agreed.");
}

/* ---- scope ---- */

/* What could not be read says nothing of what there is. */
static void not_found(struct reading *r, enum err code, const char *field, struct str value, const char *reason,
                      const char *fix)
{
    if (code == ERR_NOT_FOUND) {
        refuse(r, field, value, reason, fix);
        return;
    }
    r->wrong = true;
    (void)problem_set(r->p, code, "The %s could not be looked up (%s); try again.", field, err_name(code));
}

static void read_program(struct reading *r)
{
    struct str name = r->w->program;
    struct program found;

    r->out->scope = CONSENT_OF_PROGRAM;
    if (name.len == 0 || !str_equal(name, r->c->program)) {
        enum err code = ERR_NOT_FOUND;
        if (name.len > 0) code = orgs_program(r->c->reader, r->c->arena, r->c->org->id, name, &found);
        if (code != ERR_OK) {
            not_found(r, code, "program", name, "There is no such program in this organization.",
                      "Name one of its programs.");
            return;
        }
        r->c->program_id = found.id;
        r->c->program = arena_str(r->c->arena, name);
    }
    r->out->scope_id = r->c->program_id;
}

/* Also one that was removed: what people said of it stands. */
static void read_sender(struct reading *r)
{
    struct str address = r->w->sender;
    struct sender found;

    r->out->scope = CONSENT_OF_SENDER;
    if (address.len == 0 || !str_equal(address, r->c->sender)) {
        enum err code = ERR_NOT_FOUND;
        if (address.len > 0) code = inbound_sender_find(r->c->reader, r->c->org->id, address, &found);
        if (code != ERR_OK) {
            not_found(r, code, "sender", address, "There is no such sender in this organization.",
                      "Give its number or name as it was added.");
            return;
        }
        r->c->sender_id = found.id;
        r->c->sender = arena_str(r->c->arena, address);
    }
    r->out->scope_id = r->c->sender_id;
}

static void read_scope(struct reading *r)
{
    bool installation = r->c->org->id == 0;
    enum consent_scope scope = installation ? CONSENT_OF_ALL : CONSENT_OF_ORG;

    r->out->org = r->c->org->id;
    r->out->scope = scope;
    if (installation && r->w->scope.len == 0) { /* forgotten, it would be said of everybody's */
        refuse(r, "scope", r->w->scope, "No organization is named.",
               "Name it (--org), or say the scope installation: an opt-out of that stands for all organizations.");
        return;
    }
    if (r->w->scope.len > 0 && consent_scope_parse(r->w->scope, &scope) != ERR_OK) {
        refuse(r, "scope", r->w->scope, "It is no scope.", "Use organization, program, sender or installation.");
        return;
    }
    if ((scope == CONSENT_OF_ALL) != installation) {
        refuse(r, "scope", r->w->scope, "Only the operator, naming no organization, speaks for the installation.",
               "Name the organization, or leave the scope out.");
        return;
    }
    if (scope == CONSENT_OF_PROGRAM) read_program(r);
    if (scope == CONSENT_OF_SENDER) read_sender(r);
    if (scope != CONSENT_OF_PROGRAM && r->w->program.len > 0)
        refuse(r, "program", r->w->program, "A program is named, but the scope is not program.",
               "Give the scope program, or leave the program out.");
    if (scope != CONSENT_OF_SENDER && r->w->sender.len > 0)
        refuse(r, "sender", r->w->sender, "A sender is named, but the scope is not sender.",
               "Give the scope sender, or leave the sender out.");
}

/* ---- when, and on what it rests ---- */

static void read_date(struct reading *r)
{
    r->out->recorded_ms = r->out->at_ms = r->c->now_ms;
    if (r->w->given_at.len == 0 && !r->c->all_said) return;
    if (rfc3339_parse(r->w->given_at, &r->out->at_ms) != ERR_OK)
        refuse(r, "given_at", r->w->given_at, "It is no date and time with a time zone.",
               "Give it as 2026-03-01T09:30:00-05:00 or 2026-03-01T14:30:00Z.");
    else if (r->out->at_ms > r->c->now_ms + AHEAD_MS)
        refuse(r, "given_at", r->w->given_at, "It is in the future.", "Say when the person really agreed or refused.");
}

static void read_written(struct reading *r)
{
    if (consent_means_basis(r->means) < CONSENT_BASIS_WRITTEN)
        refuse(r, "basis", r->w->basis, "What was said by that means is not written.", "Use express.");
    if (r->w->disclosure.len == 0)
        refuse(r, "disclosure", r->w->disclosure, "Written consent must show what the person agreed to.",
               "Give the text that was shown, or use the basis express.");
}

/* Not said: written where the means and the text that was shown allow it. */
static void read_basis(struct reading *r)
{
    bool written = consent_means_basis(r->means) == CONSENT_BASIS_WRITTEN && r->w->disclosure.len > 0;

    if (r->out->kind == CONSENT_OPT_OUT) {
        if (r->w->basis.len > 0 && !str_equal(r->w->basis, STR("none")))
            refuse(r, "basis", r->w->basis, "An opt-out rests on nothing.", "Leave it out.");
        return;
    }
    if (r->out->kind == CONSENT_ASKED && !written)
        refuse(r, "disclosure", r->w->disclosure, "A question must say what the person would agree to.",
               "Give the text that was shown, and means by which one can agree in writing.");
    r->out->basis = written ? CONSENT_BASIS_WRITTEN : CONSENT_BASIS_EXPRESS;
    if (r->w->basis.len > 0 &&
        (consent_basis_parse(r->w->basis, &r->out->basis) != ERR_OK || r->out->basis == CONSENT_BASIS_NONE))
        refuse(r, "basis", r->w->basis, "It is no basis of consent.", "Use express or written.");
    else if (r->out->basis == CONSENT_BASIS_WRITTEN) read_written(r);
    if (r->w->evidence.len == 0 && r->w->disclosure.len == 0 && r->w->reference.len == 0)
        refuse(r, "evidence", r->w->evidence, "An opt-in without evidence proves nothing.",
               "Say how and when the person agreed.");
}

static void read_web(struct reading *r)
{
    struct str url = r->w->url;
    struct ip ip;

    if (url.len > 0 && !str_starts(url, STR("https://")) && !str_starts(url, STR("http://")))
        refuse(r, "url", url, "It is no web address.", "Begin it with https://.");
    if (r->w->ip.len > 0 && ip_parse(r->w->ip, &ip) != ERR_OK)
        refuse(r, "ip", r->w->ip, "It is no IP address.", "Give it as 192.0.2.1 or 2001:db8::1.");
}

static void read_lengths(struct reading *r)
{
    struct consent_words w = *r->w;

    for (size_t i = 0; i < CONSENT_WORDS; i++) {
        const struct str *word = consent_word(&w, i);
        if (word->len > CONSENT_WORD_BYTES_MAX[i])
            refuse(r, CONSENT_WORD_NAMES[i], *word, "It is too long.",
                   arena_printf(r->c->arena, "At most %zu bytes.", CONSENT_WORD_BYTES_MAX[i]));
    }
}

/* ---- the proof ---- */

static void put(struct buf *b, const char *name, struct str value)
{
    if (value.len > 0) json_put_str(b, name, value);
}

static void write_proof(struct reading *r)
{
    const struct consent_words *w = r->w;
    struct buf b;

    buf_init(&b, PROOF_BYTES_MAX);
    json_open(&b, '{');
    put(&b, "disclosure", w->disclosure);
    put(&b, "url", w->url);
    put(&b, "ip", w->ip);
    put(&b, "user_agent", w->user_agent);
    put(&b, "attested_by", w->attested_by);
    put(&b, "reference", w->reference);
    put(&b, "identity", w->identity);
    json_close(&b, '}');
    r->out->proof = (struct str){"", 0};
    if (b.len > 2) r->out->proof = arena_str(r->c->arena, buf_str(&b));
    r->out->evidence = arena_str(r->c->arena, w->evidence);
    if (buf_check(&b) != ERR_OK || r->out->proof.at == NULL || r->out->evidence.at == NULL) {
        (void)problem_set(r->p, ERR_FULL, "There is no memory for this now; try again.");
        r->wrong = true;
    }
    buf_free(&b);
}

enum err consent_entry_read(struct consent_context *c, const struct consent_words *w, struct consent *out,
                            struct problem *p)
{
    struct reading r = {.c = c, .w = w, .out = out, .p = p};

    *out = (struct consent){0};
    read_lengths(&r);
    if (r.wrong) return ERR_INVALID;
    read_number(&r);
    read_state(&r);
    read_means(&r);
    read_scope(&r);
    read_date(&r);
    read_basis(&r);
    read_web(&r);
    if (!r.wrong) write_proof(&r);
    return r.wrong ? ERR_INVALID : ERR_OK;
}
