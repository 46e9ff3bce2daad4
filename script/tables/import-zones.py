#!/usr/bin/env python3
"""Brings data/zones.tsv up to date with the system's tzdata. Run by hand when zones were added.

Numbers that were given out stay: keys of campaign buckets hold them. A zone that left zone.tab stays too.
"""
from pathlib import Path

TZDATA = Path("/usr/share/zoneinfo")
# Regions of the numbering plan that zone.tab does not know, and whose clock they keep.
OTHERS = {"Europe/Belgrade": "XK", "Atlantic/St_Helena": "AC,TA"}
TABLE = Path(__file__).resolve().parents[2] / "data" / "zones.tsv"


def known():
    if not TABLE.exists():
        return {}
    rows = (line.rstrip("\n").split("\t") for line in TABLE.open() if not line.startswith(("#", "id\t")))
    return {row[1]: (int(row[0]), row[2]) for row in rows}


def main():
    zones = known()
    last = max((number for number, _ in zones.values()), default=0)
    for line in (TZDATA / "zone.tab").open():
        if line.startswith("#"):
            continue
        country, _, zone = line.rstrip("\n").split("\t")[:3]
        if zone in zones:
            zones[zone] = (zones[zone][0], country)
        else:
            last += 1
            zones[zone] = (last, country)
    release, links = "", {}
    for line in (TZDATA / "tzdata.zi").open():
        words = line.split()
        if words[:2] == ["#", "version"]:
            release = words[2]
        elif words[0] == "L":
            links[words[2]] = words[1]
    aliases = {zone: [] for zone in zones}
    for name in sorted(links):
        target = name
        while target in links and target not in zones:
            target = links[target]
        if target != name and target in zones:
            aliases[target].append(name)
    with TABLE.open("w") as out:
        out.write(f"# Time zones by country, with numbers that never change. Origin: zone.tab and links of tzdata {release}.\n")
        out.write("id\tzone\tcountry\taliases\n")
        for zone, (number, country) in sorted(zones.items(), key=lambda item: item[1]):
            country = country.split(",")[0] + ("," + OTHERS[zone] if zone in OTHERS else "")
            out.write(f"{number}\t{zone}\t{country}\t{' '.join(aliases[zone])}\n")


main()
