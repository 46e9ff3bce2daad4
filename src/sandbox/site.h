/*
 * site: the websites of the sandbox's businesses: any host, named after itself (acme-dental.example is Acme Dental's),
 * with a privacy policy, terms and a form; and faulty ones by magic words in host or path (docs/sandbox.md). Pure.
 */
#ifndef STERLING_SANDBOX_SITE_H
#define STERLING_SANDBOX_SITE_H

#include "base/buf.h"

/* Writes the page at `target` of `host` (its port is left out); gives its status. */
int sandbox_site(struct str host, struct str target, struct buf *out);

#endif
