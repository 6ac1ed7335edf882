"""Fixtures that several rooms' tests share."""

from __future__ import annotations

import os

if "PYTEST_XDIST_WORKER" in os.environ:
    # Before numpy, OpenCV and PyTorch are imported: workers share the processors.
    for _name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "OPENCV_FOR_THREADS_NUM"):
        os.environ.setdefault(_name, "1")

from pathlib import Path

import pytest

SHARED_DATA = Path(
    os.environ.get("WORLDMAP_SHARED_DATA", Path(__file__).resolve().parents[2] / "shared" / "data")
)


@pytest.fixture(autouse=True)
def _no_settings_from_outside(monkeypatch: pytest.MonkeyPatch) -> None:
    """What the developer's shell sets must not steer a test."""
    for name in ("WORLDMAP_MAP", "WORLDMAP_DEBUG"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture(scope="session")
def lund() -> Path:
    """The real street; skips where it is not there."""
    folder = SHARED_DATA / "lund"
    if not (folder / "truth.json").is_file():
        pytest.skip(f"no real photos at {folder}")
    return folder
