"""Ground control points into a map."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from pathlib import Path

from worldmap.config import Settings
from worldmap.errors import InputError, TableError
from worldmap.mapfolder import MapFolder
from worldmap.records import ControlAccuracy, ControlPoint, ControlRole
from worldmap.stages.control import stored, where_seen
from worldmap.survey import judged, read_control
from worldmap.survey.heights import above_ellipsoid
from worldmap.survey.points import Sigmas, control_points


@dataclass(frozen=True, slots=True, kw_only=True)
class ControlSummary:
    """The map's surveyed points, how many the command stored or took back, what looks wrong, and
    how the last merge agrees with those that hold the map and those that check it."""

    points: tuple[ControlPoint, ...]
    stored: int
    removed: int
    remarks: tuple[str, ...]
    control: ControlAccuracy
    check: ControlAccuracy


def add_control(
    map_dir: Path,
    files: Sequence[Path],
    settings: Settings,
    *,
    epsg: int | None = None,
    vertical: str = "ellipsoid",
    sigmas: Sigmas | None = None,
    checks: Collection[str] = (),
    removed: Collection[str] = (),
) -> ControlSummary:
    """Store the surveyed points of files, take others back, and tell all. The next merge holds the
    map to them.

    vertical: what the files' heights are above, as `parse_vertical` has it. checks: names of points
    that are held out. Points that cannot be meant (a sign, an order of axes, a projection that is
    wrong) are stored with that and not used. Raises TableError where a file is none of points, or
    none of its points can be meant; then nothing of it is stored. InputError where a point to take
    back is not there.
    """
    remarks: list[str] = []
    count = dropped = 0
    with MapFolder.open(map_dir) as folder:
        catalog = folder.catalog
        known = {p.name: p for p in stored(catalog)}
        unknown = sorted(set(removed) - known.keys() - {"all"})
        if unknown:
            raise InputError(f"has no ground control point {unknown[0]!r}", path=map_dir)
        fresh: list[ControlPoint] = []
        photos = catalog.photos() if files else []
        for path in files:
            rows, system = read_control(path, epsg=epsg, sigmas=sigmas)
            points, own = control_points(
                rows, system, source=path.name, checks=frozenset(checks), known=known
            )
            points = above_ellipsoid(points, own.keys(), vertical)
            seen, missing = where_seen(points, photos)
            points, more = judged(points, own, system, seen)
            wrong = [p for p in points if p.problem]
            if wrong and len(wrong) == len(points):
                raise TableError(
                    f"has no point that can be meant: {wrong[0].name!r} is {wrong[0].problem}",
                    path=path,
                )
            remarks += [f"{p.name} is not used: {p.problem}" for p in wrong] + more
            if missing:
                remarks.append(f"no photo of the map is called {', '.join(missing[:5])}")
            fresh += points
            known |= {p.name: p for p in points}
        if files or removed:
            with folder.run("gcp", settings) as run:
                names = known.keys() if "all" in removed else set(removed)
                dropped = catalog.remove_control(names) if names else 0
                catalog.put_control(fresh)
                count = len({p.name for p in fresh})
                run.outcome = f"{count} stored, {dropped} taken back"
        now = stored(catalog)
    return ControlSummary(
        points=tuple(now),
        stored=count,
        removed=dropped,
        remarks=tuple(remarks),
        control=ControlAccuracy.of_role(now, ControlRole.CONTROL),
        check=ControlAccuracy.of_role(now, ControlRole.CHECK),
    )
