"""`python -m benchmarks NAME [--check] [--json] [--full]`: run one benchmark and show it beside its
bars. On 2 idle cores one fits 15 minutes; `--full` is more of it, where there is more, and longer.

Times are told in yardsticks, a fixed piece of work that is timed before and after (`_yardstick`),
and bars on times and speeds are as the yardstick has them: a busy or slower machine misses none by
that.

Exit codes: 0 done; 1 with --check when a figure misses its bar; 2 for an unknown name.
"""

from __future__ import annotations

import argparse
import importlib
import inspect
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
from benchmarks._yardstick import in_yardsticks, with_fair_bar, yardstick_s

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


def measured(name: str, *, full: bool) -> tuple[list[Metric], float]:
    """What a benchmark found, its bars as the yardstick has them, and the yardstick's seconds;
    full: all of it, where its `run` has a longer form."""
    run = importlib.import_module(f"benchmarks.{name}").run
    before_s = yardstick_s()
    found: list[Metric] = run(full=full) if "full" in inspect.signature(run).parameters else run()
    took_s = (before_s + yardstick_s()) / 2
    return [with_fair_bar(metric, took_s) for metric in found], took_s


def _row(metric: Metric, baseline: dict[str, float] | None, took_s: float) -> dict[str, Any]:
    ratio = in_yardsticks(metric, took_s)
    return {
        **asdict(metric),
        "value": metric.value if math.isfinite(metric.value) else None,
        "yardsticks": ratio if ratio is not None and math.isfinite(ratio) else None,
        "passed": metric.passed,
        "baseline": None if baseline is None else baseline["value"],
        "tolerance_rel": None if baseline is None else baseline["tolerance_rel"],
        "drift": drift(metric, baseline),
    }


def _print_table(rows: list[dict[str, Any]]) -> None:
    sign = {"max": "≤ ", "min": "≥ ", "info": ""}
    table = [("metric", "value", "unit", "yardsticks", "bar", "", "baseline", "")]
    for row in rows:
        value = "none" if row["value"] is None else f"{row['value']:.4g}"
        bar = "" if row["bar"] is None else f"{sign[row['direction']]}{row['bar']:.4g}"
        verdict = "" if row["bar"] is None else ("ok" if row["passed"] else "MISSED")
        baseline = (
            ""
            if row["baseline"] is None
            else f"{row['baseline']:.4g} ± {100 * row['tolerance_rel']:.0f} %"
        )
        ratio = "" if row["yardsticks"] is None else f"{row['yardsticks']:.4g}"
        table.append((row["name"], value, row["unit"], ratio, bar, verdict, baseline, row["drift"]))
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
    parser.add_argument("--full", action="store_true", help="the longer form, where there is one")
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
    metrics, took_s = measured(arguments.name, full=arguments.full)
    seconds = time.perf_counter() - started_s
    baseline = load_baseline(arguments.name)
    rows = [_row(metric, baseline.get(metric.name), took_s) for metric in metrics]
    missed = [row["name"] for row in rows if not row["passed"]]
    if arguments.json:
        print(
            json.dumps(
                {
                    "benchmark": arguments.name,
                    "seconds": round(seconds, 2),
                    "yardstick_s": round(took_s, 4),
                    "metrics": rows,
                    "missed": missed,
                }
            )
        )
    else:
        _print_table(rows)
        print(
            f"{arguments.name}: {seconds:.1f} s (a yardstick takes {took_s:.3f} s here), "
            f"{len(missed)} of {len(rows)} missed their bar"
        )
    if arguments.write_baseline:
        print(f"baseline written: {write_baseline(arguments.name, metrics)}", file=sys.stderr)
    return 1 if arguments.check and missed else 0


if __name__ == "__main__":
    sys.exit(main())
