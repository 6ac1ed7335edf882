"""The demo's scene: houses, ground and objects as one textured mesh, drawn from a seed."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import Any

import numpy as np

from worldmap.demo import ground, objects
from worldmap.demo.facade import Front, build_front, plan_front
from worldmap.demo.layout import (
    KERB_M,
    ROAD_HALF_M,
    SIDE_ROAD_HALF_M,
    SIDE_WALL_HALF_M,
    SQUARE_HALF_M,
    WALL_M,
    Standpoint,
    Street,
    StreetPlan,
    standpoints,
)
from worldmap.demo.mesh import Axes, Floats, Mesh, MeshBuilder

_SIDE_ARM_M = 26.0
_CLEARANCE_M = 2.6
_LEAST_PLOT_M = 6.0


def build_scene(layout: StreetPlan, seed: int, photos: int) -> Mesh:
    """Everything that stands still, in ENU metres; equal arguments give equal meshes."""
    builder = MeshBuilder()
    town = _Town(builder, layout, seed)
    cameras = standpoints(layout, seed, photos)
    if layout.kind == "orbit":
        _build_square(town, cameras)
    else:
        _build_street(town, Street.of(layout, seed, photos), cameras)
    return builder.build()


class _Town:
    """Puts up houses: keeps count of them and of what they share."""

    def __init__(self, builder: MeshBuilder, layout: StreetPlan, seed: int) -> None:
        self.builder = builder
        self.layout = layout
        self.seed = seed
        self.rng = np.random.default_rng((seed, 3))
        texel = layout.texel_m
        self.stone = builder.texture(ground.seeded(ground.stone, seed, 6.0, 6.0, texel))
        self.roof = builder.texture(ground.seeded(ground.roof, seed, 20.0, 9.0, 3 * texel))
        self.blind = builder.texture(
            ground.seeded(ground.rendered_wall, seed, 18.0, 20.0, 3 * texel)
        )
        self.repeat_m = 9.6 if layout.kind == "street" else 8.2
        self._houses = 0

    def number(self) -> int:
        """A fresh seed for one thing of this town."""
        self._houses += 1
        return self.seed * 10_007 + self._houses

    def row(self, start: Floats, end: Floats, *, texel_m: float | None = None) -> None:
        """A row of houses from `start` to `end` (2,), fronts to the right of that direction.

        Seen from the street in front, the row runs from left to right.
        """
        length = float(np.linalg.norm(end - start))
        if self.layout.repeated_facades:
            count = max(1, int(length / self.repeat_m))
            widths = np.full(count, length / count)
        else:
            count = max(1, round(length / float(self.rng.uniform(8.5, 11.5))))
            widths = self.rng.uniform(0.75, 1.25, count)
            widths *= length / widths.sum()
        edges = np.concatenate(((0.0,), np.cumsum(widths)))
        for left, width in zip(edges[:-1], widths, strict=True):
            self._house(start + (end - start) / length * left, end - start, float(width), texel_m)

    def _house(
        self, corner: Floats, right: Floats, width_m: float, texel_m: float | None = None
    ) -> None:
        """A house on a plot whose front edge starts at `corner` (2,) and runs along `right` (2,).

        Repeated fronts are equally wide; what their plot has left is blank wall beside them.
        """
        number = self.number()
        repeated = self.layout.repeated_facades and width_m >= self.repeat_m
        design = self.seed if repeated else number
        front = plan_front(self.repeat_m if repeated else width_m, design, number)
        plot = Axes.upright((*corner, 0.0), right)
        spare = (width_m - front.width_m) / 2
        if spare > 1e-6:
            for x in (0.0, width_m - spare):
                corners = plot.at(
                    (x, x + spare, x + spare, x), (0, 0, *(front.height_m,) * 2), -0.1
                )
                low, high = 19.0, 19.0 - front.height_m
                st = np.array(((0, low), (spare, low), (spare, high), (0, high)))
                self.builder.quad(corners, st, self.blind)
        axes = plot.moved(spare, 0.0)
        build_front(self.builder, front, axes, self.stone, texel_m or self.layout.texel_m)
        self._body(front, axes)

    def _body(self, front: Front, axes: Axes) -> None:
        # Side walls, a back that stops stray rays, and a roof of its own pitch.
        w, h, deep = front.width_m, front.height_m, 9.0
        rng = np.random.default_rng((front.design, 4))
        ridge = h + rng.uniform(1.8, 3.2)
        s0 = rng.uniform(0, 1.5)
        # Set in from the edge: at a corner another front stands in that plane.
        for x in (1.0, w - 1.0):
            outline = np.array(((0.0, 0.0), (-deep, 0.0), (-deep, h), (-deep / 2, ridge), (0, h)))
            corners = axes.at(x, outline[:, 1], outline[:, 0])
            st = np.stack((s0 - outline[:, 0], 19.5 - outline[:, 1]), axis=-1)
            fan = [(0, 1, 2), (0, 2, 4), (2, 3, 4)]
            for triangle in fan:
                index = list(triangle)
                self.builder.triangles(corners[index][None], st[index][None], self.blind)
        back = np.array(((0.5, 0.0), (w - 0.5, 0.0), (w - 0.5, h), (0.5, h)))
        st_back = np.stack((back[:, 0], 19.5 - back[:, 1]), axis=-1)
        for depth in (-0.6, -deep):
            self.builder.quad(axes.at(back[:, 0], back[:, 1], depth), st_back, self.blind)
        slope = float(np.hypot(deep / 2, ridge - h))
        shift = rng.uniform(0, 2.0, 2)
        for d0 in (0.25, -deep - 0.25):
            roof = axes.at(
                np.array((0, w, w, 0)),
                np.array((h - 0.1, h - 0.1, ridge, ridge)),
                np.array((d0, d0, -deep / 2, -deep / 2)),
            )
            st = np.array(((0, slope), (w, slope), (w, 0), (0, 0))) + shift[None]
            self.builder.quad(roof, st, self.roof)
        if rng.random() < 0.7:
            x = float(rng.uniform(0.5, w - 1.5))
            chimney = axes.moved(x, ridge - 1.2, -deep / 2 - 0.3)
            self.builder.box(chimney, (0.8, 2.1, 0.6), self.blind, rng.uniform(0, 5, 2))


def _build_street(town: _Town, street: Street, cameras: Sequence[Standpoint]) -> None:
    cross, length = street.crossing_m, street.length_m
    gap = (cross - SIDE_WALL_HALF_M, cross + SIDE_WALL_HALF_M)
    far = WALL_M + _SIDE_ARM_M
    for side in (1.0, -1.0):
        for s0, s1 in ((0.0, gap[0]), (gap[1], length)):
            knots = _stations(s0, s1, 11.0)
            if town.layout.repeated_facades:
                # Equal plots, counted from the crossing; what is left over comes last.
                plots = np.arange(0.0, s1 - s0 - _LEAST_PLOT_M, town.repeat_m + 0.6)
                knots = s1 - plots[::-1] if s1 == gap[0] else s0 + plots
                knots = np.union1d(knots, (s0, s1))
            for a, b in pairwise(knots):
                # On the left of the walk, left to right as seen from the street runs along it.
                ends = (a, b) if side > 0 else (b, a)
                town.row(*(street.xy(s, side * WALL_M) for s in ends))
        texel = 2 * town.layout.texel_m
        for s, outward in ((gap[0], True), (gap[1], False)):
            inner, outer = street.xy(s, side * WALL_M), street.xy(s, side * far)
            forward = (inner, outer) if outward == (side > 0) else (outer, inner)
            town.row(*forward, texel_m=texel)
        corners = [street.xy(s, side * far) for s in gap]
        town.row(*(corners if side > 0 else corners[::-1]), texel_m=texel)
    texel = 2 * town.layout.texel_m
    town.row(street.xy(0.0, -WALL_M), street.xy(0.0, WALL_M), texel_m=texel)
    town.row(street.xy(length, WALL_M), street.xy(length, -WALL_M), texel_m=texel)
    _pave_street(town, street)
    _furnish_street(town, street, cameras)


def _stations(start: float, end: float, step: float) -> Floats:
    return np.linspace(start, end, max(1, round(abs(end - start) / step)) + 1)


def _pave_street(town: _Town, street: Street) -> None:
    cross, length, texel = street.crossing_m, street.length_m, town.layout.texel_m
    far = WALL_M + _SIDE_ARM_M
    near = cross - SIDE_ROAD_HALF_M, cross + SIDE_ROAD_HALF_M

    def road(rng: np.random.Generator, shape: tuple[int, int], texel_m: float) -> Any:
        canvas = ground.road(rng, shape, texel_m)
        for start in (near[0] - 3.2, near[1] + 0.4):
            ground.zebra(canvas, rng, texel_m, start, start + 2.8)
        return canvas

    def sheet(painter: Any, s: tuple[float, float], lat: tuple[float, float], up: float) -> None:
        width, height = s[1] - s[0], abs(lat[1] - lat[0])
        texture = town.builder.texture(ground.seeded(painter, town.number(), width, height, texel))
        s_grid, l_grid = np.meshgrid(_stations(*s, 3.0), _stations(lat[0], lat[1], 3.0))
        xyz = np.concatenate((street.xy(s_grid, l_grid), np.full((*s_grid.shape, 1), up)), axis=-1)
        st = np.stack((s_grid - s[0], np.abs(l_grid - lat[0])), axis=-1)
        town.builder.sheet(xyz, st, texture)

    def kerb(path: Floats) -> None:
        # A vertical strip and its rounded-off top, along points (N, 2).
        steps = np.linalg.norm(np.diff(path, axis=0), axis=1)
        along = np.concatenate(((0.0,), np.cumsum(steps))) % 5.0
        for i in range(len(path) - 1):
            s0 = float(min(along[i], 6.0 - steps[i]))
            corners = np.array(
                [(*path[i], 0.0), (*path[i + 1], 0.0), (*path[i + 1], KERB_M), (*path[i], KERB_M)]
            )
            st = np.array(((s0, 1.2), (s0 + steps[i], 1.2), (s0 + steps[i], 1.0), (s0, 1.0)))
            town.builder.quad(corners, st, town.stone)

    # Where sheets with other knots meet, a ray may slip between them: let it fall on something.
    corners = [street.xy(s, lat) for s, lat in ((0, -far), (length, -far), (length, far), (0, far))]
    _underlay(town, np.array(corners))
    sheet(road, (0.0, length), (ROAD_HALF_M, -ROAD_HALF_M), 0.0)
    for side in (1.0, -1.0):
        edge, wall, end = (side * m for m in (ROAD_HALF_M, WALL_M, far))
        sheet(ground.asphalt, near, (edge, end), 0.0)
        for s0, s1, inner in ((0.0, near[0], near[0]), (near[1], length, near[1])):
            sheet(ground.pavement, (s0, s1), (edge, wall), KERB_M)
            kerb(street.xy(_stations(s0, s1, 3.0), edge))
            wall_s = cross + np.sign(inner - cross) * SIDE_WALL_HALF_M
            sheet(ground.pavement, (min(inner, wall_s), max(inner, wall_s)), (wall, end), KERB_M)
            kerb(street.xy(inner, _stations(edge, end, 3.0)))


def _underlay(town: _Town, corners_xy: Floats) -> None:
    corners = np.concatenate((corners_xy, np.full((4, 1), -0.04)), axis=-1)
    st = np.array(((0.0, 0.0), (4.0, 0.0), (4.0, 4.0), (0.0, 4.0)))
    town.builder.quad(corners, st, town.stone)


def _furnish_street(town: _Town, street: Street, cameras: Sequence[Standpoint]) -> None:
    rng = np.random.default_rng((town.seed, 5))
    room = _Room(street, cameras)
    _park_cars(town, street, rng, room)
    _line_kerbs(town, street, rng, room)


class _Room:
    """What is still free on a street, out of its cameras' way."""

    def __init__(self, street: Street, cameras: Sequence[Standpoint]) -> None:
        self._street = street
        self._eyes = np.array([(c.east_m, c.north_m) for c in cameras])
        self._looks = np.deg2rad([c.heading_deg for c in cameras])
        self._taken: list[Floats] = []

    def take(self, lateral: float, s: float, radius: float) -> Floats | None:
        """Takes the place there, so far from every camera; None where it is not free."""
        street = self._street
        if abs(s - street.crossing_m) < SIDE_WALL_HALF_M + 1.5 or not 2 < s < street.length_m - 3:
            return None
        xy = street.xy(s, lateral)
        if not self._is_free(xy, radius):
            return None
        self._taken.append(xy)
        return xy

    def _is_free(self, xy: Floats, radius: float) -> bool:
        to = xy - self._eyes
        distance = np.hypot(to[:, 0], to[:, 1])
        bearing = np.arctan2(to[:, 0], to[:, 1])
        ahead = np.abs(np.angle(np.exp(1j * (bearing - self._looks)))) < 0.65
        if (distance < radius).any() or (ahead & (distance < radius + 1.8)).any():
            return False
        return all(np.hypot(*(xy - other)) > 3.0 for other in self._taken)


