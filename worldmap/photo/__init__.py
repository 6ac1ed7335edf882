"""From a file to what the photo knows about itself, and its upright pixels."""

from worldmap.photo.discover import discover
from worldmap.photo.pixels import read_pixels
from worldmap.photo.read import content_hash, read_metadata

__all__ = ["content_hash", "discover", "read_metadata", "read_pixels"]
