"""What other programs get: read back by COLMAP's own reader and by STAC's validator, and measured
against the map."""

from __future__ import annotations

import hashlib
import io
import json
import re
from dataclasses import replace
from pathlib import Path

import laspy
import numpy as np
import pyproj
import pytest
from PIL import Image

from tests.helpers.ingest_makers import Ran
from tests.helpers.map_makers import SmallMap
from tests.mapfolder.test_mapfolder import opened
from worldmap.area import Circle, Everywhere
from worldmap.camera import Camera
from worldmap.catalog import Catalog
from worldmap.cli.exits import ExitCode
from worldmap.cloud import PointCloud
from worldmap.errors import FrameError, InputError, UsageError
from worldmap.exchange import (
    ExportedPhoto,
    colmap_files,
    export_names,
    nerfstudio_files,
    opensfm_files,
)
from worldmap.frames import RigidTransform, cam, enu_from_cam_rotation
from worldmap.geodesy import Site, enu
from worldmap.las import read_extent, read_tile
from worldmap.photo import content_hash
from worldmap.pipeline.export import export, parse_crs
from worldmap.records import IngestedPhoto, PlacedPose, SolvedPose

ENU = enu(Site(52.52, 13.405, 40.0))

LENS = (0.05, -0.02, 0.001, -0.0005, 0.003)


def placed(map_: SmallMap) -> dict[str, tuple[IngestedPhoto, SolvedPose]]:
    photos = {photo.photo_id: photo for photo in map_.photos}
    return {
        photos[pose.photo_id].metadata.path.name: (photos[pose.photo_id], pose)
        for pose in map_.poses
        if isinstance(pose, PlacedPose)
    }


def site_of(map_: SmallMap) -> Site:
    with Catalog.open(map_.map_dir, create=False) as catalog:
        site = catalog.site()
    assert site is not None
    return site


def ahead(pose: SolvedPose) -> tuple[np.ndarray, np.ndarray]:
    """Some points (N, 3) before the camera, in its frame and in ENU."""
    assert isinstance(pose, PlacedPose)
    xyz_cam = np.array([(0.0, 0.0, 5.0), (1.5, -0.7, 8.0), (-3.0, 1.0, 12.0)])
    return xyz_cam, pose.enu_from_cam.apply(xyz_cam)


def solved_camera(photo: IngestedPhoto, pose: SolvedPose) -> Camera:
    factor = pose.lens.focal_px / photo.camera.fx_px
    return replace(
        photo.camera,
        fx_px=photo.camera.fx_px * factor,
        fy_px=photo.camera.fy_px * factor,
        cx_px=pose.lens.cx_px,
        cy_px=pose.lens.cy_px,
        distortion=(pose.lens.k1, pose.lens.k2, *photo.camera.distortion[2:]),
    )


# --- cameras ------------------------------------------------------------------------------------


def test_colmap_reads_the_model_and_sees_the_same_pixels(
    small_map: SmallMap, tmp_path: Path
) -> None:
    pycolmap = pytest.importorskip("pycolmap")
    out = tmp_path / "colmap"
    summary = export(small_map.map_dir, Everywhere(), out, kind="colmap")
    model = pycolmap.Reconstruction(str(out / "sparse" / "0"))
    wanted = placed(small_map)
    assert {image.name for image in model.images.values()} == wanted.keys()
    assert summary.photos == len(wanted) == model.num_images()
    assert model.num_points3D() == summary.points > 10_000
    for image in model.images.values():
        photo, pose = wanted[image.name]
        _, xyz_enu = ahead(pose)
        expected = solved_camera(photo, pose).project(ahead(pose)[0])
        for xyz, uv in zip(xyz_enu, expected, strict=True):
            assert image.project_point(xyz) == pytest.approx(uv, abs=1e-4)
        camera = model.cameras[image.camera_id]
        with Image.open(out / "images" / image.name) as picture:
            assert picture.size == (camera.width, camera.height)
    points = np.array([p.xyz for p in model.points3D.values()])
    true = small_map.tiles()
    assert len(points) <= sum(len(t) for t in true)
    assert np.ptp(points, axis=0) == pytest.approx(
        np.ptp(np.concatenate([t.cloud.xyz for t in true]), axis=0), rel=0.05
    )


