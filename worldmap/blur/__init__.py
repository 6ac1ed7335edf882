"""What must not be recognised in pictures that are given away: found, and made unrecognisable."""

from worldmap.blur.faces import CenterFace, find_faces
from worldmap.blur.picture import Blur, blurred, covered, not_blurred
from worldmap.blur.plates import Plates

__all__ = ["Blur", "CenterFace", "Plates", "blurred", "covered", "find_faces", "not_blurred"]
