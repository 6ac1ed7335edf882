"""Files of a map from anybody: damaged ones are named with what to do, none harms the reader."""

from __future__ import annotations

import io
import json
import os
import signal
import struct
import time
import zipfile
from contextlib import suppress
from pathlib import Path

import numpy as np
import pytest

from tests.las.test_las import tile_points as some_points
from worldmap.artifact import read_arrays, write_arrays
from worldmap.depth import load_depth
from worldmap.errors import InputError, StorageError
from worldmap.geodesy import Site
from worldmap.input_file import refused_as
from worldmap.las import read_extent, read_tile, read_vertical, write_tile
from worldmap.mapfolder import tilefile
from worldmap.registration.features import load_features
from worldmap.stages.survey_file import BoxAround, survey_around


def stored(path: Path, entries: dict[str, bytes], *, claims: int | None = None) -> Path:
    """A zip of these entries, the first one's size in the directory changed where asked."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
        for name, content in entries.items():
            archive.writestr(name, content)
    whole = bytearray(buffer.getvalue())
    if claims is not None:
        at = whole.index(b"PK\x01\x02")
        whole[at + 24 : at + 28] = struct.pack("<I", claims)
    path.write_bytes(whole)
    return path


def npy(shape: tuple[int, ...], dtype: str = "<f4", data: bytes = b"") -> bytes:
    file = io.BytesIO()
    np.lib.format.write_array_header_1_0(
        file, {"descr": dtype, "fortran_order": False, "shape": shape}
    )
    return file.getvalue() + data


@pytest.mark.parametrize(
    "entries",
    [
        {"meta.json": b"{}", "depth_m.npy": bytes(1 << 30)},
        {"meta.json": b"{}", "depth_m.npy": npy((1 << 20, 1 << 20))},
        {"meta.json": b"{}", "depth_m.npy": npy((4,), "|O", bytes(32))},
        {"meta.json": b"{}", "depth_m.npy": npy((2, 2), "<f4", bytes(15))},
        {"meta.json": b"{}", "depth_m.npy": npy((-2, -2), "<f4", bytes(16))},
        {"meta.json": b"[]"},
        {"meta.json": b"[" * 5000},
        {"meta.json": json.dumps({"format": 1}).encode(), "depth_m.npy": npy((0, 0))},
        {"meta.json": bytes(2 << 20)},
        {"meta.json": b"{}"} | {f"{i}.npy": npy((0,)) for i in range(100)},
        {},
    ],
    ids=lambda entries: f"{len(entries)} entries",
)
def test_arrays_that_only_claim_their_size_are_not_unpacked(
    tmp_path: Path, entries: dict[str, bytes]
) -> None:
    path = stored(tmp_path / "a.npz", entries)
    for load in (load_depth, load_features):
        with pytest.raises(StorageError, match=r"a\.npz") as caught:
            load(path)
        assert "\n" not in str(caught.value)


def test_an_entry_longer_than_the_directory_says_is_damaged(tmp_path: Path) -> None:
    path = stored(tmp_path / "a.npz", {"a.npy": bytes(1 << 20), "meta.json": b"{}"}, claims=64)
    with pytest.raises(StorageError, match="damaged"):
        read_arrays(path)


def test_features_of_other_shapes_are_damaged(tmp_path: Path) -> None:
    camera = {"width_px": 2, "height_px": 2, "fx_px": 1, "fy_px": 1, "cx_px": 1, "cy_px": 1}
    meta = {"grid_camera": camera | {"distortion": [0] * 5}, "tilt": None}
    arrays = {
        name: np.zeros((3, 2), np.float32)
        for name in (
            "uv_px", "descriptor", "xyz_cam", "depth_sigma_rel", "scale_px", "on_plane",
            "grid_depth_m", "grid_sigma_m",
        )
    }  # fmt: skip
    write_arrays(tmp_path / "a.npz", arrays, meta)
    with pytest.raises(StorageError, match=r"is damaged \(\w+ is float32"):
        load_features(tmp_path / "a.npz")


# --- tiles --------------------------------------------------------------------------------------


def chunk_table_at(content: bytes) -> int:
    start = struct.unpack_from("<I", content, 96)[0]
    table: int = struct.unpack_from("<q", content, start)[0]
    return table


@pytest.mark.parametrize("suffix", ["laz", "copc.laz"])
@pytest.mark.parametrize("chunks", [2**31 - 1, 2**32 - 1, 0, 7])
def test_a_changed_chunk_table_ends_no_command(tmp_path: Path, suffix: str, chunks: int) -> None:
    path = tmp_path / f"a.{suffix}"
    points = some_points(2000)
    write_tile(path, points)
    content = bytearray(path.read_bytes())
    struct.pack_into("<I", content, chunk_table_at(bytes(content)) + 4, chunks)
    path.write_bytes(content)
    refused = ""
    try:
        assert len(tilefile.tile_points(path)) == len(points)
    except StorageError as error:
        refused = str(error)
    assert not refused or (str(path) in refused and "damaged" in refused)
    good = tmp_path / "good.laz"
    write_tile(good, points)
    assert len(tilefile.tile_points(good)) == len(points)


def test_a_changed_chunk_table_ends_no_reader_of_surveys(tmp_path: Path) -> None:
    """What `worldmap align` is given is as strange as a stranger's tile."""
    path = tmp_path / "survey.laz"
    write_tile(path, some_points(2000))
    content = bytearray(path.read_bytes())
    struct.pack_into("<I", content, chunk_table_at(bytes(content)) + 4, 2**31 - 1)
    path.write_bytes(content)
    around = BoxAround(
        low_enu=np.full(3, -1e3),
        high_enu=np.full(3, 1e3),
        site=Site(55.7, 13.19, 40.0),
        margin_m=10.0,
    )
    with pytest.raises(InputError, match="cannot be decoded"):
        survey_around(path, around, epsg=None)


