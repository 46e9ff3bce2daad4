#!/usr/bin/env python3
"""Writes the C tables of rules/revocation from data/revocation-phrases.tsv.  usage: revocation.py PHRASES OUT.c

A pattern becomes a small program over words (see struct revocation_step). What cannot be read, a set that is not
known and a pattern that stands before already fail the build."""
import re
import sys

MEANS = {"keep": "REVOCATION_NONE", "revoke": "REVOCATION_STOP", "wrong": "REVOCATION_WRONG_NUMBER"}
TIMES = {"?": (0, 1), "*": (0, 6), "+": (1, 6)}
WORD_BYTES_MAX = 31


class Table:
    def __init__(self):
        self.words, self.sets, self.steps = {}, {}, []

    def word(self, text):
        if re.search(r"[A-Z\u00c0-\u00ff]", text) or len(text.encode()) > WORD_BYTES_MAX or not re.fullmatch(r"\w+", text):
            raise SystemExit(f"revocation-phrases.tsv: a word must be folded and short: {text!r}")
        return self.words.setdefault(text, len(self.words) + 1)

    def set_of(self, words):
        key = frozenset(self.word(w) for w in words)
        return self.sets.setdefault(key, len(self.sets))


def tokens(text):
    found = re.findall(r"!\(|[()|?*+<>]|\.\.\.|\.|@\w+|\w+|\S", text)
    for token in found:
        if not re.fullmatch(r"!\(|[()|?*+<>.]|\.\.\.|@\w+|\w+", token):
            raise SystemExit(f"revocation-phrases.tsv: {token!r} means nothing in {text!r}")
    return found


def parse_sequence(stream, named):
    sequence = []
    while stream and stream[0] not in ("|", ")"):
        token = stream.pop(0)
        if token in TIMES:
            sequence.append(("times", sequence.pop(), *TIMES[token]))
        elif token in ("(", "!("):
            choice = parse_choice(stream, named)
            sequence.append(("not", choice) if token == "!(" else choice)
        elif token == "...":
            sequence.append(("times", ("any",), 0, 3))
        elif token in ".<>":
            sequence.append(({".": "any", "<": "opens", ">": "closes"}[token],))
        elif token.startswith("@"):
            if token not in named:
                raise SystemExit(f"revocation-phrases.tsv: there is no set {token}")
            sequence.append(("set", named[token]))
        else:
            sequence.append(("set", [token]))
    return ("sequence", sequence)


def parse_choice(stream, named):
    choices, words = [], []
    while True:
        sequence = parse_sequence(stream, named)
        inner = sequence[1]
        if len(inner) == 1 and inner[0][0] == "set":
            words += inner[0][1]
        else:
            choices.append(sequence)
        if not stream:
            raise SystemExit("revocation-phrases.tsv: a parenthesis is not closed")
        if stream.pop(0) == ")":
            break
    return ("choice", ([("set", words)] if words else []) + choices)


def emit(table, node):
    """The node's steps; a jump is relative to the step after it."""
    kind = node[0]
    if kind == "sequence":
        return [step for part in node[1] for step in emit(table, part)]
    if kind == "set":
        return [("STEP_SET", table.set_of(node[1]))]
    if kind in ("any", "opens", "closes"):
        return [("STEP_" + kind.upper(), 0)]
    if kind == "not":
        inner = emit(table, node[1]) + [("STEP_MATCH", 0)]
        return [("STEP_NOT", len(inner))] + inner
    if kind == "times":
        inner, out = emit(table, node[1]), []
        for _ in range(node[3] - node[2]):
            out = [("STEP_TRY", len(inner) + len(out))] + inner + out
        return inner * node[2] + out
    first, *rest = [emit(table, choice) for choice in node[1]]
    if not rest:
        return first
    others = emit_choices(rest)
    return [("STEP_TRY", len(first) + 1)] + first + [("STEP_JUMP", len(others))] + others


def emit_choices(parts):
    first, *rest = parts
    if not rest:
        return first
    others = emit_choices(rest)
    return [("STEP_TRY", len(first) + 1)] + first + [("STEP_JUMP", len(others))] + others


