"""An area as a picture or a film: tiles to points, a way for the camera, frames, a file."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from worldmap.area import Area
from worldmap.camera import Camera, PlacedCamera
from worldmap.cloud import PointCloud
from worldmap.engine import Outcome, run_each
from worldmap.errors import EmptyAreaError, InputError, UsageError
from worldmap.geodesy import Site, enu, enu_from_projected
from worldmap.listener import Listener, Silence
from worldmap.mapfolder import MapFolder
from worldmap.mapfolder.points import points_of
from worldmap.records import IngestedPhoto, PlacedPose
from worldmap.render import (
    FILM_SUFFIXES,
    Film,
    Look,
    Picture,
    Splats,
    Viewpoint,
    check_background,
    check_suffix,
    colours,
    disc_normals,
    draw_frame,
    flight,
    level_viewpoint,
    looks_at_m,
    photo_sway,
    sizes_m,
    turntable,
)

TURNTABLE, FLIGHT = "turntable", "flight"
_STILL_PX, _GIF_PX, _FILM_PX = (1280, 720), (480, 270), (1280, 720)
_GIF_FPS, _FILM_FPS = 12.0, 30.0
_GIF_S, _FILM_S = 6.0, 12.0
# Frames up to this size are drawn twice as fine; larger ones of films as they are.
_FINE_PX = 640 * 360
_LARGEST_PX = 8192
_MOST_FRAMES = 20_000


@dataclass(frozen=True, slots=True, kw_only=True)
class RenderOptions:
    """What to draw. path: turntable, flight, or a photo of the map. size_px: width and height;
    None: 480×270 for .gif, else 1280×720. seconds, fps: of films; None: 6 s at 12 for .gif, 12 s at
    30 for .mp4. background: light, dark, sky or #rrggbb; None: light around the cloud, else sky.
    colour: photo, height, support or sigma. support: points that fewer photos agree on are left
    out."""

    path: str = TURNTABLE
    size_px: tuple[int, int] | None = None
    seconds: float | None = None
    fps: float | None = None
    background: str | None = None
    colour: str = "photo"
    shaded: bool = True
    support: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class RenderSummary:
    """What was drawn. seconds: all of it; seconds_per_frame: wall time of the frames alone."""

    path: Path
    bytes: int
    points: int
    frames: int
    width_px: int
    height_px: int
    seconds_per_frame: float
    seconds: float


def render(
    map_dir: Path,
    area: Area,
    out: Path,
    options: RenderOptions,
    listener: Listener | None = None,
    *,
    jobs: int = 1,
) -> RenderSummary:
    """Draw the area's points to `out`: .png or .jpg (one frame), .gif or .mp4.

    Raises UsageError for options that mean nothing, InputError where the area has no points or the
    photo is not placed, CatalogError or StorageError where the map cannot be read or the file not
    be written.
    """
    listener = listener or Silence()
    return _rendered(
        lambda: _read_scene(map_dir, area, options, listener, jobs), out, options, listener, jobs
    )


def render_photo(
    cloud: PointCloud, camera: Camera, out: Path, listener: Listener | None = None, *, jobs: int = 1
) -> RenderSummary:
    """Draw one photo's own points: as it sees them, or a film that sways about that.

    cloud: in the axes of the photo's camera, metres, as of `SinglePhoto.cloud`. The photo is taken
    to look level to the north, which only its sky shows. Errors as in `render`.
    """
    view = level_viewpoint(camera)

    def scene() -> _Scene:
        if not len(cloud):
            raise EmptyAreaError("the photo gives no points", hint="see its depth picture")
        placed = replace(cloud, frame=view.enu_from_cam.to, xyz=view.enu_from_cam.apply(cloud.xyz))
        splats = _discs(placed, "photo", jobs)
        return _Scene(cloud=placed, splats=splats, views=[view], named=view)

    return _rendered(scene, out, RenderOptions(path="photo"), listener or Silence(), jobs)


def _rendered(
    read: Callable[[], _Scene], out: Path, options: RenderOptions, listener: Listener, jobs: int
) -> RenderSummary:
    start_s = time.monotonic()
    check_suffix(out)
    size_px, frames, fps = _frames(out, options)
    look = _look(options, size_px, frames)
    scene = read()
    shots = _shots(scene, options, size_px, frames)
    film = Film(out, fps)
    begin_s = time.monotonic()
    _draw(scene.splats, shots, look, film, listener, jobs)
    per_frame_s = (time.monotonic() - begin_s) / len(shots)
    size = film.save()
    return RenderSummary(
        path=out,
        bytes=size,
        points=len(scene.splats),
        frames=len(shots),
        width_px=size_px[0],
        height_px=size_px[1],
        seconds_per_frame=per_frame_s,
        seconds=time.monotonic() - start_s,
    )


def parse_size(text: str) -> tuple[int, int]:
    """Width and height in pixels of `1280x720`; UsageError for anything else."""
    try:
        width, height = (int(part) for part in text.lower().replace("×", "x").split("x"))
    except ValueError:
        raise UsageError(
            f"cannot understand the size {text!r}", hint="it is like 1280x720"
        ) from None
    if not (16 <= width <= _LARGEST_PX and 16 <= height <= _LARGEST_PX):
        raise UsageError(f"the size {text} must be between 16 and {_LARGEST_PX} pixels")
    return width, height


def _frames(out: Path, options: RenderOptions) -> tuple[tuple[int, int], int, float]:
    """Size, number of frames and frames a second of the file."""
    suffix = out.suffix.lower()
    if suffix not in FILM_SUFFIXES:
        if options.seconds is not None or options.fps is not None:
            raise UsageError("is one picture: --seconds and --fps are for .gif and .mp4", path=out)
        return options.size_px or _STILL_PX, 1, 1.0
    gif = suffix == ".gif"
    fps = options.fps or (_GIF_FPS if gif else _FILM_FPS)
    seconds = options.seconds or (_GIF_S if gif else _FILM_S)
    if not (1 <= fps <= 60 and seconds > 0 and 2 <= seconds * fps <= _MOST_FRAMES):
        raise UsageError(
            f"{seconds:g} s at {fps:g} frames a second is no film",
            hint=f"use 1-60 a second, 2-{_MOST_FRAMES} frames",
        )
    width, height = options.size_px or (_GIF_PX if gif else _FILM_PX)
    if not gif and (width % 2 or height % 2):
        raise UsageError(f"an .mp4 needs an even width and height, not {width}x{height}")
    return (width, height), round(seconds * fps), fps


def _look(options: RenderOptions, size_px: tuple[int, int], frames: int) -> Look:
    look = Look(
        background=options.background or ("light" if options.path == TURNTABLE else "sky"),
        shaded=options.shaded,
        fineness=2 if frames == 1 or size_px[0] * size_px[1] <= _FINE_PX else 1,
    )
    check_background(look.background)
    return look


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class _Scene:
    """What is drawn. views: of the placed photos in the area; named: of the photo that the way
    names, if it does."""

    cloud: PointCloud
    splats: Splats
    views: Sequence[Viewpoint]
    named: Viewpoint | None


def _read_scene(
    map_dir: Path, area: Area, options: RenderOptions, listener: Listener, jobs: int
) -> _Scene:
    with MapFolder.open(map_dir) as folder:
        tiles, state = folder.tiles(area), folder.state(area)
        if not tiles:
            raise folder.no_points()
        by_way = options.path in (TURNTABLE, FLIGHT)
        site = state.origin
        named = None if by_way else _view_of(folder, options.path, site)
    with listener.stage("read", len(tiles), unit="tiles") as stage:
        parts = []
        for tile in tiles:
            points = points_of(folder.layout, tile, area)
            xyz_enu = enu_from_projected(points.cloud.xyz, site, points.epsg)
            parts.append(replace(points.cloud, frame=enu(site), xyz=xyz_enu))
            stage.advance()
        cloud = PointCloud.concatenated(parts, enu(site))
        cloud = cloud.select(cloud.support >= options.support)
        if not len(cloud):
            few = f" that {options.support} photos agree on" if options.support > 1 else ""
            raise EmptyAreaError(f"has no points in that area{few}", path=map_dir)
        splats = _discs(cloud, options.colour, jobs)
    return _Scene(
        cloud=cloud,
        splats=splats,
        views=[_viewpoint(state.photos[i], pose) for i, pose in sorted(state.placed.items())],
        named=named,
    )


def _discs(cloud: PointCloud, colour: str, jobs: int) -> Splats:
    size_m = sizes_m(cloud.xyz, workers=max(jobs, 1))
    return Splats.of(cloud, colours(cloud, colour), size_m, disc_normals(cloud, size_m))


def _view_of(folder: MapFolder, name: str, site: Site) -> Viewpoint:
    """Of the photo of that name, wherever it stands."""
    photo = folder.ingested(name)
    pose = next(iter(folder.catalog.poses([photo.photo_id], site=site)), None)
    if not isinstance(pose, PlacedPose):
        raise InputError("is not placed", path=photo.metadata.path, hint="see `worldmap explain`")
    return _viewpoint(photo, pose)


def _shots(
    scene: _Scene, options: RenderOptions, size_px: tuple[int, int], frames: int
) -> list[PlacedCamera]:
    """Where the camera is in each frame."""
    if options.path == TURNTABLE:
        return turntable(scene.splats, scene.views, size_px, frames)
    if scene.named is not None:
        distance_m = looks_at_m(scene.named, scene.cloud)
        return photo_sway(scene.named, distance_m, size_px, frames)
    if not scene.views:
        raise EmptyAreaError("no placed photo lies in that area to fly along", hint="try turntable")
    return flight(scene.views, size_px, frames)


def _viewpoint(photo: IngestedPhoto, pose: PlacedPose) -> Viewpoint:
    taken = photo.metadata.captured_at
    return Viewpoint(
        camera=pose.solved_camera(photo.camera),
        enu_from_cam=pose.enu_from_cam,
        taken_s=taken.timestamp() if taken else None,
    )


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class _Painter:
    splats: Splats
    look: Look

    def __call__(self, numbered: tuple[int, PlacedCamera]) -> Picture:
        return draw_frame(self.splats, numbered[1], self.look)


def _draw(
    splats: Splats,
    shots: Sequence[PlacedCamera],
    look: Look,
    film: Film,
    listener: Listener,
    jobs: int,
) -> None:
    """All frames into the film, in order, as soon as their turn has come."""
    waiting: dict[int, Picture] = {}
    count = 0
    with listener.stage("draw", len(shots), unit="frames") as stage:

        def keep(outcome: Outcome[tuple[int, PlacedCamera], Picture]) -> None:
            nonlocal count
            waiting[outcome.item[0]] = outcome.result()
            while count in waiting:
                film.add(waiting.pop(count))
                count += 1
            stage.advance()

        painter = _Painter(splats=splats, look=look)
        run_each(painter, list(enumerate(shots)), jobs=min(jobs, len(shots)), on_result=keep)
