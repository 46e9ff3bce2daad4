#!/usr/bin/env python3
"""Writes the C table of rules/country_content, after checking it.  usage: country_content.py ROWS.py ROWS COUNTRIES RULES OUT.c

An unknown country, rule or category, a value where none is wanted, and two rows that speak of the same fail the build."""
import json
import re
import sys

sys.dont_write_bytecode = True
import rows as table  # noqa: E402
from rows import quoted, refuse  # noqa: E402

COLUMNS = ["country", "rule", "kinds", "severity", "value", "since", "title", "source", "fix"]
SEVERITIES = {"note": "CONTENT_NOTE", "ask": "CONTENT_ASK", "block": "CONTENT_BLOCK"}
# What a rule's value is: words, a number, names of rules, nothing, or (sender) a number or nothing.
VALUES = {"label": r".+", "opt_out": r".+", "links": "", "phone": "", "segments": r"\d+", "sender": r"\d*", "brand": "", "letters": "",
          "template": "", "registry": "", "host": "", "category": r"[a-z_|]+"}


def first_words(path, column):
    return {line.split("\t")[0] for line in open(path, encoding="utf-8") if not line.startswith("#")} - {column}


def check(row, countries, categories):
    if row["country"] not in countries:
        refuse(row, f"'{row['country']}' is no country of the country rules")
    if row["rule"] not in VALUES or not re.fullmatch(VALUES[row["rule"]], row["value"]):
        refuse(row, f"'{row['rule']}' is no rule, or '{row['value']}' no value of it")
    if row["kinds"] not in ("marketing", "any") or row["severity"] not in SEVERITIES:
        refuse(row, f"kinds is marketing or any, severity one of {', '.join(SEVERITIES)}")
    if not re.fullmatch(r"\d{4}-\d\d-\d\d", row["since"]):
        refuse(row, f"'{row['since']}' is no day")
    if not row["title"] or not row["source"] or not row["fix"].endswith("."):
        refuse(row, "title and source are needed, and fix is a sentence")
    for name in row["value"].split("|") if row["rule"] == "category" else []:
        if name not in categories:
            refuse(row, f"'{name}' is no rule of the content rules")


def main(_, path, countries_path, rules_path, out_path):
    countries, categories = first_words(countries_path, "iso2"), first_words(rules_path, "rule")
    seen = {}
    found = table.read(path, COLUMNS)
    for row in found:
        check(row, countries, categories)
        key = row["country"], row["rule"]
        if key in seen:
            refuse(row, f"{seen[key]} speaks of the same already")
        seen[key] = row["_at"]
    with open(out_path, "w", encoding="utf-8") as out:
        out.write('/* Made by script/tables/country_content.py from data/country-content.tsv. */\n#include "rules/country_content_table.h"\n\n')
        out.write("const struct country_content country_contents[] = {\n")
        for row in sorted(found, key=lambda r: r["country"]):
            texts = ", ".join(quoted(row[name]) for name in ("since", "title", "source", "fix"))
            out.write(f'    {{"{row["country"]}", COUNTRY_{row["rule"].upper()}, {json.dumps(row["kinds"] == "marketing")}, {quoted(row["value"])},\n'
                      f'     {{"country_{row["rule"]}", {SEVERITIES[row["severity"]]}, {texts}}}}},\n')
        out.write(f"}};\nconst size_t country_contents_count = {len(found)};\n")


table.run(main)
