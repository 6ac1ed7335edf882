"""The loop: damaged inputs into a reader, in a process that may die; what came of each is told."""

from __future__ import annotations

import random
import resource
import shutil
import tempfile
import time
import traceback
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from tests.fuzz.mutation import mutated
from tests.fuzz.readers import READERS
from worldmap.engine import Isolated, TimeLimitError, WorkerDiedError
from worldmap.errors import WorldmapError
from worldmap.mapfolder import tilefile

CORPUS = Path(__file__).resolve().parent / "corpus"
HANG_S = 20.0
_BATCH = 40
_BATCH_LIMIT_S = 120.0
_TILE_PATIENCE_S = 2.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """An input that a reader did not take as it should. kind: escape (another error than ours, or
    one of several lines), hang, abort."""

    reader: str
    kind: str
    what: str
    content: bytes


@dataclass(slots=True)
class Tally:
    """What a run found. peak_mib: the highest memory of a reader's process on one input."""

    inputs: dict[str, int] = field(default_factory=dict)
    findings: list[Finding] = field(default_factory=list)
    peak_mib: float = 0.0
    slowest_s: float = 0.0
    slowest: str = ""


def inputs(reader: str, seed: int, first: int, last: int) -> Iterator[bytes]:
    """The inputs first..last-1 of that reader and seed; the corpus and the seeds come first."""
    sound = READERS[reader].seeds()
    kept = [path.read_bytes() for path in sorted(CORPUS.glob(f"{reader}-*"))]
    plain = [*sound, *kept]
    others = [XMP_LIKE, *plain]
    for number in range(first, last):
        if number < len(plain):
            yield plain[number]
        else:
            choose = random.Random(f"{reader} {seed} {number}")
            yield mutated(choose.choice(plain), choose, others)


XMP_LIKE = b"<?xpacket begin?><x:xmpmeta xmlns:x='adobe:ns:meta/'>\xff\xd8\xff\xe1PK\x03\x04LASF"


@dataclass(frozen=True, slots=True, kw_only=True)
class Batch:
    """Some inputs of one reader; the number of the one at work is written to `progress`."""

    reader: str
    seed: int
    first: int
    last: int
    progress: Path


def work(batch: Batch) -> tuple[list[Finding], float, float]:
    """Findings, peak memory (MiB) and the longest time (s) of a batch."""
    found: list[Finding] = []
    peak_mib = slowest_s = 0.0
    read = READERS[batch.reader].read
    contents = inputs(batch.reader, batch.seed, batch.first, batch.last)
    for number, content in enumerate(contents, start=batch.first):
        batch.progress.write_text(f"{number} {time.time()}")
        folder = Path(tempfile.mkdtemp(prefix="worldmap-fuzz-"))
        _forget_peak()
        started_s = time.monotonic()
        try:
            read(content, folder)
        except WorldmapError as error:
            if "\n" in str(error) or not str(error):
                found.append(_finding(batch.reader, content, error))
        except Exception as error:
            found.append(_finding(batch.reader, content, error))
        finally:
            shutil.rmtree(folder, ignore_errors=True)
        slowest_s = max(slowest_s, time.monotonic() - started_s)
        peak_mib = max(peak_mib, _peak_mib())
    return found, peak_mib, slowest_s


def _finding(reader: str, content: bytes, error: Exception) -> Finding:
    last = traceback.extract_tb(error.__traceback__)[-1]
    what = f"{type(error).__name__}: {error} ({Path(last.filename).name}:{last.lineno})"
    return Finding(reader=reader, kind="escape", what=" ".join(what.split())[:300], content=content)


def _processes() -> list[str]:
    """This process, and the one that decodes tiles where there is one, as /proc names them."""
    decoder = tilefile._reader()._worker if tilefile._reader.cache_info().currsize else None
    return ["self", *([str(decoder.process.pid)] if decoder else [])]


def _forget_peak() -> None:
    for process in _processes():
        with suppress(OSError):
            Path(f"/proc/{process}/clear_refs").write_text("5")


def _peak_mib() -> float:
    return max(_peak_of(process) for process in _processes())


def _peak_of(process: str) -> float:
    try:
        status = Path(f"/proc/{process}/status").read_text()
    except OSError:
        return 0.0
    line = next((line for line in status.splitlines() if line.startswith("VmHWM:")), "a 0")
    return int(line.split()[1]) / 1024


def _peak_of_the_dead_mib() -> float:
    """Of all decoders that ended by what they were given."""
    return resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024


def run(counts: Mapping[str, int], seed: int) -> Tally:
    """So many inputs for each reader. An input that takes longer than HANG_S hangs."""
    tally = Tally()
    with tempfile.TemporaryDirectory() as folder:
        progress = Path(folder, "progress")
        with Isolated(work, limit_s=_BATCH_LIMIT_S) as isolated:
            for reader, count in counts.items():
                first = 0
                while first < count:
                    last = min(first + _BATCH, count)
                    batch = Batch(
                        reader=reader, seed=seed, first=first, last=last, progress=progress
                    )
                    first = _run(batch, isolated, tally)
                tally.inputs[reader] = count
    return tally


def _run(
    batch: Batch, isolated: Isolated[Batch, tuple[list[Finding], float, float]], tally: Tally
) -> int:
    """Runs a batch; returns the number of the next input."""
    try:
        if READERS[batch.reader].apart:
            found, peak_mib, slowest_s = _work_here(batch)
        else:
            found, peak_mib, slowest_s = isolated(batch)
    except WorkerDiedError as error:
        number, since = batch.progress.read_text().split()
        at = int(number)
        hangs = isinstance(error, TimeLimitError)
        if hangs and time.time() - float(since) < HANG_S:
            return at  # a slow batch: the rest of it once more
        (content,) = inputs(batch.reader, batch.seed, at, at + 1)
        kind = "hang" if hangs else "abort"
        tally.findings.append(
            Finding(reader=batch.reader, kind=kind, what=str(error), content=content)
        )
        return at + 1
    tally.findings += found
    tally.peak_mib = max(tally.peak_mib, peak_mib)
    if slowest_s > tally.slowest_s:
        tally.slowest_s, tally.slowest = slowest_s, batch.reader
    return batch.last


def _work_here(batch: Batch) -> tuple[list[Finding], float, float]:
    patience_s, tilefile._PATIENCE_S = tilefile._PATIENCE_S, _TILE_PATIENCE_S  # type: ignore[misc]
    dead_mib = _peak_of_the_dead_mib()
    try:
        found, peak_mib, slowest_s = work(batch)
        if _peak_of_the_dead_mib() > dead_mib:
            peak_mib = max(peak_mib, _peak_of_the_dead_mib())
        return found, peak_mib, slowest_s
    finally:
        tilefile._PATIENCE_S = patience_s  # type: ignore[misc]


def spread(total: int) -> dict[str, int]:
    """About `total` inputs over all readers, by their weights; every reader gets some."""
    weights = sum(reader.weight for reader in READERS.values())
    return {
        name: max(4, round(total * reader.weight / weights)) for name, reader in READERS.items()
    }
