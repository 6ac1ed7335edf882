"""A server on this machine that answers as archives of public photos do, by their documentation,
with a few invented photos; and with the faults that a test asks for."""

from __future__ import annotations

import base64
import hashlib
import io
import json
import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

from tests.helpers.photo_makers import scene

TOKEN = "MLY|123|secret-of-the-user"
PAGE = 2
"""Photos on a page of the Panoramax server."""


def jpeg(seed: int, width: int = 64, height: int = 48) -> bytes:
    """A small photo."""
    out = io.BytesIO()
    scene(width, height, seed).save(out, "JPEG", quality=80)
    return out.getvalue()


@dataclass(frozen=True, slots=True, kw_only=True)
class Shot:
    """An invented photo of an archive."""

    name: str
    lat: float
    lon: float
    author: str = "Ada"
    licence: str = "CC-BY-SA-4.0"
    taken: str = "2024-05-06T07:08:09+00:00"
    heading: float = 90.0
    is_round: bool = False
    content: bytes = b""

    @property
    def number(self) -> int:
        """Where an archive counts its photos."""
        return int(hashlib.sha256(self.name.encode()).hexdigest()[:8], 16)


@dataclass(slots=True, kw_only=True)
class Faults:
    """What goes wrong, and how often still: by the last part of the path."""

    busy: Counter[str] = field(default_factory=Counter)
    """503 with Retry-After."""
    broken: Counter[str] = field(default_factory=Counter)
    """Half of the bytes that the header announces, then the connection ends."""
    cut: Counter[str] = field(default_factory=Counter)
    """Half of the file, announced as all of it."""
    expired: set[str] = field(default_factory=set)
    """Addresses of pictures that answer 403 until the archive is asked for new ones."""
    too_much_above_deg: float = 360.0
    """Boxes wider than that are refused as too much to ask."""


class ServedArchive:
    """The server's photos, its faults and what it was asked."""

    def __init__(self, shots: list[Shot]) -> None:
        self.shots = {shot.name: shot for shot in shots}
        self.faults = Faults()
        self.asked: list[str] = []
        self.agents: set[str] = set()
        self.tokens: list[tuple[str, str | None]] = []
        self.renewed: Counter[str] = Counter()
        self.address = ""

    def within(self, west: float, south: float, east: float, north: float) -> list[Shot]:
        """Its photos in a box, by name."""
        return [
            shot
            for _, shot in sorted(self.shots.items())
            if west <= shot.lon <= east and south <= shot.lat <= north
        ]

    def picture(self, shot: Shot) -> str:
        """Where a photo's file is now."""
        return f"{self.address}/files/{self.renewed[shot.name]}/{shot.name}.jpg?sig=of-the-moment"


@contextmanager
def archive_server(shots: list[Shot]) -> Iterator[ServedArchive]:
    """The archive on a port of its own while the block lasts."""
    archive = ServedArchive(shots)

    class Handler(_Handler):
        served = archive

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    archive.address = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    try:
        yield archive
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


