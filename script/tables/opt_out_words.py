#!/usr/bin/env python3
"""Writes the C table of rules/keyword_abroad, after checking it.  usage: opt_out_words.py ROWS.py WORDS COUNTRIES OUT.c

A word that is everybody's for START or HELP, one that is there twice for one country, and an unknown country fail the build."""
import sys
import unicodedata

sys.dont_write_bytecode = True
import rows as table  # noqa: E402
from rows import quoted, refuse  # noqa: E402

COLUMNS = ["word", "countries", "language", "source"]
# What rules/keyword.h takes for something else than STOP.
OTHERS = {"START", "UNSTOP", "YES", "HELP", "INFO", "AIDE", "AYUDA", "Y", "SI", "OUI"}


def main(_, path, countries_path, out_path):
    known = {line.split("\t")[0] for line in open(countries_path, encoding="utf-8") if not line.startswith("#")} - {"iso2"}
    found, seen = table.read(path, COLUMNS), {}
    for row in found:
        word, countries = row["word"], row["countries"].split()
        if not word or len(word) > 20 or any(unicodedata.category(c)[0] not in "LM" for c in word) or word != word.upper():
            refuse(row, f"'{word}' is no word of one to 20 letters, in capitals")
        if word in OTHERS:
            refuse(row, f"'{word}' means something else than STOP")
        if not countries and len(word) < 3 and word.isascii():
            refuse(row, f"'{word}' is too short to mean STOP everywhere")
        if unknown := [c for c in countries if c not in known]:
            refuse(row, f"'{unknown[0]}' is no country of the country rules")
        if not row["language"] or not row["source"]:
            refuse(row, "language and source are needed")
        for country in countries or ["everywhere"]:
            if other := seen.get((word, country)) or seen.get((word, "everywhere")):
                refuse(row, f"{other} has '{word}' already")
            seen[word, country] = row["_at"]
    with open(out_path, "w", encoding="utf-8") as out:
        out.write('/* Made by script/tables/opt_out_words.py from data/opt-out-words.tsv. */\n#include "rules/keyword_abroad.h"\n\n')
        out.write("const struct keyword_abroad keyword_abroad_words[] = {\n")
        for row in found:
            out.write(f"    {{{quoted(row['word'])}, {quoted(row['countries'])}, {quoted(row['language'])}}},\n")
        out.write(f"}};\nconst size_t keyword_abroad_count = {len(found)};\n")


table.run(main)
