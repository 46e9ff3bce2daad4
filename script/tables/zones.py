#!/usr/bin/env python3
"""Writes the C table of zone names from data/zones.tsv.  usage: zones.py ZONES OUT.c"""
import sys


def main(zones_path, out_path):
    with open(zones_path, encoding="ascii") as lines:
        rows = [line.rstrip("\n").split("\t") for line in lines if not line.startswith(("#", "id\t"))]
    names, ids, countries = {}, {}, {}
    for number, zone, in_countries, aliases in rows:
        assert int(number) not in names and 0 < int(number) < 512, f"number {number}"
        names[int(number)] = zone
        for name in [zone] + aliases.split():
            assert name not in ids, name
            ids[name] = int(number)
        for country in in_countries.split(","):
            countries.setdefault(country, []).append(zone)
    with open(out_path, "w", encoding="ascii") as out:
        out.write('/* Made by script/tables/zones.py from data/zones.tsv. */\n#include "rules/zone_names.h"\n\n')
        out.write("const char *const zone_names_by_id[512] = {\n")
        for number in sorted(names):
            out.write(f'    [{number}] = "{names[number]}",\n')
        out.write("};\nconst struct zone_names_entry zone_names_sorted[] = {\n")
        for name in sorted(ids):
            out.write(f'    {{"{name}", {ids[name]}}},\n')
        out.write(f"}};\nconst size_t zone_names_sorted_count = {len(ids)};\n\n")
        for country in sorted(countries):
            listed = ", ".join(f'"{zone}"' for zone in countries[country])
            out.write(f"static const char *const zones_{country}[] = {{{listed}, NULL}};\n")
        out.write("const struct zone_names_country zone_names_countries[] = {\n")
        for country in sorted(countries):
            out.write(f'    {{"{country}", zones_{country}}},\n')
        out.write(f"}};\nconst size_t zone_names_country_count = {len(countries)};\n")


main(*sys.argv[1:])
