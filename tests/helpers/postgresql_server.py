"""A PostgreSQL server of the tests' own, on a socket in a temporary folder."""

from __future__ import annotations

import contextlib
import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

_DEBIAN = Path("/usr/lib/postgresql")


class NoServerError(Exception):
    """Why no server can be started."""


def _programs() -> Path:
    found = shutil.which("initdb")
    if found:
        return Path(found).parent
    versions = sorted(_DEBIAN.glob("*/bin/initdb"), key=lambda path: int(path.parts[-3]))
    if not versions:
        raise NoServerError("PostgreSQL's server is not installed here")
    return versions[-1].parent


def told(folder: Path, *words: str) -> None:
    """Tell the server whose socket is in a folder to `start` or `stop`; NoServerError where it does
    not."""
    user = "postgres" if os.geteuid() == 0 else None
    # Without a log file of its own the server would keep this process's pipes open.
    command = [f"{_programs()}/pg_ctl", "-D", f"{folder}/data", "-w", "-l", f"{folder}/log", *words]
    done = subprocess.run(
        command, check=False, capture_output=True, text=True, user=user, cwd=folder
    )
    if done.returncode != 0:
        raise NoServerError((done.stderr or done.stdout).strip()[-300:])


def options_of(folder: Path) -> str:
    """How it is started."""
    return (
        f"-c listen_addresses='' -c unix_socket_directories={folder} -c fsync=off"
        " -c shared_buffers=16MB -c max_connections=30"
    )


@contextlib.contextmanager
def server() -> Iterator[str]:
    """The folder of a running server's socket; NoServerError, with the reason, where none can run.

    PostgreSQL refuses to run as root; then it runs as the user `postgres` of Debian's package.
    """
    programs = _programs()
    user = "postgres" if os.geteuid() == 0 else None
    folder = Path(tempfile.mkdtemp(prefix="worldmap-postgresql-"))
    if user is not None:
        try:
            shutil.chown(folder, user)
        except LookupError:
            shutil.rmtree(folder)
            raise NoServerError(
                "PostgreSQL cannot run as root, and there is no user postgres"
            ) from None
    data = folder / "data"

    def run(*command: str) -> None:
        done = subprocess.run(
            command, check=False, capture_output=True, text=True, user=user, cwd=folder
        )
        if done.returncode != 0:
            raise NoServerError(
                f"{Path(command[0]).name}: {(done.stderr or done.stdout).strip()[-300:]}"
            )

    try:
        run(
            f"{programs}/initdb",
            "-D",
            str(data),
            "-U",
            "worldmap",
            "-A",
            "trust",
            "-N",
            "-E",
            "UTF8",
        )
        told(folder, "-o", options_of(folder), "start")
        try:
            yield str(folder)
        finally:
            told(folder, "-m", "immediate", "stop")
    finally:
        shutil.rmtree(folder, ignore_errors=True)
