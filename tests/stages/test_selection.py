"""Which photos take part in a merge of an area: its own, and what is around them."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest

from tests.helpers.catalog_records import accepted_pair
from tests.helpers.street_makers import Street
from worldmap.catalog import Catalog
from worldmap.stages.selection import Part, with_their_groups

PLACES = [float(x) for x in np.arange(0.0, 40.0, 2.0)]
NEW = 19.0


@dataclass
class Row:
    """Photos in a row by their number, 1 to 20, all placed and each tied to the next; 21, a new
    one between the tenth and the eleventh; and 22, another one a kilometre away."""

    catalog: Catalog
    ids: list[int]

    def around(self, *numbers: int, most_around: int | None) -> Part:
        own = self.catalog.photos_by_id([self.ids[number - 1] for number in numbers])
        return with_their_groups(self.catalog, own, most_around)

    def numbers(self, photo_ids: object) -> list[int]:
        return sorted(self.ids.index(photo_id) + 1 for photo_id in photo_ids)  # type: ignore[attr-defined]

    def of(self, part: Part) -> tuple[list[int], list[int], dict[int, int]]:
        """Its photos, those around, and the border, by numbers."""
        beyond = {self.numbers([i])[0]: count for i, count in part.beyond.items()}
        everybody = self.numbers(photo.photo_id for photo in part.photos)
        return everybody, self.numbers(part.around), beyond


@pytest.fixture(scope="module")
def row(tmp_path_factory: pytest.TempPathFactory) -> Row:
    street = Street(tmp_path_factory.mktemp("row"))
    ids = street.add(PLACES)
    street.place(PLACES)
    ids += street.add([NEW, 1000.0])
    catalog = Catalog.open(street.map_dir, create=False)
    ties = [accepted_pair(min(two), max(two)) for two in pairwise(ids[:-2])]
    catalog.record_pairs(ties, "key")
    return Row(catalog, ids)


@pytest.mark.parametrize("most_around", [None, 18])
def test_a_group_is_taken_whole(row: Row, most_around: int | None) -> None:
    found = row.of(row.around(10, 11, most_around=most_around))
    everybody = list(range(1, 21))
    assert found == (everybody, [i for i in everybody if i not in (10, 11)], {})


def test_a_group_that_goes_on_is_cut_behind_two_rings(row: Row) -> None:
    found = row.of(row.around(10, 11, most_around=0))
    assert found == ([8, 9, 10, 11, 12, 13], [8, 9, 12, 13], {8: 1, 13: 1})
    everybody, _, beyond = row.of(row.around(10, 11, most_around=5))
    assert everybody == list(range(7, 15))
    assert beyond == {7: 1, 14: 1}


def test_what_stands_beside_a_new_photo_belongs_to_the_part(
    row: Row, monkeypatch: pytest.MonkeyPatch
) -> None:
    """No pair ties it yet to those that it may show."""
    monkeypatch.setattr("worldmap.stages.selection._BESIDE", 2)
    everybody, around, beyond = row.of(row.around(1, 21, most_around=0))
    assert everybody == [1, 2, 3, 8, 9, 10, 11, 12, 13, 21]
    assert around == [2, 3, 8, 9, 10, 11, 12, 13]
    assert beyond == {3: 1, 8: 1, 13: 1}


def test_a_new_photo_that_nothing_stands_beside_is_alone(row: Row) -> None:
    assert row.of(row.around(22, most_around=0)) == ([22], [], {})


def test_no_photos_are_no_part(tmp_path: Path) -> None:
    with Catalog.open(tmp_path, create=True) as empty:
        assert with_their_groups(empty, [], 0).photos == []
