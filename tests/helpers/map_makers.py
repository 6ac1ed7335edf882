"""A small demo street, ingested and merged, for tests of what comes out at the end."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from worldmap.area import Everywhere
from worldmap.catalog import Catalog
from worldmap.config import Settings
from worldmap.demo import STANDARD, DemoTruth, PoseAccuracy, StreetPlan, write_demo
from worldmap.demo.accuracy import align
from worldmap.frames import Similarity
from worldmap.geodesy import enu_from_projected
from worldmap.las import read_tile
from worldmap.listener import Silence, Stage
from worldmap.pipeline.demo import score
from worldmap.pipeline.ingest import ingest
from worldmap.pipeline.merge import merge
from worldmap.records import IngestedPhoto, PairRegistration, PlacedPose, SolvedPose, TilePoints
from worldmap.stages.merged import MergeSummary
from worldmap.stages.register import pairs_key

PHOTOS = 5
PAIRS = PHOTOS * (PHOTOS - 1) // 2
LAYOUT = StreetPlan(width_px=512, height_px=384, texel_m=0.03)


class Notebook(Silence):
    """Writes down which stages a command went through, with their items."""

    def __init__(self) -> None:
        self.stages: list[tuple[str, int]] = []
        self.warnings: list[str] = []

    @contextmanager
    def stage(self, name: str, total: int, unit: str = "photos") -> Iterator[Stage]:
        self.stages.append((name, total))
        yield self

    def warn(self, message: str) -> None:
        self.warnings.append(message)


@dataclass
class SmallMap:
    """A map folder, the demo's truth behind it, and what its last merge said."""

    map_dir: Path
    ingested_dir: Path
    """The same map before its merge; tests take a copy."""
    truth: DemoTruth
    merged: MergeSummary
    notebook: Notebook = field(default_factory=Notebook)

    def copied(self, folder: Path) -> SmallMap:
        """The same map in a folder of its own, to be spoilt."""
        shutil.copytree(self.map_dir, folder / "map")
        return replace(self, map_dir=folder / "map")

    def merge_again(
        self, area: object = None, settings: Settings | None = None, *, jobs: int = 1
    ) -> MergeSummary:
        """`merge` of the area (everything), its stages noted anew."""
        self.notebook = Notebook()
        self.merged = merge(
            self.map_dir,
            area or Everywhere(),  # type: ignore[arg-type]
            settings or Settings(),
            self.notebook,
            jobs=jobs,
        )
        return self.merged

    @property
    def two_photos(self) -> list[Path]:
        """Two that are placed without the others, too."""
        return [self.truth.photo_dir / f"demo_{k:02d}.jpg" for k in (1, 2)]

    @property
    def photos(self) -> list[IngestedPhoto]:
        with Catalog.open(self.map_dir, create=False) as catalog:
            return catalog.photos()

    @property
    def poses(self) -> list[SolvedPose]:
        with Catalog.open(self.map_dir, create=False) as catalog:
            return catalog.poses()

    @property
    def accuracy(self) -> PoseAccuracy:
        """The catalog's poses against the truth."""
        return score(self.poses, self.names, self.truth)

    @property
    def names(self) -> dict[int, str]:
        return {photo.photo_id: photo.metadata.path.name for photo in self.photos}

    def pairs(self, settings: Settings | None = None) -> dict[tuple[int, int], PairRegistration]:
        """What the catalog keeps of pairs under these settings."""
        key = pairs_key((settings or Settings()).registration)
        with Catalog.open(self.map_dir, create=False) as catalog:
            return dict(catalog.find_pairs(key))

    def tile_bytes(self) -> dict[str, bytes]:
        return {p.name: p.read_bytes() for p in sorted((self.map_dir / "tiles").iterdir())}

    def tiles(self) -> list[TilePoints]:
        with Catalog.open(self.map_dir, create=False) as catalog:
            return [read_tile(self.map_dir / tile.path) for tile in catalog.tiles()]

    def points_in_truth(self) -> NDArray[np.float64]:
        """All points of the tiles in the truth's ENU, after the photos' common similarity."""
        with Catalog.open(self.map_dir, create=False) as catalog:
            site = catalog.site()
        assert site is not None
        truth_from_map = self.truth.site.enu_from(site)
        placed = [p.about(self.truth.site) for p in self.poses if isinstance(p, PlacedPose)]
        found = np.array([p.enu_from_cam.translation_m for p in placed if p.enu_from_cam])
        true = np.array(
            [self.truth.photo(self.names[p.photo_id]).enu_from_cam.translation_m for p in placed]
        )
        fit: Similarity | None = align(found, true, with_scale=True)
        assert fit is not None
        return np.concatenate(
            [
                fit.apply(truth_from_map.apply(enu_from_projected(t.cloud.xyz, site, t.epsg)))
                for t in self.tiles()
            ]
        )


def make_small_map(folder: Path, *, photos: int = PHOTOS, seed: int = 5) -> SmallMap:
    """Five photos with a phone's errors; one has no position and one no heading."""
    truth = write_demo(folder, layout=LAYOUT, noise=STANDARD, seed=seed, photos=photos)
    map_dir = folder / "map"
    ingest(map_dir, [truth.photo_dir], Settings(), depth="measured", jobs=0)
    ingested_dir = shutil.copytree(map_dir, folder / "ingested")
    notebook = Notebook()
    merged = merge(map_dir, Everywhere(), Settings(), notebook, jobs=1)
    return SmallMap(map_dir, ingested_dir, truth, merged, notebook)
