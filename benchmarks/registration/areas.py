"""An area solved without its tiles, with what registration knew on the way; and scenes to solve."""

from __future__ import annotations

import math
import time
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from worldmap.config import Settings
from worldmap.demo import HARD, STANDARD, DemoTruth, StreetPlan, read_truth, write_demo
from worldmap.frames import RigidTransform, Similarity, cam
from worldmap.geodesy import Site
from worldmap.listener import Silence
from worldmap.mapfolder import MapFolder
from worldmap.pipeline.ingest import ingest
from worldmap.records import IngestedPhoto, PairRegistration, PlacedPose
from worldmap.registration.previous import PreviousSolution
from worldmap.registration.solve import Solution, solve
from worldmap.registration.unmoved import keep_unmoved
from worldmap.registration.view import PhotoView
from worldmap.stages.register import read_views, register_all
from worldmap.stages.review import review_area
from worldmap.stages.selection import sites_of
from worldmap.stages.work import Work

PHOTOS = 18
_FIRST = 6


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class SolvedArea:
    """Views and raw pairs by which an area was solved, the solution, and what it took."""

    site: Site
    views: Mapping[int, PhotoView]
    pairs: list[PairRegistration]
    solution: Solution
    register_s: float
    solve_s: float

    def solved_in(self, truth: DemoTruth) -> dict[str, tuple[RigidTransform, float]]:
        """Placed photos by name in the ENU of the truth: enu_from_cam and depth scale."""
        found = {}
        for pose in self.solution.poses:
            if not isinstance(pose, PlacedPose):
                continue
            name = self.views[pose.photo_id].name
            moved = pose.about(truth.site).enu_from_cam
            assert moved is not None
            placed = RigidTransform(
                to=moved.to,
                source=cam(name),
                rotation=moved.rotation,
                translation_m=moved.translation_m,
            )
            found[name] = (placed, pose.depth_scale)
        return found


def street(folder: Path, kind: str, seed: int) -> DemoTruth:
    """A street of PHOTOS photos ingested into `folder`/map; one that is there is used again.

    kind: standard, hard, or repeated (standard noise before façades that repeat on purpose).
    """
    if not (folder / "truth.json").exists():
        write_demo(
            folder,
            layout=StreetPlan(repeated_facades=kind == "repeated"),
            noise=HARD if kind == "hard" else STANDARD,
            seed=seed,
            photos=PHOTOS,
        )
    ingest(folder / "map", [folder / "photos"], Settings(), depth="measured", jobs=2)
    return read_truth(folder)


def solve_area(
    map_dir: Path, settings: Settings | None = None, *, forget: frozenset[str] = frozenset()
) -> SolvedArea:
    """What `worldmap merge --area all` does up to its tiles; `forget` names photos whose position
    is taken away first."""
    settings = settings or Settings()
    with MapFolder.open(map_dir) as folder:
        work = Work(folder=folder, settings=settings, listener=Silence(), jobs=2, run_id=0)
        catalog = folder.catalog
        photos = [_forgotten(p) if p.metadata.path.name in forget else p for p in catalog.photos()]
        sites = sites_of(catalog, photos)
        reviews = review_area(work, photos)
        photos = [
            replace(p, prior=reviews[p.photo_id].prior) if p.photo_id in reviews else p
            for p in photos
            if p.photo_id not in reviews or reviews[p.photo_id].duplicate_of is None
        ]
        views = read_views(work, sites, photos, {})
        started = time.perf_counter()
        pairs = register_all(work, photos, views)
    registered = time.perf_counter()
    solution = solve(views, pairs, settings.registration)
    return SolvedArea(
        site=next(iter(sites.values())),
        views=views,
        pairs=pairs,
        solution=solution,
        register_s=registered - started,
        solve_s=time.perf_counter() - registered,
    )


