"""How good a session's tags proved where pictures tell: for its photos that no picture holds."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from worldmap.frames import wrapped_deg
from worldmap.records import PlacedBy, PlacedPose, SolvedPose, UnplacedPose
from worldmap.registration.compass import off_together_deg
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
    same, for what their tags say does not go together; shown: how many of its pictures share
    something with others; turned: how many of them are on their side or head by that."""

    heading: Proved
    plan: Proved
    height: Proved
    held: int
    open: int
    shown: int
    turned: int

    def doubt(self, view: PhotoView) -> str:
        """Why the tags of a photo of this session are not to be believed; empty where they are."""
        device = view.device or "its camera"
        if not trusted(self.shown, self.turned):
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

    @property
    def is_wrong(self) -> bool:
        """Whether it is further off than either may be."""
        return abs(self.off) > _WRONG_SIGMAS * math.hypot(self.sigma, self.pose_sigma)


class ProvedSessions:
    """What groups of an area have told of sessions so far."""

    def __init__(self, views: Mapping[int, PhotoView], turned: Collection[int] = ()) -> None:
        """turned: photos whose pictures are found to be on their side or head."""
        self._views, self._session, self._turned = views, sessions(views), turned
        self._told: dict[str, list[SolvedPose]] = defaultdict(list)
        self._known: dict[str, ProvedTags | None] = {}

    def add(self, poses: Iterable[SolvedPose]) -> None:
        """What became of the photos of a group that pictures hold together."""
        for pose in poses:
            if isinstance(pose, UnplacedPose) or pose.by == PlacedBy.MATCHES:
                name = self._session[pose.photo_id]
                self._told[name].append(pose)
                self._known.pop(name, None)

    def of(self, photo_id: int) -> ProvedTags | None:
        """The tags of a photo's session; None where pictures tell nothing of it."""
        name = self._session[photo_id]
        if name not in self._known:
            self._known[name] = self._proved(self._told[name])
        return self._known[name]

    def _proved(self, told: Sequence[SolvedPose]) -> ProvedTags | None:
        held = [pose for pose in told if isinstance(pose, PlacedPose)]
        both = [pose for pose in told if self._has_both(pose.photo_id)]
        left_open = sum(isinstance(pose, UnplacedPose) for pose in both)
        if not held and not left_open:
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
            held=len(both),
            open=left_open,
            shown=len(told),
            turned=sum(pose.photo_id in self._turned for pose in told),
        )

    def _has_both(self, photo_id: int) -> bool:
        view = self._views[photo_id]
        return view.position_ecef is not None and view.heading_deg is not None


def _proved(tags: Sequence[_Off], *, circle: bool = False) -> Proved:
    wrong = [tag for tag in tags if tag.is_wrong]
    right = [tag for tag in tags if not tag.is_wrong]
    squares = sum(t.off**2 / t.numbers / t.sigma**2 for t in right)
    together = math.nan
    if circle and wrong and not right:
        off, sigma = (
            np.array(each) for each in zip(*((t.off, t.sigma) for t in wrong), strict=True)
        )
        middle, agree = off_together_deg(off, sigma)
        together = middle if agree else math.nan
    return Proved(
        count=len(tags),
        wrong=len(wrong),
        wider=math.sqrt(max((_FREEDOM + squares) / (_FREEDOM + len(right)), 1.0)),
        together=together,
    )
