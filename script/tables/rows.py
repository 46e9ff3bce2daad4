"""rows: reads the tables in data/ for the scripts beside it, and refuses what contradicts itself.

A refusal names file, line and reason, and fails the build: a law that cannot be read is never guessed at."""
import datetime
import re
import sys

DAYS = ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"]
EVER = (-(2**31), 2**31 - 1)
EPOCH = datetime.date(1970, 1, 1).toordinal()


class Refused(Exception):
    pass


def refuse(row, why):
    raise Refused(f"{row['_at']}: {why}")


def read(path, columns):
    """Rows as dictionaries; the header must be just these columns."""
    found = []
    with open(path, encoding="utf-8") as lines:
        for number, line in enumerate(lines, 1):
            cells = line.rstrip("\n").split("\t")
            if line.startswith("#"):
                continue
            row = dict(zip(columns, cells), _at=f"{path}:{number}")
            if len(cells) != len(columns):
                refuse(row, f"{len(cells)} columns; {len(columns)} are wanted")
            found.append(row)
    if not found or [found[0][name] for name in columns] != columns:
        raise Refused(f"{path}: the header is not {' '.join(columns)}")
    return found[1:]


def minutes(row, clock):
    match = re.fullmatch(r"(\d\d):(\d\d)", clock)
    if not match or int(match[1]) * 60 + int(match[2]) > 1440 or int(match[2]) > 59:
        refuse(row, f"'{clock}' is no time of day")
    return int(match[1]) * 60 + int(match[2])


def days_of(row, text):
    first, _, last = text.partition("-")
    if first not in DAYS or (last and last not in DAYS):
        refuse(row, f"'{text}' are no days of the week")
    at = DAYS.index(first)
    found = [at]
    while last and DAYS[at] != last:
        at = (at + 1) % 7
        found.append(at)
    return found


def validity(row):
    """First and last day of a row, as days since 1970; open ends reach for ever."""
    ends = []
    for name, open_end in zip(("from", "to"), EVER):
        try:
            ends.append(datetime.date.fromisoformat(row[name]).toordinal() - EPOCH if row[name] else open_end)
        except ValueError:
            refuse(row, f"'{row[name]}' is no date")
    if ends[0] > ends[1]:
        refuse(row, "it ends before it begins")
    return tuple(ends)


def overlap(a, b):
    return a[0] <= b[1] and b[0] <= a[1]


def quoted(text):
    """A C string of the UTF-8 bytes; octal escapes cannot run into what follows."""
    return '"' + "".join(chr(b) if 32 <= b < 127 and b not in (34, 92, 63) else f"\\{b:03o}"
                         for b in text.encode()) + '"'


def run(main):
    """Runs main with the command's words; a refusal is said in one line and fails the build."""
    try:
        main(*sys.argv[1:])
    except Refused as refused:
        sys.exit(str(refused))
