"""Pictures: upright, without a word about who took them where, and in fixed sizes."""

from __future__ import annotations

import base64
from io import BytesIO
from pathlib import Path

import pytest
from PIL import Image, ImageCms, ImageDraw

from fuzz import corpus
from svc_media.processing.refusals import PICTURE_TOO_LARGE, Refused
from svc_media.processing.results import Result
from tests.svc_media_processing.conftest import Make

GPS = b"1600 Pennsylvania Ave"
RED, BLUE = (220, 30, 30), (30, 30, 220)


def halves(width: int, height: int, mode: str = "RGB") -> Image.Image:
    """Red on the left, blue on the right."""
    image = Image.new(mode, (width, height), RED)
    ImageDraw.Draw(image).rectangle((width // 2, 0, width, height), fill=BLUE)
    return image


def opened(result: Result, name: str) -> Image.Image:
    path = next(variant[1] for variant in result.variants if variant[0] == name)
    return Image.open(BytesIO(path.read_bytes()))


def is_near(pixel: object, colour: tuple[int, int, int]) -> bool:
    assert isinstance(pixel, tuple)
    return all(abs(a - b) < 40 for a, b in zip(pixel[:3], colour, strict=True))


@pytest.mark.parametrize(
    ("orientation", "size", "first", "last"),
    [
        (1, (400, 200), RED, BLUE),
        (2, (400, 200), BLUE, RED),
        (3, (400, 200), BLUE, RED),
        (6, (200, 400), RED, BLUE),
        (8, (200, 400), BLUE, RED),
    ],
)
def test_it_is_turned_as_the_camera_was_held(
    make: Make, orientation: int, size: tuple[int, int], first: tuple[int, int, int], last: tuple[int, int, int]
) -> None:
    exif = Image.Exif()
    exif[0x0112] = orientation
    result = make(corpus.saved(halves(400, 200), "JPEG", exif=exif), "image/jpeg")
    kept = opened(result, "original")
    assert kept.size == size == (result.width, result.height)
    assert is_near(kept.getpixel((5, 5)), first)
    assert is_near(kept.getpixel((size[0] - 5, size[1] - 5)), last)


@pytest.mark.parametrize("form", ["JPEG", "PNG", "WEBP", "AVIF"])
def test_nothing_is_left_of_what_stood_beside_the_pixels(make: Make, form: str) -> None:
    exif = Image.Exif()
    exif[0x010E] = GPS.decode()
    exif[0x9286] = GPS.decode()
    options: dict[str, object] = {"exif": exif, "xmp": b"<x:xmpmeta>" + GPS + b"</x:xmpmeta>"}
    if form == "JPEG":
        options["comment"] = GPS
    source = corpus.saved(halves(800, 600), form, **options)
    assert GPS in source
    result = make(source)
    for name, path, *_ in result.variants:
        assert GPS not in path.read_bytes(), name
        assert not opened(result, name).getexif(), path


def test_it_has_the_fixed_sizes_that_are_smaller_than_itself_and_the_next(make: Make) -> None:
    sizes = {name: (width, height) for name, _, _, width, height in make(corpus.jpeg(1_000, 500)).variants}
    assert sizes == {
        "original": (1_000, 500),
        "thumb_1280.webp": (1_000, 500),
        "thumb_1280.jpg": (1_000, 500),
        "thumb_640.webp": (640, 320),
        "thumb_640.jpg": (640, 320),
        "thumb_160.webp": (160, 80),
        "thumb_160.jpg": (160, 80),
    }


def test_a_small_picture_does_not_grow(make: Make) -> None:
    names = {name: (width, height) for name, _, _, width, height in make(corpus.jpeg(20, 10)).variants}
    assert names == {"original": (20, 10), "thumb_160.webp": (20, 10), "thumb_160.jpg": (20, 10)}


def test_files_are_what_their_types_say(make: Make) -> None:
    for _, path, mime, width, height in make(corpus.jpeg(700, 300)).variants:
        with Image.open(path) as image:
            image.load()
            assert image.get_format_mimetype() == mime
            assert image.size == (width, height)


def test_one_may_see_through_a_png_and_its_jpegs_are_white_there(make: Make) -> None:
    result = make(corpus.saved(Image.new("RGBA", (300, 300), (255, 0, 0, 0)), "PNG"))
    assert opened(result, "original").getpixel((9, 9)) == (255, 0, 0, 0)
    assert opened(result, "thumb_160.webp").convert("RGBA").getpixel((9, 9))[3] == 0  # type: ignore[index]
    assert is_near(opened(result, "thumb_160.jpg").getpixel((9, 9)), (255, 255, 255))


@pytest.mark.parametrize(
    "image",
    [
        Image.new("L", (50, 50), 200),
        Image.new("LA", (50, 50), (200, 255)),
        Image.new("P", (50, 50), 3),
        Image.new("1", (50, 50), 1),
        Image.new("I;16", (50, 50), 200 * 256),
    ],
    ids=lambda image: image.mode,
)
def test_every_kind_of_png_is_understood(make: Make, image: Image.Image) -> None:
    wanted = (200, 200, 200) if image.mode in ("L", "LA", "I;16") else image.convert("RGB").getpixel((9, 9))
    assert is_near(opened(make(corpus.saved(image, "PNG")), "thumb_160.jpg").getpixel((9, 9)), wanted)  # type: ignore[arg-type]


def test_colours_are_those_that_its_profile_means(make: Make) -> None:
    swapped = ImageCms.ImageCmsProfile(ImageCms.createProfile("LAB"))
    broken = corpus.saved(halves(100, 50), "JPEG", icc_profile=b"no profile")
    assert is_near(opened(make(broken), "original").getpixel((5, 5)), RED)
    other = corpus.saved(halves(100, 50), "JPEG", icc_profile=swapped.tobytes())
    assert make(other).kind == "picture"


def test_cmyk_becomes_rgb(make: Make) -> None:
    result = make(corpus.saved(Image.new("CMYK", (64, 64), (0, 255, 255, 0)), "JPEG"))
    assert opened(result, "original").mode == "RGB"
    assert is_near(opened(result, "original").getpixel((9, 9)), (255, 0, 0))


def test_what_a_telephone_hangs_behind_a_picture_is_cut_off(make: Make) -> None:
    """A moving photo has a film there; it is not ours to refuse, nor to pass on."""
    result = make(corpus.jpeg(300, 200) + b"\0\0\0\x18ftypmp42" + bytes(5_000))
    assert b"ftypmp42" not in result.variants[0][1].read_bytes()


def test_40_megapixels_fit_and_more_do_not(make: Make) -> None:
    wide = make(corpus.jpeg(8_000, 5_000), "image/jpeg")
    assert (wide.width, wide.height) == (4_096, 2_560)
    with pytest.raises(Refused, match=PICTURE_TOO_LARGE):
        make(corpus.jpeg(8_001, 5_000), "image/jpeg")


def test_its_thumbhash_tells_its_colours(make: Make) -> None:
    result = make(corpus.saved(halves(400, 200), "JPEG"))
    assert result.thumbhash
    raw = base64.b64decode(result.thumbhash)
    assert 15 <= len(raw) <= 30
    assert raw[4] & 0x80  # it is wider than high


def test_two_equal_pictures_become_equal_files(make: Make) -> None:
    """So a repeated delivery stores nothing twice."""
    source = corpus.saved(halves(400, 200), "JPEG")
    before = {name: path.read_bytes() for name, path, *_ in make(source).variants}
    assert before == {name: path.read_bytes() for name, path, *_ in make(source).variants}


def test_the_source_is_only_read(make: Make, tmp_path: Path) -> None:
    source = tmp_path / "source.jpg"
    source.write_bytes(corpus.jpeg(300, 200))
    source.chmod(0o440)
    before = (source.stat().st_mode, source.stat().st_uid, source.stat().st_nlink, source.read_bytes())
    make(source, "image/jpeg")
    assert before == (source.stat().st_mode, source.stat().st_uid, source.stat().st_nlink, source.read_bytes())
