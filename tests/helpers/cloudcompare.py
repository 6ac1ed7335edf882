"""Points as CloudCompare draws them: its viewer on a screen that nobody sees (Xvfb).

CloudCompare has no command that draws, and its viewer takes no viewpoint. But it always starts the
same way: it looks down on the middle of what it opens, from as far as its lens of 30° needs for the
diagonal. And it draws each point one pixel large, so that a picture depends on directions and on
which point is nearer alone. So it is given the points as the picture has them: in the picture's
plane, nearer ones a little nearer, between two corners that put its eye where it has to be. Marks
beside the picture's corners tell where on the screen it is, and that this version does so too.
"""

from __future__ import annotations

import os
import shutil
import struct
import subprocess
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from tests.helpers.viewpoint import ViewedCloud, Viewpoint

_WINDOW_PX: Final = (1600, 1100)
_SCREEN_PX: Final = (4800, 2400)  # the pointer rests in its middle, which is beside the window
_VIEW_PX: Final = 1554.0  # so wide is the 3-D view in that window
_LARGEST_PX: Final = 1000  # pictures, so that they lie between the corners
_HALF_LENS: Final = float(np.tan(np.radians(15.0)))
_AWAY: Final = 100.0  # of the picture's plane from the eye
_SHELL: Final = 0.02  # of that: how far the points lie before and behind it
_MARK: Final = (255, 0, 255)
_BESIDE_PX: Final = 6.0  # marks lie so far outside the picture's corners
_PATIENCE_S: Final = 120.0
_SETTINGS: Final = "[ccGLWindow]\nperspectiveView=true\n"
_VERTEX: Final = np.dtype([("xyz", "<f4", 3), ("rgb", "u1", 3)])
_PLY: Final = """ply
format binary_little_endian 1.0
element vertex {count}
property float x
property float y
property float z
property uchar red
property uchar green
property uchar blue
end_header
"""


def missing() -> str | None:
    """What is not here, as one line; None where CloudCompare can draw."""
    for program, package in (("ccViewer", "cloudcompare"), ("Xvfb", "xvfb")):
        if not shutil.which(program):
            return f"CloudCompare is left out: there is no {program} (Debian: {package})"
    return None


def picture(cloud: ViewedCloud, view: Viewpoint, size_px: tuple[int, int]) -> NDArray[np.uint8]:
    """What CloudCompare draws from there (H, W, 3), its points one pixel large as it starts.

    RuntimeError where the picture is not where it has to be, or does not come.
    """
    if max(size_px) > _LARGEST_PX:
        raise ValueError(f"{size_px}: the largest picture is {_LARGEST_PX} pixels wide")
    with tempfile.TemporaryDirectory() as temporary:
        home = Path(temporary)
        (home / ".config" / "CCCorp").mkdir(parents=True)
        (home / ".config" / "CCCorp" / "CloudCompareViewer.conf").write_text(_SETTINGS)
        home.chmod(0o700)
        env = {**os.environ, "HOME": temporary, "XDG_RUNTIME_DIR": temporary}
        _write_ply(home / "cloud.ply", *_as_pictured(cloud, view, size_px))
        _converted(home, env)
        return _drawn(home, env, size_px)


def _as_pictured(
    cloud: ViewedCloud, view: Viewpoint, size_px: tuple[int, int]
) -> tuple[NDArray[np.float64], NDArray[np.uint8]]:
    """Points (N, 3), x right, y up, z to the eye, with marks and the two corners; their colours."""
    seen, inside = view.seen(cloud)
    across, up, depth = seen[inside].T
    half_px = np.array(size_px) / 2
    mark_px = half_px + _BESIDE_PX
    dots = np.array([(i, j) for i in (-1, 0, 1) for j in (-1, 0, 1)])
    corners = np.array([(i, j) for i in (-1, 1) for j in (-1, 1)])
    marks_px = (corners[:, None] * mark_px + dots).reshape(-1, 2)
    places_px = np.vstack((np.column_stack((across, up)) * half_px, marks_px))
    # Nearer ones stay nearer, by the logarithm; the marks are in the middle.
    away = np.full(len(places_px), _AWAY)
    low, high = np.log(depth.min()), np.log(depth.max())
    share = (np.log(depth) - low) / max(high - low, 1e-9)
    away[: len(depth)] *= 1 + _SHELL * (2 * share - 1)
    tangents = places_px * _HALF_LENS / (_VIEW_PX / 2)
    xyz = np.column_stack((tangents * away[:, None], -away))
    thick = _SHELL * _AWAY
    wide = np.sqrt(((_AWAY * _HALF_LENS) ** 2 - thick**2) / 2)
    corner = np.array((wide, wide, thick))
    middle = np.array((0.0, 0.0, -_AWAY))
    xyz = np.vstack((xyz, middle - corner, middle + corner))
    rgb = np.vstack(
        (cloud.rgb[inside], np.tile(_MARK, (len(marks_px), 1)), np.zeros((2, 3)))
    ).astype(np.uint8)
    return xyz, rgb


