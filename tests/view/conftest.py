"""A browser for the tests of a page."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from tests.helpers.browser import Watched, chromium


@pytest.fixture(scope="module")
def new_page() -> Iterator[Callable[..., Watched]]:
    """Opens pages, each as in a fresh browser."""
    with chromium() as opened:
        yield opened
