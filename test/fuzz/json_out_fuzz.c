/*
 * json_out_fuzz: whatever texts we write, a strict reader takes the document and finds the same texts in it; bad bytes
 * came out as U+FFFD. The bytes are cut at newlines; the first is the name.
 */
#include "base/json_out.h"

#include <jansson.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_same(const json_t *value, struct str wanted)
{
    BUG_IF(!json_is_string(value));
    if (str_is_utf8(wanted, NULL))
        BUG_IF(!str_equal((struct str){json_string_value(value), json_string_length(value)}, wanted));
    else
        BUG_IF(str_find((struct str){json_string_value(value), json_string_length(value)}, STR("\xef\xbf\xbd")) ==
               json_string_length(value));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct str rest = {(const char *)data, size}, line;
    struct str lines[32];
    size_t count = 0;
    struct buf out;
    json_t *root, *list;

    while (rest.len > 0 && count < 32) {
        rest = str_cut(rest, '\n', &line);
        lines[count++] = line;
    }
    buf_init(&out, 1 << 20);
    json_open(&out, '{');
    json_key(&out, "list");
    json_open(&out, '[');
    for (size_t i = 0; i < count; i++)
        json_str(&out, lines[i]);
    json_close(&out, ']');
    json_put_int(&out, "int", (int64_t)str_hash((struct str){(const char *)data, size}, 1));
    json_put_time(&out, "time", (int64_t)size);
    json_close(&out, '}');
    BUG_IF(buf_check(&out) != ERR_OK);
    root = json_loadb(out.at, out.len, JSON_ALLOW_NUL | JSON_REJECT_DUPLICATES, NULL);
    list = json_object_get(root, "list");
    BUG_IF(json_array_size(list) != count);
    for (size_t i = 0; i < count; i++)
        check_same(json_array_get(list, i), lines[i]);
    json_decref(root);
    buf_free(&out);
    return 0;
}
