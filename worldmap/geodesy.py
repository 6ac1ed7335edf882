"""Where on Earth: WGS84, ECEF, a site's ENU, UTM/UPS and the EGM96 geoid. The door to pyproj.

PROJ falls back on a "ballpark" transform, silently the identity, where a grid is missing; every
transform here is asked for with that forbidden, and the geoid comes from a grid that we ship.
pyproj is imported where it is used: most commands that only look at a map never need it.
"""

from __future__ import annotations

import re
import warnings
from collections.abc import Callable
from functools import lru_cache
from importlib.resources import files
from typing import TYPE_CHECKING, Final, TypeAlias, overload

import numpy as np
from numpy.typing import ArrayLike, NDArray

from worldmap.errors import CrsError
from worldmap.frames import ECEF, Frame, RigidTransform, wrapped_deg
from worldmap.site import Site as Site

if TYPE_CHECKING:
    import pyproj

Array = NDArray[np.float64]

_GEOCENTRIC_EPSG: Final = 4978
_GEODETIC_EPSG: Final = 4979
_UPS_NORTH_EPSG: Final = 5041
_UPS_SOUTH_EPSG: Final = 5042
"""The easting-northing variants: 32661 and 32761 put the northing first."""

EARTH_RADIUS_M: Final = 6_371_008.8
"""Mean radius R1 of the ellipsoid."""

ENU: Final = "enu"
"""Kind of the frames of sites; see `enu`."""

Vertical: TypeAlias = str
"""What heights are above: "ellipsoid", "msl" (the EGM96 geoid, EPSG:5773) or "EPSG:N", a vertical
CRS; see `parse_vertical`."""

_METRE = 'UNIT["metre",1,AUTHORITY["EPSG","9001"]]'
_EGM96_EPSG, _EGM2008_EPSG = 5773, 3855
GEOID_SIGMA_M: Final = 0.5
"""By how much EGM96, read from the grid that is shipped, is off: the model itself (0.5-1 m on land,
NASA/TP-1998-206861), which is also how far it is from EGM2008 (0.3-0.5 m)."""

_VERTICAL_WKT1: Final[dict[Vertical, tuple[str, str]]] = {
    "ellipsoid": (
        "Ellipsoid (metre)",
        'VERT_CS["Ellipsoid (metre)",VERT_DATUM["Ellipsoid",2002],' + _METRE + ',AXIS["Up",UP]]',
    ),
    "msl": (
        "EGM96 height",
        'VERT_CS["EGM96 height",VERT_DATUM["EGM96 geoid",2005,AUTHORITY["EPSG","5171"]],'
        + _METRE
        + ',AXIS["Up",UP],AUTHORITY["EPSG","5773"]]',
    ),
}

_FIT_POINTS = 2000
"""Fewer points are projected faster than a fit is made."""
_FIT_CHUNK = 20_000

_USE_SLACK_DEG = 3.0
"""A map may reach over the edge of a CRS's area, as it may over a zone's."""

_UTM_SOUTH_LIMIT_DEG = -80.0
_UTM_NORTH_LIMIT_DEG = 84.0


@lru_cache(maxsize=4096)
def enu(site: Site) -> Frame:
    """East, north and up in metres about that site, and no other: the frame is named after every
    digit of it."""
    # Adding zero makes the site 0.0 of its equal −0.0.
    name = (repr(float(value) + 0.0) for value in (site.lat_deg, site.lon_deg, site.height_m))
    return Frame(ENU, ", ".join(name))


def ecef_from_local(lat_deg: ArrayLike, lon_deg: ArrayLike) -> Array:
    """Rotations (..., 3, 3) whose columns are east, north and up at positions (...), in ECEF."""
    lat, lon = np.deg2rad(np.asarray(lat_deg)), np.deg2rad(np.asarray(lon_deg))
    sin_lat, cos_lat, sin_lon, cos_lon = np.sin(lat), np.cos(lat), np.sin(lon), np.cos(lon)
    east = (-sin_lon, cos_lon, np.zeros_like(lat))
    north = (-sin_lat * cos_lon, -sin_lat * sin_lon, cos_lat)
    up = (cos_lat * cos_lon, cos_lat * sin_lon, sin_lat)
    columns = [np.stack(axis, axis=-1) for axis in (east, north, up)]
    return np.stack(columns, axis=-1)


