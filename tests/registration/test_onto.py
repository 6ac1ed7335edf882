"""A cloud onto a reference: found from metres and degrees away, or nothing is said."""

from __future__ import annotations

import math

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from worldmap.cloud import PointCloud
from worldmap.frames import PROJECTED
from worldmap.records import SurveyKind
from worldmap.registration.onto import Doubt, Fit, Laid, Reference, bends_m, laid_onto
from worldmap.registration.onto.fine import known_of, paired
from worldmap.registration.onto.fit import motion
from worldmap.registration.onto.patches import Patches

Array = NDArray[np.float64]
DOUBT = Doubt(turn_rad=math.radians(4.0), plan_m=2.5, up_m=2.0, size_rel=0.025)


def rectangle(rng: np.random.Generator, corner: object, u: object, v: object) -> Array:
    corner, u, v = (np.array(each, dtype=np.float64) for each in (corner, u, v))
    count = int(25 * np.linalg.norm(u) * np.linalg.norm(v))
    along = rng.uniform(0, 1, (count, 2))
    return np.asarray(corner + along[:, :1] * u + along[:, 1:] * v)


def street(seed: int, *, house_m: float | None = None, length_m: float = 40.0) -> Array:
    """A road between two rows of houses; house_m: all houses alike and so wide."""
    rng = np.random.default_rng(seed)
    parts = [rectangle(rng, (-8, 0, 0), (16, 0, 0), (0, length_m, 0.5))]
    for side in (-1, 1):
        y = 0.0
        while y < length_m:
            width = house_m or rng.uniform(5, 9)
            x = side * (8 + (1.0 if house_m else rng.uniform(0, 1.2)))
            height = 6.0 if house_m else rng.uniform(4, 9)
            parts.append(rectangle(rng, (x, y, 0), (0, width - 1.0, 0), (0, 0, height)))
            ends = (y, y + width - 1.0)
            parts += [rectangle(rng, (x, e, 0), (side * 3, 0, 0), (0, 0, height)) for e in ends]
            y += width
    return np.concatenate(parts)


def surveyed(world: Array, seed: int, *, changed: bool = True) -> Array:
    """What a lidar has of it: 2 cm of noise, a fifth gone, and cars that were not there."""
    rng = np.random.default_rng((seed, 1))
    points = world[rng.random(len(world)) < 0.6]
    points = points + 0.02 * rng.standard_normal(points.shape)
    if changed:
        cell = np.floor(points[:, :2] / 5).astype(int) @ (1, 100) % 997
        points = points[(rng.random(997) > 0.2)[cell]]
        cars = [
            (rng.uniform(-6, 5), rng.uniform(0, 36), 0) + rng.uniform(0, 1, (300, 3)) * (2, 4, 1.5)
            for _ in range(5)
        ]
        points = np.concatenate((points, *cars))
    return np.asarray(points)


def moved(world: Array, seed: int, *, turn_deg: float, size: float, shift_m: Array) -> Array:
    """What a map has of it, the middle of the street, off as a whole."""
    rng = np.random.default_rng((seed, 2))
    seen = world[(world[:, 1] > 6) & (world[:, 1] < 34) & (rng.random(len(world)) < 0.5)]
    seen = seen + 0.05 * rng.standard_normal(seen.shape)
    return np.asarray(
        size * (seen - seen.mean(axis=0)) @ turn(turn_deg).T + seen.mean(axis=0) + shift_m
    )


def lidar(xyz: Array) -> Reference:
    return Reference(kind=SurveyKind.POINTS, xyz=xyz)


def turn(degrees: float) -> Array:
    cos, sin = math.cos(math.radians(degrees)), math.sin(math.radians(degrees))
    return np.array(((cos, -sin, 0.0), (sin, cos, 0.0), (0.0, 0.0, 1.0)))


