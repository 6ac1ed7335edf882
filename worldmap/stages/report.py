"""What a merge found out, as a page and as data: `report/index.html` and `report/report.json`."""

from __future__ import annotations

import math
import platform
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from importlib import metadata
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

import worldmap
from worldmap.area import Everywhere
from worldmap.artifact import write_file
from worldmap.catalog import Catalog
from worldmap.cloud import PointCloud
from worldmap.config import Settings
from worldmap.errors import PhotoError
from worldmap.geodesy import Site, enu, enu_from_projected
from worldmap.mapfolder import Layout, Originals
from worldmap.mapfolder.points import points_of
from worldmap.photo import preview_jpeg
from worldmap.place import Place
from worldmap.records import (
    CameraFindings,
    ControlAccuracy,
    ControlRole,
    IngestedPhoto,
    PairRegistration,
    PhotoReview,
    PlacedPose,
    PosePrior,
    SolvedPose,
    Tile,
    main_site,
)
from worldmap.registration.heldout import held_out
from worldmap.registration.view import PhotoView
from worldmap.render import (
    Look,
    Splats,
    Viewpoint,
    draw_frame,
    jpeg,
    sizes_m,
    turntable,
)
from worldmap.report import (
    SCHEMA,
    AreaRaster,
    ControlEntries,
    ControlEntry,
    Coverage,
    DepthSource,
    PairEntry,
    PhotoEntry,
    Pictures,
    Report,
    Rights,
    StageCost,
    Station,
    Suggestion,
    TaggedPlace,
    TileEntry,
    as_json,
    draw_coverage,
    draw_density,
    draw_height,
    page,
    plotted,
    positions_picture,
    suggestions,
)
from worldmap.stages.solution import SolvedPart
from worldmap.stages.work import Work

_NAN3 = (math.nan,) * 3
# With very many photos the page would grow too heavy: their pictures are smaller.
_MANY_PHOTOS = 200
_THUMBNAIL_PX, _SMALL_THUMBNAIL_PX = 192, 96
_CLOUD_PX = (960, 540)
_CLOUD_POINTS = 400_000
_PACKAGES = ("numpy", "scipy", "opencv-python-headless", "gtsam", "laspy", "pyproj", "torch")


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Merged:
    """What a merge hands to its report; stages as they were timed."""

    photos: Sequence[IngestedPhoto]
    views: Mapping[int, PhotoView]
    pairs: Sequence[PairRegistration]
    poses: Sequence[SolvedPose]
    reviews: Mapping[int, PhotoReview]
    tiles: Sequence[Tile]
    site: Site
    stages: Sequence[StageCost]

    @classmethod
    def of(cls, solved: SolvedPart, tiles: Sequence[Tile], stages: Sequence[StageCost]) -> Merged:
        """What came of the part that was solved."""
        poses = solved.solution.poses
        return cls(
            photos=solved.photos,
            views=solved.views,
            pairs=solved.solution.pairs,
            poses=poses,
            reviews=solved.reviews,
            tiles=tiles,
            site=main_site(poses) or poses[0].site,
            stages=stages,
        )