@lru_cache(maxsize=4096)
def ecef_from_enu(site: Site) -> RigidTransform:
    """The rigid transform from a site's ENU to ECEF (EPSG method 9837)."""
    return RigidTransform(
        to=ECEF,
        source=enu(site),
        rotation=ecef_from_local(site.lat_deg, site.lon_deg),
        translation_m=ecef_from_geodetic(site.lat_deg, site.lon_deg, site.height_m),
    )


@lru_cache(maxsize=4096)
def enu_from_ecef(site: Site) -> RigidTransform:
    """Its inverse."""
    return ecef_from_enu(site).inverse()


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
    return int(projected_epsgs(np.array([lat_deg]), np.array([lon_deg]))[0])


def projected_epsgs(lat_deg: Array, lon_deg: Array) -> NDArray[np.int32]:
    """`projected_epsg` of arrays (N,) of positions."""
    lat, lon = np.asarray(lat_deg, dtype=np.float64), np.asarray(lon_deg, dtype=np.float64)
    refused = ~((np.abs(lat) <= 90) & np.isfinite(lon))
    if refused.any():
        first = int(np.argmax(refused))
        raise ValueError(f"not a position: latitude {lat[first]}, longitude {lon[first]}")
    lon = wrapped_deg(lon)  # exactly: digits lost just below a zone's edge are another zone
    lon = np.where(lon >= 180.0, -180.0, lon)
    zone = np.floor(lon / 6.0).astype(np.int32) + 31
    norway = (lat >= 56.0) & (lat < 64.0) & (lon >= 3.0) & (lon < 12.0)
    zone[norway] = 32
    svalbard = (lat >= 72.0) & (lon >= 0.0) & (lon < 42.0)
    zone[svalbard] = 31 + 2 * np.searchsorted((9.0, 21.0, 33.0), lon[svalbard], side="right")
    epsg = np.where(lat >= 0, 32600, 32700) + zone
    epsg[lat >= _UTM_NORTH_LIMIT_DEG] = _UPS_NORTH_EPSG
    epsg[lat < _UTM_SOUTH_LIMIT_DEG] = _UPS_SOUTH_EPSG
    return epsg.astype(np.int32)


def projected_from_enu(xyz_enu: Array, site: Site, epsg: int) -> Array:
    """Easting, northing and ellipsoidal height (N, 3) of a site's ENU points (N, 3).

    Goes through ECEF: ENU is a tangent plane, UTM is not. UsageError for a CRS that is unknown or
    cannot be reached without a grid that is not there, or points outside its domain.
    """
    xyz_ecef = site.ecef_from_enu.apply(xyz_enu)
    return _transformed(_transformer(_GEOCENTRIC_EPSG, epsg), *_columns(xyz_ecef))


def box_of(xyz: Array) -> tuple[Array, Array]:
    """Lowest and highest x, y, z (3,) of points (N, 3), column by column: numpy takes ten times as
    long for min(axis=0) of a tall array. ValueError where there is no point."""
    columns = range(xyz.shape[1])
    return np.array([xyz[:, i].min() for i in columns]), np.array(
        [xyz[:, i].max() for i in columns]
    )


