"""Small sound files of every kind that worldmap reads, made anew each time, to be damaged."""

from __future__ import annotations

import io
import json
import struct
import tempfile
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import piexif
import pillow_heif
from PIL import Image

from tests.helpers import catalog_records as records
from tests.helpers.photo_makers import gps, rational, scene
from tests.photo.test_xmp import DJI, RIGHTS, packet
from worldmap.artifact import write_arrays
from worldmap.catalog import CATALOG_NAME, Catalog
from worldmap.cloud import PointCloud
from worldmap.depth import save_depth
from worldmap.frames import PROJECTED
from worldmap.las import write_tile
from worldmap.records import CleanedDepth, DepthMap, DepthModel, Focal, FocalSource, TilePoints

LAT, LON = 55.7058, 13.1932
XMP = packet(DJI | {"drone-dji:DewarpData": "2026-01-01;120,120,1,1,-0.1,0.01,0,0,0"}, RIGHTS)


@cache
def exif() -> bytes:
    """The TIFF structure of a phone's photo, Mapillary's description in it."""
    told = {"MAPLatitude": LAT, "MAPLongitude": LON, "MAPCompassHeading": {"TrueHeading": 10.0}}
    block: bytes = piexif.dump(
        {
            "0th": {
                piexif.ImageIFD.Make: "Maker",
                piexif.ImageIFD.Model: "Model",
                piexif.ImageIFD.Orientation: 6,
                piexif.ImageIFD.ImageDescription: json.dumps(told).encode(),
            },
            "Exif": {
                piexif.ExifIFD.DateTimeOriginal: "2024:05:06 07:08:09",
                piexif.ExifIFD.OffsetTimeOriginal: "+02:00",
                piexif.ExifIFD.FocalLength: (425, 100),
                piexif.ExifIFD.FocalLengthIn35mmFilm: 26,
                piexif.ExifIFD.FocalPlaneXResolution: rational(2540.0),
            },
            "GPS": gps(LAT, LON, Altitude=(34, 1), AltitudeRef=0, ImgDirection=(9, 2), DOP=(3, 1)),
        }
    )
    return block


@cache
def photos() -> dict[str, bytes]:
    """By suffix, 64 × 48, with EXIF and XMP."""
    options: dict[str, dict[str, Any]] = {
        "jpg": {"xmp": XMP, "quality": 80}, "png": {}, "webp": {"xmp": XMP}, "tif": {},
        "heic": {"xmp": XMP},
    }  # fmt: skip
    names = {"jpg": "JPEG", "tif": "TIFF", "heic": "HEIF"}
    pillow_heif.register_heif_opener()
    found = {}
    for suffix, chosen in options.items():
        buffer = io.BytesIO()
        scene().save(buffer, names.get(suffix, suffix.upper()), exif=exif(), **chosen)
        found[suffix] = buffer.getvalue()
    buffer = io.BytesIO()
    Image.fromarray(np.arange(64 * 48, dtype=np.uint16).reshape(48, 64)).save(buffer, "PNG")
    return {**found, "16.png": buffer.getvalue()}


@cache
def raw_photo() -> bytes:
    """A sensor's file: tags, and behind them the picture that the camera developed."""
    buffer = io.BytesIO()
    scene(1024, 16).save(buffer, "JPEG")
    return exif().removeprefix(b"Exif\0\0") + buffer.getvalue()


@cache
def depth_photo() -> bytes:
    """A JPEG with a depth map in its XMP (Google's GDepth)."""
    import base64

    grid = io.BytesIO()
    Image.fromarray(np.arange(64 * 48, dtype=np.uint8).reshape(48, 64)).save(grid, "PNG")
    told = (
        '<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF '
        'xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"><rdf:Description '
        'xmlns:GDepth="http://ns.google.com/photos/1.0/depthmap/" GDepth:Format="RangeInverse" '
        'GDepth:Near="1.0" GDepth:Far="30.0" GDepth:Units="m" GDepth:Mime="image/png" '
        f'GDepth:Data="{base64.b64encode(grid.getvalue()).decode()}"/></rdf:RDF></x:xmpmeta>'
    )
    buffer = io.BytesIO()
    scene().save(buffer, "JPEG", xmp=told.encode())
    return buffer.getvalue()


