/*
 * choices: every way through a program that asks `choose`, one after the other, until there is none left.
 *
 * A run asks for choices; the next run takes the last one that has another value and repeats all before it. So
 * the tree of choices is walked completely without being held (the idea of TigerBeetle's exhaustigen).
 */
#ifndef STERLING_TEST_SIM_CHOICES_H
#define STERLING_TEST_SIM_CHOICES_H

#include "base/err.h"

#include <stdbool.h>
#include <stdint.h>

enum { CHOICES_MAX = 256 };

struct choices {
    uint8_t value[CHOICES_MAX], bound[CHOICES_MAX];
    uint32_t at, count;
};

/* 0 … bound-1. */
static inline uint32_t choose(struct choices *c, uint32_t bound)
{
    BUG_IF(bound == 0 || bound > UINT8_MAX || c->at == CHOICES_MAX);
    if (c->at == c->count) {
        c->value[c->count] = 0;
        c->bound[c->count++] = (uint8_t)bound;
    }
    BUG_IF(c->bound[c->at] != bound); /* what is chosen from must follow from what was chosen before */
    return c->value[c->at++];
}

/* Sets the next way; false when all were gone. */
static inline bool choices_next(struct choices *c)
{
    c->at = 0;
    while (c->count > 0 && c->value[c->count - 1] + 1 == c->bound[c->count - 1]) c->count--;
    if (c->count == 0) return false;
    c->value[c->count - 1]++;
    return true;
}

#endif
