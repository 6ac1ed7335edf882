import io
import os
import struct
import tracemalloc
from collections.abc import Callable
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import piexif
import pillow_heif
import pytest
from PIL import Image, ImageCms

from tests.helpers.photo_makers import jpeg_header, png_header, scene, write_jpeg
from worldmap.config import PhotoSettings
from worldmap.errors import PhotoError
from worldmap.photo import pixels, read_metadata, read_photo, read_pixels

SETTINGS = PhotoSettings()

# The stored pixels that an upright picture has under each orientation code.
STORED_FROM_UPRIGHT = {
    1: lambda a: a,
    2: lambda a: a[:, ::-1],
    3: lambda a: a[::-1, ::-1],
    4: lambda a: a[::-1],
    5: lambda a: a.swapaxes(0, 1),
    6: lambda a: np.rot90(a, 1),
    7: lambda a: a[::-1, ::-1].swapaxes(0, 1),
    8: lambda a: np.rot90(a, -1),
}


def upright() -> np.ndarray:
    quarters = np.zeros((32, 48, 3), np.uint8)
    quarters[:16, :24] = (250, 10, 10)
    quarters[:16, 24:] = (10, 250, 10)
    quarters[16:, :24] = (10, 10, 250)
    quarters[16:, 24:] = (240, 240, 240)
    return quarters


@pytest.mark.parametrize("code", range(1, 9))
@pytest.mark.parametrize(
    ("suffix", "options"),
    [
        ("jpg", {"quality": 95, "subsampling": 0}),
        ("png", {}),
        ("tif", {}),
        ("webp", {"lossless": True}),
    ],
)
def test_pixels_come_out_upright(
    tmp_path: Path, code: int, suffix: str, options: dict[str, Any]
) -> None:
    path = tmp_path / f"photo.{suffix}"
    tags = Image.Exif()
    tags[0x0112] = code
    stored = Image.fromarray(np.ascontiguousarray(STORED_FROM_UPRIGHT[code](upright())))
    stored.save(path, exif=tags, **options)

    pixels = read_pixels(path, SETTINGS)
    metadata = read_metadata(path, SETTINGS)

    assert pixels.shape == (32, 48, 3)
    assert pixels.dtype == np.uint8
    assert np.abs(pixels.astype(int) - upright()).max() < 30
    assert (metadata.width_px, metadata.height_px) == (48, 32)
    assert metadata.orientation == code


def test_every_turn_has_the_same_perceptual_hash(tmp_path: Path) -> None:
    hashes = set()
    for code in range(1, 9):
        path = tmp_path / f"{code}.png"
        tags = Image.Exif()
        tags[0x0112] = code
        stored = np.ascontiguousarray(STORED_FROM_UPRIGHT[code](np.asarray(scene(96, 64))))
        Image.fromarray(stored).save(path, exif=tags)
        hashes.add(read_metadata(path, SETTINGS).perceptual_hash)
    assert len(hashes) == 1


def test_heic_is_upright_by_its_own_turn_not_by_exif(tmp_path: Path) -> None:
    path = tmp_path / "photo.heic"
    heif = pillow_heif.from_pillow(Image.fromarray(upright()).resize((96, 64)))
    heif.save(path, quality=95, exif=piexif.dump({"0th": {piexif.ImageIFD.Make: "Maker"}}))

    metadata = read_metadata(path, SETTINGS)
    pixels = read_pixels(path, SETTINGS)

    assert (metadata.width_px, metadata.height_px) == (96, 64)
    assert pixels.shape == (64, 96, 3)
    assert pixels[5, 5, 0] > 200
    assert pixels[5, 5, 1] < 60
    assert metadata.make == "Maker"
    assert metadata.orientation == 1


@pytest.mark.parametrize(
    ("mode", "suffix"),
    [("L", "jpg"), ("CMYK", "jpg"), ("RGBA", "png"), ("LA", "png"), ("P", "png"), ("1", "png")],
)
def test_other_colour_modes_become_rgb(tmp_path: Path, mode: str, suffix: str) -> None:
    path = tmp_path / f"photo.{suffix}"
    scene().convert(mode).save(path)
    assert read_pixels(path, SETTINGS).shape == (48, 64, 3)


