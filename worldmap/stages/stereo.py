"""Photos that wait for depth get it from each other: how they stand, what each sees, where they
agree.

This comes before registration, which then takes these photos as it takes all others: by their own
depth, with tags, levels and its guards against things that look alike. What a photo's surface is
made of is hashed, and a surface that is there is not looked for again, so that a merge that was
stopped goes on where it was; the surfaces go once photos have their depth.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import binary_dilation

from worldmap.artifact import read_arrays, write_arrays
from worldmap.camera import Camera, GreyPicture
from worldmap.config import Settings
from worldmap.depth.grid import coarse, coarse_sigma
from worldmap.depth.raster import resized_rgb
from worldmap.depth.sky import sky_mask
from worldmap.engine import Outcome, run_each
from worldmap.errors import DepthError, ModelError, PhotoError, StorageError
from worldmap.frames import RigidTransform
from worldmap.mapfolder import Layout, Subfolder, adding_files
from worldmap.photo import Period, Sidecars, read_photo
from worldmap.records import (
    STEREO,
    DepthAnchors,
    DepthMap,
    DepthMapInfo,
    DepthModel,
    DepthWait,
    Focal,
    FocalSource,
    IngestedPhoto,
)
from worldmap.registration.candidates import candidate_pairs
from worldmap.registration.features import load_features
from worldmap.registration.level import up_cam
from worldmap.registration.resection import resected
from worldmap.registration.structure import Standing, Structure, given_structure, structures
from worldmap.registration.view import PhotoView
from worldmap.stages.given import held_poses
from worldmap.stages.photo import Ingested, PhotoWorker
from worldmap.stages.register import read_views
from worldmap.stages.review import copies_of, review_area
from worldmap.stages.selection import sites_of
from worldmap.stages.standing import hashed
from worldmap.stages.work import Work
from worldmap.stereo import (
    WIDEST_PX,
    SeenSurface,
    Surface,
    agreed_depth,
    grey_picture,
    with_points,
)

# Part of every hash: raise it when the same pictures and poses give another depth.
_VERSION: Final = 6
MODEL: Final = DepthModel(name=STEREO, weights_hash=str(_VERSION), licence="")
"""What such depth is called."""

# Nearer than half of what the nearest points are nobody looks: of these few are wrong.
_NEAREST_SHARE, _NEAREST_PERCENT = 0.5, 2.0
# So far beside what is sky a window still sees what borders on it.
_WINDOW_REACH_PX: Final = 3
# What a focal length is known to that photos of some streets told.
_FOCAL_SIGMA_REL: Final = 0.01
_FEWEST_POINTS: Final = 30
# A scale that is less certain than this holds nothing together.
_MOST_SCALE_SIGMA_REL: Final = 0.3
# What a point may be off that features are to be lifted by.
_SURE_POINT_REL: Final = 0.05
_TOO_LITTLE: Final = "it shows too little of what others show from some steps apart"


def depth_from_photos(
    work: Work, photos: list[IngestedPhoto], *, anew: bool = False
) -> list[IngestedPhoto]:
    """Gives depth to those of the photos that have none and overlap enough with others, and says
    why the rest got none; returns all as they are now. Those of which that was said before are left
    alone while the photos around them are the same. anew: depth that came of this earlier is looked
    for again, too.

    Raises StorageError where a file cannot be read or written, CatalogError where a photo leaves
    the map meanwhile, ModelError where an engine is missing and no photo has depth.
    """
    catalog = work.folder.catalog
    waiting = {photo.photo_id for photo in photos if photo.depth is None}
    if anew:
        waiting |= {p.photo_id for p in photos if _made_here(catalog.depth_map(p.photo_id))}
    if not waiting:
        return photos
    by_id = {photo.photo_id: photo for photo in photos}
    around = _Around.of(work, photos, waiting)
    reasons = dict(around.told)
    given: set[int] = set()
    if around.asking:
        count = len(around.asking)
        work.listener.note(
            f"{count} photo{'s' * (count > 1)} without depth: looking for it in what "
            "they share with others (stereo; --no-stereo leaves them waiting)"
        )
        try:
            found = _standing(work, around, by_id)
        except ModelError as error:
            # Those that have depth make a map without it.
            if all(photo.depth is None for photo in photos):
                raise
            work.listener.warn(f"{error}; photos without depth wait")
            return photos
        reasons |= {i: found.alone[i].value for i in around.asking & found.alone.keys()}
        problems: dict[int, PhotoError] = {}
        with adding_files(work.folder.root):
            given = _from_groups(work, found.groups, by_id, around, problems)
        rest = around.asking - given
        reasons |= {i: error.complaint for i, error in problems.items() if i in rest}
        reasons |= dict.fromkeys(rest - reasons.keys(), _TOO_LITTLE)
        # A file that cannot be read now may be there with the next merge.
        lasting = {i for i in rest if i not in problems or isinstance(problems[i], DepthError)}
        catalog.record_depth_waits(
            {i: DepthWait(asked_hash=around.hashes[i], reason=reasons[i]) for i in lasting}
        )
    _tell_of_rest(work, by_id, {i: why for i, why in reasons.items() if i not in given})
    if not around.asking:
        return photos
    now = {photo.photo_id: photo for photo in catalog.photos_by_id(by_id)}
    return [now[i] for i in by_id if i in now]


def _from_groups(
    work: Work,
    groups: Sequence[Structure],
    by_id: Mapping[int, IngestedPhoto],
    around: _Around,
    problems: dict[int, PhotoError],
) -> set[int]:
    """Depth for the asking photos of each group that had none from a larger one, and for those that
    stand in no group but see enough of what has depth now; returns who got it. All of them get it
    at once: with the depth of some the others would stand otherwise, should the work be stopped in
    between."""
    catalog, made, used = work.folder.catalog, dict[int, Ingested](), list[_Item]()

    def look(groups: Sequence[Structure]) -> None:
        for group in groups:
            asked = around.asking - made.keys()
            items = _items(group, by_id, asked)
            seen = _surfaces(work, items, problems)
            made.update(_agreed(work, items, seen, asked, problems))
            used.extend(items)

    look(groups)
    look(_beside_depth(work, groups, around, made))
    with catalog.together():
        for _, found in sorted(made.items()):
            found.record_in(catalog)
    for item in used:
        work.folder.layout.drop(Subfolder.DEPTH, item.path)
    return set(made)


def _beside_depth(
    work: Work, groups: Sequence[Structure], around: _Around, made: Mapping[int, Ingested]
) -> list[Structure]:
    """The groups with the asking photos that got no depth in them and show what has depth."""
    left = {i: around.views[i] for i in around.asking - made.keys()}
    pairs = [pair for pair in around.pairs if len(left.keys() & set(pair)) == 1]
    lifted = {}
    # Not all of the area: each photo's features are a file to be read.
    for i in sorted({i for pair in pairs for i in pair} - left.keys()):
        view = around.views[i]
        if i in made:
            artifact = made[i].features
            path = work.folder.layout.stored(
                Subfolder.FEATURES, artifact.path, artifact.content_hash
            )
            view = replace(view, features=load_features(path))
        if np.isfinite(view.features.xyz_cam).any():
            lifted[i] = view
    pairs = [pair for pair in pairs if lifted.keys() & set(pair)]
    if not pairs:
        return []
    with work.listener.stage("stand", len(pairs), unit="pairs") as stage:
        return resected(
            groups,
            lifted,
            left,
            pairs,
            work.settings.registration.pairs,
            neighbours=work.settings.stereo.neighbours,
            on_pair=stage.advance,
        )


def _made_here(depth_map: DepthMapInfo | None) -> bool:
    return depth_map is not None and depth_map.model.name == STEREO


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class _Around:
    """Photos that may show the same places as those that wait for depth. asking: the waiting photos
    that are looked at; told: what was said of the others before, by id; hashes: of all photos that
    may be asked about a waiting one; pairs by id."""

    views: Mapping[int, PhotoView]
    pairs: Sequence[tuple[int, int]]
    asking: set[int]
    told: Mapping[int, str]
    hashes: Mapping[int, str]

    @classmethod
    def of(cls, work: Work, photos: Sequence[IngestedPhoto], waiting: set[int]) -> _Around:
        reviews = review_area(work, photos)
        copies = copies_of(reviews)
        ours = [photo for photo in photos if photo.photo_id not in copies]
        views = read_views(work, sites_of(work.folder.catalog, ours), ours, reviews)
        settings = work.settings.registration.pairs
        ids = list(views)
        pairs = [(ids[i], ids[j]) for i, j in candidate_pairs([views[i] for i in ids], settings)]
        by_id = {photo.photo_id: photo for photo in ours}
        waiting = waiting & by_id.keys()
        beside: dict[int, set[int]] = {i: set() for i in waiting}
        for pair in pairs:
            for i, other in (pair, pair[::-1]):
                if i in waiting:
                    beside[i].add(other)
        held = held_poses(work.folder, ours, views)
        hashes = {
            i: hashed(
                _VERSION,
                work.settings.stereo.neighbours,
                settings.ratio,
                *sorted(
                    (by_id[k].metadata.content_hash, by_id[k].settings_hash)
                    for k in {i, *beside[i]}
                ),
                *(held[k].enu_from_cam.matrix.tolist() for k in held if k in {i, *beside[i]}),
            )
            for i in waiting
        }
        known = {
            i: wait
            for i in waiting
            if by_id[i].depth is None and (wait := by_id[i].depth_wait) is not None
        }
        told = {i: wait.reason for i, wait in known.items() if wait.asked_hash == hashes[i]}
        # What is new may be what they waited for, through others that wait.
        asking, new = set(), waiting - told.keys()
        while new:
            asking |= new
            new = {k for i in new for k in beside[i] & waiting} - asking
        return cls(
            views=views,
            pairs=[pair for pair in pairs if asking & set(pair)],
            asking=asking,
            told={i: why for i, why in told.items() if i not in asking},
            hashes=hashes,
        )


def _standing(work: Work, around: _Around, by_id: Mapping[int, IngestedPhoto]) -> Standing:
    """How the asking photos stand to each other and to those beside them that have depth; where
    somebody said it, as they said."""
    taking_part = {*around.asking, *(i for pair in around.pairs for i in pair)}
    views = {i: view for i, view in around.views.items() if i in taking_part}
    held = held_poses(work.folder, [by_id[i] for i in views], views)
    site = next((pose.site for pose in held.values()), None)
    given = {i: pose.about(site).enu_from_cam for i, pose in held.items() if site is not None}
    apart = [pair for pair in around.pairs if not set(pair) <= given.keys()]
    settings, neighbours = work.settings.registration.pairs, work.settings.stereo.neighbours
    with work.listener.stage("stand", len(around.pairs), unit="pairs") as stage:
        inside = [pair for pair in around.pairs if set(pair) <= given.keys()]
        told = given_structure(
            views, given, inside, settings, neighbours=neighbours, on_pair=stage.advance
        )
        first = () if told is None else (told,)
        if not around.asking - given.keys():
            return Standing(groups=first, alone={})
        found = structures(views, apart, settings, neighbours=neighbours, on_pair=stage.advance)
    return Standing(groups=(*first, *found.groups), alone=found.alone)


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class _Item:
    """A photo of a structure, with all that its surface is made of, and no more: it goes to another
    process. poses and cameras are its own and its neighbours'."""

    photo: IngestedPhoto
    neighbours: tuple[IngestedPhoto, ...]
    poses: Mapping[int, RigidTransform]
    cameras: Mapping[int, Camera]
    anchors: DepthAnchors
    scale_sigma_rel: float

    @classmethod
    def of(
        cls, photo: IngestedPhoto, neighbours: Sequence[IngestedPhoto], structure: Structure
    ) -> _Item:
        ids = [each.photo_id for each in (photo, *neighbours)]
        return cls(
            photo=photo,
            neighbours=tuple(neighbours),
            poses={i: structure.enu_from_cam[i] for i in ids},
            cameras={i: structure.cameras[i] for i in ids},
            anchors=structure.anchors[photo.photo_id],
            scale_sigma_rel=_scale_sigma_rel(structure),
        )

    @property
    def nearest_m(self) -> float:
        return _NEAREST_SHARE * float(np.percentile(self.anchors.depth_m, _NEAREST_PERCENT))

    @property
    def up_cam(self) -> NDArray[np.float64]:
        return up_cam(self.photo.prior.pitch_deg, self.photo.prior.roll_deg)

    @property
    def camera(self) -> Camera:
        """Its own, at full size."""
        return self.cameras[self.photo.photo_id]

    @property
    def inputs_hash(self) -> str:
        return hashed(
            _VERSION,
            self.nearest_m,
            *(
                (
                    photo.metadata.content_hash,
                    self.poses[photo.photo_id].matrix.tolist(),
                    asdict(self.cameras[photo.photo_id]),
                )
                for photo in (self.photo, *self.neighbours)
            ),
        )

    @property
    def points_hash(self) -> str:
        """Of the points that photos were matched by."""
        held = self.anchors
        return hashed(
            self.scale_sigma_rel,
            *(each.tolist() for each in (held.uv_px, held.depth_m, held.sigma_rel)),
        )

    @property
    def path(self) -> Path:
        """Of its surface, below the map."""
        name = f"{self.photo.metadata.content_hash[:16]}-{self.inputs_hash[:16]}.surface.npz"
        return Path(Subfolder.DEPTH, name)

    def picture(self, photo: IngestedPhoto, settings: Settings) -> GreyPicture:
        """One of its photos as stereo looks at it. PhotoError where the file is no longer what it
        was."""
        i = photo.photo_id
        return grey_picture(_pixels(photo, settings), self.cameras[i], self.poses[i])


