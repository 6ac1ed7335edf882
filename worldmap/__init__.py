"""worldmap: photos in, georeferenced 3-D point clouds out."""

__version__ = "0.1.0"
