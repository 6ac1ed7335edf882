"""How good a session's tags proved where pictures tell: for its photos that no picture holds."""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from worldmap.frames import wrapped_deg
from worldmap.records import PlacedBy, PlacedPose, SolvedPose, UnplacedPose
from worldmap.registration.session import sessions, trusted
from worldmap.registration.view import PhotoView

# A tag that lies so many sigmas from where pictures have its photo is wrong.
_WRONG_SIGMAS = 4.0
# Student's t of so many degrees of freedom: what sigmas are worth before any tag was looked at.
_FREEDOM = 4.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Proved:
    """Of one kind of tag in one session: how many pictures tell of, how many of them are wrong;
    by how much the sigmas of the others are too small, at least 1; what all that are wrong are off
    by together, NaN where they are not."""

    count: int
    wrong: int
    wider: float
    together: float

    @property
    def trusted(self) -> bool:
        """Whether one more is as likely right as its 90 % bound says."""
        return trusted(self.count, self.wrong)


@dataclass(frozen=True, slots=True, kw_only=True)
class ProvedTags:
    """Compasses, positions in plan and heights of one session. held: how many of its photos with
    both a position and a heading pictures hold; open: how many of them cannot be placed all the
    same, for what their tags say does not go together; upright and turned: how many of its pictures
    are found so, by what they share with others."""

    heading: Proved
    plan: Proved
    height: Proved
    held: int
    open: int
    upright: int
    turned: int

    def doubt(self, view: PhotoView) -> str:
        """Why the tags of a photo of this session are not to be believed; empty where they are."""
        device = view.device or "its camera"
        if not trusted(self.upright + self.turned, self.turned):
            return f"{self.turned} other pictures of {device} are on their side or head"
        if not trusted(self.held, self.open):
            return f"where pictures hold photos of {device}, their tags do not go together"
        if view.heading_deg is not None and not self.heading.trusted:
            if math.isfinite(self.heading.together):
                off_deg = abs(self.heading.together)
                return f"the compass of {device} reads {off_deg:.0f}° off where pictures tell"
            return f"{_share(self.heading)} compass readings of {device} are wrong"
        if view.position_ecef is not None and not self.plan.trusted:
            return f"{_share(self.plan)} positions of {device} are wrong"
        return ""

    def applied(self, view: PhotoView) -> PhotoView:
        """The view, its tags as sure as those of its session proved."""
        return replace(
            view,
            heading_sigma_deg=self.heading.wider * view.heading_sigma_deg,
            horizontal_sigma_m=self.plan.wider * view.horizontal_sigma_m,
            vertical_sigma_m=self.height.wider * view.vertical_sigma_m,
        )


def _share(of: Proved) -> str:
    return f"where pictures tell, {of.wrong} of {of.count}"


@dataclass(frozen=True, slots=True, kw_only=True)
class _Off:
    """What a tag is off by, its sigma and the pose's; of so many numbers."""

    off: float
    sigma: float
    pose_sigma: float
    numbers: int = 1


class ProvedSessions:
    """What groups of an area have told of sessions so far."""

    def __init__(self, views: Mapping[int, PhotoView], turned: Collection[int] = ()) -> None:
        """turned: photos whose pictures are found to be on their side or head."""
        self._views, self._session, self._turned = views, sessions(views), turned
        self._held: dict[str, list[PlacedPose]] = defaultdict(list)
        self._all: Counter[str] = Counter()
        self._open: Counter[str] = Counter()
        self._lying: Counter[str] = Counter()
        self._shared: Counter[str] = Counter()

    def add(self, poses: Iterable[SolvedPose]) -> None:
        """What became of the photos of a group that pictures hold together."""
        for pose in poses:
            name, view = self._session[pose.photo_id], self._views[pose.photo_id]
            both = view.position_ecef is not None and view.heading_deg is not None
            if isinstance(pose, UnplacedPose):
                self._open[name] += both
            elif pose.by == PlacedBy.MATCHES:
                self._held[name].append(pose)
            else:
                continue
            self._all[name] += both
            self._shared[name] += 1
            self._lying[name] += pose.photo_id in self._turned

    def of(self, photo_id: int) -> ProvedTags | None:
        """The tags of a photo's session; None where pictures tell nothing of it."""
        name = self._session[photo_id]
        held = self._held.get(name, [])
        if not held and not self._open[name]:
            return None
        headings, plans, heights = [], [], []
        for pose in held:
            view = self._views[pose.photo_id]
            east_m, north_m, up_m = pose.gps_residual_m
            of_east_m, of_north_m, of_up_m = pose.position_sigma_m
            if math.isfinite(pose.heading_residual_deg):
                turn_deg = float(np.linalg.norm(pose.rotation_sigma_deg))
                off_deg = wrapped_deg(-pose.heading_residual_deg)
                headings.append(
                    _Off(off=off_deg, sigma=view.heading_sigma_deg, pose_sigma=turn_deg)
                )
            if math.isfinite(east_m):
                side_m = max(of_east_m, of_north_m)
                off_m = math.hypot(east_m, north_m)
                plans.append(
                    _Off(off=off_m, sigma=view.horizontal_sigma_m, pose_sigma=side_m, numbers=2)
                )
            if math.isfinite(up_m):
                heights.append(_Off(off=up_m, sigma=view.vertical_sigma_m, pose_sigma=of_up_m))
        return ProvedTags(
            heading=_proved(headings, circle=True),
            plan=_proved(plans),
            height=_proved(heights),
            held=self._all[name],
            open=self._open[name],
            upright=self._shared[name] - self._lying[name],
            turned=self._lying[name],
        )


def _proved(tags: Sequence[_Off], *, circle: bool = False) -> Proved:
    wrong = [t for t in tags if abs(t.off) > _WRONG_SIGMAS * math.hypot(t.sigma, t.pose_sigma)]
    right = [t for t in tags if t not in wrong]
    squares = sum(t.off**2 / t.numbers / t.sigma**2 for t in right)
    together = math.nan
    if circle and wrong and not right:
        off = np.array([t.off for t in wrong])
        middle = float(np.rad2deg(np.angle(np.exp(1j * np.deg2rad(off)).sum())))
        if np.median(np.abs(wrapped_deg(off - middle))) < 2.0 * np.median([t.sigma for t in wrong]):
            together = middle
    return Proved(
        count=len(tags),
        wrong=len(wrong),
        wider=math.sqrt(max((_FREEDOM + squares) / (_FREEDOM + len(right)), 1.0)),
        together=together,
    )
