"""Writes the ninja file by which script/check analyze asks each analyzer about each source file of ours (gcc's about those
in C, which is what it knows).

analyze.py BUILD-DIR OUT-DIR THIRD [FILE…]: takes flags from BUILD-DIR/compile_commands.json. An answer is asked for
again when the file, a header it includes or the analyzer's configuration changed. THIRD (0 to 2; empty: all) is which
files those are asked about that look at one file at a time and take longest, clang-tidy and cppcheck. OUT-DIR also gets
`generated` (sources that the build must make first) and TOOL.files (how many files each judges). Ends with 2 if a FILE
is no source of src/ that the build compiles.
"""
import json
import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

BUILD, OUT = Path(sys.argv[1]), Path(sys.argv[2])
THIRD = sys.argv[3]
WANTED = [os.path.join("..", name) for name in sys.argv[4:]]
HERE = os.path.relpath("script/check.d", BUILD)

# Flags that only one compiler knows, or that say where to put what.
DROPPED = re.compile(r"^(-M[DQF]?|-o|-c|-f(diagnostics-color=.*|color-diagnostics)|-Werror|-Winvalid-pch|-W[a-z-]+|-g|-O\d)$")

RULES = """\
rule gcc
  command = gcc $flags -O2 -Werror -fanalyzer {gcc_off} -MD -MF $out.d -c $in -o $out
  depfile = $out.d
  deps = gcc
  description = gcc -fanalyzer $in
rule tidy
  command = clang $flags -MM -MT $out -MF $out.d $in && clang-tidy --quiet --use-color=0 $in -- $flags > $out.log 2>/dev/null $
    && touch $out || {{ cat $out.log; exit 1; }}
  depfile = $out.d
  deps = gcc
  description = clang-tidy $in
rule cppcheck
  command = clang $flags -MM -MT $out -MF $out.d $in && cppcheck --quiet --std=$std --inline-suppr $
    --enable=warning,performance,portability --suppressions-list={here}/cppcheck.suppressions --error-exitcode=1 $
    --template='{{file}}:{{line}}: {{severity}}: {{message}} [{{id}}]' $defines $in && touch $out
  depfile = $out.d
  deps = gcc
  description = cppcheck $in
"""

# Loops of jansson's header, which cppcheck does not read.
JANSSON = ["-Djson_array_foreach(array,index,value)=for(index=0;(value=json_array_get(array,index))!=0;index++)",
           "-Djson_object_foreach(object,key,value)=for(key=first_key(object);(value=json_object_get(object,key))!=0;)"]

GCC_OFF = Path("script/check.d/gcc-analyzer.options").read_text(encoding="utf-8").split("\n")
GCC_OFF = " ".join(line for line in GCC_OFF if line.startswith("-"))


def flags_of(entry):
    words, kept, skip = shlex.split(entry["command"]), [], False
    for word in words[1:]:
        if skip:
            skip = False
        elif DROPPED.match(word):
            skip = word in ("-MQ", "-MF", "-o", "-c")
        elif word not in ("clang", "clang++", entry["file"]):
            kept.append(word)
    return kept


def ours():
    entries = {}
    for entry in json.loads((BUILD / "compile_commands.json").read_text(encoding="utf-8")):
        if entry["file"].startswith("../src/") and entry["file"].endswith((".c", ".cc")):
            entries.setdefault(entry["file"], entry)
    return [entries[name] for name in sorted(entries) if not WANTED or name in WANTED]


def generated():
    targets = subprocess.run(["ninja", "-C", str(BUILD), "-t", "targets", "all"], capture_output=True, text=True, check=True)
    return [line.split(":")[0] for line in targets.stdout.split("\n") if re.match(r"^src/\S+\.(c|h|inc): CUSTOM", line)]


entries = ours()
if not entries and not WANTED:
    sys.exit("  no source file of src/ is compiled")
for name in set(WANTED) - {entry["file"] for entry in entries}:
    print(f"  {name.removeprefix('../')} is no source of src/ that is compiled")
    sys.exit(2)
OUT.mkdir(exist_ok=True)
# A log of its own: the build's forgets outputs that it does not make.
lines = ["builddir = analyze\n" + RULES.format(gcc_off=GCC_OFF, here=HERE)]
outputs = {"gcc": [], "tidy": [], "cppcheck": []}
watched = {"gcc": f"{HERE}/gcc-analyzer.options", "tidy": "../.clang-tidy", "cppcheck": f"{HERE}/cppcheck.suppressions"}
for at, entry in enumerate(entries):
    flags = flags_of(entry)
    is_c = entry["file"].endswith(".c")
    for rule, made in outputs.items():
        out = f"analyze/{rule}/{entry['file'][3:]}.o"
        if is_c if rule == "gcc" else THIRD == "" or at % 3 == int(THIRD):
            made.append(out)
        defines = JANSSON + [word for word in flags if word[:2] in ("-D", "-U", "-I")]
        lines.append(f"build {out}: {rule} {entry['file']} | {watched[rule]}\n"
                     f"  flags = {shlex.join(flags)}\n  defines = {shlex.join(defines)}\n"
                     f"  std = {'c11' if is_c else 'c++17'}\n")
for name, rule in (("gcc", "gcc"), ("clang-tidy", "tidy"), ("cppcheck", "cppcheck")):
    lines.append(f"build {name}: phony {' '.join(outputs[rule])}\n")
    (OUT / f"{name}.files").write_text(str(len(outputs[rule])), encoding="utf-8")
(OUT / "build.ninja").write_text("\n".join(lines), encoding="utf-8")
(OUT / "generated").write_text("".join(name + "\n" for name in generated()), encoding="utf-8")
