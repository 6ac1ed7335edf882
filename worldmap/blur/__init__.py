"""What must not be recognised in pictures that are given away: found, and made unrecognisable."""

from worldmap.blur.faces import CenterFace, find_faces
from worldmap.blur.picture import Blur, blurred

__all__ = ["Blur", "CenterFace", "blurred", "find_faces"]
