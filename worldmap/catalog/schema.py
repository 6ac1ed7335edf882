"""Whether the tables of a SQLite catalog are tables as worldmap makes them.

A catalog may come from anybody, and what stands under a table's name may compute: a view, a
virtual table, a generated column, an index or a check on an expression. Asking it can then take for
ever, fill the memory, or answer what nobody stored. Layers and views of one's own are welcome
beside ours, and so are plain columns and indexes that a GIS adds.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from typing import Any, Final

from worldmap.catalog.names import OTHERS_TABLES, TABLES

_OURS: Final = TABLES | OTHERS_TABLES
_INDEX_OF_LAYER: Final = re.compile(r"rtree_(\w+)_geom")
# In one pass: a quote within a comment opens none, nor the other way round.
_QUOTED: Final = re.compile(
    r"""'(?:[^']|'')*'|"(?:[^"]|"")*"|`[^`]*`|\[[^\]]*\]|(--[^\n]*|/\*.*?(?:\*/|$))""", re.DOTALL
)
_COMPUTES: Final = re.compile(r"\b(?:CHECK|GENERATED|AS)\b|\bDEFAULT\s*\(", re.IGNORECASE)
_TIME_OF_CHANGE: Final = "DEFAULT (strftime('%Y-%m-%dT%H:%M:%fZ','now'))"  # the standard's own
_PLAIN_INDEX: Final = re.compile(r"CREATE INDEX [^()]+\([^()]+\)\s*", re.IGNORECASE)
_OBJECTS: Final = "SELECT type, name, tbl_name, sql FROM sqlite_master ORDER BY name"


def foreign_parts(ask: Callable[[str], Sequence[Sequence[Any]]]) -> list[str]:
    """What stands under the names of the catalog's tables, or is a part of them, and computes;
    triggers apart (`geopackage.foreign_triggers`). Sorted by name; none in a catalog of ours."""
    return list(_foreign(ask(_OBJECTS)))


def _foreign(objects: Sequence[Sequence[Any]]) -> Iterator[str]:
    for kind, name, on, sql in objects:
        text = str(sql or "")
        if kind == "index" and str(on).lower() in _OURS:
            if sql is not None and not _PLAIN_INDEX.fullmatch(_without_quotes(text)):
                yield f"the index {name} on {on}"
        elif kind in ("table", "view") and _is_ours(str(name)):
            if kind == "view":
                yield f"a view {name}"
            elif _is_virtual(text):
                if not _is_index_of_layer(str(name), text):
                    yield f"a virtual table {name}"
            elif _COMPUTES.search(_without_quotes(text.replace(_TIME_OF_CHANGE, ""))):
                yield f"a table {name} that computes"


def _is_ours(name: str) -> bool:
    name = name.lower()
    layer = _INDEX_OF_LAYER.match(name)
    return name in _OURS or (layer is not None and layer[1] in TABLES)


def _is_virtual(sql: str) -> bool:
    return re.match(r"CREATE\s+VIRTUAL\b", _without_quotes(sql), re.IGNORECASE) is not None


def _is_index_of_layer(name: str, sql: str) -> bool:
    expected = f'CREATE VIRTUAL TABLE "{name}" USING rtree(id, minx, maxx, miny, maxy)'
    return _INDEX_OF_LAYER.fullmatch(name) is not None and sql == expected


def _without_quotes(sql: str) -> str:
    """The text without names and literals, in which any word may stand, and without comments."""
    return _QUOTED.sub(lambda match: " " if match[1] else "x", sql)
