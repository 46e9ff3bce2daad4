/*
 * signature_diagnose: says why a webhook's signature does not fit. It changes what was checked in the
 * ways proxies, frameworks and settings do, alone and together, and names the smallest set of changes
 * under which the signature is right. When none is, it names what is likeliest from the looks of the
 * request. For people and tools, not for the webhook path: it makes some thousand signatures.
 */
#include "base/cursor.h"
#include "twilio/signature_parts.h"
#include "twilio/url.h"

#include <stdio.h>
#include <string.h>

enum { URL_GUESSES_FIRST = 48, URL_GUESSES_MAX = 3000, CHANGES_MAX = 5 };

struct url_guess {
    struct str url;
    const char *why[CHANGES_MAX];
    size_t changes;
};
struct url_change {
    /* The changed URL; {NULL,0} if the change does not apply. */
    struct str (*apply)(struct arena *arena, struct str url);
    const char *why;
};

/* ---- changes of the URL ------------------------------------------------------------------------ */

static struct str with_scheme(struct arena *arena, struct str url, struct str from, struct str to)
{
    struct url_parts parts;
    if (!url_split(url, &parts) || !str_equal_nocase(parts.scheme, from)) return (struct str){NULL, 0};
    parts.scheme = to;
    return url_join(arena, &parts);
}

static struct str as_https(struct arena *arena, struct str url)
{
    return with_scheme(arena, url, STR("http://"), STR("https://"));
}

static struct str as_http(struct arena *arena, struct str url)
{
    return with_scheme(arena, url, STR("https://"), STR("http://"));
}

static struct str with_port(struct arena *arena, struct str url, struct str port)
{
    struct url_parts parts;
    if (!url_split(url, &parts)) return (struct str){NULL, 0};
    parts.port = port;
    return url_join(arena, &parts);
}

static struct str no_port(struct arena *arena, struct str url)
{
    return with_port(arena, url, STR(""));
}

static struct str own_port(struct arena *arena, struct str url)
{
    return url_with_port(arena, no_port(arena, url));
}

static struct str port_8443(struct arena *arena, struct str url)
{
    return with_port(arena, url, STR(":8443"));
}

static struct str port_8080(struct arena *arena, struct str url)
{
    return with_port(arena, url, STR(":8080"));
}

static struct str port_3000(struct arena *arena, struct str url)
{
    return with_port(arena, url, STR(":3000"));
}

static struct str other_slash(struct arena *arena, struct str url)
{
    size_t end = str_find_char(url, '?');
    struct str path = str_slice(url, 0, end), query = str_slice(url, end, url.len);
    char *text;
    if (str_ends(path, STR("/")))
        text = arena_printf(arena, STR_FMT STR_FMT, (int)path.len - 1, path.at, STR_ARG(query));
    else
        text = arena_printf(arena, STR_FMT "/" STR_FMT, STR_ARG(path), STR_ARG(query));
    return str_from(text);
}

/* Offset after '?', or 0 without a query. */
static size_t query_from(struct str url)
{
    size_t question = str_find_char(url, '?');
    return question + 1 < url.len ? question + 1 : 0;
}

static struct str no_query(struct arena *arena, struct str url)
{
    size_t from = query_from(url);
    (void)arena;
    return from == 0 ? (struct str){NULL, 0} : str_slice(url, 0, from - 1);
}

/* The query's parameters in another order: the `turn`th of all the orders of up to four of them, where
 * 0 is the order they have; {NULL,0} past the last. */
static struct str permuted_query(struct arena *arena, struct str url, unsigned turn)
{
    size_t from = query_from(url), count = 0;
    struct str pieces[4], rest = str_slice(url, from, url.len);
    char *text, *to;

