"""The small web server behind `worldmap view`: this machine only, and only what the map names."""

from __future__ import annotations

import contextlib
import hashlib
import ipaddress
import re
import socket
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Final

from worldmap.errors import ExtraError, MissingFileError, UsageError, WorldmapError
from worldmap.view.page import MEDIA_TYPES, Basemap, asset, content_security_policy, index_html
from worldmap.view.published import DOCUMENT, Resource
from worldmap.view.windows import MapWindows

if TYPE_CHECKING:
    from starlette.applications import Starlette
    from starlette.requests import Request
    from starlette.responses import Response
    from starlette.types import ASGIApp, Receive, Scope, Send

    from worldmap.store import StoredFile

DEFAULT_PORT: Final = 8765
_PORTS_TRIED: Final = 20
_RANGE: Final = re.compile(r"bytes=(\d{0,18})-(\d{0,18})")


def open_socket(host: str, port: int | None) -> socket.socket:
    """A socket that listens there; port None takes the first free one from DEFAULT_PORT on.

    UsageError where the port is taken or the address is not one of this machine.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    first = DEFAULT_PORT if port is None else port
    tries = range(first, first + _PORTS_TRIED) if port is None else (first,)
    for wanted in tries:
        opened = socket.socket(family, socket.SOCK_STREAM)
        opened.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            opened.bind((host, wanted))
            opened.listen(128)
        except OSError as error:
            opened.close()
            if port is not None or isinstance(error, socket.gaierror):
                raise UsageError(f"cannot listen on {host}:{wanted}: {error.strerror}") from error
        else:
            return opened
    raise UsageError(
        f"no free port from {first} to {tries[-1]} on {host}", hint="choose one with --port"
    )


def address_of(opened: socket.socket) -> str:
    """The URL of what is served there."""
    host, port = opened.getsockname()[:2]
    return f"http://[{host}]:{port}/" if ":" in host else f"http://{host}:{port}/"


def require_server() -> None:
    """UsageError, naming the extra, where what serves is not installed."""
    try:
        import starlette  # noqa: F401
        import uvicorn  # noqa: F401
    except ModuleNotFoundError as error:
        raise ExtraError(
            "worldmap view needs starlette and uvicorn", hint="pip install 'worldmap[view]'"
        ) from error


def serve(
    windows: MapWindows,
    opened: socket.socket,
    basemap: Basemap | None = None,
    *,
    when_ready: Callable[[], None] = lambda: None,
) -> None:
    """Show the map on an open socket until interrupted (KeyboardInterrupt, SIGTERM).

    when_ready is called once requests are answered. UsageError, naming the extra, where the
    server is not installed.
    """
    require_server()
    import uvicorn

    host = opened.getsockname()[0]
    app = create_app(windows, basemap, host=host, when_ready=when_ready)
    config = uvicorn.Config(
        app, log_level="error", access_log=False, server_header=False, ws="none", loop="asyncio"
    )
    server = uvicorn.Server(config)
    with contextlib.suppress(KeyboardInterrupt):
        server.run(sockets=[opened])


def create_app(
    windows: MapWindows,
    basemap: Basemap | None = None,
    *,
    host: str = "127.0.0.1",
    when_ready: Callable[[], None] = lambda: None,
) -> Starlette:
    """The application; host is what it is bound to."""
    from starlette.applications import Starlette
    from starlette.middleware import Middleware
    from starlette.responses import PlainTextResponse, Response
    from starlette.routing import Route

    policy = content_security_policy(basemap)

    def index(_: Request) -> Response:
        return Response(index_html(windows.name, basemap), media_type="text/html; charset=utf-8")

    def assets(request: Request) -> Response:
        name = request.path_params["name"]
        if name not in MEDIA_TYPES:
            return _not_found()
        return _tagged(request, asset(name), MEDIA_TYPES[name])

    def document(request: Request) -> Response:
        near = request.query_params.get("near")
        return _tagged(request, windows.document(near), "application/json")

    def resource(request: Request) -> Response:
        name = request.path_params["name"]
        try:
            found: Resource | None = windows.open(name)
        except WorldmapError as error:
            # Paths of this machine are nobody's business but the terminal's.
            return PlainTextResponse(f"{name} cannot be read ({type(error).__name__})", 404)
        if found is None:
            return _not_found()
        if found.file is None:
            return _tagged(request, found.content, found.media_type)
        return _file(request, name, found.file, found.media_type)

    @contextlib.asynccontextmanager
    async def lifespan(_: Starlette):  # type: ignore[no-untyped-def]
        when_ready()
        yield

    return Starlette(
        routes=[
            Route("/", index),
            Route("/assets/{name}", assets),
            Route(f"/{DOCUMENT}", document),
            Route("/{name:path}", resource),
        ],
        middleware=[Middleware(_Guard, host=host, policy=policy)],
        lifespan=lifespan,
    )


def _not_found() -> Response:
    from starlette.responses import PlainTextResponse

    return PlainTextResponse("there is nothing here", 404)


def _file(request: Request, name: str, file: Path | StoredFile, media_type: str) -> Response:
    """A file, or the parts of it that are asked for."""
    from starlette.responses import FileResponse, PlainTextResponse

    try:
        if not isinstance(file, Path):
            return _in_parts(request, file, media_type)
        if file.is_file():
            return FileResponse(file, media_type=media_type)
    except MissingFileError:
        pass
    except WorldmapError as error:
        return PlainTextResponse(f"{name} cannot be read ({type(error).__name__})", 503)
    return PlainTextResponse(
        "its file is gone: load this page again, or run `worldmap merge --area all`", 404
    )


def _in_parts(request: Request, file: StoredFile, media_type: str) -> Response:
    """A file that lies elsewhere, or the one range of it that is asked for (RFC 9110, 14.2), of
    which nothing is kept here. StorageError where it cannot be read."""
    from starlette.responses import Response

    size = file.size_bytes
    headers = {"Accept-Ranges": "bytes", "Cache-Control": "no-cache"}
    wanted = _RANGE.fullmatch(request.headers.get("range", ""))
    if wanted is None or not (wanted[1] or wanted[2]):
        return Response(file.store.get(file.name), media_type=media_type, headers=headers)
    if wanted[1]:
        start, end = int(wanted[1]), min(int(wanted[2] or size), size - 1)
    else:
        start, end = max(0, size - int(wanted[2])), size - 1
    if start > end:
        return Response(status_code=416, headers={"Content-Range": f"bytes */{size}"})
    headers["Content-Range"] = f"bytes {start}-{end}/{size}"
    content = file.part(start, end - start + 1)
    return Response(content, status_code=206, media_type=media_type, headers=headers)


def _tagged(request: Request, content: bytes, media_type: str) -> Response:
    """The content, or only that it has not changed."""
    from starlette.responses import Response

    tag = f'"{hashlib.sha256(content).hexdigest()[:32]}"'
    headers = {"ETag": tag, "Cache-Control": "no-cache"}
    if request.headers.get("if-none-match") == tag:
        return Response(status_code=304, headers=headers)
    return Response(content, media_type=media_type, headers=headers)


class _Guard:
    """Refuses requests by another name than this machine's, and puts the policy on every answer.

    A web page elsewhere can point a name of its own at 127.0.0.1 and so read what is served there
    (DNS rebinding). It needs a name for that: addresses, and `localhost`, are safe.
    """

    def __init__(self, app: ASGIApp, *, host: str, policy: str) -> None:
        self._app = app
        self._host = host.lower()
        self._headers = [
            (b"content-security-policy", policy.encode("ascii", "ignore")),
            (b"x-content-type-options", b"nosniff"),
            (b"referrer-policy", b"no-referrer"),
            (b"cross-origin-resource-policy", b"same-origin"),
            (b"x-frame-options", b"DENY"),
        ]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return

        async def guarded(message):  # type: ignore[no-untyped-def]
            if message["type"] == "http.response.start":
                message = {**message, "headers": [*message["headers"], *self._headers]}
            await send(message)

        names = [value for name, value in scope["headers"] if name == b"host"]
        if len(names) == 1 and self._is_ours(names[0].decode("latin-1")):
            await self._app(scope, receive, guarded)
            return
        from starlette.responses import PlainTextResponse

        refused = PlainTextResponse("this server answers to its own address only", 421)
        await refused(scope, receive, guarded)

    def _is_ours(self, host: str) -> bool:
        name = host.rsplit(":", 1)[0] if not host.endswith("]") else host
        name = name.strip("[]").lower()
        if name in ("localhost", self._host):
            return True
        try:
            ipaddress.ip_address(name)
        except ValueError:
            return False
        return True
