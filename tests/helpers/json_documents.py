"""What worldmap writes as JSON, held against the schemas in docs/schemas."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import Any

from jsonschema import Draft202012Validator
from jsonschema.exceptions import best_match

SCHEMAS = Path(__file__).resolve().parents[2] / "docs" / "schemas"


def check_schema(name: str, document: Any) -> None:
    """Fails where the document is not as docs/schemas/NAME.json says, or has a field that it does
    not know: programs may meet new fields, the documentation may not miss any."""
    error = best_match(_validator(name).iter_errors(document))
    assert error is None, f"{name} {error.json_path}: {error.message}"


@cache
def _validator(name: str) -> Draft202012Validator:
    schema = json.loads((SCHEMAS / f"{name}.json").read_text(encoding="utf-8"))
    Draft202012Validator.check_schema(schema)
    return Draft202012Validator(_closed(schema))


def _closed(schema: Any) -> Any:
    if isinstance(schema, list):
        return [_closed(item) for item in schema]
    if not isinstance(schema, dict):
        return schema
    closed = {key: _closed(value) for key, value in schema.items()}
    if isinstance(closed.get("properties"), dict):
        closed.setdefault("additionalProperties", False)
    return closed
