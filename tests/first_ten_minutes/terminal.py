"""Commands typed into a terminal, and what stays on it."""

from __future__ import annotations

import os
import re
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import pexpect

BIN = Path(sys.executable).parent
ROWS, COLUMNS = 40, 110
_ESCAPES = re.compile(r"\x1b(?:\[[0-9;?]*[ -/]*[@-~]|\][^\x07]*\x07|[()][A-Z0-9])")
# A command that says nothing for so long is taken to hang.
_SILENT_S = 1800


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """What a command printed, line by line as it stays on the screen, its exit code, and how long
    it took."""

    command: str
    lines: tuple[str, ...]
    code: int
    took_s: float

    @property
    def text(self) -> str:
        """All lines."""
        return "\n".join(self.lines)


@dataclass(frozen=True, slots=True, kw_only=True)
class Terminal:
    """A folder in which commands are typed; worldmap's own map and models are not there."""

    folder: Path

    def typed(
        self, command: str, *, answers: Sequence[tuple[str, str]] = (), stop_at: str | None = None
    ) -> Said:
        """What a command says. answers: a text that is waited for, and what is typed then. stop_at:
        a text at which Ctrl-C is typed."""
        name, *arguments = command.split()
        began = time.perf_counter()
        child = pexpect.spawn(
            str(BIN / name),
            arguments,
            cwd=str(self.folder),
            env=dict(self._environment()),
            dimensions=(ROWS, COLUMNS),
            encoding="utf-8",
            timeout=_SILENT_S,
        )
        shown = ""
        for asked, answer in answers:
            child.expect_exact(asked)
            shown += str(child.before) + str(child.after)
            child.sendline(answer)
        if stop_at is not None:
            child.expect(stop_at)
            shown += str(child.before) + str(child.after)
            child.sendintr()
        child.expect(pexpect.EOF)
        shown += str(child.before)
        child.close()
        code = child.exitstatus if child.exitstatus is not None else 128 + int(child.signalstatus)
        took_s = time.perf_counter() - began
        return Said(command=command, lines=staying(shown), code=code, took_s=took_s)

    def _environment(self) -> Mapping[str, str]:
        unset = ("DISPLAY", "WAYLAND_DISPLAY", "WORLDMAP_MAP", "WORLDMAP_MODELS", "COLUMNS")
        kept = {k: v for k, v in os.environ.items() if k not in unset}
        return {
            **kept,
            "TERM": "xterm-256color",
            "HF_HOME": str(self.folder / "no-models"),
            "WORLDMAP_MODELS": str(self.folder / "no-models"),
        }


def staying(shown: str) -> tuple[str, ...]:
    """The lines that stay on a terminal of what was written to it: what a carriage return or an
    erased line takes back is gone."""
    lines = []
    for line in shown.replace("\r\n", "\n").split("\n"):
        for part in reversed(re.split(r"\r|\x1b\[2K", line)):
            plain = _ESCAPES.sub("", part).rstrip()
            if plain:
                lines.append(plain)
                break
    return tuple(lines)
