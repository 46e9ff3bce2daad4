/* failpoint: one armed point for the whole process. Contract in failpoint.h. */
#include "base/failpoint.h"

#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum action { ACTION_CRASH, ACTION_PAUSE, ACTION_ERROR };
static const char *const ACTIONS[] = {"crash", "pause", "error"};

bool failpoint_on;

static struct {
    const struct failpoint *point;
    enum action action;
    _Atomic uint64_t left; /* hits before it acts; 0: it has acted */
} armed;

/* Without stdio: another thread may hold its lock at this moment. */
static void tell(void)
{
    char line[160];
    int n = snprintf(line, sizeof line, "failpoint %s: %s\n", armed.point->name, ACTIONS[armed.action]);
    (void)!write(STDERR_FILENO, line, (size_t)n);
}

static bool act(void)
{
    tell();
    switch (armed.action) {
    case ACTION_CRASH:
        (void)kill(getpid(), SIGKILL);
        for (;;) (void)pause(); /* nothing further may happen on this thread while the others are ended */
    case ACTION_PAUSE:
        (void)kill(getpid(), SIGSTOP);
        return false;
    case ACTION_ERROR: return true;
    }
    return false;
}

bool failpoint_reach(const char *name)
{
    if (!failpoint_on || name == NULL || strcmp(name, armed.point->name) != 0) return false;
    for (uint64_t left = atomic_load(&armed.left); left > 0;)
        if (atomic_compare_exchange_weak(&armed.left, &left, left - 1)) return left == 1 && act();
    return false;
}

void failpoint_clear(void)
{
    failpoint_on = false;
    armed.point = NULL;
}

/* ---- arming ---- */

static const struct failpoint *find(struct str name, const struct failpoint *table, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (str_equal(name, str_from(table[i].name))) return &table[i];
    return NULL;
}

enum err failpoint_arm(struct str text, const struct failpoint *table, size_t count, struct fault *f)
{
    struct str name, action, hit;
    const struct failpoint *point;
    uint64_t left = 1;

    if (failpoint_on) return fault_set(f, ERR_CONFLICT, "failpoint %s is armed already", armed.point->name);
    action = str_cut(text, ':', &name);
    hit = str_cut(name, '@', &name);
    point = find(name, table, count);
    if (point == NULL)
        return fault_set(f, ERR_NOT_FOUND, "no failpoint is called \"" STR_FMT "\"", STR_ARG(name));
    if (hit.len > 0 && (str_to_u64(hit, &left) != ERR_OK || left == 0))
        return fault_set(f, ERR_INVALID, "failpoint %s: \"" STR_FMT "\" is no count from 1", point->name, STR_ARG(hit));
    for (int i = ACTION_CRASH; i <= ACTION_ERROR; i++) {
        if (!str_equal(action, str_from(ACTIONS[i]))) continue;
        if (i == ACTION_ERROR && !point->can_fail)
            return fault_set(f, ERR_INVALID, "failpoint %s has no failure to take; say crash or pause", point->name);
        armed.point = point;
        armed.action = (enum action)i;
        atomic_store(&armed.left, left);
        failpoint_on = true;
        return ERR_OK;
    }
    return fault_set(f, ERR_INVALID, "failpoint %s: say crash, pause or error, not \"" STR_FMT "\"", point->name,
                     STR_ARG(action));
}
