"""A packet's properties, whichever namespaces its maker chose."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from xml.etree.ElementTree import Element

from worldmap.input_file import open_regular
from worldmap.photo.texts import clean_text
from worldmap.xmp_packet import parse_packet

_PACKET_LIMIT_BYTES = 2 << 20
_DEPTH_LIMIT = 12
_RDF = "{http://www.w3.org/1999/02/22-rdf-syntax-ns#}"
_CONTAINERS = frozenset({f"{_RDF}{name}" for name in ("Description", "Seq", "Alt", "Bag", "li")})
# Fragments of namespace addresses, and what we call the family.
_FAMILIES = (
    ("/photos/1.0/panorama", "gpano"),
    ("ns.adobe.com/exif", "exif"),
    ("ns.adobe.com/tiff", "tiff"),
    ("ns.adobe.com/xap/1.0/rights", "rights"),
    ("ns.adobe.com/xap/1.0", "xmp"),
    ("ns.adobe.com/photoshop", "photoshop"),
    ("purl.org/dc/elements", "dc"),
    ("creativecommons.org/ns", "cc"),
    ("web.resource.org/cc", "cc"),
    ("pix4d.com/camera", "camera"),
    ("sensefly.com/camera", "camera"),
    ("parrot", "drone"),
    ("drone", "drone"),
    ("dji", "drone"),
    ("autel", "drone"),
    ("skydio", "drone"),
)


@dataclass(frozen=True, slots=True)
class Xmp:
    """Properties of a packet: "family:Name" or "family:Struct/Name" to its texts, in order.

    problem: what is wrong with the packet: why there are none, or what was mended to read them.
    """

    values: dict[str, tuple[str, ...]]
    problem: str = ""

    def text(self, *names: str) -> str | None:
        """The first text of the first name that has one."""
        for name in names:
            for value in self.values.get(name, ()):
                if (cleaned := clean_text(value)) is not None:
                    return cleaned
        return None

    def number(self, *names: str) -> float | None:
        """The first name's number: decimals with a sign, or a fraction; None where not finite."""
        for name in names:
            text = self.text(name)
            number = math.nan if text is None else parse_number(text)
            if math.isfinite(number):
                return number
        return None

    def raw(self, *names: str) -> str:
        """The properties as text, for the ledger."""
        shown = (f"{n.split(':')[1]}={self.text(n)}" for n in names if self.text(n) is not None)
        return clean_text(" ".join(shown), 120) or ""


def parse_number(text: str) -> float:
    """`+12.5`, `3/2`, `12.5 m`; NaN for anything else."""
    match = re.match(
        r"\s*([+-]?\d+(?:\.\d*)?(?:[eE][+-]?\d{1,3})?)(?:\s*/\s*([+-]?\d+(?:\.\d*)?))?", text
    )
    if match is None:
        return math.nan
    number, denominator = float(match[1]), float(match[2] or 1)
    return number / denominator if denominator else math.nan


def read_xmp(packet: bytes | None) -> Xmp:
    """The properties of a packet; never raises for what the bytes hold."""
    parsed = parse_packet(packet or b"", _PACKET_LIMIT_BYTES)
    values: dict[str, list[str]] = {}
    for name, value in _properties(parsed.root, "", 0) if parsed.root is not None else ():
        values.setdefault(name, []).append(value)
    return Xmp({name: tuple(found) for name, found in values.items()}, parsed.problem)


def read_xmp_file(path: Path) -> Xmp:
    """The properties of a sidecar file."""
    try:
        with open_regular(path) as file:
            return read_xmp(file.read(_PACKET_LIMIT_BYTES + 1))
    except OSError as error:
        return Xmp({}, f"{path.name} cannot be read: {error.strerror}")


def _properties(element: Element, name: str, depth: int) -> Iterator[tuple[str, str]]:
    if depth > _DEPTH_LIMIT:
        return
    for attribute, value in element.attrib.items():
        if attribute == f"{_RDF}resource" and name:
            yield name, value
        elif not attribute.startswith((_RDF, "{http://www.w3.org/XML/")):
            yield _joined(name, attribute), value
    if name and element.text and element.text.strip():
        yield name, element.text.strip()
    for child in element:
        inside = name if child.tag in _CONTAINERS else _joined(name, child.tag)
        yield from _properties(child, inside, depth + 1)


def _joined(name: str, tag: str) -> str:
    namespace, _, local = tag.rpartition("}")
    if name:
        return f"{name}/{local}"
    lowered = namespace.lower()
    family = next((family for part, family in _FAMILIES if part in lowered), "")
    return "" if local in ("xmpmeta", "RDF") else f"{family}:{local}"
