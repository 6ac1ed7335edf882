"""All that a packet says about a photo."""

from __future__ import annotations

from worldmap.config import PhotoSettings
from worldmap.photo.evidence import (
    Evidence,
    Origin,
    unread,
)
from worldmap.photo.xmp.camera import camera_attitude
from worldmap.photo.xmp.drone import Picture, dewarp, drone_attitude, drone_position
from worldmap.photo.xmp.packet import Xmp
from worldmap.photo.xmp.panorama import gpano
from worldmap.photo.xmp.standard import standard


def xmp_evidence(xmp: Xmp, picture: Picture, settings: PhotoSettings) -> list[Evidence]:
    """Everything an embedded packet says."""
    return [
        *drone_position(xmp, settings),
        *drone_attitude(xmp, picture, settings),
        *camera_attitude(xmp, settings),
        *gpano(xmp, settings),
        *dewarp(xmp, picture),
        *standard(xmp, Origin.XMP_EXIF, settings),
        *_packet_problem(xmp, Origin.XMP_EXIF),
    ]


def sidecar_evidence(xmp: Xmp, settings: PhotoSettings) -> list[Evidence]:
    """What an XMP file beside the photo says: a person's or a raw converter's corrections."""
    return [
        *standard(xmp, Origin.XMP_SIDECAR, settings),
        *_packet_problem(xmp, Origin.XMP_SIDECAR),
    ]


def _packet_problem(xmp: Xmp, origin: Origin) -> list[Evidence]:
    """For the ledger: what is wrong with the packet as a whole."""
    if not xmp.problem:
        return []
    what = "(what is broken)" if xmp.values else "(everything)"
    return [unread(origin, what, xmp.problem)]
