"""Photos that were not taken as their tags say: cropped beside the middle, or through another lens
than the other photos of their camera."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from worldmap.registration.bundle.linearised import Pooled
from worldmap.registration.bundle.problem import Problem
from worldmap.registration.bundle.spread import LEAST, SHOWN, log_evidence
from worldmap.registration.bundle.state import DEVIATION, POSE, State
from worldmap.registration.lens import LENS

# The middle of what is cut out lies anywhere: of half a picture a quarter of it off.
_CENTRE_REL = 0.1
_FOCAL_REL = 0.3
_GRID = np.geomspace(LEAST, 0.3, 30)
# What comes after a sensor's name in that of one of its photos.
_OWN = "|photo "
# A sensor is what most of its photos show.
_FEWEST_LEFT = 2


def with_own_lenses(problem: Problem, state: State, pooled: Pooled) -> tuple[Problem, State]:
    """The problem with a sensor of their own for photos of which it is plainly likelier that their
    middle is elsewhere than that of the other photos of their sensor, all else marginal: that which
    shows it most first, for photos beside it follow it as long as it may not move. pooled: what
    pictures say at the state (`Problem.pooled_by_pictures`)."""
    while True:
        gain = _gain(problem, state, pooled)
        photo = int(np.argmax(gain))
        if 2 * gain[photo] < SHOWN:
            return problem, state
        problem, state = _parted(problem, state, photo)


def rejoined(problem: Problem, state: State, shared: int) -> tuple[Problem, State]:
    """The same with the first `shared` sensors alone: photos that had got one of their own are
    again of the sensor that they were of."""
    sensors = problem.sensors
    own = np.flatnonzero(sensors.of >= shared)
    if not len(own):
        return problem, state
    of = sensors.of.copy()
    of[own] = [sensors.key.index(sensors.key[k].rsplit(_OWN, 1)[0]) for k in sensors.of[own]]
    free = problem.free
    lens = free[problem.first_lens : problem.first_offset].reshape(-1, LENS)[:shared]
    pose = free[: problem.first_lens].reshape(-1, POSE).copy()
    pose[own, DEVIATION] = True
    return (
        replace(
            problem,
            sensors=replace(
                sensors,
                of=of,
                key=sensors.key[:shared],
                mean=sensors.mean[:shared],
                sigma=sensors.sigma[:shared],
                widest=sensors.widest[:shared],
                known=sensors.known[:shared],
                exact=sensors.exact[:shared],
            ),
            spread=problem.spread[:shared],
            sway=problem.sway[:shared],
            free=np.concatenate((pose.ravel(), lens.ravel(), free[problem.first_offset :])),
        ),
        replace(state, lens=state.lens[:shared]),
    )


def _gain(problem: Problem, state: State, pooled: Pooled) -> NDArray[np.float64]:
    """(N,) log of how much likelier a principal point of its own is for each photo; zero for those
    that stay, and where a sensor has too few photos to tell."""
    sensors, count = problem.sensors, len(problem.sensors.of)
    own = sensors.lenses(state.lens, state.deviation)
    moves = problem.free[POSE * np.arange(count)] & ~sensors.exact[sensors.of]
    # Every photo a sensor that is as it is now, but for what the photo says against that; of its
    # focal length as far as its sensor's photos differ in that.
    mean, sigma = own.copy(), np.full((count, LENS), LEAST)
    mean[:, 0] = state.lens[sensors.of, 0] + sensors.apart[:, 0]
    sigma[:, 0] = problem.spread[sensors.of]
    photos = np.bincount(sensors.of, minlength=sensors.count)[sensors.of]
    sigma[photos == 1] = sensors.sigma[sensors.of[photos == 1]]
    alone = replace(
        sensors,
        of=np.arange(count),
        key=tuple(map(str, range(count))),
        mean=mean,
        sigma=sigma,
        widest=sigma,
        known=np.zeros(count, dtype=np.bool_),
        apart=np.zeros((count, LENS)),
        exact=np.zeros(count, dtype=np.bool_),
    )
    pose = problem.free[: problem.first_lens].reshape(count, POSE).copy()
    pose[:, DEVIATION] = False
    free_lens = np.zeros((count, LENS), dtype=np.bool_)
    free_lens[moves, :3] = True
    tested = replace(
        problem,
        sensors=alone,
        spread=np.full(count, LEAST),
        sway=problem.sway[sensors.of],
        free=np.concatenate(
            (pose.ravel(), free_lens.ravel(), problem.free[problem.first_offset :])
        ),
    )
    seen = replace(state, lens=own, deviation=np.zeros(count))
    posterior = tested.posterior(seen, pooled)
    gain = np.zeros(count)
    for photo in np.flatnonzero(moves & (photos > _FEWEST_LEFT)):
        at = tested.first_lens + LENS * photo + np.array((1, 2))
        marginal = np.linalg.inv(posterior.covariance[np.ix_(at, at)])
        told = marginal - np.eye(2) / LEAST**2
        pull = marginal @ posterior.step[at]
        likely = log_evidence(told, pull, _GRID, np.ones(2))
        gain[photo] = likely.max() - likely[0]  # of the least, which is none
    return gain


def _parted(problem: Problem, state: State, photo: int) -> tuple[Problem, State]:
    """The photo with a sensor of its own, of which little is known."""
    sensors = problem.sensors
    of, before = sensors.of.copy(), sensors.of[photo]
    of[photo] = sensors.count
    own = sensors.lenses(state.lens, state.deviation)[photo]
    wide = sensors.widest[before].copy()
    wide[0] = max(wide[0], _FOCAL_REL)
    wide[1:3] = np.maximum(wide[1:3], _CENTRE_REL * 2 * sensors.corner[photo])
    apart, deviation = sensors.apart.copy(), state.deviation.copy()
    apart[photo], deviation[photo] = 0.0, 0.0
    parted = replace(
        sensors,
        of=of,
        key=(*sensors.key, f"{sensors.key[before]}{_OWN}{photo}"),
        mean=np.vstack((sensors.mean, sensors.mean[before])),
        sigma=np.vstack((sensors.sigma, wide)),
        widest=np.vstack((sensors.widest, wide)),
        known=np.append(sensors.known, False),
        apart=apart,
        exact=np.append(sensors.exact, False),
    )
    free = problem.free
    lens = free[problem.first_lens : problem.first_offset].reshape(-1, LENS)
    pose = free[: problem.first_lens].reshape(-1, POSE).copy()
    # Two names for one number: it is the sensor's.
    pose[photo, DEVIATION] = False
    moves = np.concatenate((np.ones(3, dtype=np.bool_), lens[before, 3:]))
    return (
        replace(
            problem,
            sensors=parted,
            spread=np.append(problem.spread, LEAST),
            sway=np.append(problem.sway, problem.sway[before]),
            free=np.concatenate((pose.ravel(), lens.ravel(), moves, free[problem.first_offset :])),
        ),
        replace(state, lens=np.vstack((state.lens, own)), deviation=deviation),
    )
