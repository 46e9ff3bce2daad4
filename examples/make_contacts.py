#!/usr/bin/env python3
"""Writes examples/contacts.csv: 10,000 rows as a customer's export looks, a little dirty.

Numbers are of the ranges kept for fiction (NXX-555-01XX). About 3% of the rows are wrong on purpose:
duplicates, bad numbers, missing ones; others are merely untidy: local formats, accents, empty names.
The same file comes out every time.
"""
import csv
import random
from pathlib import Path

HERE = Path(__file__).resolve().parent
pick = random.Random(10_000)

areas = [row.split("\t") for row in (HERE.parent / "data" / "nanp-area-codes.tsv").read_text().splitlines()
         if row and not row.startswith(("#", "area_code"))]
AREAS = [a[0] for a in areas if a[1] == "US" and a[4] == "no" and a[6] == "in_service" and len(a[2]) == 2
         and a[2] not in ("AS", "GU", "MP", "PR", "VI")]
FIRST = ("James Mary Robert Patricia José Linda Zoë Barbara Renée Jennifer Björn María Thomas Sofía Charles Karen "
         "Chloé Lisa Andrés Nancy Noël Betty François Sandra Raúl Ashley Anaïs Emily Óscar Donna Inés Michelle "
         "Siân Carol Jörg Amanda Beyza Melissa Łukasz Deborah Đorđe Stephanie").split()
LAST = ("Smith Johnson Williams Brown Jones García Miller Davis Rodríguez Martínez Hernández López González Wilson "
        "Anderson Núñez Taylor Moore Jackson Martin O'Brien Peña Thompson White Müller Sánchez Clark D'Angelo").split()
CITIES = ["Springfield", "Riverside", "Franklin", "Greenville", "Bristol", "Clinton", "Fairview", "Salem", "Madison",
          "Georgetown", "San José", "Cañon City"]
CARRIERS = [("T-Mobile", 33), ("T-Mobile USA, Inc.", 2), ("Verizon", 25), ("Verizon Wireless", 5), ("AT&T", 26),
            ("AT&T Wireless", 4), ("US Cellular", 2), ("", 3)]
FORMATS = ["+1{a}5550{n}", "({a}) 555-0{n}", "{a}-555-0{n}", "1{a}5550{n}", "{a}.555.0{n}", "+1 {a} 555 0{n}",
           "{a}5550{n}", "1-{a}-555-0{n}"]
WEIGHTS = [55, 15, 10, 8, 4, 4, 3, 1]
BAD = ["555-0100", "(415) 555-01", "+1415555010999", "not a number", "000-000-0000", "+1 911 555 0123",
       "415-011-0100", "+44 20", "n/a", "12345678901234567890"]


def row(number):
    carrier = pick.choices([c for c, _ in CARRIERS], [w for _, w in CARRIERS])[0]
    first = "" if pick.random() < 0.02 else pick.choice(FIRST)
    return {"number": number, "first_name": first, "last_name": pick.choice(LAST), "city": pick.choice(CITIES),
            "carrier": carrier, "points": str(pick.randrange(10, 5000)), "customer_since": str(pick.randrange(2009, 2026))}


def main():
    places = [(a, n) for a in AREAS for n in range(100, 200)]
    pick.shuffle(places)
    rows = [row(pick.choices(FORMATS, WEIGHTS)[0].format(a=a, n=n)) for a, n in places[:9700]]
    rows += [dict(pick.choice(rows)) for _ in range(150)]
    rows += [row(pick.choice(BAD)) for _ in range(130)]
    rows += [row("") for _ in range(20)]
    pick.shuffle(rows)
    with open(HERE / "contacts.csv", "w", newline="", encoding="utf-8") as out:
        writer = csv.DictWriter(out, fieldnames=list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)


if __name__ == "__main__":
    main()
