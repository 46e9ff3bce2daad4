/* first_start: identity, keys and files of an installation. Contract in first_start.h. */
#include "cli/first_start.h"

#include "app/account_progress.h"
#include "app/app.h"
#include "app/org_account.h"
#include "app/verdicts.h"
#include "base/failpoint.h"
#include "base/file.h"
#include "base/log.h"
#include "base/rng.h"
#include "rules/price.h"
#include "rules/rule_set.h"

#include <errno.h>
#include <jansson.h>
#include <openssl/sha.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { OPERATOR_KEY_BYTES = 24, TEXT_BYTES = 4 << 20 };
#define CHECK_TEXT "this installation's secrets open with this key"

enum err first_start_open_key(const struct settings *s, bool first, struct sealer **out, struct fault *f)
{
    const char *credentials = getenv("CREDENTIALS_DIRECTORY");
    char path[700];

    if (s->key_file[0] != '\0') return sealer_open(s->key_file, SEAL_KEY_THERE, out, f);
    if (credentials != NULL) {
        (void)snprintf(path, sizeof path, "%s/sterling-key", credentials);
        if (access(path, F_OK) == 0) return sealer_open(path, SEAL_KEY_CREDENTIAL, out, f);
    }
    (void)snprintf(path, sizeof path, "%s/master.key", s->data_dir);
    return sealer_open(path, first ? SEAL_KEY_MADE : SEAL_KEY_THERE, out, f);
}

struct first {
    const struct settings *settings;
    struct store *store;
    struct store_queue *queue;
    struct store_reader *reader;
    const struct sealer *sealer;
    struct clock *clock;
    struct arena text;
};

static enum err put_meta(struct first *t, struct str name, struct str value, struct fault *f)
{
    struct change_meta change = {.head = {.kind = CHANGE_META}, .name = name, .value = value};
    enum err result = store_change_wait(t->queue, &change.head);
    return result == ERR_OK ? ERR_OK : fault_set(f, result, "%s", change.head.fault.what);
}

static void to_hex(const unsigned char *in, size_t n, char *out)
{
    for (size_t i = 0; i < n; i++)
        (void)snprintf(out + 2 * i, 3, "%02x", in[i]);
}

/* The reverse, and nothing else: lower-case digits, two a byte. */
static bool from_hex(struct str in, unsigned char *out, size_t n)
{
    static const struct str digits = {"0123456789abcdef", 16};

    if (in.len != 2 * n) return false;
    for (size_t i = 0; i < n; i++) {
        size_t high = str_find_char(digits, in.at[2 * i]), low = str_find_char(digits, in.at[2 * i + 1]);
        if (high == digits.len || low == digits.len) return false;
        out[i] = (unsigned char)(high * 16 + low);
    }
    return true;
}

/* *out is {NULL,0} if there is none. What cannot be read is not absent: the start ends, because what would be made anew
 * in its place cannot be taken back. */
static enum err get_meta(struct first *t, struct str name, struct str *out, struct fault *f)
{
    enum err result;

    *out = (struct str){NULL, 0};
    result = t->store->ops->meta_get(t->reader, &t->text, name, out);
    if (result == ERR_OK || result == ERR_NOT_FOUND) return ERR_OK;
    return fault_set(f, result, "the database's " STR_FMT " does not read back: %s", STR_ARG(name), err_name(result));
}

static enum err load_id_key(struct first *t, struct public_ids *ids, struct fault *f)
{
    unsigned char key[PUBLIC_KEY_BYTES];
    char hex[2 * PUBLIC_KEY_BYTES + 1];
    struct str stored;
    enum err result = get_meta(t, STR("public_id_key"), &stored, f);

    if (result != ERR_OK) return result;
    if (stored.at != NULL) {
        if (!from_hex(stored, key, sizeof key))
            return fault_set(f, ERR_CORRUPT, "the database's public_id_key does not read back");
    } else {
        result = rng_secret(key, sizeof key);
        if (result != ERR_OK) return fault_set(f, result, "no randomness: %m");
        to_hex(key, sizeof key, hex);
        result = put_meta(t, STR("public_id_key"), str_from(hex), f);
        if (result != ERR_OK) return result;
    }
    public_ids_init(ids, key);
    return ERR_OK;
}

