/* dump: everything that can be read from a store, as text, so that two stores can be compared. */
#ifndef STERLING_TEST_STORE_DUMP_H
#define STERLING_TEST_STORE_DUMP_H

#include "base/buf.h"
#include "store/store.h"

/* Orgs 0 … orgs are asked; numbers number_from … +numbers; day use of `day`. */
struct dump_range {
    org_id orgs;
    uint64_t number_from, numbers;
    int32_t day;
    int64_t now_ms;
};
void dump_store(struct store_reader *r, struct arena *a, const struct dump_range *range, struct buf *out);
/* Fails with the first line in which they differ. */
void dump_compare(const struct buf *ram, const struct buf *sqlite, const char *what, uint64_t seed, int step);
void dump_message(struct buf *out, const struct message *m);

#endif
