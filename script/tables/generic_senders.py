#!/usr/bin/env python3
"""Writes the C table of names of nobody for rules/alpha.  usage: generic_senders.py ROWS.py ROWS OUT.c

A name that is not small letters alone, or is there twice, fails the build."""
import re
import sys

sys.dont_write_bytecode = True
import rows as table  # noqa: E402
from rows import quoted, refuse  # noqa: E402


def main(_, path, out_path):
    found, seen = table.read(path, ["name", "source"]), {}
    for row in found:
        if not re.fullmatch(r"[a-z]{1,11}", row["name"]) or not row["source"]:
            refuse(row, f"'{row['name']}' is not 1 to 11 small letters, or its source is missing")
        if row["name"] in seen:
            refuse(row, f"{seen[row['name']]} has it already")
        seen[row["name"]] = row["_at"]
    with open(out_path, "w", encoding="utf-8") as out:
        out.write('/* Made by script/tables/generic_senders.py from data/generic-senders.tsv. */\n#include "rules/alpha_table.h"\n\n')
        out.write("const char *const alpha_generic[] = {\n")
        for row in found:
            out.write(f"    {quoted(row['name'])},\n")
        out.write(f"}};\nconst size_t alpha_generic_count = {len(found)};\n")


table.run(main)
