"""XMP packets, embedded or in a sidecar file: what they hold, and what that says about a photo.

Makers of drones agree on little: the same names appear in different namespaces, so vendor tags are
found by their local name. A packet that is broken gives what it holds before the break.
"""

from worldmap.photo.xmp.camera import perspective_model, pix4d_fisheye, position_accuracy_m
from worldmap.photo.xmp.drone import Picture
from worldmap.photo.xmp.evidence import sidecar_evidence, xmp_evidence
from worldmap.photo.xmp.packet import (
    Xmp,
    parse_number,
    read_xmp,
    read_xmp_file,
)
from worldmap.photo.xmp.panorama import projection_problem

__all__ = [
    "Picture",
    "Xmp",
    "parse_number",
    "perspective_model",
    "pix4d_fisheye",
    "position_accuracy_m",
    "projection_problem",
    "read_xmp",
    "read_xmp_file",
    "sidecar_evidence",
    "xmp_evidence",
]
