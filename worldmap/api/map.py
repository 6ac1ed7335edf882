"""A map from Python: the commands, as methods that return what they found."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, Self, TypeAlias

from worldmap.api.photos import Photo, Photos
from worldmap.api.points import Points
from worldmap.area import Area
from worldmap.errors import UnknownPhotoError
from worldmap.mapfolder import MapFolder, area_in
from worldmap.mapfolder.bucket import map_folder

if TYPE_CHECKING:
    from worldmap.config import Settings
    from worldmap.listener import Listener
    from worldmap.pipeline.export import ExportSummary
    from worldmap.pipeline.remove import RemoveSummary
    from worldmap.records import MapStatus
    from worldmap.stages.intake import IngestSummary
    from worldmap.stages.merged import MergeSummary
    from worldmap.stages.raster import RasterMade

AnyPath: TypeAlias = str | Path
Told: TypeAlias = "Settings | AnyPath | None"
"""Settings, a YAML file of those that differ from the defaults, or None: the defaults."""


def open_map(path: AnyPath, *, create: bool = False, catalog: str | None = None) -> Map:
    """The map in the folder `path`, or in a bucket (`s3://bucket/map`); made where `create` says so
    and there is none.

    catalog: the URL of the PostgreSQL database that its catalog is in, or is made in, instead of a
    file; said once, the folder remembers it (`catalog.url`), and that it was you who said so.
    Raises CatalogError where there is no map, it is older, newer or foreign, or has another
    catalog; StorageError where it cannot be read or made.
    """
    folder = map_folder(Path(path))
    if catalog is not None:
        from worldmap.catalog import use_database

        use_database(folder, catalog, create=create)
    return Map(MapFolder.open(folder, create=create))


class Map:
    """A map, open. Every look at it reads it as it is now, other programs' work included.

    An area is what `--area` takes ("all", "west,south,east,north", "lat,lon,radius_m", a file, WKT,
    a photo's name and how far around it ...), or one of `worldmap.area`. Methods raise a
    WorldmapError, what the commands of the same name say.
    """

    def __init__(self, folder: MapFolder) -> None:
        self._folder = folder

    @property
    def path(self) -> Path:
        """Its folder."""
        return self._folder.root

    def close(self) -> None:
        """Give the catalog free."""
        self._folder.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def __repr__(self) -> str:
        return f"<map {self.path}>"

    @property
    def status(self) -> MapStatus:
        """The map in numbers."""
        return self._folder.catalog.status()

    @property
    def photos(self) -> Photos:
        """All photos by path, with their places; each time it is asked the catalog is read."""
        return Photos.of(self._folder.state(), self._folder.layout)

    def photo(self, name: AnyPath) -> Photo:
        """The photo named by its path or the end of it, its file name say."""
        photo_id = self._folder.ingested(str(name)).photo_id
        found = next((photo for photo in self.photos if photo.photo_id == photo_id), None)
        if found is None:
            raise UnknownPhotoError(f"{name} has just left the map {self.path}")
        return found

    def points(self, area: str | Area = "all", *, epsg: int | None = None) -> Points:
        """The points in an area, in the CRS that most of them are in or in that of `epsg`."""
        return Points.of(self._folder.points(self._area(area), epsg=epsg))

    def ingest(
        self,
        *paths: AnyPath,
        settings: Told = None,
        depth: str | None = None,
        jobs: int | None = None,
        engine: str | None = None,
        listener: Listener | None = None,
    ) -> IngestSummary:
        """Read photos, or folders of them, into the map; those that it has already are skipped.

        jobs: how many worker processes, by default one for each processor: what a damaged or
        hostile file does to one of them is that photo's failure. With 0 there are none, and it may
        end, stall or fill the memory of this process. engine: `ray` or `ray://HOST`, as `--engine`.
        """
        from worldmap.engine import working_on
        from worldmap.pipeline.ingest import ingest

        with working_on(engine):
            return ingest(
                self.path, [Path(path) for path in paths], self._settings(settings), depth=depth,
                jobs=jobs, listener=listener,
            )  # fmt: skip

    def merge(
        self,
        area: str | Area = "all",
        *,
        settings: Told = None,
        jobs: int | None = None,
        engine: str | None = None,
        report: bool = False,
        listener: Listener | None = None,
    ) -> MergeSummary:
        """Place an area's photos together and write its tiles; engine as in `ingest`; report: the
        page about it too."""
        from worldmap.engine import working_on
        from worldmap.pipeline.merge import merge

        told = self._settings(settings)
        with working_on(engine):
            return merge(self.path, self._area(area), told, listener, jobs=jobs, report=report)

    def remove(self, *names: AnyPath, settings: Told = None) -> RemoveSummary:
        """Take photos out of the map and bring the tiles that they were in up to date."""
        from worldmap.pipeline.remove import remove

        told = self._settings(settings) if settings is not None else None
        return remove(self.path, list(map(str, names)), told)

    def export(
        self,
        out: AnyPath,
        area: str | Area = "all",
        *,
        kind: str | None = None,
        epsg: int | None = None,
    ) -> ExportSummary:
        """Write an area as one file (by its name: .las, .laz, .copc.laz, .ply, .xyz, .e57, .json,
        .glb, .obj, .mesh.ply, .splat.ply, .spz) or, with `kind`, as a folder (colmap, opensfm,
        nerfstudio, stac, tiles3d, tiles3d-mesh)."""
        from worldmap.pipeline.export import export

        return export(self.path, self._area(area), Path(out), kind=kind, epsg=epsg)

    def raster(
        self,
        out: AnyPath,
        area: str | Area = "all",
        *,
        kind: str = "dsm",
        listener: Listener | None = None,
        **options: Any,
    ) -> RasterMade:
        """Write an area as a map layer; kind and options (gsd_m, fill_m, epsg, vertical,
        interval_m, support) as in `worldmap.stages.raster.RasterOptions`."""
        from worldmap.pipeline.raster import raster
        from worldmap.stages.raster import RasterOptions

        told = RasterOptions(kind=kind, **options)
        return raster(self.path, self._area(area), Path(out), told, listener)

    def _area(self, area: str | Area) -> Area:
        return area_in(self._folder, area) if isinstance(area, str) else area

    def _settings(self, told: Told) -> Settings:
        from worldmap.config import Settings
        from worldmap.mapfolder import settings_over

        if isinstance(told, Settings):
            return told
        return settings_over(self._folder.layout, None if told is None else Path(told))
