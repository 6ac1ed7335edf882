"""A short run of the loop over every reader; `make fuzz` makes a long one."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.fuzz.loop import CORPUS, run, spread
from tests.fuzz.readers import READERS


def test_no_damaged_input_escapes_hangs_or_ends_its_reader() -> None:
    tally = run(spread(300), seed=1)
    assert set(tally.inputs) == set(READERS)
    assert [(each.kind, each.reader, each.what) for each in tally.findings] == []
    assert tally.peak_mib < 2048


@pytest.mark.parametrize("path", sorted(CORPUS.iterdir()), ids=lambda path: path.name)
def test_what_was_once_found_belongs_to_a_reader(path: Path) -> None:
    assert path.name.rsplit("-", 1)[0] in READERS
