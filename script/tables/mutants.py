#!/usr/bin/env python3
"""Makes src/base's mutant_names.h from test/mutants/mutants.tsv: an enumerator and a name for each mutant."""
import sys
from pathlib import Path

names = [line.split("\t")[0] for line in open(sys.argv[1], encoding="utf-8")
         if line.strip() and not line.startswith("#")][1:]
out = ["/* Made from test/mutants/mutants.tsv. */", "enum mutant {", "    MUTANT_NONE,"]
out += [f"    MUTANT_{name}," for name in names]
out += ["};", "#define MUTANT_NAMES \\"]
out += [f"    [MUTANT_{name}] = \"{name}\", \\" for name in names]
text, made = "\n".join(out) + "\n\n", Path(sys.argv[2])
if not made.is_file() or made.read_text(encoding="utf-8") != text:  # else nothing needs to be compiled anew
    made.write_text(text, encoding="utf-8")
