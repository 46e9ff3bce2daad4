#!/usr/bin/env python3
"""Writes the C tables of rules/quiet_hours.  usage: quiet.py ROWS.py US_HOURS US_AUTOMATED COUNTRIES AREAS HOLIDAYS OUT.c

A place has eras, one after the other without a gap, each with one lawful window for every day of the week (federal floor
applied; minutes of the local day, end exclusive; none: closed), the sets of holidays on which it is closed, and its cap.
What a row says and this script cannot read, and rows that contradict one another, fail the build."""
import json
import re
import sys

sys.dont_write_bytecode = True
import rows as table  # noqa: E402
from rows import DAYS, EVER, days_of, minutes, refuse, validity  # noqa: E402

CLOSED = (0, 0)
ALL_DAY = (0, 1440)
# In summer these two share no lawful minute with the other states, so "somewhere in the US" leaves them out.
BEYOND_THE_DATE_LINE = {"GU", "MP"}
US_COLUMNS = ["state", "days", "start", "end", "sunday_allowed", "holiday_rule", "daily_cap", "statute", "confidence",
              "notes", "from", "to"]
AUTOMATED_COLUMNS = ["state", "kinds", "days", "start", "end", "cap", "statute", "confidence", "notes", "from", "to"]
COUNTRY_COLUMNS = ["iso2", "calling_code", "alphanumeric", "registration", "two_way", "long_code", "quiet_start", "quiet_end",
                   "days", "notes", "daily_cap", "from", "to"]
AREA_COLUMNS = ["area_code", "country", "region", "timezones", "non_geographic", "kind", "status", "notes"]
HOLIDAY_COLUMNS = ["scope", "name", "rule", "observed", "from", "to", "source"]
NO_RULE = "no rule known: 09:00-20:00 and no Sunday"


class Era:
    """What holds at a place from one day to another."""

    def __init__(self, span, week, source, scopes, cap, any_kind=False):
        self.span, self.week, self.source, self.scopes, self.cap, self.any_kind = span, week, source, scopes, cap, any_kind


def both(a, b):
    start, end = max(a[0], b[0]), min(a[1], b[1])
    return (start, end) if start < end else CLOSED


def cap_of(row, column="daily_cap"):
    match = re.fullmatch(r"(\d+) per (\d+)h( same subject)?", row[column])
    if row[column] and not match:
        refuse(row, f"'{row[column]}' is no cap such as '3 per 24h'")
    cap = (int(match[1]), int(match[2])) if match else (0, 0)
    if match and not (1 <= cap[0] <= 16 and 1 <= cap[1] <= 255):
        refuse(row, "a cap is 1 to 16 in 1 to 255 hours")
    return cap


def eras_between(rows):
    """The stretches of time in which the same rows hold, with those rows; they cover all time."""
    spans = [validity(row) for row in rows]
    starts = sorted({EVER[0]} | {first for first, _ in spans} | {last + 1 for _, last in spans if last < EVER[1]})
    for first, after in zip(starts, starts[1:] + [EVER[1] + 1]):
        held = [row for row, span in zip(rows, spans) if span[0] <= first and span[1] >= after - 1]
        if not held:
            refuse(rows[0], f"no row of its place holds on some days; '{rows[0]['from']}' and '{rows[-1]['to']}' leave a gap")
        yield (first, after - 1), held


def agree(held, column):
    if len({row[column] for row in held}) > 1:
        refuse(held[-1], f"another row of its place says another {column} for the same days")
    return held[0][column]


def state_week(held, floor):
    week = [CLOSED] * 7
    for row in held:
        window = (minutes(row, row["start"]), minutes(row, row["end"]))
        if window[0] >= window[1]:
            refuse(row, "it ends before it begins")
        for day in days_of(row, row["days"]):
            if week[day] != CLOSED:
                refuse(row, f"another row of its place speaks of {DAYS[day]} as well")
            week[day] = both(floor[day], window)
            if week[day] == CLOSED:
                refuse(row, f"nothing of it is lawful under the federal hours on {DAYS[day]}")
    sunday = agree(held, "sunday_allowed")
    if sunday not in ("yes", "no") or (sunday == "yes") != (week[0] != CLOSED):
        refuse(held[-1], f"sunday_allowed is '{sunday}', the windows say otherwise")
    return week


