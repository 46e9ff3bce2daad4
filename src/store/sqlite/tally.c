/* tally: counters of a campaign. Contract in tally.h. Layout of the blob: entries of 13 bytes: what (1),
 * key (4, little-endian), messages (8); a cell's key is carrier * 256 + state. Zeros are left out. */
#include "store/sqlite/tally.h"

#include "base/cursor.h"

#include <stdlib.h>
#include <string.h>

enum { ENTRY_CELL = 1, ENTRY_REASON = 2, ENTRY_ERROR = 3 };

void tally_free(struct tally *t)
{
    free(t->errors);
    *t = (struct tally){0};
}

static size_t error_place(const struct tally *t, int32_t code)
{
    size_t low = 0, high = t->errors_count;
    while (low < high) {
        size_t middle = (low + high) / 2;
        if (t->errors[middle].code < code) low = middle + 1;
        else high = middle;
    }
    return low;
}

static enum err add_error(struct tally *t, int32_t code, int64_t by)
{
    size_t at = error_place(t, code);
    if (at < t->errors_count && t->errors[at].code == code) {
        t->errors[at].messages += by;
        return ERR_OK;
    }
    if (t->errors_count >= TALLY_ERRORS_MAX && code != 0) return add_error(t, 0, by);
    struct tally_error *grown = realloc(t->errors, (t->errors_count + 1) * sizeof *grown);
    if (grown == NULL) return ERR_FULL;
    t->errors = grown;
    memmove(&grown[at + 1], &grown[at], (t->errors_count - at) * sizeof *grown);
    grown[at] = (struct tally_error){code, by};
    t->errors_count++;
    return ERR_OK;
}

enum err tally_add(struct tally *t, struct tally_mark mark, int64_t by)
{
    BUG_IF(mark.carrier >= TALLY_CARRIERS || mark.state >= MESSAGE_STATES || (int)mark.reason >= TALLY_REASONS);
    t->cells[mark.carrier][mark.state] += by;
    if (mark.reason != REASON_NONE) t->reasons[mark.reason] += by;
    return mark.error_code != 0 ? add_error(t, mark.error_code, by) : ERR_OK;
}

int64_t tally_in(const struct tally *t, enum message_state s)
{
    int64_t sum = 0;
    for (size_t i = 0; i < TALLY_CARRIERS; i++) sum += t->cells[i][s];
    return sum;
}

static void write_entry(struct buf *out, uint8_t what, uint32_t key, int64_t messages)
{
    char bytes[13];
    if (messages == 0) return;
    bytes[0] = (char)what;
    for (unsigned i = 0; i < 4; i++) bytes[1 + i] = (char)(key >> (8 * i));
    for (unsigned i = 0; i < 8; i++) bytes[5 + i] = (char)((uint64_t)messages >> (8 * i));
    buf_add(out, (struct str){bytes, sizeof bytes});
}

void tally_write(const struct tally *t, struct buf *out)
{
    for (uint32_t c = 0; c < TALLY_CARRIERS; c++)
        for (uint32_t s = 0; s < MESSAGE_STATES; s++) write_entry(out, ENTRY_CELL, c * 256 + s, t->cells[c][s]);
    for (uint32_t r = 0; r < TALLY_REASONS; r++) write_entry(out, ENTRY_REASON, r, t->reasons[r]);
    for (size_t i = 0; i < t->errors_count; i++)
        write_entry(out, ENTRY_ERROR, (uint32_t)t->errors[i].code, t->errors[i].messages);
}

static enum err read_entry(struct tally *t, uint64_t what, uint32_t key, int64_t messages)
{
    if (what == ENTRY_ERROR) return add_error(t, (int32_t)key, messages);
    if (what == ENTRY_REASON && key < TALLY_REASONS) t->reasons[key] = messages;
    else if (what == ENTRY_CELL && key / 256 < TALLY_CARRIERS && key % 256 < MESSAGE_STATES)
        t->cells[key / 256][key % 256] = messages;
    else return ERR_CORRUPT;
    return ERR_OK;
}

enum err tally_read(struct tally *t, struct str bytes)
{
    struct cursor c = cursor_over(bytes);
    while (!cursor_done(&c)) {
        uint64_t what = cursor_le(&c, 1);
        uint32_t key = (uint32_t)cursor_le(&c, 4);
        int64_t messages = (int64_t)cursor_le(&c, 8);
        enum err code = cursor_check(&c) != ERR_OK ? ERR_CORRUPT : read_entry(t, what, key, messages);
        if (code != ERR_OK) return code;
    }
    return ERR_OK;
}
