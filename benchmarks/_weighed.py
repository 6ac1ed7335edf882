"""A command's cost: `python -m benchmarks._weighed FILE COMMAND...` runs it and writes processor
seconds and peak memory of its process as JSON.

The system counts what a process had in memory before it became a program to that program's peak, so
a large benchmark must not start what it weighs; this is small.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from pathlib import Path


def main(out: str, *command: str) -> int:
    """Runs the command, which gets the SIGTERM that this process gets; its exit code."""
    process = subprocess.Popen(command)
    signal.signal(signal.SIGTERM, lambda *_: process.terminate())
    _, status, usage = os.wait4(process.pid, 0)
    peak_mb = usage.ru_maxrss * 1024 / 1e6
    cost = {"cpu_s": usage.ru_utime + usage.ru_stime, "peak_mb": peak_mb}
    Path(out).write_text(json.dumps(cost), encoding="ascii")
    return os.waitstatus_to_exitcode(status)


if __name__ == "__main__":
    code = main(*sys.argv[1:])
    sys.exit(code if code >= 0 else 128 - code)