def _scale_sigma_rel(structure: Structure) -> float:
    """Of each photo of a structure. They share one error, and who takes them for independent is to
    know no more of it by all of them than is known."""
    shared = structure.scale_sigma_rel
    return max(shared, min(shared * math.sqrt(len(structure.anchors)), _MOST_SCALE_SIGMA_REL))


def _items(
    structure: Structure, by_id: Mapping[int, IngestedPhoto], waiting: set[int]
) -> list[_Item]:
    """The photos whose surface is asked for: those that wait, and those that confirm them."""
    usable = {i for i, each in structure.anchors.items() if len(each) >= _FEWEST_POINTS}
    beside = {
        i: [by_id[k] for k in structure.anchors[i].neighbours if k in usable]
        for i in sorted(usable)
    }
    asked = {i for i in usable & waiting if beside[i]}
    asked |= {photo.photo_id for i in asked for photo in beside[i] if beside[photo.photo_id]}
    return [_Item.of(by_id[i], beside[i], structure) for i in sorted(asked)]


# --- each photo's surface -----------------------------------------------------------------------


def _surfaces(work: Work, items: Sequence[_Item], problems: dict[int, PhotoError]) -> set[int]:
    """Looks for the surfaces that are not there yet; returns whose there are."""
    layout, seen = work.folder.layout, set()
    missing = []
    for item in items:
        if layout.is_there(Subfolder.DEPTH, item.path):
            seen.add(item.photo.photo_id)
        else:
            missing.append(item)
    with work.listener.stage("stereo", len(missing)) as stage:

        def keep(outcome: Outcome[_Item, bool]) -> None:
            stage.advance()
            if outcome.error is not None:
                problems[outcome.item.photo.photo_id] = _own_trouble(outcome.error)
            else:
                seen.add(outcome.item.photo.photo_id)

        run_each(
            _SurfaceWorker(layout=layout, settings=work.settings),
            missing,
            jobs=work.jobs,
            on_result=keep,
        )
    return seen


