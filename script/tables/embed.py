#!/usr/bin/env python3
"""Writes a text file as a C array, for a table that is parsed when it is used.

usage: embed.py FILE HEADER SYMBOL OUT.c

HEADER declares: extern const char SYMBOL[]; extern const size_t SYMBOL_bytes;"""
import sys

source, header, symbol, target = sys.argv[1:]
data = open(source, "rb").read()
assert b"\0" not in data and data.decode("utf-8") is not None
with open(target, "w", encoding="ascii") as out:
    out.write(f'/* Made by script/tables/embed.py. */\n#include "{header}"\n\nconst char {symbol}[] = {{\n')
    for at in range(0, len(data), 24):
        out.write("    " + ", ".join(str(b if b < 128 else b - 256) for b in data[at:at + 24]) + ",\n")
    out.write(f"    0}};\nconst size_t {symbol}_bytes = {len(data)};\n")
