"""Files of a map: whole or not at all, and the same bytes for the same content."""

from __future__ import annotations

import errno
import hashlib
import os
import pickle
import stat
import time
import zipfile
import zlib
from contextlib import AbstractContextManager
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from numpy.typing import NDArray

import worldmap.artifact as artifact
from worldmap.artifact import (
    file_hash,
    folder_written_whole,
    read_arrays,
    remove_half_written,
    write_arrays,
    write_error,
    write_file,
    written_whole,
)
from worldmap.errors import DiskFullError, StorageError


def listing(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def test_writes_into_new_folders_and_tells_the_hash(tmp_path: Path) -> None:
    path = tmp_path / "a" / "b" / "file.bin"
    told = write_file(path, b"content")
    assert path.read_bytes() == b"content"
    assert told == hashlib.sha256(b"content").hexdigest() == file_hash(path)
    assert stat.S_IMODE(path.stat().st_mode) == 0o644
    assert listing(path.parent) == ["file.bin"]


def test_hashes_files_larger_than_a_piece(tmp_path: Path) -> None:
    content = np.random.default_rng(0).bytes((1 << 20) * 2 + 17)
    (tmp_path / "large").write_bytes(content)
    assert file_hash(tmp_path / "large") == hashlib.sha256(content).hexdigest()


@pytest.mark.parametrize("broken", ["fsync", "replace"])
def test_a_crash_leaves_the_old_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, broken: str
) -> None:
    """Whatever goes wrong on the way, the old content is there and no part of the new."""
    path = tmp_path / "file"
    write_file(path, b"old")

    def fails(*_: object) -> None:
        raise OSError(errno.EIO, "Input/output error")

    monkeypatch.setattr(*((os, "fsync") if broken == "fsync" else (Path, "replace")), fails)  # type: ignore[call-overload]
    with pytest.raises(StorageError, match=r"file cannot be written: Input/output error"):
        write_file(path, b"new")
    assert path.read_bytes() == b"old"
    assert listing(tmp_path) == ["file"]


