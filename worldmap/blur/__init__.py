"""What must not be recognised in pictures that are given away: found, and made unrecognisable."""

from worldmap.blur.blurred import Blur, blurred
from worldmap.blur.faces import CenterFace, find_faces

__all__ = ["Blur", "CenterFace", "blurred", "find_faces"]
