"""The scoreboard: one page of what the checks measured, as Markdown for people and JSON for scripts.

A row is a figure of one check: goal, figure, target, pass, seed, the command that repeats it, by how much it is
scaled down, and when, where and on what commit it was measured. A run of everything writes the page anew; a run of
one check replaces that check's rows and leaves the others, which still say on which commit they were measured.
"""
import json

BUSY = 0.15  # others' share of the machine from which wall times and rates deserve a warning


def write(directory, rows, keep):
    directory.mkdir(exist_ok=True)
    path = directory / "scoreboard.json"
    if keep and path.is_file():
        fresh = {row["check"] for row in rows}
        rows = [row for row in json.loads(path.read_text(encoding="utf-8")) if row["check"] not in fresh] + rows
    path.write_text(json.dumps(rows, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    (directory / "scoreboard.md").write_text(markdown(rows), encoding="utf-8")


def cell(text):
    return str(text).replace("|", "\\|").replace("\n", " ") or "–"


def note(row):
    parts = [row["scale"]] if row["scale"] else []
    if row["bystanders"] >= BUSY:
        parts.append(f"busy machine: others took {100 * row['bystanders']:.0f} % of it")
    return "; ".join(parts)


def markdown(rows):
    red = sum(1 for row in rows if not row["pass"])
    lines = ["# Scoreboard", "", f"{len(rows) - red} of {len(rows)} goals met. Written by `script/check`.", "",
             "| | check | goal | figure | target | seed | repeat with | note | tier, commit, date |",
             "|---|---|---|---|---|---|---|---|---|"]
    for row in rows:
        when = f"{row['tier']}, {row['commit']}, {row['date']}"
        lines.append("| " + " | ".join([
            "✓" if row["pass"] else "**FAILED**", cell(row["check"]), cell(row["goal"]), cell(row["figure"]),
            cell(row["target"]), cell(row["seed"]), f"`{cell(row['command'])}`", cell(note(row)), when]) + " |")
    machines = sorted({row["machine"] for row in rows})
    return "\n".join(lines + ["", "Machine: " + "; ".join(machines) + "."]) + "\n"


def summary(rows):
    lines = []
    for row in rows:
        mark = "ok    " if row["pass"] else "FAILED"
        seed = f" [seed {row['seed']}]" if row["seed"] else ""
        remark = f" ({note(row)})" if note(row) else ""
        lines.append(f"  {mark} {row['check']:10} {row['goal']}: {row['figure']}, wanted {row['target']}{seed}{remark}")
    return "\n".join(lines)
