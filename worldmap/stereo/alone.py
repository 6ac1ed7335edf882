"""Work of one photo on one processor."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import cv2

from worldmap.inference import on_one_thread


@contextmanager
def on_one_processor() -> Iterator[None]:
    """PyTorch and OpenCV without threads of theirs, which for pictures of this size wait for each
    other a fifth of the time; photos are shared over processes."""
    before = cv2.getNumThreads()
    cv2.setNumThreads(1)
    try:
        with on_one_thread():
            yield
    finally:
        cv2.setNumThreads(before)
