#!/usr/bin/env python3
"""The house rules that a machine can check. Prints TAP: one line a rule, with every breach named.

Rooms and who may include whom are those of docs/ARCHITECTURE.md. A rule may be broken on a line that
says why: `// tidy: because …` or `/* tidy: because … */` at its end.
"""
import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(sys.argv[1] if len(sys.argv) > 1 else ".").resolve()

# room -> rooms (or single headers) it may include from
MAY_INCLUDE = {
    "base": [],
    "rules": ["base"],
    "engine": ["base", "rules"],
    "store": ["base", "rules"],
    "twilio": ["base", "rules"],
    "sandbox": ["base", "rules", "twilio/date.h", "twilio/form.h", "twilio/signature.h", "twilio/url.h"],
    "app": ["base", "rules", "engine", "store", "twilio", "sandbox/model.h", "sandbox/faults.h", "sandbox/ledger.h"],
    "http": ["base", "rules", "store", "app", "engine", "twilio/form.h", "twilio/signature.h", "twilio/url.h"],
    "cli": ["base", "rules", "engine", "store", "app", "http", "sandbox", "twilio"],
    "main": ["base", "cli"],
}
BANNED = {
    r"\b(strcpy|strcat|sprintf|vsprintf|gets|strtok|atoi|atol|atof|alloca)\s*\(": "unbounded or unchecked call",
    r"\b(time|gettimeofday|clock_gettime|localtime|mktime)\s*\(": "time is an argument (base/clock)",
    r"\b(rand|srand|random|drand48|getrandom)\s*\(": "randomness is an argument (base/rng)",
    r"\b(sleep|usleep|nanosleep)\s*\(": "nothing sleeps",
    r"\b(TODO|FIXME|XXX|HACK)\b": "leftover",
}
ALLOWED_FILES = {"time is an argument (base/clock)": {"src/base/clock.c"},
                 "randomness is an argument (base/rng)": {"src/base/rng.c"}}
LINE_MAX, FILE_MAX, FUNCTION_MAX = 120, 900, 80
PURE_ROOMS = ("rules", "engine")
IMPURE = re.compile(r"#include <(sys/|unistd|fcntl|pthread|curl|sqlite3|microhttpd|time\.h|netinet|arpa|poll)")


def tracked(*patterns):
    listed = subprocess.run(["git", "-C", str(ROOT), "ls-files", "-co", "--exclude-standard", *patterns],
                            capture_output=True, text=True, check=True).stdout.split("\n")
    return [Path(p) for p in listed if p and (ROOT / p).is_file()]


def excused(line):
    return "tidy: because" in line


def code_only(text):
    """Blanks comments and strings, keeping line structure."""
    pattern = r'//[^\n]*|/\*.*?\*/|"(?:\\.|[^"\\\n])*"|\'(?:\\.|[^\'\\\n])*\''
    return re.sub(pattern, lambda m: re.sub(r"[^\n]", " ", m.group(0)), text, flags=re.S)


SOURCES = tracked("src/*.c", "src/*.h", "src/*.cc", "test/*.c", "test/*.h", "bench/*.c", "bench/*.h")
TEXT = {p: (ROOT / p).read_text(encoding="utf-8") for p in SOURCES}
LINES = {p: t.split("\n") for p, t in TEXT.items()}
results = []


def rule(name):
    def run(check):
        breaches = list(check())
        results.append((name, breaches))
        return check
    return run


@rule("includes follow the order of the rooms")
def includes():
    for path in SOURCES:
        if path.parts[0] != "src":
            continue
        room = path.parts[1] if len(path.parts) > 2 else path.stem
        for number, line in enumerate(LINES[path], 1):
            found = re.match(r'\s*#\s*include\s+"([^"]+)"', line)
            if not found or excused(line):
                continue
            target = found.group(1)
            other = target.split("/")[0]
            if "/" not in target:
                # generated tables and the room's own private parts
                continue
            if other != room and other not in MAY_INCLUDE[room] and target not in MAY_INCLUDE[room]:
                yield f"{path}:{number}: {room} may not include {target}"


@rule("no circle between rooms' headers")
def circles():
    graph = {}
    for path in SOURCES:
        if path.parts[0] == "src" and path.suffix == ".h":
            name = "/".join(path.parts[1:])
            graph[name] = re.findall(r'^\s*#\s*include\s+"([^"]+/[^"]+)"', TEXT[path], re.M)
    state = {}

    def visit(name, trail):
        if state.get(name) == "done":
            return
        if name in trail:
            yield " -> ".join(trail[trail.index(name):] + [name])
            return
        for other in graph.get(name, []):
            yield from visit(other, trail + [name])
        state[name] = "done"

    for name in graph:
        yield from visit(name, [])


