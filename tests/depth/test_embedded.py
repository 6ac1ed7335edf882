"""Depth that phones put into their photos: files written here, byte by byte, and read back."""

from __future__ import annotations

import base64
import hashlib
import io
import struct
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import numpy as np
import pillow_heif
import pytest
from PIL import Image

from worldmap.config import DepthSettings
from worldmap.depth import open_estimator
from worldmap.depth.embedded import has_embedded_depth, read_embedded_depth
from worldmap.errors import PhotoError
from worldmap.records import DepthMap, Focal, FocalSource, PhotoMetadata

WIDTH, HEIGHT = 128, 96  # HEVC codes nothing smaller than 64 pixels
NEAR, FAR = 0.5, 8.0
LEVELS = np.linspace(0, 255, WIDTH * HEIGHT).reshape(HEIGHT, WIDTH).astype(np.uint8)
GDEPTH = 'xmlns:GDepth="http://ns.google.com/photos/1.0/depthmap/"'


def photo_at(
    path: Path, width: int = WIDTH, height: int = HEIGHT, orientation: int = 1
) -> PhotoMetadata:
    return PhotoMetadata(
        path=path,
        content_hash=hashlib.sha256(path.read_bytes()).hexdigest(),
        width_px=width,
        height_px=height,
        orientation=orientation,
    )


def png(levels: np.ndarray = LEVELS) -> bytes:
    buffer = io.BytesIO()
    Image.fromarray(levels).save(buffer, "PNG")
    return buffer.getvalue()


def jpeg() -> bytes:
    buffer = io.BytesIO()
    Image.fromarray(np.full((HEIGHT, WIDTH, 3), 99, np.uint8)).save(buffer, "JPEG")
    return buffer.getvalue()


def app1(head: bytes, body: bytes) -> bytes:
    return b"\xff\xe1" + struct.pack(">H", 2 + len(head) + len(body)) + head + body


def rdf(description: str) -> bytes:
    return (
        '<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF '
        'xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">'
        f"{description}</rdf:RDF></x:xmpmeta>"
    ).encode()


def with_xmp(standard: bytes, extended: bytes = b"", chunk: int = 60_000) -> bytes:
    picture = jpeg()
    segments = app1(b"http://ns.adobe.com/xap/1.0/\x00", standard)
    guid = hashlib.md5(extended).hexdigest().upper().encode()
    parts = []
    for offset in range(0, len(extended), chunk):
        head = b"http://ns.adobe.com/xmp/extension/\x00" + guid
        head += struct.pack(">II", len(extended), offset)
        parts.append(app1(head, extended[offset : offset + chunk]))
    # Out of order on purpose: each part says where it belongs.
    return picture[:2] + segments + b"".join(reversed(parts)) + picture[2:]


def range_inverse(levels: np.ndarray, near: float = NEAR, far: float = FAR) -> np.ndarray:
    share = levels / 255.0
    return far * near / (far - share * (far - near))


def estimate(photo: PhotoMetadata, **changes: object) -> DepthMap:
    rgb = np.zeros((photo.height_px, photo.width_px, 3), np.uint8)
    return open_estimator("measured", DepthSettings.model_validate(changes)).estimate(photo, rgb)


# --- GDepth --------------------------------------------------------------------------------------


def gdepth(data: bytes | None, **changes: str) -> str:
    values = {"Format": "RangeInverse", "Near": str(NEAR), "Far": str(FAR), "Units": "m"} | changes
    if data is not None:
        values["Data"] = base64.b64encode(data).decode()
    attributes = " ".join(f'GDepth:{k}="{v}"' for k, v in values.items() if v)
    return f'<rdf:Description rdf:about="" {GDEPTH} {attributes}/>'


