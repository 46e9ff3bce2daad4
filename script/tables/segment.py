#!/usr/bin/env python3
"""Writes the C tables of rules/segment from data/gsm7.tsv, smart-encoding.tsv and grapheme-break.tsv.

usage: segment.py GSM7 SMART GRAPHEME OUT.c

One byte per code point in a two-stage table: the grapheme class in the low five bits, then whether
it is GSM-7 (one septet, two septets) and whether smart encoding replaces it."""
import json
import sys

CLASSES = ["Other", "CR", "LF", "Control", "Extend", "Regional_Indicator", "SpacingMark", "L", "V", "T", "LV", "LVT",
           "Prepend", "E_Base", "E_Modifier", "ZWJ", "Glue_After_Zwj", "E_Base_GAZ"]
GSM_ONE, GSM_TWO, SMART = 0x20, 0x40, 0x80
BLOCK = 128


def rows(path):
    with open(path, encoding="ascii") as lines:
        return [line.rstrip("\n").split("\t") for line in lines if not line.startswith("#")]


def properties(gsm, smart, graphemes):
    table = bytearray(0x110000)
    for first, last, name in graphemes:
        for point in range(int(first, 16), int(last, 16) + 1):
            table[point] = CLASSES.index(name)
    for point in range(0xAC00, 0xD7A4):
        table[point] = CLASSES.index("LVT" if (point - 0xAC00) % 28 else "LV")
    for point, septets in gsm:
        table[int(point, 16)] |= GSM_ONE if septets == "1" else GSM_TWO
    for point, _ in smart:
        assert int(point, 16) > 0x7F or not table[int(point, 16)] & (GSM_ONE | GSM_TWO), "segment.c relies on it"
        table[int(point, 16)] |= SMART
    return table


def numbers(values):
    return "\n".join("    " + ", ".join(map(str, values[i:i + 24])) + "," for i in range(0, len(values), 24))


def main(gsm_path, smart_path, grapheme_path, out_path):
    smart = rows(smart_path)
    table = properties(rows(gsm_path), smart, rows(grapheme_path))
    blocks, index = {}, []
    for at in range(0, len(table), BLOCK):
        block = bytes(table[at:at + BLOCK])
        index.append(blocks.setdefault(block, len(blocks)))
    assert len(blocks) <= 256, "the first stage is one byte"
    flat = [byte for block in blocks for byte in block]
    pairs = sorted((int(point, 16), "".join(chr(int(c, 16)) for c in to.split())) for point, to in smart)
    with open(out_path, "w", encoding="ascii") as out:
        out.write('/* Made by script/tables/segment.py from the tables in data/. */\n#include "rules/segment_tables.h"\n\n')
        out.write(f"const uint8_t segment_blocks[] = {{\n{numbers(index)}\n}};\n\n")
        out.write(f"const uint8_t segment_properties[] = {{\n{numbers(flat)}\n}};\n\n")
        out.write("const struct segment_replacement segment_replacements[] = {\n")
        for point, text in pairs:
            out.write(f"    {{0x{point:04X}, {json.dumps(text)}}},\n")
        out.write(f"}};\nconst size_t segment_replacement_count = {len(pairs)};\n")


if __name__ == "__main__":
    main(*sys.argv[1:])
