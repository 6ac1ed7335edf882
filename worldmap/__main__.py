"""`python -m worldmap` and the installed `worldmap` command."""

from __future__ import annotations

from worldmap.cli import app
from worldmap.console import set_up_streams


def main() -> None:
    """Run the command line."""
    set_up_streams()
    app(prog_name="worldmap")


if __name__ == "__main__":
    main()
