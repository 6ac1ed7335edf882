"""Small photos with measured depth beside them, and ways to run the command on them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image
from typer.testing import CliRunner

from tests.helpers.json_documents import check_schema
from tests.helpers.photo_makers import gps, scene, write_jpeg
from worldmap.cli import app

WIDTH, HEIGHT = 160, 120
LAT, LON = 55.7058, 13.1932


def write_photo(path: Path, seed: int, *, with_depth: bool = True, **tags: Any) -> Path:
    """A textured photo at LAT, LON and a slanted wall 5-15 m away as its depth."""
    path.parent.mkdir(parents=True, exist_ok=True)
    write_jpeg(
        path,
        gps=tags.pop("gps", gps(LAT + seed * 1e-5, LON, Altitude=(60, 1), AltitudeRef=0)),
        picture=scene(WIDTH, HEIGHT, seed),
        **tags,
    )
    if with_depth:
        write_depth(path)
    return path


def write_depth(photo: Path, width: int = WIDTH // 2, height: int = HEIGHT // 2) -> Path:
    """The depth sidecar of a photo: uint16 millimetres."""
    depth_mm = np.broadcast_to(np.linspace(5_000, 15_000, width), (height, width))
    sidecar = photo.with_name(f"{photo.stem}.depth.png")
    Image.fromarray(depth_mm.astype(np.uint16)).save(sidecar)
    return sidecar


def write_photos(folder: Path, count: int) -> list[Path]:
    """`count` good photos with depth."""
    return [write_photo(folder / f"photo{i:02d}.jpg", seed=i) for i in range(count)]


def write_aimed_photos(folder: Path, count: int) -> list[Path]:
    """`count` good photos with depth and a heading, which are placed by their tags alone."""
    return [
        write_photo(
            folder / f"photo{i:02d}.jpg",
            i,
            gps=gps(
                LAT + i * 1e-5,
                LON,
                Altitude=(60, 1),
                AltitudeRef=0,
                ImgDirection=(90, 1),
                ImgDirectionRef="T",
            ),
        )
        for i in range(count)
    ]


class Ran:
    """What a command printed and returned."""

    def __init__(self, *arguments: object) -> None:
        result = CliRunner().invoke(app, [str(argument) for argument in arguments])
        assert result.exception is None or isinstance(result.exception, SystemExit), (
            result.exception
        )
        self.code = result.exit_code
        self.out = result.stdout
        self.err = result.stderr

    @property
    def events(self) -> list[dict[str, Any]]:
        """The JSON lines of stdout, each as docs/schemas/events.json has it."""
        lines = [json.loads(line) for line in self.out.splitlines()]
        for line in lines:
            check_schema("events", line)
        return lines

    @property
    def summary(self) -> dict[str, Any]:
        """The last JSON line."""
        return self.events[-1]

    @property
    def error(self) -> str:
        """The one line on stderr that says why the command ended."""
        lines = [line for line in self.err.splitlines() if line.startswith("worldmap: ")]
        assert len(lines) == 1, self.err
        return lines[0]


def ingest(map_dir: Path, *paths: Path, **options: object) -> Ran:
    """`worldmap ingest --json` in this process, with measured depth."""
    chosen = {"map": map_dir, "depth": "measured", "jobs": 0, **options}
    pairs = [part for name, value in chosen.items() for part in (f"--{name}", value)]
    return Ran("ingest", *paths, *pairs, "--json")


def by_name(ran: Ran) -> dict[str, tuple[str, str]]:
    """File name -> (status, reason) of the summary."""
    return {
        Path(photo["path"]).name: (photo["status"], photo["reason"])
        for photo in ran.summary["photos"]
    }
