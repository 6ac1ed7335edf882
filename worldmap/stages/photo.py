"""One photo into the map: file -> metadata -> depth -> prior -> features -> files.

It looks at no other photo and at no catalog, so that it runs in as many processes as asked for. A
photo that nothing gives depth is kept without.
"""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field, replace
from enum import StrEnum
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Final

from worldmap.camera import Camera
from worldmap.config import DepthSettings, Settings
from worldmap.depth import (
    AUTO,
    AutoDepth,
    DepthEstimator,
    choose_focal,
    clean,
    load_depth,
    open_estimator,
    photo_camera,
    save_depth,
    without_sky,
)
from worldmap.depth.estimator import picture_px, runs_on_accelerator
from worldmap.depth.horizon import HORIZON_TOO_NEAR
from worldmap.depth.measured import MeasuredDepth
from worldmap.depth.moving_finder import moving_finder, with_moving, without_stale_moving
from worldmap.depth.raster import BYTES_PER_DEPTH_PIXEL
from worldmap.depth.sky_finder import sky_finder, without_stale_sky
from worldmap.engine import (
    Bounded,
    IsolatedPool,
    Item,
    Result,
)
from worldmap.errors import (
    DepthError,
    NoDepthYetError,
    PhotoError,
    StorageError,
)
from worldmap.mapfolder import Layout, Subfolder
from worldmap.mapfolder.optout import NAME as OPTED_OUT
from worldmap.mapfolder.optout import OptedOut, read_opted_out
from worldmap.panorama import SECTOR_DEG, outside_sector
from worldmap.photo import (
    Period,
    Rgb,
    Sidecars,
    read_metadata,
    read_photo,
)
from worldmap.prior import pose_prior
from worldmap.records import (
    MEASURED,
    Artifact,
    CleanedDepth,
    DepthMap,
    DepthMapInfo,
    Features,
    IngestedPhoto,
    PhotoMetadata,
    PictureMask,
    PosePrior,
)
from worldmap.registration.features import (
    extract_features,
    features_hash,
    load_features,
    save_features,
    seen_px,
)
from worldmap.rights import rig_of, sector_of, told

if TYPE_CHECKING:
    from worldmap.catalog import Catalog

# Part of every photo's key: raise it when the same settings give other results than before.
_VERSION: Final = 7
_KEY_DIGITS: Final = 16


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """A photo to work on; path as the user gave it. features: what the map has of its picture;
    has_depth: whether it has depth of it, by other settings."""

    path: Path
    content_hash: str
    features: Path | None = None
    has_depth: bool = False


class NotNow(StrEnum):
    """Why a photo that was read is not worked on."""

    NEEDS_NETWORK = "needs a network, which one process alone should hold"
    OUTSIDE_PERIOD = "not taken between --since and --until"
    OPTED_OUT = "opted out: it or its author is in the map's opted-out.txt"
    KEEPS_DEPTH = "in the map with depth that nothing here could give again: kept as it is"


@dataclass(frozen=True, slots=True, kw_only=True)
class Ingested:
    """What a worker found out about a photo; its files are written. depth and depth_map are None
    where it has none yet."""

    metadata: PhotoMetadata
    camera: Camera
    depth: Artifact | None
    depth_map: DepthMapInfo | None
    features: Artifact
    prior: PosePrior
    settings_hash: str

    def record_in(self, catalog: Catalog) -> None:
        """Its row. CatalogError as in `Catalog.record_photo`."""
        catalog.record_photo(
            self.metadata,
            camera=self.camera,
            depth=self.depth,
            depth_map=self.depth_map,
            features=self.features,
            prior=self.prior,
            settings_hash=self.settings_hash,
        )


_TagsAndPixels = tuple[PhotoMetadata, Rgb]


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class _Read:
    """A photo before its depth; depth_map is there where an earlier run left it, and so are
    features. mask: what of it is not to be looked at."""

    metadata: PhotoMetadata
    rgb: Rgb
    features: Path | None
    depth_key: str
    depth_map: DepthMap | None
    mask: PictureMask | None = None


_Measured = tuple[_Read | NotNow, DepthMap | NotNow | None]


