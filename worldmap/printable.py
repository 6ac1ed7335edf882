"""Text from files and file names, made safe to show: the door to terminals, logs and pages.

What a stranger wrote may hold terminal escapes, marks that turn the reading direction around, or
bytes that are no text at all. Stored text stays as it is; what is shown goes through here.
"""

from __future__ import annotations

import html
import os
import re
import shlex
import unicodedata
from pathlib import Path
from typing import Final

# Controls (C0, C1), line and paragraph separators, halves of surrogate pairs (bytes of a file name
# that are no UTF-8), non-characters; and of the invisible formats those that change how the
# text around them reads: directional marks, embeddings, isolates, tags, the byte order mark.
_UNSAFE: Final = re.compile(
    "[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff\ufdd0-\ufdef\ufffe\uffff"
    "\u061c\u200b\u200e\u200f\u202a-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb\U000e0000-\U000e007f]"
)
_ESCAPED_BYTES: Final = ("\udc80", "\udcff")
_BLANKS: Final = {"\t": " ", "\n": " ", "\r": " ", "\v": " ", "\f": " ", "\x85": " "}
_FORMULA_STARTS: Final = frozenset("=+-@.")
_MARKS_IN_A_ROW: Final = 4
"""No writing needs more accents on one letter; piled up they cover the lines around."""


def printable(text: object) -> str:
    """`text` on one line: what could act on a terminal or a page is spelt out (`\\x1b`, `\\u202e`),
    bytes of a name that are no UTF-8 as `\\xff`; line breaks and tabs become blanks."""
    spelt = _UNSAFE.sub(lambda match: _spelt(match[0]), str(text))
    return spelt if spelt.isascii() else _without_piles(spelt)


def printable_lines(text: object) -> str:
    """As `printable`, line breaks kept: for texts of several lines that are ours."""
    return "\n".join(printable(line) for line in str(text).split("\n"))


def escaped(text: object) -> str:
    """`text` for a page of HTML or SVG, in elements and quoted attributes."""
    return html.escape(printable_lines(text))


def shell_word(path: Path) -> str:
    """A path as one word of a command line that a person may paste, whatever it holds: no option,
    no substitution, nothing unseen (bash, zsh and ksh read `$'…'`)."""
    text = str(path)
    text = f"./{text}" if text.startswith("-") else text
    if printable(text) == text:
        return shlex.quote(text)
    spelt = "".join(
        chr(byte) if 0x20 <= byte < 0x7F and byte not in b"\\'" else f"\\x{byte:02x}"
        for byte in os.fsencode(text)
    )
    return f"$'{spelt}'"


def file_name(name: str) -> str:
    """The name for a file that we write, of one that somebody gave: the same where it is harmless.

    No blanks, no bytes that are no text, no hidden file, and nothing that a spreadsheet takes for a
    formula (`=`, `+`, `-`, `@` in front: OWASP, "CSV injection") or a command for an option.
    """
    joined = "_".join(printable(name).split())
    plain = re.sub(r'[\\/:*?"<>|]', "_", joined)
    return f"_{plain}" if plain[:1] in _FORMULA_STARTS else plain or "_"


def _spelt(character: str) -> str:
    if character in _BLANKS:
        return _BLANKS[character]
    code = ord(character)
    if _ESCAPED_BYTES[0] <= character <= _ESCAPED_BYTES[1]:
        code -= 0xDC00  # surrogateescape (PEP 383)
    if code <= 0xFF:
        return f"\\x{code:02x}"
    return f"\\u{code:04x}" if code <= 0xFFFF else f"\\U{code:08x}"


def _without_piles(text: str) -> str:
    kept, row = [], 0
    for character in text:
        row = row + 1 if unicodedata.combining(character) else 0
        if row <= _MARKS_IN_A_ROW:
            kept.append(character)
    return "".join(kept)
