"""What lies beside a SQLite file and acts on it as it is opened: journals, which may be anybody's.

A journal that was not rolled back may name another one, of a transaction over several databases;
SQLite then deletes the file of that name, wherever it is. No program writes one for a map alone.
"""

from __future__ import annotations

import stat
from pathlib import Path
from typing import Final

from worldmap.errors import CatalogError, StorageError
from worldmap.input_file import open_regular

_BESIDE: Final = ("-wal", "-shm", "-journal")
# The end of a journal that names another: https://sqlite.org/fileformat.html#the_rollback_journal
# and `readSuperJournal` of SQLite's pager.
_NAMES_ANOTHER: Final = bytes.fromhex("d9d505f920a163d7")


def require_sound_journals(path: Path) -> None:
    """CatalogError where what lies beside the SQLite file at `path` would make SQLite touch another
    file; StorageError where that cannot be read. To be asked before each opening."""
    for suffix in _BESIDE:
        beside = path.with_name(path.name + suffix)
        try:
            mode = beside.lstat().st_mode
        except (FileNotFoundError, NotADirectoryError):
            continue
        except OSError as error:
            raise _read_error(beside, error) from error
        if not stat.S_ISREG(mode):
            raise CatalogError(
                "is a link or no file: nothing is read or written through it",
                path=beside,
                hint="remove it",
            )
    journal = path.with_name(f"{path.name}-journal")
    try:
        with open_regular(journal) as file:
            size = file.seek(0, 2)
            file.seek(max(0, size - len(_NAMES_ANOTHER)))
            names_another = file.read() == _NAMES_ANOTHER
    except FileNotFoundError:
        return
    except OSError as error:
        raise _read_error(journal, error) from error
    # It begins with the same eight bytes: a journal of nothing else is harmless.
    if names_another and size > len(_NAMES_ANOTHER):
        raise CatalogError(
            "names another file, which opening the catalog would delete",
            path=journal,
            hint="remove this journal, and use no map that you do not trust",
        )


def _read_error(path: Path, error: OSError) -> StorageError:
    return StorageError(f"cannot be read: {error.strerror or error}", path=path)
