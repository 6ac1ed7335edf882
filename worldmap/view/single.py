"""A small map as one file that opens in any browser, without a server or a network."""

from __future__ import annotations

import base64
from contextlib import suppress
from pathlib import Path
from typing import Final

from worldmap.artifact import remove_half_written, write_file
from worldmap.errors import FormatError, MissingFileError, UsageError, WorldmapError
from worldmap.rights import NAME as ATTRIBUTION
from worldmap.view.page import Basemap, asset, index_html, script_json
from worldmap.view.published import DOCUMENT, PublishedMap
from worldmap.view.site import Written

LARGEST_BYTES: Final = 300_000_000
"""Browsers keep the whole page in memory, several times over."""


def write_single(published: PublishedMap, out: Path, basemap: Basemap | None = None) -> Written:
    """Write page, photos (reduced) and points into `out`, an .html file.

    UsageError for another suffix or a map that is too large for it, LicenceError where the photos'
    licences do not go together, StorageError where it cannot be written.
    """
    if out.suffix.lower() not in (".html", ".htm"):
        raise FormatError("is no page", path=out, hint="--single writes an .html file")
    bundle = {
        "assets/laz-perf.wasm": asset("laz-perf.wasm"),
        "assets/world.json": asset("world.json"),
        DOCUMENT: published.document(),
    }
    if attribution := published.attribution():
        bundle[ATTRIBUTION] = attribution.encode()
    left_out = []
    for name in published.names():
        try:
            found = published.open(name)
        except WorldmapError as error:
            left_out.append(str(error))
            continue
        if found is None:
            continue
        with suppress(MissingFileError):  # the page says of a tile that it cannot be read
            bundle[name] = found.whole()
        if sum(map(len, bundle.values())) > LARGEST_BYTES:
            raise UsageError(
                f"this is more than {LARGEST_BYTES // 10**6} MB: too much for one page",
                hint="take a smaller --area, or --static OUT/",
            )
    encoded = {name: base64.b64encode(content).decode() for name, content in bundle.items()}
    script = _script("view.js")
    page = index_html(published.name, basemap, script=script)
    for mark, text in (
        ('<link rel="preload" href="map.json" as="fetch" crossorigin="anonymous">', ""),
        ('<link rel="stylesheet" href="assets/view.css">', f"<style>{_asset('view.css')}</style>"),
        (
            '<script type="module" src="assets/view.js"></script>',
            f'<script type="text/plain" id="worker">{_script("decode.js")}</script>\n'
            f'<script type="application/json" id="bundle">{script_json(encoded)}</script>\n'
            f'<script type="module">{script}</script>',
        ),
    ):
        page = page.replace(mark, text)
    content = page.encode()
    remove_half_written(out)
    write_file(out, content)
    return Written(
        path=out,
        files=1,
        size_bytes=len(content),
        left_out=(*left_out, *published.not_shown),
    )


def _asset(name: str) -> str:
    return asset(name).decode()


def _script(name: str) -> str:
    """A script that can stand inside an element: `</script` and `<!--` would end or upset it."""
    return _asset(name).replace("</script", "<\\/script").replace("<!--", "<\\!--")