class _Handler(BaseHTTPRequestHandler):
    served: ServedArchive
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    wbufsize = -1

    def log_message(self, *_: object) -> None:
        """Nothing."""

    def do_GET(self) -> None:
        self._answer({})

    def do_POST(self) -> None:
        length = int(self.headers.get("Content-Length", 0))
        form = parse_qs(self.rfile.read(length).decode())
        self._answer({name: values[0] for name, values in form.items()})

    def _answer(self, form: dict[str, str]) -> None:
        archive = self.served
        parts = urlsplit(self.path)
        query = {name: values[0] for name, values in parse_qs(parts.query).items()} | form
        last = parts.path.rstrip("/").rsplit("/", 1)[-1]
        archive.asked.append(self.path)
        archive.agents.add(self.headers.get("User-Agent", ""))
        archive.tokens.append((parts.path, self.headers.get("Authorization")))
        if archive.faults.busy[last] > 0:
            archive.faults.busy[last] -= 1
            self._send(503, b"later", {"Retry-After": "7"})
        elif parts.path.startswith("/files/"):
            self._file(last, parts.path)
        elif parts.path.startswith("/cdn/"):
            kept = base64.urlsafe_b64decode(last + "=" * (-len(last) % 4)).decode()
            self._file(kept.rsplit("/", 1)[-1], parts.path)
        elif parts.path == "/px/api/search":
            self._json(*panoramax(archive, query))
        elif parts.path == "/kv/1.0/list/nearby-photos/":
            self._json(*kartaview(archive, query))
        elif parts.path == "/w/api.php":
            self._json(*commons(archive, query))
        elif parts.path.startswith("/mly/"):
            if self.headers.get("Authorization") != f"OAuth {TOKEN}":
                self._json(401, {"error": {"message": "Invalid OAuth access token"}})
            else:
                self._json(*mapillary(archive, parts.path, query))
        else:
            self._json(404, {"error": "nothing here"})

    def _file(self, last: str, path: str) -> None:
        archive, name = self.served, last.removesuffix(".jpg")
        shot = archive.shots.get(name)
        version = path.split("/")[2]
        stale = name in archive.faults.expired and version == "0"
        if shot is None or stale:
            self._json(403 if stale else 404, {"error": "URL signature expired"})
            return
        content = shot.content
        start = 0
        asked = self.headers.get("Range", "")
        if asked.startswith("bytes="):
            start = int(asked.removeprefix("bytes=").rstrip("-"))
        if start >= len(content):
            self._send(416, b"", {"Content-Range": f"bytes */{len(content)}"})
            return
        told = {"Content-Type": "image/jpeg"}
        if start:
            told["Content-Range"] = f"bytes {start}-{len(content) - 1}/{len(content)}"
        rest = content[start:]
        if archive.faults.cut[name] > 0:
            archive.faults.cut[name] -= 1
            rest = rest[: len(rest) // 2]
        if archive.faults.broken[name] > 0:
            archive.faults.broken[name] -= 1
            self.send_response(206 if start else 200)
            self.send_header("Content-Length", str(len(rest)))
            self.end_headers()
            self.wfile.write(rest[: len(rest) // 2])
            self.close_connection = True
            return
        self._send(206 if start else 200, rest, told)

    def _json(self, status: int, content: Any) -> None:
        self._send(status, json.dumps(content).encode(), {"Content-Type": "application/json"})

    def _send(self, status: int, content: bytes, headers: dict[str, str]) -> None:
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)


def panoramax(archive: ServedArchive, query: dict[str, str]) -> tuple[int, Any]:
    """`/api/search` of a STAC API: pages, each with a link to the next."""
    if "ids" in query:
        archive.renewed[query["ids"]] += 1
        found = [archive.shots[query["ids"]]] if query["ids"] in archive.shots else []
    else:
        west, south, east, north = map(float, query["bbox"].split(","))
        found = archive.within(west, south, east, north)
    if "datetime" in query:
        since, until = query["datetime"].split("/")
        found = [s for s in found if since in ("..", "") or s.taken >= since]
        found = [s for s in found if until in ("..", "") or s.taken < until]
    first = int(query.get("token", "0"))
    page, rest = found[first : first + PAGE], found[first + PAGE :]
    links = [{"rel": "self", "href": f"{archive.address}/px/api/search"}]
    if rest:
        more = f"{archive.address}/px/api/search?bbox={query['bbox']}&limit={query['limit']}"
        more += f"&token={first + PAGE}"
        more += f"&datetime={query['datetime']}" if "datetime" in query else ""
        links.append({"rel": "next", "href": more})
    return 200, {
        "type": "FeatureCollection",
        "features": [
            {
                "type": "Feature",
                "id": shot.name,
                "geometry": {"type": "Point", "coordinates": [shot.lon, shot.lat]},
                "providers": [{"name": shot.author, "roles": ["producer"]}],
                "properties": {
                    "datetime": shot.taken,
                    "license": shot.licence,
                    "geovisio:producer": shot.author,
                    "view:azimuth": shot.heading,
                    "quality:horizontal_accuracy": 4,
                    "pers:interior_orientation": {
                        "camera_manufacturer": "GoPro",
                        "camera_model": "Max",
                        "field_of_view": 360 if shot.is_round else 70,
                        "sensor_array_dimensions": [64, 48],
                    },
                    "original_file:size": len(shot.content),
                },
                "assets": {"hd": {"href": archive.picture(shot), "type": "image/jpeg"}},
            }
            for shot in page
        ],
        "links": links,
    }


def mapillary(archive: ServedArchive, path: str, query: dict[str, str]) -> tuple[int, Any]:
    """The Graph API: `/images` in a box, at most so many and no next page; and an entity."""
    last = path.rsplit("/", 1)[-1]
    if last != "images":
        shot = archive.shots.get(last)
        if shot is None:
            return 404, {"error": {"message": "no such object"}}
        archive.renewed[last] += 1
        return 200, _entity(archive, shot)
    west, south, east, north = map(float, query["bbox"].split(","))
    if (east - west) * (north - south) >= 0.01:
        return 400, {"error": {"message": "bbox must be smaller than 0.01 square degrees"}}
    if east - west > archive.faults.too_much_above_deg:
        return 500, {"error": {"message": "Please reduce the amount of data you're asking for"}}
    found = archive.within(west, south, east, north)[: int(query["limit"])]
    return 200, {"data": [_entity(archive, shot) for shot in found]}


def _entity(archive: ServedArchive, shot: Shot) -> Any:
    return {
        "id": shot.name,
        "geometry": {"type": "Point", "coordinates": [shot.lon, shot.lat]},
        "computed_geometry": {"type": "Point", "coordinates": [shot.lon + 1e-5, shot.lat]},
        "computed_compass_angle": shot.heading + 2,
        "computed_rotation": [1.6, 0.1, 0.05],
        "compass_angle": shot.heading,
        "altitude": 35.0,
        "camera_type": "spherical" if shot.is_round else "perspective",
        "camera_parameters": [] if shot.is_round else [0.85, -0.04, 0.01],
        "captured_at": 1714979289000,
        "creator": {"username": shot.author, "id": "7"},
        "make": "Apple",
        "model": "iPhone",
        "width": 64,
        "height": 48,
        "thumb_original_url": archive.picture(shot),
    }


def kartaview(archive: ServedArchive, query: dict[str, str]) -> tuple[int, Any]:
    """`/1.0/list/nearby-photos/`: its own status within a 200, pages by number."""
    north, west = map(float, query["bbTopLeft"].split(","))
    south, east = map(float, query["bbBottomRight"].split(","))
    if east - west > archive.faults.too_much_above_deg:
        return 400, {"status": {"apiCode": "690", "apiMessage": "too many results"}}
    found = archive.within(west, south, east, north)
    size, page = int(query["ipp"]), int(query["page"])
    return 200, {
        "status": {"apiCode": "600", "httpCode": 200, "httpMessage": "Success"},
        "currentPageItems": [
            {
                "id": str(shot.number),
                "sequence_id": "100",
                "sequence_index": "3",
                "lat": f"{shot.lat}",
                "lng": f"{shot.lon}",
                "heading": f"{shot.heading}",
                "gps_accuracy": "6",
                "shot_date": shot.taken[:19].replace("T", " "),
                "username": shot.author,
                "name": f"storage6/files/photo/2024/5/6/proc/{shot.name}.jpg",
                "projection": "SPHERE" if shot.is_round else "PLANE",
            }
            for shot in found[(page - 1) * size : page * size]
        ],
        "totalFilteredItems": [str(len(found))],
    }


def commons(archive: ServedArchive, query: dict[str, str]) -> tuple[int, Any]:
    """`action=query` with a geosearch as generator: properties may come in several answers."""
    if "pageids" in query:
        found = [s for s in archive.shots.values() if str(s.number) == query["pageids"]]
        for shot in found:
            archive.renewed[shot.name] += 1
    else:
        north, west, south, east = map(float, query["ggsbbox"].split("|"))
        found = archive.within(west, south, east, north)
        found = found[: int(query["ggslimit"])]
    half = "iicontinue" not in query
    pages: list[dict[str, Any]] = []
    for shot in found:
        page: dict[str, Any] = {"pageid": shot.number, "title": f"File:{shot.name}.jpg", "ns": 6}
        if half:
            template = (
                f"{{{{Location|{shot.lat}|{shot.lon}|heading:NE}}}}"
                if not shot.is_round
                else "{{Object location|1|2}}"
            )
            page["coordinates"] = [{"lat": shot.lat, "lon": shot.lon, "primary": True}]
            page["revisions"] = [{"slots": {"main": {"content": f"== Summary ==\n{template}"}}}]
        else:
            page["imageinfo"] = [
                {
                    "url": archive.picture(shot),
                    "descriptionurl": f"https://commons.example/wiki/File:{shot.name}.jpg",
                    "mime": "image/jpeg",
                    "size": len(shot.content),
                    "sha1": hashlib.sha1(shot.content).hexdigest(),
                    "width": 64,
                    "height": 48,
                    "user": "uploader",
                    "extmetadata": {
                        "Artist": {"value": f'<a href="//x">{shot.author}</a>'},
                        "License": {"value": shot.licence.lower()},
                        "LicenseShortName": {"value": shot.licence.replace("-", " ", 1)},
                        "DateTimeOriginal": {"value": shot.taken[:19].replace("T", " ")},
                    },
                }
            ]
        pages.append(page)
    answer: dict[str, Any] = {"query": {"pages": pages}} if pages else {}
    if half and pages:
        answer["continue"] = {"iicontinue": "1|x", "continue": "||"}
    return 200, answer