@pytest.mark.parametrize("lens", [LENS, (*LENS[:4], 0.0), (0.0,) * 5])
def test_colmap_bends_light_as_we_do(
    tmp_path: Path, lens: tuple[float, float, float, float, float]
) -> None:
    pycolmap = pytest.importorskip("pycolmap")
    camera = Camera(
        width_px=800, height_px=600, fx_px=700.0, fy_px=690.0, cx_px=410.0, cy_px=295.0,
        distortion=lens,
    )  # fmt: skip
    enu_from_cam = RigidTransform(
        to=ENU,
        source=cam("1"),
        rotation=enu_from_cam_rotation(123.0, -12.0, 4.0),
        translation_m=(10.0, -20.0, 3.0),  # type: ignore[arg-type]
    )
    shot = ExportedPhoto(
        name="a-b.jpg", camera=camera, enu_from_cam=enu_from_cam, captured_s=None,
        position_sigma_m=1.0,
    )  # fmt: skip
    nothing = PointCloud.of_photo(frame=ENU, xyz=[], rgb=[], sigma_m=[])
    for name, content in colmap_files([shot], nothing).items():
        (tmp_path / name).write_bytes(content)
    (image,) = pycolmap.Reconstruction(str(tmp_path)).images.values()
    assert image.name == shot.name
    xyz_cam = np.array([(0.3, -0.2, 2.0), (-1.0, 0.5, 4.0)])
    for xyz, uv in zip(enu_from_cam.apply(xyz_cam), camera.project(xyz_cam), strict=True):
        assert image.project_point(xyz) == pytest.approx(uv, abs=1e-6)


def test_opensfm_gets_the_same_rays(small_map: SmallMap, tmp_path: Path) -> None:
    """By the formulas of its documentation, written down once more."""
    from scipy.spatial.transform import Rotation

    out = tmp_path / "opensfm"
    export(small_map.map_dir, Everywhere(), out, kind="opensfm")
    (found,) = json.loads((out / "reconstruction.json").read_text())
    wanted, site = placed(small_map), site_of(small_map)
    assert found["shots"].keys() == wanted.keys()
    assert found["reference_lla"] == json.loads((out / "reference_lla.json").read_text())
    assert found["reference_lla"]["latitude"] == site.lat_deg
    for name, shot in found["shots"].items():
        photo, pose = wanted[name]
        xyz_cam, xyz_enu = ahead(pose)
        seen = Rotation.from_rotvec(shot["rotation"]).apply(xyz_enu) + shot["translation"]
        assert seen == pytest.approx(xyz_cam, abs=1e-9)
        camera = found["cameras"][shot["camera"]]
        longer = max(camera["width"], camera["height"])
        x, y = seen[:, 0] / seen[:, 2], seen[:, 1] / seen[:, 2]
        u = (camera["focal_x"] * x + camera["c_x"]) * longer + camera["width"] / 2
        v = (camera["focal_y"] * y + camera["c_y"]) * longer + camera["height"] / 2
        expected = solved_camera(photo, pose).project(xyz_cam)
        assert np.column_stack((u, v)) == pytest.approx(expected, abs=1e-9)
        assert photo.metadata.captured_at is not None
        assert shot["capture_time"] == photo.metadata.captured_at.timestamp()


def test_opensfm_keeps_cameras_apart_and_together() -> None:
    camera = Camera.centred(100, 80, 90.0)
    here = RigidTransform(
        to=ENU,
        source=cam("1"),
        rotation=np.eye(3),
        translation_m=(0.0, 0.0, 0.0),  # type: ignore[arg-type]
    )

    def shot(name: str, camera: Camera) -> ExportedPhoto:
        return ExportedPhoto(name=name, camera=camera, enu_from_cam=here, captured_s=1.0,
                    position_sigma_m=1.0)  # fmt: skip

    shots = [shot("a", camera), shot("b", camera), shot("c", replace(camera, fx_px=91.0))]
    nothing = PointCloud.of_photo(frame=ENU, xyz=[], rgb=[], sigma_m=[])
    text = opensfm_files(shots, nothing, Site(52.52, 13.405, 40.0))["reconstruction.json"]
    (found,) = json.loads(text)
    used = {name: entry["camera"] for name, entry in found["shots"].items()}
    assert used["a"] == used["b"] != used["c"]
    assert len(found["cameras"]) == 2


