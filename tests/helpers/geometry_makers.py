"""Hypothesis strategies for geometry that several rooms' tests share."""

from __future__ import annotations

import numpy as np
from hypothesis import strategies as st
from numpy.typing import NDArray
from scipy.spatial.transform import Rotation

from worldmap.camera import Camera
from worldmap.frames import Frame, RigidTransform, Similarity


def metres(limit: float = 1e4) -> st.SearchStrategy[float]:
    """A coordinate."""
    return st.floats(-limit, limit, allow_nan=False)


def vectors(limit: float = 1e4) -> st.SearchStrategy[NDArray[np.float64]]:
    """A point or translation (3,)."""
    return st.tuples(metres(limit), metres(limit), metres(limit)).map(np.array)


def rotations() -> st.SearchStrategy[NDArray[np.float64]]:
    """A rotation matrix (3, 3): any turn, tiny ones and half turns among them."""
    turn = st.sampled_from((0.0, 1e-9, 1e-4, 0.5, np.pi / 2, np.pi - 1e-9, np.pi))
    angle = st.one_of(turn, st.floats(0.0, np.pi))
    axis = st.tuples(*(st.floats(-1, 1) for _ in range(3))).filter(
        lambda a: float(np.linalg.norm(a)) > 0.1
    )
    return st.builds(
        lambda a, w: Rotation.from_rotvec(w * np.array(a) / np.linalg.norm(a)).as_matrix(),
        axis,
        angle,
    )


def rigid(to: Frame, source: Frame) -> st.SearchStrategy[RigidTransform]:
    """Any rigid transform between two frames."""
    return st.builds(
        lambda r, t: RigidTransform(to=to, source=source, rotation=r, translation_m=t),
        rotations(),
        vectors(),
    )


def similarities(to: Frame, source: Frame) -> st.SearchStrategy[Similarity]:
    """Any similarity between two frames, its scale within 0.05 to 20."""
    return st.builds(
        lambda r, t, log_scale: Similarity(
            to=to, source=source, rotation=r, translation_m=t, scale=float(np.exp(log_scale))
        ),
        rotations(),
        vectors(),
        st.floats(-3.0, 3.0),
    )


def cameras(*, distorted: bool) -> st.SearchStrategy[Camera]:
    """Cameras between tele and wide angle; distorted ones as mild as real lenses are, and none
    whose model folds over inside the image: no ray is seen there."""

    def build(
        width: int, aspect: float, focal: float, stretch: float, centre: tuple[float, float],
        k: tuple[float, ...],
    ) -> Camera:  # fmt: skip
        height = max(1, round(width * aspect))
        return Camera(
            width_px=width,
            height_px=height,
            fx_px=focal * width,
            fy_px=focal * stretch * width,
            cx_px=width / 2 + centre[0] * width,
            cy_px=height / 2 + centre[1] * height,
            distortion=(k[0], k[1], k[2], k[3], k[4]),
        )

    small = st.floats(-0.05, 0.05)
    tangential = st.floats(-0.002, 0.002)
    lens = st.tuples(
        st.floats(-0.12, 0.12), st.floats(-0.03, 0.03), tangential, tangential,
        st.floats(-0.01, 0.01),
    )  # fmt: skip
    return st.builds(
        build,
        st.integers(2, 6000),
        st.floats(0.5, 2.0),
        st.floats(0.8, 4.0),
        st.floats(0.98, 1.02),
        st.tuples(small, small),
        lens if distorted else st.just((0.0,) * 5),
    ).filter(_sees_its_corners)


def _sees_its_corners(camera: Camera) -> bool:
    corner = np.hypot(
        max(camera.cx_px, camera.width_px - camera.cx_px) / camera.fx_px,
        max(camera.cy_px, camera.height_px - camera.cy_px) / camera.fy_px,
    )
    k1, k2, _, _, k3 = camera.distortion
    radius = np.linspace(0, 2 * corner, 400)
    image = radius * (1 + radius**2 * (k1 + radius**2 * (k2 + radius**2 * k3)))
    folds = np.flatnonzero(np.diff(image) <= 0.1 * radius[1])
    return bool(image[folds[0] if len(folds) else -1] > 1.05 * corner)
