"""The page's own files: built from `web/` into `assets/`, and what is filled in when it is served.

`assets/manifest.json` says what they were built from.
"""

from __future__ import annotations

import base64
import hashlib
import json
from dataclasses import dataclass
from importlib.resources import files
from typing import Final
from urllib.parse import urlsplit

from worldmap.errors import UsageError
from worldmap.printable import escaped

MEDIA_TYPES: Final = {
    "decode.js": "text/javascript",
    "laz-perf.wasm": "application/wasm",
    "licences.txt": "text/plain; charset=utf-8",
    "view.css": "text/css",
    "view.js": "text/javascript",
    "world.json": "application/json",
}
"""The assets that the page may fetch, and what they are."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Basemap:
    """A raster map below everything, from a server that the user names; nothing else on the page
    ever asks another machine for anything."""

    url: str
    attribution: str = ""
    terms: str = ""

    @property
    def origin(self) -> str:
        """Scheme and host, for the content security policy; a placeholder in the host is any."""
        parts = urlsplit(self.url)
        host = parts.netloc.replace("{s}", "*") if parts.netloc.startswith("{s}.") else parts.netloc
        return f"{parts.scheme}://{host}"


PRESETS: Final = {
    "osm": Basemap(
        url="https://tile.openstreetmap.org/{z}/{x}/{y}.png",
        attribution="© OpenStreetMap contributors, openstreetmap.org/copyright",
        terms="map tiles by OpenStreetMap, for people who look, not for heavy use: "
        "operations.osmfoundation.org/policies/tiles",
    )
}
"""Basemaps by name, with what their owners ask of who uses them."""


def check_basemap(url: str, attribution: str = "") -> Basemap:
    """A basemap from what a user typed, a preset's name or an address. UsageError unless that is an
    http(s) URL with {z}, {x}, {y}.

    The address goes into a header and a policy: no blanks, quotes or separators in its host.
    """
    if url in PRESETS:
        return PRESETS[url]
    parts = urlsplit(url)
    host = parts.netloc.removeprefix("{s}.")
    if (
        parts.scheme not in ("http", "https")
        or not host
        or not all(letter.isalnum() or letter in ".-:[]" for letter in host)
    ):
        raise UsageError(
            f"not a basemap: {url}",
            hint=f"it is {', '.join(PRESETS)}, or begins with http:// or https:// and a host",
        )
    if not all(place in url for place in ("{z}", "{x}", "{y}")):
        raise UsageError(f"not a basemap: {url}", hint="it needs {z}, {x} and {y}")
    return Basemap(url=url, attribution=attribution)


def asset(name: str) -> bytes:
    """The bytes of a built file. FileNotFoundError where there is none of that name."""
    return (files("worldmap.view") / "assets" / name).read_bytes()


def content_security_policy(basemap: Basemap | None, *, script: str | None = None) -> str:
    """What the page may load: its own server, and the basemap's pictures where there is one.

    script: the text of the one script that a page carries in itself, where it is a single file;
    no other may run then.
    """
    own, connect = "'self'", "'self'"
    if script is not None:
        digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
        own, connect = f"'sha256-{digest}' blob:", "data: blob:"
    pictures = f" {basemap.origin}" if basemap else ""
    return "; ".join(
        (
            "default-src 'none'",
            f"script-src {own} 'wasm-unsafe-eval'",
            "worker-src 'self' blob:",
            f"connect-src {connect}",
            f"img-src 'self' data: blob:{pictures}",
            "style-src 'self' 'unsafe-inline'",
            "base-uri 'none'",
            "form-action 'none'",
        )
    )


def index_html(title: str, basemap: Basemap | None, *, script: str | None = None) -> str:
    """The page; script as in `content_security_policy`, which is in the page too, so that it holds
    behind any web server."""
    told = {
        "basemap": basemap.url if basemap else None,
        "attribution": escaped(basemap.attribution) if basemap else "",
    }
    parts = {
        "{{title}}": escaped(title),
        "{{csp}}": escaped(content_security_policy(basemap, script=script)),
        "{{settings}}": script_json(told),
    }
    page = asset("index.html").decode()
    for mark, text in parts.items():
        page = page.replace(mark, text)
    return page


def script_json(value: object) -> str:
    """JSON that can stand inside a <script> element."""
    return json.dumps(value, separators=(",", ":")).replace("<", "\\u003c")