def test_nerfstudio_looks_backwards_and_up(small_map: SmallMap, tmp_path: Path) -> None:
    out = tmp_path / "nerf"
    export(small_map.map_dir, Everywhere(), out, kind="nerfstudio")
    found = json.loads((out / "transforms.json").read_text())
    wanted = placed(small_map)
    assert len(found["frames"]) == len(wanted)
    for frame in found["frames"]:
        assert (out / frame["file_path"]).is_file()
        photo, pose = wanted[Path(frame["file_path"]).name]
        xyz_cam, xyz_enu = ahead(pose)
        world_from_gl = np.array(frame["transform_matrix"])
        homogeneous = np.column_stack((xyz_enu, np.ones(len(xyz_enu))))
        gl = homogeneous @ np.linalg.inv(world_from_gl).T
        assert gl[:, :3] == pytest.approx(xyz_cam * (1, -1, -1), abs=1e-9)
        camera = solved_camera(photo, pose)
        assert (frame["fl_x"], frame["cx"], frame["w"]) == (
            camera.fx_px, camera.cx_px, camera.width_px,
        )  # fmt: skip
    head, _, body = (out / found["ply_file_path"]).read_bytes().partition(b"end_header\n")
    count = int(head.decode().split("element vertex ")[1].split()[0])
    assert len(body) == 15 * count > 0


def test_photos_that_lie_on_their_side_come_out_upright(
    small_map: SmallMap, tmp_path: Path
) -> None:
    """Others do not look at EXIF's orientation, and the camera is that of upright pixels."""
    again = small_map.copied(tmp_path)
    victim = again.photos[0]
    turned = tmp_path / "turned.jpg"
    with Image.open(victim.metadata.path) as image:
        pixels = image.convert("RGB")
    exif = Image.Exif()
    exif[0x0112] = 6
    pixels.transpose(Image.Transpose.ROTATE_90).save(turned, quality=95, exif=exif)
    with Catalog.open(again.map_dir, create=False) as catalog:
        depth_map = catalog.depth_map(victim.photo_id)
        poses, site = catalog.poses([victim.photo_id]), catalog.site()
        assert depth_map is not None
        assert site is not None
        catalog.record_photo(
            replace(victim.metadata, path=turned, orientation=6), camera=victim.camera,
            depth=victim.depth, depth_map=depth_map, features=victim.features,
            prior=victim.prior, settings_hash="s",
        )  # fmt: skip
        catalog.replace_solution(catalog.start_run("merge", "{}", "0"), poses)
    with opened(again.map_dir) as connection:
        connection.execute(
            "UPDATE photos SET content_hash = ? WHERE id = ?",
            (content_hash(turned), victim.photo_id),
        )
    export(again.map_dir, Everywhere(), tmp_path / "out", kind="colmap")
    with Image.open(tmp_path / "out" / "images" / "turned.jpg") as image:
        assert image.getexif().get(0x0112, 1) == 1
        assert image.size == pixels.size
        off = np.abs(np.asarray(image.convert("RGB")).astype(int) - np.asarray(pixels))
    assert off.mean() < 8


def test_names_are_told_apart() -> None:
    paths = {1: Path("/a/x.jpg"), 2: Path("/b/X.JPG"), 3: Path("/b/y  z.jpg")}
    assert export_names(paths.items()) == {1: "1_x.jpg", 2: "2_X.JPG", 3: "y_z.jpg"}


# --- STAC ---------------------------------------------------------------------------------------


def test_stac_says_what_the_tiles_are(small_map: SmallMap, tmp_path: Path) -> None:
    pystac = pytest.importorskip("pystac")
    out = tmp_path / "stac"
    summary = export(small_map.map_dir, Everywhere(), out, kind="stac")
    assert summary.points == small_map.merged.points
    collection = pystac.Collection.from_file(str(out / "collection.json"))
    with Catalog.open(small_map.map_dir, create=False) as catalog:
        tiles = {str(tile.key): tile for tile in catalog.tiles()}
    items = {item.id: item for item in collection.get_items()}
    assert items.keys() == tiles.keys()
    site = site_of(small_map)
    west, south, _, east, north, _ = collection.extent.spatial.bboxes[0]
    assert west < site.lon_deg < east or abs(site.lon_deg - west) < 0.01
    assert south < site.lat_deg < north or abs(site.lat_deg - south) < 0.01
    for key, item in items.items():
        tile = tiles[key]
        assert item.properties["pc:count"] == tile.points
        assert item.properties["proj:code"] == f"EPSG:{tile.key.epsg}"
        assert item.properties["proj:bbox"] == list(tile.bounds_m)
        assert item.properties["start_datetime"] < item.properties["end_datetime"]
        assert item.assets.keys() == {"laz", "copc"}
        for file in tile.files:
            asset = item.assets[file.format]
            path = (out / "items" / asset.href).resolve()
            assert path == (small_map.map_dir / file.path).resolve()
            assert asset.extra_fields["file:size"] == path.stat().st_size
            assert asset.extra_fields["file:checksum"] == f"1220{file.content_hash}"
        with laspy.open(small_map.map_dir / tile.path) as reader:
            names = list(reader.header.point_format.dimension_names)
        told = [schema["name"].lower() for schema in item.properties["pc:schemas"]]
        known = {name.replace("_", "").lower() for name in names}
        assert {name.replace("_", "") for name in told} <= known


