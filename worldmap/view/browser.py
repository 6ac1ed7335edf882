"""Opening the page in the person's own browser, where there is a desktop."""

from __future__ import annotations

import os
import sys
import threading
import webbrowser


def open_page(url: str) -> None:
    """Open `url` in the default browser, without waiting for it; nothing happens without a
    desktop, where a text browser would take over the terminal."""
    desktop = sys.platform in ("darwin", "win32") or any(
        os.environ.get(name) for name in ("DISPLAY", "WAYLAND_DISPLAY")
    )
    if desktop:
        threading.Thread(target=webbrowser.open, args=(url,), daemon=True).start()