def _park_cars(town: _Town, street: Street, rng: np.random.Generator, room: _Room) -> None:
    for s in np.arange(3.0, street.length_m, 7.0):
        for side in (1.0, -1.0):
            along = street.xy(s + 1, 0.0) - street.xy(s - 1, 0.0)
            if rng.random() < 0.6:
                at = room.take(side * 2.5, s + rng.uniform(-1, 1), _CLEARANCE_M + 1.2)
                if at is not None:
                    forward = along * (-side)
                    objects.add_car(town.builder, np.array((*at, 0.0)), forward, town.number())


def _line_kerbs(town: _Town, street: Street, rng: np.random.Generator, room: _Room) -> None:
    for s in np.arange(1.5, street.length_m, 3.5):
        for side in (1.0, -1.0):
            at = room.take(side * 3.95, s + rng.uniform(-1, 1), _CLEARANCE_M)
            if at is None:
                continue
            foot, number = np.array((*at, KERB_M)), town.number()
            across = street.xy(s, 0.0) - street.xy(s, side)
            along = street.xy(s + 1, 0.0) - street.xy(s - 1, 0.0)
            kind = rng.choice(
                ("lamp", "tree", "bench", "bin", "none"), p=(0.25, 0.2, 0.15, 0.2, 0.2)
            )
            if kind == "lamp":
                objects.add_lamp(town.builder, foot, across, number)
            elif kind == "tree":
                objects.add_tree(town.builder, foot, number)
            elif kind == "bench":
                objects.add_bench(town.builder, foot, along, number)
            elif kind == "bin":
                objects.add_bin(town.builder, foot, number)