def test_palette_with_transparency_does_not_warn(tmp_path: Path) -> None:
    path = tmp_path / "photo.png"
    scene().convert("P").save(path, transparency=bytes(range(256)))
    assert read_pixels(path, SETTINGS).shape == (48, 64, 3)


def test_16_bit_grey_keeps_its_upper_bits(tmp_path: Path) -> None:
    path = tmp_path / "photo.png"
    ramp = np.linspace(0, 65535, 64 * 48).reshape(48, 64).astype(np.uint16)
    Image.fromarray(ramp).save(path)
    pixels = read_pixels(path, SETTINGS)
    assert np.array_equal(pixels[..., 0], (ramp >> 8).astype(np.uint8))


def test_float_measurements_are_no_photo(tmp_path: Path) -> None:
    path = tmp_path / "photo.tif"
    Image.fromarray(np.ones((8, 8), np.float32)).save(path)
    with pytest.raises(PhotoError, match="measurements"):
        read_pixels(path, SETTINGS)


def one_line(error: pytest.ExceptionInfo[PhotoError], path: Path) -> str:
    line = str(error.value)
    assert "\n" not in line
    assert str(path) in line
    return line


@pytest.mark.parametrize("read", [read_metadata, read_pixels])
@pytest.mark.parametrize("make", [png_header, jpeg_header])
def test_decompression_bombs_are_refused_before_decoding(  # type: ignore[no-untyped-def]
    tmp_path: Path, read: Callable[..., Any], make
) -> None:
    path = tmp_path / "bomb.jpg"
    path.write_bytes(make(60_000, 60_000))
    tracemalloc.start()
    with pytest.raises(PhotoError) as error:
        read(path, SETTINGS)
    peak_bytes = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert "megapixels" in one_line(error, path)
    assert peak_bytes < 20e6


def test_the_pixel_limit_is_the_setting(tmp_path: Path) -> None:
    path = tmp_path / "photo.png"
    scene(120, 100).save(path)
    assert read_pixels(path, PhotoSettings(max_megapixels=0.012)).shape == (100, 120, 3)
    with pytest.raises(PhotoError, match=r"120×100 pixels, more than the 0\.01 megapixels"):
        read_pixels(path, PhotoSettings(max_megapixels=0.01))


def test_the_limit_is_ours_not_pillows(tmp_path: Path) -> None:
    path = tmp_path / "wide.png"
    path.write_bytes(
        png_header(14_000, 13_000) + bytes(200_000)
    )  # 182 MP: Pillow alone refuses 179
    with pytest.raises(PhotoError, match=r"truncated|damaged"):
        read_pixels(path, SETTINGS)


def webp_header(width: int, height: int) -> bytes:
    """A lossless WebP of 34 bytes that claims a size."""
    size = (width - 1) | (height - 1) << 14
    chunk = b"VP8L" + struct.pack("<I", 14) + b"\x2f" + struct.pack("<I", size) + bytes(9)
    return b"RIFF" + struct.pack("<I", 4 + len(chunk)) + b"WEBP" + chunk


@pytest.mark.parametrize("read", [read_metadata, read_pixels])
@pytest.mark.parametrize("header", [webp_header, png_header])
def test_sizes_that_cannot_be_real_are_refused_before_decoding(
    tmp_path: Path, header: Callable[[int, int], bytes], read: Callable[..., object]
) -> None:
    path = tmp_path / "claims.webp"
    path.write_bytes(header(14_000, 14_000))
    with pytest.raises(PhotoError, match=r"claims 14000×14000 pixels in \d\d bytes"):
        read(path, SETTINGS)


@pytest.mark.parametrize("mode", ["I;16", "L", "RGB", "P", "CMYK"])
def test_pictures_of_several_strips(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, mode: str
) -> None:
    path = tmp_path / "a.tif"
    noise = np.random.default_rng(0).integers(0, 65536, (50, 40), dtype=np.uint16)
    image = Image.fromarray(noise) if mode == "I;16" else scene(40, 50).convert(mode)
    image.save(path)
    whole = read_pixels(path, SETTINGS)
    monkeypatch.setattr("worldmap.photo.pixels._STRIP_PX", 40 * 7)
    np.testing.assert_array_equal(read_pixels(path, SETTINGS), whole)
    if mode == "I;16":
        np.testing.assert_array_equal(whole, np.repeat((noise >> 8)[:, :, None], 3, axis=2))