def test_what_asks_for_absurd_memory_is_told_as_that(tmp_path: Path) -> None:
    absurd = pytest.raises(InputError, match="no cloud: it asks for absurd memory")
    with absurd, refused_as(tmp_path / "a.laz", "is no cloud"):
        bytearray(2**60)


def _killed(_: Path) -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def _stalled(_: Path) -> None:
    time.sleep(3600)


@pytest.mark.parametrize(("reader", "why"), [(_killed, "SIGKILL"), (_stalled, "longer than")])
def test_a_tile_that_ends_or_stalls_its_reader_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, reader: object, why: str
) -> None:
    path = tmp_path / "a.laz"
    write_tile(path, some_points(10))
    with tilefile.Isolated(reader, limit_s=1.0) as isolated:  # type: ignore[arg-type, attr-defined, var-annotated]
        monkeypatch.setattr(tilefile, "_PATIENCE_S", 1.0)
        monkeypatch.setattr(tilefile, "_reader", lambda: isolated)
        with pytest.raises(StorageError, match=why) as caught:
            tilefile.tile_points(path)
    assert str(path) in str(caught.value)
    assert "worldmap merge --area all" in str(caught.value)


@pytest.mark.parametrize(
    ("at", "form", "value"),
    [
        (96, "<I", 2**32 - 1),  # points begin far beyond the end
        (96, "<I", 10),
        (100, "<I", 2**32 - 1),  # four thousand million records
        (94, "<H", 100),  # a short header
        (25, "<B", 2),  # LAS 1.2
        (104, "<B", 0x86),  # another point format
        (105, "<H", 3),
        (247, "<Q", 2**63),  # points
        (0, "<I", 0),
    ],
)
def test_heads_that_claim_too_much(tmp_path: Path, at: int, form: str, value: int) -> None:
    path = tmp_path / "a.laz"
    write_tile(path, some_points(100))
    content = bytearray(path.read_bytes())
    struct.pack_into(form, content, at, value)
    path.write_bytes(content)
    with pytest.raises(StorageError, match=r"a\.laz is damaged") as caught:
        read_tile(path)
    assert "\n" not in str(caught.value)
    for read in (read_extent, read_vertical):
        with suppress(StorageError):
            read(path)
