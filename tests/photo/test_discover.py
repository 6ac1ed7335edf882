from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from tests.helpers.photo_makers import scene
from worldmap.errors import InputError
from worldmap.photo import discover


def touch(folder: Path, *names: str) -> None:
    for name in names:
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"x")


def names(found: list[Path], root: Path) -> list[str]:
    return [path.relative_to(root).as_posix() for path in found]


def test_folders_are_searched_and_sorted(tmp_path: Path) -> None:
    touch(tmp_path, "b.JPG", "a.jpeg", "sub/deep/c.heic", "sub/d.webp", "e.tiff", "f.png")
    touch(tmp_path, "notes.txt", "track.gpx", "a.json", "movie.mp4")
    assert names(discover([tmp_path]), tmp_path) == [
        "a.jpeg",
        "b.JPG",
        "e.tiff",
        "f.png",
        "sub/d.webp",
        "sub/deep/c.heic",
    ]


def test_hidden_files_and_junk_folders_are_passed_over(tmp_path: Path) -> None:
    touch(tmp_path, "a.jpg", "._a.jpg", ".hidden/b.jpg", "__MACOSX/c.jpg", "@eaDir/d.jpg")
    assert names(discover([tmp_path]), tmp_path) == ["a.jpg"]


def test_depth_sidecars_are_no_photos(tmp_path: Path) -> None:
    scene().save(tmp_path / "01.jpg")
    depth = np.full((8, 8), 3000, np.uint16)
    for name in ("01.depth.png", "01.dense.png", "01.mine.png"):
        Image.fromarray(depth).save(tmp_path / name)
    for name in ("01.depth.tif", "01.tif"):
        Image.fromarray(depth.astype(np.float32)).save(tmp_path / name)
    (tmp_path / "01.depth.npy").write_bytes(b"")
    assert names(discover([tmp_path]), tmp_path) == ["01.jpg"]


def test_photos_that_look_like_sidecars_by_name_stay(tmp_path: Path) -> None:
    scene().save(tmp_path / "01.jpg")
    scene().save(tmp_path / "01.edited.png")  # colours, so a photo
    scene().save(tmp_path / "02.depth.png")  # no photo 02 beside it
    scene().save(tmp_path / "01.png")
    assert names(discover([tmp_path]), tmp_path) == [
        "01.edited.png",
        "01.jpg",
        "01.png",
        "02.depth.png",
    ]


def test_a_file_named_outright_is_always_taken_and_only_once(tmp_path: Path) -> None:
    touch(tmp_path, "readme.txt", "a.jpg")
    found = discover([tmp_path / "readme.txt", tmp_path, tmp_path / "a.jpg"])
    assert names(found, tmp_path) == ["a.jpg", "readme.txt"]


def test_nothing_to_do_is_an_input_error(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="does not exist"):
        discover([tmp_path / "gone"])
    (tmp_path / "empty").mkdir()
    with pytest.raises(InputError, match=r"no photo found in .*empty"):
        discover([tmp_path / "empty"])


def test_link_loops_end(tmp_path: Path) -> None:
    touch(tmp_path, "a.jpg")
    (tmp_path / "loop").symlink_to(tmp_path, target_is_directory=True)
    assert names(discover([tmp_path]), tmp_path) == ["a.jpg"]
