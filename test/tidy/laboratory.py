#!/usr/bin/env python3
"""The frame of script/check: it names what exists, refuses what does not, and sees a check fail in every way. TAP."""
import subprocess
import sys
from pathlib import Path

ROOT = Path(sys.argv[1] if len(sys.argv) > 1 else ".").resolve()
CHECKS = sorted(p for p in (ROOT / "script/check.d").iterdir() if p.suffix == "" and p.is_file())
results = []


def check(*words):
    done = subprocess.run([ROOT / "script/check", *words], capture_output=True, text=True, check=False)
    return done.returncode, done.stdout + done.stderr


def rule(name, breaches):
    results.append((name, list(breaches)))


status, listed = check("list")
rule("script/check list names every check with what it shows",
     ([f"list ended with {status}"] if status else []) +
     [p.name for p in CHECKS if f"# {p.name}: " not in p.read_text(encoding="utf-8").split("\n")[1]
      or not any(line.split()[:1] == [p.name] for line in listed.split("\n"))])
rule("nothing that script/check orders is missing", [line for line in listed.split("\n") if "missing from" in line])

status, said = check("no-such-check")
rule("an unknown check is refused with 2 and told what exists",
     [] if status == 2 and all(p.name in said for p in CHECKS) else [f"{status}: {said.strip()}"])

for way in ("red", "silent", "dies", "garbled"):
    status, said = check("canary", way)
    rule(f"a check that is {way} is seen to fail", [] if status == 1 and "FAILED canary" in said else [f"{status}: {said.strip()}"])

print(f"1..{len(results)}")
for number, (name, breaches) in enumerate(results, 1):
    print(f"{'not ok' if breaches else 'ok'} {number} - {name}")
    for breach in breaches:
        print(f"# {breach}")
sys.exit(any(breaches for _, breaches in results))