@dataclass(frozen=True, slots=True, kw_only=True)
class PhotoWorker:
    """The work on one photo: everything that needs no other photo and no catalog."""

    layout: Layout
    settings: Settings
    sidecars: Sidecars
    period: Period
    opted_out: OptedOut = field(default_factory=OptedOut)
    has_network: bool = False
    may_run_network: bool = False
    read_apart: Callable[[Source], _TagsAndPixels | NotNow] | None = None
    finish_apart: Callable[[_Measured], Ingested | NotNow] | None = None

    @classmethod
    def ready(
        cls, map_dir: Path, settings: Settings, sidecars: Sidecars, period: Period
    ) -> PhotoWorker:
        """For photos of this map; knows whether there is a network, as `check` does."""
        worker = cls(
            layout=Layout(map_dir.absolute()),
            settings=settings,
            sidecars=sidecars,
            period=period,
            opted_out=read_opted_out(map_dir / OPTED_OUT),
        )
        return replace(worker, has_network=worker.check())

    def shares(self, jobs: int) -> tuple[int, int]:
        """How many of `jobs` read photos beside the network, and how many finish them. A network on
        the processors keeps these busy by itself; beside an accelerator finishing a photo takes
        some six times as long as reading a HEIC."""
        if jobs < 2 or not runs_on_accelerator(self.estimator()):
            return 1, 1
        readers = max(1, round(jobs / 7))
        return readers, max(1, jobs - readers)

    def estimator(self) -> DepthEstimator:
        """The depth estimator, opened once in each process."""
        return _open_once(self.settings.depth)

    def check(self) -> bool:
        """Whether there is a network for photos without measured depth. Missing weights and
        plug-ins that were asked for are told before anything is done."""
        features_hash(self.settings.registration.features)
        estimator = self.estimator()
        if self.settings.depth.source != MEASURED:
            sky_finder(self.settings.depth)
            moving_finder(self.settings.depth)
        return not isinstance(estimator, AutoDepth) or estimator.network_name is not None

    def settings_hash(self, metadata: PhotoMetadata) -> str:
        """Key of everything besides the photo's content that its row and files depend on."""
        parts = (
            _VERSION,
            self.estimator().cache_key(metadata),
            self.sidecars.stage_hash(metadata.path),
            self.settings.photo.stage_hash(),
            self.settings.depth.clean.stage_hash(),
            self.settings.prior.stage_hash(),
            features_hash(self.settings.registration.features),
            *self._finder_keys(metadata.path),
        )
        return hashlib.sha256(json.dumps(parts).encode()).hexdigest()[:_KEY_DIGITS]

    def __call__(self, source: Source) -> Ingested | NotNow:
        """Read, measure and store one photo. PhotoError where it cannot be used, StorageError
        where its files cannot be written."""
        found = self.read(source)
        if isinstance(found, NotNow):
            return found
        try:
            depth_map = found.depth_map or self.estimator().estimate(found.metadata, found.rgb)
        except NoDepthYetError:
            return NotNow.KEEPS_DEPTH if source.has_depth else self.finish(found, None)
        return self.finish(found, depth_map)

    def read(self, source: Source) -> _Read | NotNow:
        """Everything before the depth: tags and pixels, and depth that an earlier run left."""
        found = (self.read_apart or self.tags_and_pixels)(source)
        if isinstance(found, NotNow):
            return found
        metadata, rgb = found
        depth_key = f"{source.content_hash[:_KEY_DIGITS]}-{self.estimator().cache_key(metadata)}"
        return _Read(
            metadata=metadata,
            rgb=rgb,
            features=source.features,
            depth_key=depth_key,
            depth_map=self._stored_depth(depth_key),
            mask=self.sidecars.mask(metadata, self.settings.photo),
        )

    def tags_and_pixels(self, source: Source) -> _TagsAndPixels | NotNow:
        """What is read from the photo's file and those beside it, depth apart."""
        photo, path = self.settings.photo, source.path.absolute()
        if not self.may_run_network and self._needs_network(path):
            return NotNow.NEEDS_NETWORK
        if not self.opted_out.is_empty:
            asked = read_metadata(path, photo, sidecars=self.sidecars)
            if self.opted_out.contains(told(asked, "archived as"), asked.artist or ""):
                return NotNow.OPTED_OUT
        if not self.period.is_open:
            dated = read_metadata(path, photo, sidecars=self.sidecars)
            if not self.period.contains(dated.captured_at):
                return NotNow.OUTSIDE_PERIOD
        metadata, rgb = read_photo(
            path, photo, sidecars=self.sidecars, least_px=self._picture_px(path)
        )
        if metadata.content_hash != source.content_hash:
            raise PhotoError(
                "changed while it was being read", path=source.path, hint="ingest it again"
            )
        return metadata, rgb

    def _picture_px(self, path: Path) -> int | None:
        """How long the longer side of the picture has to be, for all that looks at it."""
        wanted = (
            seen_px(self.settings.registration.features),
            picture_px(self.estimator(), path),
        )
        return None if None in wanted else max(px for px in wanted if px is not None)

    def measure(self, photos: list[_Read | NotNow]) -> list[DepthMap | NotNow | Exception]:
        """Depth of several photos at once; a photo that has none is its error."""
        made: dict[int, DepthMap | NotNow | Exception] = {}
        waiting: list[tuple[int, _Read]] = []
        for index, photo in enumerate(photos):
            if isinstance(photo, NotNow):
                made[index] = photo
            elif photo.depth_map is not None:
                made[index] = photo.depth_map
            else:
                waiting.append((index, photo))
        if waiting:
            asked = [(photo.metadata, photo.rgb) for _, photo in waiting]
            found = self.estimator().estimate_batch(asked)
            made |= {index: one for (index, _), one in zip(waiting, found, strict=True)}
        sky, moving = sky_finder(self.settings.depth), moving_finder(self.settings.depth)
        if sky is not None or moving is not None:
            seen = {
                index: (one, photo.rgb)
                for index, photo in enumerate(photos)
                if isinstance(one := made[index], DepthMap)
                and not isinstance(photo, NotNow)
                and self._finder_keys(photo.metadata.path)
            }
            maps = [depth_map for depth_map, _ in seen.values()]
            pictures = [rgb for _, rgb in seen.values()]
            maps = maps if sky is None else sky.with_sky(maps, pictures)
            maps = maps if moving is None else with_moving(moving, maps, pictures)
            made |= zip(seen, maps, strict=True)
        return [made[index] for index in range(len(photos))]

    def whole(self, source: Source) -> Ingested | NotNow:
        """Read, measure, by a network where it takes one, and store one photo. Errors as when it is
        called, ModelError where the network cannot be used."""
        read = self.read(source)
        (made,) = self.measure([read])
        if isinstance(made, Exception):
            raise made
        return self.finish(read, made)

    def finish_one(self, measured: _Measured) -> Ingested | NotNow:
        """`finish`, of a pair."""
        return self.finish(*measured)

    def finish(
        self, photo: _Read | NotNow, depth_map: DepthMap | NotNow | None
    ) -> Ingested | NotNow:
        """Everything after the depth, which may be none: clean, find features, write the files."""
        if self.finish_apart is not None:
            return self.finish_apart((photo, depth_map))
        if isinstance(photo, NotNow):
            return photo
        if isinstance(depth_map, NotNow):
            return depth_map
        known = _stored_features(photo.features)
        return self._finished(photo, depth_map, known, self.settings_hash(photo.metadata))

    def with_depth(
        self, known: IngestedPhoto, rgb: Rgb, depth_map: DepthMap, depth_key: str
    ) -> Ingested:
        """A photo that the map has, with depth that was found later; everything else that was told
        of it stays. depth_key: of everything that this depth depends on. PhotoError where none of
        it can be used, StorageError where files cannot be written."""
        key = f"{known.metadata.content_hash[:_KEY_DIGITS]}-{depth_key}"
        earlier = self.layout.features(known)
        stored = _stored_features(earlier)
        photo = _Read(
            metadata=known.metadata,
            rgb=rgb,
            features=earlier,
            depth_key=key,
            depth_map=None,
            mask=None if stored is None else stored.mask,
        )
        # Files of its own: the row names the old ones until it is written anew.
        found = self._finished(photo, depth_map, stored, depth_key)
        return replace(found, settings_hash=known.settings_hash)

    def _finished(
        self, photo: _Read, depth_map: DepthMap | None, known: Features | None, key: str
    ) -> Ingested:
        settings, metadata, rgb = self.settings, photo.metadata, photo.rgb
        cleaned = None if depth_map is None else self._cleaned(photo, depth_map)
        prior = pose_prior(
            metadata,
            settings.prior,
            scale_sigma_rel=cleaned.depth_map.scale_sigma_rel if cleaned else math.nan,
        )
        focal = depth_map.focal if depth_map else choose_focal(metadata, settings.depth)
        camera = photo_camera(metadata, focal)
        features = extract_features(
            rgb,
            camera,
            without_sky(cleaned) if cleaned else None,
            settings.registration.features,
            pitch_deg=prior.pitch_deg,
            roll_deg=prior.roll_deg,
            known=known,
            mask=photo.mask,
        )
        depth = None
        if cleaned is not None:
            finders = (cleaned.depth_map.sky_by, cleaned.depth_map.moving_by)
            by = "".join(f"-{each}" for each in finders if each)
            by += f"-mask-{photo.mask.key}" if photo.mask is not None else ""
            name = f"{photo.depth_key}-{settings.depth.clean.stage_hash()[:8]}{by}.npz"
            depth = self.layout.keep(Subfolder.DEPTH, name, lambda path: save_depth(path, cleaned))
        return Ingested(
            metadata=metadata,
            camera=camera,
            depth=depth,
            depth_map=DepthMapInfo.of(cleaned.depth_map) if cleaned else None,
            features=self.layout.keep(
                Subfolder.FEATURES,
                f"{metadata.content_hash[:_KEY_DIGITS]}-{key}.npz",
                lambda path: save_features(path, features),
            ),
            prior=prior,
            settings_hash=key,
        )

    def _cleaned(self, photo: _Read, depth_map: DepthMap) -> CleanedDepth:
        metadata, mask = photo.metadata, photo.mask
        # Each direction of a panorama belongs to one of its views.
        elsewhere = None
        if rig_of(metadata) is not None:
            elsewhere = outside_sector(depth_map.camera, sector_of(metadata) or SECTOR_DEG)
        cleaned = clean(
            depth_map,
            photo.rgb,
            self.settings.depth,
            elsewhere=elsewhere,
            masked=None if mask is None else mask.on_grid(*depth_map.depth_m.shape),
            is_held=not metadata.is_flown,
        )
        if not cleaned.kept.any() and HORIZON_TOO_NEAR not in cleaned.depth_map.flags:
            taken = max(cleaned.removed_counts().items(), key=lambda item: item[1])[0]
            raise DepthError(
                f"has no depth left after cleaning (mostly: {taken})", path=metadata.path
            )
        return cleaned

    def _needs_network(self, path: Path) -> bool:
        return (
            self.settings.depth.source == AUTO
            and self.has_network
            and not MeasuredDepth(self.settings.depth).has_depth(path)
        )

    def _finder_keys(self, path: Path) -> tuple[str, ...]:
        """Of the networks that find the sky of this photo and what moves in it, if any do: they run
        beside that which gives depth."""
        settings = self.settings.depth
        is_sensor = settings.source == MEASURED or (
            settings.source == AUTO and MeasuredDepth(settings).has_depth(path)
        )
        if is_sensor:
            return ()
        found = (sky_finder(settings), moving_finder(settings))
        return tuple(finder.key for finder in found if finder is not None)

    def _stored_depth(self, depth_key: str) -> DepthMap | None:
        """The depth map as it was before cleaning, from an earlier run that kept it: a network's
        minutes are never spent twice, nor lost where a run was stopped before its row."""
        for path in self.layout.named(Subfolder.DEPTH, f"{depth_key}-"):
            with suppress(StorageError):  # damaged: made anew
                stored = load_depth(self.layout.stored(Subfolder.DEPTH, path))
                whole = replace(stored.depth_map, depth_m=stored.uncleaned_m)
                whole = without_stale_sky(whole, self.settings.depth)
                return without_stale_moving(whole, self.settings.depth)
        return None


