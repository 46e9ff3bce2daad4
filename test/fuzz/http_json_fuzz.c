/* JSON bodies: parsed, read by every kind of reader, and closed. Every mistake is in the problem. */
#include "http/json_in.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void read_all(struct json_in *in, struct problem *p)
{
    struct str text = {NULL, 0};
    int64_t number = 0;
    bool flag = false;
    size_t index = 0;
    uint32_t bits = 0;
    json_t *nested = NULL;

    if (json_in_text(in, "text", JSON_REQUIRED, 16, &text)) BUG_IF(text.len == 0 || text.len > 16);
    if (json_in_int(in, "int", JSON_OPTIONAL, -5, 5, &number)) BUG_IF(number < -5 || number > 5);
    (void)json_in_bool(in, "bool", JSON_OPTIONAL, &flag);
    if (json_in_time(in, "time", JSON_OPTIONAL, &number)) BUG_IF(number < 0);
    if (json_in_choice(in, "choice", JSON_OPTIONAL, "a b c", &index)) BUG_IF(index > 2);
    if (json_in_choices(in, "choices", JSON_OPTIONAL, "a b c", &bits)) BUG_IF(bits > 7);
    if (json_in_fields(in, "fields", JSON_OPTIONAL, 64, &text)) BUG_IF(text.len > 64);
    if (json_in_object(in, "object", JSON_OPTIONAL, &nested)) {
        struct json_in inner;
        json_in_open(&inner, nested, "object.", p);
        (void)json_in_text(&inner, "text", JSON_OPTIONAL, 4, &text);
        json_in_end(&inner);
    }
    if (json_in_array(in, "array", JSON_OPTIONAL, 3, &nested)) BUG_IF(json_array_size(nested) > 3);
    json_in_end(in);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct arena a;
    struct problem p;
    struct json_doc d;
    struct json_in in;

    arena_init(&a, 1 << 20);
    problem_init(&p, &a);
    if (json_doc_parse(&d, (struct str){(const char *)data, size}, &p) == ERR_OK) {
        json_in_open(&in, d.root, "", &p);
        read_all(&in, &p);
        BUG_IF(p.count > 0 && problem_check(&p) == ERR_OK);
        json_doc_free(&d);
    } else {
        BUG_IF(p.detail[0] == '\0');
    }
    arena_reset(&a);
    return 0;
}
