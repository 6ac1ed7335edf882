"""A command at work on a map: what each of its stages needs, and what they cost."""

from __future__ import annotations

import time
from dataclasses import dataclass

from worldmap.config import Settings
from worldmap.engine import default_jobs, peak_memory_mb, require_shared
from worldmap.listener import Listener
from worldmap.mapfolder import MapFolder, RunNote
from worldmap.report import StageCost


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Work:
    """The map, what was told, who listens, how many processes, and the run that rows name."""

    folder: MapFolder
    settings: Settings
    listener: Listener
    jobs: int
    run_id: int

    @classmethod
    def begun(
        cls,
        folder: MapFolder,
        run: RunNote,
        settings: Settings,
        listener: Listener,
        jobs: int | None,
    ) -> Work:
        """A command's, in as many processes as are told, else as there are cores for. ClusterError
        where it goes to machines that do not see the map."""
        require_shared(folder.layout.seen_by_all)
        return cls(
            folder=folder,
            settings=settings,
            listener=listener,
            jobs=jobs or default_jobs(),
            run_id=run.run_id,
        )


class Clock:
    """Seconds of each stage, in order."""

    def __init__(self) -> None:
        self._start_s = self._last_s = time.monotonic()
        self.laps: dict[str, float] = {}
        self.costs: list[StageCost] = []

    def lap(self, name: str) -> None:
        """The stage that just ended."""
        now_s = time.monotonic()
        self.laps[name] = now_s - self._last_s
        self.costs.append(
            StageCost(name=name, seconds=self.laps[name], peak_memory_mb=peak_memory_mb())
        )
        self._last_s = now_s

    @property
    def total_s(self) -> float:
        """Seconds since the beginning."""
        return time.monotonic() - self._start_s