def roughly_projected_from_enu(xyz_enu: Array, site: Site, epsg: int, tolerance_m: float) -> Array:
    """Easting and northing (N, 2) of `projected_from_enu` within `tolerance_m`, many times faster
    for many points.

    A quadratic in east, north and up, fitted over the points' box and checked between the nodes of
    the fit (a micrometre off over 1 km); the exact way where it does not hold the tolerance.
    """
    if len(xyz_enu) < _FIT_POINTS:
        return projected_from_enu(xyz_enu, site, epsg)[:, :2]
    low, high = box_of(xyz_enu)
    middle, half = (low + high) / 2, np.maximum((high - low) / 2, 1e-3)

    def terms(scaled: Array) -> list[Array]:
        e, n, u = scaled.T
        return [np.ones(len(scaled)), e, n, u, e * e, e * n, n * n, e * u, n * u, u * u]

    def at(steps: int) -> tuple[Array, Array]:
        axis = np.linspace(-1, 1, steps)
        nodes = np.stack(np.meshgrid(axis, axis, axis), axis=-1).reshape(-1, 3)
        return nodes, projected_from_enu(middle + nodes * half, site, epsg)[:, :2]

    nodes, exact = at(4)
    origin = exact.mean(axis=0)
    weights, *_ = np.linalg.lstsq(np.stack(terms(nodes), axis=-1), exact - origin, rcond=None)
    probes, expected = at(7)
    off_m = np.abs(np.stack(terms(probes), axis=-1) @ weights + origin - expected).max()
    # Between probes of a smooth function the error is hardly larger; half leaves room for that.
    if off_m > tolerance_m / 2:
        return projected_from_enu(xyz_enu, site, epsg)[:, :2]
    found = np.empty((len(xyz_enu), 2))
    for start in range(0, len(xyz_enu), _FIT_CHUNK):
        rows = slice(start, start + _FIT_CHUNK)
        columns = terms((xyz_enu[rows] - middle) / half)
        for axis in range(2):
            total = np.full(len(columns[0]), origin[axis] + weights[0, axis])
            for term, weight in zip(columns[1:], weights[1:, axis], strict=True):
                total += weight * term
            found[rows, axis] = total
    return found


def enu_from_projected(xyz_projected: Array, site: Site, epsg: int) -> Array:
    """Inverse of `projected_from_enu`."""
    xyz_ecef = _transformed(_transformer(epsg, _GEOCENTRIC_EPSG), *_columns(xyz_projected))
    return site.enu_from_ecef.apply(xyz_ecef)


def projected_from_geodetic(
    lat_deg: ArrayLike, lon_deg: ArrayLike, height_m: ArrayLike, epsg: int
) -> Array:
    """Easting, northing and ellipsoidal height (..., 3) of WGS84 positions."""
    return _transformed(_transformer(_GEODETIC_EPSG, epsg), lon_deg, lat_deg, height_m)


def geodetic_from_projected(xyz_projected: Array, epsg: int) -> tuple[Array, Array, Array]:
    """Latitude, longitude (degrees) and ellipsoidal height (metres), each (...), of (..., 3)."""
    found = _transformed(_transformer(epsg, _GEODETIC_EPSG), *_columns(xyz_projected))
    return found[..., 1], found[..., 0], found[..., 2]


def reprojected(xyz_projected: Array, source_epsg: int, target_epsg: int) -> Array:
    """Easting, northing and height (N, 3) of one projected CRS in another, three dimensions at
    once, by the best transform that PROJ knows for the place.

    UsageError where that one needs a grid that is not here, where there is none but a ballpark, or
    where the points lie outside the area that the CRS is made for.
    """
    import pyproj.aoi
    import pyproj.transformer

    if not len(xyz_projected):
        return np.asarray(xyz_projected, dtype=np.float64)
    low, high = box_of(xyz_projected)
    corners = np.array([(x, y, low[2]) for x in (low[0], high[0]) for y in (low[1], high[1])])
    lat_deg, lon_deg, _ = geodetic_from_projected(corners, source_epsg)
    target = _crs(target_epsg)
    use = target.area_of_use
    if use is not None and not _lies_in(lat_deg, lon_deg, use.bounds):
        raise CrsError(
            f"EPSG:{target_epsg} ({target.name}) is not made for these points",
            hint=f"it is for {use.name.split('.')[0]}",
        )
    area = pyproj.aoi.AreaOfInterest(
        float(lon_deg.min()), float(lat_deg.min()), float(lon_deg.max()), float(lat_deg.max())
    )
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # it says what is asked for next
        group = pyproj.transformer.TransformerGroup(
            _crs(source_epsg).to_3d(),
            target.to_3d(),
            always_xy=True,
            area_of_interest=area,  # type: ignore[arg-type]  # the stubs name another class
            allow_ballpark=False,
        )
    if not group.transformers or not group.best_available:
        lacking = [grid.short_name for op in group.unavailable_operations for grid in op.grids]
        raise CrsError(
            f"no exact transform between EPSG:{source_epsg} and EPSG:{target_epsg} is available",
            hint=f"it needs the grid {lacking[0]}" if lacking else "",
        )
    return _transformed(group.transformers[0], *_columns(xyz_projected))