def test_an_interrupt_leaves_no_temporary_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupted(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(os, "fsync", interrupted)
    with pytest.raises(KeyboardInterrupt):
        write_file(tmp_path / "file", b"new")
    assert listing(tmp_path) == []


def test_file_and_folder_are_synced_in_that_order(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Only then a row may name the file."""
    synced: list[str] = []
    real = os.fsync

    def watched(handle: int) -> None:
        kind = "folder" if stat.S_ISDIR(os.fstat(handle).st_mode) else "file"
        synced.append(f"{kind} {(tmp_path / 'file').exists()}")
        real(handle)

    monkeypatch.setattr(os, "fsync", watched)
    write_file(tmp_path / "file", b"content")
    assert synced == ["file False", "folder True"]


def test_a_folder_that_is_a_file(tmp_path: Path) -> None:
    (tmp_path / "taken").write_text("")
    with pytest.raises(StorageError, match="cannot be written"):
        write_file(tmp_path / "taken" / "file", b"")


@pytest.mark.parametrize(
    ("code", "words"),
    [
        (errno.ENOSPC, "x/y cannot be written: the disk is full (x has "),
        (errno.EDQUOT, "x/y cannot be written: your quota on the disk is used up (x has "),
        (errno.EROFS, "x/y cannot be written: the folder is read-only; choose another folder"),
        (errno.EACCES, "x/y cannot be written: the folder is read-only; choose another folder"),
        (errno.EIO, "x/y cannot be written: Input/output error"),
    ],
)
def test_what_is_wrong_in_one_line(code: int, words: str) -> None:
    error = write_error(Path("x/y"), OSError(code, os.strerror(code)))
    assert str(error).startswith(words)
    assert "\n" not in str(error)
    assert error.path == Path("x/y")


def test_a_full_disk_tells_what_is_needed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(artifact, "free_bytes_of", lambda _: 4096)

    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(os, "fsync", full)
    path = tmp_path / "file"
    with pytest.raises(DiskFullError) as caught:
        write_file(path, bytes(1234567))
    assert str(caught.value) == (
        f"{path} cannot be written: the disk is full ({tmp_path} has 4,096 bytes free, at least "
        "1,234,567 bytes are needed); free some space and run the command again"
    )
    assert (caught.value.needs_bytes, caught.value.free_bytes) == (1234567, 4096)
    again = pickle.loads(pickle.dumps(caught.value))  # as a worker hands it over
    assert (str(again), again.needs_bytes) == (str(caught.value), 1234567)
    assert listing(tmp_path) == []


# --- writers at once ----------------------------------------------------------------------------


def test_what_another_writer_is_at_work_on_stays(tmp_path: Path) -> None:
    """Two exports to the same file: the second one clears up before it begins."""
    path = tmp_path / "all.laz"
    with written_whole(path) as first:
        first.write_bytes(b"first")
        remove_half_written(path)
        assert not artifact.is_left_over(first)
        with written_whole(path) as second:
            second.write_bytes(b"second")
            remove_half_written(path)
            assert {p.name for p in tmp_path.iterdir()} == {first.name, second.name}
        assert path.read_bytes() == b"second"
    assert path.read_bytes() == b"first"
    assert listing(tmp_path) == ["all.laz"]


def test_a_folder_at_work_stays(tmp_path: Path) -> None:
    with folder_written_whole(tmp_path / "site") as folder:
        (folder / "a").write_bytes(b"a")
        remove_half_written(tmp_path / "site")
        assert (folder / "a").exists()
    assert listing(tmp_path) == ["site"]


def test_what_a_killed_writer_left_goes(tmp_path: Path) -> None:
    (tmp_path / ".all.laz.abc.tmp").write_bytes(b"half")
    (tmp_path / ".all.laz.abd.tmp").mkdir()
    (tmp_path / ".all.laz.abe.tmp").symlink_to("elsewhere")
    (tmp_path / ".other.abc.tmp").write_bytes(b"of another file")
    remove_half_written(tmp_path / "all.laz")
    assert listing(tmp_path) == [".other.abc.tmp"]


def test_a_temporary_file_that_was_taken_for_a_remainder_is_made_anew(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Between its making and its lock."""
    made = iter([True, False])
    real = artifact._locked

    def clears_first(path: Path) -> AbstractContextManager[bool]:
        if next(made):
            path.unlink()
        return real(path)

    monkeypatch.setattr(artifact, "_locked", clears_first)
    write_file(tmp_path / "file", b"content")
    assert listing(tmp_path) == ["file"]


# --- arrays -----------------------------------------------------------------------------------

ARRAYS = st.dictionaries(
    st.from_regex(r"[a-z_]{1,8}", fullmatch=True).filter(lambda name: name != "meta"),
    hnp.arrays(
        st.sampled_from([np.uint8, np.int32, np.float32, np.float64, np.bool_]),
        hnp.array_shapes(min_dims=0, max_dims=3, min_side=0, max_side=4),
    ),
    max_size=4,
)
META = st.dictionaries(
    st.text(max_size=5),
    st.one_of(st.none(), st.booleans(), st.integers(-9, 9), st.floats(-9, 9), st.text(max_size=5)),
    max_size=4,
)


@settings(max_examples=40)
@given(ARRAYS, META)
def test_arrays_round_trip(
    tmp_path_factory: pytest.TempPathFactory, arrays: dict[str, np.ndarray], meta: dict[str, object]
) -> None:
    path = tmp_path_factory.mktemp("arrays") / "a.npz"
    told = write_arrays(path, arrays, meta)
    assert told == file_hash(path)
    back, header = read_arrays(path)
    assert header == meta
    assert set(back) == set(arrays)
    for name, array in arrays.items():
        assert back[name].dtype == array.dtype
        assert back[name].shape == np.ascontiguousarray(array).shape
        assert np.array_equal(back[name].ravel(), array.ravel(), equal_nan=array.dtype.kind == "f")


def test_numpy_opens_them(tmp_path: Path) -> None:
    write_arrays(tmp_path / "a.npz", {"depth": np.eye(3)}, {"k": 1})
    with np.load(tmp_path / "a.npz") as opened:
        assert np.array_equal(opened["depth"], np.eye(3))


def test_what_is_compressed_already_is_stored_as_it_is(tmp_path: Path) -> None:
    path = tmp_path / "a.npz"
    arrays: dict[str, NDArray[np.generic]] = {
        "depth": np.zeros((50, 50)),
        "jpeg": np.zeros(5_000, dtype=np.uint8),
    }
    write_arrays(path, arrays, {}, stored=("jpeg",))
    with zipfile.ZipFile(path) as archive:
        taken = {entry.filename: entry.compress_size for entry in archive.infolist()}
    assert taken["jpeg.npy"] > 5_000 > 1_000 > taken["depth.npy"]
    assert np.array_equal(read_arrays(path)[0]["jpeg"], arrays["jpeg"])


def test_grids_of_bytes_are_smaller_than_by_words_that_come_again(tmp_path: Path) -> None:
    """They are what a prediction left of depth; a row of bytes may be a text."""
    rest = np.abs(np.random.default_rng(0).normal(0, 6, (300, 400))).astype(np.uint8)
    text = np.frombuffer(b"the same again and again, " * 400, dtype=np.uint8)
    write_arrays(tmp_path / "a.npz", {"rest": rest, "text": text}, {})
    with zipfile.ZipFile(tmp_path / "a.npz") as archive:
        taken = {entry.filename: entry.compress_size for entry in archive.infolist()}
    assert taken["rest.npy"] < 0.9 * len(zlib.compress(rest.tobytes(), 1))
    assert taken["text.npy"] < 0.05 * text.nbytes


def test_the_same_content_gives_the_same_bytes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whenever it is written, and in whatever order it comes."""
    one, two = np.arange(5.0), np.asfortranarray(np.arange(12).reshape(3, 4))
    write_arrays(tmp_path / "a.npz", {"one": one, "two": two}, {"x": 1, "y": 2})
    monkeypatch.setattr(time, "time", lambda: 2e9)
    write_arrays(tmp_path / "b.npz", {"two": two.copy("C"), "one": one}, {"y": 2, "x": 1})
    assert (tmp_path / "a.npz").read_bytes() == (tmp_path / "b.npz").read_bytes()


def test_a_missing_file_says_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(StorageError, match=r"a\.npz is missing; ingest its photo again$"):
        read_arrays(tmp_path / "a.npz")


def damaged(whole: bytes, how: str) -> bytes:
    if how == "cut":
        return whole[: len(whole) // 2]
    if how == "flipped":
        middle = whole.index(b"meta.json") + len(b"meta.json") + 4
        return whole[:60] + bytes(b ^ 0xFF for b in whole[60:middle]) + whole[middle:]
    return b"" if how == "empty" else b"not a zip file at all"


@pytest.mark.parametrize("how", ["cut", "flipped", "empty", "other"])
def test_a_damaged_file_says_what_to_do(tmp_path: Path, how: str) -> None:
    path = tmp_path / "a.npz"
    write_arrays(path, {"depth": np.random.default_rng(0).random((50, 50))}, {"k": 1})
    path.write_bytes(damaged(path.read_bytes(), how))
    with pytest.raises(StorageError, match=r"a\.npz is damaged .*delete it and ingest again$") as e:
        read_arrays(path)
    assert "\n" not in str(e.value)


def test_any_flipped_bit_of_the_content_is_noticed(tmp_path: Path) -> None:
    """Zip keeps checksums; a wrong depth map must not pass for a right one."""
    path = tmp_path / "a.npz"
    depth = np.random.default_rng(0).random((8, 8))
    write_arrays(path, {"depth": depth}, {"k": 1})
    whole = path.read_bytes()
    for at in range(0, len(whole), 3):
        path.write_bytes(whole[:at] + bytes((whole[at] ^ (1 << at % 8),)) + whole[at + 1 :])
        try:
            arrays, meta = read_arrays(path)
        except StorageError:
            continue
        # A bit that means nothing (a date, an attribute) may pass; a value may not.
        assert np.array_equal(arrays.get("depth", depth), depth), at
        assert meta == {"k": 1}, at


def test_pickles_are_not_opened(tmp_path: Path) -> None:
    """A map from a stranger must not run code."""
    path = tmp_path / "a.npz"
    with path.open("wb") as file:
        np.savez(file, depth=np.array([{"a": 1}], dtype=object))
    with zipfile.ZipFile(path, "a") as archive:
        archive.writestr("meta.json", "{}")
    with pytest.raises(StorageError, match="damaged"):
        read_arrays(path)


def test_a_file_without_header(tmp_path: Path) -> None:
    with (tmp_path / "a.npz").open("wb") as file:
        np.savez(file, depth=np.eye(2))
    with pytest.raises(StorageError, match="damaged"):
        read_arrays(tmp_path / "a.npz")


def test_no_fsync_of_folders_on_windows(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(artifact.os, "name", "nt")  # type: ignore[attr-defined]
    monkeypatch.setattr(artifact.os, "open", lambda *_: pytest.fail("folders cannot be opened"))  # type: ignore[attr-defined]
    artifact.sync_folder(tmp_path)


def test_arrays_are_packed_fast(tmp_path: Path) -> None:
    """What zip makes of an entry must be what was asked: depth is mostly noise."""
    grid = np.add.outer(np.arange(200.0), np.arange(200.0)).astype(np.float32)
    write_arrays(tmp_path / "a.npz", {"depth_m": grid}, {})
    with zipfile.ZipFile(tmp_path / "a.npz") as archive:
        packed = archive.getinfo("depth_m.npy").compress_size
        content = archive.read("depth_m.npy")
    fast = zlib.compressobj(1, zlib.DEFLATED, -15)
    assert packed == len(fast.compress(content) + fast.flush()) != len(zlib.compress(content, 6))
