#!/usr/bin/env python3
"""Makes src/base's mutant_names.h from test/mutants/mutants.tsv: an enumerator and a name for each mutant."""
import sys

names = [line.split("\t")[0] for line in open(sys.argv[1], encoding="utf-8")
         if line.strip() and not line.startswith("#")][1:]
out = ["/* Made from test/mutants/mutants.tsv. */", "enum mutant {", "    MUTANT_NONE,"]
out += [f"    MUTANT_{name}," for name in names]
out += ["};", "#define MUTANT_NAMES \\"]
out += [f"    [MUTANT_{name}] = \"{name}\", \\" for name in names]
open(sys.argv[2], "w", encoding="utf-8").write("\n".join(out) + "\n\n")