def back(laid: Laid, cloud: Array, truth: tuple[float, float, Array]) -> float:
    """How far the cloud still is from the truth, metres."""
    turn_deg, size, shift_m = truth
    middle = cloud.mean(axis=0) - shift_m
    true = (cloud - shift_m - middle) @ turn(turn_deg) / size + middle
    return float(np.median(np.linalg.norm(laid.place.apply(cloud) - true, axis=1)))


@pytest.mark.parametrize(
    ("seed", "turn_deg", "size"),
    [pytest.param(1, 8.0, 1.05, marks=pytest.mark.nightly), (2, -8.0, 0.95)],
)
def test_five_metres_eight_degrees_five_per_cent_away(
    seed: int, turn_deg: float, size: float
) -> None:
    world = street(seed)
    shift = np.array((3.0, -4.0, 2.0))
    cloud = moved(world, seed, turn_deg=turn_deg, size=size, shift_m=shift)
    laid = laid_onto(cloud, lidar(surveyed(world, seed)), DOUBT)
    assert laid.reason == ""
    assert back(laid, cloud, (turn_deg, size, shift)) < 0.03
    assert abs(laid.place.turn_deg - turn_deg) < 0.1
    assert laid.place.size * size == pytest.approx(1.0, abs=0.003)
    assert laid.agreeing > 0.6
    assert laid.residual_m < 0.05


def test_it_is_no_surer_than_a_map_that_is_bent_within_itself() -> None:
    """By two centimetres and a half at the ends of the street: which way it is turned as a whole
    its walls cannot say better."""
    world = street(2)
    cloud = moved(world, 2, turn_deg=0.0, size=1.0, shift_m=np.zeros(3))
    along = (cloud[:, 1] - 20.0) / 14.0
    bent = cloud + np.column_stack((0.025 * along**3, 0 * along, 0.015 * along))
    laid = laid_onto(bent, lidar(surveyed(world, 2)), DOUBT)
    assert laid.reason == ""
    left = cv2.Rodrigues(laid.place.rotation)[0].ravel()
    shift = (laid.place.apply(bent) - cloud).mean(axis=0)
    error = np.array((*left, *shift, math.log(laid.place.size)))
    # The 999th in a thousand of seven squares of sigmas.
    assert error @ np.linalg.solve(laid.covariance, error) < 24.3


def test_houses_that_repeat_are_two_answers() -> None:
    world = street(3, house_m=4.0)
    cloud = moved(world, 3, turn_deg=1.0, size=1.0, shift_m=np.array((0.5, 2.0, 0.0)))
    laid = laid_onto(cloud, lidar(surveyed(world, 3, changed=False)), DOUBT)
    assert "two places are as good" in laid.reason


def test_a_wall_that_is_ten_centimetres_thick_with_noise_is_a_wall() -> None:
    """As photos' depth has it from ten metres: flat over two metres, if not over half a one."""
    rng = np.random.default_rng(1)
    wall = rectangle(rng, (0, 0, 0), (0, 12, 0), (0, 0, 6))
    noise_m = 0.10 * rng.standard_normal(len(wall))
    patches = Patches.of(wall + noise_m[:, None] * (1.0, 0.0, 0.0), 0.25)
    assert len(patches) > 500
    assert patches.upright.mean() > 0.95
    assert float(np.sqrt((patches.xyz[:, 0] ** 2).mean())) < 0.05
    close = Patches.of(wall, 0.25)
    assert np.median(close.sigma_m) < 0.2 * np.median(patches.sigma_m)


