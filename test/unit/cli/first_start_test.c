/* What an installation has from its first start on: a key of the operator's, an identity, secrets that open
 * only with the right master key and are sealed anew when it rotates. */
#include "cli/first_start.h"

#include "app/org_account.h"
#include "rules/price.h"

#include "house.h"

#include <jansson.h>
#include <openssl/sha.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#define KEY_A "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\n"
#define KEY_B "bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb\n"
#define TOKEN "0123456789abcdef0123456789abcdef"
static struct house h;

static int setup(void **state)
{
    (void)state;
    house_open(&h);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    house_close(&h);
    return 0;
}

static void write_key(const char *lines)
{
    char path[160];
    house_write(&h, "master.key", lines, strlen(lines));
    (void)snprintf(path, sizeof path, "%s/master.key", h.dir);
    assert_int_equal(chmod(path, 0600), 0);
}

static struct sealer *key(bool first)
{
    struct sealer *s = NULL;
    struct fault f = {0};
    if (first_start_open_key(&h.settings, first, &s, &f) != ERR_OK) fail_msg("%s", f.what);
    return s;
}

static enum err prepare(const struct sealer *s, struct public_ids *ids, struct fault *f)
{
    return first_start_prepare(&h.settings, h.store, writer_queue(h.writer), s, &h.clock, ids, f);
}

static void read_file(const char *name, char *out, size_t size)
{
    char path[160];
    FILE *in;
    size_t n;
    (void)snprintf(path, sizeof path, "%s/%s", h.dir, name);
    in = fopen(path, "re");
    assert_non_null(in);
    n = fread(out, 1, size - 1, in);
    out[n] = '\0';
    (void)fclose(in);
}

static void the_first_start_makes_a_key_that_opens_everything(void **state)
{
    struct sealer *s = key(true);
    struct public_ids ids;
    struct api_key stored;
    struct stat info;
    struct fault f = {0};
    unsigned char hash[32];
    char text[128], path[160], again[128];
    (void)state;
    assert_int_equal(prepare(s, &ids, &f), ERR_OK);
    read_file("operator.key", text, sizeof text);
    (void)snprintf(path, sizeof path, "%s/operator.key", h.dir);
    assert_int_equal(stat(path, &info), 0);
    assert_int_equal(info.st_mode & 0777, 0600);
    text[strcspn(text, "\n")] = '\0';
    SHA256((const unsigned char *)text, strlen(text), hash);
    assert_int_equal(h.store->ops->key_by_hash(h.reader, &h.text, hash, &stored), ERR_OK);
    assert_int_equal(stored.org, 0);
    assert_int_equal(stored.scopes, 15);
    assert_int_equal(stored.expires_ms, 0);
    assert_int_equal(prepare(s, &ids, &f), ERR_OK); /* a later start leaves it alone */
    read_file("operator.key", again, sizeof again);
    assert_int_equal(strncmp(again, text, strlen(text)), 0);
    assert_int_equal(unlink(path), 0); /* lost: a new one is made */
    assert_int_equal(prepare(s, &ids, &f), ERR_OK);
    read_file("operator.key", again, sizeof again);
    assert_int_not_equal(strncmp(again, text, strlen(text)), 0);
    sealer_close(s);
}

static void public_ids_are_the_same_after_every_start(void **state)
{
    struct sealer *s = key(true);
    struct public_ids first, second;
    struct fault f = {0};
    char one[PUBLIC_ID_BYTES], two[PUBLIC_ID_BYTES];
    (void)state;
    assert_int_equal(prepare(s, &first, &f), ERR_OK);
    assert_int_equal(prepare(s, &second, &f), ERR_OK);
    public_id_format(&first, PUBLIC_MESSAGE, 42, one);
    public_id_format(&second, PUBLIC_MESSAGE, 42, two);
    assert_string_equal(one, two);
    sealer_close(s);
}

static unsigned reads, unreadable; /* the read of this number fails */
static enum err (*readable)(struct store_reader *r, struct arena *a, struct str name, struct str *value);

static enum err meta_get_failing(struct store_reader *r, struct arena *a, struct str name, struct str *value)
{
    if (reads++ == unreadable) return ERR_IO;
    return readable(r, a, name, value);
}

