"""Photos' pictures as registration reads them: reduced, and only those that were ingested."""

from __future__ import annotations

import pickle
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from tests.helpers.ingest_makers import HEIGHT, WIDTH, ingest, write_photos
from worldmap.config import PhotoSettings
from worldmap.mapfolder import MapFolder
from worldmap.records import IngestedPhoto
from worldmap.stages.pictures import PictureStore


@pytest.fixture
def photos(tmp_path: Path) -> list[IngestedPhoto]:
    write_photos(tmp_path / "photos", 3)
    assert ingest(tmp_path / "map", tmp_path / "photos").code == 0
    with MapFolder.open(tmp_path / "map") as folder:
        return list(folder.catalog.photos())


@pytest.mark.parametrize("most_bytes", [0, 1 << 20])
def test_they_look_like_the_photos(photos: list[IngestedPhoto], most_bytes: int) -> None:
    whole, small = (PictureStore(PhotoSettings(), px, most_bytes) for px in (1200, WIDTH // 2))
    for photo in [*photos, *photos]:
        seen = np.asarray(Image.open(photo.metadata.path).convert("L"), dtype=np.int16)
        full = whole.picture(photo).grey()
        assert full is not None
        assert full.shape == (HEIGHT, WIDTH)
        assert np.abs(full.astype(np.int16) - seen).max() <= 2
        half = small.picture(photo).grey()
        assert half is not None
        assert half.shape == (HEIGHT // 2, WIDTH // 2)
        away = pickle.loads(pickle.dumps(small.picture(photo))).grey()
        np.testing.assert_array_equal(away, half)


def test_what_is_gone_or_another_by_now_is_none(photos: list[IngestedPhoto]) -> None:
    store = PictureStore(PhotoSettings(), 1200)
    gone, other, stays = photos
    gone.metadata.path.unlink()
    other.metadata.path.write_bytes(stays.metadata.path.read_bytes())
    assert store.picture(gone).grey() is None
    assert store.picture(other).grey() is None
    assert store.picture(stays).grey() is not None