@pytest.mark.parametrize("extended", [False, True])
def test_gdepth_range_inverse(tmp_path: Path, extended: bool) -> None:
    path = tmp_path / "a.jpg"
    noise = np.random.default_rng(0).integers(0, 256, (HEIGHT * 3, WIDTH * 3), dtype=np.uint8)
    if extended:  # too large for one segment
        data = base64.b64encode(png(noise)).decode()
        body = rdf(f'<rdf:Description {GDEPTH} GDepth:Data="{data}"/>')
        assert len(body) > 65_535
        path.write_bytes(with_xmp(rdf(gdepth(None)), body))
    else:
        path.write_bytes(with_xmp(rdf(gdepth(png()))))
    assert has_embedded_depth(path)
    found = estimate(photo_at(path))
    expected = range_inverse(noise if extended else LEVELS)
    np.testing.assert_allclose(found.depth_m, expected, rtol=1e-5)
    assert found.model.name == "measured:gdepth"
    # Eight bits of inverse depth are coarse far away: the sigma says so.
    step = expected**2 * (1 / NEAR - 1 / FAR) / 255 / np.sqrt(12)
    assert (found.sigma_m >= step * 0.999).all()


def test_gdepth_range_linear_in_millimetres_as_elements(tmp_path: Path) -> None:
    path = tmp_path / "a.jpg"
    data = base64.b64encode(png()).decode()
    path.write_bytes(
        with_xmp(
            rdf(
                f"<rdf:Description {GDEPTH}><GDepth:Format>RangeLinear</GDepth:Format>"
                "<GDepth:Near>1000</GDepth:Near><GDepth:Far>5000</GDepth:Far>"
                f"<GDepth:Units>mm</GDepth:Units><GDepth:Data>{data}</GDepth:Data>"
                "</rdf:Description>"
            )
        )
    )
    np.testing.assert_allclose(estimate(photo_at(path)).depth_m, 1 + LEVELS / 255 * 4, rtol=1e-5)


def test_gdepth_along_the_ray_becomes_depth_along_the_axis(tmp_path: Path) -> None:
    path = tmp_path / "a.jpg"
    flat = np.full((HEIGHT, WIDTH), 128, np.uint8)
    path.write_bytes(with_xmp(rdf(gdepth(png(flat), MeasureType="OpticRay"))))
    found = estimate(photo_at(path), focal_px=60.0)
    rays = found.camera.rays(found.camera.pixel_centres())
    distance = found.depth_m * np.linalg.norm(rays, axis=2)
    np.testing.assert_allclose(distance, range_inverse(np.float64(128)), rtol=1e-5)  # type: ignore[arg-type]
    assert np.ptp(found.depth_m) > 0.05


@pytest.mark.parametrize("orientation", [1, 3, 6, 8])
def test_gdepth_turns_with_the_photo(tmp_path: Path, orientation: int) -> None:
    path = tmp_path / "a.jpg"
    path.write_bytes(with_xmp(rdf(gdepth(png()))))
    size = (HEIGHT, WIDTH) if orientation in (6, 8) else (WIDTH, HEIGHT)
    found = estimate(photo_at(path, *size, orientation=orientation))
    turns = {1: 0, 3: 2, 6: -1, 8: 1}[orientation]
    expected = np.rot90(range_inverse(LEVELS), turns)
    np.testing.assert_allclose(found.depth_m, expected, rtol=1e-5)


def test_gdepth_without_a_unit_has_an_unsure_scale(tmp_path: Path) -> None:
    sure, unsure = tmp_path / "a.jpg", tmp_path / "b.jpg"
    sure.write_bytes(with_xmp(rdf(gdepth(png()))))
    unsure.write_bytes(with_xmp(rdf(gdepth(png(), Units=""))))
    assert estimate(photo_at(unsure)).scale_sigma_rel >= 0.3
    assert estimate(photo_at(sure)).scale_sigma_rel < 0.2


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"Units": "furlongs"}, "furlongs"),
        ({"Near": "9"}, "no sense"),
        ({"Near": "-1"}, "no sense"),
        ({"Format": "RangeCubic"}, "RangeCubic"),
    ],
)
def test_gdepth_that_makes_no_sense_is_one_line(
    tmp_path: Path, changes: dict[str, str], said: str
) -> None:
    path = tmp_path / "a.jpg"
    path.write_bytes(with_xmp(rdf(gdepth(png(), **changes))))
    with pytest.raises(PhotoError, match=said) as caught:
        estimate(photo_at(path))
    assert "a.jpg" in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("data", [None, b"no picture", png()[:60]])
