#!/usr/bin/env python3
"""Writes the C table of rules/tier from data/carrier-throughput.tsv.

usage: throughput.py CARRIER-THROUGHPUT.tsv OUT.c

Every row must be understood: it is used, or passed over for a reason given here. A row that is neither
stops the build, so that an edit of the data cannot be lost silently."""
import csv
import json
import re
import sys

COLUMNS = ["carrier", "brand_type_or_use_case", "trust_score", "message_class", "limit", "unit", "scope",
           "source_date", "notes"]
CARRIERS = {"AT&T": "CARRIER_ATT", "T-Mobile": "CARRIER_TMOBILE", "Verizon": "CARRIER_VERIZON",
            "US Cellular": "CARRIER_USCC", "Other small US carriers": "CARRIER_OTHER_US",
            "Canada": "CARRIER_CANADA", "Other countries": "CARRIER_FOREIGN"}
# what the row is about -> kind, in order
KINDS = [
    (r"Standard brand, declared use case$", "DECLARED"), (r"Standard brand, mixed or marketing$", "MIXED"),
    (r"Low Volume Mixed campaign", "LOW_VOLUME_CAMPAIGN"), (r"Sole Proprietor", "SOLE_PROPRIETOR"),
    (r"Political", "POLITICAL"), (r"Charity", "CHARITY"), (r"Social", "SOCIAL"), (r"Emergency", "EMERGENCY"),
    (r"Proxy", "PROXY"), (r"Agents", "AGENTS"), (r"Russell 3000", "RUSSELL_3000"),
    (r"Low-Volume Standard brand", "LOW_VOLUME_BRAND"),
    (r"Standard brand, declared, mixed or marketing", "STANDARD"), (r"Standard brand$", "STANDARD"),
    (r"Any 10DLC", "ANY_10DLC"), (r"US or CA long code to Canada", "ABROAD"),
    (r"Number or alphanumeric sender", "ABROAD"), (r"Toll-free, verified", "TOLL_FREE"),
    (r"Short code$", "SHORT_CODE"), (r"New upgraded account", "NEW_ACCOUNT"),
]


def passed_over(row):
    if row["unit"].endswith("_mms"):
        return "MMS is not sent"
    if row["carrier"] == "Platform default":
        return "the operator's figures, in tier.c"
    if row["carrier"] == "All major US carriers":
        return "the sum of the three"
    if not re.fullmatch(r"[0-9.]+", row["limit"]):
        return "no figure"
    return None


def window(row):
    """amount and window in ms; a fraction of a second's worth becomes whole messages in a longer window."""
    limit = float(row["limit"])
    if row["unit"] == "tpm":
        return int(limit), "60000"
    if row["unit"] == "daily":
        return int(limit), "LIMIT_PACIFIC_DAY" if row["carrier"] == "T-Mobile" else "86400000"
    assert row["unit"] == "mps", row
    for seconds in (1, 2, 4, 8):
        if limit * seconds == int(limit * seconds):
            return int(limit * seconds), str(1000 * seconds)
    raise SystemExit(f"no whole number of messages: {row}")


def scope(row):
    words = row["scope"]
    if words.startswith("brand"):
        return "LIMIT_BRAND_CARRIER"
    if words == "campaign":
        return "LIMIT_PROGRAM_CARRIER"
    if words == "account":
        return "LIMIT_ACCOUNT"
    if words in ("number", "sender", "short code"):
        return "LIMIT_SENDER_CARRIER" if row["carrier"] in CARRIERS else "LIMIT_SENDER"
    raise SystemExit(f"scope not understood: {row}")


def scores(row):
    found = re.fullmatch(r"(\d+)-(\d+)", row["trust_score"])
    if found:
        return int(found[1]), int(found[2])
    assert row["trust_score"] in ("any", "none", "default", "vetting required"), row
    return -1, 100


def source(row):
    words = [row["carrier"], row["brand_type_or_use_case"]]
    if row["message_class"]:
        words.append("class " + row["message_class"])
    if scores(row)[0] >= 0:
        words.append("score " + row["trust_score"])
    return ", ".join(words) + f" ({row['source_date']})"


def convert(row):
    kind = next((k for pattern, k in KINDS if re.match(pattern, row["brand_type_or_use_case"])), None)
    if kind is None:
        raise SystemExit(f"row not understood: {row}")
    amount, window_ms = window(row)
    low, high = scores(row)
    assert amount >= 1 and low <= high, row
    published = "true" if "Twilio table" not in row["brand_type_or_use_case"] else "false"
    return (f"    {{THROUGHPUT_{kind}, {published}, {low}, {high},\n"
            f"     {{{scope(row)}, {CARRIERS.get(row['carrier'], 'CARRIER_ANY')}, {amount}, {window_ms}, "
            f"LIMIT_SEGMENTS,\n      {json.dumps(source(row), ensure_ascii=True)}}}}},")


def main():
    with open(sys.argv[1], encoding="ascii") as lines:
        table = csv.DictReader((l for l in lines if not l.startswith("#")), delimiter="\t", quoting=csv.QUOTE_NONE)
        rows = list(table)
    assert table.fieldnames == COLUMNS, table.fieldnames
    used = [convert(row) for row in rows if passed_over(row) is None]
    assert len(used) == len(set(used)), "a row stands twice"
    with open(sys.argv[2], "w", encoding="ascii") as out:
        out.write("/* Made by script/tables/throughput.py from data/carrier-throughput.tsv. */\n"
                  '#include "rules/throughput.h"\n\n'
                  "const struct throughput_row throughput_rows[] = {\n" + "\n".join(used) + "\n};\n"
                  f"const size_t throughput_rows_count = {len(used)};\n")


main()
