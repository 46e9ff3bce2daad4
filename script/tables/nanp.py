#!/usr/bin/env python3
"""Writes the C table of +1 area codes from data/nanp-area-codes.tsv.  usage: nanp.py AREAS OUT.c"""
import sys

KINDS = {"geographic": "NANP_GEOGRAPHIC", "toll_free": "NANP_TOLL_FREE", "premium": "NANP_PREMIUM",
         "personal_nongeographic": "NANP_PERSONAL", "canada_nongeographic": "NANP_PERSONAL",
         "carrier_service": "NANP_SERVICE", "us_government": "NANP_SERVICE"}
SERVICE = {"in_service": "true", "assigned_not_in_service": "false"}


def main(areas_path, out_path):
    with open(areas_path, encoding="ascii") as lines:
        rows = [line.rstrip("\n").split("\t") for line in lines if not line.startswith(("#", "area_code\t"))]
    rows.sort()
    lists = {"": 0}
    for row in rows:
        lists.setdefault(row[3], len(lists))
    with open(out_path, "w", encoding="ascii") as out:
        out.write('/* Made by script/tables/nanp.py from data/nanp-area-codes.tsv. */\n#include "rules/nanp.h"\n\n')
        for zones, number in lists.items():
            quoted = "".join(f'"{zone}", ' for zone in zones.split(",") if zone)
            out.write(f"static const char *const zones_{number}[] = {{{quoted}NULL}};\n")
        out.write("\nconst struct nanp_area nanp_areas[] = {\n")
        for code, country, region, zones, _, kind, status, _ in rows:
            # Codes that all of +1 shares have no country of their own; the US stands for them.
            country = "US" if country == "NANP" else country
            region = region if len(region) == 2 else ""
            out.write(f'    {{{code}, {KINDS[kind]}, {SERVICE[status]}, "{country}", "{region}", '
                      f"zones_{lists[zones]}}},\n")
        out.write(f"}};\nconst size_t nanp_area_count = {len(rows)};\n\n")
        out.write("const uint16_t nanp_index[800] = {\n")
        for at, row in enumerate(rows):
            out.write(f"    [{int(row[0]) - 200}] = {at + 1},\n")
        out.write("};\n")


main(*sys.argv[1:])