    if (from == 0) return (struct str){NULL, 0};
    for (; rest.len > 0 && count < 4; count++)
        rest = str_cut(rest, '&', &pieces[count]);
    text = to = arena_alloc(arena, url.len + 2);
    if (text == NULL || rest.len > 0) return (struct str){NULL, 0};
    memcpy(to, url.at, from);
    to += from;
    for (; count > 0; count--) {
        unsigned pick = turn % (unsigned)count;
        turn /= (unsigned)count;
        if (to[-1] != '?') *to++ = '&';
        if (pieces[pick].len > 0) memcpy(to, pieces[pick].at, pieces[pick].len);
        to += pieces[pick].len;
        memmove(&pieces[pick], &pieces[pick + 1], (count - pick - 1) * sizeof *pieces);
    }
    return turn > 0 ? (struct str){NULL, 0} : (struct str){text, (size_t)(to - text)};
}

/* The query with every `old` written as `new`. */
static struct str replaced_query(struct arena *arena, struct str url, struct str old, struct str new)
{
    size_t from = query_from(url);
    struct str rest = str_slice(url, from, url.len);
    struct buf built;
    struct str out = {NULL, 0};

    if (from == 0 || str_find(rest, old) == rest.len) return out;
    buf_init(&built, 3 * url.len + 1);
    buf_add(&built, str_slice(url, 0, from));
    while (rest.len > 0) {
        size_t at = str_find(rest, old);
        buf_add(&built, str_slice(rest, 0, at));
        if (at < rest.len) buf_add(&built, new);
        rest = str_slice(rest, at + old.len, rest.len);
    }
    if (buf_check(&built) == ERR_OK) out = arena_str(arena, buf_str(&built));
    buf_free(&built);
    return out;
}

static struct str plus_query(struct arena *arena, struct str url)
{
    return replaced_query(arena, url, STR("%20"), STR("+"));
}

static struct str percent_query(struct arena *arena, struct str url)
{
    return replaced_query(arena, url, STR("+"), STR("%20"));
}

static struct str apostrophe_query(struct arena *arena, struct str url)
{
    return replaced_query(arena, url, STR("%27"), STR("'"));
}

/* Path and query with their escapes taken out, or put in. */
static struct str decoded_query(struct arena *arena, struct str url)
{
    struct form one;
    size_t from = query_from(url);
    struct buf plain;
    struct str out = {NULL, 0};

    if (from == 0 || form_decode(arena, str_slice(url, from, url.len), 64, &one) != ERR_OK) return out;
    buf_init(&plain, 2 * url.len + 1);
    buf_add(&plain, str_slice(url, 0, from));
    for (size_t i = 0; i < one.count; i++) {
        if (i > 0) buf_add_char(&plain, '&');
        buf_add(&plain, one.pairs[i].name);
        buf_add_char(&plain, '=');
        buf_add(&plain, one.pairs[i].value);
    }
    if (buf_check(&plain) == ERR_OK) out = arena_str(arena, buf_str(&plain));
    buf_free(&plain);
    return out;
}

static struct str encoded_query(struct arena *arena, struct str url)
{
    struct form pairs;
    struct str out = {NULL, 0};
    struct buf built, query;

    if (query_from(url) == 0) return out;
    if (form_decode(arena, str_slice(url, query_from(url), url.len), 64, &pairs) != ERR_OK) return out;
    buf_init(&query, 3 * url.len + 64);
    buf_init(&built, 4 * url.len + 64);
    for (size_t i = 0; i < pairs.count; i++) {
        if (i > 0) buf_add_char(&query, '&');
        url_encode_add(&query, pairs.pairs[i].name);
        buf_add_char(&query, '=');
        url_encode_add(&query, pairs.pairs[i].value);
    }
    buf_add(&built, str_slice(url, 0, query_from(url)));
    buf_add(&built, buf_str(&query));
    if (buf_check(&built) == ERR_OK) out = arena_str(arena, buf_str(&built));
    buf_free(&built);
    buf_free(&query);
    return out;
}

