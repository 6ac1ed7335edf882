"""The papers beside the code are true: versions, links, packaging."""

from __future__ import annotations

import importlib.util
import re
import tomllib
from pathlib import Path

import pytest
import yaml
from packaging.specifiers import SpecifierSet
from packaging.utils import canonicalize_name

import worldmap
from tests.helpers.scripts_run import script
from worldmap.catalog.migrate import HEAD

ROOT = Path(__file__).resolve().parents[1]
PAPERS = [*ROOT.glob("*.md"), *(ROOT / "docs").glob("*.md")]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
DIRECT = {
    canonicalize_name(re.split(r"[^\w.-]", line)[0]) for line in PROJECT["project"]["dependencies"]
}


def test_the_papers_are_there() -> None:
    assert {path.name for path in PAPERS} >= {
        "CHANGELOG.md", "CONTRIBUTING.md", "README.md", "SECURITY.md",
        "design.md", "glossary.md", "json.md", "report.md", "tags.md", "upgrading.md",
    }  # fmt: skip


@pytest.mark.parametrize("paper", PAPERS, ids=lambda path: path.name)
def test_links_lead_somewhere(paper: Path) -> None:
    for link in re.findall(r"\]\(([^)#:]+)\)", paper.read_text(encoding="utf-8")):
        assert (paper.parent / link).exists(), link


@pytest.mark.parametrize("paper", PAPERS, ids=lambda path: path.name)
def test_files_that_are_named_exist(paper: Path) -> None:
    """`worldmap/...`, `docs/...` and the like, also relative to worldmap/."""
    text = paper.read_text(encoding="utf-8")
    for name in re.findall(
        r"`((?:worldmap|docs|scripts|tests|benchmarks|migrations|requirements)/[\w./-]+)`", text
    ):
        assert (ROOT / name).exists(), name


def test_the_version_is_said_once_more() -> None:
    citation = yaml.safe_load((ROOT / "CITATION.cff").read_text(encoding="utf-8"))
    assert citation["version"] == worldmap.__version__ == PROJECT["project"]["version"]
    assert citation["license"] == PROJECT["project"]["license"]
    changes = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    assert f"## {worldmap.__version__}" in changes


def test_every_revision_of_the_catalog_is_told() -> None:
    told = re.findall(r"^\| (\d{4}) \|", (ROOT / "docs" / "upgrading.md").read_text(), re.MULTILINE)
    found = sorted(path.name[:4] for path in (ROOT / "migrations" / "versions").glob("0*.py"))
    assert told == found
    assert told[-1] == HEAD


def test_every_package_is_in_the_design() -> None:
    design = (ROOT / "docs" / "design.md").read_text(encoding="utf-8")
    for package in (ROOT / "worldmap").glob("*/__init__.py"):
        assert f"`{package.parent.name}`" in design, package.parent


def test_the_lower_bounds_that_security_names_hold() -> None:
    told = re.findall(
        r"^\| ([\w-]+) \| ([\d.]+) \|", (ROOT / "SECURITY.md").read_text("utf-8"), re.MULTILINE
    )
    assert len(told) >= 6
    everything = [*PROJECT["project"]["dependencies"]]
    for extra in PROJECT["project"]["optional-dependencies"].values():
        everything += extra
    name_of = {"opencv": "opencv-python-headless", "pytorch": "torch"}
    for name, version in told:
        wanted = name_of.get(name.lower(), name.lower())
        bounds = [line for line in everything if re.match(rf"{wanted}\b(?!-)", line)]
        assert bounds, wanted
        assert all(line == f"{wanted}>={version}" for line in bounds), bounds


