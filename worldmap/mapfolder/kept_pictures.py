"""Pictures of a map's tiles that take seconds to make, kept in its folder from run to run.

No row names them: what they are made of is in their names. Whoever cannot keep one, in a folder
that is read-only or on a full disk, makes it again.
"""

from __future__ import annotations

import hashlib
import os
import re
from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from worldmap.artifact import remove_oldest, write_file
from worldmap.errors import WorldmapError
from worldmap.input_file import read_at_most
from worldmap.mapfolder.layout import Layout, Subfolder
from worldmap.records import Tile, TileKey
from worldmap.tiling import with_neighbours

MOST_BYTES: Final = 256 << 20
"""Of all that are kept: some thousand tiles as the page has them."""
_MOST_EACH: Final = 16 << 20
_DIGITS: Final = 16
_NAME: Final = re.compile(
    rf"(\d+_-?\d+_-?\d+)-([0-9a-f]{{{_DIGITS}}})-[0-9a-f]{{{_DIGITS}}}-([0-9a-f]{{{_DIGITS}}})\.webp"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class PictureOf:
    """What a picture of a tile shows: the tile, a digest of all points of it and its neighbours,
    and one of how they are drawn."""

    key: TileKey
    points: str
    drawn: str

    @classmethod
    def of(cls, key: TileKey, tiles: Iterable[Tile], drawn: str) -> PictureOf:
        """tiles: that one and its neighbours, as the catalog has them."""
        return cls(key=key, points=_points(tiles), drawn=_digest(drawn))

    @property
    def stem(self) -> str:
        """How its file's name begins."""
        return f"{self.key}-{self.points}-{self.drawn}-"


class KeptPictures:
    """The pictures that a map's folder keeps, of which those go first that nobody looked at for
    longest. May be used by several threads and programs at once."""

    def __init__(self, layout: Layout, most_bytes: int = MOST_BYTES) -> None:
        self._layout, self._most_bytes = layout, most_bytes

    def find(self, wanted: PictureOf) -> bytes | None:
        """The picture; None where it is not kept, or not as it was."""
        for path in self._files():
            if not path.name.startswith(wanted.stem):
                continue
            with suppress(OSError, WorldmapError):
                content = read_at_most(
                    self._layout.file(Subfolder.CACHE, _relative(path)), _MOST_EACH
                )
                told = _NAME.fullmatch(path.name)
                if told is not None and _digest(content) == told[3]:
                    with suppress(OSError):
                        os.utime(path)
                    return content
        return None

    def keep(self, picture: PictureOf, content: bytes) -> None:
        """Keep it in place of others of that tile, where that is possible."""
        name = f"{picture.stem}{_digest(content)}.webp"
        if len(content) > min(_MOST_EACH, self._most_bytes):
            return
        with suppress(OSError, WorldmapError):
            for path in self._files():
                if path.name.startswith(f"{picture.key}-") and path.name != name:
                    path.unlink(missing_ok=True)
            remove_oldest(self._files(), self._most_bytes - len(content))
            write_file(self._layout.file(Subfolder.CACHE, Path(Subfolder.CACHE, name)), content)

    def outdated(self, tiles_of: Callable[[Iterable[TileKey]], list[Tile]]) -> list[str]:
        """The files, relative to the map, that show no tile of it as it is now, those of killed
        writers too; tiles_of: which of some tiles the map has."""
        files = self._files()
        told = [_NAME.fullmatch(path.name) for path in files]
        keys = {_key(each[1]) for each in told if each}
        near = {other for key in keys for other in with_neighbours(key)}
        by_key = {tile.key: tile for tile in tiles_of(near)} if near else {}
        current = {
            str(key): _points(by_key[each] for each in with_neighbours(key) if each in by_key)
            for key in keys & by_key.keys()
        }
        return [
            _relative(path).as_posix()
            for path, each in zip(files, told, strict=True)
            if each is None or current.get(each[1]) != each[2]
        ]

    def _files(self) -> list[Path]:
        try:
            folder = self._layout.folder(Subfolder.CACHE)
            return sorted(Path(each.path) for each in os.scandir(folder) if not each.is_dir())
        except (OSError, WorldmapError):
            return []


def _key(text: str) -> TileKey:
    epsg, east_m, north_m = map(int, text.split("_"))
    return TileKey(epsg=epsg, east_m=east_m, north_m=north_m)


def _relative(path: Path) -> Path:
    return Path(Subfolder.CACHE, path.name)


def _points(tiles: Iterable[Tile]) -> str:
    told = sorted(
        (str(tile.key), tile.inputs_hash, *(file.content_hash for file in tile.files), *photos)
        for tile in tiles
        if tile.files
        for photos in [map(str, tile.photo_ids)]
    )
    return _digest(repr(told))


def _digest(content: str | bytes) -> str:
    data = content if isinstance(content, bytes) else content.encode()
    return hashlib.sha256(data).hexdigest()[:_DIGITS]