/* A sealed text whose plain form is known: opens only with the right key file. */
static enum err check_key(struct first *t, struct fault *f)
{
    struct str stored, plain, sealed;
    enum err result = get_meta(t, STR("seal_check"), &stored, f);

    if (result != ERR_OK) return result;
    if (stored.at != NULL) {
        result = unseal(t->sealer, &t->text, STR("seal_check"), stored, &plain, f);
        if (result != ERR_OK) {
            fault_prefix(f, "the master key is not the one this database was sealed with");
            return ERR_DENIED;
        }
        if (!seal_is_old(t->sealer, stored)) return ERR_OK;
    }
    result = seal(t->sealer, &t->text, STR("seal_check"), STR(CHECK_TEXT), &sealed);
    if (result != ERR_OK) return fault_set(f, result, "the master key does not seal");
    return put_meta(t, STR("seal_check"), sealed, f);
}

static enum err reseal(struct first *t, const char *sid, struct str *sealed, bool *changed, struct fault *f)
{
    struct org one = {.token_sealed = *sealed};
    struct str plain;
    enum err result;

    if (sealed->len == 0 || !seal_is_old(t->sealer, *sealed)) return ERR_OK;
    (void)snprintf(one.account_sid, sizeof one.account_sid, "%s", sid);
    result = org_account_token(t->sealer, t->settings, &t->text, &one, ORG_TOKEN_PRIMARY, &plain, f);
    if (result == ERR_OK) result = org_account_seal(t->sealer, &t->text, str_from(sid), plain, sealed);
    *changed = result == ERR_OK;
    return result;
}

/* Tenants' webhooks are signed with secrets of their own. */
static enum err reseal_endpoints(struct first *t, org_id org, int64_t *resealed, struct fault *f)
{
    const struct app app = {.sealer = t->sealer};
    struct endpoint page[32];
    uint32_t after = 0;

    for (;;) {
        size_t count = sizeof page / sizeof page[0];
        if (t->store->ops->endpoints(t->reader, &t->text, org, after, page, &count) != ERR_OK || count == 0)
            return ERR_OK;
        for (size_t i = 0; i < count; i++) {
            struct change_endpoint change = {.head = {.kind = CHANGE_ENDPOINT}, .endpoint = page[i]};
            struct str *sealed = &change.endpoint.secret_sealed, plain;
            enum err result;
            if (sealed->len == 0 || !seal_is_old(t->sealer, *sealed)) continue;
            result = app_unseal(&app, &t->text, org, "webhook", *sealed, &plain, f);
            if (result == ERR_OK) result = app_seal(&app, &t->text, org, "webhook", plain, sealed);
            if (result == ERR_OK) result = store_change_wait(t->queue, &change.head);
            if (result != ERR_OK) return result;
            *resealed += 1;
        }
        after = page[count - 1].id;
    }
}

static enum err reseal_key(struct first *t, const char *account, const char *sid, struct str *sealed, bool *changed,
                           struct fault *f)
{
    struct str plain;
    enum err result;

    if (sealed->len == 0 || !seal_is_old(t->sealer, *sealed)) return ERR_OK;
    result = org_account_unseal_key(t->sealer, &t->text, str_from(account), str_from(sid), *sealed, &plain, f);
    if (result == ERR_OK)
        result = org_account_seal_key(t->sealer, &t->text, str_from(account), str_from(sid), plain, sealed);
    *changed |= result == ERR_OK;
    return result;
}

static enum err reseal_keys(struct first *t, const struct org *o, struct account_progress *p, bool *changed,
                            struct fault *f)
{
    for (size_t i = 0; i < p->keys_count; i++) {
        struct account_key *k = &p->keys[i];
        struct str sealed = str_from(k->sealed);
        enum err result = reseal_key(t, o->account_sid, k->sid, &sealed, changed, f);
        if (result != ERR_OK) return result;
        sealed = arena_str(&t->text, sealed);
        if (sealed.at == NULL || str_copy(sealed, k->sealed, sizeof k->sealed) != ERR_OK)
            return fault_set(f, ERR_FULL, "the secret of an API key does not fit");
    }
    return ERR_OK;
}