def test_gdepth_damaged(tmp_path: Path, data: bytes | None) -> None:
    path = tmp_path / "a.jpg"
    path.write_bytes(with_xmp(rdf(gdepth(data))))
    with pytest.raises(PhotoError, match=r"gdepth|GDepth"):
        estimate(photo_at(path))


# --- Dynamic Depth -------------------------------------------------------------------------------


def dynamic(focal: str = "", units: str = "Meters", padding: int = 0, uri: bool = True) -> bytes:
    """A JPEG with a depth map and another picture appended, after Google's own example files."""
    other, depth = jpeg(), png()
    ns = "http://ns.google.com/photos/dd/1.0"
    named = 'Item:DataURI="android/depthmap"' if uri else 'Item:Semantic="Depth"'
    items = "".join(
        f'<rdf:li rdf:parseType="Resource"><Container:Item {text}/></rdf:li>'
        for text in (
            f'Item:Mime="image/jpeg" Item:Length="0" Item:Padding="{padding}" '
            'Item:DataURI="primary_image"',
            f'Item:Mime="image/png" Item:Length="{len(depth)}" {named}',
            f'Item:Mime="image/jpeg" Item:Length="{len(other)}" Item:DataURI="android/original"',
        )
    )
    description = (
        f'<rdf:Description xmlns:Device="{ns}/device/" xmlns:Container="{ns}/container/" '
        f'xmlns:Item="{ns}/item/" xmlns:Camera="{ns}/camera/" xmlns:DepthMap="{ns}/depthmap/" '
        f'xmlns:ImagingModel="{ns}/imagingmodel/">'
        f"<Device:Container><Container:Directory><rdf:Seq>{items}</rdf:Seq>"
        "</Container:Directory></Device:Container><Device:Cameras><rdf:Seq>"
        '<rdf:li rdf:parseType="Resource"><Device:Camera><Camera:DepthMap '
        f'DepthMap:Format="RangeInverse" DepthMap:Near="{NEAR}" DepthMap:Far="{FAR}" '
        f'DepthMap:Units="{units}" DepthMap:DepthURI="android/depthmap"/>{focal}'
        "</Device:Camera></rdf:li></rdf:Seq></Device:Cameras></rdf:Description>"
    )
    return with_xmp(rdf(description)) + b"\x00" * padding + depth + other


@pytest.mark.parametrize(("padding", "uri"), [(0, True), (17, True), (0, False)])
def test_dynamic_depth(tmp_path: Path, padding: int, uri: bool) -> None:
    path = tmp_path / "a.jpg"
    path.write_bytes(dynamic(padding=padding, uri=uri))
    found = estimate(photo_at(path))
    np.testing.assert_allclose(found.depth_m, range_inverse(LEVELS), rtol=1e-5)
    assert found.model.name == "measured:dynamic-depth"
    assert found.focal.source is FocalSource.ASSUMED


@pytest.mark.parametrize(
    ("model", "focal_px"),
    [
        ('ImagingModel:FocalLengthX="100" ImagingModel:ImageWidth="256" ', 50.0),
        ('ImagingModel:FocalLengthX="0.75" ', 96.0),
    ],
)
def test_dynamic_depth_brings_its_intrinsics(tmp_path: Path, model: str, focal_px: float) -> None:
    path = tmp_path / "a.jpg"
    text = f'<Camera:ImagingModel><rdf:Description {model} ImagingModel:ImageHeight="192"/>'
    path.write_bytes(dynamic(focal=text + "</Camera:ImagingModel>"))
    found = estimate(photo_at(path))
    assert found.focal.source is FocalSource.CALIBRATED
    assert found.focal.focal_px == pytest.approx(focal_px)


