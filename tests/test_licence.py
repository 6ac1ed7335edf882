"""Licences by their many names, and which of them go together."""

from __future__ import annotations

import pytest

from worldmap.errors import LicenceError, UsageError
from worldmap.licence import licence_of_all, parse_filter, parse_licence


@pytest.mark.parametrize(
    ("text", "name", "version"),
    [
        ("CC-BY-SA-4.0", "cc-by-sa", "4.0"),
        ("https://creativecommons.org/licenses/by-nc-nd/3.0/", "cc-by-nc-nd", "3.0"),
        ("CC BY 2.5", "cc-by", "2.5"),
        ("cc-by-sa-4.0,3.0,2.5,2.0,1.0", "cc-by-sa", "4.0"),
        ("cc by-nc-sa 2.0 de", "cc-by-nc-sa", "2.0"),
        ("CC0", "cc0", ""),
        ("http://creativecommons.org/publicdomain/zero/1.0/", "cc0", "1.0"),
        ("Public domain", "pd", ""),
        ("etalab-2.0", "etalab", "2.0"),
        ("Free Art License", "fal", ""),
        ("GFDL", "gfdl", ""),
        ("© 2024 All rights reserved", "reserved", ""),
    ],
)
def test_a_licence_is_known_by_its_names(text: str, name: str, version: str) -> None:
    found = parse_licence(text)
    assert found is not None
    assert (found.name, found.version) == (name, version)


@pytest.mark.parametrize(
    "text", [None, "", "ask me", "MIT", "https://example.org/terms", "by hand"]
)
def test_what_is_no_licence_is_none(text: str | None) -> None:
    assert parse_licence(text) is None


@pytest.mark.parametrize(
    ("texts", "whole"),
    [
        ([], None),
        ([None, "ask me"], None),
        (["CC0", None, "public domain"], None),
        (["CC BY 3.0", "CC0", "CC BY 4.0"], "CC BY 4.0"),
        (["CC BY 4.0", "CC BY-SA 3.0"], "CC BY-SA 3.0"),
        (["CC BY-SA 3.0", "CC BY-SA 4.0"], "CC BY-SA 4.0"),
        (["CC BY-NC 4.0", "CC BY 4.0"], "CC BY-NC 4.0"),
        (["CC BY-NC 4.0", "CC BY-NC-SA 4.0"], "CC BY-NC-SA 4.0"),
        (["etalab-2.0", "CC BY-SA 4.0"], "CC BY-SA 4.0"),
        (["etalab-2.0"], "Licence Ouverte / Open Licence 2.0"),
        (["All rights reserved", "CC BY 4.0"], "CC BY 4.0"),
    ],
)
def test_what_goes_together(texts: list[str | None], whole: str | None) -> None:
    found = licence_of_all(texts)
    assert (found.title if found else None) == whole


@pytest.mark.parametrize(
    ("texts", "words"),
    [
        (["CC BY-SA 4.0", "CC BY-NC 4.0"], "CC BY-SA 4.0 and CC BY-NC 4.0"),
        (["CC BY-SA 4.0", "CC BY-NC-SA 4.0"], "each wants the whole under itself"),
        (["CC BY-ND 4.0"], "lets nobody pass on"),
        (["CC BY 4.0", "CC BY-NC-ND 2.0"], "CC BY-NC-ND 2.0"),
        (["CC BY-SA 4.0", "GFDL"], "each wants the whole under itself"),
        (["CC BY-SA 4.0", "ODbL 1.0"], "each wants the whole under itself"),
        (["CC BY-SA 1.0", "CC BY-SA 4.0"], "later versions"),
    ],
)
def test_what_may_not_be_mixed(texts: list[str], words: str) -> None:
    with pytest.raises(LicenceError, match=words):
        licence_of_all(texts)


def test_a_filter_names_licences() -> None:
    chosen = parse_filter("cc-by, CC0")
    assert chosen.allows("CC BY 2.0")
    assert not chosen.allows("CC BY-SA 2.0")
    assert not chosen.allows(None)
    assert parse_filter(None).allows(None)
    with pytest.raises(UsageError, match="gpl is no licence that is known here; there is: cc0"):
        parse_filter("cc-by,gpl")
