"""Files of lines and polygons: GeoPackage, Shapefile and whatever else GDAL reads. The door to
pyogrio and shapely."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from worldmap.artifact import written_whole
from worldmap.errors import AreaError, ExtraError, StorageError

Array = NDArray[np.float64]

_MOST_FEATURES: Final = 2_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Feature:
    """A feature of a file: its geometry as GeoJSON has it, and its attributes."""

    geometry: Mapping[str, Any]
    properties: Mapping[str, object]


def require_vectors() -> tuple[Any, Any]:
    """pyogrio and shapely. UsageError where they are not installed."""
    try:
        import pyogrio.raw
        import shapely
    except ImportError as error:
        raise ExtraError(
            "GeoPackages and Shapefiles need another package", hint="pip install 'worldmap[geo]'"
        ) from error
    return pyogrio, shapely


def read_features(path: Path) -> tuple[list[Feature], str | None]:
    """The features of all layers of a file with geometry, and their CRS as the file has it (WKT or
    AUTHORITY:CODE), None where it has none.

    Layers in several CRSs are refused. AreaError where the file cannot be read, UsageError where
    pyogrio is not installed.
    """
    pyogrio, shapely = require_vectors()
    found: list[Feature] = []
    systems: set[str | None] = set()
    try:
        layers = [name for name, kind in pyogrio.list_layers(path) if kind is not None]
        for layer in layers:
            about, _, shapes, columns = pyogrio.raw.read(
                path, layer=layer, max_features=_MOST_FEATURES, force_2d=True
            )
            systems.add(about["crs"])
            names = [str(name) for name in about["fields"]]
            for row, shape in enumerate(shapely.from_wkb(shapes)):
                if shape is None or shape.is_empty:
                    continue
                told = {name: column[row] for name, column in zip(names, columns, strict=True)}
                found.append(Feature(geometry=shape.__geo_interface__, properties=told))
    except (pyogrio.errors.DataSourceError, pyogrio.errors.DataLayerError) as error:
        detail = " ".join(str(error).split())
        raise AreaError(f"cannot be read as a map layer: {detail[:200]}", path=path) from error
    except (shapely.errors.ShapelyError, pyogrio.errors.GeometryError) as error:
        raise AreaError("holds a geometry that cannot be read", path=path) from error
    if len(systems) > 1:
        raise AreaError("has layers in several CRSs", path=path, hint="keep one layer")
    return found, systems.pop() if systems else None


def write_lines(
    path: Path,
    lines: Sequence[Array],
    fields: Mapping[str, NDArray[Any]],
    *,
    epsg: int,
    layer: str,
) -> None:
    """Lines, points (N, 2) of a projected CRS each, with a value of each field, as a GeoPackage.

    UsageError where pyogrio is not installed, StorageError where the file cannot be written.
    """
    pyogrio, shapely = require_vectors()
    shapes = shapely.to_wkb(np.array([shapely.LineString(line) for line in lines], dtype=object))
    with written_whole(path) as temporary:
        # SQLite wants no file that is empty.
        rough = temporary.with_name(f"{temporary.name}.gpkg")
        try:
            pyogrio.raw.write(
                rough,
                geometry=shapes,
                field_data=list(fields.values()),
                fields=list(fields),
                geometry_type="LineString",
                crs=f"EPSG:{epsg}",
                driver="GPKG",
                layer=layer,
            )
            rough.replace(temporary)
        except (pyogrio.errors.DataSourceError, OSError) as error:
            detail = " ".join(str(error).split())
            raise StorageError(f"cannot be written: {detail}", path=path) from error
        finally:
            rough.unlink(missing_ok=True)