@rule("banned calls and leftovers")
def banned():
    for path in SOURCES:
        code = code_only(TEXT[path]).split("\n")
        for number, (line, raw) in enumerate(zip(code, LINES[path]), 1):
            for pattern, why in BANNED.items():
                if why == "leftover":
                    hit = re.search(pattern, raw)
                elif why == "nothing sleeps" or path.parts[0] == "src":
                    hit = re.search(pattern, line)
                else:
                    hit = None
                if hit and str(path) not in ALLOWED_FILES.get(why, ()) and not excused(raw):
                    yield f"{path}:{number}: {why}: {hit.group(0)}"


@rule("rules and engine do no input or output")
def pure():
    for path in SOURCES:
        if path.parts[:1] == ("src",) and path.parts[1] in PURE_ROOMS and path.suffix != ".cc":
            for number, line in enumerate(LINES[path], 1):
                if IMPURE.match(line) and not excused(line):
                    yield f"{path}:{number}: {line.strip()}"


@rule(f"lines are at most {LINE_MAX} columns, files {FILE_MAX} lines")
def sizes():
    for path in SOURCES:
        if len(LINES[path]) > FILE_MAX:
            yield f"{path}: {len(LINES[path])} lines"
        for number, line in enumerate(LINES[path], 1):
            if len(line) > LINE_MAX and not excused(line) and '#include "' not in line and "\t" not in line:
                if not re.search(r'"[^"]{60,}"', line) and path.name not in ("store.h", "change.h", "model.h"):
                    yield f"{path}:{number}: {len(line)} columns"


@rule(f"functions are at most {FUNCTION_MAX} lines")
def functions():
    for path in SOURCES:
        if path.suffix not in (".c", ".cc") or path.parts[0] != "src":
            continue
        start = None
        for number, line in enumerate(code_only(TEXT[path]).split("\n"), 1):
            if line.startswith("{"):
                start = number
            elif line.startswith("}") and start is not None:
                if number - start + 1 > FUNCTION_MAX and not line.startswith("};"):
                    yield f"{path}:{start}: {number - start + 1} lines"
                start = None


@rule("every failpoint is in the table, and every row of the table in the code")
def failpoints():
    table_at = Path("src/cli/failpoints.c")
    listed = re.findall(r'^    \{"([^"]+)",', TEXT[table_at], re.M)
    points = {}
    for path in SOURCES:
        if path.parts[0] == "src" and path.stem != "failpoint":
            for name in re.findall(r'\bFAILPOINT(?:_FAILS|_NAME)?\("([^"]+)"\)', TEXT[path]):
                points.setdefault(name, []).append(path)
    for name, paths in points.items():
        if name not in listed:
            yield f"{paths[0]}: failpoint {name} is not in {table_at}"
        if len(paths) > 1:
            yield f"{paths[1]}: failpoint {name} is also in {paths[0]}"
    for name in listed:
        if name not in points:
            yield f"{table_at}: nothing in the code is called {name}"


@rule("what the laboratory's tables name is there")
def laboratory_tables():
    page = Path("docs/laboratory.md")
    mutants = {line.split("\t")[0] for line in (ROOT / "test/mutants/mutants.tsv").read_text(encoding="utf-8").split("\n")}
    for number, line in enumerate((ROOT / page).read_text(encoding="utf-8").split("\n"), 1):
        if not re.match(r"\| W?\d+ \|", line):
            continue
        for path, case in re.findall(r"`([a-z0-9_/]+/[a-z0-9_]+(?:\.test)?\.(?:c|js|story))(?:: ([^`]+))?`", line):
            at = ROOT / "test" / path
            if not at.is_file():
                yield f"{page}:{number}: there is no test/{path}"
            elif case and case not in at.read_text(encoding="utf-8"):
                yield f"{page}:{number}: test/{path} has no '{case}'"
        for name in re.findall(r"`([a-z0-9_]+)`", line.split(" | ")[-1]) if line.startswith("| W") else []:
            if name not in mutants:
                yield f"{page}:{number}: there is no mutant {name}"


@rule("every source opens with what it is for")
def openings():
    for path in SOURCES:
        if not TEXT[path].lstrip().startswith("/*"):
            yield f"{path}: does not open with a comment"


@rule("headers are guarded by their path")
def guards():
    for path in SOURCES:
        if path.suffix == ".h" and path.parts[0] == "src":
            guard = "STERLING_" + "_".join(path.parts[1:]).upper().replace(".", "_").replace("-", "_")
            if f"#ifndef {guard}" not in TEXT[path]:
                yield f"{path}: no guard {guard}"


@rule("no tracked file is over a megabyte or binary")
def weight():
    for path in tracked():
        data = (ROOT / path).read_bytes()
        if len(data) > 1_000_000:
            yield f"{path}: {len(data)} bytes"
        if b"\0" in data and not str(path).startswith(("test/fuzz/corpus/", "docs/")):
            yield f"{path}: binary"


print(f"1..{len(results)}")
for at, (name, breaches) in enumerate(results, 1):
    print(f"{'not ' if breaches else ''}ok {at} - {name}")
    for breach in breaches[:200]:
        print(f"#   {breach}")
sys.exit(0)