/* A key that cannot be read is not a key that was never made. */
static void what_cannot_be_read_is_not_made_anew(void **state)
{
    struct sealer *s;
    struct public_ids ids, later;
    struct fault f = {0};
    char one[PUBLIC_ID_BYTES], two[PUBLIC_ID_BYTES];
    (void)state;
    write_key(KEY_A);
    s = key(false);
    assert_int_equal(prepare(s, &ids, &f), ERR_OK);
    readable = h.ops.meta_get;
    h.ops.meta_get = meta_get_failing;
    for (unreadable = 0; unreadable < 3; unreadable++) { /* the check of the key, the key of public ids, the rules */
        reads = 0;
        assert_int_equal(prepare(s, &later, &f), ERR_IO);
        assert_non_null(strstr(f.what, "does not read back"));
    }
    h.ops.meta_get = readable;
    assert_int_equal(prepare(s, &later, &f), ERR_OK);
    public_id_format(&ids, PUBLIC_MESSAGE, 42, one);
    public_id_format(&later, PUBLIC_MESSAGE, 42, two);
    assert_string_equal(one, two);
    sealer_close(s);
    write_key(KEY_B);
    s = key(false);
    assert_int_equal(prepare(s, &ids, &f), ERR_DENIED);
    sealer_close(s);
}

static void another_installations_master_key_is_refused(void **state)
{
    struct sealer *s;
    struct public_ids ids;
    struct fault f = {0};
    (void)state;
    write_key(KEY_A);
    s = key(false);
    assert_int_equal(prepare(s, &ids, &f), ERR_OK);
    sealer_close(s);
    write_key(KEY_B);
    s = key(false);
    assert_int_equal(prepare(s, &ids, &f), ERR_DENIED);
    assert_non_null(strstr(f.what, "not the one this database was sealed with"));
    sealer_close(s);
}

static void a_missing_key_is_made_only_at_the_first_start(void **state)
{
    struct sealer *s = NULL;
    struct fault f = {0};
    (void)state;
    assert_int_equal(first_start_open_key(&h.settings, false, &s, &f), ERR_DENIED);
    assert_non_null(strstr(f.what, "master.key"));
    s = key(true);
    sealer_close(s);
    (void)snprintf(h.settings.key_file, sizeof h.settings.key_file, "%s/nowhere.key", h.dir);
    assert_int_equal(first_start_open_key(&h.settings, true, &s, &f), ERR_DENIED);
}

static void a_systemd_credential_goes_before_the_data_directory(void **state)
{
    struct sealer *own, *given;
    struct str sealed, plain;
    struct fault f = {0};
    char path[160];
    (void)state;
    write_key(KEY_A);
    own = key(false);
    house_write(&h, "sterling-key", KEY_B, strlen(KEY_B));
    (void)snprintf(path, sizeof path, "%s/sterling-key", h.dir);
    assert_int_equal(chmod(path, 0600), 0);
    assert_int_equal(setenv("CREDENTIALS_DIRECTORY", h.dir, 1), 0);
    given = key(false);
    assert_int_equal(unsetenv("CREDENTIALS_DIRECTORY"), 0);
    assert_int_equal(seal(given, &h.text, STR("c"), STR("x"), &sealed), ERR_OK);
    assert_int_equal(unseal(own, &h.text, STR("c"), sealed, &plain, &f), ERR_DENIED);
    sealer_close(own);
    sealer_close(given);
}

static void after_a_rotation_secrets_are_sealed_with_the_new_key_alone(void **state)
{
    struct sealer *s;
    struct public_ids ids;
    struct change_org change = {.head = {.kind = CHANGE_ORG}, .org = h.acme};
    struct org now;
    struct str token;
    struct fault f = {0};
    (void)state;
    write_key(KEY_A);
    s = key(false);
    assert_int_equal(prepare(s, &ids, &f), ERR_OK);
    assert_int_equal(org_account_seal(s, &h.text, str_from(h.acme.account_sid), STR(TOKEN),
                                      &change.org.token_sealed),
                     ERR_OK);
    house_change(&h, &change.head, ERR_OK);
    sealer_close(s);
    write_key(KEY_B KEY_A);
    s = key(false);
    assert_int_equal(prepare(s, &ids, &f), ERR_OK);
    sealer_close(s);
    write_key(KEY_B); /* the old line may go now */
    s = key(false);
    assert_int_equal(prepare(s, &ids, &f), ERR_OK);
    assert_int_equal(h.store->ops->org_get(h.reader, &h.text, h.org, &now), ERR_OK);
    assert_int_equal(org_account_token(s, &h.settings, &h.text, &now, ORG_TOKEN_PRIMARY, &token, &f), ERR_OK);
    assert_true(str_equal(token, STR(TOKEN)));
    sealer_close(s);
}