def test_dynamic_depth_whose_tail_was_cut_off(tmp_path: Path) -> None:
    path = tmp_path / "a.jpg"
    path.write_bytes(dynamic()[: len(with_xmp(b"")) + 900])
    with pytest.raises(PhotoError, match=r"dynamic-depth|Dynamic Depth"):
        estimate(photo_at(path))


def test_dynamic_depth_without_metres_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "a.jpg"
    path.write_bytes(dynamic(units="None"))
    with pytest.raises(PhotoError, match="not metric"):
        estimate(photo_at(path))


# --- Apple ---------------------------------------------------------------------------------------


def boxes(content: bytes) -> Iterator[tuple[bytes, bytes]]:
    at = 0
    while at + 8 <= len(content):
        size = int.from_bytes(content[at : at + 4], "big")
        yield content[at + 4 : at + 8], content[at + 8 : at + size]
        at += size


def box(kind: bytes, body: bytes) -> bytes:
    return struct.pack(">I", 8 + len(body)) + kind + body


def full_box(kind: bytes, body: bytes, version: int = 0, flags: int = 0) -> bytes:
    return box(kind, bytes((version,)) + flags.to_bytes(3, "big") + body)


def hevc(picture: np.ndarray) -> tuple[bytes, bytes]:
    """Decoder configuration box and coded bytes of a picture."""
    buffer = io.BytesIO()
    pillow_heif.from_pillow(Image.fromarray(picture)).save(buffer, quality=-1)
    top = dict(boxes(buffer.getvalue()))
    meta = dict(boxes(top[b"meta"][4:]))
    properties = dict(boxes(dict(boxes(meta[b"iprp"]))[b"ipco"]))
    return box(b"hvcC", properties[b"hvcC"]), top[b"mdat"]


def write_apple_heic(path: Path, levels: np.ndarray, xmp: bytes | None, turn: bool = False) -> None:
    """A HEIC as an iPhone writes it: photo, auxiliary depth image, XMP that describes the depth."""
    colour = np.random.default_rng(0).integers(0, 255, (HEIGHT, WIDTH, 3), dtype=np.uint8)
    (colour_config, colour_data), (depth_config, depth_data) = hevc(colour), hevc(levels)
    ispe = [
        full_box(b"ispe", struct.pack(">II", *shape[1::-1]))
        for shape in (colour.shape, levels.shape)
    ]
    auxiliary = full_box(b"auxC", b"urn:mpeg:hevc:2015:auxid:2\x00")
    rotation = box(b"irot", b"\x03")  # 270° anticlockwise, as phones held upright have it
    ipco = box(b"ipco", colour_config + ispe[0] + depth_config + ispe[1] + auxiliary + rotation)
    turned = [6] if turn else []
    uses = {1: [1, 2, *turned], 2: [3, 4, 5, *turned]}
    ipma = struct.pack(">I", len(uses)) + b"".join(
        struct.pack(">HB", item, len(places)) + bytes(0x80 | place for place in places)
        for item, places in uses.items()
    )
    entries = [(1, b"hvc1", b"\x00"), (2, b"hvc1", b"\x00")]
    data = [colour_data, depth_data]
    references = full_box(b"iref", box(b"auxl", struct.pack(">HHH", 2, 1, 1)))
    if xmp is not None:
        entries.append((3, b"mime", b"\x00application/rdf+xml\x00"))
        data.append(xmp)
        references = full_box(
            b"iref",
            box(b"auxl", struct.pack(">HHH", 2, 1, 1)) + box(b"cdsc", struct.pack(">HHH", 3, 1, 2)),
        )
    infe = b"".join(
        full_box(b"infe", struct.pack(">HH", item, 0) + kind + rest, version=2)
        for item, kind, rest in entries
    )

    def meta(start: int) -> bytes:
        places, at = b"", start
        for (item, _, _), content in zip(entries, data, strict=True):
            places += struct.pack(">HHHII", item, 0, 1, at, len(content))
            at += len(content)
        return full_box(
            b"meta",
            full_box(b"hdlr", b"\x00" * 4 + b"pict" + b"\x00" * 13)
            + full_box(b"pitm", struct.pack(">H", 1))
            + full_box(b"iinf", struct.pack(">H", len(entries)) + infe)
            + references
            + box(b"iprp", ipco + full_box(b"ipma", ipma))
            + full_box(b"iloc", b"\x44\x00" + struct.pack(">H", len(entries)) + places),
        )

    ftyp = box(b"ftyp", b"heic\x00\x00\x00\x00mif1heic")
    start = len(ftyp) + len(meta(0)) + 8
    path.write_bytes(ftyp + meta(start) + box(b"mdat", b"".join(data)))