def write_report(work: Work, merged: Merged) -> Path:
    """Write the report of a merge into the map; returns the page's path.

    Raises StorageError where a tile cannot be read or the report not be written. Photos that have
    moved away since have no thumbnail.
    """
    folder, settings = work.folder, work.settings
    placed = _placed_about(merged)
    tiles = [tile for tile in merged.tiles if tile.points]
    with work.listener.stage("report", len(tiles) + 4, unit="parts") as stage:
        accuracy = held_out(
            merged.views,
            merged.pairs,
            merged.poses,
            settings.registration,
            folds=settings.report.held_out_folds,
        )
        stage.advance()
        raster, sample = _survey(folder.layout, tiles, placed, merged.site, stage.advance)
        entries = _photo_entries(merged)
        report = Report(
            schema=SCHEMA,
            title=folder.layout.title,
            made_at=datetime.now(UTC),
            site=(merged.site.lat_deg, merged.site.lon_deg, merged.site.height_m),
            placed=len(placed),
            unplaced=len(entries) - len(placed),
            photos=entries,
            pairs=tuple(_pair_entry(pair) for pair in merged.pairs),
            accuracy=accuracy,
            surveyed=_surveyed(work.folder.catalog),
            coverage=_coverage(raster, merged, placed),
            tiles=tuple(
                TileEntry(
                    key=str(tile.key),
                    files=tuple(file.path for file in tile.files),
                    points=tile.points,
                )
                for tile in tiles
            ),
            points=sum(tile.points for tile in tiles),
            cameras=tuple(
                CameraFindings.of(found)
                for found in work.folder.catalog.calibrations()
                if set(found.photo_ids) & merged.views.keys()
            ),
            depth_sources=_depth_sources(folder.catalog, merged.photos),
            rights=_rights(merged.photos),
            stages=tuple(merged.stages),
            settings=settings.model_dump(mode="json"),
            versions=_versions(),
        )
        stage.advance()
        pictures = _pictures(merged, raster, sample, report, settings)
        stage.advance()
        content = page(report, pictures).encode()
        for name, told in (("report.json", as_json(report).encode()), ("index.html", content)):
            write_file(folder.layout.report(name), told)
            folder.layout.share(folder.layout.report(name))
        stage.advance()
    return folder.layout.report("index.html")


# --- photos and pairs -----------------------------------------------------------------------------


def _photo_entries(merged: Merged) -> tuple[PhotoEntry, ...]:
    poses = {pose.photo_id: pose for pose in merged.poses}
    matches: Counter[int] = Counter()
    for pair in merged.pairs:
        if pair.accepted:
            matches[pair.photo_a] += pair.inliers
            matches[pair.photo_b] += pair.inliers
    entries = []
    for photo in sorted(merged.photos, key=lambda photo: photo.metadata.path):
        pose, said, tags = poses[photo.photo_id], merged.reviews.get(photo.photo_id), photo.metadata
        placed = pose if isinstance(pose, PlacedPose) else None
        entries.append(
            PhotoEntry(
                photo_id=photo.photo_id,
                name=tags.path.name,
                path=tags.path,
                status=pose.status,
                reason=pose.reason,
                flags=(*tags.flags, *(said.flags if said else ())),
                captured_at=tags.captured_at,
                device=" ".join(word for word in (tags.make, tags.model) if word),
                tagged=_tagged(said.prior if said else photo.prior),
                solved=Place.of(placed, photo.camera, about=merged.site) if placed else None,
                group=pose.component,
                pairs=pose.pairs,
                matches=matches[photo.photo_id],
                depth_scale=placed.depth_scale if placed else math.nan,
                scale_sigma_rel=placed.scale_sigma_rel if placed else math.nan,
                ground_sample_m=_ground_sample_m(merged.views.get(photo.photo_id), placed),
                prior_scale_sigma_rel=photo.prior.scale_sigma_rel,
                gps_residual_m=placed.gps_residual_m if placed else _NAN3,
                heading_residual_deg=placed.heading_residual_deg if placed else math.nan,
            )
        )
    return tuple(entries)


def _ground_sample_m(view: PhotoView | None, placed: PlacedPose | None) -> float:
    """What a pixel covers where half of what the photo shows is nearer."""
    if view is None or placed is None:
        return math.nan
    depth_m = view.features.xyz_cam[:, 2].astype(np.float64)
    depth_m = depth_m[np.isfinite(depth_m)]
    if not len(depth_m):
        return math.nan
    return float(np.median(depth_m)) * placed.depth_scale / placed.lens.focal_px


def _surveyed(catalog: Catalog) -> ControlEntries:
    points = [point for point in catalog.control_points() if point.role != ControlRole.REMOVED]
    return ControlEntries(
        points=tuple(
            ControlEntry(
                name=point.name,
                role=point.role,
                lat_deg=point.lat_deg,
                lon_deg=point.lon_deg,
                height_m=point.height_m,
                photos=result.photos,
                off_m=(result.east_m, result.north_m, result.up_m),
                rms_px=result.rms_px,
                used=result.used,
                remark=result.remark,
            )
            for point in points
            if (result := point.result) is not None
        ),
        control=ControlAccuracy.of_role(points, ControlRole.CONTROL),
        check=ControlAccuracy.of_role(points, ControlRole.CHECK),
    )


