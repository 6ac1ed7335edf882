"""Records as what JSON knows, the same way in every document that worldmap writes."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import fields, is_dataclass
from datetime import datetime
from enum import Enum
from pathlib import Path
from typing import Any


def jsonable(value: Any, *, digits: int | None = None, text: Callable[[str], str] = str) -> Any:
    """`value` in what JSON knows: records as objects, paths and dates as text, NaN and infinities
    as null. digits: floats keep so many significant ones; text:
    what becomes of texts. TypeError for what has no JSON."""

    def plain(inner: Any) -> Any:
        return jsonable(inner, digits=digits, text=text)

    if isinstance(value, Enum):
        return value.value
    if isinstance(value, float):
        return _finite(value, digits)
    if isinstance(value, str):
        return text(value)
    if value is None or isinstance(value, bool | int):
        return value
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, Path):
        return text(value.as_posix())
    if isinstance(value, Mapping):
        return {str(plain(key)): plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [plain(item) for item in value]
    if is_dataclass(value) and not isinstance(value, type):
        return {field.name: plain(getattr(value, field.name)) for field in fields(value)}
    if hasattr(value, "tolist"):  # numpy arrays and scalars
        return plain(value.tolist())
    raise TypeError(f"no JSON for a {type(value).__name__}")


def _finite(value: float, digits: int | None) -> float | None:
    if not math.isfinite(value):
        return None
    return value if digits is None else float(f"{value:.{digits}g}")