/* The organization's API keys: the one in use, and those that are kept. */
static enum err reseal_account(struct first *t, org_id org, struct fault *f)
{
    struct change_account change = {.head = {.kind = CHANGE_ACCOUNT}, .with_org = true};
    struct account_progress p;
    struct buf text;
    bool changed = false;
    enum err result = t->store->ops->account_get(t->reader, &t->text, org, &change.work);

    if (result == ERR_NOT_FOUND) return ERR_OK;
    if (result == ERR_OK) result = t->store->ops->org_get(t->reader, &t->text, org, &change.org);
    if (result == ERR_OK) result = account_progress_read(change.work.progress, &p);
    if (result != ERR_OK) return fault_set(f, result, "the account of organization %u does not read back", org);
    result = reseal_key(t, change.org.account_sid, change.org.key_sid, &change.org.key_sealed, &changed, f);
    if (result == ERR_OK) result = reseal_keys(t, &change.org, &p, &changed, f);
    if (result != ERR_OK || !changed) return result;
    buf_init(&text, ACCOUNT_PROGRESS_BYTES_MAX);
    account_progress_write(&p, &text);
    change.work.progress = buf_str(&text);
    result = buf_check(&text) == ERR_OK ? store_change_wait(t->queue, &change.head) : buf_check(&text);
    buf_free(&text);
    return result;
}

/* After a rotation: everything sealed with an older key is sealed with the first one. */
static enum err reseal_orgs(struct first *t, struct fault *f)
{
    struct org page[32];
    org_id after = 0;
    int64_t resealed = 0, endpoints = 0;

    for (;;) {
        size_t count = sizeof page / sizeof page[0];
        if (t->store->ops->orgs(t->reader, &t->text, after, page, &count) != ERR_OK || count == 0) break;
        for (size_t i = 0; i < count; i++) {
            struct change_org change = {.head = {.kind = CHANGE_ORG}, .org = page[i]};
            bool first_changed = false, second_changed = false;
            enum err result = reseal(t, page[i].account_sid, &change.org.token_sealed, &first_changed, f);
            if (result == ERR_OK)
                result = reseal(t, page[i].account_sid, &change.org.token2_sealed, &second_changed, f);
            if (result == ERR_OK && (first_changed || second_changed))
                result = store_change_wait(t->queue, &change.head);
            if (result == ERR_OK) result = reseal_account(t, page[i].id, f);
            if (result == ERR_OK) result = reseal_endpoints(t, page[i].id, &endpoints, f);
            if (result != ERR_OK) return result;
            resealed += first_changed || second_changed;
        }
        after = page[count - 1].id;
    }
    if (resealed + endpoints > 0)
        log_event(LOG_INFO, "secrets_sealed_anew", log_int("organizations", resealed),
                  log_int("webhooks", endpoints));
    return ERR_OK;
}

/* DATA_DIR/operator.key opens everything; its hash is in the store. A file that was removed makes a new key.
 */
static enum err ensure_operator_key(struct first *t, struct fault *f)
{
    unsigned char random[OPERATOR_KEY_BYTES];
    char path[600], text[3 + 2 * OPERATOR_KEY_BYTES + 2] = "sk_";
    struct change_key change = {.head = {.kind = CHANGE_KEY}};
    enum err result;

