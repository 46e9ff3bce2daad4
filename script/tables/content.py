#!/usr/bin/env python3
"""Writes the C tables of rules/content, after checking them.  usage: content.py RULES HOSTS OUT.c"""
import re
import sys
import zlib

SEVERITIES = ("note", "ask", "block")
KINDS = ("shortener", "tld")


def rows(path, columns):
    header = None
    for number, line in enumerate(open(path, encoding="utf-8"), 1):
        if line.startswith("#"):
            continue
        fields = line.rstrip("\n").split("\t")
        if header is None:
            header = fields
            assert header == columns, (path, header)
            continue
        if len(fields) != len(columns):
            raise SystemExit(f"{path}:{number}: {len(fields)} columns, {len(columns)} are needed")
        yield number, dict(zip(columns, fields))


def fnv(text):
    value = 2166136261
    for byte in text.encode():
        value = (value ^ byte) * 16777619 & 0xFFFFFFFF
    return value


def quoted(text):
    return '"' + "".join(chr(b) if 32 <= b < 127 and b not in (34, 92, 63) else f"\\{b:03o}"
                         for b in text.encode()) + '"'


def hashed(items):
    """The items in open addressing, at most half full: (slots, mask)."""
    size = 16
    while size < 2 * len(items):
        size *= 2
    slots = [None] * size
    for key, value in items.items():
        at = fnv(key) & size - 1
        while slots[at] is not None:
            at = at + 1 & size - 1
        slots[at] = (key, value)
    return slots, size - 1


def read_rules(path):
    rules = {}
    for number, row in rows(path, ["rule", "severity", "since", "title", "source", "fix"]):
        where = f"{path}:{number}"
        if not re.fullmatch("[a-z_]+", row["rule"]) or row["rule"] in rules:
            raise SystemExit(f"{where}: {row['rule']!r} is no name, or there twice")
        if row["severity"] not in SEVERITIES or not re.fullmatch(r"\d{4}-\d\d-\d\d", row["since"]):
            raise SystemExit(f"{where}: severity is one of {', '.join(SEVERITIES)}, since a day")
        if not row["title"] or not row["source"] or not row["fix"].endswith("."):
            raise SystemExit(f"{where}: title and source are needed, and fix is a sentence")
        rules[row["rule"]] = row
    return rules


def read_hosts(path):
    hosts = {}
    for number, row in rows(path, ["kind", "host"]):
        if row["kind"] not in KINDS or not re.fullmatch(r"[a-z0-9.-]+", row["host"]):
            raise SystemExit(f"{path}:{number}: a kind ({', '.join(KINDS)}) and a host in lower case are needed")
        if row["host"] in hosts:
            raise SystemExit(f"{path}:{number}: {row['host']} is there twice")
        hosts[row["host"]] = row["kind"]
    return hosts


def write_rules(out, rules):
    out.write("const struct content_rule content_rules[CONTENT_RULES] = {\n")
    for name, row in rules.items():
        out.write(f"    [CONTENT_RULE_{name.upper()}] = {{{quoted(name)}, CONTENT_{row['severity'].upper()}, "
                  f"{quoted(row['since'])},\n     {quoted(row['title'])},\n     {quoted(row['source'])},\n"
                  f"     {quoted(row['fix'])}}},\n")
    out.write("};\n_Static_assert(CONTENT_RULES == %d, \"each rule has a row\");\n\n" % (len(rules) + 1))


def write_hosts(out, hosts):
    slots, mask = hashed(hosts)
    out.write("const struct content_host content_hosts[] = {\n")
    for slot in slots:
        name, kind = slot or ("", None)
        out.write(f"    {{{quoted(name)}, {'CONTENT_HOST_' + kind.upper() if kind else 0}}},\n")
    out.write(f"}};\nconst uint32_t content_hosts_mask = {mask};\n\n")


def main(rules_path, hosts_path, out_path):
    version = 0
    for path in (rules_path, hosts_path):
        version = zlib.crc32(open(path, "rb").read(), version)
    with open(out_path, "w", encoding="ascii") as out:
        out.write('/* Made by script/tables/content.py from data/. */\n#include "rules/content_tables.h"\n\n')
        write_rules(out, read_rules(rules_path))
        write_hosts(out, read_hosts(hosts_path))
        out.write(f"const uint32_t content_tables_version = {version};\n")


main(*sys.argv[1:])
