"""Still pictures: turned upright, freed of everything that is no picture, and shrunk to fixed sizes."""

from __future__ import annotations

import base64
from contextlib import suppress
from io import BytesIO
from itertools import pairwise
from pathlib import Path
from typing import Any

from PIL import Image, ImageCms

from svc_media.processing.inside import animations, shapes
from svc_media.processing.inside.thumbhash import thumbhash
from svc_media.processing.refusals import INVALID, PICTURE_TOO_LARGE, Refused

MOST_PIXELS = 40_000_000
LONGEST_SIDE = 30_000
#: What is kept as the picture itself is at most this wide or high.
KEPT_SIDE = 4_096
SIDES = (160, 640, 1_280)
_HASHED_SIDE = 64
# Whole pixels are averaged first, down to this many times the size that is wanted: much faster, and hardly seen.
_REDUCING_GAP = 1.5
_ORIENTATION = 0x0112
_TURNS = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}
_SRGB = ImageCms.createProfile("sRGB")

Image.MAX_IMAGE_PIXELS = None  # `opened` looks at the size itself, and refuses by a code of its own
Image.init()  # all formats are loaded now: inside of the sandbox their files cannot be read


def make(path: str, kind: str, ffmpeg: str) -> dict[str, Any]:
    """Make everything that is made of a picture, moving or not, in the present folder.

    Args:
        path: The file, beside the present folder's other files.
        kind: Pillow's name of its format; no other one is tried.
        ffmpeg: The program that writes moving pictures.

    Raises:
        Refused: It is too large, broken, or not a picture alone.
    """
    shapes.check(Path(path), kind)
    with opened(path, kind) as image:
        if animations.moves(image):
            return animations.make(image, ffmpeg)
        upright = _upright(image)
    files = [_keep(upright, kind)]
    return described("picture", upright, files + thumbnails(upright))


def make_poster(path: str) -> dict[str, Any]:
    """Make a film's poster of a frame that we decoded ourselves."""
    with opened(path, "PNG") as frame:
        image = frame.convert("RGB")
    return described("video", image, thumbnails(image, poster=True))


def opened(path: str, kind: str) -> Image.Image:
    """Return the picture with nothing decoded yet.

    Raises:
        Refused: It is no such picture, or larger than pictures may be.
    """
    image = Image.open(path, formats=[kind])
    width, height = image.size
    if width * height > MOST_PIXELS or max(width, height) > LONGEST_SIDE:
        raise Refused(PICTURE_TOO_LARGE)
    if min(width, height) < 1:
        raise Refused(INVALID)
    return image


def described(kind: str, image: Image.Image, files: list[dict[str, Any]]) -> dict[str, Any]:
    """Return what is told of a picture and the files made of it."""
    return {
        "kind": kind,
        "width": image.width,
        "height": image.height,
        "thumbhash": hashed(image),
        "variants": files,
    }


def hashed(image: Image.Image) -> str:
    """Return the picture's ThumbHash in base64."""
    small = shrunk(image, _HASHED_SIDE).convert("RGBA")
    return base64.b64encode(thumbhash(small.width, small.height, small.tobytes())).decode()


def shrunk(image: Image.Image, side: int) -> Image.Image:
    """Return the picture at most `side` wide and high; it never grows."""
    factor = side / max(image.size)
    if factor >= 1:
        return image
    size = (max(1, round(image.width * factor)), max(1, round(image.height * factor)))
    return image.resize(size, Image.Resampling.LANCZOS, reducing_gap=_REDUCING_GAP)


def thumbnails(image: Image.Image, *, poster: bool = False) -> list[dict[str, Any]]:
    """Write the picture in the fixed sizes that are smaller than it is, and the next one, as WebP and JPEG."""
    files: list[dict[str, Any]] = []
    sides = [SIDES[0], *(each for before, each in pairwise(SIDES) if before < max(image.size))]
    for side in reversed(sides):
        image = shrunk(image, side)
        name = "poster" if poster and side == sides[-1] else f"thumb_{side}"
        files.append(_write(image, f"{name}.webp", "WEBP", quality=78, method=2))
        files.append(_write(_opaque(image), f"{name}.jpg", "JPEG", quality=80, progressive=True))
    return files


def _upright(image: Image.Image) -> Image.Image:
    """Return the picture decoded, no larger than it is kept, in sRGB, turned as its camera was held."""
    orientation = 1
    with suppress(Exception):  # broken metadata are thrown away with the rest
        orientation = image.getexif().get(_ORIENTATION, 1)
    profile = image.info.get("icc_profile")
    image.draft(image.mode, (KEPT_SIDE, KEPT_SIDE))
    image.thumbnail((KEPT_SIDE, KEPT_SIDE), Image.Resampling.LANCZOS)
    image.load()
    plain = _in_srgb(image, profile)
    turn = _TURNS.get(orientation)
    return plain if turn is None else plain.transpose(turn)


def _in_srgb(image: Image.Image, profile: bytes | None) -> Image.Image:
    """Return the picture as RGB or RGBA, with its colours as its profile means them."""
    has_alpha = image.has_transparency_data
    if image.mode.startswith("I;16"):
        image = image.convert("I").point(lambda value: value / 256).convert("L")
    if profile and not has_alpha and image.mode in ("RGB", "CMYK", "L"):
        with suppress(ImageCms.PyCMSError, OSError):
            own = ImageCms.ImageCmsProfile(BytesIO(profile))
            converted = ImageCms.profileToProfile(image, own, _SRGB, outputMode="RGB")
            if converted is not None:
                return _bare(converted)
    return _bare(image.convert("RGBA" if has_alpha else "RGB"))


def _bare(image: Image.Image) -> Image.Image:
    """Return the pixels alone: what Pillow found beside them would be written again."""
    image.info.clear()
    return image


def _keep(image: Image.Image, kind: str) -> dict[str, Any]:
    """Write the picture itself anew."""
    if kind == "PNG":
        return _write(image, "original", "PNG", compress_level=3)
    if image.mode == "RGBA":
        return _write(image, "original", "WEBP", quality=90, method=1)
    return _write(image, "original", "JPEG", quality=90)


def _opaque(image: Image.Image) -> Image.Image:
    if image.mode != "RGBA":
        return image
    ground = Image.new("RGB", image.size, "white")
    ground.paste(image, mask=image.getchannel("A"))
    return ground


def _write(image: Image.Image, name: str, form: str, **options: Any) -> dict[str, Any]:
    image.save(name, form, **options)
    mime = Image.MIME[form]
    return {"name": name, "path": name, "mime": mime, "width": image.width, "height": image.height}