def begins(table, node):
    """The ids of the words that what the node matches may begin with (None: any), and whether it matches no words."""
    kind = node[0]
    if kind == "set":
        return {table.word(w) for w in node[1]}, False
    if kind == "any":
        return None, False
    if kind in ("opens", "closes", "not"):
        return set(), True
    if kind == "times":
        ids, empty = begins(table, node[1])
        return ids, empty or node[2] == 0
    ids, passed = set(), kind == "sequence"
    for part in node[1]:
        more, empty = begins(table, part)
        ids = None if ids is None or more is None else ids | more
        if kind == "sequence" and not empty:
            return ids, False
        passed = passed or (kind == "choice" and empty)
    return ids, passed


def read(path):
    table, named, joins, rules, seen = Table(), {}, [], [], {}
    for line in open(path, encoding="utf-8"):
        if line.startswith(("#", "means\t")):
            continue
        means, language, *fields = line.rstrip("\n").split("\t")
        if means == "set":
            if fields[0] in named:
                raise SystemExit(f"revocation-phrases.tsv: {fields[0]} is there twice")
            named[fields[0]] = fields[1].split()
        elif means == "join":
            first, *second = fields[1].split()
            if second:
                joins.append((table.word(first), table.word(*second), table.word(fields[0])))
            else:
                table.words[first] = table.word(fields[0])
        elif means in MEANS:
            stream = tokens(fields[0])
            tree = parse_sequence(stream, named)
            if stream:
                raise SystemExit(f"revocation-phrases.tsv: stray {stream[0]!r} in {fields[0]!r}")
            rules.append((means, language, fields[0], begins(table, tree)[0], emit(table, tree) + [("STEP_MATCH", 0)]))
            if other := seen.get(str(rules[-1][4])):
                raise SystemExit(f"revocation-phrases.tsv: {fields[0]!r} is never reached: {other!r} stands before it")
            seen[str(rules[-1][4])] = fields[0]
        else:
            raise SystemExit(f"revocation-phrases.tsv: {means!r} is none of join, set, {', '.join(MEANS)}")
    return table, joins, rules


def write_starts(table, rules, out):
    """For each word's id the rules that may begin with it, in their order; for 0 those that begin with any word."""
    starts, first = [], []
    for word in range(len(table.words) + 1):
        first.append(len(starts))
        starts += [i for i, rule in enumerate(rules) if rule[3] is None or word in rule[3]]
    first.append(len(starts))
    assert len(starts) < 65536
    out.write("\nconst uint16_t revocation_starts[] = {" + ", ".join(map(str, starts)) + "};\n"
              "const uint16_t revocation_starts_first[] = {" + ", ".join(map(str, first)) + "};\n")


def main(path, out_path):
    table, joins, rules = read(path)
    with open(out_path, "w", encoding="utf-8") as out:
        out.write('/* Made by script/tables/revocation.py from data/revocation-phrases.tsv. */\n'
                  '#include "rules/revocation_tables.h"\n\n'
                  "const struct revocation_word revocation_words[] = {\n")
        for word in sorted(table.words, key=lambda w: w.encode()):
            out.write(f'    {{"{word}", {table.words[word]}}},\n')
        out.write(f"}};\nconst size_t revocation_words_count = {len(table.words)};\n\n")
        out.write("const struct revocation_join revocation_joins[] = {\n")
        for first, second, joined in joins:
            out.write(f"    {{{first}, {second}, {joined}}},\n")
        out.write(f"}};\nconst size_t revocation_joins_count = {len(joins)};\n\n")
        size = (len(table.words) + 8) // 8
        out.write(f"const size_t revocation_set_bytes = {size};\nconst uint8_t revocation_sets[] = {{\n")
        for members in table.sets:
            bits = bytearray(size)
            for member in members:
                bits[member // 8] |= 1 << member % 8
            out.write("    " + ", ".join(map(str, bits)) + ",\n")
        out.write("};\n\nconst struct revocation_step revocation_steps[] = {\n")
        for *_, steps in rules:
            out.write("    " + ", ".join(f"{{{kind}, {value}}}" for kind, value in steps) + ",\n")
        out.write("};\n\nconst struct revocation_rule revocation_rules[] = {\n")
        at = 0
        for means, language, pattern, _, steps in rules:
            out.write(f'    {{{MEANS[means]}, "{language}", "{pattern}", {at}}},\n')
            at += len(steps)
        out.write("};\n")
        assert at < 65536
        write_starts(table, rules, out)


main(*sys.argv[1:])
