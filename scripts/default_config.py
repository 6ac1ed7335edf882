"""Writes configs/default.yaml: every setting with its default and what config.py says about it."""

from __future__ import annotations

import textwrap
from pathlib import Path
from typing import Any

import yaml

from worldmap import config

OUT = Path(__file__).resolve().parents[1] / "configs" / "default.yaml"
HEADER = """\
# Every setting of worldmap with its default. Made from worldmap/config.py by
# scripts/default_config.py. A file for --config needs only what differs.
"""
WIDTH = 100


def default_yaml() -> str:
    """The whole file."""
    return HEADER + "".join(f"\n{text}" for text in _section(config.Settings(), 0))


def _section(section: config.Section, depth: int) -> list[str]:
    docs = config.docstrings(type(section))
    plain = section.model_dump(mode="json")
    entries = []
    for name in type(section).model_fields:
        value = getattr(section, name)
        indent = "  " * depth
        if isinstance(value, config.Section):
            inner = "".join(_section(value, depth + 1)) or None
            about = _comment(type(value).__doc__ or "", indent)
            entries.append(
                about + (f"{indent}{name}:\n{inner}" if inner else f"{indent}{name}: {{}}\n")
            )
        else:
            entries.append(
                _comment(docs.get(name, ""), indent) + f"{indent}{name}: {_scalar(plain[name])}\n"
            )
    return entries


def _scalar(value: Any) -> str:
    text = yaml.safe_dump(value, default_flow_style=True, width=WIDTH)
    return text.removesuffix("...\n").strip()


def _comment(text: str, indent: str) -> str:
    words = " ".join(text.split())
    lines = textwrap.wrap(words, WIDTH - len(indent) - 2)
    return "".join(f"{indent}# {line}\n" for line in lines)


if __name__ == "__main__":
    OUT.write_text(default_yaml(), encoding="utf-8")
    print(OUT)