def _own_trouble(error: Exception) -> PhotoError:
    """What is one photo's own; anything else is raised again."""
    if isinstance(error, PhotoError):
        return error
    raise error


def load_surface(path: Path) -> Surface:
    """What a stopped run left of a photo's surface. StorageError where it is missing or damaged."""
    arrays, _ = read_arrays(path)
    try:
        surface = Surface(**arrays)
        shapes = {(each.shape, each.dtype.str) for each in arrays.values()}
        if len(shapes) != 1 or surface.inverse.ndim != 2 or surface.inverse.dtype != np.float32:
            raise ValueError(f"its arrays are {sorted(map(str, shapes))}")
    except (TypeError, ValueError) as error:
        raise StorageError(
            f"is damaged ({error})", path=path, hint="delete it and merge again"
        ) from error
    return surface


@dataclass(frozen=True, slots=True, kw_only=True)
class _SurfaceWorker:
    layout: Layout
    settings: Settings

    def __call__(self, item: _Item) -> bool:
        from worldmap.stereo.surface import find_surface  # and PyTorch, which takes a second

        photo, *others = (
            item.picture(each, self.settings) for each in (item.photo, *item.neighbours)
        )
        found = find_surface(photo, others, nearest_m=item.nearest_m, up_cam=item.up_cam)
        arrays = {"inverse": found.inverse, "sigma_rel": found.sigma_rel, "score": found.score}
        self.layout.keep(
            Subfolder.DEPTH, item.path.name, lambda path: write_arrays(path, arrays, {})
        )
        return True


