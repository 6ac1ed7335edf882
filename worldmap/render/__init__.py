"""Pictures and films of points: no GPU, no window."""

from worldmap.render.colours import COLOURS, colours, viridis
from worldmap.render.film import FILM_SUFFIXES, SUFFIXES, Film, check_suffix, jpeg, png
from worldmap.render.frame import Look, Picture, draw_frame
from worldmap.render.looks import looks_at_m
from worldmap.render.path import Viewpoint, flight, level_viewpoint, photo_sway, turntable
from worldmap.render.shade import BACKGROUNDS, check_background
from worldmap.render.sizes import disc_normals, sizes_m
from worldmap.render.splat import Splats

__all__ = [
    "BACKGROUNDS",
    "COLOURS",
    "FILM_SUFFIXES",
    "SUFFIXES",
    "Film",
    "Look",
    "Picture",
    "Splats",
    "Viewpoint",
    "check_background",
    "check_suffix",
    "colours",
    "disc_normals",
    "draw_frame",
    "flight",
    "jpeg",
    "level_viewpoint",
    "looks_at_m",
    "photo_sway",
    "png",
    "sizes_m",
    "turntable",
    "viridis",
]
