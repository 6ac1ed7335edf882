"""How much a pair's own two photos say for it."""

from __future__ import annotations

from typing import Final

import numpy as np

from worldmap.config import PairSettings
from worldmap.records import PairRegistration

SAYS_LITTLE: Final = 10.0
"""A pair that says less than this is only considered where nothing else says how its photos lie: a
dozen of a hundred matches fit one geometry between any two façades that repeat."""
SAYS_MUCH: Final = 40.0
"""Evidence that pairs which are worth a nat of the tags' likelihood have, and more."""


def evidence(pair: PairRegistration, settings: PairSettings) -> float:
    """How much an accepted pair's two photos say for it; about its number of inliers.

    Inliers count the more, the larger their share of all matches and the smaller the overlap they
    come from: a right pair matches all over what it shares. What stands in front of what the other
    photo saw counts against it.
    """
    share = pair.inliers / max(pair.matches, 1)
    overlap = pair.overlap if np.isfinite(pair.overlap) else 1.0
    in_front = pair.in_front if np.isfinite(pair.in_front) else 0.0
    clear = max(0.0, 1.0 - in_front / settings.max_in_front)
    return float(pair.inliers * share / (overlap + 0.05) * clear**2)
