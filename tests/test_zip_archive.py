"""Archives whose members are deflated as suits them."""

from __future__ import annotations

import io
import zipfile

import numpy as np
import pytest

from worldmap.zip_archive import Member, Packing, archive_of

RNG = np.random.default_rng(0)
# What a prediction leaves of a depth map: small numbers around nothing.
REST = np.abs(RNG.normal(0, 6, 300_000)).astype(np.uint8).tobytes()
TEXT = b"a text that says the same again and again, " * 400
NOISE = RNG.bytes(200_000)


def opened(*members: Member) -> zipfile.ZipFile:
    return zipfile.ZipFile(io.BytesIO(archive_of(members)))


@pytest.mark.parametrize("packing", Packing)
@pytest.mark.parametrize("content", [b"", b"x", REST, TEXT, NOISE])
def test_the_standard_library_reads_them(content: bytes, packing: Packing) -> None:
    others = Member(name="first", content=b"1"), Member(name="Straße.npy", content=TEXT)
    with opened(*others, Member(name="last", content=content, packing=packing)) as archive:
        assert archive.testzip() is None
        assert archive.namelist() == ["first", "Straße.npy", "last"]
        assert archive.read("last") == content
        assert archive.read("Straße.npy") == TEXT
        assert archive.getinfo("last").file_size == len(content)
        assert archive.getinfo("last").date_time == (1980, 1, 1, 0, 0, 0)


def test_no_members() -> None:
    with opened() as archive:
        assert archive.namelist() == []


def test_a_rest_is_smaller_by_its_runs_and_a_text_by_its_words() -> None:
    def size(content: bytes, packing: Packing) -> int:
        with opened(Member(name="a", content=content, packing=packing)) as archive:
            return archive.getinfo("a").compress_size

    assert size(REST, Packing.RUNS) < 0.9 * size(REST, Packing.WORDS)
    assert size(TEXT, Packing.WORDS) < 0.1 * size(TEXT, Packing.RUNS)
    assert size(NOISE, Packing.NONE) == len(NOISE)
