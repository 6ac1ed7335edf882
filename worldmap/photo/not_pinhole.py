"""Whether a picture is none of a pinhole's, by what its tags and its name say."""

from __future__ import annotations

import re
from typing import Final

# Circular and diagonal fisheyes, by letters alone; the last ones do not say it in their names.
_FISHEYES: Final = ("fisheye", "fischauge", "olympusm8mmf18")
# Cameras of two fisheyes give double circles or panoramas, whatever their shape.
_TWO_FISHEYES: Final = ("theta", "insta360", "gopromax", "360camera")
# Makers and models of such, some of which also take ordinary photos, which are not twice as wide as
# high: Samsung's, LG's and Xiaomi's by number.
_ALL_AROUND: Final = re.compile(
    r"arashi vision|insta360|gopro max|kandao|qoocam|labpano|trisio|madv|\b360\b|sm-c200|"
    r"sm-r2(09|10)|lg-r105|mjxj|pilot (era|one)|pixpro (sp|4kvr)360"
)
_TWICE_REL: Final = 0.02
# 16:9 is 1.78; phones' panoramas of a sweep begin above it.
_WIDER_THAN_FILM: Final = 1.85
_SWEPT_NAME: Final = re.compile(r"(^|[_\W\d])pano(rama)?([_\W\d]|$)", re.IGNORECASE)
# EXIF's CustomRendered as Apple uses it.
_APPLE_PANORAMA: Final = 6.0


def not_pinhole_problem(
    *,
    maker: str,
    model: str,
    lens: str,
    name: str,
    custom_rendered: float | None,
    size_px: tuple[int, int],
) -> str:
    """Why a picture of size_px, whose file is called `name`, is no pinhole's; '' where it may
    be."""
    letters = re.sub(r"[^a-z0-9]", "", f"{lens} {model}".lower())
    for mark in (*_FISHEYES, *_TWO_FISHEYES):
        if mark in letters:
            return f"{mark} lens"
    aspect = max(size_px) / min(size_px)
    if abs(aspect / 2 - 1) < _TWICE_REL and _ALL_AROUND.search(f"{maker} {model}".lower()):
        return "360° camera"
    if maker.lower().startswith("apple") and custom_rendered == _APPLE_PANORAMA:
        return "panorama of a sweep"
    if aspect > _WIDER_THAN_FILM and _SWEPT_NAME.search(name):
        return "panorama by its name"
    return ""
