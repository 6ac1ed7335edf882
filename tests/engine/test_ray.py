"""A real Ray cluster of two nodes on this machine: lost nodes, killed items, and a map that is byte
for byte the one that a laptop makes. Nightly, where Ray is installed."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.helpers.ingest_makers import Ran
from tests.helpers.map_makers import SmallMap
from tests.helpers.s3_server import S3Server
from tests.pipeline.test_bucket import BucketMap, is_the_same_as_in_a_folder
from tests.pipeline.test_crash import assert_same_map
from worldmap.area import Everywhere
from worldmap.cli.exits import ExitCode
from worldmap.config import RegistrationSettings, Settings, SolverSettings
from worldmap.engine import (
    Outcome,
    TimeLimitError,
    WorkerDiedError,
    require_shared,
    run_each,
    working_on,
)
from worldmap.errors import ClusterError, PhotoError
from worldmap.listener import Silence
from worldmap.pipeline.ingest import ingest
from worldmap.pipeline.merge import merge

ray = pytest.importorskip("ray", reason="Ray is not here (pip install 'worldmap[cluster]')")
cluster_utils = pytest.importorskip("ray.cluster_utils")

pytestmark = [
    pytest.mark.nightly,
    # Ray's own: of sockets and processes that it leaves, and of what it deprecates.
    pytest.mark.filterwarnings("ignore"),
]


@pytest.fixture
def cluster(monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """A head and another node, a processor each."""
    root = Path(__file__).parents[2]
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join([str(root), *filter(None, sys.path)]))
    monkeypatch.setenv("RAY_USAGE_STATS_ENABLED", "0")
    made = cluster_utils.Cluster(initialize_head=True, head_node_args=_NODE)
    made.add_node(**_NODE)
    monkeypatch.setenv("RAY_ADDRESS", made.address)
    try:
        yield made
    finally:
        made.shutdown()


_NODE = {
    "num_cpus": 1,
    "object_store_memory": 100 << 20,
    "memory": 4 << 30,
    "include_dashboard": False,
}


def trouble(item: Any) -> Any:
    if item == "raise":
        raise PhotoError("bad photo")
    if item == "killed":
        os.kill(os.getpid(), signal.SIGKILL)
    if item == "for ever":
        time.sleep(86_400.0)
    if isinstance(item, Path):  # hangs where it is the first to come
        try:
            item.touch(exist_ok=False)
        except FileExistsError:
            return "second"
        time.sleep(86_400.0)
    return item * item


def collect(items: list[Any], limit_s: float | None = None) -> dict[Any, Outcome[Any, Any]]:
    found: list[Outcome[Any, Any]] = []
    with working_on("ray"):
        run_each(trouble, items, jobs=2, on_result=found.append, limit_s=limit_s)
    assert len(found) == len(items)
    return {o.item: o for o in found}


@pytest.mark.usefixtures("cluster")
def test_each_item_ends_as_on_one_machine() -> None:
    found = collect([1, "raise", 2, "killed", "for ever", 3], limit_s=20.0)
    assert {i: found[i].value for i in (1, 2, 3)} == {1: 1, 2: 4, 3: 9}
    assert isinstance(found["raise"].error, PhotoError)
    assert isinstance(found["killed"].error, WorkerDiedError)
    assert "SIGKILL" in str(found["killed"].error)
    assert "3 times" in str(found["killed"].error)
    assert isinstance(found["for ever"].error, TimeLimitError)


@pytest.mark.usefixtures("cluster")
def test_a_straggler_is_begun_again(tmp_path: Path) -> None:
    hangs = tmp_path / "hangs"
    found = collect([hangs, *range(12)])
    assert found[hangs].value == "second"


@pytest.mark.usefixtures("cluster")
def test_all_nodes_see_what_they_need(tmp_path: Path) -> None:
    with working_on("ray"):
        require_shared(tmp_path, [tmp_path])
        assert not list(tmp_path.iterdir())
        with pytest.raises(ClusterError, match=r"does not see .*/nowhere"):
            require_shared(tmp_path, [tmp_path / "nowhere"])


class Loses(Silence):
    """Loses a node when so many items of all stages are done, and has another one come."""

    def __init__(self, cluster: Any, after: int) -> None:
        self.cluster, self.left = cluster, after

    def advance(self, count: int = 1) -> None:
        self.left -= count
        if self.left == 0:
            (lost,) = self.cluster.worker_nodes
            self.cluster.remove_node(lost, allow_graceful=False)
            self.cluster.add_node(**_NODE)


@pytest.mark.parametrize("after", [3, 14, 24, 32])
def test_a_map_is_the_same_when_nodes_are_lost(
    cluster: Any,
    small_map: SmallMap,
    tmp_path: Path,
    after: int,
    capfd: pytest.CaptureFixture[str],
) -> None:
    """While photos are read, pairs judged, points worked out and tiles written; cells too, since
    three photos are many here."""
    capfd.readouterr()
    photos = small_map.truth.photo_dir
    settings = Settings(registration=RegistrationSettings(solver=SolverSettings(cell_photos=3)))
    for name in ("laptop", "cluster"):
        with working_on("ray" if name == "cluster" else None):
            loses = Loses(cluster, after) if name == "cluster" else Silence()
            folder = tmp_path / name / "map"
            ingest(folder, [photos], settings, depth="measured", jobs=2, listener=loses)
            merge(folder, Everywhere(), settings, loses, jobs=2)
            if isinstance(loses, Loses):
                assert loses.left <= 0
    assert_same_map(tmp_path / "cluster" / "map", tmp_path / "laptop" / "map")
    # Where somebody reads JSON lines.
    assert capfd.readouterr().out == ""


@pytest.mark.usefixtures("cluster")
def test_the_command_takes_it_and_ctrl_c_and_goes_on(small_map: SmallMap, tmp_path: Path) -> None:
    map_dir = shutil.copytree(small_map.ingested_dir, tmp_path / "map")
    words = [
        sys.executable,
        "-m",
        "worldmap",
        "merge",
        "--map",
        str(map_dir),
        "--json",
        "--no-report",
    ]
    words += ["--engine", "ray"]
    process = subprocess.Popen(
        words, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, start_new_session=True
    )
    assert process.stdout is not None
    for line in process.stdout:
        if '"register"' in line or '"stage"' in line:
            break
    os.killpg(process.pid, signal.SIGINT)
    _, said = process.communicate(timeout=600)
    assert process.returncode == 130, said
    done = subprocess.run(words, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")


def test_a_map_in_a_bucket(s3: S3Server, postgresql_url: str, cluster: Any, tmp_path: Path) -> None:
    """Nodes reach it by their environment and see no folder of it; it is as in a laptop's."""
    made = BucketMap(tmp_path, s3, postgresql_url)
    for command in made.commands:
        for where in (("--map", made.map_dir), (*made.named, "--engine", "ray")):
            ran = Ran(*command, *where)
            assert ran.code == ExitCode.OK, ran.err
    is_the_same_as_in_a_folder(made)