static const struct url_change scheme_changes[] = {
    {as_https, "Twilio called it with https but it was checked as http, as behind a proxy that ends TLS: "
               "give the https address as PUBLIC_URL"},
    {as_http, "Twilio called it with http but it was checked as https: give the http address as PUBLIC_URL, "
              "or set the webhook at Twilio to https"},
};
static const struct url_change port_changes[] = {
    {no_port, "the port differs: Twilio signed the URL without one"},
    {own_port, "the port differs: Twilio signed the scheme's own port written out"},
    {port_8443, "the port differs: Twilio signed :8443"},
    {port_8080, "the port differs: Twilio signed :8080"},
    {port_3000, "the port differs: Twilio signed :3000"},
};
static const struct url_change path_changes[] = {
    {other_slash,
     "the slash at the end of the path differs: check against the path exactly as set at Twilio"},
};
static const struct url_change query_changes[] = {
    {no_query, "the query string was not part of the URL that Twilio called: take it away"},
    {plus_query, "the query string was re-encoded ('+' became %20): use the raw one"},
    {percent_query, "the query string was re-encoded (%20 became '+'): use the raw one"},
    {apostrophe_query, "the query string was re-encoded (an apostrophe became %27): use the raw one"},
    {decoded_query,
     "the query string was re-encoded: Twilio signed it with plain characters; use the raw one"},
    {encoded_query, "the query string was decoded before checking: use the raw one"},
};

/* What may have been signed: the URL as it is first. Without memory for more, the search ends with these. */
struct url_guesses {
    struct url_guess *at;
    size_t count, room;
};

static void guess_also(struct arena *arena, struct url_guesses *all, struct url_guess guess, struct str url,
                       const char *why)
{
    if (all->count == all->room) {
        size_t room = all->room * 4 < URL_GUESSES_MAX ? all->room * 4 : URL_GUESSES_MAX;
        struct url_guess *more = all->count < room ? arena_alloc(arena, room * sizeof *more) : NULL;
        if (more == NULL) return;
        memcpy(more, all->at, all->count * sizeof *more);
        all->at = more;
        all->room = room;
    }
    guess.url = url;
    guess.why[guess.changes++] = why;
    all->at[all->count++] = guess;
}

/* For every guess so far, every other order of its query. */
static void permute(struct arena *arena, struct url_guesses *all)
{
    size_t before = all->count;
    for (size_t i = 0; i < before; i++)
        for (unsigned turn = 1; all->count < URL_GUESSES_MAX; turn++) {
            struct str url = permuted_query(arena, all->at[i].url, turn);
            if (url.at == NULL) break;
            guess_also(arena, all, all->at[i], url, "the query string was re-ordered: use the raw one");
        }
}

/* For every guess so far, every change of the dimension. */
static void multiply(struct arena *arena, struct url_guesses *all, const struct url_change *changes,
                     size_t changes_count)
{
    size_t before = all->count;
    for (size_t i = 0; i < before; i++)
        for (size_t c = 0; c < changes_count && all->count < URL_GUESSES_MAX; c++) {
            struct str url = changes[c].apply(arena, all->at[i].url);
            if (url.at == NULL || str_equal(url, all->at[i].url)) continue;
            guess_also(arena, all, all->at[i], url, changes[c].why);
        }
}

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static enum err guess_urls(struct arena *arena, struct str url, struct url_guesses *all)
{
    const struct url_guess as_it_is = {.url = url_without_fragment(url)};

    all->at = arena_alloc(arena, URL_GUESSES_FIRST * sizeof *all->at);
    if (all->at == NULL) return ERR_FULL;
    all->room = URL_GUESSES_FIRST;
    all->at[all->count++] = as_it_is;
    multiply(arena, all, scheme_changes, COUNT(scheme_changes));
    multiply(arena, all, port_changes, COUNT(port_changes));
    permute(arena, all);
    multiply(arena, all, path_changes, COUNT(path_changes));
    multiply(arena, all, query_changes, COUNT(query_changes));
    if (as_it_is.url.len < url.len)
        guess_also(arena, all, as_it_is, url,
                   "the fragment (from '#') was signed too, which Twilio neither sends nor signs: leave it "
                   "out");
    return ERR_OK;
}

