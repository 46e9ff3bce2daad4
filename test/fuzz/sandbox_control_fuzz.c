/* The sandbox's control face: "METHOD TARGET\n", then JSON. Whatever tests in any language write is answered with JSON,
 * and the world stays sound. */
#include "sandbox/server_parts.h"

#include <jansson.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static int64_t still_wall_ms(struct clock *c)
{
    return 1773000000000 + c->wall_offset_ms;
}

static int64_t still_mono_us(struct clock *c)
{
    (void)c;
    return 1000000;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct clock clock = {.wall_ms = still_wall_ms, .mono_us = still_mono_us};
    struct sandbox_server server = {.config = sandbox_server_config_default(), .clock = &clock};
    struct sandbox_http_request request = {.base_url = STR("http://127.0.0.1:1")};
    struct sandbox_http_answer answer = {0};
    struct str line;
    json_t *json;

    request.body = str_cut((struct str){(const char *)data, size}, '\n', &line);
    request.target = str_cut(line, ' ', &request.method);
    server.config.clock = &clock;
    server.config.model.alerts_max = 16;
    server.sb = sandbox_new(&server.config.model, 1);
    BUG_IF(server.sb == NULL);
    buf_init(&answer.body, 1 << 20);
    control_serve(&server, sb_server_now(&server), &request, &answer);
    BUG_IF(answer.status < 200 || answer.status > 599);
    json = json_loadb(answer.body.at, answer.body.len, 0, NULL);
    BUG_IF(!json_is_object(json) && !json_is_array(json));
    sandbox_check(server.sb);
    json_decref(json);
    buf_free(&answer.body);
    sandbox_free(server.sb);
    return 0;
}