def use_problem(lat_deg: float, lon_deg: float, epsg: int) -> str:
    """Why a position is none of that CRS, '' where it may be: it lies outside the area that the CRS
    is made for. UsageError for a CRS that is unknown."""
    use = _crs(epsg).area_of_use
    if use is None or _lies_in(np.array([lat_deg]), np.array([lon_deg]), use.bounds):
        return ""
    return (
        f"{lat_deg:.4f}°, {lon_deg:.4f}° lies outside the area of EPSG:{epsg} "
        f"({use.name.split('.')[0]})"
    )


def epsg_of_header(line: str) -> int | None:
    """EPSG code of the first line of ODM's files: `EPSG:32633`, `WGS84 UTM 33N` or a PROJ string;
    None where it is no projection that has one. UsageError for a UTM zone that there is not."""
    text = line.strip()
    match = re.fullmatch(r"EPSG[:\s]\s*(\d{4,6})", text, re.IGNORECASE)
    if match:
        return int(match[1])
    match = re.fullmatch(r"WGS84\s+UTM\s+(\d{1,2})\s*([NS])", text, re.IGNORECASE)
    if match:
        zone = int(match[1])
        if not 1 <= zone <= 60:
            raise CrsError(f"there is no UTM zone {zone}")
        return (32700 if match[2].upper() == "S" else 32600) + zone
    if not text.startswith("+proj="):
        return None
    if "+proj=longlat" in text or "+proj=latlong" in text:
        return 4326
    zoned = re.search(r"\+zone=(\d{1,2})\b", text)
    if "+proj=utm" in text and zoned and "WGS84" in text and 1 <= int(zoned[1]) <= 60:
        return (32700 if "+south" in text else 32600) + int(zoned[1])
    return epsg_named_by(text)


def lon_lat_from(crs: str) -> tuple[Callable[[Array], Array], bool]:
    """What makes WGS84 longitude and latitude (N, 2) of coordinates (N, 2), x or east first, in a
    CRS told as WKT, PROJ string or AUTHORITY:CODE, and whether that is projected.

    By the best transform that PROJ has the grids for. UsageError where the CRS is unknown, or there
    is none but a ballpark, and for coordinates outside its domain.
    """
    import pyproj
    from pyproj.exceptions import ProjError

    try:
        known = pyproj.CRS.from_user_input(crs)
        transformer = pyproj.Transformer.from_crs(
            known.to_2d(), _crs(4326), always_xy=True, allow_ballpark=False
        )
    except ProjError as error:
        raise CrsError(f"not a CRS that is known here: {crs[:60]!r}") from error

    def lon_lat(xy: Array) -> Array:
        try:
            x, y = transformer.transform(xy[:, 0].copy(), xy[:, 1].copy(), errcheck=True)
        except ProjError as error:
            raise CrsError(f"a position cannot be transformed: {error}") from error
        return np.column_stack((x, y))

    return lon_lat, bool(known.is_projected)


def is_geographic(epsg: int) -> bool:
    """Whether a CRS is in degrees. UsageError where it is unknown."""
    return bool(_crs(epsg).is_geographic)


def is_in_metres(epsg: int) -> bool:
    """Whether a CRS is in degrees or in metres, and not in feet. UsageError where it is unknown."""
    axes = _crs(epsg).axis_info
    return not axes or axes[0].unit_name in ("metre", "degree")


def epsg_named_by(text: str) -> int | None:
    """EPSG code of a CRS told as WKT, PROJ string or AUTHORITY:CODE; None where it has none or is
    no CRS."""
    import pyproj
    from pyproj.exceptions import ProjError

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # PROJ strings lose something, as pyproj says each time
            found = pyproj.CRS.from_user_input(text)
            if found.is_bound and found.source_crs is not None:
                found = found.source_crs  # with a shift of somebody's to WGS 84, TOWGS84
            return found.to_epsg(min_confidence=20)
    except ProjError:
        return None


