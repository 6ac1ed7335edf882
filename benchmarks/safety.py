"""What strangers' files and sudden ends do: damaged inputs into every reader, hostile maps through
every command, kills and writers at once.

`WORLDMAP_FUZZ_INPUTS` (20,500 by default) says how many inputs; they are the same ones each time.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections import Counter
from pathlib import Path

from benchmarks import Metric, metric

ROOT = Path(__file__).resolve().parents[1]
TESTS = ROOT / "tests"
SEED = 13
INPUTS = 20_500  # a little more than the bar: the readers' shares are rounded
HOSTILE_MAPS = "elsewhere or leads_to or besides or another_maps or no_file_of or circle"


def run() -> list[Metric]:
    """Damaged inputs first, then what the tests do to whole maps."""
    return [*_inputs(), *_hostile_maps(), *_sudden_ends()]


def _inputs() -> list[Metric]:
    from tests.fuzz import loop

    total = int(os.environ.get("WORLDMAP_FUZZ_INPUTS") or INPUTS)
    tally = loop.run(loop.spread(total), SEED)
    for finding in tally.findings:
        print(f"{finding.kind}: {finding.reader}: {finding.what}", file=sys.stderr)
    kinds = Counter(finding.kind for finding in tally.findings)
    return [
        metric("inputs tried", "files", sum(tally.inputs.values()), 20_000, "min"),
        metric("readers", "kinds", len(tally.inputs)),
        metric("escapes", "files", kinds["escape"], 0),
        metric("hangs", "files", kinds["hang"], 0),
        metric("aborts", "files", kinds["abort"], 0),
        metric("peak memory per input", "MiB", tally.peak_mib, 2048),
        metric("slowest input", "s", tally.slowest_s),
    ]


def _hostile_maps() -> list[Metric]:
    """Each test is one map and one command, and compares what lies outside the map."""
    passed, others = _outcomes("mapfolder/test_mapfolder.py", "-k", HOSTILE_MAPS)
    return [
        metric("hostile maps", "maps", passed + others, 30, "min"),
        metric("hostile maps with a file outside touched", "maps", others, 0),
    ]


def _sudden_ends() -> list[Metric]:
    from tests.pipeline.test_crash import KILLS

    kills = 2 * KILLS  # of ingest, and of merge
    survived, _ = _outcomes("pipeline/test_crash.py", "-k", "random_moments")
    _, lost = _outcomes("pipeline/test_crash.py", "-k", "at_once")
    return [
        metric("effective kills", "kills", kills, 40, "min"),
        metric("kills that end in the same map", "kills", kills if survived else 0, kills, "min"),
        metric("pairs of writers that lost something", "pairs", lost, 0),
    ]


def _outcomes(file: str, *options: str) -> tuple[int, int]:
    """How many of these tests passed, and how many did not."""
    command = [sys.executable, "-m", "pytest", "-q", "-rA", str(TESTS / file), *options]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    found = Counter(re.findall(r"^(PASSED|FAILED|ERROR) ", done.stdout, flags=re.MULTILINE))
    if not found:
        raise RuntimeError(f"no test of {file} was run: {done.stdout[-500:]}{done.stderr[-500:]}")
    return found["PASSED"], found["FAILED"] + found["ERROR"]
