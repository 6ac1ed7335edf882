"""Torch, where nothing is learnt and the same input has to give the same output."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import torch


@contextmanager
def on_one_thread() -> Iterator[None]:
    """Without gradients, and with sums in one order, whatever the number of processors. Rows and
    small pictures are no work to share; photos are, over processes."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        with torch.inference_mode():
            yield
    finally:
        torch.set_num_threads(before)
