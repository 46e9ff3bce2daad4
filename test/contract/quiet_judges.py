#!/usr/bin/env python3
"""quiet_judges: both judges of lawful hours over the same cases. usage: quiet_judges.py DUMP DATA_DIR COUNT SEED"""
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

HERE = Path(__file__).resolve().parent


def main(dump, data, count, seed):
    with tempfile.TemporaryDirectory() as where:
        cases = Path(where) / "cases"
        codes = [subprocess.run([sys.executable, HERE / "quiet_zoneinfo.py", dump, data, count, seed, cases], check=False).returncode]
        sys.stdout.flush()
        node = shutil.which("node")
        if node:
            codes.append(subprocess.run([node, HERE / "quiet_intl.js", cases, data], check=False).returncode)
    return 1 if any(codes) or not node else 0


sys.exit(main(*sys.argv[1:]))
