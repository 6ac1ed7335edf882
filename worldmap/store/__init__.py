"""Where a map's files are kept: a folder, or a bucket of S3; and this machine's copies of them."""

from typing import TYPE_CHECKING

from worldmap.lazily import from_modules

if TYPE_CHECKING:
    from worldmap.store.address import BucketAddress
    from worldmap.store.bucket import BucketStore
    from worldmap.store.copies import Copies, present
    from worldmap.store.folder import FolderStore
    from worldmap.store.ranged import StoredFile
    from worldmap.store.store import Store, Stored

__all__ = [
    "BucketAddress",
    "BucketStore",
    "Copies",
    "FolderStore",
    "Store",
    "Stored",
    "StoredFile",
    "present",
]

_MODULES = ("address", "store", "ranged", "folder", "bucket", "copies")
__getattr__ = from_modules(__name__, _MODULES, __all__)
