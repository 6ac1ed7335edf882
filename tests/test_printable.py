"""What strangers wrote never acts on a terminal, a page or a spreadsheet."""

from __future__ import annotations

import html
import io
import logging
import os
import re
import shutil
import subprocess
import unicodedata
from importlib.resources import files
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from worldmap.console import Console, set_up_logging
from worldmap.printable import escaped, file_name, printable, printable_lines, shell_word

ANYTHING = st.text(st.characters(codec=None), max_size=60)


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("Straße 写真 🎉 é", "Straße 写真 🎉 é"),
        ("\x1b]0;owned\x07", r"\x1b]0;owned\x07"),
        ("\x9b31m", r"\x9b31m"),
        ("cod\u202egpj.exe", r"cod\u202egpj.exe"),
        ("a\u2066b\u200fc\u061cd", r"a\u2066b\u200fc\u061cd"),
        ("one\ntwo\r\nthree\tfour", "one two  three four"),
        (os.fsdecode(b"Stra\xdfe"), r"Stra\xdfe"),
        ("\ud800", r"\ud800"),
        ("\U000e0041", r"\U000e0041"),
        ("a\x00b", r"a\x00b"),
    ],
)
def test_what_acts_is_spelt_out(text: str, shown: str) -> None:
    assert printable(text) == shown


def test_accents_are_not_piled_up() -> None:
    assert printable("Việt u\u0302\u0323") == "Việt u\u0302\u0323"
    assert len(printable("a" + "\u0301" * 50)) == 5


@given(ANYTHING)
def test_any_text_becomes_one_line_of_text(text: str) -> None:
    shown = printable(text)
    shown.encode()
    assert printable(shown) == shown
    assert not any(unicodedata.category(c) in ("Cc", "Cs", "Zl", "Zp") for c in shown)
    assert "\n" not in shown
    assert printable_lines(text).count("\n") == text.count("\n")


@given(ANYTHING)
def test_any_text_in_a_page(text: str) -> None:
    assert not set("<>\"'") & set(escaped(text))


@given(ANYTHING)
def test_any_name_becomes_a_file_name(name: str) -> None:
    safe = file_name(name)
    assert safe
    assert safe[0] not in "=+-@."
    assert not set('/\\:*?"<>| ') & set(safe)
    assert file_name(safe) == safe


@pytest.mark.parametrize("name", ["IMG_0001.jpg", "写真 1.jpg", "a-b+c(2).JPG"])
def test_usual_names_stay(name: str) -> None:
    assert file_name(name) == name.replace(" ", "_")


def test_nothing_reaches_the_terminal_raw(capsys: pytest.CaptureFixture[str]) -> None:
    evil = "\x1b[2J\u202eevil\x9b\n" + os.fsdecode(b"\xff")
    out, err = io.StringIO(), io.StringIO()
    for json_lines in (False, True):
        console = Console(json_lines=json_lines, out=out, err=err)
        console.say(evil)
        console.note(evil)
        console.warn(evil)
        console.table(("a", "b"), [(evil, 1)])
        console.event("photo", path=evil)
        console.error(evil, 3)
    shown = out.getvalue() + err.getvalue()
    shown.encode()
    assert not {"\x1b", "\u202e", "\x9b"} & set(shown)
    assert r"\x1b[2J\u202eevil\x9b \xff" in shown


def test_nothing_reaches_the_log_raw(capsys: pytest.CaptureFixture[str]) -> None:
    root = logging.getLogger()
    before, level = root.handlers[:], root.level
    root.handlers.clear()
    try:
        set_up_logging(debug=True)
        logging.getLogger("worldmap.test").warning("cannot read %s", "\x1b[2Ja.jpg")
    finally:
        root.handlers[:] = before
        root.setLevel(level)
    assert r"cannot read \x1b[2Ja.jpg" in capsys.readouterr().err


NAMES = st.binary(min_size=1, max_size=40).filter(lambda name: b"\0" not in name).map(os.fsdecode)


@settings(max_examples=60, deadline=None)
@given(NAMES)
@example("$(touch owned)'; rm -rf ~ #\n.jpg")
@example("-rf")
@pytest.mark.skipif(shutil.which("bash") is None, reason="no bash")
def test_a_shell_reads_a_quoted_path_as_it_is(name: str) -> None:
    word = shell_word(Path(name))
    assert printable(word) == word
    done = subprocess.run(["bash", "-c", f"printf %s {word}"], capture_output=True, check=True)
    said = os.fsdecode(done.stdout)
    assert said.removeprefix("./") == str(Path(name)).removeprefix("./")
    assert not said.startswith("-")


def test_map_tips_escape_what_rows_hold() -> None:
    """QGIS shows them as HTML."""
    for style in (files("worldmap.catalog") / "styles").iterdir():
        tip = re.search("<mapTip>(.*)</mapTip>", style.read_text(encoding="utf-8"))
        assert tip is not None
        for expression in re.findall(r"\[%(.*?)%\]", html.unescape(tip[1])):
            texts = {"path", "status", "reason"} & set(re.findall(r'"(\w+)"', expression))
            assert not texts or expression.count("replace(") == 3
