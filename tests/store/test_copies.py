"""Copies of a store's files: what they hold, how many bytes, and when they are fetched anew. The
store is a folder here; for copies all stores are alike."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from worldmap.errors import StorageError, UsageError
from worldmap.store import BucketAddress, Copies, FolderStore, present
from worldmap.store import copies as module


def sha(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


@pytest.fixture
def address(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> BucketAddress:
    monkeypatch.setenv("WORLDMAP_CACHE", str(tmp_path / "cache"))
    monkeypatch.setattr(module, "_NEW", module._New())
    return BucketAddress("town", "north/map")


@pytest.fixture
def store(tmp_path: Path) -> FolderStore:
    return FolderStore(tmp_path / "far")


@pytest.fixture
def copies(store: FolderStore, address: BucketAddress) -> Copies:
    return Copies(store, address.folder)


def test_a_copy_has_the_content_and_the_end_of_the_name(store: FolderStore, copies: Copies) -> None:
    store.put("tiles/a.copc.laz", b"points")
    found = copies.file("tiles/a.copc.laz", sha(b"points"))
    assert found.read_bytes() == b"points"
    assert found.name.endswith("-a.copc.laz")
    store.delete("tiles/a.copc.laz")
    assert copies.file("tiles/a.copc.laz", sha(b"points")).read_bytes() == b"points"


def test_another_content_of_the_same_name_is_another_copy(
    store: FolderStore, copies: Copies
) -> None:
    store.put("tiles/a.laz", b"old")
    old = copies.file("tiles/a.laz", sha(b"old"))
    store.put("tiles/a.laz", b"new")
    assert copies.file("tiles/a.laz", sha(b"new")).read_bytes() == b"new"
    assert old.read_bytes() == b"old"


def test_what_is_not_as_its_row_says_is_no_copy(store: FolderStore, copies: Copies) -> None:
    store.put("depth/a.npz", b"something else")
    with pytest.raises(StorageError, match="other hash"):
        copies.file("depth/a.npz", sha(b"content"))
    assert not copies.file("depth/none.npz", sha(b"content")).exists()


def test_what_was_written_is_its_own_copy(store: FolderStore, copies: Copies) -> None:
    with copies.writing("depth/a.npz") as place:
        assert place.suffix == ".npz"
        place.write_bytes(b"content")
        copies.keep("depth/a.npz", sha(b"content"), place)
    assert copies.file("depth/a.npz", sha(b"content")).read_bytes() == b"content"
    assert [each.name for each in (copies.root / "copies" / "depth").iterdir()] == [
        copies.file("depth/a.npz", sha(b"content")).name
    ]


def test_no_more_bytes_than_may_be(
    store: FolderStore, copies: Copies, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What was asked for last stays."""
    monkeypatch.setenv("WORLDMAP_CACHE_MB", "0.001")  # a thousand bytes
    for number in range(30):
        store.put(f"depth/{number}", bytes(100))
    for number in range(30):
        found = copies.file(f"depth/{number}")
        os.utime(found, ns=(number, number))  # so one after the other, whatever clocks do
    left = {
        int(path.name.rpartition("-")[2]) for path in (copies.root / "copies" / "depth").iterdir()
    }
    assert 29 in left
    assert 5 <= len(left) <= 11
    for number in range(30):  # and all are to be had again
        assert copies.file(f"depth/{number}").stat().st_size == 100


def test_a_copy_that_had_to_go_is_fetched_again(
    store: FolderStore, copies: Copies, tmp_path: Path
) -> None:
    store.put("features/a.npz", b"features")
    path = copies.file("features/a.npz", sha(b"features"))
    path.unlink()
    assert present(path, lambda _: store).read_bytes() == b"features"
    other = tmp_path / "features" / "b.npz"
    assert present(other, lambda _: store) == other
    assert not other.exists()


NAMES = st.text("abcXYZ019._- %é+&", min_size=1, max_size=12).filter(lambda s: s not in (".", ".."))


@given(
    bucket=st.from_regex(r"[a-z0-9][a-z0-9.-]{1,20}[a-z0-9]", fullmatch=True),
    parts=st.lists(NAMES, min_size=1, max_size=3),
)
def test_an_address_has_a_folder_of_its_own(bucket: str, parts: list[str]) -> None:
    address = BucketAddress.named(Path(f"s3://{bucket}/{'/'.join(parts)}"))
    assert address == BucketAddress(bucket, "/".join(parts))
    assert BucketAddress.of_folder(address.folder) == address
    assert BucketAddress.of_folder(address.folder / "local") is None
    assert BucketAddress.of_folder(address.folder.parent) is None
    assert BucketAddress.named(address.folder) is None


def test_names_of_no_map() -> None:
    for name in ("s3://", "s3://a-bucket", "s3://A_BUCKET/map", "s3://a-bucket/../map"):
        with pytest.raises(UsageError, match="names no map in a bucket"):
            BucketAddress.named(Path(name))
    assert BucketAddress.named(Path("map")) is None
    assert BucketAddress.named(Path("/s3:/bucket/map")) is None
