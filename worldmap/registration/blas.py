"""The threads of numpy's and scipy's linear algebra. The one door to threadpoolctl."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from threadpoolctl import threadpool_limits


@contextmanager
def on_one_blas_thread() -> Iterator[None]:
    """For products of thin matrices, thousands a step: waking a second thread takes longer than
    any of them, and threads that wait spin, so that two take three times the processor time of one
    and more wall time. Many areas at once are shared over processes."""
    with threadpool_limits(limits=1, user_api="blas"):
        yield
