"""A photo's own file is shown or copied only where it is the one that was ingested."""

from __future__ import annotations

import base64
import io
import json
import os
import re
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from tests.helpers.map_makers import SmallMap
from tests.helpers.page_server import served
from tests.mapfolder.test_mapfolder import opened
from worldmap.area import Everywhere
from worldmap.config import Settings
from worldmap.errors import PhotoError
from worldmap.mapfolder import Originals
from worldmap.photo import content_hash
from worldmap.pipeline.export import export
from worldmap.pipeline.merge import merge
from worldmap.view import PublishedMap, write_single, write_site

PRIVATE_RGB = (250, 5, 240)


@pytest.fixture
def private(tmp_path: Path) -> Path:
    """A picture of the person who was given the map."""
    path = tmp_path / "diary" / "private.jpg"
    path.parent.mkdir()
    Image.new("RGB", (640, 480), PRIVATE_RGB).save(path, quality=95)
    return path


def hostile(small_map: SmallMap, folder: Path, private: Path) -> SmallMap:
    """A map whose first photo is said to lie where the private picture does."""
    copy = small_map.copied(folder)
    with opened(copy.map_dir) as connection:
        connection.execute(
            "UPDATE photos SET path = ? WHERE id = ?",
            (str(private), small_map.photos[0].photo_id),
        )
    return copy


def is_private(jpeg: bytes) -> bool:
    """Whether a picture has its colour anywhere."""
    with Image.open(io.BytesIO(jpeg)) as image:
        off = np.abs(np.asarray(image.convert("RGB"), np.int64) - PRIVATE_RGB).max(axis=2)
    return bool((off < 30).any())


def test_the_check_can_tell(private: Path) -> None:
    assert is_private(private.read_bytes())


def test_the_server_and_the_folder_show_no_picture_that_a_row_only_names(
    small_map: SmallMap, tmp_path: Path, private: Path
) -> None:
    copy = hostile(small_map, tmp_path, private)
    photo_id = small_map.photos[0].photo_id
    with served(copy.map_dir) as server:
        for name in ("thumb.jpg", "photo.jpg"):
            answer = server.ask(f"/photos/{photo_id}/{name}")
            assert answer.status == 200
            assert not is_private(answer.body)
    done = write_site(PublishedMap(copy.map_dir), tmp_path / "site")
    pictures = sorted((tmp_path / "site").rglob("*.jpg"))
    assert len(pictures) == 2 * len(small_map.photos)
    assert not any(is_private(path.read_bytes()) for path in pictures)
    (line,) = done.left_out
    assert line.startswith(f"{private} is not the file that was ingested")
    assert "\n" not in line


def test_nor_does_the_page_in_one_file(small_map: SmallMap, tmp_path: Path, private: Path) -> None:
    copy, page = hostile(small_map, tmp_path, private), tmp_path / "page.html"
    (line,) = write_single(PublishedMap(copy.map_dir), page).left_out
    assert str(private) in line
    (bundle,) = re.findall(
        r'<script type="application/json" id="bundle">(.*?)</script>', page.read_text(), re.DOTALL
    )
    pictures = [
        base64.b64decode(text) for name, text in json.loads(bundle).items() if name[-4:] == ".jpg"
    ]
    assert len(pictures) == 2 * len(small_map.photos)
    assert not any(map(is_private, pictures))


@pytest.mark.parametrize("kind", ["colmap", "opensfm", "nerfstudio"])
@pytest.mark.parametrize("turned", [False, True])
def test_nor_does_an_export_copy_it(
    small_map: SmallMap, tmp_path: Path, private: Path, kind: str, turned: bool
) -> None:
    copy, out = hostile(small_map, tmp_path, private), tmp_path / "out"
    with opened(copy.map_dir) as connection:
        connection.execute("UPDATE photos SET orientation = ?", (6 if turned else 1,))
    with pytest.raises(PhotoError, match="is not the file that was ingested") as caught:
        export(copy.map_dir, Everywhere(), out, kind=kind)
    assert "\n" not in str(caught.value)
    assert not list(tmp_path.glob("out/**/*"))


@pytest.mark.nightly
def test_nor_does_the_report_show_it(small_map: SmallMap, tmp_path: Path, private: Path) -> None:
    copy = hostile(small_map, tmp_path, private)
    merge(copy.map_dir, Everywhere(), Settings(), report=True)
    found = b"".join(path.read_bytes() for path in sorted((copy.map_dir / "report").glob("*.html")))
    pictures = [
        base64.b64decode(text)
        for text in re.findall(rb"data:image/jpeg;base64,([A-Za-z0-9+/=]+)", found)
    ]
    assert pictures
    assert not any(map(is_private, pictures))


def test_a_file_is_looked_at_again_once_it_has_changed(
    small_map: SmallMap, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    hashed = []

    def counted(path: Path) -> str:
        hashed.append(path)
        return content_hash(path)

    monkeypatch.setattr("worldmap.photo.content_hash", counted)
    mine = tmp_path / "mine.jpg"
    mine.write_bytes(small_map.photos[0].metadata.path.read_bytes())
    copy = hostile(small_map, tmp_path, mine)
    photo = next(each for each in copy.photos if each.metadata.path == mine)
    originals = Originals()
    assert [originals.file(photo), originals.file(photo)] == [mine, mine]
    assert hashed == [mine]
    mine.write_bytes(small_map.photos[1].metadata.path.read_bytes())
    for _ in range(2):
        with pytest.raises(PhotoError, match="other content"):
            originals.file(photo)
    mine.unlink()
    with pytest.raises(PhotoError, match="No such file"):
        originals.file(photo)


def test_a_pipe_in_a_row_is_waited_for_by_nobody(small_map: SmallMap, tmp_path: Path) -> None:
    pipe = tmp_path / "pipe.jpg"
    os.mkfifo(pipe)
    copy = hostile(small_map, tmp_path, pipe)
    (photo,) = (each for each in copy.photos if each.metadata.path == pipe)
    with pytest.raises(PhotoError, match="named pipe"):
        Originals().file(photo)
