"""A real browser, Debian's Chromium, drawing in software; skips where there is none."""

from __future__ import annotations

import io
import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from tests.helpers.other_programs import AXE

FLAGS = ("--no-sandbox", "--use-gl=angle", "--use-angle=swiftshader", "--enable-unsafe-swiftshader")
PATIENCE_S = 300.0
SCREENSHOTS = Path(os.environ.get("WORLDMAP_SCREENSHOTS", "build/screenshots"))


class Watched:
    """A page that keeps what went wrong on it and whom it asked."""

    def __init__(self, page: Any) -> None:
        self.page = page
        self.errors: list[str] = []
        self.asked: list[str] = []
        page.on("console", self._console)
        page.on("pageerror", lambda error: self.errors.append(str(error)))
        page.on("request", lambda request: self.asked.append(request.url))

    def _console(self, message: Any) -> None:
        if message.type in ("error", "warning"):
            self.errors.append(message.text)

    def wait(self, condition: str, timeout_s: float = PATIENCE_S) -> None:
        """Until this JavaScript expression is true. A function, as the policy allows no eval."""
        self.page.wait_for_function(f"() => {condition}", timeout=timeout_s * 1000)

    def ask(self, expression: str) -> Any:
        return self.page.evaluate(f"() => {expression}")

    def open(self, url: str) -> None:
        """Go there and wait until the points are loaded and drawn."""
        self.page.goto(url)
        self.wait("window.worldmap?.scene?.settled && !worldmap.scene.cloud.isBusy")
        self.drawn()

    def drawn(self) -> None:
        """Until nothing is left to draw."""
        self.wait("!worldmap.scene.dirty && !worldmap.scene.flight && !worldmap.scene.cloud.isBusy")

    def shot(self, name: str) -> NDArray[np.uint8]:
        """The page (H, W, 3), kept as an artifact."""
        content = self.page.screenshot()
        SCREENSHOTS.mkdir(parents=True, exist_ok=True)
        (SCREENSHOTS / f"{name}.png").write_bytes(content)
        return pixels(content)

    def violations(self) -> list[str]:
        """What axe finds: each rule that is broken, and where. Its own choice of rules: WCAG 2.2 A,
        AA, and good practice."""
        if not self.ask("Boolean(window.axe)"):
            self.page.evaluate(AXE.read_text())
        found = self.page.evaluate("async () => (await axe.run()).violations")
        return [
            f"{rule['id']}: {', '.join(str(node['target']) for node in rule['nodes'])}"
            for rule in found
        ]

    def canvas(self) -> NDArray[np.uint8]:
        """The middle of the 3-D view (H, W, 3), clear of what lies over its edges."""
        box = self.page.locator("#canvas").bounding_box()
        clip = {
            "x": box["x"] + box["width"] * 0.25,
            "y": box["y"] + box["height"] * 0.25,
            "width": box["width"] * 0.4,
            "height": box["height"] * 0.45,
        }
        return pixels(self.page.screenshot(clip=clip))


def pixels(content: bytes) -> NDArray[np.uint8]:
    with Image.open(io.BytesIO(content)) as image:
        return np.array(image.convert("RGB"))


@contextmanager
def chromium() -> Iterator[Callable[..., Watched]]:
    """A function that opens pages, each as in a fresh browser; its options are playwright's."""
    path = shutil.which("chromium") or shutil.which("chromium-browser")
    if path is None:
        pytest.skip("there is no chromium here (Debian: apt-get install chromium)")
    sync_api = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
    with sync_api.sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=list(FLAGS))
        contexts = []

        def opened(**options: Any) -> Watched:
            options = {"viewport": {"width": 1280, "height": 800}, **options}
            contexts.append(browser.new_context(**options))
            # How long a page takes says how busy the machine is.
            contexts[-1].set_default_timeout(1000 * PATIENCE_S)
            return Watched(contexts[-1].new_page())

        try:
            yield opened
        finally:
            for context in contexts:
                context.close()
            browser.close()