def _lies_in(lat_deg: Array, lon_deg: Array, bounds_deg: tuple[float, float, float, float]) -> bool:
    west, south, east, north = bounds_deg
    slack = _USE_SLACK_DEG
    # The world is 360 degrees wide, and not none.
    width = 360.0 if east - west >= 360.0 else (east - west) % 360.0
    across = (lon_deg - west + slack) % 360.0 <= width + 2 * slack
    return bool((across & (lat_deg >= south - slack) & (lat_deg <= north + slack)).all())


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


def parse_vertical(text: str) -> Vertical:
    """What somebody calls heights: ellipsoid, msl, or a vertical CRS in metres by its EPSG code, by
    that of a compound CRS that has it, or by its name.

    UsageError for anything else.
    """
    word = text.strip().lower()
    if word in _VERTICAL_WKT1:
        return word
    number = word.removeprefix("epsg:").strip()
    epsg = int(number) if number.isascii() and number.isdigit() else _vertical_named(word)
    if epsg is None:
        raise CrsError(
            f"no heights are called {text[:40]!r}",
            hint="say ellipsoid, msl, EPSG:N or a name of EPSG's, as EPSG:3855 or EGM2008",
        )
    if epsg == _GEODETIC_EPSG:
        return "ellipsoid"
    if epsg == _EGM96_EPSG:
        return "msl"
    crs = _crs(epsg)
    if crs.is_compound and (part := crs.sub_crs_list[1].to_epsg()) is not None:
        return parse_vertical(f"EPSG:{part}")
    axis = crs.axis_info[0] if crs.axis_info else None
    if not crs.is_vertical or axis is None or axis.direction != "up" or axis.unit_name != "metre":
        raise CrsError(f"EPSG:{epsg} ({crs.name}) is no vertical CRS of heights in metres")
    return f"EPSG:{epsg}"


def undulation_m(lat_deg: Array, lon_deg: Array, vertical: Vertical) -> Array:
    """Height above the ellipsoid less height above `vertical`, metres, at positions (N,).

    By the grid that PROJ has for it, at its finest where there are several; EGM96 by the grid that
    is shipped, and EGM2008 by that too where its own is not here (`undulation_sigma_m` says what
    that costs). UsageError where the grid of another is not here.
    """
    lat, lon = np.asarray(lat_deg, dtype=np.float64), np.asarray(lon_deg, dtype=np.float64)
    if vertical == "ellipsoid":
        return np.zeros(lat.shape)
    area = None if not lat.size else _degrees_around(lat, lon)
    transformer = None if vertical == "msl" else _vertical_transformer(vertical, area)
    if transformer is None:
        return geoid_undulation_m(lat, lon)
    return np.asarray(-_transformed(transformer, lon, lat, np.zeros(lat.shape))[..., 2])


def undulation_sigma_m(vertical: Vertical) -> float:
    """By how much `undulation_m` may be off; 0 for the ellipsoid and for a grid of the CRS itself,
    which defines it."""
    if vertical == "ellipsoid":
        return 0.0
    if vertical == "msl" or _vertical_transformer(vertical) is None:
        return GEOID_SIGMA_M
    return 0.0


_Bounds: TypeAlias = tuple[int, int, int, int]


def _degrees_around(lat_deg: Array, lon_deg: Array) -> _Bounds:
    """West, south, east and north of whole degrees with the positions in them."""
    west, south = (int(np.floor(np.min(each))) for each in (lon_deg, lat_deg))
    east, north = (int(np.ceil(np.max(each))) for each in (lon_deg, lat_deg))
    return west, south, east, north


def _vertical_named(word: str) -> int | None:
    """EPSG code of the vertical CRS of that name, with "height" behind it or not."""
    from pyproj.database import query_crs_info
    from pyproj.enums import PJType

    wanted = word.removesuffix("height").strip()
    if not wanted:
        return None
    for info in query_crs_info(auth_name="EPSG", pj_types=PJType.VERTICAL_CRS):
        if info.name.lower().removesuffix("height").strip() == wanted:
            return int(info.code)
    return None


