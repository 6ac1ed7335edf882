"""docs/tags.md names every tag, in the order and with the sigmas of the code."""

import re
from pathlib import Path

import pytest

import worldmap.photo
from worldmap.config import Settings
from worldmap.photo import Flag
from worldmap.photo.evidence import PRECEDENCE, Quantity

DOCS = (Path(__file__).parents[2] / "docs" / "tags.md").read_text()
ROOM = Path(worldmap.photo.__file__).parent


def section(title: str) -> str:
    found = re.search(rf"^## {re.escape(title)}\n(.*?)(?=^## |\Z)", DOCS, re.M | re.S)
    assert found is not None, title
    return found[1]


def first_column(text: str) -> list[str]:
    rows = re.findall(r"^\| ([^|]+?) \|", text, re.M)
    return rows[1:]  # without the heading


@pytest.mark.parametrize("quantity", list(Quantity))
def test_the_precedence_is_that_of_the_code(quantity: Quantity) -> None:
    assert first_column(section(quantity)) == list(PRECEDENCE[quantity])


def test_the_sigmas_are_those_of_the_settings() -> None:
    defaults = Settings().model_dump()
    named = re.findall(r"`(photo|prior)\.(\w+)` = ([\d.]+)", DOCS)
    for part, name, value in named:
        assert float(value) == defaults[part][name], name
    told = {name for _, name, _ in named}
    assert set(defaults["photo"]) - told == {"max_megapixels"}
    assert set(defaults["prior"]) <= told


def test_every_flag_is_explained() -> None:
    assert set(first_column(section("Suspicion"))) == set(Flag)


def test_every_tag_that_the_readers_ask_for_is_named() -> None:
    asked: set[str] = set()
    for name in ("exif.py", "focal.py"):
        asked |= {t for _, t in re.findall(r'"(GPS|EXIF|Image) (\w+)"', (ROOM / name).read_text())}
    text = "\n".join(path.read_text() for path in sorted((ROOM / "xmp").glob("*.py")))
    asked |= set(re.findall(r'"(?:drone|camera|gpano|exif|tiff|dc|cc|rights):([\w/]+)"', text))
    text = (ROOM / "mapillary.py").read_text()
    asked |= set(re.findall(r'"(MAP\w+|computed_\w+|camera_parameters)"', text))
    text = (ROOM / "takeout.py").read_text()
    asked |= set(re.findall(r'"(geoData\w*|photoTakenTime)"', text))
    asked -= {"GPSDate", "ImageDescription"}  # exifread's name of GPSDateStamp; Mapillary's place
    missing = {tag for tag in asked if tag.split("/")[0] not in DOCS}
    assert len(asked) > 70
    assert not missing
