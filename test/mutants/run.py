#!/usr/bin/env python3
"""Runs mutants: each must turn the test that the table names red, and that test must be green without it.

run.py BUILD [--quick] [NAME…]    exit 0: all seen; 1: one was not; 2: a name or build that is none.
--quick: those of script/test, which runs the same tests without them, too, but for those that want an environment.
The canary's row is no seeded bug: it is run each time, and a run in which it does not fall has seen nothing.
"""
import json
import os
import re
import subprocess
import sys
import time
from pathlib import Path

TABLE = Path(__file__).resolve().parent / "mutants.tsv"
SECONDS_MAX = 120
CANARY = "canary"
COMPLAINTS = 4  # of a test that is not green, as many lines


def read_table():
    lines = [l.rstrip("\n") for l in TABLE.open(encoding="utf-8") if l.strip() and not l.startswith("#")]
    names = lines[0].split("\t")
    rows = [dict(zip(names, l.split("\t"))) for l in lines[1:]]
    for row in rows:
        if len(row) != len(names):
            sys.exit(f"{TABLE.name}: the row of {row['name']} has {len(row)} columns, not {len(names)}")
    return rows


def read_tests(build):
    try:
        listed = json.loads((build / "meson-info/intro-tests.json").read_text())
        options = json.loads((build / "meson-info/intro-buildoptions.json").read_text())
    except (OSError, ValueError) as e:
        print(f"{build} is no build: {e}", file=sys.stderr)
        sys.exit(2)
    if not any(o["name"] == "mutants" and o["value"] for o in options):
        print(f"{build} has no mutants: meson configure {build} -Dmutants=true", file=sys.stderr)
        sys.exit(2)
    return {t["name"]: t for t in listed}


class Run:
    """One run of a row's test, with the mutant or without."""

    def __init__(self, test, row, mutant):
        env = dict(os.environ, **test["env"], STERLING_TEST=row["case"])
        env.pop("STERLING_MUTANT", None)
        env.update(pair.split("=", 1) for pair in row["env"].split())
        env.setdefault("ASAN_OPTIONS", "detect_leaks=1:abort_on_error=1")
        if mutant:
            env["STERLING_MUTANT"] = mutant
        began = time.monotonic()
        command = list(test["cmd"])
        if row["case"] and Path(command[0]).name.startswith("node"):
            command.insert(1, f"--test-name-pattern=^{re.escape(row['case'])}$")
        try:
            done = subprocess.run(command, env=env, cwd=test["workdir"], stdout=subprocess.PIPE,
                                  stderr=subprocess.STDOUT, timeout=SECONDS_MAX)
            self.status, self.text = done.returncode, done.stdout.decode("utf-8", "replace")
        except subprocess.TimeoutExpired:
            self.status, self.text = None, ""
        self.seconds = time.monotonic() - began
        case = re.escape(row["case"])
        self.passed = re.search(rf"^ *ok \d+ -? ?{case}\s*$", self.text, re.M) is not None if case else True
        self.failed = re.search(rf"^ *not ok \d+ -? ?{case}\s*$", self.text, re.M) is not None if case else True

    def green(self):
        return self.status == 0 and self.passed

    def complaint(self):
        """What failed, in the test's own words."""
        told = [line.strip() for line in re.findall(r"^ *(?:not ok|error:) .*$", self.text, re.M)]
        return "; ".join(told[:COMPLAINTS] or self.text.strip().split("\n")[-1:])

    def verdict(self, row):
        """Why it was not seen, or None."""
        if self.status is None:
            return f"hangs (over {SECONDS_MAX} s)"
        if self.status == 0:
            return "stays green"
        if not self.failed and self.status > 0:  # a signal is a bug stopped by BUG_IF or a sanitizer
            return f"ends with status {self.status}, but {row['case']} did not fail"
        return None


def judge(row, tests, greens, quick):
    """What to say of the row, and whether the mutant was seen. greens: runs without one, by test."""
    if not row["test"]:
        return "NOT SEEN: no test is named for it", False
    test = tests.get(row["test"])
    if test is None:
        return f"its test '{row['test']}' is not in this build", False
    key = (row["test"], row["case"], row["env"])
    if key not in greens and (row["env"] or not quick):
        greens[key] = Run(test, row, None)
    if key in greens and not greens[key].green():
        return f"{row['test']} {row['case']} is not green without it (status {greens[key].status}): " \
               f"{greens[key].complaint()}", False
    red = Run(test, row, row["name"])
    why = red.verdict(row)
    fell = f"{row['test']}{': ' if row['case'] else ''}{row['case']}"
    if why is not None:
        return f"NOT SEEN: {fell} {why}", False
    how = f"died by signal {-red.status} in" if not red.failed else "fell:"
    return f"{red.seconds:5.1f} s  {how} {fell}", True


def unknown_is_refused(tests):
    """A name that is none must end a program at once, in words."""
    test = tests["canary_test"]
    done = subprocess.run(test["cmd"], env=dict(os.environ, STERLING_MUTANT="no_such_mutant"),
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=SECONDS_MAX)
    return done.returncode == 2 and b"no mutant 'no_such_mutant'" in done.stdout


def choose(rows, arguments):
    wanted = [a for a in arguments if not a.startswith("--")]
    seeded = [r for r in rows if r["name"] != CANARY]  # that one is always run
    unknown = [w for w in wanted if w not in [r["name"] for r in seeded]]
    if unknown:
        print(f"there is no mutant '{unknown[0]}'; these are: {', '.join(r['name'] for r in seeded)}", file=sys.stderr)
        sys.exit(2)
    if wanted:
        return [r for r in seeded if r["name"] in wanted]
    return [r for r in seeded if r["tier"] == "quick" or "--quick" not in arguments]


def main():
    if len(sys.argv) < 2:
        print(__doc__, file=sys.stderr)
        sys.exit(2)
    build, arguments = Path(sys.argv[1]).resolve(), sys.argv[2:]
    table = read_table()
    rows = choose(table, arguments)
    tests = read_tests(build)
    greens, seen = {}, 0
    print(f"1..{len(rows) + 2}")
    for at, row in enumerate(rows, 1):
        words, ok = judge(row, tests, greens, "--quick" in arguments)
        seen += ok
        print(f"{'ok' if ok else 'not ok'} {at} - {row['name']}\n#   {words}", flush=True)
    words, fell = judge(next(r for r in table if r["name"] == CANARY), tests, greens, quick=False)
    print(f"{'ok' if fell else 'not ok'} {len(rows) + 1} - the canary falls\n#   {words}")
    refused = unknown_is_refused(tests)
    print(f"{'ok' if refused else 'not ok'} {len(rows) + 2} - a name that is none is refused")
    print(f"# {seen} of {len(rows)} mutants seen")
    sys.exit(0 if seen == len(rows) and fell and refused else 1)


main()
