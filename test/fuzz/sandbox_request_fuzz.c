/* The sandbox's REST face: method, target, headers and form, as a stranger may write them. Any request is
 * answered, and the world stays sound.
 *
 * Input: "METHOD TARGET\n", then the body. A method with '!' before it comes without credentials. */
#include "sandbox/api.h"

#include <stdint.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define SID "ACaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
#define MASTER "Basic QUNhYWFhYWFhYWFhYWFhYWFhYWFhYWFhYWFhYWFhYWFhYTp0b2tlbg=="

static struct sandbox *make_world(void)
{
    struct sandbox_config config = sandbox_config_default();
    struct sandbox_service_params params = {.friendly_name = STR("Pool"),
                                            .inbound_url = STR("http://app.test/in")};
    struct sandbox *sb;
    uint32_t service, sender;
    config.account_sid = STR(SID);
    config.auth_token = STR("token");
    config.alerts_max = 16;
    sb = sandbox_new(&config, 1);
    if (sb == NULL || sandbox_service_add(sb, 0, &params, &service) != ERR_OK ||
        sandbox_sender_add(sb, 0, STR("+14155551000"), service, STR(""), &sender) != ERR_OK)
        abort();
    return sb;
}

static void ask(struct sandbox *sb, struct str method, struct str target, struct str body,
                struct str authorization)
{
    struct sandbox_http_request request = {
        .method = method,
        .target = target,
        .base_url = STR("http://127.0.0.1:1"),
        .authorization = authorization,
        .content_type = STR("application/x-www-form-urlencoded"),
        .body = body,
    };
    struct sandbox_http_answer answer;
    buf_init(&answer.body, 1 << 20);
    sandbox_request(sb, 1000, &request, &answer);
    if (answer.status < 200 || answer.status > 599) abort();
    /* A mistyped credential here would hide everything behind it. */
    if (str_equal(authorization, STR(MASTER)) && str_starts(target, STR("/v1/Services")) &&
        answer.status == 401)
        abort();
    buf_free(&answer.body);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct sandbox *sb = make_world();
    struct sandbox_webhook due[8];
    struct str line, method, target, body = str_cut((struct str){(const char *)data, size}, '\n', &line);
    target = str_cut(line, ' ', &method);
    if (str_starts(method, STR("!")))
        ask(sb, str_slice(method, 1, method.len), target, body, body);
    else
        ask(sb, method, target, body, STR(MASTER));
    (void)sandbox_step(sb, 100000, due, 8);
    sandbox_check(sb);
    sandbox_free(sb);
    return 0;
}