def test_the_lock_file_has_every_dependency_with_hashes() -> None:
    lock = (ROOT / "requirements" / "dev.txt").read_text(encoding="utf-8")
    assert not re.search(r"https?:|file:|--index|--find-links", lock)
    entries = re.split(r"^(?=[a-z0-9])", lock, flags=re.MULTILINE)[1:]
    assert all("--hash=sha256:" in entry for entry in entries)
    locked = {re.match(r"[\w.-]+", entry)[0].lower().replace("_", "-") for entry in entries}  # type: ignore[index]
    extras = PROJECT["project"]["optional-dependencies"]
    for line in [*PROJECT["project"]["dependencies"], *extras["dev"]]:
        name = re.match(r"[\w.-]+", line)[0].lower().replace("_", "-")  # type: ignore[index]
        assert name == "torch" or name in locked, f"{name}: make lock"
    assert "torch" not in locked


def index_page(text: str) -> str:
    spec = importlib.util.spec_from_file_location("setup", ROOT / "setup.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    page: str = module.index_page(text)
    return page


def test_an_index_page_has_no_link_that_leads_nowhere() -> None:
    page = index_page((ROOT / "README.md").read_text(encoding="utf-8"))
    assert all(re.match(r"\w+:|#", link) for link in re.findall(r"\]\(([^)]*)\)", page))
    assert "`docs/tags.md`" in page
    assert "# worldmap" in page
    assert index_page("a [b](https://c) [d](#e)") == "a [b](https://c) [d](#e)"


def test_the_table_of_wheels_is_of_what_is_needed() -> None:
    page = (ROOT / "docs" / "platforms.md").read_text("utf-8")
    wheels = script("wheel_tags")
    told = set(re.findall(r"^\| ([a-z0-9-]+) \| (?:yes|not|\*)", page, re.MULTILINE))
    needed = {
        name
        for platform in wheels.PLATFORMS
        for name in wheels.compiled(platform, wheels.PYTHONS[0], frozenset({"view"}))
    }
    assert {"torch", "gtsam", "numpy"} <= needed
    assert told >= {name for name in needed if name in DIRECT}


def test_a_wheel_is_for_who_takes_its_tags() -> None:
    wheels = script("wheel_tags")
    by_name = {platform.name: platform for platform in wheels.PLATFORMS}
    files = [
        *("a-1.0-cp312-cp312-manylinux_2_28_x86_64.whl", "a-1.1-cp311-abi3-win_amd64.whl"),
        *("a-2.0rc1-py3-none-any.whl", "a-1.2-cp310-cp310-macosx_11_0_arm64.whl", "a-3.tar.gz"),
    ]
    for name, python, newest in (
        ("Linux x86-64", (3, 12), "1.0"),
        ("Linux x86-64", (3, 11), None),
        ("Linux ARM", (3, 12), None),
        ("Windows x86-64", (3, 14), "1.1"),  # abi3
        ("macOS Apple silicon", (3, 11), None),
    ):
        tags = wheels.tags_of(by_name[name], python)
        found = wheels.newest_wheel(files, SpecifierSet(">=1"), tags)
        assert (str(found) if found else None) == newest, name


def test_the_bill_of_materials_has_the_pages_libraries() -> None:
    package = {"version": "1.0.0", "license": "MIT", "integrity": "sha512-AAEC"}
    lock = {"packages": {
        "": {}, "node_modules/@a/b": package, "node_modules/tool": {**package, "dev": True},
    }}  # fmt: skip
    bill = script("sbom").with_page({"components": [{"name": "numpy"}]}, lock)
    assert [each["name"] for each in bill["components"]] == ["numpy", "@a/b"]
    assert bill["components"][1]["hashes"] == [{"alg": "SHA-512", "content": "000102"}]
    assert bill["components"][1]["purl"] == "pkg:npm/%40a/b@1.0.0"


def test_records_that_the_glossary_names_exist() -> None:
    told = set(re.findall(r"`([A-Z]\w+)`", (ROOT / "docs" / "glossary.md").read_text("utf-8")))
    assert len(told) >= 6
    sources = [path.read_text(encoding="utf-8") for path in (ROOT / "worldmap").rglob("*.py")]
    missing = {
        name
        for name in told
        if not any(re.search(rf"^class {name}\b", text, re.MULTILINE) for text in sources)
    }
    assert not missing
