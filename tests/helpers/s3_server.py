"""An S3 server of the tests' own (moto's), in a process of its own, that can be stopped and started
again with all that it holds."""

from __future__ import annotations

import contextlib
import importlib.util
import socket
import subprocess
import sys
import threading
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

_BUCKET: Final = "worldmap-tests"


class NoServerError(Exception):
    """Why no server can be started."""


@dataclass(frozen=True, slots=True)
class S3Server:
    """A running server. environment: what worldmap finds it by."""

    _process: subprocess.Popen[str]
    environment: dict[str, str]

    def new_map(self) -> str:
        """The address of a map that is not there yet."""
        return f"s3://{_BUCKET}/maps/{uuid.uuid4().hex}"

    def stop(self) -> None:
        """Refuse all connections, and keep what is stored."""
        self._tell("stop")

    def start(self) -> None:
        """Serve again, at the same address."""
        self._tell("start")

    def away(self, attempts: int) -> threading.Thread:
        """Stop, and start again when somebody has tried to connect so often; gives what does."""
        port = int(self.environment["AWS_ENDPOINT_URL"].rpartition(":")[2])
        self.stop()
        heard = socket.create_server(("127.0.0.1", port))

        def refuse() -> None:
            with heard:
                for _ in range(attempts):
                    heard.accept()[0].close()
            self.start()

        waiting = threading.Thread(target=refuse, daemon=True)
        waiting.start()
        return waiting

    def _tell(self, word: str) -> None:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(f"{word}\n")
        self._process.stdin.flush()
        assert self._process.stdout.readline().strip() == "done"


@contextlib.contextmanager
def s3_server() -> Iterator[S3Server]:
    """A server; NoServerError, with the reason, where none can run."""
    for name in ("obstore", "moto", "flask_cors"):
        if importlib.util.find_spec(name) is None:
            raise NoServerError(f"{name} is not installed here (obstore, moto[server])")
    command = [sys.executable, "-W", "ignore", "-m", "tests.helpers.s3_server"]
    process = subprocess.Popen(
        command,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    with process:
        assert process.stdout is not None
        assert process.stdin is not None
        port = process.stdout.readline().strip()
        if not port:
            raise NoServerError("moto's server did not start")
        try:
            yield S3Server(
                process,
                {
                    "AWS_ENDPOINT_URL": f"http://127.0.0.1:{port}",
                    "AWS_ACCESS_KEY_ID": "tests",
                    "AWS_SECRET_ACCESS_KEY": "tests",
                    "AWS_REGION": "us-east-1",
                },
            )
        finally:
            process.stdin.close()


def _serve() -> None:
    """Until nobody tells anything any more."""
    from moto.s3.models import s3_backends
    from moto.server import ThreadedMotoServer

    said = sys.stdout
    sys.stdout = sys.stderr  # the server prints what it is asked
    s3_backends["123456789012"]["aws"].create_bucket(_BUCKET, "us-east-1")
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    _, port = server.get_host_and_port()
    print(port, file=said, flush=True)
    for line in sys.stdin:
        if line.strip() == "stop":
            server.stop()
        else:
            server = ThreadedMotoServer(ip_address="127.0.0.1", port=port, verbose=False)
            server.start()
        print("done", file=said, flush=True)
    server.stop()


if __name__ == "__main__":
    _serve()
