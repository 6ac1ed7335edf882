"""What the page is told of a map, as one JSON document: photos, failures, tiles, pairs.

Positions are WGS84 degrees and ellipsoidal metres; poses and tiles are in ENU about one site, in
which the page draws. No path of this machine is in it, file names only. NaN is written as null.
docs/json.md describes it, docs/schemas/map.json is its schema.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from worldmap.errors import StorageError
from worldmap.geodesy import (
    Site,
    Vertical,
    enu_from_projected,
    geodetic_from_projected,
    undulation_m,
)
from worldmap.las import read_vertical
from worldmap.mapfolder import Layout
from worldmap.mapfolder.photo_names import matching, names_of
from worldmap.place import Place
from worldmap.records import (
    ControlPoint,
    ControlRole,
    Failure,
    IngestedPhoto,
    PairStatus,
    PhotoReview,
    PhotoStatus,
    PlacedPose,
    PosePrior,
    SolvedPose,
    Tile,
    TileArtifact,
)
from worldmap.rights import rig_of
from worldmap.view.above import bounds_deg, outline_deg

Array = NDArray[np.float64]

SCHEMA: Final = "worldmap-map/1"
"""Raised when a field changes its meaning or goes; new fields may come without."""
_FIT_SIDE = 5
"""Points along each side of a tile's box that its transform is fitted to."""
_NO_COPC = (
    "no COPC file, which this page reads points from: run `worldmap merge --area all` with the "
    "setting tiles.formats as it is by default"
)
_DAMAGED = (
    "its file is missing or damaged: delete {file} if it is there, and run "
    "`worldmap merge --area all`"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class PageSite:
    """The origin of ENU."""

    lat: float
    lon: float
    height_m: float


@dataclass(frozen=True, slots=True, kw_only=True)
class PageTag:
    """Where a photo's tags have it."""

    lat: float
    lon: float
    sigma_m: float
    source: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PageCamera:
    """The camera of the full-size photo, in pixels; distortion: Brown's k1, k2, p1, p2, k3."""

    width: int
    height: int
    fx: float
    fy: float
    cx: float
    cy: float
    distortion: tuple[float, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class PagePlace:
    """One idea of where a photo is."""

    lat: float | None
    lon: float | None
    height_m: float | None
    sigma_m: tuple[float, float, float] | None
    rotation_sigma_deg: tuple[float, float, float] | None
    heading_deg: float | None
    pitch_deg: float | None
    roll_deg: float | None
    enu_from_cam: tuple[float, ...] | None


@dataclass(frozen=True, slots=True, kw_only=True)
class PagePhoto:
    """A photo where it was placed, or else where its tags have it; `lat` is null where neither.
    Sigmas are along east, north, up and about camera x, y, z, on the globe; enu_from_cam is (3, 4),
    row by row. scale_sigma_rel: of what the photo's depth is multiplied by; own: whether it has no
    place, and depth, so that its points can be looked at by themselves.
    tag: where its tags have it; far_m: how far most of its depth reaches; flags: what looks
    suspicious; rig: the panorama that it is a view of, by whose views one looks around."""

    id: int
    name: str
    status: PhotoStatus
    reason: str
    time: str | None
    tag: PageTag | None
    lat: float | None
    lon: float | None
    height_m: float | None
    sigma_m: tuple[float, float, float] | None
    rotation_sigma_deg: tuple[float, float, float] | None
    heading_deg: float | None
    pitch_deg: float | None
    roll_deg: float | None
    enu_from_cam: tuple[float, ...] | None
    far_m: float
    hfov_deg: float
    scale_sigma_rel: float
    own: bool
    camera: PageCamera
    pairs: int
    flags: tuple[str, ...]
    credit: str
    licence: str
    rig: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class PageFailure:
    """A photo that is not in the map, and why."""

    name: str
    stage: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TileTransform:
    """The affine transform from stored coordinates to ENU: within 100 m it is exact to half a
    millimetre, and a graphics card can apply it. matrix (3, 4), row by row, takes coordinates less
    `origin`; low and high are the ends of these."""

    origin: tuple[float, ...]
    matrix: tuple[float, ...]
    low: tuple[float, ...]
    high: tuple[float, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class PageTile:
    """A tile, where to fetch it, and how its coordinates become ENU about the site; `url` is None
    where it cannot be shown, and `problem` says why. outline and bounds: latitude, longitude, the
    bounds those of its pictures: picture, its points from above, and orthophoto, which is made when
    it is asked for."""

    key: str
    points: int
    stale: bool
    outline: tuple[tuple[float, float], ...]
    picture: str | None
    orthophoto: str | None
    bounds: tuple[tuple[float, float], tuple[float, float]]
    url: str | None
    file: str | None
    version: str
    problem: str
    enu_from_tile: TileTransform | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Agreement:
    """By which rule photos agreed on points when they were merged (see `fuse.agree`): within so
    many sigmas of both depths and the registration, and within this share of the range.
    systematic_rel: what is added to a depth's own sigma."""

    sigmas: float
    within_rel: float
    registration_sigma_m: float
    systematic_rel: float


@dataclass(frozen=True, slots=True, kw_only=True)
class PageControl:
    """A surveyed point, whether it is held out to check by, how far from it the last merge has it
    (null where it has not), and its marks: photo, and pixels of the full-size upright one."""

    name: str
    lat: float
    lon: float
    height_m: float
    check: bool
    off_m: float | None
    marks: tuple[tuple[int, float, float], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class PageWindow:
    """The part of a large map that the page has: west, south, east, north; photos: of the map."""

    bounds: tuple[float, float, float, float]
    photos: int


@dataclass(frozen=True, slots=True, kw_only=True)
class PageLayer:
    """A raster that lies on the page's map: what it is called, where its picture is, and its south
    west and north east corners, latitude and longitude."""

    name: str
    url: str
    bounds: tuple[tuple[float, float], tuple[float, float]]


@dataclass(frozen=True, slots=True, kw_only=True)
class PageSurfacePart:
    """A part of a surface: how many triangles it has, between which coordinates it lies, and where
    its corners (`view.surface.corner_bytes`) and its picture are."""

    triangles: int
    low: tuple[float, ...]
    high: tuple[float, ...]
    corners: str
    picture: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PageSurface:
    """A surface beside the points. enu_from_surface (3, 4), row by row, takes its coordinates to
    ENU about the site."""

    name: str
    enu_from_surface: tuple[float, ...]
    parts: tuple[PageSurfacePart, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class PageDocument:
    """`map.json`. version: of worldmap; window: None where this is the whole map, or all that was
    asked for; pairs: photo, photo, verdict, matches that fit. All sigmas
    of photos are on the globe; those of points in the tiles are within the area."""

    schema: str
    name: str
    version: str
    site: PageSite
    window: PageWindow | None
    agreement: Agreement
    photos: tuple[PagePhoto, ...]
    failures: tuple[PageFailure, ...]
    tiles: tuple[PageTile, ...]
    layers: tuple[PageLayer, ...]
    surfaces: tuple[PageSurface, ...]
    pairs: tuple[tuple[int, int, PairStatus, int], ...]
    control: tuple[PageControl, ...]
    credits: tuple[str, ...]


def photo_json(
    photo: IngestedPhoto,
    pose: SolvedPose | None,
    review: PhotoReview | None,
    site: Site,
    far_depth_m: float,
) -> PagePhoto:
    """A photo as the page is told of it; far_depth_m: in the photo's own depth scale, or NaN."""
    prior = review.prior if review else photo.prior
    camera, scale, scale_sigma_rel = photo.camera, 1.0, prior.scale_sigma_rel
    if not isinstance(pose, PlacedPose):
        place, hfov_deg = _tagged_place(prior), camera.hfov_deg
    else:
        solved = Place.of(pose, camera)
        place, hfov_deg = _solved_place(pose, solved, site), solved.hfov_deg
        scale, scale_sigma_rel = solved.depth_scale, solved.scale_sigma_rel
        camera = pose.solved_camera(camera)
    captured = photo.metadata.captured_at
    return PagePhoto(
        id=photo.photo_id,
        name=photo.metadata.path.name,
        status=pose.status if pose else PhotoStatus.INGESTED,
        reason=pose.reason if pose else "" if photo.depth else photo.waits_for,
        time=captured.isoformat() if captured else None,
        tag=_tag(prior),
        lat=place.lat,
        lon=place.lon,
        height_m=place.height_m,
        sigma_m=place.sigma_m,
        rotation_sigma_deg=place.rotation_sigma_deg,
        heading_deg=place.heading_deg,
        pitch_deg=place.pitch_deg,
        roll_deg=place.roll_deg,
        enu_from_cam=place.enu_from_cam,
        far_m=far_depth_m * scale,
        hfov_deg=hfov_deg,
        scale_sigma_rel=scale_sigma_rel,
        own=photo.depth is not None and not isinstance(pose, PlacedPose),
        camera=PageCamera(
            width=camera.width_px,
            height=camera.height_px,
            fx=camera.fx_px,
            fy=camera.fy_px,
            cx=camera.cx_px,
            cy=camera.cy_px,
            distortion=camera.distortion,
        ),
        pairs=pose.pairs if pose else 0,
        flags=tuple(sorted({*photo.metadata.flags, *(review.flags if review else ())})),
        credit=photo.metadata.artist or photo.metadata.copyright or "",
        licence=photo.metadata.licence or "",
        rig=rig[0] if (rig := rig_of(photo.metadata)) else None,
    )


def _solved_place(pose: PlacedPose, place: Place, site: Site) -> PagePlace:
    drawn = pose.about(site).enu_from_cam
    return PagePlace(
        lat=place.lat_deg,
        lon=place.lon_deg,
        height_m=place.height_m,
        sigma_m=place.position_sigma_m,
        rotation_sigma_deg=place.rotation_sigma_deg,
        heading_deg=place.heading_deg,
        pitch_deg=place.pitch_deg,
        roll_deg=place.roll_deg,
        enu_from_cam=tuple(drawn.matrix[:3].ravel().tolist()),
    )


def _tagged_place(prior: PosePrior) -> PagePlace:
    sigma_m = (prior.horizontal_sigma_m, prior.horizontal_sigma_m, prior.vertical_sigma_m)
    return PagePlace(
        lat=prior.lat_deg,
        lon=prior.lon_deg,
        height_m=prior.height_m,
        sigma_m=sigma_m if prior.has_position else None,
        rotation_sigma_deg=None,
        heading_deg=prior.heading_deg,
        pitch_deg=prior.pitch_deg,
        roll_deg=prior.roll_deg,
        enu_from_cam=None,
    )


def _tag(prior: PosePrior) -> PageTag | None:
    if prior.lat_deg is None or prior.lon_deg is None:
        return None
    return PageTag(
        lat=prior.lat_deg,
        lon=prior.lon_deg,
        sigma_m=prior.horizontal_sigma_m,
        source=prior.position_source,
    )


def failure_json(failure: Failure) -> PageFailure:
    """A photo that is not in the map, and why."""
    return PageFailure(name=failure.path.name, stage=failure.stage, reason=failure.reason)


def control_json(
    points: Iterable[ControlPoint], photos: Iterable[IngestedPhoto]
) -> tuple[PageControl, ...]:
    """Surveyed points that somebody told and that can be meant, with their marks in these
    photos."""
    by_name = names_of(photos)
    return tuple(
        PageControl(
            name=point.name,
            lat=point.lat_deg,
            lon=point.lon_deg,
            height_m=point.height_m,
            check=point.role == ControlRole.CHECK,
            off_m=point.result.off_m if point.result else None,
            marks=tuple(
                (photo_id, mark.u_px, mark.v_px)
                for mark in point.marks
                for photo_id in matching(mark.image, by_name)
            ),
        )
        for point in points
        if point.role != ControlRole.REMOVED and not point.problem
    )


def copc_of(tile: Tile) -> TileArtifact | None:
    """The file of a tile that the page can read in parts; None where it has none."""
    return next((file for file in tile.files if file.format == "copc"), None)


def tile_json(tile: Tile, layout: Layout, site: Site, *, orthophoto: bool = False) -> PageTile:
    """A tile, where to fetch it, and how its coordinates become ENU about the site; `url` is None
    where it cannot be shown, and `problem` says why."""
    copc, problem, fit = copc_of(tile), "", None
    if copc is None:
        problem = _NO_COPC
    else:
        try:
            vertical = read_vertical(layout.tile_in_parts(copc))
        except StorageError:
            problem = _DAMAGED.format(file=copc.path)
        else:
            fit = _enu_from_tile(tile, site, vertical)
    south, west, north, east = bounds_deg(tile.key)
    return PageTile(
        key=str(tile.key),
        points=tile.points,
        stale=tile.stale,
        outline=tuple(outline_deg(tile.key)),
        picture=picture_url(tile) if fit else None,
        orthophoto=orthophoto_url(tile) if fit and orthophoto else None,
        bounds=((south, west), (north, east)),
        url=tile_url(tile) if fit else None,
        file=copc.path.as_posix() if copc else None,
        version=copc.content_hash[:12] if copc else "",
        problem=problem,
        enu_from_tile=fit,
    )


def tile_url(tile: Tile) -> str:
    """Where the page finds a tile's points."""
    return f"tiles/{tile.key}.copc.laz"


def picture_url(tile: Tile) -> str:
    """Where the page finds a tile as seen from above."""
    return f"tiles/{tile.key}.png"


def orthophoto_url(tile: Tile) -> str:
    """Where the page finds a tile as photos show it from above."""
    return f"tiles/{tile.key}.webp"


def _enu_from_tile(tile: Tile, site: Site, vertical: Vertical) -> TileTransform:
    """Fitted to a grid of points through the tile's box."""
    low, high = np.reshape(tile.bounds_m, (2, 3))
    high = np.maximum(high, low + 1.0)
    ends = [np.linspace(a, b, _FIT_SIDE) for a, b in zip(low, high, strict=True)]
    stored = np.stack(np.meshgrid(*ends), axis=-1).reshape(-1, 3)
    projected = stored.copy()
    if vertical != "ellipsoid":
        lat_deg, lon_deg, _ = geodetic_from_projected(stored, tile.key.epsg)
        projected[:, 2] += undulation_m(lat_deg, lon_deg, vertical)
    xyz_enu = enu_from_projected(projected, site, tile.key.epsg)
    origin = np.floor(low)
    terms = np.column_stack((stored - origin, np.ones(len(stored))))
    matrix = np.linalg.lstsq(terms, xyz_enu, rcond=None)[0].T
    return TileTransform(
        origin=tuple(origin.tolist()),
        matrix=tuple(matrix.ravel().tolist()),
        low=tuple((low - origin).tolist()),
        high=tuple((high - origin).tolist()),
    )


def site_json(site: Site) -> PageSite:
    """The origin of ENU."""
    return PageSite(lat=site.lat_deg, lon=site.lon_deg, height_m=site.height_m)


def credits(photos: Iterable[IngestedPhoto]) -> list[str]:
    """Who made the photos and under which terms, each once."""
    found = {
        " · ".join(word for word in (m.artist, m.copyright, m.licence) if word)
        for m in (photo.metadata for photo in photos)
    }
    return sorted(found - {""})
