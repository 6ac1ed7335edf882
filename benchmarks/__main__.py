"""`python -m benchmarks NAME [--check] [--json]`: run one benchmark and show it beside its bars.

Exit codes: 0 done; 1 with --check when a figure misses its bar; 2 for an unknown name.
"""

from __future__ import annotations

import argparse
import importlib
import json
import math
import pkgutil
import sys
import time
from dataclasses import asdict
from pathlib import Path
from typing import Any

import benchmarks
from benchmarks import Metric

BASELINE_DIR = Path(__file__).parent / "baseline"
DEFAULT_TOLERANCE_REL = 0.25


def names() -> list[str]:
    """The benchmarks that exist: modules and packages of this folder that are not private."""
    found = (module.name for module in pkgutil.iter_modules(benchmarks.__path__))
    return sorted(name for name in found if not name.startswith("_"))


def load_baseline(name: str) -> dict[str, dict[str, float]]:
    """Metric name -> {"value", "tolerance_rel"} of the committed baseline; empty where none is."""
    path = BASELINE_DIR / f"{name}.json"
    if not path.is_file():
        return {}
    metrics: dict[str, dict[str, float]] = json.loads(path.read_text(encoding="utf-8"))["metrics"]
    return metrics


def write_baseline(name: str, metrics: list[Metric]) -> Path:
    """Store the figures as the new baseline, keeping the tolerances that the old one states. Times
    and speeds are left out: they are another machine's."""
    old = load_baseline(name)
    content = {
        "metrics": {
            metric.name: {
                "value": float(f"{metric.value:.4g}"),
                "tolerance_rel": old.get(metric.name, {}).get(
                    "tolerance_rel", DEFAULT_TOLERANCE_REL
                ),
            }
            for metric in metrics
            if math.isfinite(metric.value) and not _is_of_the_machine(metric)
        }
    }
    BASELINE_DIR.mkdir(exist_ok=True)
    path = BASELINE_DIR / f"{name}.json"
    path.write_text(json.dumps(content, indent=2) + "\n", encoding="utf-8")
    return path


def _is_of_the_machine(metric: Metric) -> bool:
    is_time = metric.unit in ("s", "ms") or "s" in metric.unit.split("/")
    return is_time or metric.name.replace("_", " ") == "load average"


def drift(metric: Metric, baseline: dict[str, float] | None) -> str:
    """'same', 'better', 'worse' or 'moved' (no direction) against the baseline; '' without one."""
    if baseline is None:
        return ""
    allowed = abs(baseline["value"]) * baseline["tolerance_rel"]
    if abs(metric.value - baseline["value"]) <= allowed:
        return "same"
    if metric.direction == "info":
        return "moved"
    return (
        "better" if (metric.value < baseline["value"]) == (metric.direction == "max") else "worse"
    )


def _row(metric: Metric, baseline: dict[str, float] | None) -> dict[str, Any]:
    return {
        **asdict(metric),
        "value": metric.value if math.isfinite(metric.value) else None,
        "passed": metric.passed,
        "baseline": None if baseline is None else baseline["value"],
        "tolerance_rel": None if baseline is None else baseline["tolerance_rel"],
        "drift": drift(metric, baseline),
    }


def _print_table(rows: list[dict[str, Any]]) -> None:
    sign = {"max": "≤ ", "min": "≥ ", "info": ""}
    table = [("metric", "value", "unit", "bar", "", "baseline", "")]
    for row in rows:
        value = "none" if row["value"] is None else f"{row['value']:.4g}"
        bar = "" if row["bar"] is None else f"{sign[row['direction']]}{row['bar']:.4g}"
        verdict = "" if row["bar"] is None else ("ok" if row["passed"] else "MISSED")
        baseline = (
            ""
            if row["baseline"] is None
            else f"{row['baseline']:.4g} ± {100 * row['tolerance_rel']:.0f} %"
        )
        table.append((row["name"], value, row["unit"], bar, verdict, baseline, row["drift"]))
    widths = [max(len(line[column]) for line in table) for column in range(len(table[0]))]
    for line in table:
        print(
            "  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip()
        )


def main(argv: list[str] | None = None) -> int:
    """Run one benchmark; returns the exit code."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks", description="Run one benchmark and show it beside its bars."
    )
    parser.add_argument("name", metavar="NAME", help=f"one of: {', '.join(names()) or '(none)'}")
    parser.add_argument("--check", action="store_true", help="exit 1 when a bar is missed")
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    parser.add_argument("--write-baseline", action="store_true", help="store these figures")
    arguments = parser.parse_args(argv)
    if arguments.name not in names():
        print(
            f"unknown benchmark {arguments.name!r}; there is: {', '.join(names()) or '(none)'}",
            file=sys.stderr,
        )
        return 2

    started_s = time.perf_counter()
    metrics: list[Metric] = importlib.import_module(f"benchmarks.{arguments.name}").run()
    seconds = time.perf_counter() - started_s
    baseline = load_baseline(arguments.name)
    rows = [_row(metric, baseline.get(metric.name)) for metric in metrics]
    missed = [row["name"] for row in rows if not row["passed"]]
    if arguments.json:
        print(
            json.dumps(
                {
                    "benchmark": arguments.name,
                    "seconds": round(seconds, 2),
                    "metrics": rows,
                    "missed": missed,
                }
            )
        )
    else:
        _print_table(rows)
        print(f"{arguments.name}: {seconds:.1f} s, {len(missed)} of {len(rows)} missed their bar")
    if arguments.write_baseline:
        print(f"baseline written: {write_baseline(arguments.name, metrics)}", file=sys.stderr)
    return 1 if arguments.check and missed else 0


if __name__ == "__main__":
    sys.exit(main())
