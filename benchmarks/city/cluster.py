"""Two nodes of a Ray cluster against one, and nodes that are lost at random: whether the map is
what one machine makes, byte for byte. Nothing where Ray is not installed."""

from __future__ import annotations

import hashlib
import os
import random
import sqlite3
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from benchmarks import Metric, metric
from benchmarks.living import STEP_M, write_photo
from worldmap.area import Everywhere
from worldmap.artifact import TEMPORARY_SUFFIX
from worldmap.catalog import CATALOG_NAME
from worldmap.config import Settings
from worldmap.engine import working_on
from worldmap.pipeline.ingest import ingest
from worldmap.pipeline.merge import merge

_PHOTOS = 16
_FAULTS, _FULL_FAULTS = 4, 20
# Half, and what one machine does alone: it begins, keeps the catalog, solves and writes tiles.
_TWO_NODES_BAR = 0.8
_NODE = {"num_cpus": 1, "memory": 4 << 30, "object_store_memory": 100 << 20}
_ARTIFACTS = ("depth", "features", "refined", "tiles")


def cluster_metrics(folder: Path, *, full: bool = False) -> list[Metric]:
    """A small street on a laptop, on one node, on two, and on two of which some are lost."""
    if find_spec("ray") is None:
        return []
    for number in range(_PHOTOS):
        write_photo(folder / "photos", 2, number * STEP_M)
    expected = _content(_made(folder, "laptop"))
    metrics, took_s = [], []
    for nodes in (1, 2):
        with _cluster(nodes):
            start_s = time.monotonic()
            made = _made(folder, f"nodes{nodes}", "ray")
            took_s.append(time.monotonic() - start_s)
        metrics.append(metric(f"cluster: {nodes} nodes", "s", took_s[-1]))
        name = f"cluster: files and poses other than a laptop's, {nodes} nodes"
        metrics.append(metric(name, "", len(_content(made) ^ expected), 0))
    ratio = took_s[1] / took_s[0]
    metrics.append(metric("cluster: two nodes against one", "ratio", ratio, _TWO_NODES_BAR))
    faults = _FULL_FAULTS if full else _FAULTS
    lost = other = left = 0
    rng = random.Random(0)
    for number in range(faults):
        with _cluster(2) as cluster, _losing(cluster, rng.uniform(0.0, took_s[1])) as was_lost:
            made = _made(folder, f"fault{number}", "ray")
        lost += was_lost.is_set()
        other += len(_content(made) ^ expected)
        left += sum(1 for _ in made.rglob(f"*{TEMPORARY_SUFFIX}"))
    return [
        *metrics,
        metric("cluster: nodes lost", "nodes", lost),
        metric("cluster: half-written files left, nodes lost", "files", left),
        metric("cluster: files and poses other than a laptop's, nodes lost", "", other, 0),
    ]


def _made(folder: Path, name: str, engine: str | None = None) -> Path:
    map_dir = folder / name
    with working_on(engine):
        ingest(map_dir, [folder / "photos"], Settings(), depth="measured", jobs=2)
        merge(map_dir, Everywhere(), Settings(), jobs=2)
    return map_dir


def _content(map_dir: Path) -> set[tuple[str, str]]:
    """Every file that is not half written, which a killed node leaves for `gc`, and every pose,
    with a hash."""
    found = {
        (str(path.relative_to(map_dir)), hashlib.sha256(path.read_bytes()).hexdigest())
        for name in _ARTIFACTS
        for path in (map_dir / name).rglob("*")
        if path.is_file() and TEMPORARY_SUFFIX not in path.name
    }
    with closing(sqlite3.connect(map_dir / CATALOG_NAME)) as catalog:
        rows = catalog.execute("SELECT * FROM solved_poses")
        columns = [column[0] for column in rows.description]
        for row in rows:
            told = {
                name: value for name, value in zip(columns, row, strict=True) if name != "run_id"
            }
            found.add((f"pose {told['photo_id']}", repr(sorted(told.items()))))
    return found


@contextmanager
def _cluster(nodes: int) -> Iterator[Any]:
    """So many nodes with a processor each, on this machine."""
    from ray.cluster_utils import Cluster

    told = {"PYTHONPATH": os.pathsep.join([str(Path.cwd()), *filter(None, sys.path)])}
    told |= {"RAY_USAGE_STATS_ENABLED": "0"}
    before = {name: os.environ.get(name) for name in (*told, "RAY_ADDRESS")}
    os.environ.update(told)
    cluster = Cluster(initialize_head=True, head_node_args=_NODE)
    try:
        for _ in range(nodes - 1):
            cluster.add_node(**_NODE)
        os.environ["RAY_ADDRESS"] = cluster.address
        yield cluster
    finally:
        cluster.shutdown()
        for name, value in before.items():
            if value is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = value


@contextmanager
def _losing(cluster: Any, after_s: float) -> Iterator[threading.Event]:
    """After so long the node that is not the head is killed, and the head does the rest."""
    lost, ended = threading.Event(), threading.Event()

    def lose() -> None:
        if not ended.wait(after_s):
            (node,) = cluster.worker_nodes
            cluster.remove_node(node, allow_graceful=False)
            lost.set()

    thread = threading.Thread(target=lose)
    thread.start()
    try:
        yield lost
    finally:
        ended.set()
        thread.join()
