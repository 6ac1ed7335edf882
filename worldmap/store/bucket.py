"""A store that is a bucket of S3, or of whatever speaks its protocol. The one door to obstore."""

from __future__ import annotations

import math
import os
import time
from collections.abc import Iterator, Set
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from functools import lru_cache
from typing import Any, Final

from worldmap.errors import ExtraError, MissingFileError, StorageError
from worldmap.input_file import number_in
from worldmap.store.address import BucketAddress
from worldmap.store.store import Stored

PATIENCE_S: Final = 120.0
"""How long what fails on the way is tried again: a server that is restarted, or a network that is
laid anew, is back within a minute or two."""
_PATIENCE: Final = "WORLDMAP_S3_PATIENCE_S"
_FIRST_PAUSE_S: Final = 0.1
_MOST_PAUSE_S: Final = 5.0
_MANY: Final = 1_000
_PAGE: Final = 1_000  # as many as S3 lists at once
_ENDPOINTS: Final = ("AWS_ENDPOINT_URL_S3", "AWS_ENDPOINT_URL", "AWS_ENDPOINT")


@dataclass(frozen=True, slots=True)
class BucketStore:
    """Files below a prefix of a bucket. See `Store`. A request that fails on the way is tried
    again, at growing intervals, for patience_s (None: as the environment says, or two minutes);
    then it is a StorageError.

    Endpoint, region and credentials are those of the environment (`AWS_ENDPOINT_URL`,
    `AWS_REGION`, `AWS_ACCESS_KEY_ID` ...) or of the machine.
    """

    address: BucketAddress
    patience_s: float | None = None

    def put(self, name: str, content: bytes) -> None:
        """See `Store`. One request, or parts that are joined at the end: S3 shows no half file."""
        with self._told(name) as (obstore, client):
            obstore.put(client, name, content)

    def put_new(self, name: str, content: bytes) -> bool:
        """See `Store`. A conditional put (`If-None-Match: *`). obstore does not try it again where
        the connection ended without an answer, as it may have been done: then it is asked what is
        there, and who finds the same content takes it for its own."""
        may_be_ours, pause_s = False, _FIRST_PAUSE_S
        give_up_at = time.monotonic() + self._patience_s
        with self._told(name) as (obstore, client):
            while True:
                try:
                    obstore.put(client, name, content, mode="create", use_multipart=False)
                except obstore.exceptions.AlreadyExistsError:
                    return may_be_ours and self.get(name) == content
                except obstore.exceptions.GenericError:
                    if time.monotonic() > give_up_at:
                        raise
                    may_be_ours = True
                    time.sleep(pause_s)
                    pause_s = min(2 * pause_s, _MOST_PAUSE_S)
                else:
                    return True

    def get(self, name: str) -> bytes:
        """See `Store`."""
        with self._told(name) as (obstore, client):
            return bytes(obstore.get(client, name).bytes())

    def get_range(self, name: str, start: int, length: int) -> bytes:
        """See `Store`."""
        if length <= 0:
            return b""
        with self._told(name) as (obstore, client):
            try:
                return bytes(obstore.get_range(client, name, start=start, length=length))
            except obstore.exceptions.BaseError:
                # S3 refuses a range that begins at the end or after it.
                if start < (self.size_of(name) or 0):
                    raise
                return b""

    def size_of(self, name: str) -> int | None:
        """See `Store`."""
        with self._told(name) as (obstore, client):
            try:
                return int(obstore.head(client, name)["size"])
            except FileNotFoundError:
                return None

    def delete(self, name: str) -> None:
        """See `Store`."""
        with self._told(name) as (obstore, client):
            obstore.delete(client, name)

    def names(
        self, folder: str, start: str = "", *, but: Set[str] = frozenset()
    ) -> Iterator[Stored]:
        """See `Store`. Listed a page at a time, from the first that may be wanted on."""
        begin = f"{folder}/{start}"
        with self._told(folder) as (obstore, client):
            # What is listed comes after the offset: one that is just before what is wanted.
            offset = f"{folder}/{start[:-1]}{_before(start[-1])}\uffff" if start else None
            pages = obstore.list(client, folder, offset=offset, chunk_size=_PAGE)
            for page in pages:
                for each in page:
                    if not each["path"].startswith(begin):
                        if each["path"] > begin:
                            return
                        continue
                    if each["path"].removeprefix(f"{folder}/") in but:
                        continue
                    yield Stored(
                        name=each["path"], size_bytes=each["size"], put_at=each["last_modified"]
                    )

    @property
    def _patience_s(self) -> float:
        if self.patience_s is not None:
            return self.patience_s
        told = number_in(os.environ.get(_PATIENCE, ""))
        return PATIENCE_S if math.isnan(told) else told

    @contextmanager
    def _told(self, name: str) -> Iterator[tuple[Any, Any]]:
        """obstore, and its client of this process; what it says, in one line."""
        obstore = _obstore()
        where = f"{self.address}/{name}"
        errors = obstore.exceptions
        try:
            yield obstore, _client(self.address, self._patience_s, os.getpid())
        except FileNotFoundError as error:
            raise MissingFileError("is missing", path=where) from error
        except (errors.PermissionDeniedError, errors.UnauthenticatedError) as error:
            raise StorageError(
                f"is refused ({_line(error)})",
                path=where,
                hint="look at AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, and what they may do",
            ) from error
        except errors.BaseError as error:
            raise StorageError(
                f"cannot be reached ({_line(error)})",
                path=where,
                hint="run the command again when it is there: it goes on from what is stored",
            ) from error


def _before(letter: str) -> str:
    """The one before it of which no folders are made."""
    return "." if letter == "0" else chr(ord(letter) - 1)


def _line(error: Exception) -> str:
    """What obstore says to people: it goes on for pages."""
    return " ".join(str(error).split("\n\n", 1)[0].split())[:300]


def _obstore() -> Any:
    try:
        import obstore
        import obstore.store
    except ModuleNotFoundError as error:
        raise ExtraError(
            "a map in a bucket (s3://) needs obstore", hint="pip install 'worldmap[s3]'"
        ) from error
    return obstore


@lru_cache(maxsize=8)
def _client(address: BucketAddress, patience_s: float, _pid: int) -> Any:
    """A connection, which does not outlive a fork."""
    obstore = _obstore()
    endpoint = next(filter(None, map(os.environ.get, _ENDPOINTS)), "")
    return obstore.store.S3Store(
        address.bucket,
        prefix=address.prefix,
        client_options={"allow_http": endpoint.startswith("http://")},
        retry_config={
            "max_retries": _MANY,
            "retry_timeout": timedelta(seconds=patience_s),
            "backoff": {"max_backoff": timedelta(seconds=_MOST_PAUSE_S)},
        },
    )