/* ---- changes of the parameters ------------------------------------------------------------------ */

struct form_change {
    /* Fills `out` (same room as `in` plus eight) from `in`; false if the change does not apply. */
    bool (*apply)(struct arena *arena, const struct form *in, struct form *out);
    const char *why;
};

static bool none(struct arena *arena, const struct form *in, struct form *out)
{
    (void)arena;
    out->count = 0;
    return in->count > 0;
}

static bool without_empty(struct arena *arena, const struct form *in, struct form *out)
{
    (void)arena;
    out->count = 0;
    for (size_t i = 0; i < in->count; i++)
        if (in->pairs[i].value.len > 0) out->pairs[out->count++] = in->pairs[i];
    return out->count < in->count;
}

/* The parameters that Twilio sends empty for many inbound texts (reference section 4.1). */
static bool with_empty(struct arena *arena, const struct form *in, struct form *out)
{
    static const char *const names[] = {"FromCity", "FromState", "FromZip", "FromCountry",
                                        "ToCity",   "ToState",   "ToZip",   "ToCountry"};
    (void)arena;
    out->count = 0;
    for (size_t i = 0; i < in->count; i++)
        out->pairs[out->count++] = in->pairs[i];
    for (size_t i = 0; i < COUNT(names); i++)
        if (!form_has(in, str_from(names[i])))
            out->pairs[out->count++] = (struct form_pair){str_from(names[i]), STR("")};
    return out->count > in->count;
}

static bool last_of_each(struct arena *arena, const struct form *in, struct form *out)
{
    (void)arena;
    out->count = 0;
    for (size_t i = 0; i < in->count; i++) {
        bool later = false;
        for (size_t j = i + 1; j < in->count; j++)
            later = later || str_equal(in->pairs[i].name, in->pairs[j].name);
        if (!later) out->pairs[out->count++] = in->pairs[i];
    }
    return out->count < in->count;
}

/* "+1415" in a body that was not encoded decodes to " 1415". */
static bool plus_restored(struct arena *arena, const struct form *in, struct form *out)
{
    bool changed = false;
    out->count = 0;
    for (size_t i = 0; i < in->count; i++) {
        struct form_pair pair = in->pairs[i];
        if (pair.value.len > 1 && pair.value.at[0] == ' ') {
            pair.value =
                str_from(arena_printf(arena, "+" STR_FMT, (int)pair.value.len - 1, pair.value.at + 1));
            changed = true;
        }
        out->pairs[out->count++] = pair;
    }
    return changed;
}

static bool line_ends_restored(struct arena *arena, const struct form *in, struct form *out)
{
    bool changed = false;
    out->count = 0;
    for (size_t i = 0; i < in->count; i++) {
        struct form_pair pair = in->pairs[i];
        if (str_find_char(pair.value, '\n') < pair.value.len &&
            str_find_char(pair.value, '\r') == pair.value.len) {
            char *to = arena_alloc(arena, 2 * pair.value.len + 1);
            struct str text = {to, 0};
            if (to == NULL) return false;
            for (size_t at = 0; at < pair.value.len; at++) {
                if (pair.value.at[at] == '\n') to[text.len++] = '\r';
                to[text.len++] = pair.value.at[at];
            }
            pair.value = text;
            changed = true;
        }
        out->pairs[out->count++] = pair;
    }
    return changed;
}

static const struct form_change form_changes[] = {
    {none, "no parameters were signed: Twilio called with GET or with a JSON body"},
    {without_empty, "parameters with empty values were added before checking: sign exactly what arrived"},
    {with_empty, "parameters with empty values were dropped by the body parser: keep them"},
    {last_of_each, "a repeated parameter was signed with one value only"},
    {plus_restored, "a '+' in a value was decoded to a space: encode it as %2B when you send it by hand"},
    {line_ends_restored, "line ends in the body were changed from CR LF to LF: check the raw body"},
};