def _stored_features(path: Path | None) -> Features | None:
    """What an earlier run found in the picture; damaged, it is found anew."""
    if path is not None:
        with suppress(StorageError):
            return load_features(path)
    return None


@lru_cache(maxsize=1)
def _open_once(settings: DepthSettings) -> DepthEstimator:
    return open_estimator(settings.source, settings)


def bounded(function: Callable[[Item], Result], settings: Settings) -> Bounded[Item, Result]:
    """For a worker: as much memory as the largest photo that is not refused takes, with room."""
    megabytes = (
        12 * settings.photo.max_megapixels + BYTES_PER_DEPTH_PIXEL * settings.depth.max_megapixels
    )
    return Bounded(function=function, memory_bytes=int(1e6 * megabytes) + (1 << 30))


@contextmanager
def working_apart(worker: PhotoWorker, settings: Settings, jobs: int) -> Iterator[PhotoWorker]:
    """The worker whose network runs in this process. Files are read in others; and where the
    network does not need the processors, photos are finished there too."""
    if jobs == 0:
        yield worker
        return
    readers, finishers = worker.shares(jobs)
    limit_s = settings.ingest.time_limit_s
    with ExitStack() as pools:
        read = bounded(worker.tags_and_pixels, settings)
        read_apart = pools.enter_context(IsolatedPool(read, workers=readers, limit_s=limit_s))
        finish_apart = None
        if finishers > 1:
            finish = bounded(worker.finish_one, settings)
            finish_apart = pools.enter_context(
                IsolatedPool(finish, workers=finishers, limit_s=limit_s)
            )
        yield replace(worker, read_apart=read_apart, finish_apart=finish_apart)
