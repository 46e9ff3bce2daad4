/* Any bytes, cut into chunks of any size, give the same events; every record has the header's columns, and
 * reading ends. The first byte is the size of the chunks. */
#include "rules/csv.h"

#include <stdint.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static uint64_t digest(struct csv_reader *r, enum csv_event event, uint64_t seed, size_t *columns)
{
    size_t count;
    const struct str *fields = csv_fields(r, &count);
    const struct csv_problem *p = csv_problem(r);

    seed = str_hash((struct str){(const char *)&event, sizeof event}, seed);
    if (event == CSV_BAD) return str_hash(p->raw, seed + p->line + (uint64_t)p->reason);
    if (event == CSV_HEADER) *columns = count;
    BUG_IF(count != *columns || count == 0);
    for (size_t i = 0; i < count; i++) {
        BUG_IF(!str_is_utf8(fields[i], NULL) || fields[i].len > 40);
        seed = str_hash(fields[i], seed);
    }
    return seed + csv_line(r);
}

static uint64_t drain(struct csv_reader *r, uint64_t seed, size_t *columns)
{
    enum csv_event event;
    while ((event = csv_next(r)) != CSV_MORE && event != CSV_END) seed = digest(r, event, seed, columns);
    return seed;
}

static uint64_t read_all(struct str text, size_t chunk_bytes)
{
    struct csv_options options = {.record_bytes_max = 64, .field_bytes_max = 40, .columns_max = 8};
    struct csv_reader *r;
    uint64_t seed = 0;
    size_t columns = 0;

    if (csv_open(&options, &r) != ERR_OK) return 0;
    for (size_t at = 0; at < text.len; at += chunk_bytes) {
        csv_feed(r, str_slice(text, at, at + chunk_bytes));
        seed = drain(r, seed, &columns);
    }
    csv_finish(r);
    seed = drain(r, seed, &columns);
    BUG_IF(csv_next(r) != CSV_END);
    csv_close(r);
    return seed;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct str text = {(const char *)data + 1, size - 1};
    if (size < 1) return 0;
    BUG_IF(read_all(text, text.len + 1) != read_all(text, (size_t)data[0] + 1));
    return 0;
}