/* ---- the search --------------------------------------------------------------------------------- */

struct search {
    struct signature_key *key;
    struct arena *scratch;
    struct str signature;
    struct url_guesses guesses;
    const struct url_guess *best; /* with the least changes so far */
    char form_why[128];           /* of the best; empty when the form was right */
    size_t best_changes;
};

/* Tries every URL with these parameters; `why` tells how they were changed (NULL: not at all). */
static void try_form(struct search *s, const struct form *params, const char *why)
{
    char expected[SIGNATURE_TEXT_BYTES];
    struct str joined;

    if (signature_join_params(s->scratch, params, &joined) != ERR_OK) return;
    for (size_t i = 0; i < s->guesses.count; i++) {
        const struct url_guess *guess = &s->guesses.at[i];
        size_t changes = guess->changes + (why != NULL ? 1 : 0);
        if (s->best != NULL && changes >= s->best_changes) continue;
        if (signature_sign(s->key, guess->url, joined, expected) != ERR_OK) return;
        if (!str_equal_secret(str_from(expected), s->signature)) continue;
        s->best = guess;
        s->best_changes = changes;
        snprintf(s->form_why, sizeof s->form_why, "%s", why != NULL ? why : "");
    }
}

/* Each parameter left out in turn: middleware likes to add one. */
static void try_without_each(struct search *s, const struct form *seen, struct form *room)
{
    for (size_t skip = 0; skip < seen->count && s->best == NULL; skip++) {
        char why[128];
        room->count = 0;
        for (size_t i = 0; i < seen->count; i++)
            if (i != skip) room->pairs[room->count++] = seen->pairs[i];
        snprintf(why, sizeof why, "the parameter '" STR_FMT "' was not sent by Twilio: leave it out",
                 (int)(seen->pairs[skip].name.len > 40 ? 40 : seen->pairs[skip].name.len),
                 seen->pairs[skip].name.at);
        try_form(s, room, why);
    }
}

static void try_forms(struct search *s, const struct form *seen)
{
    struct form room = {arena_alloc(s->scratch, (seen->count + 8) * sizeof(struct form_pair)), 0};

    try_form(s, seen, NULL);
    if (room.pairs == NULL) return;
    for (size_t i = 0; i < COUNT(form_changes); i++)
        if (form_changes[i].apply(s->scratch, seen, &room)) try_form(s, &room, form_changes[i].why);
    if (s->best == NULL) try_without_each(s, seen, &room);
}

static enum err tell_best(const struct search *s, struct fault *reason)
{
    char all[400] = "";
    size_t used = 0;
    for (size_t i = 0; i < s->best->changes && used < sizeof all; i++)
        used += (size_t)snprintf(all + used, sizeof all - used, "%s%s", i > 0 ? "; " : "", s->best->why[i]);
    if (s->form_why[0] != '\0' && used < sizeof all)
        snprintf(all + used, sizeof all - used, "%s%s", used > 0 ? "; " : "", s->form_why);
    return fault_set(reason, ERR_DENIED, "%s. The signature is right for " STR_FMT, all,
                     STR_ARG(s->best->url));
}

/* ---- when no change helps ----------------------------------------------------------------------- */

static bool looks_like_signature(struct str s)
{
    if (s.len != SIGNATURE_TEXT_BYTES - 1 || s.at[s.len - 1] != '=') return false;
    for (size_t i = 0; i + 1 < s.len; i++) {
        char c = s.at[i];
        bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
        if (!letter && c != '+' && c != '/') return false;
    }
    return true;
}

