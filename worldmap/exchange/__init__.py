"""Files for other programs: camera poses for splatting and meshing tools, STAC for the tiles.

Every writer gives the files' contents by name; the pipeline writes them.
"""

from worldmap.exchange.colmap import colmap_files
from worldmap.exchange.nerfstudio import nerfstudio_files
from worldmap.exchange.opensfm import opensfm_files
from worldmap.exchange.shot import Shot, shot_names

__all__ = ["Shot", "colmap_files", "nerfstudio_files", "opensfm_files", "shot_names"]
