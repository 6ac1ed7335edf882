"""`python -m tests.fuzz [--inputs N] [--seed S] [--reader NAME] [--keep]`: a run of any length.

What was found is written to tests/fuzz/corpus with --keep: every later run begins with it.
Exit code 1 where anything was found.
"""

from __future__ import annotations

import argparse
import hashlib
import sys
import time

from tests.fuzz.loop import CORPUS, run, spread
from tests.fuzz.readers import READERS


def main() -> int:
    """Run, show, keep."""
    parser = argparse.ArgumentParser(prog="python -m tests.fuzz")
    parser.add_argument("--inputs", type=int, default=20_000)
    parser.add_argument("--seed", type=int, default=None, help="default: another one each time")
    parser.add_argument("--reader", choices=sorted(READERS), default=None)
    parser.add_argument("--keep", action="store_true", help="keep what was found")
    options = parser.parse_args()
    seed = int(time.time()) if options.seed is None else options.seed
    counts = {options.reader: options.inputs} if options.reader else spread(options.inputs)
    tally = run(counts, seed)
    for finding in tally.findings:
        print(f"{finding.kind}: {finding.reader}: {finding.what}")
        if options.keep:
            name = hashlib.sha256(finding.content).hexdigest()[:12]
            (CORPUS / f"{finding.reader}-{name}").write_bytes(finding.content)
    print(
        f"{sum(tally.inputs.values())} inputs with seed {seed}: {len(tally.findings)} findings, "
        f"peak {tally.peak_mib:.0f} MiB, slowest {tally.slowest_s:.1f} s ({tally.slowest})"
    )
    return 1 if tally.findings else 0


if __name__ == "__main__":
    sys.exit(main())