def _tagged(prior: PosePrior) -> TaggedPlace | None:
    if prior.lat_deg is None or prior.lon_deg is None:
        return None
    horizontal_m = prior.horizontal_sigma_m
    return TaggedPlace(
        lat_deg=prior.lat_deg,
        lon_deg=prior.lon_deg,
        height_m=float("nan") if prior.height_m is None else prior.height_m,
        position_sigma_m=(horizontal_m, horizontal_m, prior.vertical_sigma_m),
        heading_deg=prior.heading_deg,
        heading_sigma_deg=prior.heading_sigma_deg if prior.heading_deg is not None else np.nan,
        source=prior.position_source,
    )


def _pair_entry(pair: PairRegistration) -> PairEntry:
    return PairEntry(
        photo_a=pair.photo_a,
        photo_b=pair.photo_b,
        status=pair.status,
        reason=pair.reason,
        method=pair.method,
        matches=pair.matches,
        inliers=pair.inliers,
        rmse_px=pair.rmse_px,
        overlap=pair.overlap,
    )


# --- the ground -----------------------------------------------------------------------------------


def _survey(
    layout: Layout,
    tiles: Sequence[Tile],
    placed: Sequence[PlacedPose],
    site: Site,
    advance: Callable[[], None],
) -> tuple[AreaRaster, PointCloud]:
    """The area from above, and some of its points for a picture; tile by tile, so that memory does
    not grow with the area."""
    corners = [_corners_enu(tile, site) for tile in tiles]
    corners.append(_centres(placed)[:, :2])
    around = np.concatenate(corners) if sum(map(len, corners)) else np.zeros((1, 2))
    raster = AreaRaster(around.min(axis=0) - 1.0, around.max(axis=0) + 1.0)
    every = max(1, -(-sum(tile.points for tile in tiles) // _CLOUD_POINTS))
    parts = []
    for tile in tiles:
        points = points_of(layout, tile, Everywhere())
        xyz_enu = enu_from_projected(points.cloud.xyz, site, points.epsg)
        raster.add(xyz_enu, points.cloud.support)
        thinned = np.arange(0, len(xyz_enu), every)
        parts.append(replace(points.cloud, frame=enu(site), xyz=xyz_enu).select(thinned))
        advance()
    return raster, PointCloud.concatenated(parts, enu(site))


def _corners_enu(tile: Tile, site: Site) -> NDArray[np.float64]:
    west, south, low, east, north, _ = tile.bounds_m
    corners = np.array([(x, y, low) for x in (west, east) for y in (south, north)])
    return enu_from_projected(corners, site, tile.key.epsg)[:, :2]


def _placed_about(merged: Merged) -> list[PlacedPose]:
    """The placed ones, all about the report's site."""
    return [pose.about(merged.site) for pose in merged.poses if isinstance(pose, PlacedPose)]


def _centres(poses: Sequence[PlacedPose]) -> NDArray[np.float64]:
    found = [pose.enu_from_cam.translation_m for pose in poses]
    return np.array(found, dtype=np.float64).reshape(-1, 3)


def _coverage(raster: AreaRaster, merged: Merged, placed: Sequence[PlacedPose]) -> Coverage:
    names = {photo.photo_id: photo.metadata.path.name for photo in merged.photos}
    standing = {
        pose.photo_id: Station(name=names[pose.photo_id], at_m=centre[:2], group=pose.component)
        for pose, centre in zip(placed, _centres(placed), strict=True)
    }
    believed = [(p.photo_a, p.photo_b) for p in merged.pairs if p.accepted]
    found = []
    for idea in suggestions(raster, standing, believed):
        east_m, north_m = map(float, idea.at_m)
        lat_deg, lon_deg, _ = merged.site.geodetic_from_enu(np.array((east_m, north_m, 0.0)))
        found.append(
            Suggestion(
                kind=idea.kind,
                lat_deg=float(lat_deg),
                lon_deg=float(lon_deg),
                east_m=east_m,
                north_m=north_m,
                heading_deg=idea.heading_deg,
                area_m2=idea.area_m2,
                reason=idea.reason,
            )
        )
    return Coverage(
        cell_m=raster.cell_m,
        area_m2=raster.area_m2,
        single_m2=raster.single_m2,
        by_support=raster.by_support,
        suggestions=tuple(found),
    )


# --- where it all comes from ----------------------------------------------------------------------


def _depth_sources(catalog: Catalog, photos: Sequence[IngestedPhoto]) -> tuple[DepthSource, ...]:
    models = Counter(
        info.model for photo in photos if (info := catalog.depth_map(photo.photo_id)) is not None
    )
    return tuple(
        DepthSource(
            name=model.name, licence=model.licence, weights_hash=model.weights_hash, photos=count
        )
        for model, count in sorted(models.items(), key=lambda item: (-item[1], item[0].name))
    )


def _rights(photos: Sequence[IngestedPhoto]) -> tuple[Rights, ...]:
    told = Counter(
        (tags.artist or "", tags.copyright or "", tags.licence or "")
        for tags in (photo.metadata for photo in photos)
    )
    return tuple(
        Rights(artist=artist, copyright=copyright_, licence=licence, photos=count)
        for (artist, copyright_, licence), count in sorted(
            told.items(), key=lambda item: (-item[1], item[0])
        )
    )


def _versions() -> dict[str, str]:
    found = {"worldmap": worldmap.__version__, "Python": platform.python_version()}
    for name in _PACKAGES:
        with suppress(metadata.PackageNotFoundError):
            found[name] = metadata.version(name)
    return found


# --- pictures -------------------------------------------------------------------------------------


def _pictures(
    merged: Merged, raster: AreaRaster, sample: PointCloud, report: Report, settings: Settings
) -> Pictures:
    poses = {pose.photo_id: pose for pose in merged.poses}
    shown = [plotted(photo, poses, merged.reviews, merged.site) for photo in merged.photos]
    at_m = {
        photo.photo_id: np.array((place.east_m, place.north_m))
        for photo, one in zip(merged.photos, shown, strict=True)
        if (place := one.solved or one.tagged) is not None
    }
    placed = _placed_about(merged)
    centres = _centres(placed)[:, :2]
    ideas = [np.array((idea.east_m, idea.north_m)) for idea in report.coverage.suggestions]
    many = len(merged.photos) > _MANY_PHOTOS
    size_px = _SMALL_THUMBNAIL_PX if many else _THUMBNAIL_PX
    thumbnails, originals = {}, Originals()
    for photo in merged.photos:
        with suppress(PhotoError):
            file = originals.file(photo)
            thumbnails[photo.photo_id] = preview_jpeg(file, settings.photo, size_px)
    some = len(sample) > 0
    return Pictures(
        positions=positions_picture(shown, "", "", ".png" if many else ".svg"),
        positions_kind="png" if many else "svg+xml",
        cloud=_cloud_picture(sample, merged, placed) if some else b"",
        coverage=draw_coverage(raster, centres, ideas) if some else b"",
        height=draw_height(raster, centres) if some else b"",
        density=draw_density(raster, centres) if some else b"",
        thumbnails=thumbnails,
        at_m=at_m,
    )


def _cloud_picture(sample: PointCloud, merged: Merged, placed: Sequence[PlacedPose]) -> bytes:
    cameras = {photo.photo_id: photo.camera for photo in merged.photos}
    views = [
        Viewpoint(camera=cameras[pose.photo_id], enu_from_cam=pose.enu_from_cam) for pose in placed
    ]
    splats = Splats.of(sample, sample.rgb, sizes_m(sample.xyz))
    (shot,) = turntable(splats, views, _CLOUD_PX, 1)
    return jpeg(draw_frame(splats, shot, Look(fineness=2)))
