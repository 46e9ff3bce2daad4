"""coverage.py line|branch LEAST JSON PREFIX: what gcovr's summary says of the files under PREFIX, by room.

The last line is the whole. Ends with 1 below LEAST percent, or if there is no such file.
"""
import collections
import json
import sys

kind, least, report, prefix = sys.argv[1], float(sys.argv[2]), json.load(open(sys.argv[3], encoding="utf-8")), sys.argv[4]
words = {"line": "lines", "branch": "branches"}[kind]
files = [f for f in report["files"] if f["filename"].startswith(prefix)]
missing = {f["filename"]: f[f"{kind}_total"] - f[f"{kind}_covered"] for f in files}
rooms = collections.defaultdict(lambda: [0, 0])
for f in files:
    room = rooms["/".join(f["filename"].split("/")[:2])]
    room[0] += f[f"{kind}_covered"]
    room[1] += f[f"{kind}_total"]
for room, (covered, total) in sorted(rooms.items()):
    print(f"  {room:16} {100 * covered / max(total, 1):5.1f} %  {covered} of {total} {words}")
worst = sorted((name for name in missing if missing[name]), key=lambda name: -missing[name])[:10]
print("  most missing: " + (", ".join(f"{name[4:]} ({missing[name]})" for name in worst) or "nothing"))
covered, total = (sum(room[i] for room in rooms.values()) for i in (0, 1))
print(f"  {prefix:16} {100 * covered / max(total, 1):5.1f} %  {covered} of {total} {words}; at least {least:.0f} % are wanted")
sys.exit(total == 0 or 100 * covered < least * total)