@pytest.mark.parametrize("with_end", [True, False])
def test_one_house_end_tells_where_along_a_road_it_is_and_noise_does_not(with_end: bool) -> None:
    """Two patches that look along the road alike are no noise; between noisy normals of flat
    ground there is nothing in common."""
    rng = np.random.default_rng(3)

    def sampled() -> Patches:
        parts = [
            rectangle(rng, (-5, 0, 0), (10, 0, 0), (0, 40, 0)),
            rectangle(rng, (5, 0, 0), (0, 40, 0), (0, 0, 4)),
        ]
        if with_end:
            parts.append(rectangle(rng, (-5, 38, 0), (4, 0, 0), (0, 0, 4)))
        points = np.concatenate(parts)
        return Patches.of(points + 0.03 * rng.standard_normal(points.shape), 0.25)

    own, known = sampled(), sampled()
    place = Fit.turned(own.xyz.mean(axis=0), shift_m=np.zeros(3))
    pairs = paired(own, known, place, 0.3)
    assert pairs is not None
    by = motion(own.xyz - place.middle)
    metric = np.einsum("nik,nil->kl", by, by) / len(by)
    found = known_of(pairs, own.xyz, metric)
    # Where the house stands: how large the road is nothing says.
    there = motion(np.array(((-3.0, 38.0, 2.0),)) - place.middle)[0]
    along_m = np.sqrt((there @ found.covariance(DOUBT) @ there.T)[1, 1])
    assert (along_m < 0.1) == with_end
    assert (along_m > DOUBT.plan_m / 2) != with_end


@pytest.mark.parametrize("bend_m", [0.0, 0.25])
def test_what_bends_a_house_end_as_a_whole_is_no_less_by_its_size(bend_m: float) -> None:
    """A hundred patches of one wall that depth draws nearer say where it is no better than one."""
    rng = np.random.default_rng(4)

    def sampled(bend_m: float) -> Patches:
        road = rectangle(rng, (-5, 0, 0), (10, 0, 0), (0, 40, 0))
        wall = rectangle(rng, (5, 0, 0), (0, 40, 0), (0, 0, 4))
        end = rectangle(rng, (-5, 38, 0), (8, 0, 0), (0, 0, 4))
        points = np.concatenate((road, wall, end))
        bends = np.concatenate((np.zeros((len(road) + len(wall), 3)), 0.0 * end + (0, bend_m, 0)))
        return Patches.of(points + 0.02 * rng.standard_normal(points.shape), 0.25, bends)

    own, known = sampled(bend_m), sampled(0.0)
    place = Fit.turned(own.xyz.mean(axis=0), shift_m=np.zeros(3))
    pairs = paired(own, known, place, 0.3)
    assert pairs is not None
    by = motion(own.xyz - place.middle)
    found = known_of(pairs, own.xyz, np.einsum("nik,nil->kl", by, by) / len(by))
    there = motion(np.array(((-1.0, 38.0, 2.0),)) - place.middle)[0]
    along_m = float(np.sqrt((there @ found.covariance(DOUBT) @ there.T)[1, 1]))
    assert bend_m * 0.5 < along_m < bend_m + 0.05


def test_photos_that_agree_share_what_bends_them_along_the_ray() -> None:
    cloud = PointCloud(
        frame=PROJECTED,
        xyz=np.array(((0.0, 10.0, 0.0), (3.0, 4.0, 0.0))),
        rgb=np.zeros((2, 3), dtype=np.uint8),
        sigma_m=np.array((0.1, 0.2), dtype=np.float32),
        photo_id=np.array((1, 2), dtype=np.uint32),
        support=np.array((4, 1), dtype=np.uint8),
    )
    centres = {1: np.zeros(3), 2: np.array((3.0, 0.0, 3.0))}
    found = bends_m(cloud, cloud.xyz, centres)
    assert found[0] == pytest.approx((0.0, 0.2, 0.0), abs=1e-6)
    assert found[1] == pytest.approx((0.0, 0.16, -0.12), abs=1e-6)


def wall_and_ground(seed: int) -> Array:
    rng = np.random.default_rng(seed)
    wall = rectangle(rng, (0, -10, 0), (0, 60, 0), (0, 0, 4))
    ground = rectangle(rng, (-6, -10, 0), (6, 0, 0), (0, 60, 0))
    return np.concatenate((wall, ground)) + 0.02 * rng.standard_normal((len(wall) + len(ground), 3))


