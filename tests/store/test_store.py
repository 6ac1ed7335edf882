"""What a store promises, of a folder and of a bucket alike."""

from __future__ import annotations

import contextlib
import hashlib
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, Final, TypeAlias

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from tests.helpers.s3_server import S3Server
from worldmap.errors import ExtraError, MissingFileError, StorageError
from worldmap.store import BucketAddress, BucketStore, FolderStore, Store, StoredFile

MakeStore: TypeAlias = Callable[[], Store]

NAMES: Final = st.from_regex(r"(depth|tiles)/[a-z0-9_.-]{0,8}[a-z0-9]", fullmatch=True)
CONTENT: Final = st.binary(max_size=3000)
FEW: Final = settings(
    deadline=None, max_examples=8, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


@pytest.fixture(params=["folder", "bucket"])
def make(request: pytest.FixtureRequest, tmp_path: Path) -> MakeStore:
    """Makes empty stores."""
    if request.param == "folder":
        count = iter(range(1000))
        return lambda: FolderStore(tmp_path / str(next(count)))
    s3: S3Server = request.getfixturevalue("s3")
    return lambda: BucketStore(address_of(s3))


def address_of(s3: S3Server) -> BucketAddress:
    address = BucketAddress.named(Path(s3.new_map()))
    assert address is not None
    return address


@FEW
@given(files=st.dictionaries(NAMES, CONTENT, max_size=5))
def test_what_was_put_is_got_byte_for_byte(make: MakeStore, files: dict[str, bytes]) -> None:
    store = make()
    for name, content in files.items():
        store.put(name, content)
    for name, content in files.items():
        assert store.get(name) == content
        assert store.size_of(name) == len(content)
        assert StoredFile(store, name).content_hash() == hashlib.sha256(content).hexdigest()
        with StoredFile(store, name).open() as file:
            assert file.read() == content
    listed = [
        (each.name, each.size_bytes)
        for folder in ("depth", "tiles")
        for each in store.names(folder)
    ]
    assert listed == [(name, len(files[name])) for name in sorted(files)]


@FEW
@given(content=CONTENT, start=st.integers(0, 4000), length=st.integers(0, 4000))
def test_a_range_is_that_part_of_the_content(
    make: MakeStore, content: bytes, start: int, length: int
) -> None:
    store = make()
    store.put("tiles/a.laz", content)
    assert store.get_range("tiles/a.laz", start, length) == content[start : start + length]


@FEW
@given(names=st.sets(NAMES, max_size=6), start=st.text("abz019_.-", max_size=2))
@example(names={"depth/00", "depth/.a", "depth/1"}, start="0")
def test_names_that_begin_so(make: MakeStore, names: set[str], start: str) -> None:
    store = make()
    for name in names:
        store.put(name, b"")
    expected = sorted(name for name in names if name.startswith(f"depth/{start}"))
    assert [each.name for each in store.names("depth", start)] == expected
    but = {name.removeprefix("depth/") for name in expected[::2]}
    assert [each.name for each in store.names("depth", start, but=but)] == expected[1::2]


def test_what_is_not_there(make: MakeStore) -> None:
    store = make()
    assert store.size_of("depth/none") is None
    store.delete("depth/none")
    assert list(store.names("depth")) == []
    for read in (store.get, lambda name: store.get_range(name, 0, 3)):
        with pytest.raises(MissingFileError, match="is missing"):
            read("depth/none")


def test_of_what_was_put_last_the_content_stays_and_what_is_deleted_is_gone(
    make: MakeStore,
) -> None:
    store = make()
    store.put("depth/a", b"one")
    store.put("depth/a", b"two")
    assert store.get("depth/a") == b"two"
    store.delete("depth/a")
    assert store.size_of("depth/a") is None


def test_a_new_file_never_takes_the_place_of_another(make: MakeStore) -> None:
    store = make()
    assert store.put_new("depth/a", b"one")
    assert not store.put_new("depth/a", b"two")
    assert store.get("depth/a") == b"one"


def test_of_several_who_put_a_new_file_at_once_one_does(make: MakeStore) -> None:
    store = make()
    contents = [bytes([i]) * 50_000 for i in range(8)]
    with ThreadPoolExecutor(8) as pool:
        kept = list(pool.map(lambda content: store.put_new("tiles/a", content), contents))
    assert sum(kept) == 1
    assert store.get("tiles/a") == contents[kept.index(True)]


def test_of_several_who_put_one_name_at_once_one_is_there_whole(make: MakeStore) -> None:
    """And whoever reads meanwhile sees one of them whole."""
    store = make()
    contents = [bytes([i]) * 200_000 for i in range(8)]
    store.put("tiles/a", contents[0])
    with ThreadPoolExecutor(8) as pool:
        puts = [pool.submit(store.put, "tiles/a", content) for content in contents]
        seen = [store.get("tiles/a") for _ in range(5)]
        for each in puts:
            each.result()
    assert all(content in contents for content in [*seen, store.get("tiles/a")])


_CUT: Final = """
import os, signal, sys
from pathlib import Path
from worldmap.store import FolderStore

# When all is on the disk, and nowhere under its name.
os.fsync = lambda handle: os.kill(os.getpid(), signal.SIGKILL)
FolderStore(Path(sys.argv[1])).put("tiles/whole", b"a" * 100_000)
"""


class CutOff:
    """A server between worldmap and another, that ends the connection after so many bytes."""

    def __init__(self, port: int, after_bytes: int) -> None:
        self._far, self._left = port, after_bytes
        self._heard = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._heard.getsockname()[1]
        threading.Thread(target=self._serve, daemon=True).start()

    def _serve(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                near, _ = self._heard.accept()
                with near, socket.create_connection(("127.0.0.1", self._far)) as far:
                    while self._left > 0 and (part := near.recv(min(65536, self._left))):
                        self._left -= len(part)
                        far.sendall(part)

    def close(self) -> None:
        self._heard.close()


def test_a_put_that_is_cut_in_the_middle_leaves_nothing_in_a_folder(tmp_path: Path) -> None:
    command = [sys.executable, "-c", _CUT, str(tmp_path)]
    ran = subprocess.run(command, check=False, capture_output=True)
    assert ran.returncode == -signal.SIGKILL, ran.stderr
    store = FolderStore(tmp_path)
    assert store.size_of("tiles/whole") is None
    # What is left has no name of ours; who writes it anew clears it up.
    assert all(each.name.endswith(".tmp") for each in store.names("tiles"))


def test_a_put_that_is_cut_in_the_middle_leaves_nothing_in_a_bucket(
    s3: S3Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its connection ends when half of it was sent, again and again."""
    address = address_of(s3)
    port = int(s3.environment["AWS_ENDPOINT_URL"].rpartition(":")[2])
    cut = CutOff(port, 100_000)
    try:
        monkeypatch.setenv("AWS_ENDPOINT_URL", f"http://127.0.0.1:{cut.port}")
        with pytest.raises(StorageError, match="cannot be reached"):
            BucketStore(address, patience_s=0.5).put("tiles/whole", b"a" * 200_000)
    finally:
        cut.close()
    monkeypatch.setenv("AWS_ENDPOINT_URL", s3.environment["AWS_ENDPOINT_URL"])
    again = BucketStore(address, patience_s=5.0)
    assert again.size_of("tiles/whole") is None
    assert list(again.names("tiles")) == []


def test_a_server_that_is_stopped_is_waited_for(s3: S3Server) -> None:
    store = BucketStore(address_of(s3))
    for number, call in enumerate(_calls(store)):
        back = s3.away(attempts=2)
        with contextlib.suppress(MissingFileError):
            call()
        back.join()
        store.put(f"tiles/{number}", b"content")
    assert len(list(store.names("tiles"))) == len(_calls(store))


def test_a_server_that_stays_away_is_one_line(s3: S3Server) -> None:
    address = address_of(s3)
    s3.stop()
    try:
        for call in _calls(BucketStore(address, patience_s=0.2)):
            with pytest.raises(StorageError, match=f"{address}.* cannot be reached") as told:
                call()
            assert "\n" not in str(told.value)
            assert "run the command again" in str(told.value)
    finally:
        s3.start()


def _calls(store: Store) -> list[Callable[[], Any]]:
    return [
        lambda: store.put("depth/a", b""),
        lambda: store.put_new("depth/a", b""),
        lambda: store.get("depth/a"),
        lambda: store.get_range("depth/a", 0, 1),
        lambda: store.size_of("depth/a"),
        lambda: store.delete("depth/a"),
        lambda: list(store.names("depth")),
    ]


def test_a_bucket_that_is_not_there_is_one_line(s3: S3Server) -> None:
    store = BucketStore(BucketAddress("not-there", "map"))
    with pytest.raises(StorageError, match="s3://not-there/map/depth/a"):
        store.put("depth/a", b"")


def test_without_obstore_the_extra_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "obstore", None)
    with pytest.raises(ExtraError, match=r"worldmap\[s3\]"):
        BucketStore(BucketAddress("a-bucket", "map")).get("depth/a")
