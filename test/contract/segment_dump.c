/*
 * segment_dump: reads one JSON string a line, writes what rules/segment says of it as one JSON object a
 * line, plain and after smart encoding. Lone surrogates cannot be in JSON text that jansson accepts.
 */
#include "rules/segment.h"

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>

static json_t *count_json(struct str text, unsigned flags)
{
    struct segment_count count;
    if (segment_count(text, flags, &count, NULL) != ERR_OK) return json_null();
    return json_pack("{s:s, s:i, s:i, s:i, s:i}", "encoding", segment_encoding_name(count.encoding), "units",
                     (int)count.units, "segments", (int)count.segments, "characters", (int)count.characters,
                     "graphemes", (int)count.graphemes);
}

static json_t *parts_json(struct str text)
{
    static struct segment_part parts[4096];
    size_t count = 0;
    json_t *units = json_array();
    if (segment_split(text, 0, parts, 4096, &count) != ERR_OK) return units;
    for (size_t i = 0; i < count && i < 4096; i++)
        json_array_append_new(units, json_integer(parts[i].units));
    return units;
}

static void dump(const char *line, size_t length)
{
    json_error_t error;
    json_t *text = json_loadb(line, length, JSON_DECODE_ANY | JSON_ALLOW_NUL, &error);
    if (!json_is_string(text)) {
        fprintf(stderr, "not a JSON string: %s\n", error.text);
        exit(1);
    }
    struct str s = {json_string_value(text), json_string_length(text)};
    json_t *out = json_pack("{s:o, s:o, s:o}", "plain", count_json(s, 0), "smart",
                            count_json(s, SEGMENT_SMART), "parts", parts_json(s));
    char *encoded = json_dumps(out, JSON_COMPACT);
    puts(encoded);
    free(encoded);
    json_decref(out);
    json_decref(text);
}

int main(void)
{
    char *line = NULL;
    size_t capacity = 0;
    ssize_t length;
    while ((length = getline(&line, &capacity, stdin)) > 0)
        dump(line, (size_t)length);
    free(line);
    return 0;
}
