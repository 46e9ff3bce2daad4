"""Prints coverage by room from gcovr's JSON summary; the last line is the whole. Exits 1 below the least."""
import collections
import json
import sys

report, least = json.load(open(sys.argv[1], encoding="utf-8")), float(sys.argv[2])
rooms = collections.defaultdict(lambda: [0, 0])
for file in report["files"]:
    room = "/".join(file["filename"].split("/")[:2])
    rooms[room][0] += file["line_covered"]
    rooms[room][1] += file["line_total"]
for room, (covered, total) in sorted(rooms.items()):
    print(f"  {room:16} {100 * covered / total:5.1f}%  {covered} of {total} lines")
worst = sorted(report["files"], key=lambda f: f["line_covered"] - f["line_total"])[:10]
print("  most uncovered: " + ", ".join(f"{f['filename'][4:]} ({f['line_total'] - f['line_covered']})" for f in worst))
covered, total = (sum(r[i] for r in rooms.values()) for i in (0, 1))
print(f"  overall          {100 * covered / total:5.1f}%  {covered} of {total} lines; at least {least:.0f}% are wanted")
sys.exit(100 * covered < least * total)
