"""Requests to archives: paced, tried again where that may help, and never a word of a token."""

from __future__ import annotations

import json
import logging
import random
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, TypeVar

import worldmap
from worldmap.archive.pace import Pace
from worldmap.config import FetchSettings
from worldmap.errors import ArchiveError, ExtraError

if TYPE_CHECKING:
    import httpx2

T = TypeVar("T")
_AGAIN: Final = frozenset({408, 425, 429, 500, 502, 503, 504})
_EXPIRED: Final = frozenset({401, 403, 404, 410})
_FIRST_WAIT_S, _LONGEST_WAIT_S = 1.0, 120.0
_LONGEST_PATIENCE_S: Final = 900.0  # what a server may ask to be left alone for
_TOO_MUCH: Final = b"reduce the amount of data"  # Facebook's Graph API, Mapillary's
_LARGEST_ANSWER_BYTES: Final = 64 << 20
_LARGEST_FILE_BYTES: Final = 1 << 30


class ExpiredAddressError(ArchiveError):
    """A picture that is not, or no more, at its address."""


class BusyError(ArchiveError):
    """An archive that asks for smaller questions."""


class Client:
    """Asks archives. pace: of questions; file_pace: of pictures, which come from other machines.

    Answers 408, 425, 429, 5xx and broken connections are tried again, `settings.tries` times in
    all, after twice as long each time and at least as long as the server asks for. Errors name the
    address without what stands behind its `?`.
    """

    def __init__(
        self,
        http: httpx2.Client,
        settings: FetchSettings,
        *,
        pace: tuple[int, float],
        file_pace: tuple[int, float],
        sleep: Callable[[float], None] = time.sleep,
        now: Callable[[], float] = time.monotonic,
    ) -> None:
        self._http = http
        self._settings = settings
        self._sleep = sleep
        self._pace, self._file_pace = (
            Pace(requests=requests, within_s=within_s, now=now, sleep=sleep)
            for requests, within_s in (pace, file_pace)
        )

    def close(self) -> None:
        """Let the connections go."""
        self._http.close()

    def get_json(
        self,
        address: str,
        parameters: Mapping[str, str] | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> dict[str, Any]:
        """The JSON object at an address. ArchiveError where it cannot be had or is none."""
        return self._json("GET", address, params=parameters, headers=headers)

    def post_json(self, address: str, form: Mapping[str, str]) -> dict[str, Any]:
        """The same in answer to a form."""
        return self._json("POST", address, data=form)

    def download(self, address: str, path: Path) -> None:
        """The file at `address`, appended to what an earlier try left at `path`.

        ExpiredAddressError where it is not there (any more), ArchiveError where it does not come
        whole; what has come stays at `path` for the next try.
        """
        self._tried(address, lambda: self._appended(address, path), self._file_pace)

    def _json(self, method: str, address: str, **given: Any) -> dict[str, Any]:
        def ask() -> dict[str, Any]:
            with self._answer(method, address, **given) as answer:
                content = b""
                for chunk in answer.iter_bytes():
                    content += chunk
                    if len(content) > _LARGEST_ANSWER_BYTES:
                        raise ArchiveError("answers without end", path=without_query(address))
            try:
                found = json.loads(content)
            except (ValueError, RecursionError):
                raise ArchiveError(
                    "answers with what is no JSON", path=without_query(address)
                ) from None
            if not isinstance(found, dict):
                raise ArchiveError(
                    "answers with what is no JSON object", path=without_query(address)
                )
            return found

        return self._tried(address, ask, self._pace)

    def _appended(self, address: str, path: Path) -> None:
        have_bytes = path.stat().st_size if path.exists() else 0
        # As the file is stored: a length that counts compressed bytes would tell nothing.
        headers = {"Accept-Encoding": "identity"}
        if have_bytes:
            headers["Range"] = f"bytes={have_bytes}-"
        with self._answer("GET", address, headers=headers) as answer:
            goes_on = answer.status_code == 206
            with path.open("ab" if goes_on else "wb") as file:
                for chunk in answer.iter_bytes():
                    file.write(chunk)
                    if file.tell() > _LARGEST_FILE_BYTES:
                        raise ArchiveError("is a file without end", path=without_query(address))

    @contextmanager
    def _answer(self, method: str, address: str, **given: Any) -> Iterator[httpx2.Response]:
        with self._http.stream(method, address, **given) as answer:
            if answer.status_code == 500 and _TOO_MUCH in answer.read():
                raise BusyError("answers 500", path=without_query(address))
            if answer.status_code in _AGAIN:
                raise _TryAgainError(answer.status_code, _asked_wait_s(answer))
            if answer.status_code == 416:  # all of it was there already, or it changed
                raise _NothingMoreError
            if answer.status_code in _EXPIRED:
                raise ExpiredAddressError(
                    f"answers {answer.status_code}", path=without_query(address), hint=_hint(answer)
                )
            if answer.status_code == 400:
                answer.read()
                raise BusyError("answers 400", path=without_query(address))
            if not answer.is_success:
                raise ArchiveError(f"answers {answer.status_code}", path=without_query(address))
            yield answer

    def _tried(self, address: str, ask: Callable[[], T], pace: Pace) -> T:
        import httpx2

        wait_s, said = _FIRST_WAIT_S, ""
        for tries_left in reversed(range(self._settings.tries)):
            pace.wait()
            asked_s = 0.0
            try:
                return ask()
            except _TryAgainError as again:
                said, asked_s = f"answers {again.status}", again.wait_s
            except httpx2.TransportError as error:
                said = f"cannot be reached ({type(error).__name__})"
            except httpx2.HTTPError as error:
                raise ArchiveError(
                    f"cannot be asked ({type(error).__name__})", path=without_query(address)
                ) from None
            if asked_s > _LONGEST_PATIENCE_S:
                raise ArchiveError(
                    f"asks to be left alone for {asked_s:.0f} s",
                    path=without_query(address),
                    hint="run the command again then; what has come is kept",
                )
            if tries_left:
                # Not all who were turned away come back at the same moment.
                self._sleep(max(asked_s, wait_s * random.uniform(0.5, 1.0)))
                wait_s = min(2 * wait_s, _LONGEST_WAIT_S)
        raise ArchiveError(
            said,
            path=without_query(address),
            hint="run the command again later; what has come is kept",
        )


class _TryAgainError(Exception):
    def __init__(self, status: int, wait_s: float) -> None:
        super().__init__(status)
        self.status, self.wait_s = status, wait_s


class _NothingMoreError(ArchiveError):
    def __init__(self) -> None:
        super().__init__("has no more of the file")


def new_client(
    settings: FetchSettings, *, pace: tuple[int, float], file_pace: tuple[int, float]
) -> Client:
    """A client that tells who asks. ExtraError where the package that it needs is not installed."""
    try:
        import httpx2
    except ImportError as error:
        raise ExtraError(
            f"photos are fetched with httpx2, which cannot be imported: {error}",
            hint="pip install 'worldmap[fetch]'",
        ) from error
    # It writes every address into the log, with what stands behind the `?`.
    logging.getLogger("httpx2").setLevel(logging.WARNING)
    logging.getLogger("httpcore2").setLevel(logging.WARNING)
    by = f"; {settings.contact}" if settings.contact else ""
    agent = f"worldmap/{worldmap.__version__} (photos to point clouds{by}) httpx2"
    http = httpx2.Client(
        headers={"User-Agent": agent},
        timeout=settings.timeout_s,
        follow_redirects=True,
        max_redirects=5,
    )
    return Client(http, settings, pace=pace, file_pace=file_pace)


def without_query(address: str) -> str:
    """An address without its parameters, which may be a key to it."""
    return address.split("?", 1)[0].split("#", 1)[0]


def _asked_wait_s(answer: httpx2.Response) -> float:
    told = answer.headers.get("Retry-After", "")
    if told.isascii() and told.isdigit():
        return float(told)
    try:
        return max(0.0, (parsedate_to_datetime(told) - datetime.now(UTC)).total_seconds())
    except (TypeError, ValueError):
        return 0.0


def _hint(answer: httpx2.Response) -> str:
    return "is the token right, and of this archive?" if answer.status_code == 401 else ""
