/*
 * wire_origin: base URLs taken apart, and what requests of an account say. Contract in wire_inside.h.
 */
#include "twilio/request.h"
#include "twilio/url.h"
#include "twilio/wire_inside.h"

#include <openssl/crypto.h>
#include <stdlib.h>
#include <string.h>

/* ---- origins --------------------------------------------------------------------------------------- */

static struct str without_brackets(struct str host)
{
    return str_starts(host, STR("[")) ? str_slice(host, 1, host.len - 1) : host;
}

/* Host without the port that goes without saying, as browsers and libcurl write it. */
static enum err take_apart(struct wire_origin *o, wire_resolve *resolve)
{
    struct url_parts parts;
    struct str port, usual;
    char host[WIRE_HOST_BYTES], number[WIRE_PORT_BYTES];
    struct buf field;
    enum err failed;

    if (!url_split(str_from(o->base), &parts) || parts.host.len == 0) return ERR_INVALID;
    o->is_tls = str_equal(parts.scheme, STR("https://"));
    usual = o->is_tls ? STR("443") : STR("80");
    port = parts.port.len > 1 ? str_slice(parts.port, 1, parts.port.len) : usual;
    o->prefix = parts.rest;
    buf_init(&field, sizeof o->host_field - 1);
    buf_add(&field, parts.host);
    if (!str_equal(port, usual)) buf_add(&field, parts.port);
    failed = buf_check(&field);
    if (failed == ERR_OK) failed = str_copy(buf_str(&field), o->host_field, sizeof o->host_field);
    buf_free(&field);
    if (failed == ERR_OK) failed = str_copy(without_brackets(parts.host), host, sizeof host);
    if (failed == ERR_OK) failed = str_copy(port, number, sizeof number);
    return failed == ERR_OK ? wire_name_init(&o->name, host, number, resolve) : failed;
}

enum err wire_origin_get(struct provider_wire *p, struct str base, struct wire_origin **out, struct fault *f)
{
    struct wire_origin *o;
    enum err failed;

    for (size_t i = 0; i < p->origins_count; i++)
        if (str_equal(str_from(p->origins[i]->base), base)) {
            *out = p->origins[i];
            return ERR_OK;
        }
    *out = NULL;
    if (p->origins_count == WIRE_ORIGINS_MAX)
        return fault_set(f, ERR_LIMIT, "more than %d hosts of the provider", WIRE_ORIGINS_MAX);
    o = calloc(1, sizeof *o);
    if (o == NULL) return fault_set(f, ERR_FULL, "no memory for a host of the provider");
    failed = str_copy(base, o->base, sizeof o->base);
    if (failed == ERR_OK) failed = take_apart(o, p->resolve);
    if (failed != ERR_OK) {
        fault_set(f, failed, "the base URL '" STR_FMT "' is not understood", STR_ARG(base));
    } else if (o->is_tls && p->tls == NULL) {
        failed = wire_tls_new(p->ca_file, &p->tls, f);
    }
    if (failed != ERR_OK) {
        wire_origin_free(o);
        return failed;
    }
    p->origins[p->origins_count++] = *out = o;
    return ERR_OK;
}

void wire_origin_free(struct wire_origin *o)
{
    wire_name_free(&o->name);
    SSL_SESSION_free(o->session);
    free(o);
}

/* ---- accounts -------------------------------------------------------------------------------------- */

static enum err find_origins(struct provider_wire *p, const struct twilio_account *account, struct wire_account *a,
                             struct fault *f)
{
    size_t edges = account->edges_count > 0 ? account->edges_count : 1;
    enum err failed = ERR_OK;

    for (size_t i = 0; i < edges && failed == ERR_OK; i++) {
        struct buf base;
        buf_init(&base, TWILIO_URL_BYTES);
        twilio_base_url_add(&base, account, TWILIO_API, (unsigned)i);
        failed = buf_check(&base);
        if (failed != ERR_OK) fault_set(f, failed, "no memory for account %s", account->account_sid);
        if (failed == ERR_OK) failed = wire_origin_get(p, buf_str(&base), &a->origins[a->origins_count], f);
        if (failed == ERR_OK) a->origins_count++;
        buf_free(&base);
    }
    return failed;
}

enum err wire_account_new(struct provider_wire *p, const struct twilio_account *account, struct wire_account **out,
                          struct fault *f)
{
    struct wire_account *a = calloc(1, sizeof *a);
    enum err failed;

    *out = NULL;
    if (a == NULL) return fault_set(f, ERR_FULL, "no memory for account %s", account->account_sid);
    a->uses = 1;
    memcpy(a->sid, account->account_sid, sizeof a->sid);
    buf_init(&a->fields, 1024);
    buf_add(&a->fields, STR("\r\nUser-Agent: " REQUEST_USER_AGENT "\r\nAuthorization: "));
    twilio_authorization_add(&a->fields, account);
    buf_add(&a->fields, STR("\r\nAccept: application/json\r\nAccept-Charset: utf-8\r\n"));
    failed = buf_check(&a->fields);
    if (failed != ERR_OK) fault_set(f, failed, "no memory for account %s", account->account_sid);
    if (failed == ERR_OK) failed = find_origins(p, account, a, f);
    if (failed == ERR_OK)
        *out = a;
    else
        wire_account_release(a);
    return failed;
}

void wire_account_release(struct wire_account *a)
{
    if (a == NULL || --a->uses > 0) return;
    if (a->fields.at != NULL) OPENSSL_cleanse(a->fields.at, a->fields.len);
    buf_free(&a->fields);
    free(a);
}
