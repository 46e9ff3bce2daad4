#!/usr/bin/env python3
"""Writes the C tables of rules/content, after checking them.  usage: content.py RULES TERMS HOSTS LETTERS OUT.c

Terms become a tree of words (see content_tables.h); what is unknown, doubled or cannot be reached fails the build."""
import itertools
import re
import sys
import zlib

SEVERITIES = ("note", "ask", "block")
KINDS = ("shortener", "tld", "official")
LETTER_KINDS = ("latin", "foreign", "styled")
SIGNS = ("keep", "offer", "urgency", "known", "demand", "secret", "never", "opt_out")
WORD_BYTES_MAX, TERM_WORDS_MAX, STRONG = 31, 6, 10


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
        yield f"{path}:{number}", dict(zip(columns, fields))


def fnv(text):
    value = 2166136261
    for byte in text.encode():
        value = (value ^ byte) * 16777619 & 0xFFFFFFFF
    return value


def quoted(text):
    return '"' + "".join(chr(b) if 32 <= b < 127 and b not in (34, 92, 63) else f"\\{b:03o}"
                         for b in text.encode()) + '"'


def hashed(items, hash_of):
    """The items in open addressing, at most half full: (slots, mask)."""
    size = 16
    while size < 2 * len(items):
        size *= 2
    slots = [None] * size
    for key, value in items.items():
        at = hash_of(key) & size - 1
        while slots[at] is not None:
            at = at + 1 & size - 1
        slots[at] = (key, value)
    return slots, size - 1


def read_rules(path):
    rules = {}
    for where, row in rows(path, ["rule", "severity", "since", "title", "source", "fix"]):
        if not re.fullmatch("[a-z_]+", row["rule"]) or row["rule"] in rules or row["rule"] in SIGNS:
            raise SystemExit(f"{where}: {row['rule']!r} is no name, or there twice")
        if row["severity"] not in SEVERITIES or not re.fullmatch(r"\d{4}-\d\d-\d\d", row["since"]):
            raise SystemExit(f"{where}: severity is one of {', '.join(SEVERITIES)}, since a day")
        if not row["title"] or not row["source"] or not row["fix"].endswith("."):
            raise SystemExit(f"{where}: title and source are needed, and fix is a sentence")
        rules[row["rule"]] = row
    return rules


def read_hosts(path):
    hosts = {}
    for where, row in rows(path, ["kind", "host"]):
        if row["kind"] not in KINDS or not re.fullmatch(r"[a-z0-9.-]+", row["host"]):
            raise SystemExit(f"{where}: a kind ({', '.join(KINDS)}) and a host in lower case are needed")
        if row["host"] in hosts:
            raise SystemExit(f"{where}: {row['host']} is there twice")
        hosts[row["host"]] = row["kind"]
    return hosts


def read_letters(path):
    ranges, end = [], 0x7F
    for where, row in rows(path, ["kind", "first", "letters"]):
        first = int(row["first"], 16) if re.fullmatch("[0-9A-F]{4,6}", row["first"]) else 0
        if row["kind"] not in LETTER_KINDS or first <= end or not re.fullmatch("[a-z0-9.]+", row["letters"]):
            raise SystemExit(f"{where}: a kind, code points in order, and lower-case letters are needed")
        end = first + len(row["letters"]) - 1
        ranges.append((first, end, row["letters"], row["kind"]))
    return ranges


def phrases(where, term):
    """Every sequence of words that a term stands for."""
    choices = []
    for word in term.split(" "):
        missing = word.endswith("?")
        forms = word.rstrip("?").split("|")
        for form in forms:
            if not re.fullmatch("[a-z0-9]+|#", form) or len(form) > WORD_BYTES_MAX:
                raise SystemExit(f"{where}: a word is lower-case Latin letters and digits, or #: {form!r} in {term!r}")
        choices.append(forms + [""] if missing else forms)
    for words in itertools.product(*choices):
        yield tuple(word for word in words if word)


class Tree:
    def __init__(self):
        self.words, self.strong, self.nodes, self.edges = {}, set(), [[]], {}

    def add(self, where, words, term):
        if not 0 < len(words) <= TERM_WORDS_MAX:
            raise SystemExit(f"{where}: a term has 1 to {TERM_WORDS_MAX} words: {' '.join(words)!r}")
        node = 0
        for word in words:
            number = self.words.setdefault(word, len(self.words) + 1)
            if (node, number) not in self.edges:
                self.edges[node, number] = len(self.nodes)
                self.nodes.append([])
            node = self.edges[node, number]
        if any(term[0] == other[0] for other in self.nodes[node]):
            raise SystemExit(f"{where}: {' '.join(words)!r} is there twice for {term[0]}")
        self.nodes[node].append(term)
        if len(words) == 1 and term[0] not in SIGNS and term[2] >= STRONG:
            self.strong.add(words[0])


