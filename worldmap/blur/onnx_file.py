"""What an ONNX file tells beside its network: its names and values, in protobuf's wire format
(protobuf.dev, "Encoding"; ModelProto of onnx.proto), of which OpenCV gives nothing."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Final

from worldmap.errors import ModelError

_METADATA_FIELD: Final = 14
_KEY, _VALUE = 1, 2
_VARINT, _EIGHT_BYTES, _LENGTH, _FOUR_BYTES = 0, 1, 2, 5


def told_beside(path: Path) -> dict[str, str]:
    """By name. ModelError where the file cannot be read or is cut off."""
    try:
        content = memoryview(path.read_bytes())
        entries = [dict(_fields(one)) for n, one in _fields(content) if n == _METADATA_FIELD]
        return {str(e[_KEY], "utf-8"): str(e.get(_VALUE, b""), "utf-8") for e in entries}
    except (OSError, IndexError, KeyError, ValueError) as error:
        raise ModelError("holds no network that can be read", path=path) from error


def _fields(message: memoryview) -> Iterator[tuple[int, memoryview]]:
    """Number and content of each field that has a length; the others are passed over."""
    at = 0
    while at < len(message):
        tag, at = _varint(message, at)
        kind = tag & 7
        if kind == _LENGTH:
            size, at = _varint(message, at)
            if at + size > len(message):
                raise ValueError("cut off")
            yield tag >> 3, message[at : at + size]
            at += size
        elif kind == _VARINT:
            _, at = _varint(message, at)
        elif kind in (_EIGHT_BYTES, _FOUR_BYTES):
            at += 8 if kind == _EIGHT_BYTES else 4
        else:
            raise ValueError(f"a field of kind {kind}")


def _varint(message: memoryview, at: int) -> tuple[int, int]:
    value = shift = 0
    while True:
        byte = message[at]
        at += 1
        value |= (byte & 127) << shift
        shift += 7
        if byte < 128:
            return value, at
