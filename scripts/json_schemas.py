"""Writes docs/schemas/*.json: JSON Schemas of what worldmap writes as JSON, from its records.

Descriptions are the records' docstrings. A field that may be NaN is a number or null.
"""

from __future__ import annotations

import dataclasses
import json
import typing
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Literal, Union

from pydantic import TypeAdapter
from pydantic.json_schema import GenerateJsonSchema, JsonSchemaValue
from pydantic_core import core_schema

from worldmap import events
from worldmap.config import SettingShown
from worldmap.depth.offers import NetworkOffer
from worldmap.depth.weights import InstalledModel
from worldmap.exchange import poses
from worldmap.pipeline.compare import Comparison
from worldmap.pipeline.demo import DemoSummary
from worldmap.pipeline.explain import Explanation
from worldmap.pipeline.export import ExportSummary
from worldmap.pipeline.gc import OrphanSummary
from worldmap.pipeline.gcp import ControlSummary
from worldmap.pipeline.import_poses import ImportSummary
from worldmap.pipeline.masks import MasksSummary
from worldmap.pipeline.remove import RemoveSummary
from worldmap.pipeline.render import RenderSummary
from worldmap.pipeline.verify import Verification
from worldmap.pixel import PixelPlace
from worldmap.plugins import PluginState
from worldmap.records import Failure, Focal, MapStatus, PhotoStatus, Upgrade
from worldmap.report import content
from worldmap.stages.align import Alignment
from worldmap.stages.changes import ChangesFound
from worldmap.stages.intake import PhotoReport
from worldmap.stages.merged import MergeSummary
from worldmap.view import document
from worldmap.view.site import Written

OUT = Path(__file__).resolve().parents[1] / "docs" / "schemas"
DIALECT = "https://json-schema.org/draft/2020-12/schema"

Fields = dict[str, Any]

SUMMARIES: Sequence[tuple[str, Any, Fields]] = (
    ("ingest", None, {
        "map": Path, "accepted": int, "skipped": int, "failed": int, "without_depth": int,
        "networks": tuple[NetworkOffer, ...], "stereo": bool, "seconds": float,
        "photos": tuple[PhotoReport, ...],
    }),
    ("import", ImportSummary, {"map": Path, "ingested": None}),
    ("masks", MasksSummary, {}),
    ("merge", MergeSummary, {"map": Path}),
    ("gcp", ControlSummary, {"map": Path}),
    ("align", Alignment, {"map": Path}),
    ("status", MapStatus, {"map": Path, "failed": tuple[Failure, ...], "plot": Path | None}),
    ("explain", Explanation, {}),
    ("explain", Failure, {"status": Literal[PhotoStatus.FAILED]}),
    ("export", ExportSummary, {}),
    ("compare", Comparison, {}),
    ("changes", ChangesFound, {"map": Path}),
    ("render", RenderSummary, {"map": Path}),
    ("view", Written, {"map": Path}),
    ("view", None, {"map": Path, "url": str}),
    ("remove", RemoveSummary, {"map": Path}),
    ("gc", OrphanSummary, {"map": Path}),
    ("verify", Verification, {"map": Path}),
    ("locate", PixelPlace, {"horizontal_sigma_m": float}),
    ("depth", None, {
        "photo": Path, "picture": Path, "cloud": Path | None, "film": Path | None,
        "page": Path | None, "points": int, "focal": Focal, "removed": dict[str, int],
    }),
    ("demo", DemoSummary, {"merged": None}),
    ("db upgrade", Upgrade, {}),
    ("config", None, {"map": Path, "settings": tuple[SettingShown, ...]}),
    ("plugins", None, {"plugins": tuple[PluginState, ...]}),
    ("models list", None, {"models": tuple[InstalledModel, ...], "operations_per_s": float,
        "auto": str | None}),
    ("models fetch", InstalledModel, {}),
    ("models import", InstalledModel, {}),
)  # fmt: skip
"""The summaries: command, the record that it is made of, and what comes on top of its fields (None:
a field that the summary leaves out)."""


class _Generator(GenerateJsonSchema):
    """Floats may be NaN, which is written as null."""

    def float_schema(self, schema: core_schema.FloatSchema) -> JsonSchemaValue:
        """See the base class."""
        return {"type": ["number", "null"]}

    def nullable_schema(self, schema: core_schema.NullableSchema) -> JsonSchemaValue:
        """See the base class."""
        inner = self.generate_inner(schema["schema"])
        return inner if "null" in inner.get("type", ()) else super().nullable_schema(schema)


def schemas() -> dict[str, str]:
    """File name -> content."""
    found = {
        "poses.json": _of_record(poses.Poses, poses.SCHEMA),
        "map.json": _of_record(document.PageDocument, document.SCHEMA),
        "report.json": _of_record(content.Report, content.SCHEMA),
        "events.json": _of_events(),
    }
    return {name: json.dumps(schema, indent=1) + "\n" for name, schema in found.items()}


def _of_record(record: type, version: str) -> dict[str, Any]:
    schema = _generated(record, version)
    schema["properties"]["schema"] = {"const": version}
    return schema


def _of_events() -> dict[str, Any]:
    kinds = (
        events.Progress, events.StageEnd, events.PhotoDone, events.Remark, events.Trouble,
    )  # fmt: skip
    lines = [_line(kind.__name__, kind, {}) for kind in kinds]
    for command, record, more in SUMMARIES:
        told = {"event": Literal["summary"], "command": Literal[command], **more}
        called = record.__name__ if record else "Summary"
        lines.append(_line(f"{command.title().replace(' ', '')}: {called}", record, told))
    schema = _generated(Union[tuple(lines)], events.SCHEMA)  # noqa: UP007 # made at run time
    return {"title": "A line of --json", "description": events.__doc__, **schema}


def _line(name: str, record: Any, more: Mapping[str, Any]) -> type:
    """A record with the fields of `record`, those of `more`, and the schema's name."""
    of_record = {} if record is None else typing.get_type_hints(record)
    fields: Fields = {"schema": Literal[events.SCHEMA], **more, **of_record, **more}
    about = {"__doc__": (record.__doc__ if record else None) or name}
    listed = [(key, kind) for key, kind in fields.items() if kind is not None]
    return dataclasses.make_dataclass(name, listed, namespace=about, kw_only=True)


def _generated(kind: Any, version: str) -> dict[str, Any]:
    schema = TypeAdapter(kind).json_schema(mode="serialization", schema_generator=_Generator)
    name, number = version.split("/")
    return {"$schema": DIALECT, "$id": f"urn:{name}:{number}", **_tidy(schema)}


def _tidy(schema: Any) -> Any:
    """Docstrings on one line, without what they raise; no titles that only repeat a name."""
    if isinstance(schema, list):
        return [_tidy(item) for item in schema]
    if not isinstance(schema, dict):
        return schema
    tidy = {
        key: _tidy(value)
        for key, value in schema.items()
        if not (key == "title" and isinstance(value, str))
    }
    if isinstance(about := tidy.get("description"), str):
        tidy["description"] = " ".join(about.split()).partition(" ValueError ")[0]
    return tidy


if __name__ == "__main__":
    OUT.mkdir(exist_ok=True)
    for name, text in schemas().items():
        (OUT / name).write_text(text, encoding="utf-8")
        print(OUT / name)
