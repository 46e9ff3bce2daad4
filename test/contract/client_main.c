/*
 * client_main: our client of Lookup and Verify, a line of words in, a line of JSON out, so that a test in another
 * language can look at what it sends. Arguments: base URL, account SID, token.
 */
#include "base/json_out.h"
#include "twilio/lookup.h"
#include "twilio/verify.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { WORDS_MAX = 5, TIMEOUT_MS = 20000 };

struct client {
    struct rest *rest;
    struct twilio_account account;
    struct str words[WORDS_MAX];
    struct buf out;
    struct fault fault;
    int error_code;
};

static enum err serve_lookup(struct client *c)
{
    struct lookup_ask ask = {.line_type = true};
    struct twilio_lookup found;
    uint64_t number = 0;
    enum err err = str_to_u64(c->words[1], &number);
    if (err == ERR_OK && c->words[2].len > 0) err = str_copy(c->words[2], ask.verified_on, sizeof ask.verified_on);
    if (err == ERR_OK) err = lookup_number(c->rest, &c->account, number, &ask, &found, &c->error_code, &c->fault);
    if (err != ERR_OK) return err;
    json_put_number(&c->out, "number", found.number);
    json_put_bool(&c->out, "valid", found.valid);
    json_put_text(&c->out, "invalid", found.invalid);
    json_put_text(&c->out, "country", found.country);
    json_put_text(&c->out, "type", found.type);
    json_put_text(&c->out, "carrier", found.carrier);
    json_put_text(&c->out, "mcc", found.mcc);
    json_put_text(&c->out, "mnc", found.mnc);
    json_put_int(&c->out, "line_error", found.line_error);
    json_put_int(&c->out, "reassigned", (int64_t)found.reassigned);
    json_put_int(&c->out, "reassigned_error", found.reassigned_error);
    return ERR_OK;
}

static enum err serve_service(struct client *c)
{
    enum provider_class class;
    char sid[TWILIO_SID_BYTES] = "";
    enum err err = verify_service_create(c->rest, &c->account, c->words[1], 6, sid, &class, &c->fault);
    json_put_text(&c->out, "sid", sid);
    return err;
}

static enum err take_service(void *user, const struct twilio_verify_service *s, struct fault *f)
{
    struct client *c = user;
    (void)f;
    json_put_str(&c->out, s->sid, s->friendly_name);
    return ERR_OK;
}

static void put_verification(struct client *c, const struct twilio_verification *v)
{
    json_put_text(&c->out, "sid", v->sid);
    json_put_text(&c->out, "status", v->status);
    json_put_text(&c->out, "channel", v->channel);
    json_put_bool(&c->out, "valid", v->valid);
    json_put_int(&c->out, "sends", v->sends);
}

static enum err serve_verification(struct client *c)
{
    struct str verb = c->words[0], service = c->words[1], of = c->words[2];
    struct verify_start start = {.channel = STR("sms"), .locale = STR("en")};
    struct twilio_verification v = {0};
    enum err err = ERR_INVALID;
    if (str_equal(verb, STR("start")) && (err = str_to_u64(of, &start.to)) == ERR_OK)
        err = verify_start(c->rest, &c->account, service, &start, &v, &c->error_code, &c->fault);
    if (str_equal(verb, STR("check")))
        err = verify_check(c->rest, &c->account, service, of, c->words[3], &v, &c->error_code, &c->fault);
    if (str_equal(verb, STR("fetch"))) err = verify_fetch(c->rest, &c->account, service, of, &v, &c->fault);
    if (str_equal(verb, STR("find")) && str_to_u64(of, &start.to) == ERR_OK)
        err = verify_find(c->rest, &c->account, service, start.to, &v, &c->fault);
    if (str_equal(verb, STR("cancel"))) err = verify_cancel(c->rest, &c->account, service, of, &v, &c->fault);
    put_verification(c, &v);
    return err;
}

static void serve(struct client *c, char *line)
{
    struct str rest = str_trim(str_from(line));
    enum err err;
    for (size_t i = 0; i < WORDS_MAX; i++) rest = str_cut(rest, ' ', &c->words[i]);
    buf_clear(&c->out);
    c->fault.what[0] = '\0';
    c->error_code = 0;
    json_open(&c->out, '{');
    if (str_equal(c->words[0], STR("lookup")))
        err = serve_lookup(c);
    else if (str_equal(c->words[0], STR("service")))
        err = serve_service(c);
    else if (str_equal(c->words[0], STR("services")))
        err = verify_services_list(c->rest, &c->account, take_service, c, &c->fault);
    else
        err = serve_verification(c);
    json_put_text(&c->out, "err", err_name(err));
    json_put_int(&c->out, "error_code", c->error_code);
    json_put_text(&c->out, "fault", c->fault.what);
    json_close(&c->out, '}');
    printf("%s\n", buf_text(&c->out));
    fflush(stdout);
}

int main(int argc, char **argv)
{
    struct rest_config r = {.timeout_ms = TIMEOUT_MS, .connect_timeout_ms = TIMEOUT_MS, .tries_max = 1};
    struct client c = {0};
    char line[512];
    if (argc != 4) return 2;
    struct twilio_credentials credentials = {.base_url = str_from(argv[1]), .account_sid = str_from(argv[2]),
                                             .auth_token = str_from(argv[3])};
    buf_init(&c.out, 65536);
    if (twilio_account_set(&c.account, &credentials, &c.fault) != ERR_OK ||
        rest_new(&r, &c.rest, &c.fault) != ERR_OK) {
        fprintf(stderr, "%s\n", c.fault.what);
        return 1;
    }
    while (fgets(line, sizeof line, stdin) != NULL) serve(&c, line);
    rest_free(c.rest);
    buf_free(&c.out);
    return 0;
}