def grown(area: SolvedArea, settings: Settings | None = None) -> SolvedArea:
    """The area as merges leave it that add its photos one by one, by name, after the first six."""
    settings = settings or Settings()
    order = sorted(area.views, key=lambda i: area.views[i].name)
    previous: PreviousSolution | None = None
    for count in range(_FIRST, len(order) + 1):
        views = {i: area.views[i] for i in order[:count]}
        pairs = [p for p in area.pairs if p.photo_a in views and p.photo_b in views]
        solution = solve(views, pairs, settings.registration, previous)
        kept = previous.poses if previous else {}
        solution = replace(solution, poses=keep_unmoved(solution.poses, kept))
        previous = PreviousSolution(
            poses={p.photo_id: p for p in solution.poses},
            pairs={p.key: p for p in solution.pairs},
        )
    return replace(area, solution=solution)


def _forgotten(photo: IngestedPhoto) -> IngestedPhoto:
    metadata = replace(photo.metadata, position=None)
    prior = replace(
        photo.prior,
        lat_deg=None,
        lon_deg=None,
        height_m=None,
        horizontal_sigma_m=math.inf,
        vertical_sigma_m=math.inf,
        position_source="none",
    )
    return replace(photo, metadata=metadata, prior=prior)


def redrawn(
    area: SolvedArea, truth: DemoTruth, settings: Settings, seed: int
) -> tuple[SolvedArea, DemoTruth]:
    """The same photos and matches with other GPS, compass and depth-scale errors, solved anew.

    A scale drawn anew multiplies a photo's depth, so its pairs' similarities follow exactly.
    """
    rng = np.random.default_rng((truth.seed, seed, 77))
    noise = truth.noise
    direction = rng.uniform(0, 2 * np.pi)
    shared = noise.gps_shared_offset_m * np.array((np.cos(direction), np.sin(direction), 0.0))
    views, factor, photos = {}, {}, []
    for photo_id, view in area.views.items():
        true = truth.photo(view.name)
        k = float(np.exp(noise.depth_scale_sigma * rng.standard_normal())) * true.depth_scale
        # k: the given depth becomes truth / new scale, whatever its old scale was.
        factor[photo_id] = k
        features = replace(
            view.features,
            xyz_cam=(view.features.xyz_cam * k).astype(view.features.xyz_cam.dtype),
            grid_depth_m=(view.features.grid_depth_m * k).astype(view.features.grid_depth_m.dtype),
        )
        error = rng.standard_normal(3) * true.gps_sigma_m * (1, 1, noise.gps_vertical_factor)
        gps = None if true.gps_enu_m is None else true.enu_from_cam.translation_m + error + shared
        turn = noise.heading_sigma_deg * rng.standard_normal()
        if rng.uniform() < noise.heading_outliers:
            turn = rng.choice((-1.0, 1.0)) * rng.uniform(40, 180)
        heading = np.rad2deg(np.arctan2(*true.enu_from_cam.rotation[:2, 2]))
        views[photo_id] = replace(
            view,
            features=features,
            position_ecef=None
            if view.position_ecef is None or gps is None
            else truth.site.ecef_from_enu.apply(gps),
            heading_deg=None if view.heading_deg is None else float((heading + turn) % 360),
        )
        photos.append(replace(true, depth_scale=true.depth_scale / k, gps_enu_m=gps))
    pairs = [rescaled_pair(p, factor[p.photo_a], factor[p.photo_b]) for p in area.pairs]
    started = time.perf_counter()
    solution = solve(views, pairs, settings.registration)
    solved = replace(
        area,
        views=views,
        pairs=pairs,
        solution=solution,
        solve_s=time.perf_counter() - started,
    )
    return solved, replace(truth, photos=tuple(photos))


def rescaled_pair(pair: PairRegistration, k_a: float, k_b: float) -> PairRegistration:
    """What the pair is where the depths of its photos are multiplied so."""
    if pair.a_from_b is None or pair.covariance is None:
        return pair
    unit = np.diag((1.0, 1.0, 1.0, k_a, k_a, k_a, 1.0))
    return replace(
        pair,
        a_from_b=Similarity(
            to=pair.a_from_b.to,
            source=pair.a_from_b.source,
            rotation=pair.a_from_b.rotation,
            translation_m=k_a * pair.a_from_b.translation_m,
            scale=pair.a_from_b.scale * k_a / k_b,
        ),
        covariance=unit @ pair.covariance @ unit,
    )
