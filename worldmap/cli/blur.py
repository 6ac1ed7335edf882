"""What `--no-blur` says of pictures that are written for others."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from worldmap.blur import Blur
    from worldmap.console import Console


def blur_for(console: Console, *, no_blur: bool) -> Blur | None:
    """What blurs them; None where that is not wanted, or not to be had here. What cannot be blurred
    is said."""
    if no_blur:
        return None
    from worldmap.blur import Blur, not_blurred

    found = Blur.here()
    missing = not_blurred(found)
    if missing:
        console.warn(missing)
    return found
