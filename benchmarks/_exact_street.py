"""Streets of both generators with their exact surface, their maps laid onto it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from benchmarks._town.render import Painter
from benchmarks._town.scene import Board, build
from benchmarks.ground.streets import second_street
from worldmap.camera import Camera, PlacedCamera
from worldmap.demo import read_truth
from worldmap.demo.accuracy import align
from worldmap.demo.mesh import Mesh
from worldmap.demo.render import Rays, Renderer, exact_depth_m
from worldmap.demo.scene import build_scene
from worldmap.frames import RigidTransform, Similarity, cam
from worldmap.geodesy import Site, enu
from worldmap.mapfolder import MapFolder
from worldmap.records import PlacedPose

Array = NDArray[np.float64]

_UPRIGHT = 1e-6
_EVERY_PX = 16  # of a photo's pixels, along either side


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class ExactStreet:
    """A merged map and what is true of it.

    site: of the scene's ENU. photos: with their true cameras; placed: the same photos as the map
    has them, in its own ENU. true_from_map: by all their places at once, so that where the area
    stands, how it is turned and how large it is do not count. normal (T, 3): of the triangles of
    `rays`. upright (U, 2, 2): ends in plan of walls no thicker than a sheet, which no plumb line
    meets. picture: of the exact scene.
    """

    label: str
    map_dir: Path
    site: Site
    photos: Sequence[PlacedCamera]
    placed: Sequence[PlacedCamera]
    true_from_map: Similarity
    rays: Rays
    normal: Array
    upright: Array
    picture: Callable[[Camera, RigidTransform], NDArray[np.uint8]]

    def off_m(self) -> Array:
        """Of each photo (N,): how far off it stands."""
        stands = np.array([p.enu_from_cam.translation_m for p in self.placed])
        true = np.array([p.enu_from_cam.translation_m for p in self.photos])
        return np.asarray(np.linalg.norm(self.true_from_map.apply(stands) - true, axis=1))

    def off_by_places_m(self) -> Array:
        """How far from the exact surface its own points (N,) lie that each photo sees, put where
        the map has the photo: what would be off with exact depth."""
        off = []
        for true, placed in zip(self.photos, self.placed, strict=True):
            depth = exact_depth_m(self.rays, true.camera, true.enu_from_cam)
            uv = true.camera.pixel_centres()[::_EVERY_PX, ::_EVERY_PX]
            depth = depth[::_EVERY_PX, ::_EVERY_PX]
            known = np.isfinite(depth)
            local = true.camera.unproject(uv[known], depth[known].astype(np.float64))
            turn = self.true_from_map.rotation @ placed.enu_from_cam.rotation
            stands = self.true_from_map.apply(placed.enu_from_cam.translation_m[None])[0]
            off.append(self.rays.distance_m((local @ turn.T + stands).astype(np.float32)))
        return np.concatenate(off)


def exact_demo(folder: Path) -> ExactStreet:
    """The demo in a folder, which is merged."""
    truth = read_truth(folder)
    mesh = build_scene(truth.layout, truth.seed, len(truth.photos))
    renderer = Renderer(mesh, truth.seed)
    placed = _placed(folder / "map", truth.site)
    photos = {name: truth.photo(name) for name in placed}
    return ExactStreet(
        label="",
        map_dir=folder / "map",
        site=truth.site,
        photos=[
            PlacedCamera(camera=p.camera, enu_from_cam=p.enu_from_cam) for p in photos.values()
        ],
        placed=list(placed.values()),
        true_from_map=_fit(placed, {n: p.enu_from_cam for n, p in photos.items()}),
        rays=Rays(mesh),
        normal=_normals(mesh.xyz_enu),
        upright=np.empty((0, 2, 2)),
        picture=lambda camera, pose: renderer.photo(camera, pose).clip(0, 255).astype(np.uint8),
    )


def exact_second_street(scenes: Path, seed: int) -> ExactStreet:
    """The other generator's street of that seed, made and merged where it is not there yet. Leaves
    are sheets without holes."""
    street = second_street(scenes, seed)
    boards = build(seed)
    painter = Painter(boards)
    corners = np.concatenate([_triangles(board) for board in boards])
    mesh = Mesh(
        xyz_enu=corners,
        st_m=np.zeros((len(corners), 3, 2)),
        texture=np.zeros(len(corners), np.int32),
        textures=(),
    )
    placed = _placed(street.map_dir, street.site)
    true = {
        name: RigidTransform(
            to=enu(street.site),
            source=cam(name),
            rotation=street.photos[name].enu_from_cam[:3, :3],
            translation_m=street.photos[name].enu_from_cam[:3, 3],
        )
        for name in placed
    }
    return ExactStreet(
        label=f"{street.label}, ",
        map_dir=street.map_dir,
        site=street.site,
        photos=[
            PlacedCamera(camera=street.photos[name].camera, enu_from_cam=true[name])
            for name in placed
        ],
        placed=list(placed.values()),
        true_from_map=_fit(placed, true),
        rays=Rays(mesh),
        normal=_normals(corners),
        upright=np.array(
            [
                (board.corner[:2], (board.corner + board.along)[:2])
                for board in boards
                if np.hypot(*board.down[:2]) < _UPRIGHT
            ]
        ),
        picture=lambda camera, pose: painter.picture(camera, pose.matrix)[0],
    )


def _placed(map_dir: Path, site: Site) -> dict[str, PlacedCamera]:
    """The photos that the map has a place for, by name, about that site."""
    with MapFolder.open(map_dir) as folder:
        photos = {p.photo_id: p for p in folder.catalog.photos()}
        poses = [p.about(site) for p in folder.catalog.poses() if isinstance(p, PlacedPose)]
    return {
        photos[p.photo_id].metadata.path.name: PlacedCamera(
            camera=p.solved_camera(photos[p.photo_id].camera), enu_from_cam=p.enu_from_cam
        )
        for p in poses
    }


def _fit(placed: dict[str, PlacedCamera], true: dict[str, RigidTransform]) -> Similarity:
    fit = align(
        np.array([p.enu_from_cam.translation_m for p in placed.values()]),
        np.array([true[name].translation_m for name in placed]),
        with_scale=True,
    )
    assert fit is not None
    return fit


def _triangles(board: Board) -> Array:
    a, b, c = board.corner, board.corner + board.along, board.corner + board.down
    return np.array(((a, b, c), (b, b + board.down, c)))


def _normals(corners: Array) -> Array:
    """Unit normals (T, 3) of triangles (T, 3, 3)."""
    edge = corners[:, 1:] - corners[:, :1]
    normal = np.cross(edge[:, 0], edge[:, 1])
    return np.asarray(normal / np.maximum(np.linalg.norm(normal, axis=1), 1e-12)[:, None])
