"""What licences of photos ask for, and which of them may stand in one work.

A map's points, pages and pictures are adaptations of the photos that they are made of. Of Creative
Commons' licences (versions 1.0 to 4.0) an adaptation takes over every condition: share-alike (SA)
wants the whole under itself, non-commercial (NC) keeps the whole non-commercial, no-derivatives
(ND) lets nobody pass an adaptation on. So SA beside NC cannot be fulfilled at once:
https://wiki.creativecommons.org/wiki/Wiki/cc_license_compatibility
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Final

from worldmap.errors import LicenceError, UsageError


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class Licence:
    """A licence by its short name in lower case ("cc-by-sa", "cc0", "etalab"), its version, ''
    where none is told, and what it asks for. family: which share-alike licences stand for one
    another."""

    name: str
    version: str = ""
    attribution: bool = True
    share_alike: bool = False
    non_commercial: bool = False
    no_derivatives: bool = False
    family: str = ""

    @property
    def title(self) -> str:
        """As people write it: "CC BY-SA 4.0"."""
        named = _TITLES.get(self.name) or self.name.upper().replace("CC-", "CC ", 1)
        return f"{named} {self.version}".strip()


_TITLES: Final = {
    "cc0": "CC0",
    "pd": "public domain",
    "etalab": "Licence Ouverte / Open Licence",
    "odbl": "ODbL",
    "fal": "Free Art Licence",
    "gfdl": "GFDL",
    "reserved": "all rights reserved",
}
_CC = re.compile(
    r"\b(?:cc|creativecommons\.org/licenses)[ :/_-]*(by(?:[-_ ](?:nc|nd|sa))*)\b", re.I
)
_VERSION = re.compile(r"(?<![\d.])([1-4]\.[05])(?![\d])")
_OTHERS: Final[tuple[tuple[re.Pattern[str], Licence], ...]] = (
    (
        re.compile(r"\bcc[- _]?0\b|cc[- ]?zero|publicdomain/zero", re.I),
        Licence(name="cc0", attribution=False),
    ),
    (
        re.compile(r"public[- ]?domain|publicdomain/mark|^pd\b|\bpdm\b", re.I),
        Licence(name="pd", attribution=False),
    ),
    (
        re.compile(r"etalab|licence[- ]ouverte|open[- ]licence", re.I),
        Licence(name="etalab"),
    ),
    (re.compile(r"\bodbl\b", re.I), Licence(name="odbl", share_alike=True, family="odbl")),
    (
        re.compile(r"free art licen[cs]e|art libre|\bfal\b|\blal\b", re.I),
        Licence(name="fal", share_alike=True, family="cc-by-sa"),
    ),
    (
        re.compile(r"\bgfdl\b|gnu free documentation", re.I),
        Licence(name="gfdl", share_alike=True, family="gfdl"),
    ),
    (
        re.compile(r"all rights reserved|alle rechte vorbehalten|tous droits", re.I),
        Licence(name="reserved"),  # what it allows is between its owner and who has the photo
    ),
)
KNOWN: Final = (
    *("cc0", "pd", "cc-by", "cc-by-sa", "cc-by-nc", "cc-by-nc-sa", "cc-by-nd", "cc-by-nc-nd"),
    *("etalab", "odbl", "fal", "gfdl", "reserved"),
)
"""Short names that a filter may name."""


def parse_licence(text: str | None) -> Licence | None:
    """The licence that a tag, an archive or an address names; None where the text is none that is
    known here."""
    if not text:
        return None
    found = _CC.search(text)
    if found is not None:
        parts = {part.lower() for part in re.split(r"[-_ ]", found[1])}
        return Licence(
            name="-".join(("cc", "by", *(part for part in ("nc", "nd", "sa") if part in parts))),
            version=_version(text),
            share_alike="sa" in parts,
            non_commercial="nc" in parts,
            no_derivatives="nd" in parts,
            family=("cc-by-nc-sa" if "nc" in parts else "cc-by-sa") if "sa" in parts else "",
        )
    for pattern, licence in _OTHERS:
        if pattern.search(text):
            return replace(licence, version=_version(text))
    return None


def _version(text: str) -> str:
    found = _VERSION.search(text)
    return found[1] if found else ""


@dataclass(frozen=True, slots=True, kw_only=True)
class LicenceFilter:
    """Which licences are wanted: their short names; empty: every photo, with or without one."""

    names: frozenset[str] = frozenset()

    def allows(self, text: str | None) -> bool:
        """Whether a photo whose licence is told so is wanted."""
        if not self.names:
            return True
        licence = parse_licence(text)
        return licence is not None and licence.name in self.names


def parse_filter(text: str | None) -> LicenceFilter:
    """`cc-by,cc-by-sa,cc0`; UsageError for a name that is not known."""
    if text is None:
        return LicenceFilter()
    names = frozenset(part.strip().lower() for part in text.split(",") if part.strip())
    unknown = sorted(names - set(KNOWN))
    if unknown or not names:
        raise UsageError(
            f"--licence {text}: {', '.join(unknown) or 'nothing'} is no licence that is known here",
            hint=f"there is: {', '.join(KNOWN)}",
        )
    return LicenceFilter(names=names)


def licence_of_all(texts: Iterable[str | None]) -> Licence | None:
    """Under which licence something may be passed on that is made of photos with these; None where
    none of them asks for more than the maker's own choice.

    Photos without any licence are the user's own. LicenceError, which says which two do not go
    together, where there is no such licence.
    """
    licences = sorted({found for text in texts if (found := parse_licence(text)) is not None})
    for licence in licences:
        if licence.no_derivatives:
            raise LicenceError(
                f"holds photos under {licence.title}, which lets nobody pass on what is made of "
                "them",
                hint="leave them out: `worldmap merge --licence`, or `worldmap remove`",
            )
    shared = [licence for licence in licences if licence.share_alike]
    families = sorted({licence.family for licence in shared})
    if len(families) > 1:
        a, b = (next(each for each in shared if each.family == family) for family in families[:2])
        raise LicenceError(
            f"mixes photos under {a.title} and {b.title}: each wants the whole under itself",
            hint=_LEAVE_OUT,
        )
    limited = [licence for licence in licences if licence.non_commercial]
    if shared and limited and not shared[0].non_commercial:
        raise LicenceError(
            f"mixes photos under {shared[0].title} and {limited[0].title}: what is made of them "
            "would have to be free for commerce and not",
            hint=_LEAVE_OUT,
        )
    first = [licence for licence in shared if licence.version == "1.0"]
    if first and len({licence.version for licence in shared}) > 1:
        raise LicenceError(
            f"mixes photos under {first[0].title} and later versions: the first one allows itself "
            "alone",
            hint=_LEAVE_OUT,
        )
    asking = shared or limited or [licence for licence in licences if licence.attribution]
    asking = [licence for licence in asking if licence.name != "reserved"]
    return max(asking, key=lambda licence: licence.version, default=None)


_LEAVE_OUT: Final = "leave one kind out: `worldmap merge --licence cc-by,cc-by-sa,cc0`"