def state_era(span, held, floor, scopes):
    rule = agree(held, "holiday_rule")
    if rule not in ("none", "no_sends_on_legal_holidays"):
        refuse(held[0], f"'{rule}' is no holiday rule")
    agree(held, "daily_cap")
    closed_on = [scope for scope in ("US", "US-" + held[0]["state"]) if scope in scopes] if rule != "none" else []
    source = held[0]["statute"].replace("federal default", "47 CFR 64.1200(c)(1)")
    return Era(span, state_week(held, floor), source, closed_on, cap_of(held[0]))


def us_places(rows, scopes):
    by_state = {}
    for row in rows:
        by_state.setdefault(row["state"], []).append(row)
    if "US" not in by_state:
        raise table.Refused("us-quiet-hours.tsv: the federal row is missing")
    floors = [(span, state_week(held, [ALL_DAY] * 7)) for span, held in eras_between(by_state.pop("US"))]
    if len(floors) != 1:
        raise table.Refused("us-quiet-hours.tsv: eras of the federal floor are not understood here; one row for all time")
    return {state: [state_era(span, held, floors[0][1], scopes) for span, held in eras_between(rows_of)]
            for state, rows_of in by_state.items()}


# ---- automated devices ----

def automated_week(held, eras):
    """Within the state's own hours: what is never open there is a row that contradicts them."""
    week = [CLOSED] * 7
    for row in held:
        window = (minutes(row, row["start"]), minutes(row, row["end"]))
        if window[0] >= window[1]:
            refuse(row, "it ends before it begins")
        for day in days_of(row, row["days"]):
            if week[day] != CLOSED:
                refuse(row, f"another row of its place speaks of {DAYS[day]} as well")
            week[day] = window
            if all(both(era.week[day], window) == CLOSED for era in eras) and any(era.week[day] != CLOSED for era in eras):
                refuse(row, f"nothing of it is lawful under the state's own hours on {DAYS[day]}")
    return week


def automated_places(rows, states):
    by_state = {}
    for row in rows:
        if row["state"] not in states:
            refuse(row, f"'{row['state']}' is no state with quiet hours")
        if row["kinds"] not in ("marketing", "any"):
            refuse(row, f"'{row['kinds']}' is not marketing or any")
        by_state.setdefault(row["state"], []).append(row)
    return {state: [automated_era(span, held, states[state]) for span, held in eras_between(rows_of)]
            for state, rows_of in by_state.items()}


def automated_era(span, held, eras):
    agree(held, "cap")
    source = held[0]["statute"] + " (automated devices)"
    return Era(span, automated_week(held, eras), source, [], cap_of(held[0], "cap"), agree(held, "kinds") == "any")


def strictest(places):
    """What is lawful in every place at once, era by era."""
    starts = sorted({era.span[0] for eras in places.values() for era in eras})
    found = []
    for first, after in zip(starts, starts[1:] + [EVER[1] + 1]):
        week, scopes, caps = [ALL_DAY] * 7, set(), []
        for era in (era for eras in places.values() for era in eras if era.span[0] <= first <= era.span[1]):
            week = [both(a, b) for a, b in zip(week, era.week)]
            scopes |= set(era.scopes)
            caps += [era.cap] if era.cap[0] else []
        cap = (min(n for n, _ in caps), max(h for _, h in caps)) if caps else (0, 0)
        found.append(Era((first, after - 1), week, "state not known: the strictest hours of all states", sorted(scopes), cap))
    return found