@pytest.mark.parametrize("read", [read_metadata, read_pixels])
def test_what_is_no_file_is_not_waited_for(tmp_path: Path, read: Callable[..., object]) -> None:
    os.mkfifo(tmp_path / "pipe.jpg")
    (tmp_path / "zero.jpg").symlink_to("/dev/zero")
    (tmp_path / "loop.jpg").symlink_to(tmp_path / "loop.jpg")
    for name, why in (("pipe", "named pipe"), ("zero", "device"), ("loop", "cannot be read")):
        with pytest.raises(PhotoError, match=why):
            read(tmp_path / f"{name}.jpg", SETTINGS)


@pytest.mark.parametrize("read", [read_metadata, read_pixels])
@pytest.mark.parametrize("suffix", ["jpg", "png", "tif", "webp", "heic"])
def test_truncated_files(tmp_path: Path, read: Callable[..., Any], suffix: str) -> None:
    path = tmp_path / f"cut.{suffix}"
    buffer = io.BytesIO()
    noise = np.random.default_rng(0).integers(0, 256, (200, 200, 3), dtype=np.uint8)
    image_format = {"jpg": "JPEG", "tif": "TIFF", "heic": "HEIF"}.get(suffix, suffix.upper())
    Image.fromarray(noise).save(buffer, image_format)
    path.write_bytes(buffer.getvalue()[: len(buffer.getvalue()) // 2])
    with pytest.raises(PhotoError) as error:
        read(path, SETTINGS)
    one_line(error, path)


@pytest.mark.parametrize("read", [read_metadata, read_pixels])
@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"", "empty"),
        (b"hello, I am a text\n" * 50, "not an image"),
        (b"GIF89a" + bytes(50), "not an image"),
        (b"\xff\xd8\xff\xe0", "not an image|damaged|truncated"),
        (b"\x89PNG\r\n\x1a\n" + bytes(200), "damaged|not an image"),
        (b"II*\0" + bytes(100), "damaged|not an image"),
        (b"RIFF\0\0\1\0WEBPVP8 " + bytes(90), "damaged|not an image"),
        (b"\0\0\0\x18ftypheic" + bytes(200), "damaged|not an image"),
    ],
)
def test_no_images(tmp_path: Path, read: Callable[..., Any], content: bytes, says: str) -> None:
    path = tmp_path / "photo.jpg"
    path.write_bytes(content)
    with pytest.raises(PhotoError, match=says) as error:
        read(path, SETTINGS)
    one_line(error, path)


@pytest.mark.parametrize("read", [read_metadata, read_pixels])
def test_missing_file_and_folder(tmp_path: Path, read: Callable[..., Any]) -> None:
    with pytest.raises(PhotoError, match="No such file"):
        read(tmp_path / "gone.jpg", SETTINGS)
    with pytest.raises(PhotoError, match="folder, not a file"):
        read(tmp_path, SETTINGS)


def test_bad_tags_never_cost_the_pixels(tmp_path: Path) -> None:
    path = write_jpeg(tmp_path / "photo.jpg")
    data = path.read_bytes()
    at = data.index(b"Exif\0\0") + 6
    path.write_bytes(data[: at + 4] + b"\xff\xff\xff\x7f" + data[at + 8 :])
    assert read_metadata(path, SETTINGS).position is None
    assert read_pixels(path, SETTINGS).shape == (48, 64, 3)


def test_colours_of_another_space_become_srgb(tmp_path: Path) -> None:
    # A grey of a linear space: 128 of 255 is sRGB 188 (IEC 61966-2-1).
    linear = linear_profile()
    path = tmp_path / "linear.png"
    Image.new("RGB", (20, 10), (128, 128, 128)).save(path, icc_profile=linear)
    assert np.abs(read_pixels(path, SETTINGS).astype(int) - 188).max() <= 1


def test_a_broken_colour_profile_is_ignored(tmp_path: Path) -> None:
    path = tmp_path / "broken.png"
    Image.new("RGB", (20, 10), (128, 128, 128)).save(path, icc_profile=b"no profile" * 20)
    assert np.unique(read_pixels(path, SETTINGS)).tolist() == [128]


