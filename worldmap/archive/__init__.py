"""Archives of public photos: what they have in an area, and its files. The door to the network of
`worldmap fetch`; nothing here writes to a map."""

from worldmap.archive.client import Client, new_client
from worldmap.archive.source import SOURCES, Archive, open_source
from worldmap.archive.store import FetchedFile, FetchFolder

__all__ = [
    "SOURCES",
    "Archive",
    "Client",
    "FetchFolder",
    "FetchedFile",
    "new_client",
    "open_source",
]