def country_exception(row, text, week, lawful):
    if re.fullmatch(r"Sunday( and (public )?holidays)? all day", text):
        if week[0] != CLOSED:
            refuse(row, "Sunday is both open and closed")
    elif match := re.fullmatch(r"Saturday from (\d\d:\d\d)", text):
        week[6] = both(lawful, (0, minutes(row, match[1])))
    elif match := re.fullmatch(r"Saturday before (\d\d:\d\d) and after (\d\d:\d\d)", text):
        week[6] = both(lawful, (minutes(row, match[1]), minutes(row, match[2])))
    else:
        refuse(row, f"cannot read '{text}'")


def country_era(span, row, scopes):
    """quiet_start to quiet_end is quiet; `days` tells on which days so, and what is stricter on others."""
    if bool(row["quiet_start"]) != bool(row["quiet_end"]) or bool(row["quiet_start"]) != bool(row["days"]):
        refuse(row, "quiet_start, quiet_end and days belong together")
    if not row["quiet_start"]:
        return Era(span, [CLOSED] + [(540, 1200)] * 6, NO_RULE, [], cap_of(row))
    lawful = (minutes(row, row["quiet_end"]), minutes(row, row["quiet_start"]))
    if lawful[0] >= lawful[1]:
        refuse(row, "its quiet hours do not span the night")
    first, *exceptions = [part.strip() for part in row["days"].split(";")]
    week = [CLOSED] * 7
    for day in days_of(row, first):
        week[day] = lawful
    for text in exceptions:
        country_exception(row, text, week, lawful)
    closed_on = [row["iso2"]] if "holidays" in row["days"] else []
    if closed_on and row["iso2"] not in scopes:
        refuse(row, "it closes on holidays and has none in the table of holidays")
    return Era(span, week, "country rules", closed_on, cap_of(row))


def country_places(rows, scopes):
    by_country, places = {}, {}
    for row in rows:
        by_country.setdefault(row["iso2"], []).append(row)
    for country, rows_of in by_country.items():
        if country == "US":
            continue
        places[country] = []
        for span, held in eras_between(rows_of):
            if len(held) > 1:
                refuse(held[1], "another row of its country holds at the same time")
            places[country].append(country_era(span, held[0], scopes))
    return places


# ---- holidays ----

KINDS = [("HOLIDAY_DATE", r"(?P<m>\d\d)-(?P<d>\d\d)"), ("HOLIDAY_NTH", r"(?P<w>[A-Z][a-z]{2})#(?P<n>-1|[1-5]) (?P<m>\d\d)"),
         ("HOLIDAY_ON_OR_AFTER", r"(?P<w>[A-Z][a-z]{2})>=(?P<m>\d\d)-(?P<d>\d\d)"), ("HOLIDAY_EASTER", r"easter(?P<n>[+-]\d+)")]
OBSERVED = {"": (0, 0), "Sat-Fri,Sun-Mon": (1, 1), "Sun-Mon": (0, 1)}


def holiday(row, scopes):
    text, even = row["rule"].removesuffix(" even"), row["rule"].endswith(" even")
    for kind, pattern in KINDS:
        if match := re.fullmatch(pattern, text):
            break
    else:
        refuse(row, f"cannot read the rule '{row['rule']}'")
    part = match.groupdict()
    if part.get("w", "Sun") not in DAYS or not 1 <= int(part.get("m", 1)) <= 12 or not 1 <= int(part.get("d", 1)) <= 31:
        refuse(row, f"'{row['rule']}' is no day of a year")
    if row["observed"] not in OBSERVED:
        refuse(row, f"observed is {', '.join(filter(None, OBSERVED))} or empty")
    span, observed = validity(row), OBSERVED[row["observed"]]
    numbers = [scopes.index(row["scope"]), int(part.get("m", 0)), int(part.get("d", 0)), DAYS.index(part.get("w", "Sun")),
               int(part.get("n", 0)), observed[0], observed[1], int(even), *map(day_in_c, span)]
    return f"    {{{kind}, {', '.join(map(str, numbers))}, {json.dumps(row['name'])}}},\n"


def check_holidays(rows):
    for at, row in enumerate(rows):
        for other in rows[:at]:
            if (row["scope"], row["name"]) == (other["scope"], other["name"]) and table.overlap(validity(row), validity(other)):
                refuse(row, f"{row['name']} of {row['scope']} is there twice")


