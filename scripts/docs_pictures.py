"""The pictures of README.md and docs/, made anew: `scripts/docs_pictures.py LUND OUT [NAME...]`.

LUND: the folder of OpenSfM's street, `NN.jpg` with `NN.dense.png` beside them, of which pictures of
points may be shown with that credit; of the photos themselves none is. OUT: a folder for what is
made on the way, which is used again. The page is looked at in Debian's Chromium.
"""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Final

import numpy as np
from PIL import Image

from tests.helpers.browser import chromium
from tests.helpers.page_server import served
from worldmap.config import Settings
from worldmap.pipeline.demo import run_demo
from worldmap.pipeline.depth import depth_of_photo
from worldmap.pipeline.render import render_photo

DOCS: Final = Path(__file__).resolve().parents[1] / "docs"
_QUALITY: Final = 88
_PHOTO: Final = "08"
_BESIDE_M: Final = np.array((1.7, -0.8, 0.0))
_AHEAD_M: Final = 12.0
_STANDS: Final = 5
_STREET: Final = tuple(f"{number:02d}" for number in range(2, 10))
_PAGE: Final = {"width": 1360, "height": 800}


def _worldmap(*words: object) -> None:
    subprocess.run([sys.executable, "-m", "worldmap", *map(str, words)], check=True)


def _lund(lund: Path, out: Path) -> Path:
    """A map of the street's photos by themselves."""
    photos, map_dir = out / "lund", out / "lund-map"
    photos.mkdir(parents=True, exist_ok=True)
    for name in _STREET:
        for file in (f"{name}.jpg", f"{name}.dense.png"):
            shutil.copy(lund / file, photos)
    if not map_dir.exists():
        told = ("--depth", "measured", "--depth-suffix", ".dense", "--map", map_dir)
        _worldmap("ingest", *(photos / f"{name}.jpg" for name in _STREET), *told)
        _worldmap("merge", "--map", map_dir)
    return map_dir


def _demo(out: Path) -> Path:
    if not (out / "demo" / "map").exists():
        run_demo(out / "demo", 1)
    return out / "demo" / "map"


def photo(lund: Path, out: Path) -> None:
    """One photo's own points, from where it did not stand: its picture is not shown."""
    name = f"{_PHOTO}.dense.png"
    (out / "one").mkdir(parents=True, exist_ok=True)
    for file in (f"{_PHOTO}.jpg", name):
        shutil.copy(lund / file, out / "one")
    settings = Settings.model_validate({"depth": {"sidecar_suffix": ".dense"}})
    found = depth_of_photo(out / "one" / f"{_PHOTO}.jpg", settings, depth="measured")
    cloud = found.cloud()
    # As far to the side of it as it is high above the ground, and turned back to the middle.
    turn = np.arctan2(_BESIDE_M[0], _AHEAD_M)
    cosine, sine = np.cos(turn), np.sin(turn)
    camera_from_photo = np.array(((cosine, 0, sine), (0, 1, 0), (-sine, 0, cosine)))
    beside = replace(cloud, xyz=(cloud.xyz - _BESIDE_M) @ camera_from_photo.T)
    render_photo(beside, found.camera, out / "photo.png")
    _jpeg(out / "photo.png", DOCS / "photo.jpg")


def street(lund: Path, out: Path) -> None:
    """The street's points, as its first photo sees them."""
    made = out / "lund.png"
    _worldmap("render", made, "--path", "flight", "--map", _lund(lund, out))
    _jpeg(made, DOCS / "lund.jpg")


def demo(_: Path, out: Path) -> None:
    """The rendered street's points, as its first photo sees them."""
    made = out / "street.png"
    _worldmap("render", made, "--path", "flight", "--map", _demo(out))
    _jpeg(made, DOCS / "street.jpg")


def flight(_: Path, out: Path) -> None:
    """A flight through the rendered street's points."""
    size = ("--size", "384x216", "--seconds", 4, "--fps", 10)
    _worldmap("render", DOCS / "street.gif", "--path", "flight", *size, "--map", _demo(out))


def page(_: Path, out: Path) -> None:
    """The page of the rendered street, as it has photos in it: its own orthophoto on the map."""
    with served(_demo(out)) as server, chromium() as new_page:
        watched = new_page(viewport=_PAGE, color_scheme="dark")
        told = json.loads(server.ask("/map.json").body)["photos"][_STANDS]
        matrix = np.array(told["enu_from_cam"]).reshape(3, 4)
        # From behind and above one of the photos, along its way.
        ahead, place, up = matrix[:, 2], matrix[:, 3], np.array((0.0, 0.0, 1.0))
        at = (*(place - 5.0 * ahead + 4.0 * up), *(place + 12.0 * ahead))
        watched.open(f"{server.url}#at={','.join(f'{value:.2f}' for value in at)}")
        watched.ask("document.getElementById('hints').hidden = true")
        watched.wait(
            "(all => all.length > 0 && all.every(each => each.complete))"
            "([...document.querySelectorAll('#map img.orthophoto')])"
        )
        # Software that draws slowly goes without it otherwise.
        watched.page.uncheck("#smooth")
        watched.page.check("#smooth")
        watched.wait("performance.now() - worldmap.scene.movedAt > 500")
        watched.ask("worldmap.scene.redraw()")
        watched.drawn()
        watched.page.screenshot(path=out / "view.png")
    _jpeg(out / "view.png", DOCS / "view.jpg")


def _jpeg(made: Path, path: Path) -> None:
    with Image.open(made) as image:
        image.convert("RGB").save(path, quality=_QUALITY, optimize=True)


PICTURES: Final[Mapping[str, Callable[[Path, Path], None]]] = {
    "photo": photo,
    "lund": street,
    "street": demo,
    "flight": flight,
    "view": page,
}


if __name__ == "__main__":
    for name in sys.argv[3:] or PICTURES:
        PICTURES[name](Path(sys.argv[1]), Path(sys.argv[2]))
