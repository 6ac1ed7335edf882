"""Real file systems that are full or read-only: small tmpfs mounts in a namespace of their own."""

from __future__ import annotations

import json
import os
import re
import shlex
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.helpers import full_disk
from tests.helpers.ingest_makers import ingest, write_photos
from tests.helpers.map_makers import SmallMap
from worldmap.cli.exits import ExitCode

ROOT = Path(__file__).resolve().parents[2]
WORLDMAP = Path(sys.executable).with_name("worldmap")
_NAMESPACE = ["unshare", "--map-root-user", "--mount", "sh", "-ec"]


@pytest.fixture(scope="module", autouse=True)
def _may_mount(tmp_path_factory: pytest.TempPathFactory) -> None:
    if shutil.which("unshare") is None:
        pytest.skip("there is no unshare")
    folder = tmp_path_factory.mktemp("probe")
    script = f"mount -t tmpfs tmpfs {folder}"
    if subprocess.run([*_NAMESPACE, script], capture_output=True, check=False).returncode != 0:
        pytest.skip("mounting is not allowed here")


def run(script: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([*_NAMESPACE, script], capture_output=True, text=True, check=False)


@pytest.mark.nightly
def test_a_full_disk(tmp_path: Path) -> None:
    write_photos(tmp_path / "in", 24)
    (tmp_path / "disk").mkdir()
    kept = tmp_path / "kept"
    done = run(
        f"mount -t tmpfs -o size=1200k tmpfs {tmp_path}/disk\n"
        "code=0\n"
        f"{WORLDMAP} ingest {tmp_path}/in --map {tmp_path}/disk/map --depth measured --json"
        " --jobs 2 || code=$?\n"
        f"cp -r {tmp_path}/disk/map {kept}\n"
        "exit $code\n"
    )
    assert done.returncode == ExitCode.STORAGE, done.stderr
    (line,) = done.stderr.splitlines()
    assert line.startswith(f"worldmap: {tmp_path}/disk/map/")
    assert "cannot be written: the disk is full" in line
    told = [json.loads(line) for line in done.stdout.splitlines()]
    stored = sum(event.get("status") == "accepted" for event in told)
    assert 0 < stored < 24
    assert not list(kept.rglob("*.tmp"))
    again = ingest(kept, tmp_path / "in")
    assert again.code == ExitCode.OK
    assert (again.summary["skipped"], again.summary["accepted"]) == (stored, 24 - stored)


QUICK = ("tiles", "remove", "laz", "view --static", "db upgrade")
ALL = tuple(full_disk.COMMANDS)


@pytest.mark.nightly
def test_a_disk_that_is_full_in_the_middle(
    small_map: SmallMap, tmp_path: Path, record_property: Callable[[str, object], None]
) -> None:
    """Each command, given less room than it takes: it says so, leaves the map sound and nothing
    half-written, and ends as if nothing had been once there is room. WORLDMAP_FULL_DISKS=all tries
    every command (20 s more)."""
    names = ALL if os.environ.get("WORLDMAP_FULL_DISKS") == "all" else QUICK
    small_map.copied(tmp_path / "maps" / "small")
    shutil.copytree(small_map.truth.photo_dir, tmp_path / "maps" / "small" / "photos")
    (tmp_path / "disk").mkdir()
    words = " ".join(shlex.quote(name) for name in names)
    done = run(
        f"cd {ROOT}\n{sys.executable} -m tests.helpers.full_disk {tmp_path}/maps"
        f" {tmp_path}/disk {words}\n"
    )
    assert done.returncode == 0, done.stderr
    found = [full_disk.Tried(**each) for each in json.loads(done.stdout)]
    assert {each.command for each in found} >= {*QUICK}
    for each in found:
        assert each.kind == "DiskFullError", each
        needed = r"(\S+) cannot be written: the disk is full \((\S+) has ([\d,]+) bytes free, "
        needed += r"(?:at least|up to) ([\d,]+) bytes are needed\)"
        told = re.match(needed, each.told)
        assert told, each
        assert str(Path(told[1]).parent) == told[2]
        free_bytes, needed_bytes = (int(told[i].replace(",", "")) for i in (3, 4))
        assert free_bytes < needed_bytes, each
        assert (each.unsound, each.left, each.same) == ([], [], True), each
    record_property("full disks", len(found))


@pytest.mark.nightly
def test_a_read_only_map(tmp_path: Path) -> None:
    write_photos(tmp_path / "in", 2)
    (tmp_path / "disk").mkdir()
    command = f"{WORLDMAP} ingest --map {tmp_path}/disk/map --depth measured --quiet --jobs 0"
    done = run(
        f"mount -t tmpfs tmpfs {tmp_path}/disk\n"
        f"{command} {tmp_path}/in/photo00.jpg\n"
        f"mount -o remount,ro {tmp_path}/disk\n"
        f"{command} {tmp_path}/in\n"
    )
    assert done.returncode == ExitCode.STORAGE, done.stderr
    (line,) = done.stderr.splitlines()
    assert "read-only" in line


@pytest.mark.nightly
def test_a_read_only_map_is_verified(small_map: SmallMap, tmp_path: Path) -> None:
    """A backup, or a disk that was mounted to be looked at."""
    (tmp_path / "disk").mkdir()
    verify = f"{WORLDMAP} verify --map {tmp_path}/disk/map --quiet"
    done = run(
        f"mount -t tmpfs tmpfs {tmp_path}/disk\n"
        f"cp -r {small_map.map_dir} {tmp_path}/disk/map\n"
        f"mount -o remount,ro {tmp_path}/disk\n"
        f"{verify} && echo clean\n"
        f"mount -o remount,rw {tmp_path}/disk\n"
        f"for tile in {tmp_path}/disk/map/tiles/*.laz; do echo >> $tile; done\n"
        f"mount -o remount,ro {tmp_path}/disk\n"
        f"{verify}\n"
    )
    assert done.returncode == ExitCode.OFF, done.stderr
    assert done.stdout.splitlines()[0] == "clean"
    assert "read-only" not in done.stderr


@pytest.mark.nightly
def test_a_read_only_place_for_a_new_map(tmp_path: Path) -> None:
    write_photos(tmp_path / "in", 1)
    (tmp_path / "disk").mkdir()
    done = run(
        f"mount -t tmpfs -o ro tmpfs {tmp_path}/disk\n"
        f"{WORLDMAP} ingest --map {tmp_path}/disk/map --depth measured {tmp_path}/in --jobs 0\n"
    )
    assert done.returncode == ExitCode.STORAGE, done.stderr
    (line,) = done.stderr.splitlines()
    assert "read-only" in line
