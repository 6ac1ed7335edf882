"""`python -m tests.first_ten_minutes [PHOTOS]`: play README's commands from an empty folder, on a
small street or on photos of one's own, and show what they said, how much, and how long it took.

Exit code 1 where one does not say what README and docs/tour.md promise."""

from __future__ import annotations

import shutil
import sys
import tempfile
from pathlib import Path

from tests.first_ten_minutes.photos import small_street
from tests.first_ten_minutes.play import NotAsToldError, play


def main() -> int:
    """Played in a folder of its own, which goes afterwards."""
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        if len(sys.argv) > 1:
            shutil.copytree(sys.argv[1], folder / "photos")
        else:
            small_street(folder / "photos")
        try:
            steps = play(folder)
        except NotAsToldError as wrong:
            print(wrong, file=sys.stderr)
            return 1
    for said in steps:
        print(f"$ {said.command}    [{said.took_s:.1f} s, {len(said.lines)} lines]")
        print(said.text, end="\n\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
