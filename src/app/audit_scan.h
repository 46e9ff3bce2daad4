/*
 * audit_scan: what a line of a log or a configuration gives away: a whole phone number, a secret.
 *
 * Numbers that are masked ("+1415*****71"), SIDs (they are names) and times are nothing. Pure, total; reads only the
 * line.
 */
#ifndef STERLING_APP_AUDIT_SCAN_H
#define STERLING_APP_AUDIT_SCAN_H

#include "base/str.h"

enum audit_leak { AUDIT_LEAK_NONE, AUDIT_LEAK_NUMBER, AUDIT_LEAK_SECRET };

enum audit_leak audit_scan_line(struct str line);
/* "a phone number", "a secret". */
const char *audit_leak_name(enum audit_leak leak);

#endif