def _write_ply(path: Path, xyz: NDArray[np.float64], rgb: NDArray[np.uint8]) -> None:
    vertices = np.empty(len(xyz), _VERTEX)
    vertices["xyz"], vertices["rgb"] = xyz, rgb
    path.write_bytes(_PLY.format(count=len(xyz)).encode() + vertices.tobytes())


def _converted(home: Path, env: Mapping[str, str]) -> None:
    """cloud.bin of cloud.ply: the viewer would ask what each of a PLY's columns is."""
    quiet = ("-SILENT", "-AUTO_SAVE", "OFF", "-NO_TIMESTAMP", "-C_EXPORT_FMT", "BIN")
    subprocess.run(
        ["CloudCompare", *quiet, "-O", "cloud.ply", "-SAVE_CLOUDS", "FILE", "cloud.bin"],
        cwd=home, env={**env, "QT_QPA_PLATFORM": "offscreen"}, check=True,
        capture_output=True, timeout=_PATIENCE_S,
    )  # fmt: skip


def _drawn(home: Path, env: Mapping[str, str], size_px: tuple[int, int]) -> NDArray[np.uint8]:
    with _screen(home) as (display, frame):
        window = "{}x{}+0+0".format(*_WINDOW_PX)
        viewer = subprocess.Popen(
            ["ccViewer", "-platform", "xcb", "-qwindowgeometry", window, home / "cloud.bin"],
            env={**env, "DISPLAY": display}, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        )  # fmt: skip
        try:
            before = None
            for _ in range(int(2 * _PATIENCE_S)):
                time.sleep(0.5)
                now = _read_xwd(frame)
                found = _between_marks(now, size_px)
                if before is not None and found is not None and np.array_equal(found, before):
                    return found
                before = found
        finally:
            viewer.kill()
            viewer.wait()
    raise RuntimeError(
        "CloudCompare's picture is not where it has to be: this version starts otherwise"
    )


@contextmanager
def _screen(home: Path) -> Iterator[tuple[str, Path]]:
    """A display that nobody sees, and the file that its picture is in."""
    read, write = os.pipe()
    size = "{}x{}x24".format(*_SCREEN_PX)
    server = subprocess.Popen(
        ["Xvfb", "-displayfd", str(write), "-screen", "0", size, "-fbdir", home],
        pass_fds=[write], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    os.close(write)
    try:
        with os.fdopen(read) as told:
            number = told.readline().strip()
        if not number:
            raise RuntimeError("Xvfb did not start")
        yield f":{number}", home / "Xvfb_screen0"
    finally:
        server.terminate()
        server.wait()


def _read_xwd(path: Path) -> NDArray[np.uint8]:
    """The screen (H, W, 3): an X window dump of 32 bits a pixel, the header's words big-endian."""
    content = path.read_bytes()
    words = struct.unpack(">25I", content[:100])
    header, width, height, line, colours = words[0], words[4], words[5], words[12], words[19]
    rows = np.frombuffer(content, np.uint8, line * height, header + 12 * colours)
    return rows.reshape(height, line // 4, 4)[:, :width, 2::-1]


def _between_marks(screen: NDArray[np.uint8], size_px: tuple[int, int]) -> NDArray[np.uint8] | None:
    """The picture between its four marks; None where they are not there, or elsewhere."""
    rows, columns = np.nonzero((screen == _MARK).all(axis=2))
    found = np.column_stack((columns, rows)).astype(float)
    width, height = size_px
    middle = (np.array(_WINDOW_PX) - 1) / 2
    for corner in ((-1, -1), (1, -1), (-1, 1), (1, 1)):
        expected = middle + np.array(corner) * (np.array(size_px) / 2 + _BESIDE_PX)
        near = found[(np.abs(found - expected) <= 4).all(axis=1)]
        if not len(near) or (np.abs(near.mean(axis=0) - expected) > 1.5).any():
            return None
    left, top = np.rint(middle - np.array(size_px) / 2 + 0.5).astype(int)
    return screen[top : top + height, left : left + width].copy()