@cache
def depth_files() -> dict[str, bytes]:
    """Depth sidecars by suffix, 32 × 24."""
    depth_m = np.linspace(2, 20, 32 * 24, dtype=np.float32).reshape(24, 32)
    npy, png, tif = io.BytesIO(), io.BytesIO(), io.BytesIO()
    np.save(npy, depth_m)
    Image.fromarray((1000 * depth_m).astype(np.uint16)).save(png, "PNG")
    Image.fromarray(depth_m).save(tif, "TIFF")
    return {"npy": npy.getvalue(), "png": png.getvalue(), "tif": tif.getvalue()}


@cache
def arrays() -> dict[str, bytes]:
    """A depth map and features as a map keeps them."""
    camera = records.camera().rescaled(8, 6)
    depth_m = np.linspace(2, 20, 48, dtype=np.float32).reshape(6, 8)
    depth_map = DepthMap(
        depth_m=depth_m,
        sigma_m=0.01 * depth_m,
        camera=camera,
        focal=Focal(focal_px=50.0, sigma_rel=0.1, source=FocalSource.ASSUMED),
        focal_predicted=None,
        scale_sigma_rel=0.1,
        model=DepthModel(name="measured", weights_hash="", licence=""),
    )
    cleaned = CleanedDepth(
        depth_map=depth_map,
        removed=np.zeros((6, 8), np.uint8),
        uncleaned_m=depth_m,
        rgb=np.zeros((6, 8, 3), np.uint8),
    )
    intrinsics = {
        name: getattr(camera, name)
        for name in ("width_px", "height_px", "fx_px", "fy_px", "cx_px", "cy_px", "distortion")
    }
    with tempfile.TemporaryDirectory() as folder:
        depth, features = Path(folder, "depth.npz"), Path(folder, "features.npz")
        save_depth(depth, cleaned)
        write_arrays(
            features,
            {
                "uv_px": np.zeros((5, 2), np.float32),
                "descriptor": np.zeros((5, 128), np.uint8),
                "xyz_cam": np.zeros((5, 3), np.float32),
                "depth_sigma_rel": np.zeros(5, np.float32),
                "scale_px": np.zeros(5, np.float32),
                "on_plane": np.zeros(5, np.bool_),
                "grid_depth_m": depth_m,
                "grid_sigma_m": depth_m,
            },
            {"grid_camera": intrinsics, "tilt": None},
        )
        return {"depth": depth.read_bytes(), "features": features.read_bytes()}


@cache
def surface() -> bytes:
    """What a stopped `merge --stereo` leaves of a photo."""
    grid = np.linspace(0.05, 0.2, 48, dtype=np.float32).reshape(6, 8)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "a.npz")
        write_arrays(path, {"inverse": grid, "sigma_rel": grid, "score": grid}, {})
        return path.read_bytes()


@cache
def tiles() -> dict[str, bytes]:
    """300 points in each format."""
    random = np.random.default_rng(0)
    count = 300
    cloud = PointCloud(
        frame=PROJECTED,
        xyz=np.array((386500.0, 6174900.0, 40.0)) + random.uniform(0, 100, (count, 3)),
        rgb=random.integers(0, 256, (count, 3), dtype=np.uint8),
        sigma_m=np.full(count, 0.02, np.float32),
        photo_id=np.ones(count, np.uint32),
        support=np.ones(count, np.uint8),
    )
    points = TilePoints(
        cloud=cloud,
        epsg=32633,
        gps_time_s=np.full(count, np.nan),
        classification=np.ones(count, np.uint8),
    )
    with tempfile.TemporaryDirectory() as folder:
        found = {}
        for suffix in ("las", "laz", "copc.laz"):
            path = Path(folder, f"a.{suffix}")
            write_tile(path, points, provenance={"licence": "CC0"})
            found[suffix] = path.read_bytes()
        return found


@cache
def catalog() -> bytes:
    """A catalog with a row in every table that strangers' maps have."""
    with tempfile.TemporaryDirectory() as folder:
        map_dir = Path(folder)
        with Catalog.open(map_dir, create=True) as opened:
            records.record_two_photos_and_a_pair(opened)
            opened.start_run("ingest", "{}", "1")
        # One file, without a log beside it.
        import sqlite3

        with sqlite3.connect(map_dir / CATALOG_NAME) as connection:
            connection.execute("PRAGMA journal_mode = DELETE")
        connection.close()
        return (map_dir / CATALOG_NAME).read_bytes()