@pytest.mark.nightly
def test_along_one_wall_it_says_that_it_may_slide() -> None:
    """Where the wall stands and how high is held to centimetres; along it nothing is known but what
    was known before."""
    world, cloud = wall_and_ground(4), wall_and_ground(5)
    cloud = cloud[(cloud[:, 1] > 10) & (cloud[:, 1] < 30)] + np.array((0.6, 0.9, 0.4))
    laid = laid_onto(cloud, lidar(world), DOUBT)
    assert laid.reason == ""
    sigma_m = np.sqrt(np.diag(laid.covariance_at(cloud.mean(axis=0, keepdims=True))[0]))
    assert sigma_m[1] > DOUBT.plan_m / 2
    assert sigma_m[0] < 0.05
    assert sigma_m[2] < 0.05
    off = laid.place.apply(cloud) - (cloud - (0.6, 0.9, 0.4))
    assert np.abs(off.mean(axis=0)[[0, 2]]).max() < 0.05


@pytest.mark.nightly
def test_terrain_holds_the_height() -> None:
    """A raster of bare ground has nothing for walls to lie on."""
    x, y = np.meshgrid(np.arange(-30.0, 30.0, 0.5), np.arange(-20.0, 60.0, 0.5))
    ground = np.stack((x.ravel(), y.ravel(), 0.02 * y.ravel()), axis=1)
    world = street(8)
    world[:, 2] += 0.02 * world[:, 1]
    known = Reference(kind=SurveyKind.HEIGHTS, xyz=ground, sigma_m=(0.3, 0.1))
    laid = laid_onto(world - (0.0, 0.0, 3.0), known, DOUBT)
    assert laid.reason == ""
    sigma = np.sqrt(np.diag(laid.covariance))
    assert laid.place.shift_m[2] == pytest.approx(3.0, abs=0.3)
    assert sigma[5] < 0.15
    assert min(sigma[3:5]) > DOUBT.plan_m / 2


def test_outlines_hold_the_plan() -> None:
    """Walls of any height where the houses stand."""
    world = street(9)
    walls = world[np.abs(world[:, 0]) > 7.9]
    plan = np.unique(np.floor(walls[:, :2] / 0.2), axis=0) * 0.2 + 0.1
    up = np.arange(0.0, 2.4, 0.2)
    known = Reference(
        kind=SurveyKind.OUTLINES,
        xyz=np.column_stack((np.repeat(plan, len(up), axis=0), np.tile(up, len(plan)))),
        sigma_m=(0.3, 0.3),
    )
    cloud = moved(world, 9, turn_deg=4.0, size=1.02, shift_m=np.array((2.0, -3.0, 4.0)))
    laid = laid_onto(cloud, known, DOUBT)
    assert laid.reason == ""
    assert abs(laid.place.turn_deg - 4.0) < 0.3
    assert laid.place.size * 1.02 == pytest.approx(1.0, abs=0.01)
    sigma = np.sqrt(np.diag(laid.covariance))
    assert max(sigma[3:5]) < 0.5
    assert sigma[5] > DOUBT.up_m / 2


@pytest.mark.nightly
def test_another_street_is_no_answer() -> None:
    cloud = moved(street(5), 5, turn_deg=0.0, size=1.0, shift_m=np.zeros(3))
    laid = laid_onto(cloud, lidar(surveyed(street(6), 6)), DOUBT)
    assert laid.reason != ""


def test_nothing_to_lay_or_to_lay_it_onto() -> None:
    cloud = moved(street(7), 7, turn_deg=0.0, size=1.0, shift_m=np.zeros(3))
    assert (
        "where the map is"
        in laid_onto(cloud, lidar(cloud + np.array((500.0, 0.0, 0.0))), DOUBT).reason
    )
    assert "the map has too few" in laid_onto(cloud[:50], lidar(cloud), DOUBT).reason
