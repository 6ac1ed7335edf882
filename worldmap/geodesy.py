"""Where on Earth: WGS84, ECEF, a site's ENU, UTM/UPS and the EGM96 geoid. The door to pyproj.

PROJ falls back on a "ballpark" transform, silently the identity, where a grid is missing; every
transform here is asked for with that forbidden, and the geoid comes from a grid that we ship.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files
from typing import Final, overload

import numpy as np
import pyproj
from numpy.typing import ArrayLike, NDArray
from pyproj.exceptions import ProjError

from worldmap.errors import UsageError
from worldmap.frames import ECEF, ENU, RigidTransform

Array = NDArray[np.float64]

_GEOCENTRIC_EPSG: Final = 4978
_GEODETIC_EPSG: Final = 4979
_UPS_NORTH_EPSG: Final = 5041
_UPS_SOUTH_EPSG: Final = 5042
"""The easting-northing variants: 32661 and 32761 put the northing first."""

_UTM_SOUTH_LIMIT_DEG = -80.0
_UTM_NORTH_LIMIT_DEG = 84.0


@dataclass(frozen=True, slots=True)
class Site:
    """The origin of a local east-north-up frame: WGS84 degrees and metres above the ellipsoid.

    ValueError where the latitude is outside ±90° or anything is not finite.
    """

    lat_deg: float
    lon_deg: float
    height_m: float

    def __post_init__(self) -> None:
        if not np.isfinite((self.lat_deg, self.lon_deg, self.height_m)).all():
            raise ValueError(f"a site needs finite coordinates, got {self}")
        if abs(self.lat_deg) > 90:
            raise ValueError(f"latitude must lie within ±90°, got {self.lat_deg}")

    @property
    def ecef_from_enu(self) -> RigidTransform:
        """The rigid transform from this site's ENU to ECEF (EPSG method 9837)."""
        lat, lon = np.deg2rad((self.lat_deg, self.lon_deg))
        sin_lat, cos_lat, sin_lon, cos_lon = np.sin(lat), np.cos(lat), np.sin(lon), np.cos(lon)
        east = (-sin_lon, cos_lon, 0.0)
        north = (-sin_lat * cos_lon, -sin_lat * sin_lon, cos_lat)
        up = (cos_lat * cos_lon, cos_lat * sin_lon, sin_lat)
        return RigidTransform(
            to=ECEF,
            source=ENU,
            rotation=np.column_stack((east, north, up)),
            translation_m=ecef_from_geodetic(self.lat_deg, self.lon_deg, self.height_m),
        )

    def enu_from_geodetic(
        self, lat_deg: ArrayLike, lon_deg: ArrayLike, height_m: ArrayLike
    ) -> Array:
        """ENU metres (..., 3) of WGS84 positions whose arrays broadcast to (...)."""
        enu_from_ecef = self.ecef_from_enu.inverse()
        return enu_from_ecef.apply(ecef_from_geodetic(lat_deg, lon_deg, height_m))

    def geodetic_from_enu(self, xyz_enu: Array) -> tuple[Array, Array, Array]:
        """Latitude, longitude (degrees), ellipsoidal height (metres), each (...), of (..., 3)."""
        return geodetic_from_ecef(self.ecef_from_enu.apply(xyz_enu))


def ecef_from_geodetic(lat_deg: ArrayLike, lon_deg: ArrayLike, height_m: ArrayLike) -> Array:
    """ECEF metres (..., 3) of WGS84 degrees and ellipsoidal metres; shapes broadcast to (...)."""
    return _transformed(_transformer(_GEODETIC_EPSG, _GEOCENTRIC_EPSG), lon_deg, lat_deg, height_m)


def geodetic_from_ecef(xyz_ecef: Array) -> tuple[Array, Array, Array]:
    """Latitude, longitude (degrees) and ellipsoidal height (metres), each (...), of (..., 3)."""
    found = _transformed(_transformer(_GEOCENTRIC_EPSG, _GEODETIC_EPSG), *_columns(xyz_ecef))
    return found[..., 1], found[..., 0], found[..., 2]


def projected_epsg(lat_deg: float, lon_deg: float) -> int:
    """EPSG code of the UTM zone at a WGS84 position, or of UPS from 84° N and south of 80° S.

    Zones have their exceptions in south-west Norway and Svalbard (DMA TM 8358.2); longitudes wrap.
    UPS is 5041 / 5042, easting first. ValueError for a latitude outside ±90°.
    """
    if not (abs(lat_deg) <= 90 and np.isfinite(lon_deg)):
        raise ValueError(f"not a position: latitude {lat_deg}, longitude {lon_deg}")
    if lat_deg >= _UTM_NORTH_LIMIT_DEG:
        return _UPS_NORTH_EPSG
    if lat_deg < _UTM_SOUTH_LIMIT_DEG:
        return _UPS_SOUTH_EPSG
    # fmod keeps the digits that (x + 180) % 360 loses just below a zone's edge.
    lon = float(np.fmod(lon_deg, 360.0))
    lon += 360.0 if lon < -180.0 else -360.0 if lon >= 180.0 else 0.0
    zone = int(np.floor(lon / 6.0)) + 31
    if 56.0 <= lat_deg < 64.0 and 3.0 <= lon < 12.0:
        zone = 32
    elif lat_deg >= 72.0 and 0.0 <= lon < 42.0:
        zone = 31 if lon < 9.0 else 33 if lon < 21.0 else 35 if lon < 33.0 else 37
    return (32600 if lat_deg >= 0 else 32700) + zone