@lru_cache(maxsize=64)
def _vertical_transformer(
    vertical: Vertical, area: _Bounds | None = None
) -> pyproj.Transformer | None:
    """From ellipsoidal heights to those of a vertical CRS, by what PROJ has for the area; None for
    EGM2008 without its grid. Countries have grids of their own for one CRS."""
    import pyproj
    import pyproj.aoi
    import pyproj.transformer
    from pyproj.crs import CompoundCRS

    epsg = int(vertical.removeprefix("EPSG:"))
    use = _crs(epsg).area_of_use
    if area is not None and use is not None:
        west, south, east, north = area
        corners = np.array([(south, west), (south, east), (north, west), (north, east)], np.float64)
        if not _lies_in(corners[:, 0], corners[:, 1], use.bounds):
            raise CrsError(
                f"heights of {vertical} ({_crs(epsg).name}) are not made for these points",
                hint=f"they are for {use.name if len(use.name) <= 80 else f'{use.name[:79]}…'}",
            )
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # it says what is asked for next
        group = pyproj.transformer.TransformerGroup(
            _crs(_GEODETIC_EPSG),
            CompoundCRS(vertical, [_crs(4326), _crs(epsg)]),
            always_xy=True,
            area_of_interest=None if area is None else pyproj.aoi.AreaOfInterest(*area),  # type: ignore[arg-type]  # the stubs name another class
            allow_ballpark=False,
        )
    if group.transformers:
        return group.transformers[0]
    if epsg == _EGM2008_EPSG:
        return None
    lacking = list(
        dict.fromkeys(g.short_name for op in group.unavailable_operations for g in op.grids)
    )
    raise CrsError(
        f"heights of {vertical} ({_crs(epsg).name}) cannot be worked out",
        hint=f"put the grid {_one_of(lacking, area)} where PROJ looks (cdn.proj.org, `projsync`)"
        if lacking
        else "PROJ knows no way to them from the ellipsoid",
    )


def _one_of(grids: list[str], area: _Bounds | None) -> str:
    """The best of them for an area; without one, that it depends on the place."""
    if area is not None or len(grids) == 1:
        return grids[0]
    more = f" and {len(grids) - 3} more" if len(grids) > 3 else ""
    return f"for the place (of {', '.join(grids[:3])}{more})"


def compound_wkt1(epsg: int, vertical: Vertical) -> str:
    """WKT 1 `COMPD_CS` of a projected CRS and its heights, as LAS 1.4 wants it.

    vertical: "ellipsoid" (vertical datum type 2002 of OGC 01-009: what PDAL and QGIS read as
    ellipsoidal heights; PROJ itself writes no WKT 1 for three dimensions), "msl" (EGM96 height,
    EPSG:5773) or "EPSG:N". UsageError for a CRS that is unknown or not projected.
    """
    projected = projected_wkt1(epsg)
    if vertical in _VERTICAL_WKT1:
        name, vert_cs = _VERTICAL_WKT1[vertical]
    else:
        own = _crs(int(vertical.removeprefix("EPSG:")))
        name, vert_cs = own.name, own.to_wkt("WKT1_GDAL")
    return f'COMPD_CS["{_crs(epsg).name} + {name}",{projected},{vert_cs}]'


def projected_wkt1(epsg: int) -> str:
    """WKT 1 of a projected CRS alone, for what has no heights. UsageError for one that is unknown
    or not projected."""
    crs = _crs(epsg)
    if not crs.is_projected:
        raise CrsError(f"EPSG:{epsg} is not a projected coordinate reference system")
    return str(crs.to_wkt("WKT1_GDAL"))


def geographic_3d_epsg(epsg: int) -> int | None:
    """EPSG code of the geographic CRS of three dimensions that a projected one is of, 4979 of UTM
    on WGS84; None where EPSG has none of its datum, as of NAD83 and OSGB36."""
    base = _crs(epsg).geodetic_crs
    code = None if base is None else base.to_3d().to_epsg(min_confidence=20)
    if base is None or code is None:
        return None
    found = _crs(code)
    # PROJ offers a CRS of any datum on the same ellipsoid, and one of two dimensions.
    is_same = found.is_geographic and len(found.axis_info) == 3 and found.name == base.name
    return code if is_same else None


def geographic_name(epsg: int) -> str:
    """EPSG's name of the geographic CRS that a projected one is of, as "OSGB36"."""
    base = _crs(epsg).geodetic_crs
    return "" if base is None else str(base.name)