def apple_xmp(
    kind: str = "disparity", low: float = 0.2, high: float = 2.0, accuracy: str = "absolute"
) -> bytes:
    matrix = "".join(f"<rdf:li>{v}</rdf:li>" for v in (2800, 0, 0, 0, 2800, 0, 2016, 1512, 1))
    return rdf(
        '<rdf:Description rdf:about="" xmlns:apdi="http://ns.apple.com/pixeldatainfo/1.0/" '
        'xmlns:depthData="http://ns.apple.com/depthData/1.0/">'
        f"<apdi:AuxiliaryImageType>{kind}</apdi:AuxiliaryImageType>"
        f"<apdi:IntMinValue>0</apdi:IntMinValue><apdi:IntMaxValue>255</apdi:IntMaxValue>"
        f"<apdi:FloatMinValue>{low}</apdi:FloatMinValue>"
        f"<apdi:FloatMaxValue>{high}</apdi:FloatMaxValue>"
        f"<depthData:Accuracy>{accuracy}</depthData:Accuracy>"
        "<depthData:IntrinsicMatrixReferenceWidth>4032</depthData:IntrinsicMatrixReferenceWidth>"
        "<depthData:IntrinsicMatrixReferenceHeight>3024</depthData:IntrinsicMatrixReferenceHeight>"
        f"<depthData:IntrinsicMatrix><rdf:Seq>{matrix}</rdf:Seq></depthData:IntrinsicMatrix>"
        "</rdf:Description>"
    )


def test_apple_disparity_with_its_intrinsics(tmp_path: Path) -> None:
    path = tmp_path / "a.heic"
    write_apple_heic(path, LEVELS, apple_xmp())
    assert has_embedded_depth(path)
    found = estimate(photo_at(path))
    expected = 1 / (0.2 + LEVELS / 255 * 1.8)
    # The depth image is coded with a loss of a level or two.
    level = expected**2 * 1.8 / 255
    assert (np.abs(found.depth_m - expected) <= 3 * level).all()
    assert found.focal.source is FocalSource.CALIBRATED
    assert found.focal.focal_px == pytest.approx(2800 * WIDTH / 4032)
    assert found.model.name == "measured:apple"


def test_apple_depth_turned_with_the_photo(tmp_path: Path) -> None:
    path = tmp_path / "a.heic"
    write_apple_heic(path, LEVELS, apple_xmp("depth", 1.0, 5.0), turn=True)
    found = estimate(photo_at(path, HEIGHT, WIDTH))
    expected = np.rot90(1 + LEVELS / 255 * 4, -1)
    assert found.depth_m.shape == (WIDTH, HEIGHT)
    np.testing.assert_allclose(found.depth_m, expected, atol=0.06)
    assert found.focal.focal_px == pytest.approx(2800 * WIDTH / 4032)


