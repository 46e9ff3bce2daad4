#!/usr/bin/env python3
"""Writes the C tables of rules/quiet_hours.  usage: quiet.py US_HOURS COUNTRIES AREAS OUT.c

Every row becomes one lawful window for each day of the week, federal floor applied, in minutes of the
local day, end exclusive; a day without one is closed. What a row says and this script cannot read fails
the build."""
import json
import re
import sys

DAYS = ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"]
CLOSED = (0, 0)
# In summer these two share no lawful minute with the other states, so "somewhere in the US" leaves them out.
BEYOND_THE_DATE_LINE = {"GU", "MP"}


def rows(path):
    with open(path, encoding="utf-8") as lines:
        table = [line.rstrip("\n").split("\t") for line in lines if not line.startswith("#")]
    return [dict(zip(table[0], row)) for row in table[1:]]


def minutes(clock):
    hour, minute = clock.split(":")
    return int(hour) * 60 + int(minute)


def days_of(text):
    first, _, last = text.partition("-")
    at = DAYS.index(first)
    found = [at]
    while last and DAYS[at] != last:
        at = (at + 1) % 7
        found.append(at)
    return found


def both(a, b):
    start, end = max(a[0], b[0]), min(a[1], b[1])
    return (start, end) if start < end else CLOSED


def us_rules(table):
    floor = (minutes("08:00"), minutes("21:00"))
    weeks, sources = {}, {}
    for row in table:
        week = weeks.setdefault(row["state"], [CLOSED] * 7)
        sources.setdefault(row["state"], row["statute"].replace("federal default", "47 CFR 64.1200(c)(1)"))
        for day in days_of(row["days"]):
            assert week[day] == CLOSED, row
            week[day] = both(floor, (minutes(row["start"]), minutes(row["end"])))
        if row["sunday_allowed"] == "no":
            week[0] = CLOSED
    return weeks, sources


def strictest(weeks):
    week = [(0, 1440)] * 7
    for other in weeks:
        week = [both(a, b) for a, b in zip(week, other)]
    return week


def country_week(row):
    """quiet_start to quiet_end is quiet; `days` tells on which days so, and what is stricter on others."""
    start, end = row["quiet_end"] or "09:00", row["quiet_start"] or "20:00"
    lawful = (minutes(start), minutes(end))
    assert lawful[0] < lawful[1], row
    if not row["quiet_start"]:
        return [CLOSED] + [lawful] * 6
    span, *exceptions = [part.strip() for part in row["days"].split(";")]
    week = [CLOSED] * 7
    for day in days_of(span):
        week[day] = lawful
    for text in exceptions:
        if re.fullmatch(r"Sunday( and (public )?holidays)? all day", text):
            assert week[0] == CLOSED, row
        elif match := re.fullmatch(r"Saturday from (\d\d:\d\d)", text):
            week[6] = both(lawful, (0, minutes(match[1])))
        elif match := re.fullmatch(r"Saturday before (\d\d:\d\d) and after (\d\d:\d\d)", text):
            week[6] = both(lawful, (minutes(match[1]), minutes(match[2])))
        else:
            raise ValueError(f"cannot read {text!r} of {row['iso2']}")
    return week


def rule(place, week, source):
    spans = ", ".join(f"{{{start}, {end}}}" for start, end in week)
    return f'    {{"{place}", {{{spans}}}, {json.dumps(source)}}},\n'


def main(us_path, countries_path, areas_path, out_path):
    weeks, sources = us_rules(rows(us_path))
    states = sorted(state for state in weeks if state != "US")
    countries = [row for row in rows(countries_path) if row["iso2"] != "US"]
    pairs = sorted({(row["region"], zone) for row in rows(areas_path)
                    if row["country"] == "US" and row["non_geographic"] == "no"
                    for zone in row["timezones"].split(",")})
    assert {state for state, _ in pairs} == set(states)
    with open(out_path, "w", encoding="ascii") as out:
        out.write('/* Made by script/tables/quiet.py from the tables in data/. */\n#include "rules/quiet_tables.h"\n\n')
        out.write("const struct quiet_rule quiet_states[] = {\n")
        out.writelines(rule(state, weeks[state], sources[state]) for state in states)
        out.write(f"}};\nconst size_t quiet_state_count = {len(states)};\n\n")
        out.write("const struct quiet_rule quiet_any_state =\n")
        out.write(rule("US", strictest(weeks.values()), "state not known: the strictest hours of all states").rstrip(",\n"))
        out.write(";\n\nconst struct quiet_rule quiet_countries[] = {\n")
        for row in sorted(countries, key=lambda row: row["iso2"]):
            source = "country rules" if row["quiet_start"] else "no rule known: 09:00-20:00 and no Sunday"
            out.write(rule(row["iso2"], country_week(row), source))
        out.write(f"}};\nconst size_t quiet_country_count = {len(countries)};\n\n")
        out.write("const struct quiet_rule quiet_any_country =\n")
        unknown = country_week({"quiet_start": "", "quiet_end": "", "days": ""})
        out.write(rule("", unknown, "no rule known: 09:00-20:00 and no Sunday").rstrip(",\n"))
        out.write(";\n\nconst struct quiet_state_zone quiet_state_zones[] = {\n")
        for state, zone in pairs:
            common = "false" if state in BEYOND_THE_DATE_LINE else "true"
            out.write(f'    {{{states.index(state)}, {common}, "{zone}"}},\n')
        out.write(f"}};\nconst size_t quiet_state_zone_count = {len(pairs)};\n")


main(*sys.argv[1:])
