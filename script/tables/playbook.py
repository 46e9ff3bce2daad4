#!/usr/bin/env python3
"""Writes the C table of rules/playbook from data/error-playbook.tsv, after checking it.

usage: playbook.py ERROR-PLAYBOOK.tsv OUT.c"""
import sys

COLUMNS = ["code", "title", "family", "class", "action", "scope", "resend", "explanation", "remedy"]
CLASSES = {"info": "INFO", "retry_backoff": "RETRY_BACKOFF", "retry_after_throttle": "THROTTLE",
           "hold_config": "HOLD_CONFIG", "permanent_recipient": "RECIPIENT", "permanent_content": "CONTENT",
           "opt_out": "OPT_OUT", "carrier_filtered": "FILTERED", "account_action": "ACCOUNT",
           "registration_action": "REGISTRATION", "client_bug": "CLIENT_BUG", "webhook_problem": "WEBHOOK"}
ACTIONS = ["note", "end", "retry", "throttle", "next_day", "window", "hold", "suppress", "fix", "doubt"]
SCOPES = ["request", "recipient", "content", "sender", "program", "program_carrier", "brand_carrier", "account",
          "country", "webhook", "provider"]
RESENDABLE = {"throttle", "next_day", "window", "hold", "retry"}
EXPLAINED_MIN, WORDS_MAX = 250, 600


def fail(row, why):
    raise SystemExit(f"error-playbook.tsv, code {row.get('code')}: {why}")


def check(row, previous):
    if not row["code"].isdigit() or int(row["code"]) <= previous:
        fail(row, "codes must be numbers, ascending, each once")
    for column, allowed in (("class", CLASSES), ("action", ACTIONS), ("scope", SCOPES), ("resend", ("yes", "no"))):
        if row[column] not in allowed:
            fail(row, f"{column} is {row[column]!r}; allowed: {', '.join(allowed)}")
    if not row["title"] or not row["family"]:
        fail(row, "title or family is empty")
    if (row["class"] == "opt_out") != (row["action"] == "suppress"):
        fail(row, "an opt-out is suppressed, and nothing else is")
    if row["resend"] == "yes" and row["action"] not in RESENDABLE:
        fail(row, "resend makes no sense with this action")
    if bool(row["explanation"]) != bool(row["remedy"]):
        fail(row, "explanation and remedy go together")
    for column in ("title", "explanation", "remedy"):
        text = row[column]
        if text != text.strip() or "  " in text or len(text.encode()) > WORDS_MAX:
            fail(row, f"{column} has stray spaces or is too long")
    if row["explanation"] and not (row["explanation"].endswith((".", ")")) and row["remedy"].endswith(".")):
        fail(row, "explanation and remedy are sentences")


def read(path):
    rows, previous, header = [], -1, None
    for line in open(path, encoding="utf-8"):
        if line.startswith("#"):
            continue
        fields = line.rstrip("\n").split("\t")
        if header is None:
            header = fields
            assert header == COLUMNS, header
            continue
        if len(fields) != len(COLUMNS):
            raise SystemExit(f"error-playbook.tsv: {len(fields)} columns: {line[:60]!r}")
        row = dict(zip(COLUMNS, fields))
        check(row, previous)
        previous = int(row["code"])
        rows.append(row)
    explained = sum(1 for row in rows if row["explanation"])
    if explained < EXPLAINED_MIN:
        raise SystemExit(f"error-playbook.tsv: only {explained} codes are explained, {EXPLAINED_MIN} are needed")
    return rows


def quoted(text):
    """A C string of the UTF-8 bytes; octal escapes cannot run into what follows."""
    return '"' + "".join(chr(b) if 32 <= b < 127 and b not in (34, 92, 63) else f"\\{b:03o}"
                         for b in text.encode()) + '"'


def line(row):
    return (f"    {{{row['code']}, PLAYBOOK_CLASS_{CLASSES[row['class']]}, PLAYBOOK_{row['action'].upper()},\n"
            f"     PLAYBOOK_SCOPE_{row['scope'].upper()}, {'true' if row['resend'] == 'yes' else 'false'},\n"
            f"     {quoted(row['title'])},\n     {quoted(row['family'])},\n"
            f"     {quoted(row['explanation'])},\n     {quoted(row['remedy'])}}},\n")


rows = read(sys.argv[1])
with open(sys.argv[2], "w", encoding="ascii") as out:
    out.write("/* Made by script/tables/playbook.py from data/error-playbook.tsv. */\n"
              '#include "rules/playbook_table.h"\n\nconst struct playbook_entry playbook_table[] = {\n')
    out.writelines(line(row) for row in rows)
    out.write(f"}};\nconst size_t playbook_table_count = {len(rows)};\n")