@pytest.mark.parametrize("xmp", [apple_xmp(accuracy="relative"), None])
def test_apple_depth_that_is_not_metric_is_refused(tmp_path: Path, xmp: bytes | None) -> None:
    path = tmp_path / "a.heic"
    write_apple_heic(path, LEVELS, xmp)
    with pytest.raises(PhotoError, match="metres"):
        read_embedded_depth(photo_at(path))


# --- which one ------------------------------------------------------------------------------------


def test_sidecar_wins_over_the_files_own_depth(tmp_path: Path) -> None:
    path = tmp_path / "a.jpg"
    path.write_bytes(with_xmp(rdf(gdepth(png()))))
    np.save(tmp_path / "a.depth.npy", np.full((HEIGHT, WIDTH), 7.0))
    assert (estimate(photo_at(path)).depth_m == 7.0).all()


def test_users_focal_wins_over_the_files_own(tmp_path: Path) -> None:
    path = tmp_path / "a.heic"
    write_apple_heic(path, LEVELS, apple_xmp())
    assert estimate(photo_at(path), focal_px=99.0).focal == Focal(
        focal_px=99.0, sigma_rel=0.01, source=FocalSource.USER
    )


def test_switched_off_it_is_not_looked_for(tmp_path: Path) -> None:
    path = tmp_path / "a.jpg"
    path.write_bytes(with_xmp(rdf(gdepth(png()))))
    with pytest.raises(PhotoError, match="no measured depth"):
        estimate(photo_at(path), embedded=False)


def test_auto_uses_it(tmp_path: Path) -> None:
    path = tmp_path / "a.jpg"
    path.write_bytes(with_xmp(rdf(gdepth(png()))))
    auto = open_estimator("auto", DepthSettings(models_dir=tmp_path / "none"))
    found = auto.estimate(photo_at(path), np.zeros((HEIGHT, WIDTH, 3), np.uint8))
    assert found.model.name == "measured:gdepth"


def test_auto_leaves_depth_without_metres_to_the_network(tmp_path: Path) -> None:
    auto = open_estimator("auto", DepthSettings(models_dir=tmp_path / "none"))
    write_apple_heic(tmp_path / "a.heic", LEVELS, apple_xmp(accuracy="relative"))
    (tmp_path / "b.jpg").write_bytes(dynamic(units="None"))
    for name in ("a.heic", "b.jpg"):
        assert has_embedded_depth(tmp_path / name, metric=False)
        assert not has_embedded_depth(tmp_path / name)
        with pytest.raises(PhotoError, match="worldmap models fetch"):
            auto.estimate(photo_at(tmp_path / name), np.zeros((HEIGHT, WIDTH, 3), np.uint8))


@pytest.mark.parametrize("content", [b"", b"\xff\xd8", b"\xff\xd8\xff\xe1\xff\xff", jpeg()])
def test_files_without_depth_have_none(tmp_path: Path, content: bytes) -> None:
    for name in ("a.jpg", "a.heic"):
        (tmp_path / name).write_bytes(content)
        assert not has_embedded_depth(tmp_path / name)
    assert not has_embedded_depth(tmp_path / "gone.jpg")


def test_any_damage_to_a_heic_is_a_photo_error_or_other_depth(tmp_path: Path) -> None:
    path = tmp_path / "a.heic"
    write_apple_heic(path, LEVELS, apple_xmp())
    whole = path.read_bytes()
    rng = np.random.default_rng(1)
    for _ in range(60):
        broken = bytearray(whole)
        at = int(rng.integers(30, len(whole)))
        if rng.random() < 0.3:
            broken = broken[:at]
        else:
            broken[at] ^= int(rng.integers(1, 256))
        path.write_bytes(broken)
        with suppress(PhotoError):  # any other exception fails the test
            estimate(photo_at(path))
