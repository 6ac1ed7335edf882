"""Long runs are told in lines that a person still reads."""

from __future__ import annotations

import io
import math
from pathlib import Path

from worldmap.cli import show
from worldmap.cli.command import Call
from worldmap.console import Console
from worldmap.records import PhotoStatus
from worldmap.stages.intake import IngestStatus, IngestSummary, PhotoReport
from worldmap.stages.merged import MergeSummary, PhotoPlacement


def told(of: IngestSummary | MergeSummary) -> list[str]:
    out = io.StringIO()
    call = Call(console=Console(out=out, err=io.StringIO()), map_dir=Path("map"))
    if isinstance(of, IngestSummary):
        show.ingested(call, of)
    else:
        show.merged(call, of)
    return out.getvalue().splitlines()


def ingested(photos: int) -> IngestSummary:
    """Every tenth has no depth, every hundredth is broken in a way of its own."""
    reports = []
    for n in range(photos):
        status, reason = IngestStatus.ACCEPTED, ""
        if n % 10 == 3:
            status, reason = IngestStatus.SKIPPED, "already in the map"
        if n % 100 == 7:
            status, reason = IngestStatus.FAILED, f"cannot be read: block {n}"
        reports.append(PhotoReport(path=Path(f"p{n:05d}.jpg"), status=status, reason=reason))
    return IngestSummary(
        photos=tuple(reports), in_map=photos, without_depth=0, networks=(), stereo=True, seconds=1.0
    )


def placement(n: int, **other: object) -> PhotoPlacement:
    fields: dict[str, object] = {
        "path": Path(f"p{n:05d}.jpg"),
        "status": PhotoStatus.PLACED,
        "reason": "",
        "flags": (),
        "pairs": 5,
        "depth_scale": 1.0,
        "position_sigma_m": (1.0, 2.0, 9.0),
        "gps_residual_m": 3.0,
        "gps_plan_off_m": 2.0,
        "gps_height_off_m": 1.0,
        "heading_residual_deg": 164.0,
        "heading_tag_sigma_deg": 90.0,
        "by_tags": False,
    }
    return PhotoPlacement(**(fields | other))  # type: ignore[arg-type]


def merged(photos: tuple[PhotoPlacement, ...]) -> MergeSummary:
    return MergeSummary(
        photos=photos,
        control=(),
        placed=len(photos),
        by_matches=len(photos),
        by_tags=0,
        doubtful=0,
        unplaced=0,
        groups=(len(photos),),
        wholes=(),
        remarks=(),
        pairs_tried=1,
        pairs_accepted=1,
        icp_kept=0,
        overlap_contradicted=(("a", "b"),) * 500,
        points=1,
        tiles=tuple(Path(f"tiles/{n}.laz") for n in range(500)),
        tiles_written=500,
        tiles_dropped=0,
        local=(),
        report=None,
        stage_seconds={},
        seconds=1.0,
    )


def test_a_thousand_photos_are_told_by_kind() -> None:
    lines = told(ingested(1000))
    assert len(lines) < 60
    assert lines[1].split(maxsplit=3) == ["100", "skipped", "p00003.jpg", "already in the map"]
    assert any("p00107.jpg" in line and "block 107" in line for line in lines)
    assert len(told(ingested(8))) == 8 + 3


def test_reasons_beyond_what_one_reads_are_counted() -> None:
    lines = told(ingested(6000))
    assert len(lines) < 60
    assert "and 21 photos for 21 more reasons (`--json` has all)" in lines


def test_what_needs_a_look_comes_first() -> None:
    unplaced = placement(
        7,
        status=PhotoStatus.UNPLACED,
        reason="its heading is open",
        depth_scale=math.nan,
        position_sigma_m=(math.nan,) * 3,
        heading_residual_deg=math.nan,
        heading_tag_sigma_deg=math.nan,
    )
    odd, alone = placement(5, flags=("impossible-speed",)), placement(6, by_tags=True)
    rest = tuple(placement(n) for n in range(10, 900))
    lines = told(merged((*rest, alone, odd, unplaced)))
    assert len(lines) < 110
    assert [line.split()[0] for line in lines[1:4]] == ["p00007.jpg", "p00005.jpg", "p00006.jpg"]
    assert "and 890 more photos (`--json` and the report have all)" in lines
    assert "164.0±90" in lines[2]
    assert "± m in plan" in lines[0]
    assert "why p00007.jpg is unplaced: `worldmap explain p00007.jpg`" in lines
    assert lines[-1] == "look at it: `worldmap view`"
