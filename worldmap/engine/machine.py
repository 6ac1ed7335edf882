"""What this machine bears: processors and memory."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

WORKER_MEMORY_BYTES = 2 * 1024**3
"""A photo of 12 megapixels at its peak, with room."""


def cpu_count() -> int:
    """How many processors this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def default_jobs() -> int:
    """As many workers as there are processors, and no more than memory bears."""
    jobs = cpu_count()
    if hasattr(os, "sysconf") and "SC_PHYS_PAGES" in os.sysconf_names:
        memory_bytes = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
        jobs = min(jobs, memory_bytes // WORKER_MEMORY_BYTES)
    return max(1, jobs)


def peak_memory_mb() -> float:
    """The highest memory so far of this process or of a worker that ended; NaN where the system
    does not tell."""
    try:
        import resource
    except ImportError:  # Windows
        return float("nan")
    unit = 1 if sys.platform == "darwin" else 1024  # bytes there, kilobytes elsewhere
    own = _own_peak_kib()
    if own is None:
        own = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return max(own, resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss) * unit / 1e6


def _own_peak_kib() -> int | None:
    """What Linux says of this program alone; its ru_maxrss is also that of the process that
    started it."""
    try:
        status = Path("/proc/self/status").read_text(encoding="ascii", errors="replace")
    except OSError:
        return None
    line = next((line for line in status.splitlines() if line.startswith("VmHWM:")), None)
    return int(line.split()[1]) if line else None


@contextmanager
def memory_limited(more_bytes: int) -> Iterator[None]:
    """`limit_memory`, inside; then the limit is what it was."""
    try:
        import resource
    except ImportError:  # Windows
        yield
        return
    before = resource.getrlimit(resource.RLIMIT_DATA)
    try:
        limit_memory(more_bytes)
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_DATA, before)


def limit_memory(more_bytes: int) -> None:
    """Let this process take no more than so much memory besides what it has: what asks for more
    gets a MemoryError, or ends a worker whose libraries know no other way. Only on Linux."""
    try:
        import resource

        status = Path("/proc/self/status").read_text(encoding="ascii", errors="replace")
    except (ImportError, OSError):
        return
    line = next((line for line in status.splitlines() if line.startswith("VmData:")), None)
    if line is not None:
        _, most = resource.getrlimit(resource.RLIMIT_DATA)
        limit = int(line.split()[1]) * 1024 + more_bytes
        resource.setrlimit(
            resource.RLIMIT_DATA,
            (limit if most == resource.RLIM_INFINITY else min(limit, most), most),
        )