TEXTS: dict[str, list[bytes]] = {
    "positions.csv": [
        b"filename,lat,lon,alt,datum,heading,pitch,roll,focal_px,time,sigma_h,sigma_v\n"
        b'"a.jpg",55.7,13.19,60,msl,10,-3,1,3000,2024-05-06T07:08:09Z,2,4\n',
        "name;latitude;longitude\nStraße.jpg;1.5;2.5\na.jpg;1;2\n".encode("latin-1"),
    ],
    "geo.txt": [
        b"EPSG:32633\na.jpg 386500 6174900 60 10 85 0 2 4\n",
        b"EPSG:4326\na b.jpg 13.19 55.7 60\n",
        b"a.jpg,55.7,13.19,60,2,4\n",
    ],
    "gcp_list.txt": [
        b"EPSG:32633\n386500 6174900 60 12.5 20.25 a.jpg gcp1\n386510 6174900 61 1 2 b c.jpg\n",
        b"WGS84 UTM 33N\n386500\t6174900\t60\t12.5\t20.25\ta.jpg\n",
        b"# EPSG:32633\nname,x,y,z,image,px,py,sigma_h\np,386500,6174900,60,a.jpg,3,4,0.02\n",
    ],
    "cameras": [
        json.dumps(
            {
                "v2 a 64 48 brown 0.8": {
                    "projection_type": "brown",
                    "width": 64,
                    "height": 48,
                    "focal_x": 0.8,
                    "focal_y": 0.8,
                    "c_x": 0.01,
                    "c_y": 0.0,
                    "k1": 0.1,
                    "k2": 0.0,
                    "p1": 0.0,
                    "p2": 0.0,
                    "k3": 0.0,
                }
            }
        ).encode(),
        b"# CAMERA_ID, MODEL, WIDTH, HEIGHT, PARAMS[]\n1 OPENCV 64 48 51 51 32 24 0.1 0 0 0\n",
        b"<calibration><projection>frame</projection><width>64</width><height>48</height>"
        b"<f>51</f><cx>1</cx><cy>-1</cy><k1>0.1</k1></calibration>",
        b"Pix4D camera calibration file 0\n#Focal Length mm assuming a sensor width of 13.2x9.9mm\n"
        b"F 10.5\nPx 6.6\nPy 4.9\nK1 0.1\nK2 0\nK3 0\nT1 0\nT2 0\n",
    ],
    "track.gpx": [
        b'<?xml version="1.0"?><gpx version="1.1" creator="x" '
        b'xmlns="http://www.topografix.com/GPX/1/1"><trk><trkseg>'
        b'<trkpt lat="55.7" lon="13.19"><ele>60</ele><time>2024-05-06T05:08:00Z</time></trkpt>'
        b'<trkpt lat="55.8" lon="13.20"><ele>61</ele><time>2024-05-06T05:09:00Z</time></trkpt>'
        b"</trkseg></trk></gpx>"
    ],
    "a.jpg.supplemental-metadata.json": [
        json.dumps(
            {
                "title": "a.jpg",
                "photoTakenTime": {"timestamp": "1714979289"},
                "geoData": {"latitude": 55.7, "longitude": 13.19, "altitude": 60.0},
                "geoDataExif": {"latitude": 0.0, "longitude": 0.0, "altitude": 0.0},
            }
        ).encode()
    ],
    "mapillary_image_description.json": [
        json.dumps(
            [
                {
                    "filename": "a.jpg",
                    "MAPLatitude": 55.7,
                    "MAPLongitude": 13.19,
                    "MAPAltitude": 60,
                    "MAPCaptureTime": "2024_05_06_07_08_09_000",
                    "MAPCompassHeading": {"TrueHeading": 1.0, "MagneticHeading": 2.0},
                    "computed_geometry": {"type": "Point", "coordinates": [13.19, 55.7]},
                    "computed_rotation": [1.2, 0.3, -0.4],
                    "camera_parameters": [0.8, -0.1, 0.01],
                    "camera_type": "perspective",
                }
            ]
        ).encode()
    ],
    "a.xmp": [XMP],
    "config.yaml": [b"photo: {max_megapixels: 50}\ndepth:\n  clean: {remove_sky: false}\n"],
    "area.geojson": [
        json.dumps(
            {
                "type": "FeatureCollection",
                "features": [
                    {
                        "type": "Feature",
                        "properties": {},
                        "geometry": {
                            "type": "Polygon",
                            "coordinates": [[[13, 55], [14, 55], [14, 56], [13, 56], [13, 55]]],
                        },
                    }
                ],
            }
        ).encode()
    ],
}
"""What people and other programs write, by file name."""


def changed_number(content: bytes, at: int, form: str, value: int) -> bytes:
    """The content with one number of its head changed."""
    changed = bytearray(content)
    struct.pack_into(form, changed, at, value)
    return bytes(changed)