    (void)snprintf(path, sizeof path, "%s/operator.key", t->settings->data_dir);
    if (access(path, F_OK) == 0) return ERR_OK;
    if (rng_secret(random, sizeof random) != ERR_OK) return fault_set(f, ERR_IO, "no randomness: %m");
    to_hex(random, sizeof random, text + 3);
    change.key =
        (struct api_key){.name = STR("operator"),
                         .scopes = KEY_SCOPE_READ | KEY_SCOPE_SEND | KEY_SCOPE_MANAGE | KEY_SCOPE_OPERATOR,
                         .created_ms = clock_wall_ms(t->clock)};
    SHA256((const unsigned char *)text, strlen(text), change.key.hash);
    (void)snprintf(change.key.hint, sizeof change.key.hint, "%.8s", text);
    result = store_change_wait(t->queue, &change.head);
    if (result != ERR_OK) return fault_set(f, result, "%s", change.head.fault.what);
    text[strlen(text)] = '\n';
    FAILPOINT("operator_key.stored");
    return file_write_new(path, str_from(text), f);
}

/* From when on which rules decided. */
static enum err note_rule_set(struct first *t, struct fault *f)
{
    struct str lines;
    enum err result = get_meta(t, STR(VERDICTS_RULE_SETS), &lines, f);

    if (result != ERR_OK) return result;
    lines = verdicts_rule_sets(&t->text, lines, rule_set_version, clock_wall_ms(t->clock));
    return lines.at == NULL ? ERR_OK : put_meta(t, STR(VERDICTS_RULE_SETS), lines, f);
}

enum err first_start_prepare(const struct settings *s, struct store *store, struct store_queue *queue,
                             const struct sealer *sealer, struct clock *clock, struct public_ids *ids,
                             struct fault *f)
{
    struct first t = {.settings = s, .store = store, .queue = queue, .sealer = sealer, .clock = clock};
    enum err result = store->ops->reader_open(store, &t.reader, f);

    if (result != ERR_OK) return result;
    arena_init(&t.text, TEXT_BYTES);
    result = check_key(&t, f);
    if (result == ERR_OK) result = load_id_key(&t, ids, f);
    if (result == ERR_OK) result = reseal_orgs(&t, f);
    if (result == ERR_OK) result = ensure_operator_key(&t, f);
    if (result == ERR_OK) result = note_rule_set(&t, f);
    store->ops->reader_close(t.reader);
    arena_reset(&t.text);
    return result;
}

enum err first_start_server_file(const struct settings *s, const char *url, const char *events_url,
                                 const char *sandbox_url, struct fault *f)
{
    char path[600], temporary[620];
    json_t *root =
        json_pack("{s:s, s:s, s:I}", "url", url, "events_url", events_url, "pid", (json_int_t)getpid());
    int failed;

    if (sandbox_url[0] != '\0') (void)json_object_set_new(root, "sandbox_url", json_string(sandbox_url));
    (void)snprintf(path, sizeof path, "%s/server.json", s->data_dir);
    (void)snprintf(temporary, sizeof temporary, "%s.new", path);
    failed = json_dump_file(root, temporary, JSON_INDENT(2)) != 0 || rename(temporary, path) != 0;
    json_decref(root);
    return failed ? fault_set(f, ERR_IO, "%s cannot be written: %m", path) : ERR_OK;
}

void first_start_forget_server(const struct settings *s)
{
    char path[600];

    (void)snprintf(path, sizeof path, "%s/server.json", s->data_dir);
    if (unlink(path) != 0 && errno != ENOENT)
        log_event(LOG_WARN, "server_file_not_removed", log_text("path", path), log_text("error", strerror(errno)));
}

enum err first_start_prices(const struct settings *s, struct price_table *out, struct fault *f)
{
    struct str text = price_default_text();
    char *own = NULL;
    enum err result;

    if (s->prices_file[0] != '\0') {
        FILE *in = fopen(s->prices_file, "re");
        size_t n = 0;
        own = malloc(PRICE_TEXT_BYTES_MAX + 1);
        if (in == NULL || own == NULL) {
            if (in != NULL) (void)fclose(in);
            free(own);
            return fault_set(f, ERR_IO, "prices_file %s cannot be read: %m", s->prices_file);
        }
        n = fread(own, 1, PRICE_TEXT_BYTES_MAX + 1, in);
        (void)fclose(in);
        text = (struct str){own, n};
    }
    result = price_parse(text, out, f);
    if (result != ERR_OK && own != NULL) fault_prefix(f, "%s", s->prices_file);
    free(own);
    return result;
}
