"""Photos and sidecars from anybody: one never stops a run, hangs it, or takes the memory."""

from __future__ import annotations

import json
import os
import struct
from pathlib import Path
from typing import Any

import numpy as np
import piexif
import pytest
from PIL import Image

from tests.helpers.ingest_makers import LAT, LON, Ran, by_name, ingest, write_depth, write_photo
from tests.helpers.photo_makers import gps, png_header, write_jpeg
from tests.photo.test_xmp import DJI, packet
from worldmap.catalog import Catalog
from worldmap.cli.exits import ExitCode
from worldmap.config import PhotoSettings
from worldmap.photo import Sidecars, read_metadata

SETTINGS = PhotoSettings()


def description(**values: object) -> dict[int, bytes]:
    """A Mapillary description as an EXIF ImageDescription."""
    text = json.dumps({"MAPLatitude": LAT, "MAPLongitude": LON, **values})
    return {piexif.ImageIFD.ImageDescription: text.encode()}


@pytest.mark.parametrize("number", ["1e308", "-1e308", "1e-308", "1e300", "nan", "inf"])
def test_absurd_numbers_cost_no_other_photo(tmp_path: Path, number: str) -> None:
    folder = tmp_path / "in"
    write_photo(folder / "good.jpg", seed=1)
    dewarp = f"2026-01-01;{number},3000,10,10,{number},{number},0,{number},0"
    xmp = packet(DJI | {"drone-dji:DewarpData": dewarp})
    write_photo(folder / "dewarp.jpg", seed=2, xmp=xmp)
    xmp = packet(DJI | {"drone-dji:DewarpData": f"2026-01-01;120,120,0,0,{number},0,0,0,0"})
    write_photo(folder / "lens.jpg", seed=3, xmp=xmp)
    value = float(number)
    parameters = description(
        camera_parameters=[value, value, value],
        MAPGPSAccuracyMeters=value,
        MAPAltitude=value,
        MAPCompassHeading={"TrueHeading": value, "AccuracyDegrees": value},
        computed_rotation=[value, 0, value],
    )
    write_photo(folder / "mapillary.jpg", seed=4, image=parameters)
    write_photo(folder / "table.jpg", seed=5)
    (folder / "positions.csv").write_text(
        "filename,lat,lon,alt,heading,pitch,roll,focal_px,sigma_h,sigma_v,sigma_heading,sigma_tilt\n"
        f"table.jpg,{LAT},{LON},{','.join([number] * 9)}\n"
    )
    ran = ingest(tmp_path / "map", folder)
    assert {name: status for name, (status, _) in by_name(ran).items()} == {
        "good.jpg": "accepted",
        "dewarp.jpg": "accepted",
        "lens.jpg": "accepted",
        "mapillary.jpg": "accepted",
        "table.jpg": "accepted",
    }
    with Catalog.open(tmp_path / "map", create=False) as catalog:
        for photo in catalog.photos():
            sigmas = (photo.prior.horizontal_sigma_m, photo.prior.heading_sigma_deg)
            assert all(1e-5 <= sigma <= 1e7 for sigma in sigmas)
            assert np.abs(photo.camera.distortion).max() < 100


