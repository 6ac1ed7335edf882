"""What `--no-blur` says of pictures that are written for others."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from worldmap.blur import Blur
    from worldmap.console import Console


def blur_for(console: Console, *, no_blur: bool) -> Blur | None:
    """What blurs them; None where that is not wanted, or, which is said, not to be had here."""
    if no_blur:
        return None
    from worldmap.blur import Blur
    from worldmap.blur.picture import NOT_HERE

    found = Blur.here()
    if found is None:
        console.warn(NOT_HERE)
    return found