def require_metres(epsg: int) -> None:
    """UsageError where a CRS is in feet or unknown."""
    if not is_in_metres(epsg):
        crs = _crs(epsg)
        raise CrsError(f"EPSG:{epsg} ({crs.name}) counts in {crs.axis_info[0].unit_name}")


def epsg_of_wkt(wkt: str) -> tuple[int, Vertical]:
    """The projected EPSG code and the heights of what `compound_wkt1` wrote.

    ValueError where the text is another CRS.
    """
    import pyproj
    from pyproj.exceptions import ProjError

    try:
        crs = pyproj.CRS.from_wkt(wkt)
        # WKT 1 says less of some datums than EPSG does; the code is in it all the same.
        epsg = crs.to_2d().to_epsg(min_confidence=20) if crs.is_projected else None
    except ProjError as error:
        raise ValueError(f"not a coordinate reference system: {error}") from error
    # PROJ reads the ellipsoidal compound as one CRS of three axes.
    if epsg is not None and not crs.is_compound and len(crs.axis_info) == 3:
        return epsg, "ellipsoid"
    heights = crs.sub_crs_list[1].to_epsg() if crs.is_compound else None
    if epsg is not None and heights is not None:
        return epsg, parse_vertical(f"EPSG:{heights}")
    raise ValueError(
        "not a projected coordinate reference system with ellipsoidal or known heights"
    )


def crs_of_survey(wkt: str) -> tuple[int | None, Vertical | None]:
    """The projected EPSG code of somebody's point cloud, None where it has none, and what its
    heights are above, None where it does not say. UsageError for lengths that are not metres."""
    import pyproj
    from pyproj.exceptions import ProjError

    try:
        crs = pyproj.CRS.from_user_input(wkt)
    except ProjError:
        return None, None
    plan = crs.sub_crs_list[0] if crs.is_compound else crs
    if not plan.is_projected:
        return None, None
    if plan.axis_info[0].unit_name != "metre":
        raise CrsError(f"{plan.name} is not in metres", hint="project it to UTM first")
    epsg = plan.to_2d().to_epsg(min_confidence=20)
    if crs.is_compound:
        code = crs.sub_crs_list[1].to_epsg(min_confidence=20)
        return epsg, None if code is None else parse_vertical(f"EPSG:{code}")
    return epsg, "ellipsoid" if len(plan.axis_info) == 3 else None


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
    import pyproj
    from pyproj.exceptions import ProjError

    try:
        return pyproj.Transformer.from_crs(
            _crs(source_epsg).to_3d(),
            _crs(target_epsg).to_3d(),
            always_xy=True,
            allow_ballpark=False,
            only_best=True,
        )
    except ProjError as error:
        raise CrsError(
            f"no exact transform between EPSG:{source_epsg} and EPSG:{target_epsg} is available"
        ) from error


@lru_cache(maxsize=64)
def _crs(epsg: int) -> pyproj.CRS:
    import pyproj
    from pyproj.exceptions import ProjError

    try:
        crs = pyproj.CRS.from_epsg(epsg)
    except ProjError as error:
        raise CrsError(f"EPSG:{epsg} is not a known coordinate reference system") from error
    authority = crs.to_authority()
    if authority is not None and authority[0] == "ESRI":  # which PROJ takes for EPSG's
        meant = crs.to_epsg(min_confidence=20)
        raise CrsError(
            f"EPSG:{epsg} is not a known coordinate reference system, but ESRI's {crs.name}",
            hint=f"EPSG's is {meant}" if meant else "",
        )
    return crs


def _columns(xyz: Array) -> tuple[Array, Array, Array]:
    xyz = np.asarray(xyz, dtype=np.float64)
    if xyz.shape[-1:] != (3,):
        raise ValueError(f"expected points of shape (..., 3), got {xyz.shape}")
    return xyz[..., 0], xyz[..., 1], xyz[..., 2]


def _transformed(
    transformer: pyproj.Transformer, x: ArrayLike, y: ArrayLike, z: ArrayLike
) -> Array:
    from pyproj.exceptions import ProjError

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
            raise CrsError(f"a position cannot be transformed: {error}") from error
        flat[:] = np.stack(moved, axis=-1)
    return found