def test_what_a_photos_result_does_to_the_catalog_is_its_own_failure(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "in"
    for seed in range(3):
        write_photo(folder / f"photo{seed}.jpg", seed=seed)
    record = Catalog.record_photo

    def overflowing(self: Catalog, metadata: Any, **found: Any) -> Any:
        if metadata.path.name == "photo1.jpg":
            raise OverflowError("int too large to convert to float")
        return record(self, metadata, **found)

    monkeypatch.setattr(Catalog, "record_photo", overflowing)
    ran = ingest(tmp_path / "map", folder)
    found = by_name(ran)
    assert [found[f"photo{i}.jpg"][0] for i in range(3)] == ["accepted", "failed", "accepted"]
    assert "OverflowError" in found["photo1.jpg"][1]
    assert ran.code == ExitCode.PARTIAL


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="this system has no named pipes")
def test_what_is_no_file_is_a_failure_with_a_reason(tmp_path: Path) -> None:
    folder = tmp_path / "in"
    write_photo(folder / "good.jpg", seed=1)
    os.mkfifo(folder / "pipe.jpg")
    os.mkfifo(folder / "good.depthx.png")  # what might be a depth map of another suffix
    (folder / "zero.jpg").symlink_to("/dev/zero")
    (folder / "loop.jpg").symlink_to("loop.jpg")
    (folder / "gone.jpg").symlink_to("nowhere.jpg")
    (folder / "folder.jpg").mkdir()
    os.mkfifo(folder / "positions.csv")
    os.mkfifo(folder / "good.xmp")
    ran = ingest(tmp_path / "map", folder)
    found = by_name(ran)
    assert found.pop("good.jpg") == ("accepted", "")
    assert {status for status, _ in found.values()} == {"failed"}
    for name, why in (
        ("pipe.jpg", "named pipe"),
        ("zero.jpg", "device"),
        ("loop.jpg", "symbolic links"),
        ("gone.jpg", "No such file"),
    ):
        assert why in found[name][1]
    assert ran.code == ExitCode.PARTIAL
    alone = ingest(tmp_path / "map", folder / "loop.jpg")
    assert by_name(alone)["loop.jpg"][0] == "failed"
    piped = ingest(tmp_path / "map", folder / "good.jpg", table=folder / "positions.csv")
    assert piped.code == ExitCode.USAGE
    assert "named pipe" in piped.error


def test_a_folder_that_cannot_be_listed_costs_only_itself(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "in"
    write_photo(folder / "good.jpg", seed=1)
    for name in ("closed", "lost+found"):
        (folder / name).mkdir()
        write_photo(folder / name / "hidden.jpg", seed=2)
    scandir = os.scandir

    def closed(path: str | Path) -> object:  # root may list everything
        if Path(path).name in ("closed", "lost+found"):
            raise PermissionError(13, "Permission denied", str(path))
        return scandir(path)

    monkeypatch.setattr(os, "scandir", closed)
    found = by_name(ingest(tmp_path / "map", folder))
    assert found["good.jpg"] == ("accepted", "")
    assert found["closed"] == ("failed", "cannot be listed: Permission denied")
    assert set(found) == {"good.jpg", "closed"}


@pytest.mark.parametrize("where", [0, 1])
def test_a_csv_with_a_huge_field_is_read_around_it(tmp_path: Path, where: int) -> None:
    """The csv module ends at 131,072 characters in a field."""
    lines = ["filename,lat,lon,note", f"a.jpg,{LAT},{LON},", f"b.jpg,1,2,{'x' * 200_000}"]
    if where:
        lines[1:] = lines[:0:-1]
    (tmp_path / "positions.csv").write_text("\n".join(lines) + "\n")
    metadata = read_metadata(write_jpeg(tmp_path / "a.jpg"), SETTINGS, sidecars=Sidecars())
    assert metadata.position is not None
    assert metadata.position.lat_deg == pytest.approx(LAT)


def test_sidecars_beyond_any_size_are_not_read(tmp_path: Path) -> None:
    photo = write_jpeg(tmp_path / "a.jpg", gps=gps(LAT, LON))
    names = (
        "a.jpg.supplemental-metadata.json", "mapillary_image_description.json", "geo.txt", "a.xmp",
    )  # fmt: skip
    for name in names:
        with (tmp_path / name).open("wb") as file:
            file.truncate(1 << 40)  # a hole: takes no room on the disk
    with (tmp_path / "a.xmp").open("r+b") as file:
        file.write(b"x" * (3 << 20))
    beside = Sidecars()
    metadata = read_metadata(photo, SETTINGS, sidecars=beside)
    assert metadata.position is not None
    notes = " | ".join(entry.note for entry in metadata.ledger)
    assert notes.count("larger than") == 2
    assert "more tables" in notes
    assert "is not read" in notes
    before = beside.stage_hash(photo)
    with (tmp_path / "a.xmp").open("r+b") as file:
        file.write(b"y")
    assert Sidecars().stage_hash(photo) != before


def npy(header: str) -> bytes:
    """A .npy file with that header and nothing else."""
    return b"\x93NUMPY\x01\x00" + struct.pack("<H", len(header) + 1) + header.encode() + b"\n"


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\x93NUMPY\x01\x00",
        b"\x93NUMPY\x01\x00\x10\x00((((((((((((((((",
        npy("{'descr': '<f4', 'fortran_order': False, 'shape': (3, 4, }"),
        npy("{'descr': '<f4', 'fortran_order': False, 'shape': (99999, 99999)}"),
        b"\x93NUMPY\x02\x00\xff\xff\xff\x7f{'descr'",
        npy("{'descr': '|O', 'fortran_order': False, 'shape': (30, 40)}"),
    ],
)
def test_damaged_npy_depth_is_one_line(tmp_path: Path, content: bytes) -> None:
    photo = write_photo(tmp_path / "in" / "a.jpg", seed=1, with_depth=False)
    (tmp_path / "in" / "a.depth.npy").write_bytes(content)
    status, reason = by_name(ingest(tmp_path / "map", photo))["a.jpg"]
    assert status == "failed"
    assert "cannot be read" in reason
    assert "bug" not in reason


