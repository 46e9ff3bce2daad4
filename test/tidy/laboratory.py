#!/usr/bin/env python3
"""The frame of script/check: it names what exists, refuses what does not, and sees a check fail in every way. TAP."""
import contextlib
import importlib.machinery
import importlib.util
import io
import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

sys.dont_write_bytecode = True

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

unknown = ([[name, "no-such-word"] for name in
            ("analyze", "asan", "canary", "clang", "coverage", "crash", "hostile", "hours", "quiet", "segments", "tsan",
             "webhooks")] +
           [[name, "1", "no-such-word"] for name in ("canary", "crash", "quiet", "segments", "webhooks")] +
           [["fuzz", "0"], ["fuzz", "1", "2"], ["hostile", "1", "2"], ["hostile", "disk", "1234567890"]])
answers = [(words, subprocess.run([ROOT / "script/check.d" / words[0], *words[1:]], capture_output=True, text=True,
                                  check=False, timeout=120)) for words in unknown]
rule("words that a check does not know are refused with 2",
     [f"{' '.join(words)}: {done.returncode}, {done.stdout.strip()}" for words, done in answers
      if done.returncode != 2 or words[-1] not in done.stdout])
status, said = check("quiet", "no-such-word")
rule("script/check ends with 2 then as well", [] if status == 2 else [f"{status}: {said.strip()}"])

loader = importlib.machinery.SourceFileLoader("frame", str(ROOT / "script/check"))
frame = importlib.util.module_from_spec(importlib.util.spec_from_loader("frame", loader))
loader.exec_module(frame)
frame.GRACE_S = 1

for way, why in frame.CANARY_WAYS.items():
    status, said = check("canary", way)
    rule(f"a check that is {way} is seen to fail, and as what",
         [] if status == 1 and "FAILED canary" in said and f" s: {why}" in said else [f"{status}: {said.strip()}"])
with tempfile.TemporaryDirectory() as directory:
    frame.CHECKS, kept = Path(directory), frame.CHECKS
    lost = [frame.canary_row("commit")["pass"]]
    (frame.CHECKS / "canary").write_text("#!/usr/bin/env bash\nexit 1\n", encoding="utf-8")
    (frame.CHECKS / "canary").chmod(0o755)
    lost += [frame.canary_row("commit")["pass"]]
    frame.CHECKS = kept
rule("a canary that is gone or broken is not seen to fail", [] if lost == [False, False] else [f"it is: {lost}"])

with tempfile.TemporaryDirectory() as directory:
    CHECK = """#!/usr/bin/env bash
# busy: passes or not, and the machine was busy
echo '{{"name": "busy", "pass": {passed}, "goal": "it is quiet", "figure": "it was not"}}' >>"$CHECK_RESULTS"
exit 3
"""
    frame.CHECKS, kept = Path(directory), frame.CHECKS
    busy = []
    for passed in ("true", "false"):
        (frame.CHECKS / "busy").write_text(CHECK.format(passed=passed), encoding="utf-8")
        (frame.CHECKS / "busy").chmod(0o755)
        with contextlib.redirect_stdout(io.StringIO()):
            _, failed, noisy, _ = frame.judge(["busy"], "commit", [], whole=False)
        busy += [frame.ending(failed, noisy, by_name)[0] for by_name in (True, False)]
    frame.CHECKS = kept
rule("a busy machine is 3 where a check was asked for by name, nothing in a run of everything, and no excuse",
     [] if busy == [3, 0, 1, 1] else [f"it is {busy}"])

COMPILERS = [{"target_sources": [{"language": "c", "compiler": ["ccache", "cc"]}, {"language": "c", "compiler": ["gcc"]},
                                 {"language": "unknown"}]}]
BUILT = {"b_sanitize": "none", "mutants": True, "buildtype": "release"}
ASKED = [(["-Db_sanitize=none", "-Dmutants=true", "--buildtype=release", "-Dc_args=-g"], ""),
         (["-Db_sanitize=address,undefined"], "b_sanitize is none, not address,undefined"),
         (["-Dmutants=false"], "mutants is true, not false"),
         (["--buildtype=debug"], "buildtype is release, not debug"),
         (["-Dno_such=1"], "no_such is unknown, not 1"),
         (["compiler=gcc", "-Dmutants=true"], ""),
         (["compiler=clang"], "compiler is gcc, not clang")]
with tempfile.TemporaryDirectory() as directory:
    (Path(directory) / "meson-info").mkdir()
    (Path(directory) / "meson-info/intro-buildoptions.json").write_text(
        json.dumps([{"name": name, "value": value} for name, value in BUILT.items()]), encoding="utf-8")
    (Path(directory) / "meson-info/intro-targets.json").write_text(json.dumps(COMPILERS), encoding="utf-8")
    answers = [(words, subprocess.run([ROOT / "script/built-as", directory, *options], capture_output=True, text=True,
                                      check=False)) for options, words in ASKED]
rule("a build that was set up otherwise is refused in words",
     [f"{words}: {done.returncode}, {done.stderr.strip()}" for words, done in answers
      if done.returncode != (words != "") or words not in done.stderr])

mark = f"CHECK_RESULTS=of test {os.getpid()}"
# In a session of its own, as meson's tests are, and deaf to a polite word.
code = frame.run_bounded(["bash", "-c", "setsid bash -c 'trap : TERM; while :; do sleep 1; done' & wait"], 0.01,
                         env={**os.environ, "CHECK_RESULTS": mark.split("=")[1]}, stderr=subprocess.DEVNULL)
rule("a check that hangs is ended with all that it started",
     ([] if code == frame.HUNG else [f"ended with {code}"]) +
     [f"process {pid} is left" for pid in frame.started_by(mark.encode())])


def row(name, passed, **more):
    return {"check": "fuzz", "name": name, "pass": passed} | more


death, red, green = row("fuzz", False, death=True), row("all", False), row("all", True)
rule("a run that looks at less than a row says replaces none",
     [] if frame.scoreboard.merged([death, red], [green | {"aside": True}], part=True) == [death, red] else ["it did"])
rule("a run of a part replaces its rows, and not that the check died",
     [] if frame.scoreboard.merged([death, red], [green], part=True) == [death, green] else ["it did not"])
rule("a run of the whole check replaces all of its rows",
     [] if frame.scoreboard.merged([death, red], [green], part=False) == [green] else ["it did not"])

print(f"1..{len(results)}")
for number, (name, breaches) in enumerate(results, 1):
    print(f"{'not ok' if breaches else 'ok'} {number} - {name}")
    for breach in breaches:
        print(f"# {breach}")
sys.exit(any(breaches for _, breaches in results))
