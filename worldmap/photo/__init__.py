"""From files to what photos know about themselves, and their upright pixels."""

from worldmap.photo.discover import discover, may_be_photo
from worldmap.photo.fisheye import told_fisheye
from worldmap.photo.mask import NamedMask, parse_mask
from worldmap.photo.overrides import Overrides, parse_overrides
from worldmap.photo.period import parse_moment, parse_period
from worldmap.photo.pixels import (
    Rgb,
    encoded,
    picture_size,
    preview_jpeg,
    preview_pixels,
    read_pixels,
)
from worldmap.photo.read import content_hash, read_metadata, read_photo
from worldmap.photo.remarks import remarks
from worldmap.photo.sidecars import Sidecars
from worldmap.photo.suspicion import Flag, Review, review
from worldmap.records import Period

__all__ = [
    "Flag",
    "NamedMask",
    "Overrides",
    "Period",
    "Review",
    "Rgb",
    "Sidecars",
    "content_hash",
    "discover",
    "encoded",
    "may_be_photo",
    "parse_mask",
    "parse_moment",
    "parse_overrides",
    "parse_period",
    "picture_size",
    "preview_jpeg",
    "preview_pixels",
    "read_metadata",
    "read_photo",
    "read_pixels",
    "remarks",
    "review",
    "told_fisheye",
]
