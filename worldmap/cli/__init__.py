"""The command line: one module per command or family.

A command reads its arguments, calls the pipeline, and hands what it found to `show`. What it needs
is imported when it runs, so that `--help` and `--version` are quick. `options` has what commands
share, `command` what surrounds each of them, `exits` the exit codes; nothing else exits.
"""

from worldmap.cli.main import app

__all__ = ["app"]
