"""`worldmap view` as a process of its own, and questions to it that no client tidies up."""

from __future__ import annotations

import http.client
import json
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

WORLDMAP = Path(sys.executable).with_name("worldmap")


@dataclass(frozen=True)
class Answer:
    status: int
    headers: Mapping[str, str]
    body: bytes


@dataclass(frozen=True)
class Served:
    """A map that is being served."""

    url: str

    @property
    def netloc(self) -> str:
        return urlsplit(self.url).netloc

    def ask(
        self, path: str, headers: Mapping[str, str] | None = None, method: str = "GET"
    ) -> Answer:
        """The answer to exactly this path."""
        connection = http.client.HTTPConnection(self.netloc, timeout=600)
        try:
            connection.request(method, path, headers=dict(headers or {}))
            response = connection.getresponse()
            names = {name.lower(): value for name, value in response.getheaders()}
            return Answer(response.status, names, response.read())
        finally:
            connection.close()


@contextmanager
def served(map_dir: Path, *options: str) -> Iterator[Served]:
    """The map served on a free port; ended as by Ctrl-C, which is no error."""
    command = [str(WORLDMAP), "view", "--map", str(map_dir), "--no-browser", "--json"]
    process = subprocess.Popen(
        [*command, "--port", "0", *options], stdout=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    try:
        line = process.stdout.readline()
        assert line, "it ended before it served"
        yield Served(json.loads(line)["url"])
        process.send_signal(signal.SIGINT)
        assert process.wait(timeout=600) == 0
    finally:
        process.kill()
        process.wait()
        process.stdout.close()