def projected_from_enu(xyz_enu: Array, site: Site, epsg: int) -> Array:
    """Easting, northing and ellipsoidal height (N, 3) of a site's ENU points (N, 3).

    Goes through ECEF: ENU is a tangent plane, UTM is not. UsageError for a CRS that is unknown or
    cannot be reached without a grid that is not there, or points outside its domain.
    """
    xyz_ecef = site.ecef_from_enu.apply(xyz_enu)
    return _transformed(_transformer(_GEOCENTRIC_EPSG, epsg), *_columns(xyz_ecef))


def enu_from_projected(xyz_projected: Array, site: Site, epsg: int) -> Array:
    """Inverse of `projected_from_enu`."""
    xyz_ecef = _transformed(_transformer(epsg, _GEOCENTRIC_EPSG), *_columns(xyz_projected))
    return site.ecef_from_enu.inverse().apply(xyz_ecef)


def projected_from_geodetic(
    lat_deg: ArrayLike, lon_deg: ArrayLike, height_m: ArrayLike, epsg: int
) -> Array:
    """Easting, northing and ellipsoidal height (..., 3) of WGS84 positions."""
    return _transformed(_transformer(_GEODETIC_EPSG, epsg), lon_deg, lat_deg, height_m)


def geodetic_from_projected(xyz_projected: Array, epsg: int) -> tuple[Array, Array, Array]:
    """Latitude, longitude (degrees) and ellipsoidal height (metres), each (...), of (..., 3)."""
    found = _transformed(_transformer(epsg, _GEODETIC_EPSG), *_columns(xyz_projected))
    return found[..., 1], found[..., 0], found[..., 2]


@overload
def geoid_undulation_m(lat_deg: float, lon_deg: float) -> float: ...
@overload
def geoid_undulation_m(lat_deg: Array, lon_deg: Array) -> Array: ...
def geoid_undulation_m(lat_deg: float | Array, lon_deg: float | Array) -> float | Array:
    """EGM96 undulation N in metres: height above the ellipsoid = height above mean sea level + N.

    Bilinear on the 15-minute grid, as PROJ does it; within 5 mm of that grid (data/README.md).
    ValueError for latitudes outside ±90° or anything not finite.
    """
    lat, lon = np.broadcast_arrays(
        np.asarray(lat_deg, dtype=np.float64), np.asarray(lon_deg, dtype=np.float64)
    )
    if not (np.all(np.abs(lat) <= 90.0) and np.all(np.isfinite(lon))):
        raise ValueError("latitude must lie within ±90° and longitude be finite")
    grid_m = _egm96_grid_m()
    rows, columns = grid_m.shape
    row = (lat + 90.0) * ((rows - 1) / 180.0)
    column = np.mod(lon + 180.0, 360.0) * (columns / 360.0)
    south = np.minimum(row.astype(np.intp), rows - 2)
    west = column.astype(np.intp) % columns  # mod may round up to 360 itself
    east = (west + 1) % columns
    v, u = row - south, column - np.floor(column)
    undulation = (1 - v) * ((1 - u) * grid_m[south, west] + u * grid_m[south, east]) + v * (
        (1 - u) * grid_m[south + 1, west] + u * grid_m[south + 1, east]
    )
    return float(undulation) if np.ndim(undulation) == 0 else np.asarray(undulation)


@lru_cache(maxsize=1)
def _egm96_grid_m() -> Array:
    with (files("worldmap") / "data" / "egm96_15.npz").open("rb") as stream:
        planes = np.load(stream)["second_difference_cm"]
    second = np.ascontiguousarray(planes.transpose(1, 2, 0)).view("<i2")[..., 0]
    centimetres = second.astype(np.int64).cumsum(axis=0).cumsum(axis=1)
    grid_m = np.asarray(centimetres / 100.0)
    grid_m.setflags(write=False)
    return grid_m


@lru_cache(maxsize=64)
def _transformer(source_epsg: int, target_epsg: int) -> pyproj.Transformer:
    try:
        return pyproj.Transformer.from_crs(
            _crs_3d(source_epsg),
            _crs_3d(target_epsg),
            always_xy=True,
            allow_ballpark=False,
            only_best=True,
        )
    except ProjError as error:
        raise UsageError(
            f"no exact transform between EPSG:{source_epsg} and EPSG:{target_epsg} is available"
        ) from error


@lru_cache(maxsize=64)
def _crs_3d(epsg: int) -> pyproj.CRS:
    try:
        return pyproj.CRS.from_epsg(epsg).to_3d()
    except ProjError as error:
        raise UsageError(f"EPSG:{epsg} is not a known coordinate reference system") from error


def _columns(xyz: Array) -> tuple[Array, Array, Array]:
    xyz = np.asarray(xyz, dtype=np.float64)
    if xyz.shape[-1:] != (3,):
        raise ValueError(f"expected points of shape (..., 3), got {xyz.shape}")
    return xyz[..., 0], xyz[..., 1], xyz[..., 2]


def _transformed(
    transformer: pyproj.Transformer, x: ArrayLike, y: ArrayLike, z: ArrayLike
) -> Array:
    columns = np.broadcast_arrays(*(np.asarray(c, dtype=np.float64) for c in (x, y, z)))
    if not all(np.isfinite(c).all() for c in columns):
        raise ValueError("expected finite coordinates")
    found = np.empty((*columns[0].shape, 3))
    flat = found.reshape(-1, 3)
    if len(flat):
        try:
            # pyproj copies its inputs; it refuses read-only ones and returns scalars for scalars.
            xx, yy, zz = (c.ravel().copy() for c in columns)
            moved = transformer.transform(xx, yy, zz, errcheck=True)
        except ProjError as error:
            raise UsageError(f"a position cannot be transformed: {error}") from error
        flat[:] = np.stack(moved, axis=-1)
    return found
