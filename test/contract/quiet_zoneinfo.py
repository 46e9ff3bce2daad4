#!/usr/bin/env python3
"""quiet_zoneinfo: judges lawful hours by an implementation of its own: Python's zoneinfo over the system's tzdata, its own
reading of the tables in data/, its own calendar. usage: quiet_zoneinfo.py DUMP DATA_DIR COUNT SEED [CASES_OUT]

Draws COUNT cases of number, postal code, state, time zone, instant and whether the hours of automated devices count
(for marketing; or, of transactional texts, those of acts that speak of every call), many on nights when clocks change, on holidays,
when laws and Canada's clocks change, in states of two zones; asks DUMP; and follows every window it is told quarter by quarter, since
no rule and no clock changes in between. Where the program says it takes wider places than were given (a third state, a
code across the border), it must be closed whenever the plain reading is; elsewhere both must be the same."""
import calendar
import datetime
import random
import re
import subprocess
import sys
from functools import lru_cache
from pathlib import Path
from zoneinfo import ZoneInfo

UTC = datetime.timezone.utc
CELL = 15 * 60 * 1000
WEEK = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"]


def load(path):
    lines = [line.rstrip("\n").split("\t") for line in open(path, encoding="utf-8") if line[0] != "#"]
    return [{k: v for k, v in zip(lines[0], line)} for line in lines[1:]]


class Tables:
    def __init__(self, data):
        self.areas = {row["area_code"]: row for row in load(data / "nanp-area-codes.tsv")}
        self.hours, self.countries, self.holidays = {}, {}, {}
        for row in load(data / "us-quiet-hours.tsv"):
            self.hours.setdefault(row["state"], []).append(row)
        for row in load(data / "country-rules.tsv"):
            self.countries.setdefault(row["iso2"], []).append(row)
        for row in load(data / "holidays.tsv"):
            self.holidays.setdefault(row["scope"], []).append(row)
        self.automated = {}
        for row in load(data / "us-automated-hours.tsv"):
            self.automated.setdefault(row["state"], []).append(row)
        self.postal = {(row["country"], row["prefix"]): row for row in load(data / "postal-prefixes.tsv")}
        self.zone_tab = {}
        for line in open("/usr/share/zoneinfo/zone.tab", encoding="utf-8"):
            if line[0] != "#":
                self.zone_tab.setdefault(line.split("\t")[0], []).append(line.split("\t")[2].strip())


T = None  # the tables, read once in main


def holds(row, date):
    return (not row["from"] or row["from"] <= date.isoformat()) and (not row["to"] or date.isoformat() <= row["to"])


def clock(text):
    return int(text[:2]) * 60 + int(text[3:])


def named_days(text):
    first, _, last = text.partition("-")
    week = WEEK[WEEK.index(first):] + WEEK[:WEEK.index(first)]
    return week[:week.index(last) + 1] if last else [first]


# ---- holidays ----

