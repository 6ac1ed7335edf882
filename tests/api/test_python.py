"""Maps from Python: docs/python.md runs, and what it says of itself is so."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

import worldmap
from tests.helpers.map_makers import PHOTOS, SmallMap
from worldmap.area import Box
from worldmap.errors import CatalogError, InputError, UsageError
from worldmap.geodesy import geodetic_from_projected
from worldmap.stages.intake import IngestStatus

ROOT = Path(__file__).resolve().parents[2]
PAGE = (ROOT / "docs" / "python.md").read_text(encoding="utf-8")
HEAVY = ("torch", "transformers", "open3d", "cv2", "gtsam", "matplotlib", "PIL", "laspy", "scipy")


def test_every_block_of_the_page_runs(
    small_map: SmallMap, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pytest.importorskip("geopandas", reason="geopandas is not installed here")
    pytest.importorskip("open3d", reason="open3d cannot be imported here", exc_type=ImportError)
    small_map.copied(tmp_path)
    shutil.copytree(small_map.truth.photo_dir, tmp_path / "photos")
    monkeypatch.chdir(tmp_path)
    blocks = re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL)
    assert len(blocks) == PAGE.count("```") // 2
    said: dict[str, object] = {}
    for block in blocks:
        exec(compile(block, "docs/python.md", "exec"), said)
    assert (tmp_path / "street.laz").is_file()
    assert len(json.loads((tmp_path / "poses.json").read_text())["photos"]) == PHOTOS
    assert len(said["m"].photos) == PHOTOS - 1  # type: ignore[attr-defined]
    assert len(said["cloud"].points) > 0  # type: ignore[attr-defined]


def test_what_is_stable_is_there_and_documented() -> None:
    assert sorted(worldmap.__all__) == dir(worldmap)
    for name in worldmap.__all__:
        found = getattr(worldmap, name)
        assert name.startswith("__") or found.__doc__
    with pytest.raises(AttributeError, match="nothing_such"):
        _ = worldmap.nothing_such
    for name in re.findall(r"worldmap\.(\w+)", "\n".join(re.findall(r"`[^`]*`", PAGE))):
        assert name in (*worldmap.__all__, "__all__")


def loaded(code: str) -> set[str]:
    """The packages that a fresh interpreter has loaded after `code`."""
    asked = f"{code}\nimport sys; print(*{{name.partition('.')[0] for name in sys.modules}})"
    done = subprocess.run([sys.executable, "-c", asked], capture_output=True, text=True, check=True)
    return set(done.stdout.split("\n")[-2].split())


def test_importing_it_loads_nothing() -> None:
    assert not loaded("import worldmap") & {*HEAVY, "numpy", "sqlalchemy", "pydantic", "pyproj"}


def test_a_map_and_a_place_load_no_large_library(small_map: SmallMap) -> None:
    code = f"import worldmap; worldmap.open_map({str(small_map.map_dir)!r}).photos[0].place.lat_deg"
    assert not loaded(code) & set(HEAVY)


def test_the_catalog_and_status_load_no_object_mapper(small_map: SmallMap) -> None:
    """Which alone takes three times as long as numpy, nor that."""
    slow = {*HEAVY, "sqlalchemy", "alembic", "pyproj", "numpy", "pydantic"}
    assert not loaded("import worldmap.catalog") & slow
    command = f"['status', '--map', {str(small_map.map_dir)!r}]"
    status = f"from worldmap.cli import app\napp({command}, standalone_mode=False)"
    opened = loaded(status)
    assert not opened & slow
    assert "sqlite3" in opened


def test_photos_are_those_of_the_map(small_map: SmallMap) -> None:
    with worldmap.open_map(small_map.map_dir) as m:
        photos = m.photos
        assert [photo.name for photo in photos] == sorted(small_map.names.values())
        assert len(photos[1:3]) == 2
        assert photos[-1].photo_id == photos[PHOTOS - 1].photo_id
        assert m.status.placed == PHOTOS
        first = m.photo(photos[0].name)
        assert first.place == photos[0].place
        with pytest.raises(InputError, match="has no photo"):
            m.photo("none.jpg")
    # Against the truth, by what the merge itself was allowed.
    truth = {photo.name: photo for photo in small_map.truth.photos}
    for photo in photos:
        assert photo.place is not None
        lat, lon, _ = small_map.truth.site.geodetic_from_enu(
            truth[photo.name].enu_from_cam.translation_m
        )
        off_m = 111_000 * np.hypot(
            photo.place.lat_deg - lat, (photo.place.lon_deg - lon) * np.cos(np.deg2rad(lat))
        )
        assert off_m < 3 * photo.place.radius90_m


def test_depth_is_in_the_solved_scale(small_map: SmallMap) -> None:
    with worldmap.open_map(small_map.map_dir) as m:
        for photo in m.photos:
            seen = photo.depth()
            assert photo.place is not None
            (ingested,) = [p for p in small_map.photos if p.photo_id == photo.photo_id]
            from worldmap.depth import load_depth

            own = load_depth(small_map.map_dir / ingested.depth.path).depth_map
            assert np.array_equal(
                seen.depth_m, own.depth_m * np.float32(photo.place.depth_scale), equal_nan=True
            )
            assert seen.rgb.shape == (*seen.depth_m.shape, 3)


def test_points_of_an_area(small_map: SmallMap) -> None:
    with worldmap.open_map(small_map.map_dir) as m:
        everything = m.points()
        assert len(everything) == small_map.merged.points
        lat, lon, _ = geodetic_from_projected(everything.xyz, everything.epsg)
        middle = float(np.median(lon))
        text = f"{lon.min() - 1e-3},{lat.min() - 1e-3},{middle},{lat.max() + 1e-3}"
        west = m.points(text)
        assert len(west) == int((lon <= middle).sum())
        box = Box(
            west_deg=float(lon.min()) - 1e-3, south_deg=float(lat.min()) - 1e-3,
            east_deg=middle, north_deg=float(lat.max()) + 1e-3,
        )  # fmt: skip
        assert np.array_equal(m.points(box).xyz, west.xyz)
        assert not west.xyz.flags.writeable
        with pytest.raises(InputError, match="no points"):
            m.points("0,0,10")
        with pytest.raises(UsageError):
            m.points("nonsense")


def test_points_for_open3d(small_map: SmallMap) -> None:
    pytest.importorskip("open3d", reason="open3d cannot be imported here", exc_type=ImportError)
    with worldmap.open_map(small_map.map_dir) as m:
        points = m.points()
    origin = tuple(points.xyz[0].tolist())
    cloud = points.to_open3d(origin)
    assert np.allclose(np.asarray(cloud.points), points.xyz - points.xyz[0])
    assert np.array_equal(np.rint(np.asarray(cloud.colors) * 255).astype(np.uint8), points.rgb)


def test_a_geodataframe(small_map: SmallMap, tmp_path: Path) -> None:
    geopandas = pytest.importorskip("geopandas", reason="geopandas is not installed here")
    with worldmap.open_map(small_map.map_dir) as m:
        photos = m.photos
        table = photos.to_geodataframe()
    assert table.crs.to_epsg() == 4326
    assert list(table["photo_id"]) == [photo.photo_id for photo in photos]
    for photo, point in zip(photos, table.geometry, strict=True):
        assert (point.y, point.x) == (photo.place.lat_deg, photo.place.lon_deg)
    table.to_file(tmp_path / "photos.geojson", driver="GeoJSON")
    assert len(geopandas.read_file(tmp_path / "photos.geojson")) == PHOTOS


def test_photos_without_a_place(small_map: SmallMap, tmp_path: Path) -> None:
    with worldmap.open_map(tmp_path / "new", create=True) as m:
        done = m.ingest(small_map.photos[0].metadata.path, depth="measured", jobs=1)
        assert [photo.status for photo in done.photos] == [IngestStatus.ACCEPTED]
        photo = m.photos[0]
        assert photo.place is None
        assert photo.reason == "not merged yet"
        assert np.isfinite(photo.depth().depth_m).any()
        assert m.photos.to_geodataframe().geometry.isna().all()


def test_without_geopandas(small_map: SmallMap, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "geopandas", None)
    with worldmap.open_map(small_map.map_dir) as m, pytest.raises(UsageError, match=r"\[geo\]"):
        m.photos.to_geodataframe()


def test_no_map(tmp_path: Path) -> None:
    with pytest.raises(CatalogError, match="holds no map"):
        worldmap.open_map(tmp_path)
