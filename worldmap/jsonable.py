"""Records as what JSON knows, the same way in every document that worldmap writes."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from datetime import datetime
from enum import Enum
from pathlib import Path
from typing import Any


def jsonable(value: Any, *, digits: int | None = None) -> Any:
    """`value` in what JSON knows: records as objects, paths and dates as text, NaN and infinities
    as null. digits: floats keep so many significant ones. TypeError for what has no JSON."""
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, float):
        if not math.isfinite(value):
            return None
        return value if digits is None else float(f"{value:.{digits}g}")
    if value is None or isinstance(value, str | bool | int):
        return value
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, Path):
        return value.as_posix()
    if isinstance(value, Mapping):
        return {str(jsonable(key)): jsonable(item, digits=digits) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [jsonable(item, digits=digits) for item in value]
    if is_dataclass(value) and not isinstance(value, type):
        return {f.name: jsonable(getattr(value, f.name), digits=digits) for f in fields(value)}
    if hasattr(value, "tolist"):  # numpy arrays and scalars
        return jsonable(value.tolist(), digits=digits)
    raise TypeError(f"no JSON for a {type(value).__name__}")
