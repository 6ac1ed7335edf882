"""Settings: defaults, overrides, refusals, and the file that shows them all."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.helpers.scripts_run import script
from worldmap.config import Settings, load_settings
from worldmap.errors import ConfigError, MissingPathError

ROOT = Path(__file__).resolve().parents[1]


def test_the_default_file_is_the_defaults() -> None:
    assert load_settings(ROOT / "configs" / "default.yaml") == Settings()


def test_the_default_file_is_up_to_date() -> None:
    text = (ROOT / "configs" / "default.yaml").read_text(encoding="utf-8")
    assert text == script("default_config").default_yaml(), "run python scripts/default_config.py"


def test_a_file_overrides_only_what_it_names(tmp_path: Path) -> None:
    path = tmp_path / "mine.yaml"
    path.write_text("photo:\n  max_megapixels: 12\n")
    changed, default = load_settings(path), Settings()
    assert changed.photo.max_megapixels == 12
    assert changed.depth == default.depth
    assert changed.photo.stage_hash() != default.photo.stage_hash()
    assert changed.depth.stage_hash() == default.depth.stage_hash()


def test_an_empty_file_is_the_defaults(tmp_path: Path) -> None:
    path = tmp_path / "empty.yaml"
    path.write_text("# nothing\n")
    assert load_settings(path) == Settings()


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"photo: {max_megapixel: 3}", "photo.max_megapixel"),
        (b"photo: {max_megapixels: many}", "photo.max_megapixels"),
        (b"photo: {max_megapixels: -1}", "photo.max_megapixels"),
        (b"- a\n- b", "top level"),
        (b"photo: [", "not valid YAML"),
        (b"\xff\xfe\x00", "cannot be read"),
    ],
)
def test_what_cannot_be_used_is_one_line(tmp_path: Path, content: bytes, words: str) -> None:
    path = tmp_path / "bad.yaml"
    with pytest.raises(MissingPathError):
        load_settings(path)
    path.write_bytes(content)
    with pytest.raises(ConfigError, match=words) as caught:
        load_settings(path)
    assert "\n" not in str(caught.value)
    assert str(path) in str(caught.value)
