"""XMP packets as XML elements, read as far as they are sound: the defusedxml door for XMP.

Drones and editors write packets that no XML parser takes: a bare `&` in a model's name, control
characters, a prefix that nobody declared, a second packet behind the first. What those mean is
plain, so they are mended; of a packet that is broken beyond that, everything before the break is
read. Document types (entity bombs, files of this machine) are refused.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final
from xml.etree.ElementTree import Element, ParseError

from defusedxml.common import DefusedXmlException
from defusedxml.ElementTree import DefusedXMLParser

_BLANK: Final = b"\0 \r\n\t"
_MOST_ELEMENTS: Final = 50_000
"""An element takes some 500 bytes however short its text is; packets have a few hundred."""
_MOST_LEVELS: Final = 64
_ENVELOPES: Final = ("x:xmpmeta", "x:xapmeta", "rdf:RDF")
_BARE_AMPERSAND: Final = re.compile(r"&(?!(?:amp|lt|gt|quot|apos|#\d{1,7}|#x[0-9a-fA-F]{1,6});)")
_CHARACTER_REFERENCE: Final = re.compile(r"&#(?:x([0-9a-fA-F]{1,6})|(\d{1,7}));")
# Outside of the characters of XML 1.0, section 2.2.
_NO_CHARACTER: Final = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_PREFIX: Final = re.compile(r"(?:<|[\s\"'])([A-Za-z_][\w.-]*):[A-Za-z_][\w.-]*(?=[\s=/>])")
_DECLARED: Final = re.compile(r"xmlns:([A-Za-z_][\w.-]*)\s*=")
_INSTRUCTION: Final = re.compile(r"<\?[^<>]{0,200}\?>")
_FIRST_TAG: Final = re.compile(r"<[A-Za-z_][\w.:-]*")
# What a prefix stands for where its declaration is missing: as its makers declare it elsewhere.
_USUAL: Final = {
    "rdf": "http://www.w3.org/1999/02/22-rdf-syntax-ns#",
    "x": "adobe:ns:meta/",
    "exif": "http://ns.adobe.com/exif/1.0/",
    "tiff": "http://ns.adobe.com/tiff/1.0/",
    "xmp": "http://ns.adobe.com/xap/1.0/",
    "xap": "http://ns.adobe.com/xap/1.0/",
    "xmpRights": "http://ns.adobe.com/xap/1.0/rights/",
    "dc": "http://purl.org/dc/elements/1.1/",
    "photoshop": "http://ns.adobe.com/photoshop/1.0/",
    "GPano": "http://ns.google.com/photos/1.0/panorama/",
    "Camera": "http://pix4d.com/camera/1.0",
    "drone-dji": "http://www.dji.com/drone-dji/1.0/",
}


@dataclass(frozen=True, slots=True)
class XmpPacket:
    """root: None where nothing could be read. problem: what is wrong, '' where nothing is; with a
    root, what was mended or where reading ended."""

    root: Element | None
    problem: str = ""


def parse_packet(packet: bytes, limit_bytes: int) -> XmpPacket:
    """The elements of a packet, mended where it is malformed. Never raises for what the bytes hold;
    memory is bounded by limit_bytes and by the number of elements."""
    content = packet.strip(_BLANK)
    if not content:
        return XmpPacket(None)
    if len(content) > limit_bytes:
        return XmpPacket(None, f"XMP of {len(content) / (1 << 20):.1f} MiB is not read")
    sound = _parsed(content)
    if not sound.problem or (sound.root is None and sound.problem == _FORBIDDEN):
        return sound
    text, done = _mended(content)
    mended = _parsed(text.encode())
    if mended.root is None:
        return XmpPacket(None, mended.problem)
    remark = "; ".join((*done, mended.problem) if mended.problem else done)
    return XmpPacket(mended.root, f"XMP is malformed ({remark}): read as far as it is sound")


_FORBIDDEN: Final = "XMP with a document type is not read"


def _parsed(content: bytes) -> XmpPacket:
    builder = _Builder()
    parser = DefusedXMLParser(target=builder, forbid_dtd=True)
    problem = ""
    try:
        parser.feed(content)
        parser.close()
    except DefusedXmlException:
        return XmpPacket(None, _FORBIDDEN)
    except ParseError as error:
        problem = str(error)
    except _TooMuchError as error:
        problem = str(error)
    except Exception as error:  # LookupError for an encoding, ValueError for a NUL in a name, ...
        problem = type(error).__name__
    return XmpPacket(builder.root, problem)


class _TooMuchError(Exception):
    """More elements, or deeper ones, than any packet has."""


class _Builder:
    """Builds elements, and has those that were read when the parser met an error."""

    def __init__(self) -> None:
        self.root: Element | None = None
        self._open: list[Element] = []
        self._last: Element | None = None  # the element that text now follows
        self._texts: list[str] = []
        self._count = 0

    def start(self, tag: str, attributes: dict[str, str]) -> Element:
        self._count += 1 + len(attributes)
        if self._count > _MOST_ELEMENTS or len(self._open) >= _MOST_LEVELS:
            raise _TooMuchError("it has more elements than any photo's")
        self._flush()
        element = Element(tag, attributes)
        if self._open:
            self._open[-1].append(element)
        elif self.root is None:
            self.root = element
        self._open.append(element)
        self._last = None
        return element

    def end(self, tag: str) -> Element:
        self._flush()
        self._last = self._open.pop()
        return self._last

    def data(self, text: str) -> None:
        self._texts.append(text)

    def _flush(self) -> None:
        text = "".join(self._texts)
        self._texts.clear()
        if self._last is not None:
            self._last.tail = text
        elif self._open:
            self._open[-1].text = text

    def close(self) -> Element | None:
        return self.root


def _mended(content: bytes) -> tuple[str, list[str]]:
    """The packet as text that a parser takes, and what was done to it."""
    text = _decoded(content)
    done: list[str] = []

    def step(what: str, change: Callable[[str], str]) -> None:
        nonlocal text
        changed = change(text)
        if changed != text:
            done.append(what)
            text = changed

    # The packet's own brackets, <?xpacket …?>, and the XML declaration, which tells an encoding.
    text = _INSTRUCTION.sub("", text).strip()
    step("something before or behind it", _enveloped)
    step("characters that XML does not allow", _without_characters)
    step("a bare &", lambda old: _BARE_AMPERSAND.sub("&amp;", old))
    step("an undeclared namespace", _declared)
    return text, done


def _decoded(content: bytes) -> str:
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        return content.decode("utf-16", "replace")
    if content[1:2] == b"\0" or content[:1] == b"\0":
        return content.decode("utf-16-le" if content[1:2] == b"\0" else "utf-16-be", "replace")
    return content.decode("utf-8-sig", "replace")


def _enveloped(text: str) -> str:
    """From the first envelope's beginning to its end."""
    for envelope in _ENVELOPES:
        start = text.find(f"<{envelope}")
        if start >= 0:
            ending = f"</{envelope}"
            end = text.find(ending, start)
            close = text.find(">", end) if end >= 0 else -1
            return text[start : close + 1] if close >= 0 else text[start:]
    return text


def _without_characters(text: str) -> str:
    def reference(match: re.Match[str]) -> str:
        code = int(match[1], 16) if match[1] else int(match[2])
        allowed = code <= 0x10FFFF and not _NO_CHARACTER.match(chr(code))
        return match[0] if allowed else "\ufffd"

    return _CHARACTER_REFERENCE.sub(reference, _NO_CHARACTER.sub("\ufffd", text))


def _declared(text: str) -> str:
    """Declarations, on the first element, of the prefixes that have none."""
    used = dict.fromkeys(_PREFIX.findall(text))
    known = {*_DECLARED.findall(text), "xml", "xmlns"}
    missing = [prefix for prefix in used if prefix not in known]
    first = _FIRST_TAG.search(text)
    if not missing or first is None:
        return text
    added = "".join(
        f' xmlns:{prefix}="{_USUAL.get(prefix, f"urn:undeclared:{prefix}")}"' for prefix in missing
    )
    return text[: first.end()] + added + text[first.end() :]