def test_stac_is_valid(small_map: SmallMap, tmp_path: Path) -> None:
    pystac = pytest.importorskip("pystac")
    out = tmp_path / "stac"
    export(small_map.map_dir, Everywhere(), out, kind="stac")
    collection = pystac.Collection.from_file(str(out / "collection.json"))
    objects = [collection, *collection.get_items()]
    for found in objects:
        # The core's schemas come with pystac; those of extensions are on the network.
        core = found.clone()
        core.stac_extensions = []
        core.validate()
    spoilt = objects[1].clone()
    spoilt.stac_extensions = []
    spoilt.geometry = {"type": "Polygon", "coordinates": [[[1, 2]]]}
    with pytest.raises(pystac.errors.STACValidationError):
        spoilt.validate()


def test_stac_extensions_say_what_they_must(small_map: SmallMap, tmp_path: Path) -> None:
    """The tables of fields in the extensions' own descriptions (pointcloud 1.0, projection 2.0,
    file 2.1), because no package brings their schemas along."""
    pytest.importorskip("pystac")
    out = tmp_path / "stac"
    export(small_map.map_dir, Everywhere(), out, kind="stac")
    items = [json.loads(path.read_text()) for path in sorted((out / "items").iterdir())]
    assert items
    base = "https://stac-extensions.github.io"
    for item in items:
        assert set(item["stac_extensions"]) == {
            f"{base}/pointcloud/v1.0.0/schema.json",
            f"{base}/projection/v2.0.0/schema.json",
            f"{base}/file/v2.1.0/schema.json",
        }
        told = item["properties"]
        assert {name for name in told if name.startswith("pc:")} <= {
            "pc:count", "pc:type", "pc:encoding", "pc:schemas", "pc:density", "pc:statistics",
        }  # fmt: skip
        assert type(told["pc:count"]) is int
        assert told["pc:count"] > 0
        assert told["pc:type"] in {"lidar", "eopc", "radar", "sonar", "other"}
        assert type(told["pc:encoding"]) is str
        assert type(told["pc:density"]) is float
        assert told["pc:density"] > 0
        for dimension in told["pc:schemas"]:
            assert dimension.keys() == {"name", "size", "type"}
            assert dimension["type"] in {"floating", "unsigned", "signed"}
            assert dimension["size"] in {1, 2, 4, 8}
        assert {name for name in told if name.startswith("proj:")} == {"proj:code", "proj:bbox"}
        assert re.fullmatch(r"EPSG:\d+", told["proj:code"])
        assert [type(number) for number in told["proj:bbox"]] == [float] * 6
        assert (np.diff(np.reshape(told["proj:bbox"], (2, 3)), axis=0) >= 0).all()
        for name, asset in item["assets"].items():
            assert {key for key in asset if key.startswith("file:")} == {
                "file:size", "file:checksum",
            }  # fmt: skip
            content = (out / "items" / asset["href"]).read_bytes()
            assert asset["file:size"] == len(content), name
            # Multihash: the code of SHA2-256 and its length in bytes, then the digest.
            digest = hashlib.sha256(content).hexdigest()
            assert asset["file:checksum"] == f"{0x12:02x}{32:02x}{digest}"
            with laspy.open(io.BytesIO(content)) as reader:
                extra = reader.header.point_format.extra_dimensions
            sizes = {dimension["name"]: dimension["size"] for dimension in told["pc:schemas"]}
            assert {d.name: d.num_bits // 8 for d in extra}.items() <= sizes.items()


# --- points in other systems --------------------------------------------------------------------


def test_points_in_another_crs(small_map: SmallMap, tmp_path: Path) -> None:
    own, swedish = tmp_path / "own.laz", tmp_path / "swedish.copc.laz"
    export(small_map.map_dir, Everywhere(), own)
    summary = export(small_map.map_dir, Everywhere(), swedish, epsg=3006)
    assert read_extent(swedish)[0] == summary.points
    a, b = read_tile(own), read_tile(swedish)
    assert b.epsg == 3006
    # By way of latitude and longitude, which is another path through PROJ.
    to_degrees = pyproj.Transformer.from_crs(f"EPSG:{a.epsg}", "EPSG:4326", always_xy=True)
    from_degrees = pyproj.Transformer.from_crs("EPSG:4326", "EPSG:3006", always_xy=True)
    x, y = from_degrees.transform(*to_degrees.transform(*a.cloud.xyz[:, :2].T.copy()))
    expected = np.column_stack((x, y, a.cloud.xyz[:, 2]))
    order_a = np.lexsort(np.column_stack((expected[:, :2].round(1), a.cloud.photo_id)).T)
    assert np.sort(b.cloud.xyz[:, 0]) == pytest.approx(np.sort(expected[:, 0]), abs=2e-3)
    assert np.sort(b.cloud.xyz[:, 1]) == pytest.approx(np.sort(expected[:, 1]), abs=2e-3)
    assert np.sort(b.cloud.xyz[:, 2]) == pytest.approx(np.sort(expected[:, 2]), abs=2e-3)
    assert len(order_a) == len(b)


@pytest.mark.parametrize(
    ("crs", "complaint"),
    [
        ("EPSG:4326", "not a projected"),
        ("EPSG:999999", "not a known"),
        ("utm33", "not a CRS"),
        ("EPSG:28992", "is not made for these points"),
    ],
)
def test_a_crs_that_cannot_be_reached_exactly_is_refused(
    small_map: SmallMap, tmp_path: Path, crs: str, complaint: str
) -> None:
    """The last one is for the Netherlands; the map lies in Stockholm."""
    out = tmp_path / "out.laz"
    with pytest.raises(UsageError, match=complaint):
        export(small_map.map_dir, Everywhere(), out, epsg=parse_crs(crs))
    assert not out.exists()


def test_points_as_text(small_map: SmallMap, tmp_path: Path) -> None:
    out = tmp_path / "points.xyz"
    summary = export(small_map.map_dir, Everywhere(), out)
    assert out.read_text().startswith("# x y z red green blue; EPSG:32634")
    values = np.loadtxt(out)
    assert values.shape == (summary.points, 6)
    xyz = np.concatenate([t.cloud.xyz for t in small_map.tiles()])
    assert values[:, :3].mean(axis=0) == pytest.approx(xyz.mean(axis=0), abs=1e-3)


# --- the command --------------------------------------------------------------------------------


def test_the_command(small_map: SmallMap, tmp_path: Path) -> None:
    common = ("--area", "all", "--map", small_map.map_dir)
    las = Ran("export", tmp_path / "points.bin", *common, "--format", "laz", "--crs", "EPSG:25834")
    assert las.code == 0, las.err
    with laspy.open(tmp_path / "points.bin") as reader:
        assert reader.header.are_points_compressed
    folder = Ran("export", tmp_path / "sfm", *common, "--format", "opensfm", "--json")
    assert folder.code == 0, folder.err
    assert folder.summary["photos"] == len(placed(small_map))
    for arguments in (
        ("x.pts",),
        ("x.laz", "--format", "nope"),
        ("x", "--format", "colmap", "--crs", "EPSG:25834"),
        ("x.laz", "--crs", "EPSG:4326"),
    ):
        refused = Ran("export", tmp_path / arguments[0], *arguments[1:], *common)
        assert refused.code == ExitCode.USAGE, arguments
        assert not (tmp_path / arguments[0]).exists()


@pytest.mark.parametrize("kind", ["colmap", "stac"])
def test_nothing_to_export(small_map: SmallMap, tmp_path: Path, kind: str) -> None:
    again = small_map.copied(tmp_path)
    with Catalog.open(again.map_dir, create=False) as catalog:
        for photo in again.photos:
            catalog.delete_photo(photo.photo_id)
    nowhere = Circle(lat_deg=0.0, lon_deg=0.0, radius_m=10.0)
    with pytest.raises(InputError):
        export(again.map_dir, nowhere, tmp_path / "out", kind=kind)
    assert not (tmp_path / "out").exists()


def test_what_stands_in_another_frame_is_not_exported() -> None:
    elsewhere = enu(Site(69.97, 23.27, 10.0))
    shot = ExportedPhoto(
        name="a.jpg", camera=Camera.centred(100, 80, 90.0), captured_s=1.0, position_sigma_m=1.0,
        enu_from_cam=RigidTransform.identity(elsewhere, cam("1")),
    )  # fmt: skip
    nothing = PointCloud.of_photo(frame=ENU, xyz=[], rgb=[], sigma_m=[])
    for write in (
        lambda: colmap_files([shot], nothing),
        lambda: nerfstudio_files([shot], nothing, "images"),
        lambda: opensfm_files([shot], nothing, Site(52.52, 13.405, 40.0)),
        lambda: opensfm_files([], nothing, Site(69.97, 23.27, 10.0)),
    ):
        with pytest.raises(FrameError):
            write()  # type: ignore[no-untyped-call]
