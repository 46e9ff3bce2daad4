#!/usr/bin/env python3
"""Writes the C table of rules/sending_pattern.  usage: sending_patterns.py ROWS.py PATTERNS OUT.c

A pattern that the rule does not know, or one that is missing, doubled or without a source, fails the build."""
import datetime
import sys

sys.dont_write_bytecode = True
import rows as table  # noqa: E402
from rows import quoted, refuse  # noqa: E402

COLUMNS = ["pattern", "severity", "since", "least", "days", "title", "source", "fix"]
# As rules/sending_pattern.h counts them; whether it looks back.
PATTERNS = {"gray_route": False, "many_numbers": False, "idle_numbers": True, "number_rotation": True, "program_hopping": True,
            "identical_text": True, "volume_jump": True, "bulk_by_singles": True}


def check(row, seen):
    name = row["pattern"]
    if name not in PATTERNS or name in seen:
        refuse(row, f"'{name}' is no pattern of the rule, or there twice")
    if row["severity"] not in ("note", "ask", "block"):
        refuse(row, f"'{row['severity']}' is neither note nor ask nor block")
    try:
        datetime.date.fromisoformat(row["since"])
    except ValueError:
        refuse(row, f"'{row['since']}' is no day")
    if not row["least"].isascii() or not row["least"].isdigit() or not 0 < int(row["least"]) < 10**9:
        refuse(row, f"'{row['least']}' is no number to begin at")
    if not row["days"].isdigit() or int(row["days"]) > 90 or (int(row["days"]) > 0) != PATTERNS[name]:
        refuse(row, f"'{row['days']}' are no days to look back: 1 to 90, or 0 for what is looked at as it is")
    if not row["title"] or not row["source"] or not row["fix"].endswith("."):
        refuse(row, "title and source are needed, and fix is a sentence")


def main(_, path, out_path):
    found, seen = table.read(path, COLUMNS), set()
    for row in found:
        check(row, seen)
        seen.add(row["pattern"])
    if missing := [name for name in PATTERNS if name not in seen]:
        refuse({"_at": path}, f"it lacks {' '.join(missing)}")
    with open(out_path, "w", encoding="utf-8") as out:
        out.write('/* Made by script/tables/sending_patterns.py from data/sending-patterns.tsv. */\n'
                  '#include "rules/sending_pattern.h"\n\nconst struct sending_pattern sending_patterns[SENDING_PATTERNS] = {\n')
        for row in found:
            out.write(f"    [SENDING_{row['pattern'].upper()}] = {{{quoted(row['pattern'])}, CONTENT_{row['severity'].upper()}, "
                      f"{quoted(row['since'])}, {int(row['least'])}, {int(row['days'])},\n     {quoted(row['title'])},\n"
                      f"     {quoted(row['source'])},\n     {quoted(row['fix'])}}},\n")
        out.write("};\n")


table.run(main)
