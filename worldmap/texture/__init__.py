"""Colours of a surface, out of the photos that see it."""

from worldmap.texture.blend import Blend, PictureView

__all__ = ["Blend", "PictureView"]
