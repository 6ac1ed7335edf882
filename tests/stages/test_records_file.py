"""Records in a file: to the last bit, and nothing but data."""

from __future__ import annotations

from dataclasses import fields, is_dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.helpers.catalog_records import placed_pose
from worldmap.artifact import write_arrays
from worldmap.errors import StorageError
from worldmap.frames import Similarity, cam
from worldmap.geodesy import Site
from worldmap.records import CameraCalibration, PairRegistration, UnplacedPose
from worldmap.stages.records_file import packed_records, read_records, write_records


def pair(number: int) -> PairRegistration:
    rng = np.random.default_rng(number)
    return PairRegistration(
        photo_a=number,
        photo_b=number + 1,
        own_reason="" if number else "too few matches",
        method="matches",
        matches=12,
        inliers=number,
        rmse_px=float("nan") if not number else 1 / 3,
        overlap=0.1,
        in_front=0.0,
        a_from_b=Similarity(
            to=cam(str(number)),
            source=cam(str(number + 1)),
            rotation=np.eye(3),
            translation_m=rng.normal(size=3),
            scale=float(np.exp(rng.normal())),
        )
        if number
        else None,
        covariance=rng.normal(size=(7, 7)) if number else None,
        inlier_index=rng.integers(0, 99, (number, 2)).astype(np.int32),
        seconds=0.1,
    )


def value() -> list[Any]:
    told = CameraCalibration(
        camera_key="one",
        lens=np.linspace(0, 1, 5),
        covariance=np.eye(5),
        focal_spread_rel=0.01,
        image_sigma_px=0.7,
        width_px=16,
        height_px=12,
        tag_focal_px=12.5,
        photo_ids=(1, 2),
        solved_at=datetime(2026, 1, 2, tzinfo=UTC),
    )
    unplaced = UnplacedPose(
        photo_id=2, reason="nothing", site=Site(1.0, 2.0, 3.0), component=-1, pairs=0, tags_hash="a"
    )
    return [[placed_pose(1, (0.1, 0.2, 0.3)), unplaced], [pair(k) for k in range(4)], (told,), 7]


def same(one: Any, other: Any) -> bool:
    """To the last bit, arrays with their shapes and kinds."""
    if isinstance(one, np.ndarray):
        return bool(
            one.dtype == other.dtype
            and one.shape == other.shape
            and one.tobytes() == other.tobytes()
        )
    if is_dataclass(one):
        names = [field.name for field in fields(one)]
        return type(one) is type(other) and all(
            same(getattr(one, name), getattr(other, name)) for name in names
        )
    if isinstance(one, list | tuple):
        return len(one) == len(other) and all(map(same, one, other)) and type(one) is type(other)
    return repr(one) == repr(other)


def test_what_is_written_comes_back_to_the_last_bit(tmp_path: Path) -> None:
    path = tmp_path / "records.npz"
    first = write_records(path, packed_records(value()))
    found = read_records(path)
    assert same(found, value())
    assert not found[1][1].inlier_index.flags.writeable
    assert write_records(path, packed_records(found)) == first


def test_what_is_no_record_is_refused() -> None:
    with pytest.raises(TypeError, match="Path"):
        packed_records([Path("x")])


@pytest.mark.parametrize(
    "text",
    [
        b"{",
        b'{"is": "Path", "of": ["/etc/passwd"]}',
        b'{"is": "Site", "of": [1.0]}',
        b'{"is": "Site", "of": [100.0, 0.0, 0.0]}',
        b'{"array": ["f8", 0, 9]}',
        b'{"array": ["i4", 0, 1]}',
        b'{"neither": 1}',
        b"[" * 100_000,
    ],
)
def test_another_s_file_gives_one_line(tmp_path: Path, text: bytes) -> None:
    """Nothing is made of it but what solutions are made of."""
    path = tmp_path / "records.npz"
    arrays: dict[str, Any] = {"text": np.frombuffer(text, dtype=np.uint8), "f8": np.zeros(3)}
    write_arrays(path, arrays, {})
    with pytest.raises(StorageError, match="is damaged"):
        read_records(path)