@pytest.mark.parametrize(
    ("size", "status"),
    [((1, 1), "failed"), ((1, 2), "failed"), ((2, 2), "accepted"), ((5, 5), "accepted")],
)
def test_depth_maps_of_few_pixels(tmp_path: Path, size: tuple[int, int], status: str) -> None:
    photo = write_photo(tmp_path / "in" / "a.jpg", seed=1, with_depth=False)
    Image.new("RGB", (100 * size[0], 100 * size[1])).save(photo)
    write_depth(photo, *size)
    found, reason = by_name(ingest(tmp_path / "map", photo))["a.jpg"]
    assert found == status, reason
    assert "bug" not in reason


def test_depth_maps_that_only_claim_their_size(tmp_path: Path) -> None:
    photo = write_photo(tmp_path / "in" / "a.jpg", seed=1, with_depth=False)
    sidecar = tmp_path / "in" / "a.depth.png"
    sidecar.write_bytes(png_header(4000, 3000))
    assert "no depth map is like" in by_name(ingest(tmp_path / "map", photo))["a.jpg"][1]
    sidecar.write_bytes(png_header(8000, 6000))
    assert "depth.max_megapixels" in by_name(ingest(tmp_path / "map", photo))["a.jpg"][1]


def test_a_photo_that_takes_too_long_is_a_failure(tmp_path: Path) -> None:
    """A picture that decodes for longer than the (very short) limit."""
    folder = tmp_path / "in"
    noise = np.random.default_rng(0).integers(0, 256, (600, 800, 3), dtype=np.uint8)
    folder.mkdir()
    Image.fromarray(noise).save(folder / "slow.webp", lossless=True, method=0)
    write_depth(folder / "slow.webp", 40, 30)
    config = tmp_path / "config.yaml"
    config.write_text("ingest: {time_limit_s: 0.01}\n")
    ran = ingest(tmp_path / "map", folder, config=config, jobs=1)
    assert by_name(ran)["slow.webp"] == ("failed", "it took longer than 0.01 s and was stopped")
    again = ingest(tmp_path / "map", folder, jobs=1)
    assert by_name(again)["slow.webp"] == ("accepted", "")


def test_names_in_any_bytes(tmp_path: Path) -> None:
    folder = tmp_path / "in"
    name = os.fsdecode(b"Stra\xdfe \x1b[31m\xe2\x80\xae.jpg")
    write_photo(folder / name, seed=1)
    ran = Ran("ingest", folder, "--map", tmp_path / "map", "--depth", "measured", "--jobs", 0)
    assert ran.code == ExitCode.OK
    shown = Ran("explain", "--map", tmp_path / "map", folder / name)
    assert shown.code == ExitCode.OK
    assert r"Stra\xdfe \x1b[31m\u202e.jpg" in shown.out
    assert "\x1b" not in shown.out + shown.err
