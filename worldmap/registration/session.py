"""Photos of one device within minutes: what their tags are off by, they share."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from worldmap.registration.clock import ClockEvidence
from worldmap.registration.view import PhotoView

# Errors of a receiver are alike for minutes (multipath, ionosphere); photos further apart than this
# in time are another session, with errors of their own.
_SESSION_S = 1800.0
# Of tags of which nothing is known yet one in ten is wrong (a Beta prior (1, 9)); where those of a
# session are wrong more often than the stated nine tenths allow, they say nothing.
_WRONG_OF, _SEEN, _MOST_WRONG = 1.0, 10.0, 0.1


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class SessionEvidence:
    """What a group of photos says of a session that others have a part in: of its clock, None where
    it says nothing; and of how many compass readings that they are wrong, of how many."""

    clock: ClockEvidence | None
    headings: int = 0
    wrong_headings: int = 0


def trusted(count: int, wrong: int) -> bool:
    """Whether one more tag of a session is as likely right as a 90 % bound says, so many being
    known and so many of these wrong. Where none is it is, however few are known."""
    return not wrong or (_WRONG_OF + wrong) / (_SEEN + count) <= _MOST_WRONG


def sessions(views: Mapping[int, PhotoView]) -> dict[int, str]:
    """By photo the device and the session; photos of no time are one session of their device, those
    of no device share nothing."""
    by_device: dict[str, list[int]] = defaultdict(list)
    for i, view in views.items():
        by_device[view.device or f"photo {i}"].append(i)
    found = {}
    for device, members in by_device.items():
        members.sort(key=lambda i: (np.nan_to_num(views[i].captured_s, nan=-np.inf), i))
        number, before = 0, np.nan
        for i in members:
            now = views[i].captured_s
            number += bool(now - before > _SESSION_S)
            found[i], before = f"{device}|{number}", now
    return found