def _pixels(photo: IngestedPhoto, settings: Settings) -> NDArray[np.uint8]:
    metadata, rgb = read_photo(photo.metadata.path, settings.photo, least_px=WIDEST_PX)
    if metadata.content_hash != photo.metadata.content_hash:
        raise PhotoError("changed since it was ingested", path=photo.metadata.path)
    return rgb


# --- what they agree on -------------------------------------------------------------------------


def _agreed(
    work: Work,
    items: Sequence[_Item],
    seen: set[int],
    waiting: set[int],
    problems: dict[int, PhotoError],
) -> dict[int, Ingested]:
    """Depth for the photos that wait, by their ids, and what belongs to it; no rows yet."""
    by_id = {item.photo.photo_id: item for item in items}
    asking = {i: {photo.photo_id for photo in item.neighbours} for i, item in by_id.items()}
    questions = []
    for i in sorted(seen & waiting):
        beside = asking[i] | {k for k, whom in asking.items() if i in whom}
        others = [by_id[k] for k in sorted(beside & seen) if k in by_id]
        questions.append(_Question(item=by_id[i], others=tuple(others)))
    made: dict[int, Ingested] = {}
    with work.listener.stage("agree", len(questions)) as stage:

        def keep(outcome: Outcome[_Question, Ingested]) -> None:
            stage.advance()
            photo, found = outcome.item.item.photo, outcome.value
            if found is None:
                problems[photo.photo_id] = _own_trouble(outcome.error or RuntimeError("no answer"))
                return
            made[photo.photo_id] = found

        run_each(
            _AgreeWorker(layout=work.folder.layout, settings=work.settings),
            questions,
            jobs=work.jobs,
            on_result=keep,
        )
    return made


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class _Question:
    """A photo that waits, and those that are asked about its surface."""

    item: _Item
    others: tuple[_Item, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class _AgreeWorker:
    layout: Layout
    settings: Settings

    def __call__(self, question: _Question) -> Ingested:
        item = question.item
        own = self._seen(item)
        depth_m, sigma_m = agreed_depth(own, [self._seen(other) for other in question.others])
        held = item.anchors
        sure = held.sigma_rel < _SURE_POINT_REL
        depth_m, sigma_m = with_points(
            depth_m,
            sigma_m,
            held.uv_px[sure] * (own.camera.width_px / item.camera.width_px),
            held.depth_m[sure],
            (held.sigma_rel * held.depth_m)[sure],
        )
        if not np.isfinite(depth_m).any():
            raise DepthError(
                "shows nothing that another photo agrees on", path=item.photo.metadata.path
            )
        rgb = _pixels(item.photo, self.settings)
        colours = resized_rgb(rgb, own.camera.width_px, own.camera.height_px)
        sky = sky_mask(colours, depth_m, own.camera)
        beside = binary_dilation(sky, np.ones((3, 3), dtype=np.bool_), _WINDOW_REACH_PX)
        depth_m = coarse(np.where(beside, np.float32(np.nan), depth_m))
        smooth_m = self.settings.stereo.sigma_rel * depth_m
        depth_map = DepthMap(
            depth_m=depth_m,
            sigma_m=coarse_sigma(np.hypot(sigma_m, smooth_m).astype(np.float32), depth_m),
            camera=own.camera,
            focal=Focal(
                focal_px=item.camera.fx_px,
                sigma_rel=_FOCAL_SIGMA_REL,
                source=FocalSource.DEPTH_MODEL,
            ),
            focal_predicted=None,
            scale_sigma_rel=item.scale_sigma_rel,
            model=MODEL,
            sky=sky,
        )
        worker = PhotoWorker(
            layout=self.layout, settings=self.settings, sidecars=Sidecars(), period=Period()
        )
        others = (other.inputs_hash for other in question.others)
        key = hashed(item.inputs_hash, item.points_hash, *others)[:16]
        return worker.with_depth(item.photo, rgb, depth_map, key)

    def _seen(self, item: _Item) -> SeenSurface:
        surface = load_surface(self.layout.stored(Subfolder.DEPTH, item.path))
        height_px, width_px = surface.inverse.shape
        return SeenSurface(
            camera=item.camera.rescaled(width_px, height_px),
            enu_from_cam=item.poses[item.photo.photo_id],
            surface=surface,
        )


def _tell_of_rest(
    work: Work, by_id: Mapping[int, IngestedPhoto], reasons: Mapping[int, str]
) -> None:
    """Which photos still wait, and why, in a line for each reason."""
    named: dict[str, list[str]] = {}
    for i, reason in sorted(reasons.items()):
        named.setdefault(reason, []).append(by_id[i].metadata.path.name)
    for reason, names in named.items():
        more = f" and {len(names) - 3} more" if len(names) > 3 else ""
        work.listener.warn(f"no depth from photos for {', '.join(names[:3])}{more}: {reason}")
