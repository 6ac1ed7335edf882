"""Files for other programs: camera poses for splatting and meshing tools, STAC for the tiles, E57
for the points.

Every writer gives the files' contents by name, which the pipeline writes; but E57's library writes
its file itself.
"""

from worldmap.exchange.colmap import colmap_files
from worldmap.exchange.exported import ExportedPhoto, export_names
from worldmap.exchange.nerfstudio import nerfstudio_files
from worldmap.exchange.opensfm import opensfm_files, reference_file
from worldmap.exchange.poses import poses_json

__all__ = [
    "ExportedPhoto",
    "colmap_files",
    "export_names",
    "nerfstudio_files",
    "opensfm_files",
    "poses_json",
    "reference_file",
]