def read_terms(path, rules):
    tree = Tree()
    for where, row in rows(path, ["rule", "alone", "sold", "terms"]):
        if row["rule"] not in rules and row["rule"] not in SIGNS:
            raise SystemExit(f"{where}: there is no rule {row['rule']!r}")
        points = tuple(int(row[name]) if row[name].isdecimal() else -1 for name in ("alone", "sold"))
        if not 0 <= points[0] <= points[1] <= 10:
            raise SystemExit(f"{where}: points are 0 to 10, and selling makes nothing lighter")
        for words in sorted({w for term in row["terms"].split(", ") for w in phrases(where, term)}):
            tree.add(where, words, (row["rule"], *points))
    assert len(tree.nodes) < 65536 and len(tree.words) < 65536
    return tree


def number_of(name):
    return ("CONTENT_SIGN_" if name in SIGNS else "CONTENT_RULE_") + name.upper()


def write_rules(out, rules):
    out.write("const struct content_rule content_rules[CONTENT_RULES] = {\n")
    for name, row in rules.items():
        out.write(f"    [CONTENT_RULE_{name.upper()}] = {{{quoted(name)}, CONTENT_{row['severity'].upper()}, "
                  f"{quoted(row['since'])},\n     {quoted(row['title'])},\n     {quoted(row['source'])},\n"
                  f"     {quoted(row['fix'])}}},\n")
    out.write("};\n_Static_assert(CONTENT_RULES == %d, \"each rule has a row\");\n\n" % (len(rules) + 1))


def write_hosts(out, hosts):
    slots, mask = hashed(hosts, fnv)
    out.write("const struct content_host content_hosts[] = {\n")
    for slot in slots:
        name, kind = slot or ("", None)
        out.write(f"    {{{quoted(name)}, {'CONTENT_HOST_' + kind.upper() if kind else 0}}},\n")
    out.write(f"}};\nconst uint32_t content_hosts_mask = {mask};\n\n")


def write_letters(out, ranges):
    out.write("const struct content_letters content_letters[] = {\n")
    for first, last, letters, kind in ranges:
        out.write(f"    {{0x{first:X}, 0x{last:X}, CONTENT_LETTER_{kind.upper()}, {quoted(letters)}}},\n")
    out.write(f"}};\nconst size_t content_letters_count = {len(ranges)};\n\n")


def write_tree(out, tree):
    slots, mask = hashed(tree.words, fnv)
    out.write("const struct content_spelling content_spellings[] = {\n")
    for slot in slots:
        text, number = slot or ("", 0)
        out.write(f"    {{{quoted(text)}, {number}, {int(text in tree.strong)}}},\n")
    out.write(f"}};\nconst uint16_t content_any_number = {tree.words['#']};\n"
              f"const uint32_t content_spellings_mask = {mask};\n\nconst struct content_term content_terms[] = {{\n")
    at, nodes = 0, []
    for terms in tree.nodes:
        nodes.append((at, len(terms)))
        at += len(terms)
        for name, alone, sold in terms:
            out.write(f"    {{{number_of(name)}, {alone}, {sold}}},\n")
    out.write("};\nconst struct content_node content_nodes[] = {\n")
    out.writelines(f"    {{{first}, {count}}},\n" for first, count in nodes)
    edges = {node << 16 | word: child for (node, word), child in tree.edges.items()}
    slots, mask = hashed(edges, lambda key: key * 2654435769 % 2**32 >> 12)
    out.write("};\nconst struct content_edge content_edges[] = {\n")
    out.writelines("    {%d, %d},\n" % (slot or (0, 0)) for slot in slots)
    out.write(f"}};\nconst uint32_t content_edges_mask = {mask};\n\n")


def main(rules_path, terms_path, hosts_path, letters_path, out_path):
    version = 0
    for path in (rules_path, terms_path, hosts_path, letters_path):
        version = zlib.crc32(open(path, "rb").read(), version)
    rules = read_rules(rules_path)
    with open(out_path, "w", encoding="ascii") as out:
        out.write('/* Made by script/tables/content.py from data/. */\n#include "rules/content_tables.h"\n\n')
        write_rules(out, rules)
        write_hosts(out, read_hosts(hosts_path))
        write_letters(out, read_letters(letters_path))
        write_tree(out, read_terms(terms_path, rules))
        out.write(f"const uint32_t content_tables_version = {version};\n")


main(*sys.argv[1:])