static bool host_is_inside(struct str url)
{
    struct url_parts parts;
    if (!url_split(url, &parts)) return false;
    return str_starts(parts.host, STR("127.")) || str_starts(parts.host, STR("10.")) ||
           str_starts(parts.host, STR("192.168.")) || str_ends(parts.host, STR(".local")) ||
           str_ends(parts.host, STR(".internal")) || str_equal(parts.host, STR("[::1]")) ||
           str_find_char(parts.host, '.') == parts.host.len;
}

static enum err tell_likely(const struct signature_request *r, struct fault *reason)
{
    struct str account = r->params != NULL ? form_get(r->params, STR("AccountSid")) : (struct str){NULL, 0};
    if (r->signature.len == 0)
        return fault_set(reason, ERR_DENIED,
                         "the X-Twilio-Signature header is missing: the request is not Twilio's, or "
                         "a proxy takes the header away");
    if (!looks_like_signature(str_trim(r->signature)))
        return fault_set(reason, ERR_DENIED,
                         "'" STR_FMT "' is no signature: it must be 28 characters of base64, as in "
                         "the X-Twilio-Signature header",
                         (int)(r->signature.len > 60 ? 60 : r->signature.len), r->signature.at);
    if (host_is_inside(r->url))
        return fault_set(reason, ERR_DENIED,
                         "the URL names an inner host, as seen behind a proxy or tunnel: check "
                         "against the public URL that is set at Twilio (PUBLIC_URL)");
    if (account.len > 0)
        return fault_set(reason, ERR_DENIED,
                         "no change of URL or parameters makes it fit: most likely the token is not "
                         "that of account " STR_FMT " (a subaccount signs with its own auth token, "
                         "never an API key secret), or the host differs from the one set at Twilio",
                         (int)(account.len > 34 ? 34 : account.len), account.at);
    return fault_set(reason, ERR_DENIED,
                     "no change of URL or parameters makes it fit: most likely the token is another "
                     "account's (or was rotated), the host differs from the one set at Twilio, or "
                     "parameters are missing");
}

/* A JSON body: Twilio puts bodySHA256 into the URL and signs that. */
static enum err check_json(struct signature_key *k, struct arena *scratch, const struct signature_request *r,
                           struct fault *reason)
{
    char expected[SIGNATURE_TEXT_BYTES];
    if (url_query_get(r->url, STR("bodySHA256")).at == NULL) {
        if (r->is_form_post || r->raw_body.len == 0) return ERR_NOT_FOUND;
        return fault_set(reason, ERR_DENIED,
                         "the body is not a form and the URL has no bodySHA256, which Twilio adds to "
                         "the query for such bodies: check against the URL with its whole query, or "
                         "mend the Content-Type if the body is a form");
    }
    if (signature_make(k, scratch, r->url, NULL, expected) != ERR_OK) return ERR_NOT_FOUND;
    if (!str_equal_secret(str_from(expected), str_trim(r->signature))) return ERR_NOT_FOUND;
    return fault_set(reason, ERR_DENIED,
                     "the signature fits the URL but the body is not the one in bodySHA256: hash the "
                     "raw bytes, not a body that was parsed and written again");
}

enum err signature_diagnose(struct signature_key *k, struct arena *scratch, const struct signature_request *r,
                            struct fault *reason)
{
    static const struct form nothing = {NULL, 0};
    struct search s = {.key = k, .scratch = scratch, .signature = str_trim(r->signature)};
    enum err checked = signature_check(k, scratch, r);

    if (checked != ERR_DENIED) return checked;
    if (!looks_like_signature(s.signature)) return tell_likely(r, reason);
    if (check_json(k, scratch, r, reason) == ERR_DENIED) return ERR_DENIED;
    if (guess_urls(scratch, r->url, &s.guesses) != ERR_OK)
        return fault_set(reason, ERR_FULL, "not enough memory to look for the cause");
    try_forms(&s, r->params != NULL && r->is_form_post ? r->params : &nothing);
    return s.best != NULL ? tell_best(&s, reason) : tell_likely(r, reason);
}
