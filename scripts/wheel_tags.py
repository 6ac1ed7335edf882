"""Whether `pip install worldmap` finds a wheel of everything that it needs, for each platform and
Python: `scripts/wheel_tags.py [EXTRA...]` prints the table of docs/platforms.md.

Looks only at what is compiled: it starts at pyproject.toml, follows what each package that is in
this environment says it needs on the platform in question, and asks the index that pip is
configured with for the files of those packages whose wheel here is tied to this platform, and of
those that are not here.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tomllib
import urllib.request
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet
from packaging.tags import Tag, compatible_tags, cpython_tags, mac_platforms
from packaging.utils import InvalidWheelFilename, canonicalize_name, parse_wheel_filename
from packaging.version import Version

_TYPE: Final = "application/vnd.pypi.simple.v1+json"
PROJECT: Final = Path(__file__).resolve().parents[1] / "pyproject.toml"
PYTHONS: Final = ((3, 11), (3, 12), (3, 13), (3, 14))
# Those of Debian 12, Ubuntu 22.10 and later.
_GLIBC_MINOR: Final = 36


@dataclass(frozen=True, slots=True, kw_only=True)
class Platform:
    """Where pip runs: what markers ask about, and the platform tags of wheels."""

    name: str
    markers: Mapping[str, str]
    tags: tuple[str, ...]


def _linux(machine: str) -> tuple[str, ...]:
    minors = range(_GLIBC_MINOR, 4, -1)
    old = ("manylinux2014", "manylinux2010", "manylinux1", "linux")
    return tuple(f"manylinux_2_{n}_{machine}" for n in minors) + tuple(
        f"{name}_{machine}" for name in old
    )


def _platform(name: str, system: str, machine: str, tags: Iterable[str]) -> Platform:
    sys_platform = {"Linux": "linux", "Darwin": "darwin", "Windows": "win32"}[system]
    return Platform(
        name=name,
        markers={
            "sys_platform": sys_platform,
            "platform_system": system,
            "platform_machine": machine,
            "os_name": "nt" if system == "Windows" else "posix",
        },
        tags=tuple(tags),
    )


PLATFORMS: Final = (
    _platform("Linux x86-64", "Linux", "x86_64", _linux("x86_64")),
    _platform("Linux ARM", "Linux", "aarch64", _linux("aarch64")),
    _platform("macOS Apple silicon", "Darwin", "arm64", mac_platforms((14, 0), "arm64")),
    _platform("macOS Intel", "Darwin", "x86_64", mac_platforms((14, 0), "x86_64")),
    _platform("Windows x86-64", "Windows", "AMD64", ("win_amd64",)),
)


def tags_of(platform: Platform, python: tuple[int, int]) -> frozenset[Tag]:
    """Every tag of a wheel that CPython of that version takes there."""
    interpreter = f"cp{python[0]}{python[1]}"
    tags = platform.tags
    return frozenset(cpython_tags(python, platforms=tags)) | frozenset(
        compatible_tags(python, interpreter, platforms=tags)
    )


def newest_wheel(
    files: Iterable[str], wanted: SpecifierSet, tags: frozenset[Tag]
) -> Version | None:
    """The newest released version of which one of the files is a wheel with such a tag."""
    found = []
    for name in files:
        try:
            _, version, _, of_wheel = parse_wheel_filename(name)
        except InvalidWheelFilename:
            continue
        if of_wheel & tags and wanted.contains(version, prereleases=False):
            found.append(version)
    return max(found, default=None)


@cache
def _files(name: str) -> tuple[str, ...]:
    """The files of a package that the index offers and nobody took back."""
    request = urllib.request.Request(f"{_index()}/{name}/", headers={"Accept": _TYPE})
    with urllib.request.urlopen(request, timeout=60) as answer:
        told = json.load(answer)
    return tuple(file["filename"] for file in told["files"] if not file.get("yanked"))


@cache
def _index() -> str:
    done = subprocess.run(
        [sys.executable, "-m", "pip", "config", "get", "global.index-url"],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    index = done.stdout.strip().rstrip("/") or "https://pypi.org/simple"
    if urlsplit(index).scheme not in ("http", "https"):
        raise SystemExit(f"no index that can be asked: {index}")
    return index


def _is_pure(name: str) -> bool | None:
    """Whether the wheel here is for every platform; None where it is not here."""
    try:
        told = distribution(name).read_text("WHEEL") or ""
    except PackageNotFoundError:
        return None
    return any(line.startswith("Tag:") and line.endswith("-any") for line in told.splitlines())


def _requirements(name: str, extras: frozenset[str]) -> list[str]:
    """What a package says it needs; worldmap by pyproject.toml, which may be newer than what of it
    is installed."""
    if name == "worldmap":
        project = tomllib.loads(PROJECT.read_text(encoding="utf-8"))["project"]
        more = (project["optional-dependencies"][extra] for extra in sorted(extras - {""}))
        return [*project["dependencies"], *(line for lines in more for line in lines)]
    try:
        return distribution(name).requires or []
    except PackageNotFoundError:
        return []


def _needs(name: str, extras: frozenset[str], markers: Mapping[str, str]) -> Iterator[Requirement]:
    for line in _requirements(name, extras):
        each = Requirement(line)
        if each.marker is None or any(
            each.marker.evaluate({**markers, "extra": extra}) for extra in (extras or {""})
        ):
            yield each


def compiled(
    platform: Platform, python: tuple[int, int], extras: frozenset[str]
) -> dict[str, SpecifierSet]:
    """Name -> versions that are wanted, of all that needs a wheel of its own there."""
    version = f"{python[0]}.{python[1]}"
    markers = {
        **platform.markers,
        "python_version": version,
        "python_full_version": f"{version}.0",
        "implementation_name": "cpython",
        "platform_python_implementation": "CPython",
    }
    seen: set[tuple[str, frozenset[str]]] = set()
    wanted: dict[str, SpecifierSet] = {}
    waiting = [("worldmap", extras | {""})]
    while waiting:
        name, of = waiting.pop()
        if (name, of) in seen:
            continue
        seen.add((name, of))
        for each in _needs(name, of, markers):
            key = canonicalize_name(each.name)
            if not _is_pure(key):
                wanted[key] = wanted.get(key, SpecifierSet()) & each.specifier
            waiting.append((key, frozenset(each.extras) | {""}))
    return wanted


def main(extras: frozenset[str]) -> int:
    """Print the table; 1 where something has no wheel somewhere."""
    rows: dict[str, dict[str, list[str]]] = {}
    for platform in PLATFORMS:
        for python in PYTHONS:
            tags = tags_of(platform, python)
            for name, wanted in compiled(platform, python, extras).items():
                version = newest_wheel(_files(name), wanted, tags)
                cell = rows.setdefault(name, {}).setdefault(platform.name, [])
                if version is None:
                    cell.append(f"{python[0]}.{python[1]}")
    names = [platform.name for platform in PLATFORMS]
    print(f"| Package | {' | '.join(names)} |")
    print("|---" * (len(names) + 1) + "|")
    lacking = False
    for name, by in sorted(rows.items()):
        cells = []
        for platform_name in names:
            missing = by.get(platform_name)
            lacking |= bool(missing)
            cells.append(_cell(missing))
        print(f"| {name} | {' | '.join(cells)} |")
    return int(lacking)


def _cell(missing: list[str] | None) -> str:
    if missing is None:
        return "not needed"
    if not missing:
        return "yes"
    return "**none**" if len(missing) == len(PYTHONS) else f"not {', '.join(missing)}"


if __name__ == "__main__":
    raise SystemExit(main(frozenset(sys.argv[1:])))