/* What is sealed beside the accounts' tokens must survive a rotation, too. */
static void after_a_rotation_webhooks_can_still_be_signed(void **state)
{
    struct sealer *s;
    struct public_ids ids;
    struct change_endpoint change = {.head = {.kind = CHANGE_ENDPOINT},
                                     .endpoint = {.org = h.org, .url = STR("https://example.com/"),
                                                  .types = 2, .state = ENDPOINT_ACTIVE, .created_ms = 1}};
    struct endpoint now;
    struct str secret;
    size_t count = 1;
    struct fault f = {0};
    (void)state;
    write_key(KEY_A);
    s = key(false);
    assert_int_equal(prepare(s, &ids, &f), ERR_OK);
    h.app.sealer = s;
    assert_int_equal(app_seal(&h.app, &h.text, h.org, "webhook", STR("whsec_x"), &change.endpoint.secret_sealed),
                     ERR_OK);
    house_change(&h, &change.head, ERR_OK);
    sealer_close(s);
    write_key(KEY_B KEY_A);
    s = key(false);
    assert_int_equal(prepare(s, &ids, &f), ERR_OK);
    sealer_close(s);
    write_key(KEY_B);
    s = key(false);
    assert_int_equal(prepare(s, &ids, &f), ERR_OK);
    h.app.sealer = s;
    assert_int_equal(h.store->ops->endpoints(h.reader, &h.text, h.org, 0, &now, &count), ERR_OK);
    assert_int_equal(count, 1);
    assert_int_equal(app_unseal(&h.app, &h.text, h.org, "webhook", now.secret_sealed, &secret, &f), ERR_OK);
    assert_true(str_equal(secret, STR("whsec_x")));
    h.app.sealer = NULL;
    sealer_close(s);
}

static void the_server_file_tells_where_and_nothing_else(void **state)
{
    char text[1024], path[160];
    json_t *root;
    struct fault f = {0};
    (void)state;
    assert_int_equal(
        first_start_server_file(&h.settings, "http://127.0.0.1:1", "http://127.0.0.1:2", "", &f), ERR_OK);
    read_file("server.json", text, sizeof text);
    root = json_loads(text, 0, NULL);
    assert_string_equal(json_string_value(json_object_get(root, "url")), "http://127.0.0.1:1");
    assert_string_equal(json_string_value(json_object_get(root, "events_url")), "http://127.0.0.1:2");
    assert_null(json_object_get(root, "sandbox_url"));
    assert_null(strstr(text, "sk_"));
    json_decref(root);
    (void)snprintf(path, sizeof path, "%s/server.json", h.dir);
    first_start_forget_server(&h.settings);
    assert_int_not_equal(access(path, F_OK), 0);
    first_start_forget_server(&h.settings); /* there is nothing to forget */
}

static void a_price_file_that_is_wrong_names_itself(void **state)
{
    struct price_table prices;
    struct fault f = {0};
    (void)state;
    assert_int_equal(first_start_prices(&h.settings, &prices, &f), ERR_OK);
    price_free(&prices);
    (void)snprintf(h.settings.prices_file, sizeof h.settings.prices_file, "%s/none.tsv", h.dir);
    assert_int_equal(first_start_prices(&h.settings, &prices, &f), ERR_IO);
    assert_non_null(strstr(f.what, "none.tsv"));
    house_write(&h, "bad.tsv", "nonsense\n", 9);
    (void)snprintf(h.settings.prices_file, sizeof h.settings.prices_file, "%s/bad.tsv", h.dir);
    assert_int_not_equal(first_start_prices(&h.settings, &prices, &f), ERR_OK);
    assert_non_null(strstr(f.what, "bad.tsv"));
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(the_first_start_makes_a_key_that_opens_everything),
        TEST(public_ids_are_the_same_after_every_start),
        TEST(what_cannot_be_read_is_not_made_anew),
        TEST(another_installations_master_key_is_refused),
        TEST(a_missing_key_is_made_only_at_the_first_start),
        TEST(a_systemd_credential_goes_before_the_data_directory),
        TEST(after_a_rotation_secrets_are_sealed_with_the_new_key_alone),
        TEST(after_a_rotation_webhooks_can_still_be_signed),
        TEST(the_server_file_tells_where_and_nothing_else),
        TEST(a_price_file_that_is_wrong_names_itself),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