def easter(year):
    """By Carter's rule, good for 1900 to 2099."""
    d = 225 - 11 * (year % 19)
    while d > 50:
        d -= 30
    if d > 48:
        d -= 1
    e = (year + year // 4 + d + 1) % 7
    q = d + 7 - e
    return datetime.date(year, 3, 1) + datetime.timedelta(q - 1)


def date_of(rule, year):
    rule, _, even = rule.partition(" even") if rule.endswith(" even") else (rule, "", "")
    if rule.startswith("easter"):
        return easter(year) + datetime.timedelta(int(rule[6:]))
    if "#" in rule:
        day, nth, month = re.split("[# ]", rule)
        weeks = [w[WEEK.index(day)] for w in calendar.Calendar().monthdayscalendar(year, int(month)) if w[WEEK.index(day)]]
        return datetime.date(year, int(month), weeks[int(nth) - (int(nth) > 0)])
    if ">=" in rule:
        date = datetime.date.fromisoformat(f"{year}-{rule[5:]}")
        while WEEK[date.weekday()] != rule[:3]:
            date += datetime.timedelta(1)
        return date
    return datetime.date.fromisoformat(f"{year}-{rule}")


@lru_cache(None)
def days_off(scope, year):
    found = set()
    for row in T.holidays.get(scope, []):
        for y in (year - 1, year, year + 1):
            date = date_of(row["rule"], y)
            if not holds(row, date) or (row["rule"].endswith(" even") and y % 2):
                continue
            found.add(date)
            if "Sat-Fri" in row["observed"] and date.weekday() == 5:
                found.add(date - datetime.timedelta(1))
            if "Sun-Mon" in row["observed"] and date.weekday() == 6:
                found.add(date + datetime.timedelta(1))
    return found


# ---- what one place allows on one local day: minutes [start, end) or None ----

@lru_cache(None)
def us_day(state, date):
    best, rows = None, [row for row in T.hours[state] if holds(row, date)]
    assert rows, (state, date)
    for row in rows:
        if row["holiday_rule"] == "no_sends_on_legal_holidays" and (
                date in days_off("US", date.year) or date in days_off("US-" + state, date.year)):
            return None
        if WEEK[date.weekday()] in named_days(row["days"]) and not (date.weekday() == 6 and row["sunday_allowed"] == "no"):
            best = (max(clock(row["start"]), clock("08:00")), min(clock(row["end"]), clock("21:00")))
    return best


@lru_cache(None)
def automated_allows(state, date, minute, mode):
    """Whether a state's act on automated devices lets pass what mode speaks of; True where it has none."""
    rows = [row for row in T.automated.get(state, []) if holds(row, date) and (mode == "marketing" or row["kinds"] == "any")]
    return not rows or any(WEEK[date.weekday()] in named_days(row["days"]) and clock(row["start"]) <= minute < clock(row["end"])
                           for row in rows)


@lru_cache(None)
def country_day(country, date):
    rows = [row for row in T.countries.get(country, []) if holds(row, date)]
    if not rows or not rows[0]["quiet_start"]:
        return None if date.weekday() == 6 else (clock("09:00"), clock("20:00"))
    row, day = rows[0], WEEK[date.weekday()]
    parts = [part.strip() for part in row["days"].split(";")]
    if "holidays" in row["days"] and date in days_off(country, date.year):
        return None
    start, end = clock(row["quiet_end"]), clock(row["quiet_start"])
    for part in parts[1:]:
        if part.startswith("Sunday") and day == "Sun":
            return None
        if part.startswith("Saturday") and day == "Sat":
            for word, at in re.findall(r"(from|before|after) (\d\d:\d\d)", part):
                start, end = (max(start, clock(at)), end) if word == "before" else (start, min(end, clock(at)))
            return (start, end)
    return (start, end) if day in named_days(parts[0]) else None


@lru_cache(4000000)
def local(zone, cell):
    at = datetime.datetime.fromtimestamp(cell * CELL // 1000, UTC).astimezone(ZoneInfo(zone))
    return at.date(), at.hour * 60 + at.minute


def pair_allows(place, zone, at_ms, mode):
    date, minute = local(zone, at_ms // CELL)
    if mode != "off" and place.startswith("US-") and not automated_allows(place[3:], date, minute, mode):
        return False
    if mode == "all":
        return True
    day = us_day(place[3:], date) if place.startswith("US-") else country_day(place, date)
    return day is not None and day[0] <= minute < day[1]


def allows(pairs, at_ms, mode):
    return all(pair_allows(place, zone, at_ms, mode) for place, zone in pairs)


# ---- where somebody may be: pairs of place and zone, and whether the program may take more ----

def code_row(code):
    zip_code = re.fullmatch(r"(\d{5})(-?\d{4})?", code) or re.fullmatch(r"(\d{3,4})(-\d{4})?", code)
    if zip_code:
        whole = zip_code[1].zfill(5)
        return T.postal.get(("US", whole)) or T.postal.get(("US", whole[:3]))
    short = re.sub(r"^(...)[ -]", r"\1", code).upper()
    if not re.fullmatch(r"([A-Z]\d){3}|[A-Z]\d[A-Z]", short):
        return None
    return T.postal.get(("CA", short[:3])) or T.postal.get(("CA", short[0]))


def every_pair():
    return {("US-" + row["region"], zone) for row in T.areas.values()
            if row["country"] == "US" and row["non_geographic"] == "no" for zone in row["timezones"].split(",")}


def somewhere_in_the_us():
    return sorted(pair for pair in ALL_PAIRS if pair[0] not in ("US-GU", "US-MP"))


def of_number(number):
    """Country, states, zones of a +1 number."""
    row = T.areas[number[2:5]]
    zones = row["timezones"].split(",") if row["timezones"] and row["non_geographic"] == "no" else []
    country = "CA" if row["country"] == "CA" else "US"
    return country, [row["region"]] if country == "US" and zones else [], zones


def zones_of_state(state):
    return {zone for place, zone in ALL_PAIRS if place == "US-" + state}


def states_of_us():
    return sorted({place[3:] for place, _ in ALL_PAIRS})


class Where:
    """Country, states and zones, to which each thing said is added; `wider` if the program may judge by more."""

    def __init__(self, number):
        self.home, states, zones = of_number(number) if number.startswith("+1") else (COUNTRY_OF[number], [], [])
        self.country, self.states, self.zones, self.hidden = self.home, set(states), set(zones), set()
        self.wider = self.crossed = self.refused = False

    def own_zones(self):
        """Of which "all of the country" consists."""
        return US_ZONES if self.country == "US" else set(T.zone_tab[self.country])

    def bound(self):
        """Beyond five zones it is all of the country, and what lies outside of that is refused."""
        self.refused |= len(self.zones) > 5 and not self.zones <= self.own_zones()

    def add_code(self, code):
        row = code_row(code)
        if row is None:
            self.refused = True
            return
        if row["country"] != self.country:
            if self.country == "CA" and not self.zones:  # held by its outermost clocks, judged by all
                self.zones, self.hidden = {"America/Vancouver", "America/St_Johns"}, set(T.zone_tab["CA"])
            self.crossed, self.country = True, "US"
        self.states |= set(row["states"].split(",")) - {"", "*"}
        self.zones |= set(row["zones"].split(","))
        self.wider |= self.crossed or row["states"] == "*" or len(self.states) > 2
        self.bound()

    def add_state(self, state):
        if state not in states_of_us():
            self.refused = True
        elif self.wider or state not in self.states:  # else the zones are as good as known
            self.zones |= zones_of_state(state) if self.zones else set()
            self.states.add(state)
            self.wider |= len(self.states) > 2
            self.bound()

    def add_zone(self, zone):
        own = set()
        if self.states:
            own = set().union(*map(zones_of_state, self.states))
        elif self.country != "US":
            own = self.own_zones()
        if zone not in ZONES or (len(self.zones) > 5 and zone not in self.own_zones()):
            self.refused = True
        elif self.zones:
            self.refused |= len(self.zones) == 5 and zone not in self.zones
            self.zones.add(zone)
        else:
            self.zones = {zone} if zone in own else own | {zone}
            self.refused |= len(self.zones) > 5

    def pairs(self):
        if not self.zones and self.states:
            return [("US-" + state, zone) for state in self.states for zone in zones_of_state(state)]
        if not self.zones or len(self.zones) > 5:
            return somewhere_in_the_us() if self.country == "US" else [(self.country, zone) for zone in self.own_zones()]
        zones = self.zones | self.hidden
        found = [("US-" + state, zone) for state in self.states for zone in zones]
        if self.home != "US" or self.crossed:
            found += [("CA" if self.crossed else self.home, zone) for zone in zones]
        if self.home == "US" and not self.states:
            found += [("US-" + state, zone) for state in states_of_us() for zone in zones]
        return found


def places(number, code, state, zone):
    """Pairs, and True if the program may judge by wider places. None if something said is refused."""
    where = Where(number)
    if code and where.country in ("US", "CA"):
        where.add_code(code)
    if state and where.country == "US" and not where.refused:
        where.add_state(state)
    if zone and not where.refused:
        where.add_zone(zone)
    return None if where.refused else (where.pairs(), where.wider and len(where.zones) <= 5)


# ---- cases ----

ABROAD = {"GB": "+447400123456", "FR": "+33612345678", "DE": "+4915112345678", "BR": "+5511961234567", "ZA": "+27711234567",
          "CO": "+573211234567", "PE": "+51912345678", "SG": "+6581234567", "AU": "+61412345678", "RU": "+79161234567",
          "MX": "+525512345678", "IN": "+918123456789", "JP": "+819012345678", "CL": "+56221234567", "AE": "+971501234567"}
COUNTRY_OF = {number: country for country, number in ABROAD.items()}
KNOTTY = ["928", "219", "574", "812", "930", "317", "765", "260", "270", "364", "502", "423", "931", "850", "448", "605", "701",
          "308", "402", "785", "620", "208", "986", "541", "458", "775", "906", "915", "907", "401", "605", "214", "801", "334",
          "504", "503", "301", "800", "888", "204", "431", "403", "587", "604", "250", "778", "867", "306", "807", "709", "418"]
FAR = ["Europe/London", "Asia/Tokyo", "Australia/Sydney", "America/Sao_Paulo", "Europe/Paris"]
CLOCK_CHANGES = ["2024-03-10", "2024-11-03", "2025-03-09", "2025-11-02", "2026-03-08", "2026-11-01", "2027-03-14", "2027-11-07",
                 "2026-03-29", "2026-10-25"]
CANADA = ["2026-03-08", "2026-03-09", "2026-06-18", "2026-08-21", "2026-10-31", "2026-11-01"]
LAWS = ["2024-01-01", "2025-12-31", "2026-01-01"]


def around(rng, day, hours):
    noon = datetime.datetime.fromisoformat(day + "T12:00:00+00:00").timestamp() * 1000
    return int(noon) + rng.randrange(-hours * 3600000, hours * 3600000)


def draw_instant(rng):
    kind = rng.random()
    if kind < 0.35:
        at = around(rng, rng.choice(CLOCK_CHANGES), 36)
    elif kind < 0.45:
        at = around(rng, rng.choice(CANADA), 72)
    elif kind < 0.5:
        at = around(rng, rng.choice(LAWS), 30)
    elif kind < 0.65:
        scope, year = rng.choice(sorted(T.holidays)), rng.randrange(2024, 2031)
        at = around(rng, rng.choice(sorted(days_off(scope, year))).isoformat(), 40)
    else:
        at = rng.randrange(1704067200000, 1893456000000)
    return at - at % 60000 + rng.choice([-1, 0, 1]) if rng.random() < 0.5 else at


def draw_code(rng):
    kind = rng.random()
    if kind < 0.45:
        return ""
    if kind < 0.9:
        country, prefix = rng.choice(CODES)
        if country == "US":
            code = prefix + "".join(rng.choice("0123456789") for _ in range(5 - len(prefix)))
            return code.lstrip("0") if rng.random() < 0.1 else code + rng.choice(["", "", "-1234"])
        code = prefix if len(prefix) == 3 else prefix + rng.choice("0123456789") + rng.choice("ABCEGHJKLMNPRSTVWXYZ")
        return rng.choice([code, code.lower() + "1a1", code + " 1B2"])
    return rng.choice(["09012", "96201", "SW1A 1AA", "1", "D4X 1A1", "00000", "34012-1111"])


def draw_state(rng):
    kind = rng.random()
    if kind < 0.5:
        return ""
    if kind < 0.96:
        return rng.choice(SPLIT if kind < 0.8 else states_of_us())
    return rng.choice(["ON", "ny", "Texas"])


def draw_zone(rng, country):
    kind = rng.random()
    if kind < 0.6:
        return ""
    if kind < 0.98:
        return rng.choice(sorted(US_ZONES) if kind < 0.8 else T.zone_tab[country] if kind < 0.9 else FAR)
    return rng.choice(["America/Nowhere", "Central"])


def draw(rng):
    """Number, postal code, state, time zone, instant, mode. Half of those with a mode are in a state of which it speaks."""
    mode = rng.choice(["off", "off", "marketing", "all"])
    case = draw_place(rng)
    if mode != "off" and rng.random() < 0.5 and case[0].startswith("+1"):
        case = ("+1" + rng.choice(AUTOMATED_AREAS) + case[0][5:], *case[1:])
    return *case, mode


def draw_place(rng):
    kind = rng.random()
    if kind < 0.08:
        country, number = rng.choice(sorted(ABROAD.items()))
        return number, "", draw_state(rng), draw_zone(rng, country), draw_instant(rng)
    area = rng.choice(KNOTTY) if kind < 0.5 else rng.choice(AREAS)
    if area in ("800", "888") and rng.random() < 0.7:
        area = "928"
    exchange = rng.choice([x for x in range(200, 1000) if x % 100 != 11])
    number = f"+1{area}{exchange}{rng.randrange(10000):04d}"
    return number, draw_code(rng), draw_state(rng), draw_zone(rng, rng.choice(["US", "CA"])), draw_instant(rng)


# ---- the verdict ----

def told(text):
    open_, opens, closes = text.split("\t")
    return open_ == "1", None if opens == "-" else int(opens), None if closes == "-" else int(closes)


def stretch(pairs, first_ms, last_ms, want, mode):
    """The first instant in [first, last) at which the plain reading is not `want`; None if there is none."""
    at = first_ms
    while at < last_ms:
        if allows(pairs, at, mode) != want:
            return at
        at = (at // CELL + 1) * CELL
    return None


def judge(case, text):
    """What is wrong with an answer; None if nothing is."""
    *said, at_ms, mode = case
    found = places(*said)
    if found is None or text == "invalid":
        return None if found is None and text == "invalid" else f"refused: {text == 'invalid'}"
    (pairs, wider), (open_, opens, closes) = found, told(text)
    if open_ and (opens != at_ms or not allows(pairs, at_ms, mode)):
        return "open, and may not be"
    ahead = at_ms + 8 * 86400000
    if not open_ and not wider:
        wrong = stretch(pairs, at_ms, ahead if opens is None else opens, False, mode)
        if wrong is not None:
            return f"closed, and is open at {wrong}"
    if opens is None:
        return None
    if closes is None:
        return None if mode == "all" and open_ else "it never closes"
    wrong = stretch(pairs, opens, closes, True, mode)
    if wrong is not None:
        return f"said to be open, is closed at {wrong}"
    if not wider and allows(pairs, closes, mode):
        return f"closes at {closes}, and need not"
    return None


def main(dump, data, count, seed, cases_out=None):
    global T, AREAS, CODES, ALL_PAIRS, SPLIT, US_ZONES, ZONES, AUTOMATED_AREAS
    T = Tables(Path(data))
    ALL_PAIRS = every_pair()
    SPLIT = sorted(state for state in states_of_us() if len(zones_of_state(state)) > 1)
    US_ZONES = {zone for _, zone in somewhere_in_the_us()}
    ZONES = {zone for zones in T.zone_tab.values() for zone in zones}
    AREAS = [code for code, row in sorted(T.areas.items()) if row["country"] in ("US", "CA") and row["status"] == "in_service"]
    AUTOMATED_AREAS = [code for code in AREAS if T.areas[code]["region"] in T.automated]
    CODES = sorted(T.postal)
    rng = random.Random(int(seed))
    cases = [draw(rng) for _ in range(int(count))]
    asked = "".join("\t".join(map(str, case)) + "\n" for case in cases)
    answers = subprocess.run([dump], input=asked, capture_output=True, text=True, check=True).stdout.split("\n")
    if cases_out:
        Path(cases_out).write_text("".join(f"{line}\t{said}\n" for line, said in zip(asked.split("\n"), answers) if said), encoding="utf-8")
    wrong, invalid, opened = [], 0, 0
    for case, said in zip(cases, answers):
        invalid += said == "invalid"
        opened += said.startswith("1")
        why = judge(case, said)
        if why:
            wrong.append(f"{case}: {said!r}: {why}")
    print("\n".join(wrong[:20]))
    print(f"{len(cases)} cases, seed {seed}: {opened} open, {invalid} refused, {len(wrong)} disagreements")
    print(f"{len(cases) - len(wrong)} passed, {len(wrong)} failed")
    return 1 if wrong or len(answers) != len(cases) + 1 or opened < len(cases) // 10 else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
