"""Photos whose tags are hard, from public test collections, against values worked out by hand."""

import json
import os
from datetime import UTC
from pathlib import Path

import numpy as np
import pytest

from worldmap.config import PhotoSettings
from worldmap.errors import PhotoError
from worldmap.frames import heading_pitch_roll_deg
from worldmap.photo import Flag, read_metadata, read_pixels, review

EXPECTED = json.loads((Path(__file__).parents[1] / "data" / "hard_files.json").read_text())
SHARED = Path(
    os.environ.get("WORLDMAP_SHARED_DATA")
    or Path(__file__).resolve().parents[3] / "shared" / "data"
)
SETTINGS = PhotoSettings()


def shared(name: str) -> Path:
    path = SHARED / name
    if not path.exists():
        pytest.skip(f"no {path}: photos of others that do not belong in this repository")
    return path


@pytest.mark.parametrize("name", sorted(EXPECTED))
def test_hard_file(name: str) -> None:
    path, expected = shared("exif") / name, EXPECTED[name]
    if "error" in expected:
        with pytest.raises(PhotoError, match=expected["error"]):
            read_metadata(path, SETTINGS)
        return
    metadata = read_metadata(path, SETTINGS)
    assert [metadata.width_px, metadata.height_px] == expected["size"]
    assert read_pixels(path, SETTINGS).shape == (*reversed(expected["size"]), 3)
    assert metadata.orientation == expected["orientation"]
    position = metadata.position
    if expected["position"] is None:
        assert position is None
    else:
        assert position is not None
        assert [position.lat_deg, position.lon_deg] == pytest.approx(expected["position"], abs=2e-6)
        if expected["height"] is None:
            assert position.height_m is None
        else:
            assert position.height_m == pytest.approx(expected["height"][0], abs=0.01)
            assert position.height_datum == expected["height"][1]
        if "position_sigma_m" in expected:
            assert position.horizontal_sigma_m == pytest.approx(expected["position_sigma_m"])
    if expected["heading"] is None:
        assert metadata.heading is None
    else:
        assert metadata.heading is not None
        assert metadata.heading.true_deg == pytest.approx(expected["heading"][0], abs=0.2)
        assert metadata.heading.source == expected["heading"][1]
    if expected["time_utc"] is None:
        assert metadata.captured_at is None
    else:
        assert metadata.captured_at is not None
        moment = metadata.captured_at.astimezone(UTC).replace(tzinfo=None, microsecond=0)
        assert moment.isoformat() == expected["time_utc"]
    if expected["focal_px"] is None:
        assert metadata.focal is None
    else:
        assert metadata.focal is not None
        assert metadata.focal.focal_px == pytest.approx(expected["focal_px"], rel=0.02)
    for key in ("make", "model", "artist", "copyright", "licence"):
        assert getattr(metadata, key) == expected.get(key), key
    assert list(metadata.flags) == expected["flags"]
    assert metadata.ledger or not expected["make"]


def test_every_hard_file_has_its_expected_values() -> None:
    assert {path.name for path in shared("exif").iterdir()} == set(EXPECTED)


def test_rotated_photos_show_the_same_picture() -> None:
    codes = (1, 3, 6, 8)
    pictures = [read_pixels(shared("exif") / f"orientation_{c}.jpg", SETTINGS) for c in codes]
    for picture in pictures[1:]:
        assert picture.shape == pictures[0].shape
        assert np.abs(picture.astype(int) - pictures[0]).mean() < 12


def test_phone_photos_of_a_street() -> None:
    folder = shared("lund")
    truth = json.loads((folder / "truth.json").read_text())
    photos = [read_metadata(path, SETTINGS) for path in sorted(folder.glob("*.jpg"))]
    assert len(photos) == 29
    for photo in photos:
        true = truth[photo.path.name]
        assert photo.focal is not None
        # 35 mm alone would be 7 % off; the model stands only in Mapillary's description.
        assert photo.focal.focal_px == pytest.approx(true["K"][0][0], rel=0.01)
        assert photo.position is not None
        assert [photo.position.lat_deg, photo.position.lon_deg] == pytest.approx(true["gps"][:2])
        assert photo.heading is not None
        heading, pitch, roll = heading_pitch_roll_deg(np.array(true["enu_from_cam"])[:3, :3])
        # The app turned its compass wrongly, by up to 170°: never more than two sigmas.
        off = abs((photo.heading.true_deg - heading + 180) % 360 - 180)
        assert off < 2 * photo.heading.sigma_deg
        assert photo.tilt is None
        assert max(abs(pitch), abs(roll)) < 8


def test_stale_positions_of_a_street_are_widened() -> None:
    folder = shared("lund")
    truth = json.loads((folder / "truth.json").read_text())
    photos = [read_metadata(path, SETTINGS) for path in sorted(folder.glob("*.jpg"))]
    reviewed = review(photos, SETTINGS)
    assert reviewed.duplicate_of == (None,) * 29
    stale = {p.path.name for p in reviewed.photos if Flag.REPEATED_POSITION in p.flags}
    assert stale == {name for name, true in truth.items() if true["gps_stale"]}
    for photo in reviewed.photos:
        assert photo.position is not None
        off_m = np.hypot(*truth[photo.path.name]["gps_residual_enu"][:2])
        assert off_m < 2 * photo.position.horizontal_sigma_m
