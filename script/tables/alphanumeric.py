#!/usr/bin/env python3
"""Writes the C table of rules/alpha.  usage: alphanumeric.py ROWS.py ALPHANUMERIC COUNTRIES OUT.c

Each country has one row, in both tables or in none; where they contradict one another the build fails."""
import json
import re
import sys

sys.dont_write_bytecode = True
import rows as table  # noqa: E402
from rows import refuse  # noqa: E402

COLUMNS = ["iso2", "alphanumeric", "registration", "marketing_prefix", "generic", "source"]
COUNTRY_COLUMNS = ["iso2", "calling_code", "alphanumeric", "registration", "two_way", "long_code", "quiet_start", "quiet_end",
                   "days", "notes", "daily_cap", "from", "to"]
USES = {"no": "ALPHA_NEVER", "yes": "ALPHA_SHOWN", "overwritten": "ALPHA_OVERWRITTEN"}


def check(row, country):
    if row["alphanumeric"] not in USES:
        refuse(row, f"'{row['alphanumeric']}' is none of {', '.join(USES)}")
    if row["registration"] not in ("required", "optional", "none"):
        refuse(row, f"'{row['registration']}' is neither required nor optional nor none")
    if row["alphanumeric"] == "no" and row["registration"] == "required":
        refuse(row, "one that is never taken cannot be registered")
    if not re.fullmatch(r"[A-Z]{2}", row["iso2"]) or country is None:
        refuse(row, f"'{row['iso2']}' is not in the table of countries")
    if (row["alphanumeric"] == "no") != (country["alphanumeric"] == "no"):
        refuse(row, f"the table of countries says '{country['alphanumeric']}'")
    if row["generic"] not in ("", "refused"):
        refuse(row, f"'{row['generic']}' is neither refused nor empty")
    if len(row["marketing_prefix"]) > 8 or not row["source"]:
        refuse(row, "a prefix has 8 characters at most, and a source is wanted")


def main(_rows, alphanumeric, countries, out):
    known = {}
    for row in table.read(countries, COUNTRY_COLUMNS):
        known.setdefault(row["iso2"], row)
    rows = sorted(table.read(alphanumeric, COLUMNS), key=lambda row: row["iso2"])
    for row, next_row in zip(rows, rows[1:] + [None]):
        check(row, known.pop(row["iso2"], None))
        if next_row is not None and row["iso2"] == next_row["iso2"]:
            refuse(next_row, "it is there twice")
    if known:
        table.refuse({"_at": alphanumeric}, f"it lacks {' '.join(sorted(known))}")
    with open(out, "w", encoding="utf-8") as text:
        text.write('/* Made from data/alphanumeric.tsv. */\n#include "rules/alpha_table.h"\n\n')
        text.write("const struct alpha_rule alpha_table[] = {\n")
        for row in rows:
            text.write(f"    {{{json.dumps(row['iso2'])}, {USES[row['alphanumeric']]}, "
                       f"{str(row['registration'] == 'required').lower()}, {json.dumps(row['marketing_prefix'])}, "
                       f"{str(row['generic'] == 'refused').lower()}, {json.dumps(row['source'])}}},\n")
        text.write("};\nconst size_t alpha_table_count = sizeof alpha_table / sizeof *alpha_table;\n")


table.run(main)
