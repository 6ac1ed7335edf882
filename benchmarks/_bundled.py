"""What bundle adjustment of an area costs with calibration and without, on the same tracks."""

from __future__ import annotations

import time

from benchmarks.registration.areas import SolvedArea
from worldmap.config import RegistrationSettings
from worldmap.registration.blas import on_one_blas_thread
from worldmap.registration.bundle import bundle_adjust, bundle_roughly
from worldmap.registration.judge import judge_pairs
from worldmap.registration.solve.groups import solved_groups
from worldmap.registration.tracks import build_tracks


@on_one_blas_thread()
def bundled_s(area: SolvedArea, settings: RegistrationSettings) -> tuple[float, float]:
    """Seconds of processor time with calibration and without, by turns, the lesser of two each: of
    the largest group, from where its graph of pairs has it, on the tracks that pairs alone give."""
    verified = judge_pairs(area.views, area.pairs, settings.pairs)
    found = solved_groups(area.views, verified, settings, None, set(), {})
    assert found is not None
    group = found[0][0]
    tracks = build_tracks(group.members, group.pairs, per_photo=settings.solver.tracks_per_photo)
    start = {i: pose.enu_from_cam for i, pose in group.poses.items()}
    took_s: dict[bool, list[float]] = {True: [], False: []}
    for calibrate in (True, False) * 2:
        solver = settings.solver.model_copy(update={"calibrate": calibrate})
        begun_s = time.process_time()
        rough = bundle_roughly(group.members, tracks, start, settings.pairs, solver)
        bundle_adjust(
            group.members, tracks, rough.poses, settings.pairs, solver, lenses=rough.lenses
        )
        took_s[calibrate].append(time.process_time() - begun_s)
    return min(took_s[True]), min(took_s[False])
