"""XMP packets of JPEG and HEIF files, as far as depth needs them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from xml.etree.ElementTree import Element

from worldmap.xmp_packet import parse_packet

_STANDARD = b"http://ns.adobe.com/xap/1.0/\x00"
_EXTENDED = b"http://ns.adobe.com/xmp/extension/\x00"
_GUID_BYTES = 32
_PACKET_LIMIT_BYTES = 32 << 20  # a depth map in base64, and the picture without its blur
_RDF = "{http://www.w3.org/1999/02/22-rdf-syntax-ns#}"
_APP1, _START_OF_SCAN, _END = 0xE1, 0xDA, 0xD9
_HEIF_RDF = b"application/rdf+xml"


class DepthXmp:
    """Properties of several packets at once; RDF may write one as an attribute or as an element."""

    def __init__(self, packets: Sequence[bytes]) -> None:
        self._roots: list[Element] = []
        for packet in packets:
            root = parse_packet(packet, _PACKET_LIMIT_BYTES).root
            if root is not None:
                self._roots.append(root)

    def value(self, namespace: str, name: str) -> str | None:
        """Text of the first property of that name, None where there is none."""
        key = f"{{{namespace}}}{name}"
        for root in self._roots:
            for element in root.iter():
                if key in element.attrib:
                    return element.attrib[key].strip()
                if element.tag == key and element.text and element.text.strip():
                    return element.text.strip()
        return None

    def number(self, namespace: str, name: str) -> float | None:
        """`value` as a number, None where it is none."""
        return _number(self.value(namespace, name))

    def numbers(self, namespace: str, name: str) -> list[float]:
        """The numbers of an ordered list (rdf:Seq); empty where there is none."""
        for root in self._roots:
            for element in root.iter(f"{{{namespace}}}{name}"):
                texts = [_number(item.text) for item in element.iter(f"{_RDF}li")]
                return [number for number in texts if number is not None]
        return []

    def structures(self, namespace: str, names: Sequence[str]) -> list[dict[str, str]]:
        """Every structure that has one of the names in that namespace, with those it has."""
        found = []
        for root in self._roots:
            for element in root.iter():
                values = {}
                for name in names:
                    key = f"{{{namespace}}}{name}"
                    child = element.find(key)
                    if key in element.attrib:
                        values[name] = element.attrib[key].strip()
                    elif child is not None and child.text:
                        values[name] = child.text.strip()
                if values:
                    found.append(values)
        return found


def _number(text: str | None) -> float | None:
    try:
        return None if text is None else float(text)
    except ValueError:
        return None


def jpeg_xmp(content: bytes) -> list[bytes]:
    """XMP packets of a JPEG: the standard one, and extended ones put together.

    Adobe, "XMP Specification Part 3" (2020), section 1.1.3.
    """
    packets = []
    parts: dict[bytes, dict[int, bytes]] = {}
    for segment in _app1_segments(content):
        if segment.startswith(_STANDARD):
            packets.append(segment.removeprefix(_STANDARD))
        elif segment.startswith(_EXTENDED):
            body = segment.removeprefix(_EXTENDED)
            guid, rest = body[:_GUID_BYTES], body[_GUID_BYTES:]
            offset = int.from_bytes(rest[4:8], "big")
            parts.setdefault(guid, {})[offset] = rest[8:]
    return packets + [
        b"".join(pieces[offset] for offset in sorted(pieces)) for pieces in parts.values()
    ]


def _app1_segments(content: bytes) -> Iterator[bytes]:
    at = 2
    while at + 4 <= len(content) and content[at] == 0xFF:
        marker = content[at + 1]
        if marker in (_START_OF_SCAN, _END):
            return
        length = int.from_bytes(content[at + 2 : at + 4], "big")
        if marker == _APP1:
            yield content[at + 4 : at + 2 + length]
        at += 2 + length


@dataclass(frozen=True, slots=True)
class _Box:
    kind: bytes
    body: bytes


def heif_xmp(content: bytes) -> list[bytes]:
    """XMP packets of a HEIF file, those of its auxiliary images too.

    ISO/IEC 23008-12 items of type `mime` with content type application/rdf+xml, located by `iloc`
    (ISO/IEC 14496-12, section 8.11). Empty where the file is damaged.
    """
    try:
        meta = next(box for box in _boxes(content) if box.kind == b"meta")
        inner = {box.kind: box.body for box in _boxes(meta.body[4:])}
        wanted = set(_rdf_item_ids(inner[b"iinf"]))
        held = inner.get(b"idat", b"")
        return [
            b"".join((held if inside else content)[start : start + size] for start, size in extents)
            for item, inside, extents in _locations(inner[b"iloc"])
            if item in wanted
        ]
    except (StopIteration, KeyError, IndexError, ValueError):
        return []


def _boxes(content: bytes) -> Iterator[_Box]:
    at = 0
    while at + 8 <= len(content):
        size = int.from_bytes(content[at : at + 4], "big")
        kind, head = content[at + 4 : at + 8], 8
        if size == 1:
            size, head = int.from_bytes(content[at + 8 : at + 16], "big"), 16
        elif size == 0:
            size = len(content) - at
        if size < head:
            return
        yield _Box(kind, content[at + head : at + size])
        at += size


def _rdf_item_ids(iinf: bytes) -> Iterator[int]:
    skip = 6 if iinf[0] == 0 else 8
    for box in _boxes(iinf[skip:]):
        version, body = box.body[0], box.body[4:]
        if box.kind != b"infe" or version < 2:
            continue
        id_bytes = 2 if version == 2 else 4
        kind = body[id_bytes + 2 : id_bytes + 6]
        if kind == b"mime" and _HEIF_RDF in body[id_bytes + 6 :].split(b"\x00"):
            yield int.from_bytes(body[:id_bytes], "big")


def _locations(iloc: bytes) -> Iterator[tuple[int, bool, list[tuple[int, int]]]]:
    """Item, whether its bytes lie in `idat`, and its extents (start, size)."""
    version = iloc[0]
    reader = _Reader(iloc[4:])
    sizes = reader.number(1)
    offset_bytes, length_bytes = sizes >> 4, sizes & 15
    sizes = reader.number(1)
    base_bytes, index_bytes = sizes >> 4, (sizes & 15 if version in (1, 2) else 0)
    for _ in range(reader.number(2 if version < 2 else 4)):
        item = reader.number(2 if version < 2 else 4)
        inside = version in (1, 2) and reader.number(2) & 15 == 1
        reader.number(2)
        base = reader.number(base_bytes)
        extents = []
        for _ in range(reader.number(2)):
            reader.number(index_bytes)
            start = base + reader.number(offset_bytes)
            extents.append((start, reader.number(length_bytes)))
        yield item, inside, extents


class _Reader:
    def __init__(self, content: bytes) -> None:
        self._content = content
        self._at = 0

    def number(self, size: int) -> int:
        """The next unsigned number of `size` bytes. ValueError past the end."""
        end = self._at + size
        if end > len(self._content):
            raise ValueError("box ends early")
        value = int.from_bytes(self._content[self._at : end], "big")
        self._at = end
        return value