# ---- C ----

def day_in_c(day):
    return {EVER[0]: "INT32_MIN", EVER[1]: "INT32_MAX"}.get(day, str(day))


def rule_lines(place, eras, scopes):
    for era in eras:
        spans = ", ".join(f"{{{start}, {end}}}" for start, end in era.week)
        holidays = sum(1 << scopes.index(scope) for scope in era.scopes)
        yield (f'    {{"{place}", {day_in_c(era.span[0])}, {day_in_c(era.span[1])}, {{{spans}}}, {holidays}, {era.cap[0]}, {era.cap[1]}, '
               f"{json.dumps(era.source)}, {json.dumps(era.any_kind)}}},\n")


def write_rules(out, name, places, scopes):
    lines = [line for place in sorted(places) for line in rule_lines(place, places[place], scopes)]
    out.write(f"\nconst struct quiet_rule {name}[] = {{\n{''.join(lines)}}};\n")
    return len(lines)


def main(_, us_path, automated_path, countries_path, areas_path, holidays_path, out_path):
    holidays = table.read(holidays_path, HOLIDAY_COLUMNS)
    check_holidays(holidays)
    scopes = sorted({row["scope"] for row in holidays})
    states = us_places(table.read(us_path, US_COLUMNS), scopes)
    automated = automated_places(table.read(automated_path, AUTOMATED_COLUMNS), states)
    of_any_kind = {state: eras for state, eras in automated.items() if eras[0].any_kind}
    countries = country_places(table.read(countries_path, COUNTRY_COLUMNS), scopes)
    if unused := set(scopes) - {s for eras in [*states.values(), *countries.values()] for era in eras for s in era.scopes}:
        raise table.Refused(f"{holidays_path}: no rule closes on the holidays of {', '.join(sorted(unused))}")
    pairs = sorted({(row["region"], zone) for row in table.read(areas_path, AREA_COLUMNS)
                    if row["country"] == "US" and row["non_geographic"] == "no" for zone in row["timezones"].split(",")})
    if {state for state, _ in pairs} != set(states):
        raise table.Refused(f"{us_path}: its states are not those of the area codes")
    first_era, at = {}, 0
    for state in sorted(states):
        first_era[state], at = at, at + len(states[state])
    with open(out_path, "w", encoding="ascii") as out:
        out.write('/* Made by script/tables/quiet.py from the tables in data/. */\n#include "rules/quiet_tables.h"\n')
        count = write_rules(out, "quiet_states", states, scopes)
        out.write(f"const size_t quiet_state_count = {count};\n")
        write_rules(out, "quiet_any_state", {"US": strictest(states)}, scopes)
        count = write_rules(out, "quiet_automated", automated, scopes)
        out.write(f"const size_t quiet_automated_count = {count};\n")
        write_rules(out, "quiet_any_automated", {"US": strictest(automated)}, scopes)
        write_rules(out, "quiet_any_automated_of_any_kind", {"US": strictest(of_any_kind)}, scopes)
        count = write_rules(out, "quiet_countries", countries, scopes)
        out.write(f"const size_t quiet_country_count = {count};\n")
        write_rules(out, "quiet_any_country", {"": [Era(EVER, [CLOSED] + [(540, 1200)] * 6, NO_RULE, [], (0, 0))]}, scopes)
        out.write("\nconst struct quiet_state_zone quiet_state_zones[] = {\n")
        for state, zone in pairs:
            common = "false" if state in BEYOND_THE_DATE_LINE else "true"
            out.write(f'    {{{first_era[state]}, {common}, "{zone}"}},\n')
        out.write(f"}};\nconst size_t quiet_state_zone_count = {len(pairs)};\n\nconst struct holiday holidays[] = {{\n")
        out.writelines(holiday(row, scopes) for row in holidays)
        out.write(f"}};\nconst size_t holiday_count = {len(holidays)};\n")


table.run(main)
