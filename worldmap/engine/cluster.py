"""A Ray cluster: many machines, or one that is such a cluster by itself. The one door to Ray."""

from __future__ import annotations

import contextlib
import os
import socket
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final, Self

from worldmap.artifact import temporary_file
from worldmap.engine import node
from worldmap.engine.outcome import Item, Needs, Outcome, Result
from worldmap.engine.spread import Spread
from worldmap.errors import ClusterError, ExtraError

RAY: Final = "ray"
CLIENT: Final = "ray://"
_CLIENT_PORT: Final = 10001
_NAMED: Final = "RAY_ADDRESS"
_KNOCK_S: Final = 10.0
_EXTRA: Final = "pip install 'worldmap[cluster]'"


def _quieten() -> None:
    """Ray prints what becomes of its nodes to our standard output, where somebody reads JSON lines;
    there is no setting for it."""
    with contextlib.suppress(ImportError):
        from ray._private import worker

        if hasattr(worker, "print_to_stdstream"):
            worker.print_to_stdstream = lambda *_, **__: None


@dataclass(eq=False)
class Cluster:
    """A Ray cluster, connected to while it is entered. name: `ray`, the one that this machine
    belongs to, or `ray://HOST[:PORT]`, through its head.

    Its nodes have the same worldmap and see the map's folder and the photos under the same paths.
    """

    name: str
    _ray: Any = field(default=None, repr=False)

    def __enter__(self) -> Self:
        """ExtraError without Ray, ClusterError where no cluster answers."""
        # No advice of Ray's among our lines.
        os.environ.setdefault("RAY_ACCEL_ENV_VAR_OVERRIDE_ON_ZERO", "0")
        try:
            import ray

            _quieten()
            self._knock()
            ray.init(address=self._address(), log_to_driver=False, logging_level="ERROR")
        except ImportError as error:
            raise ExtraError(f"--engine {self.name} needs another package", hint=_EXTRA) from error
        except Exception as error:
            why = (str(error).splitlines() or [type(error).__name__])[0]
            raise ClusterError(
                f"{self.name}: no Ray cluster answers ({why})",
                hint="`ray start --head` begins one on this machine",
            ) from error
        self._ray = ray
        return self

    def __exit__(self, *_: object) -> None:
        self._ray.shutdown()

    def _knock(self) -> None:
        """OSError where nobody listens at the address that the environment names: Ray would try for
        minutes, and say so line by line."""
        named = os.environ.get(_NAMED, "") if self.name == RAY else self._address()
        host, _, port = named.removeprefix(CLIENT).rpartition(":")
        if host and port.isdecimal():
            socket.create_connection((host.strip("[]"), int(port)), _KNOCK_S).close()

    def _address(self) -> str:
        if self.name == RAY:
            return "auto"
        has_port = ":" in self.name.removeprefix(CLIENT)
        return self.name if has_port else f"{self.name}:{_CLIENT_PORT}"

    def require_shared(self, folder: Path | None, paths: Iterable[Path]) -> None:
        """ClusterError where a node does not see what is written into this folder, where there is
        one, or one of these paths."""
        from ray.util.scheduling_strategies import NodeAffinitySchedulingStrategy as OnNode

        ray = self._ray
        ask = ray.remote(node.unseen)
        names = sorted(str(path.absolute()) for path in paths)
        with contextlib.ExitStack() as stack:
            mark = None
            if folder is not None:
                mark = stack.enter_context(temporary_file(folder.absolute() / "shared"))
                names.insert(0, str(mark))
            try:
                asked = [
                    ask.options(
                        num_cpus=0,
                        scheduling_strategy=OnNode(node_id=each["NodeID"], soft=True),
                    ).remote(names)
                    for each in ray.nodes()
                    if each["Alive"]
                ]
                missing = next(filter(None, ray.get(asked)), None)
            except ray.exceptions.RayError as error:
                raise ClusterError(f"{self.name}: {error}") from error
            finally:
                with contextlib.suppress(OSError):
                    if mark is not None:
                        mark.unlink()
        if missing is not None:
            raise ClusterError(
                f"{self.name}: {missing}",
                hint="its nodes need the map's folder and the photos under the same paths, as on a "
                "network file system",
            )

    def run_each(
        self,
        function: Callable[[Item], Result],
        items: Sequence[Item],
        *,
        on_result: Callable[[Outcome[Item, Result]], None],
        limit_s: float | None = None,
        needs: Needs = Needs.PROCESSOR,
    ) -> None:
        """See `Engine`. An item whose process dies or whose node is lost is begun again, three
        times in all. One that takes far longer than others did while processors are idle is begun
        once more, and the first answer counts."""
        spread: Spread[Item, Result] = Spread(self._ray, self.name, function, items, limit_s, needs)
        try:
            for outcome in spread.outcomes():
                on_result(outcome)
        finally:
            spread.cancel()
