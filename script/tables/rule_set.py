#!/usr/bin/env python3
"""Writes the version of the rules: a hash over the tables that are compiled in.

usage: rule_set.py TABLE... OUT.c"""
import hashlib
import os
import sys

*sources, target = sys.argv[1:]
digest = hashlib.sha256()
for source in sorted(sources, key=os.path.basename):
    data = open(source, "rb").read()
    digest.update(f"{os.path.basename(source)} {len(data)}\n".encode() + data)
with open(target, "w", encoding="ascii") as out:
    out.write("/* Made by script/tables/rule_set.py. */\n#include \"rules/rule_set.h\"\n\n"
              f"const char rule_set_version[RULE_SET_BYTES] = \"{digest.hexdigest()[:16]}\";\n")
