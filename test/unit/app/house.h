/*
 * house: a small installation for tests of use cases: a store in a directory of its own, the writer, an app,
 * and an organization "acme" with one number. What is told to the pump is counted, and STOPs are acknowledged
 * at once.
 */
#ifndef STERLING_TEST_UNIT_APP_HOUSE_H
#define STERLING_TEST_UNIT_APP_HOUSE_H

#include "app/app.h"
#include "app/pump.h"

struct house {
    char dir[64];
    struct settings settings;
    struct clock clock;
    struct store *store;
    struct store_ops ops; /* the store's: a test may replace what readers call, nothing else */
    struct store_reader *reader;
    struct writer *writer;
    struct public_ids ids;
    struct app app;
    struct arena text;
    org_id org;
    struct org acme;
    uint32_t sender;
    _Atomic int notes[NOTE_SENDER_MENDED + 1];
};

void house_open(struct house *h);
void house_close(struct house *h);
/* Submits and waits; fails the test unless the result is as wanted. */
void house_change(struct house *h, struct change *c, enum err wanted);
uint32_t house_list(struct house *h, const char *name);
uint64_t house_contact(struct house *h, uint32_t list, uint64_t number, const char *fields);
/* Writes a file in the data directory. */
void house_write(struct house *h, const char *name, const char *text, size_t length);

#endif
