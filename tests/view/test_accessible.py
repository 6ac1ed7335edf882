"""What axe finds wrong with the pages for who cannot see them or use a mouse; the report on A4."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.helpers.browser import Watched
from tests.helpers.map_makers import SmallMap
from tests.helpers.other_programs import needs_axe
from tests.helpers.page_server import served
from worldmap.area import Everywhere
from worldmap.catalog import Catalog
from worldmap.config import Settings
from worldmap.pipeline.merge import merge

# Pages of their own; by day axe looks at the one that test_page.py has open.
pytestmark = pytest.mark.nightly

SMALL = {"width": 900, "height": 560}
PHONE = {"width": 390, "height": 780}
A4_PT = (595, 842)
# Of a page of A4 without its margins, as the print style has them, at 96 px an inch.
PRINTED_PX = round((210 - 2 * 14) / 25.4 * 96)


@pytest.fixture(scope="module")
def report(small_map: SmallMap, tmp_path_factory: pytest.TempPathFactory) -> str:
    """Where the small map's report is."""
    copy = small_map.copied(tmp_path_factory.mktemp("accessible"))
    merge(copy.map_dir, Everywhere(), Settings(), report=True)
    return (copy.map_dir / "report" / "index.html").as_uri()


@needs_axe
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_report(scheme: str, new_page: Callable[..., Watched], report: str) -> None:
    watched = new_page(color_scheme=scheme, viewport=SMALL)
    watched.page.goto(report)
    assert watched.violations() == []


@needs_axe
def test_what_is_wrong_is_found(new_page: Callable[..., Watched], report: str) -> None:
    """So that the others can fail."""
    watched = new_page(viewport=SMALL)
    watched.page.goto(report)
    watched.ask("document.querySelector('img').removeAttribute('alt')")
    watched.ask("(document.querySelector('p').style.color = '#f8f8f8')")
    assert {found.split(":")[0] for found in watched.violations()} == {
        "image-alt",
        "color-contrast",
    }


@needs_axe
@pytest.mark.parametrize(
    ("scheme", "viewport"), [("light", SMALL), ("dark", SMALL), ("light", PHONE)]
)
def test_the_page(
    scheme: str,
    viewport: dict[str, int],
    new_page: Callable[..., Watched],
    small_map: SmallMap,
) -> None:
    """At the first visit, with its help open, and in a photo."""
    phone = viewport == PHONE
    with served(small_map.map_dir) as server:
        watched = new_page(color_scheme=scheme, viewport=viewport, is_mobile=phone, has_touch=phone)
        watched.open(server.url)
        assert watched.violations() == []
        watched.ask("document.getElementById('help').click()")
        assert watched.violations() == []
        watched.page.keyboard.press("Escape")
        if phone:
            watched.page.tap("#drawer")
            assert watched.violations() == []
        watched.page.locator("#list li button").first.click()
        watched.wait("worldmap.scene.photo && worldmap.scene.overlay.ready")
        watched.drawn()
        assert watched.violations() == []


@needs_axe
def test_a_map_without_anything_and_a_photo_without_a_place(
    new_page: Callable[..., Watched], small_map: SmallMap, tmp_path: Path
) -> None:
    Catalog.open(tmp_path / "empty", create=True).close()
    with served(tmp_path / "empty") as server:
        watched = new_page(viewport=SMALL)
        watched.page.goto(server.url)
        watched.wait("document.querySelectorAll('#messages p').length > 0")
        assert watched.violations() == []
    with served(small_map.ingested_dir) as server:
        watched = new_page(viewport=SMALL)
        watched.page.goto(server.url)
        watched.page.click(f"#list >> text={small_map.photos[0].metadata.path.name}")
        watched.wait("worldmap.scene.settled && !worldmap.scene.cloud.isBusy")
        watched.drawn()
        assert watched.violations() == []


def test_the_report_fits_a4(new_page: Callable[..., Watched], report: str) -> None:
    watched = new_page(viewport={"width": PRINTED_PX, "height": 1000})
    watched.page.goto(report)
    watched.page.emulate_media(media="print")
    wider = watched.ask(
        "[...document.querySelectorAll('body *')].filter((each) => each.checkVisibility()"
        " && each.getBoundingClientRect().right > document.documentElement.clientWidth + 1)"
        ".map((each) => `${each.tagName} ${each.className}`)"
    )
    assert wider == []
    printed = watched.page.pdf(prefer_css_page_size=True)
    boxes = re.findall(rb"/MediaBox \[([\d. ]+)\]", printed)
    assert len(boxes) > 1
    for box in boxes:
        left, bottom, right, top = map(float, box.split())
        assert (left, bottom, round(right), round(top)) == (0, 0, *A4_PT)
