/*
 * faultvfs: a disk in memory below SQLite, that loses power and fails on demand (the idea of SQLite's own
 * test6.c). Single-threaded; one disk for the whole process; once installed, every connection uses it.
 *
 * While it records, each write, truncation, sync, creation and removal becomes a step. disk_at(step, …) then makes
 * the disk as it would be found after the power went at that step: what was synced is there; each later write was
 * kept, dropped, torn at sectors of 512 bytes, or garbled, as the seed says; a name whose directory was not synced
 * may be the old one. Open connections keep no hold on such a disk: close them first.
 */
#ifndef STERLING_TEST_POWER_FAULTVFS_H
#define STERLING_TEST_POWER_FAULTVFS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

void faultvfs_install(void);
void faultvfs_forget(void); /* an empty disk, nothing recorded */

/* ---- recording ---- */
void faultvfs_record(bool on);
size_t faultvfs_steps(void);   /* recorded so far */
size_t faultvfs_unsynced(size_t step); /* writes that a crash there could lose */

/* ---- the power goes ---- */
enum damage { DAMAGE_KEEP, DAMAGE_DROP, DAMAGE_SOME, DAMAGE_TORN, DAMAGE_GARBLED, DAMAGES };
/* Steps must not go down from call to call (faultvfs_rewind starts over). */
void faultvfs_crash(size_t step, enum damage damage, uint64_t seed);
void faultvfs_rewind(void);
/* What is on the disk now is durable, and recording begins anew from here. */
void faultvfs_settle(void);

/* ---- calls that fail ---- */
enum failing { FAIL_NONE, FAIL_IO, FAIL_FULL, FAIL_SYNC, FAIL_SHORT_READ, FAILINGS };
/* The n-th call from now (from 0) of the kind that can so fail does, and, if forever, all after it. */
void faultvfs_fail(enum failing how, uint64_t n, bool forever);
bool faultvfs_failed(void);         /* it has */
uint64_t faultvfs_left(void);       /* calls of that kind still to come before it does */
void faultvfs_hold(bool on);        /* meanwhile nothing fails and no call is counted */

#endif
