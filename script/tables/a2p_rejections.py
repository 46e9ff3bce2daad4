#!/usr/bin/env python3
"""Writes the C table of rules/a2p_rejection from data/a2p-rejections.tsv, after checking it.

Words that a row leaves empty are those of the error playbook. Field names are those of rules/a2p_facts.c.
usage: a2p_rejections.py rows.py A2P-REJECTIONS.tsv ERROR-PLAYBOOK.tsv A2P_FACTS.c OUT.c"""
import re

from rows import Refused, quoted, read, refuse, run

COLUMNS = ["code", "family", "fields", "resubmit", "fee", "source", "why", "fix"]
PLAYBOOK = ["code", "title", "family", "class", "action", "scope", "resend", "explanation", "remedy"]
FAMILIES = ["brand", "campaign", "profile", "tollfree"]
RULES = ["none", "again", "brand_update", "campaign_update", "campaign_new", "profile_resubmit", "tollfree_edit",
         "support"]
FIELDS_MAX = 10


def field_enums(path):
    """legal_name -> A2P_LEGAL_NAME, as the table of fields has it."""
    text = open(path, encoding="utf-8").read()
    return {name: enum for enum, name in re.findall(r'\[(A2P_\w+)\] = \{"(\w+)"', text)}


def check(row, enums):
    if row["resubmit"] not in RULES:
        refuse(row, f"'{row['resubmit']}' is no way to send it again")
    families = row["family"].split(",")
    if not set(families) <= set(FAMILIES) or len(set(families)) != len(families):
        refuse(row, f"'{row['family']}' is no family")
    fields = [f for f in row["fields"].split(",") if f]
    if len(fields) > FIELDS_MAX or len(set(fields)) != len(fields):
        refuse(row, "too many fields, or one twice")
    for field in fields:
        if field not in enums:
            refuse(row, f"'{field}' is no field of a registration")
    if not row["source"]:
        refuse(row, "it has no source")


def words(row, playbook):
    said = playbook.get(row["code"], {"title": "", "explanation": "", "remedy": ""})
    why, fix = row["why"] or said["explanation"], row["fix"] or said["remedy"]
    if not (why.endswith((".", ")")) and fix.endswith(".")):
        refuse(row, "why and fix are sentences, and neither here nor in the playbook are any")
    return said["title"] or why.rstrip("."), why, fix


def enum(row):
    return row["resubmit"].removesuffix("_resubmit").upper()


def rule_line(row):
    return (f"    [A2P_RESUBMIT_{enum(row)}] = {{{quoted(row['resubmit'])}, {quoted(row['fix'])},\n"
            f"     {quoted(row['fee'])}}},\n")


def line(row, enums, playbook, fees):
    title, why, fix = words(row, playbook)
    families = " | ".join(f"A2P_OF_{f.upper()}" for f in row["family"].split(","))
    fields = [enums[f] for f in row["fields"].split(",") if f]
    listed = ", ".join(fields) if fields else "A2P_LEGAL_NAME"
    return (f"    {{{row['code']}, {families}, {{{listed}}}, {len(fields)}, A2P_RESUBMIT_{enum(row)},\n"
            f"     {quoted(title)},\n     {quoted(why)},\n     {quoted(fix)},\n"
            f"     {quoted(row['fee'] or fees[row['resubmit']])},\n     {quoted(row['source'])}}},\n")


def main(_, table, playbook_table, facts, target):
    enums = field_enums(facts)
    playbook = {row["code"]: row for row in read(playbook_table, PLAYBOOK)}
    rows = read(table, COLUMNS)
    rules, codes, previous = [row for row in rows if row["code"] == "="], [], 0
    fees = {row["resubmit"]: row["fee"] for row in rules}
    if sorted(fees) != sorted(RULES) or len(rules) != len(RULES) or not all(fees.values()):
        raise Refused(f"{table}: each way to send it again has one row with its fee")
    for row in (r for r in rows if r["code"] != "="):
        if not row["code"].isdigit() or int(row["code"]) <= previous:
            refuse(row, "codes must be numbers, ascending, each once")
        previous = int(row["code"])
        check(row, enums)
        codes.append(line(row, enums, playbook, fees))
    with open(target, "w", encoding="ascii") as out:
        out.write("/* Made by script/tables/a2p_rejections.py from data/a2p-rejections.tsv. */\n"
                  '#include "rules/a2p_rejection_table.h"\n\n'
                  "const struct a2p_resubmit_info a2p_resubmit_table[] = {\n")
        out.writelines(rule_line(row) for row in rules)
        out.write("};\nconst struct a2p_rejection a2p_rejection_table[] = {\n")
        out.writelines(codes)
        out.write(f"}};\nconst size_t a2p_rejection_table_count = {len(codes)};\n")


run(main)
