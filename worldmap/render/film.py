"""Frames to files: .png, .jpg, .gif and .mp4. The door to PyAV."""

from __future__ import annotations

import io
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from worldmap.artifact import write_file
from worldmap.errors import ExtraError, FormatError

Frame = NDArray[np.uint8]

FILM_SUFFIXES: Final = (".gif", ".mp4")
SUFFIXES: Final = (".png", ".jpg", *FILM_SUFFIXES)
"""What `Film` writes; .png and .jpg are one frame."""

_PALETTE_FRAMES = 12
# Ordered dither: the same pattern in each frame, so that what stands still stays the same bytes.
_BAYER = np.array(
    [[0, 8, 2, 10], [12, 4, 14, 6], [3, 11, 1, 9], [15, 7, 13, 5]], dtype=np.float32
) / 16 - np.float32(15 / 32)
_DITHER = np.float32(5.0)
_QUALITY = "21"  # x264's constant rate factor: 18 is hardly told from the original, 28 is poor


def check_suffix(path: Path) -> None:
    """UsageError, in one line, for a path that cannot be written here."""
    suffix = path.suffix.lower()
    if suffix not in SUFFIXES:
        raise FormatError(
            "is no picture that can be drawn", path=path, hint=f"use one of {', '.join(SUFFIXES)}"
        )
    if suffix == ".mp4":
        try:
            import av  # noqa: F401
        except ImportError as error:
            raise ExtraError(
                "needs PyAV", path=path, hint="pip install 'worldmap[film]', or write a .gif"
            ) from error


class Film:
    """Takes frames (H, W, 3) uint8 of one size as they come; `save` writes the file.

    A .gif runs for ever, with one palette for all frames. .mp4 is H.264 (sizes must be even), and
    is encoded on the way, so that memory does not grow with its length. UsageError for another
    suffix or where PyAV is missing.
    """

    def __init__(self, path: Path, fps: float) -> None:
        check_suffix(path)
        self._path, self._fps = path, fps
        self._frames: list[Frame] = []
        self._encoder = _Encoder(fps) if path.suffix.lower() == ".mp4" else None

    def add(self, frame: Frame) -> None:
        """The next frame."""
        if self._encoder is not None:
            self._encoder.add(frame)
        else:
            self._frames.append(frame)

    def save(self) -> int:
        """Write the file; returns its size in bytes. StorageError where it cannot be written,
        ValueError without frames, or for a picture of more than one."""
        if self._encoder is not None:
            content = self._encoder.finished()
        elif self._path.suffix.lower() == ".gif":
            content = _gif(self._frames, self._fps)
        else:
            (frame,) = self._frames
            content = png(frame) if self._path.suffix.lower() == ".png" else jpeg(frame)
        write_file(self._path, content)
        return len(content)


def png(frame: Frame) -> bytes:
    """A frame as a .png file."""
    buffer = io.BytesIO()
    Image.fromarray(frame).save(buffer, format="PNG", optimize=True)
    return buffer.getvalue()


def jpeg(frame: Frame, quality: int = 88) -> bytes:
    """A frame as a .jpg file."""
    buffer = io.BytesIO()
    Image.fromarray(frame).save(buffer, format="JPEG", quality=quality, optimize=True)
    return buffer.getvalue()


def _gif(frames: Sequence[Frame], fps: float) -> bytes:
    if not frames:
        raise ValueError("a film needs frames")
    chosen = np.unique(np.linspace(0, len(frames) - 1, _PALETTE_FRAMES).round().astype(int))
    sample = np.concatenate([frames[i][::2, ::2] for i in chosen])
    palette = Image.fromarray(sample).quantize(256, method=Image.Quantize.MEDIANCUT, kmeans=3)
    images = [_indexed(frame, palette) for frame in frames]
    buffer = io.BytesIO()
    images[0].save(
        buffer, format="GIF", save_all=True, append_images=images[1:], loop=0,
        duration=round(1000 / fps), disposal=1, optimize=False,
    )  # fmt: skip
    return buffer.getvalue()


def _indexed(frame: Frame, palette: Image.Image) -> Image.Image:
    height, width = frame.shape[:2]
    pattern = np.tile(_BAYER, (height // 4 + 1, width // 4 + 1))[:height, :width, None] * _DITHER
    dithered = np.clip(frame + pattern, 0, 255).astype(np.uint8)
    return Image.fromarray(dithered).quantize(palette=palette, dither=Image.Dither.NONE)


class _Encoder:
    """H.264 in an .mp4 file, in a temporary folder until it is whole."""

    def __init__(self, fps: float) -> None:
        import av

        self._av = av
        self._folder = tempfile.TemporaryDirectory(prefix="worldmap-film-")
        self._file = Path(self._folder.name) / "film.mp4"
        # faststart: the index comes first, so that a browser plays the film while it loads.
        self._container = av.open(
            str(self._file), mode="w", format="mp4", options={"movflags": "+faststart"}
        )
        self._stream = self._container.add_stream(
            "libx264", rate=round(fps), options={"crf": _QUALITY, "preset": "medium"}
        )
        self._stream.pix_fmt = "yuv420p"  # what every player and browser reads
        self._count = 0

    def add(self, frame: Frame) -> None:
        if not self._count:
            self._stream.height, self._stream.width = frame.shape[:2]
        self._count += 1
        picture = self._av.VideoFrame.from_ndarray(frame, format="rgb24")
        self._container.mux(self._stream.encode(picture))

    def finished(self) -> bytes:
        if not self._count:
            raise ValueError("a film needs frames")
        self._container.mux(self._stream.encode())
        self._container.close()
        with self._folder:
            return self._file.read_bytes()
