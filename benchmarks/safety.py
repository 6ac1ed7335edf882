"""What strangers' files and sudden ends do: damaged inputs into every reader, hostile maps through
every command, kills, lost connections, full disks and writers at once.

`WORLDMAP_FUZZ_INPUTS` (20,500 by default) says how many inputs; they are the same ones each time.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from xml.etree import ElementTree

from benchmarks import Metric, metric

ROOT = Path(__file__).resolve().parents[1]
TESTS = ROOT / "tests"
SEED = 13
INPUTS = 20_500  # a little more than the bar: the readers' shares are rounded
KILLS = 6
"""Of each command in a series of its own, and of two at random moments."""
HOSTILE_MAPS = "elsewhere or leads_to or besides or another_maps or no_file_of or circle"


def run() -> list[Metric]:
    """Damaged inputs, and beside them what the tests do to whole maps."""
    with ThreadPoolExecutor(1) as beside:
        maps = beside.submit(lambda: [*_hostile_maps(), *_sudden_ends()])
        return [*_inputs(), *maps.result()]


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
    found = _outcomes("mapfolder/test_mapfolder.py", "-k", HOSTILE_MAPS)
    return [
        metric("hostile maps", "maps", found.passed + found.failed, 30, "min"),
        metric("hostile maps with a file outside touched", "maps", found.failed, 0),
    ]


def _sudden_ends() -> list[Metric]:
    """A test records how many kills it made only once all have ended in the same map."""
    killed = _outcomes("pipeline/test_crash.py", "-k", "random_moments", WORLDMAP_KILLS=str(KILLS))
    killed += _outcomes("pipeline/test_killed.py", WORLDMAP_KILLS=str(KILLS))
    lost = _outcomes("catalog/test_lost_connection.py", WORLDMAP_KILLS=str(KILLS))
    full = _outcomes("cli/test_disk.py", "-k", "in_the_middle", WORLDMAP_FULL_DISKS="all")
    writers = _outcomes("pipeline/test_crash.py", "-k", "at_once")
    writers += _outcomes("catalog/test_writers.py")
    return [
        metric("kills that end in the same map", "kills", killed.counts["kills"], 40, "min"),
        metric("series with a kill that does not", "series", killed.failed, 0),
        metric("lost connections that the same command goes on from", "times",
               lost.counts["lost connections"]),
        metric("series with one that it does not go on from", "series", lost.failed, 0),
        metric("full disks that the same command goes on from", "times",
               full.counts["full disks"]),
        metric("series with one that leaves a damaged map", "series", full.failed, 0),
        metric("tests of writers at once", "tests", writers.passed + writers.failed, 2, "min"),
        metric("tests of writers that lost something", "tests", writers.failed, 0),
    ]  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class _Outcomes:
    """How many tests passed, how many did not, and the sums of what they recorded."""

    passed: int
    failed: int
    counts: Counter[str]

    def __add__(self, other: _Outcomes) -> _Outcomes:
        return _Outcomes(
            passed=self.passed + other.passed,
            failed=self.failed + other.failed,
            counts=self.counts + other.counts,
        )


def _outcomes(file: str, *options: str, **variables: str) -> _Outcomes:
    with tempfile.TemporaryDirectory() as folder:
        told = Path(folder, "told.xml")
        command = [
            *(sys.executable, "-m", "pytest", "-q", "-m", "", "-p", "no:cacheprovider"),
            # The family that keeps what tests record.
            *("-o", "junit_family=xunit1", f"--junit-xml={told}", str(TESTS / file), *options),
        ]  # fmt: skip
        environment = {**os.environ, **variables}
        done = subprocess.run(
            command, cwd=ROOT, capture_output=True, text=True, check=False, env=environment
        )
        cases = list(ElementTree.parse(told).iter("testcase")) if told.exists() else []
    if not cases:
        raise RuntimeError(f"no test of {file} was run: {done.stdout[-500:]}{done.stderr[-500:]}")
    failed = [c for c in cases if c.find("failure") is not None or c.find("error") is not None]
    skipped = [c for c in cases if c.find("skipped") is not None]
    for case in (*failed, *skipped):
        print(f"{case.get('name')}: {case[0].get('message')}", file=sys.stderr)
    counts: Counter[str] = Counter()
    for found in (p for case in cases for p in case.iter("property")):
        counts[found.get("name", "")] += int(found.get("value", "0"))
    return _Outcomes(
        passed=len(cases) - len(failed) - len(skipped), failed=len(failed), counts=counts
    )
