"""Packages whose names are loaded when they are asked for."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from importlib import import_module
from typing import Any


def from_modules(
    package: str, modules: Sequence[str], names: Collection[str]
) -> Callable[[str], Any]:
    """A package's `__getattr__`: a name of `names` from the first of its modules that has it.

    Modules are loaded in this order as far as it takes, so the quick ones come first.
    """

    def find(name: str) -> Any:
        if name in names:
            for module in modules:
                found = vars(import_module(f"{package}.{module}"))
                if name in found:
                    return found[name]
        raise AttributeError(f"module {package!r} has no attribute {name!r}")

    return find
