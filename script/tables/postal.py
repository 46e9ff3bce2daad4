#!/usr/bin/env python3
"""Writes the C table of rules/postal.  usage: postal.py ROWS.py PREFIXES US_HOURS ZONES OUT.c"""
import re
import sys

sys.dont_write_bytecode = True
import rows as table  # noqa: E402
from rows import refuse  # noqa: E402

COLUMNS = ["country", "prefix", "states", "zones", "notes"]
PREFIX = {"US": r"\d{3}|\d{5}", "CA": r"[A-Z]|[A-Z]\d[A-Z]"}
STATES_MAX = ZONES_MAX = 4


def known(path, column):
    """The entries of a table's column, whatever its other columns are."""
    with open(path, encoding="utf-8") as lines:
        return {line.rstrip("\n").split("\t")[column] for line in lines if not line.startswith("#")}


def check(row, seen, states, zones):
    if not re.fullmatch(PREFIX.get(row["country"], "$x"), row["prefix"]):
        refuse(row, f"'{row['prefix']}' is no prefix of a postal code of {row['country']}")
    if row["prefix"] in seen:
        refuse(row, f"{row['prefix']} is there twice")
    if len(row["prefix"]) == 5 and row["prefix"][:3] not in seen:
        refuse(row, f"{row['prefix'][:3]} is not there before it")
    for state in row["states"].split(",") if row["states"] not in ("", "*") else []:
        if state not in states or state == "US":
            refuse(row, f"'{state}' is no state with quiet hours")
    if (row["country"] == "US") != bool(row["states"]):
        refuse(row, "a ZIP code has states, others have none")
    for zone in row["zones"].split(","):
        if zone not in zones:
            refuse(row, f"'{zone}' is no time zone")
    if row["states"].count(",") >= STATES_MAX or row["zones"].count(",") >= ZONES_MAX:
        refuse(row, "it has more states or zones than the program can hold")


def entry(row):
    states = ", ".join(f'"{state}"' for state in row["states"].split(","))
    zones = ", ".join(f'"{zone}"' for zone in row["zones"].split(","))
    return f'    {{"{row["prefix"]}", {{{states}}}, {{{zones}}}}},\n'


def main(_, prefixes_path, hours_path, zones_path, out_path):
    rows = table.read(prefixes_path, COLUMNS)
    states, zones, seen = known(hours_path, 0), known(zones_path, 1), set()
    for row in rows:
        check(row, seen, states, zones)
        seen.add(row["prefix"])
    with open(out_path, "w", encoding="ascii") as out:
        out.write('/* Made by script/tables/postal.py from data/postal-prefixes.tsv. */\n#include "rules/postal.h"\n\n')
        out.write("const struct postal_prefix postal_prefixes[] = {\n")
        out.writelines(entry(row) for row in sorted(rows, key=lambda row: row["prefix"]))
        out.write(f"}};\nconst size_t postal_prefix_count = {len(rows)};\n")


table.run(main)