def linear_profile() -> bytes:
    """sRGB's primaries with straight tone curves: Pillow's own profile, its curves replaced."""
    data = bytearray(ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes())
    count = int.from_bytes(data[128:132], "big")
    for entry in range(count):
        at = 132 + 12 * entry
        name, offset, size = (data[at : at + 4], *(data[at + k : at + k + 4] for k in (4, 8)))
        if name in (b"rTRC", b"gTRC", b"bTRC"):  # type: ignore[comparison-overlap]
            start, length = int.from_bytes(offset, "big"), int.from_bytes(size, "big")
            data[start : start + length] = (b"curv" + bytes(8)).ljust(length, b"\0")
    data[84:100] = bytes(16)
    description = data.index(b"sRGB".decode().encode("utf-16-be"))
    data[description : description + 8] = "Line".encode("utf-16-be")
    return bytes(data)


@pytest.mark.parametrize("suffix", ["jpg", "png", "tif", "webp", "heic"])
def test_one_decoding_gives_tags_and_pixels(
    tmp_path: Path, suffix: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / f"photo.{suffix}"
    tags = Image.Exif()
    tags[0x0112] = 6
    picture = scene(640, 480, 1)
    if suffix == "heic":
        pillow_heif.from_pillow(picture).save(path, quality=90)
    else:
        picture.save(path, exif=tags)
    apart = read_metadata(path, SETTINGS), read_pixels(path, SETTINGS)
    opened: list[Path] = []
    real = pixels._opened

    def note(path: Path, settings: PhotoSettings) -> object:
        opened.append(path)
        return real(path, settings)

    monkeypatch.setattr(pixels, "_opened", note)
    metadata, rgb = read_photo(path, SETTINGS)
    assert len(opened) == 1
    np.testing.assert_array_equal(rgb, apart[1])
    told, alone = metadata.perceptual_hash, apart[0].perceptual_hash
    assert told is not None
    assert alone is not None
    # A JPEG for its tags alone is decoded at an eighth: near as far as duplicates go.
    assert (int(told, 16) ^ int(alone, 16)).bit_count() < SETTINGS.near_duplicate_bits / 2
    assert replace(metadata, perceptual_hash=None) == replace(apart[0], perceptual_hash=None)


@pytest.mark.parametrize("suffix", ["jpg", "png", pytest.param("heic", marks=pytest.mark.nightly)])
def test_a_picture_that_cannot_be_reduced_whole_is_not(tmp_path: Path, suffix: str) -> None:
    path = tmp_path / f"photo.{suffix}"
    pillow_heif.from_pillow(scene(1280, 958, 1)).save(path) if suffix == "heic" else scene(
        1280, 958, 1
    ).save(path)
    assert max(read_pixels(path, SETTINGS, 400).shape) == 640  # 958 is no multiple of 3


@cache
@cache
def packed(suffix: str) -> bytes:
    """A picture of 1280 × 960."""
    picture, file = scene(1280, 960, 1), io.BytesIO()
    if suffix == "heic":
        pillow_heif.from_pillow(picture).save(file, quality=90, enc_params={"preset": "ultrafast"})
    else:
        picture.save(file, "JPEG" if suffix == "jpg" else suffix)
    return file.getvalue()


@pytest.mark.parametrize("suffix", ["jpg", "png", "heic"])
@pytest.mark.parametrize(("least_px", "longer_px"), [(320, 320), (600, 640), (700, 1280)])
def test_a_picture_is_no_larger_than_it_has_to_be(
    tmp_path: Path, suffix: str, least_px: int, longer_px: int
) -> None:
    path = tmp_path / f"photo.{suffix}"
    path.write_bytes(packed(suffix))
    metadata, rgb = read_photo(path, SETTINGS, least_px=least_px)
    assert (metadata.width_px, metadata.height_px) == (1280, 960)
    assert max(rgb.shape) == longer_px
    whole = read_pixels(path, SETTINGS)
    small = Image.fromarray(whole).resize(rgb.shape[1::-1], Image.Resampling.BOX)
    assert np.abs(np.asarray(small, float) - rgb).mean() < 4