def _build_square(town: _Town, cameras: Sequence[Standpoint]) -> None:
    half, texel = SQUARE_HALF_M, town.layout.texel_m
    turn = float(np.random.default_rng((town.seed, 6)).uniform(0, np.pi / 2))
    rotation = np.array(((np.cos(turn), -np.sin(turn)), (np.sin(turn), np.cos(turn))))

    def xy(x: float, y: float) -> Floats:
        return np.asarray(rotation @ (x, y))

    # Streets leave at the corners; a house closes the view down each of them.
    corners = ((-half, half), (half, half), (half, -half), (-half, -half))
    for k, (x, y) in enumerate(corners):
        nx, ny = corners[(k + 1) % 4]
        step = np.array((nx - x, ny - y)) / (2 * half)
        start, end = np.array((x, y)) + 2.5 * step, np.array((nx, ny)) - 2.5 * step
        town.row(xy(*start), xy(*end))
        out = np.array((x, y)) * (1 + 9.0 / half)
        across = np.array((-step[1], step[0])) - step
        across /= np.linalg.norm(across)
        inward = -np.array((x, y)) / np.hypot(x, y)
        right = np.array((inward[1], -inward[0]))
        right = right if np.cross((*right, 0.0), (0.0, 0.0, 1.0))[:2] @ inward > 0 else -right
        town.row(xy(*(out - 9 * right)), xy(*(out + 9 * right)), texel_m=2 * texel)
    size = 2 * half + 20.0
    texture = town.builder.texture(
        ground.seeded(ground.setts, town.number(), size, size, 1.5 * texel)
    )
    knots = _stations(-size / 2, size / 2, 3.0)
    x_grid, y_grid = np.meshgrid(knots, -knots)
    flat = np.stack((x_grid, y_grid), axis=-1) @ rotation.T
    xyz = np.concatenate((flat, np.zeros((*x_grid.shape, 1))), axis=-1)
    st = np.stack((x_grid + size / 2, size / 2 - y_grid), axis=-1)
    town.builder.sheet(xyz, st, texture)
    objects.add_monument(town.builder, np.zeros(3), town.number(), town.stone)

    rng = np.random.default_rng((town.seed, 7))
    eyes = np.array([(c.east_m, c.north_m) for c in cameras])
    for k in range(14):
        angle, radius = 2 * np.pi * k / 14 + rng.uniform(-0.1, 0.1), rng.uniform(4.5, 6.5)
        if k % 2:
            radius = rng.uniform(13.2, 13.9)
        at = np.array((radius * np.cos(angle), radius * np.sin(angle)))
        if np.hypot(*(eyes - at).T).min() < _CLEARANCE_M - 1.0:
            continue
        foot, number = np.array((*at, 0.0)), town.number()
        outward = at / radius
        kind = rng.choice(("lamp", "tree", "bench", "bin"))
        if kind == "lamp":
            objects.add_lamp(town.builder, foot, -outward, number)
        elif kind == "tree" and radius > 8:
            objects.add_tree(town.builder, foot, number)
        elif kind == "bench":
            objects.add_bench(town.builder, foot, np.array((-outward[1], outward[0])), number)
        else:
            objects.add_bin(town.builder, foot, number)


def build_people(people: Sequence[tuple[float, float, float, int]]) -> Mesh | None:
    """Passers-by at (east_m, north_m, facing_rad, seed), feet on the road's plane; None: nobody."""
    if not people:
        return None
    builder = MeshBuilder()
    for east, north, facing, seed in people:
        objects.add_person(builder, np.array((east, north, 0.0)), facing, seed)
    return builder.build()
