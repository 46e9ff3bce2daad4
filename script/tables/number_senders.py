#!/usr/bin/env python3
"""Writes the C table of rules/number_abroad.  usage: number_senders.py ROWS.py ROWS COUNTRIES OUT.c

An unknown country or use, a prefix that is none, and two rows that speak of the same numbers fail the build."""
import re
import sys

sys.dont_write_bytecode = True
import rows as table  # noqa: E402
from rows import quoted, refuse  # noqa: E402

COLUMNS = ["country", "from", "use", "since", "title", "source", "fix"]
USES = ("refused", "overwritten", "changed")


def check(row, countries):
    if row["country"] not in countries:
        refuse(row, f"'{row['country']}' is no country of the country rules")
    if row["use"] not in USES:
        refuse(row, f"'{row['use']}' is none of {', '.join(USES)}")
    if not re.fullmatch(r"(\+\d{1,8}(\|\+\d{1,8})*)?", row["from"]):
        refuse(row, f"'{row['from']}' are no prefixes of numbers")
    if not re.fullmatch(r"\d{4}-\d\d-\d\d", row["since"]):
        refuse(row, f"'{row['since']}' is no day")
    if not row["title"] or not row["source"] or not row["fix"].endswith("."):
        refuse(row, "title and source are needed, and fix is a sentence")


def main(_, path, countries_path, out_path):
    countries = {line.split("\t")[0] for line in open(countries_path, encoding="utf-8") if not line.startswith("#")} - {"iso2"}
    found, seen = table.read(path, COLUMNS), {}
    for row in found:
        check(row, countries)
        if row["country"] in seen:
            refuse(row, f"{seen[row['country']]} speaks of the same already")
        seen[row["country"]] = row["_at"]
    with open(out_path, "w", encoding="utf-8") as out:
        out.write('/* Made by script/tables/number_senders.py from data/number-senders.tsv. */\n#include "rules/number_abroad_table.h"\n\n')
        out.write("const struct number_abroad number_abroad_table[] = {\n")
        for row in sorted(found, key=lambda r: r["country"]):
            texts = ", ".join(quoted(row[name]) for name in ("since", "title", "source", "fix"))
            out.write(f'    {{"{row["country"]}", {quoted(row["from"])}, NUMBER_{row["use"].upper()}, {texts}}},\n')
        out.write(f"}};\nconst size_t number_abroad_count = {len(found)};\n")


table.run(main)
