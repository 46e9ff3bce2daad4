"""The scoreboard: one page of what the checks measured, as Markdown for people and JSON for scripts.

A row is a figure of one check: goal, figure, target, pass, seed, the command that repeats it, by how much it is scaled
down, and when, where and on what commit it was measured. `pass` is null for what is told and not judged. A run of
everything replaces each check's rows as it ends, and writes the page anew at last; a run of one check its rows, one of
a part of it only the rows of the same names, and one that looks at less than the row says (`aside`) none. What stays
says on which commit it was measured.
"""
import json

BUSY = 0.15  # others' share of the machine from which wall times and rates deserve a warning


def merged(old, fresh, part):
    """The page's rows after a run of one check, or of a part of it. That a check died is known until all of it has run."""
    fresh = [row for row in fresh if not row.get("aside")]
    named = {(row["check"], row["name"]) for row in fresh}
    checks = {row["check"] for row in fresh}
    return [row for row in old
            if (row["check"], row["name"]) not in named and (part or row["check"] not in checks)] + fresh


def replace(path, text):
    """Writes the text beside the file, then in its place: a run that is broken off leaves the old page or the new one."""
    beside = path.with_suffix(path.suffix + ".new")
    beside.write_text(text, encoding="utf-8")
    beside.replace(path)


def write(directory, rows, keep, part=False):
    """keep: the page is not written anew; part: nor are all rows of the checks that ran."""
    directory.mkdir(exist_ok=True)
    path = directory / "scoreboard.json"
    if keep:
        old = json.loads(path.read_text(encoding="utf-8")) if path.is_file() else []
        rows = merged(old, rows, part)
    replace(path, json.dumps(rows, indent=1, ensure_ascii=False) + "\n")
    replace(directory / "scoreboard.md", markdown(rows))


def cell(text):
    return str(text).replace("|", "\\|").replace("\n", " ") or "–"


def note(row):
    parts = [row["scale"]] if row["scale"] else []
    if row["bystanders"] >= BUSY:
        parts.append(f"busy machine: others took {100 * row['bystanders']:.0f} % of it")
    return "; ".join(parts)


def count(rows):
    judged = [row for row in rows if row["pass"] is not None]
    told = len(rows) - len(judged)
    return (f"{sum(1 for row in judged if row['pass'])} of {len(judged)} goals met"
            + (f", {told} told and not judged" if told else ""))


MARKS = {True: "✓", False: "**FAILED**", None: "told"}
WORDS = {True: "ok    ", False: "FAILED", None: "told  "}


def markdown(rows):
    lines = ["# Scoreboard", "", f"{count(rows)}. Written by `script/check`.", "",
             "| | check | goal | figure | target | seed | repeat with | note | tier, commit, date |",
             "|---|---|---|---|---|---|---|---|---|"]
    for row in rows:
        when = f"{row['tier']}, {row['commit']}, {row['date']}"
        lines.append("| " + " | ".join([
            MARKS[row["pass"]], cell(row["check"]), cell(row["goal"]), cell(row["figure"]),
            cell(row["target"]), cell(row["seed"]), f"`{cell(row['command'])}`", cell(note(row)), when]) + " |")
    machines = sorted({row["machine"] for row in rows})
    return "\n".join(lines + ["", "Machine: " + "; ".join(machines) + "."]) + "\n"


def summary(rows):
    lines = []
    for row in rows:
        seed = f" [seed {row['seed']}]" if row["seed"] else ""
        remark = f" ({note(row)})" if note(row) else ""
        lines.append(f"  {WORDS[row['pass']]} {row['check']:10} {row['goal']}: {row['figure']}, wanted {row['target']}{seed}{remark}")
    return "\n".join(lines + [f"  {count(rows)}"])
