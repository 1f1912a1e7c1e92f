"""Right pictures, films, sounds and documents of many kinds, and those that were made to do harm."""

from __future__ import annotations

import random
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

from PIL import Image

from fuzz import corpus

HTML = b"<!DOCTYPE html><html><script>alert(document.cookie)</script></html>"
SVG = b'<?xml version="1.0"?><svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"/>'
PLAYLIST = b"#EXTM3U\n#EXT-X-MEDIA-SEQUENCE:0\n#EXTINF:10.0,\nconcat:file:///etc/passwd\n#EXT-X-ENDLIST\n"


class Made(NamedTuple):
    """A file: what it is, its bytes, and what its sender says that it is."""

    what: str
    data: bytes
    mime: str


_FORMS = {
    "PNG": ("image/png", ["1", "L", "LA", "P", "RGB", "RGBA", "I;16"]),
    "JPEG": ("image/jpeg", ["L", "RGB", "CMYK"]),
    "GIF": ("image/gif", ["P", "L"]),
    "WEBP": ("image/webp", ["RGB", "RGBA"]),
    "AVIF": ("image/avif", ["RGB", "RGBA"]),
    "TIFF": ("image/tiff", ["L", "RGB", "CMYK"]),
    "BMP": ("image/bmp", ["L", "RGB"]),
}
_FILMS = [("mp4", "video/mp4"), ("mov", "video/quicktime"), ("mkv", "video/x-matroska")]
_SOUNDS: list[tuple[str, str, tuple[str, ...]]] = [
    ("ogg", "audio/ogg", ("-c:a", "libopus")),
    ("mp3", "audio/mpeg", ()),
    ("wav", "audio/wav", ()),
    ("m4a", "audio/mp4", ("-c:a", "aac")),
    ("flac", "audio/flac", ()),
]


def pictures(dice: random.Random) -> Iterator[Made]:
    """Make a picture of each form and mode, in sizes of all sorts."""
    for form, (mime, modes) in _FORMS.items():
        for mode in modes:
            size = (dice.choice([1, 2, 17, 640]), dice.choice([1, 3, 48, 480]))
            options = {"comment": b"made by a fuzz"} if form == "JPEG" else {}
            yield Made(f"{form} {mode}", corpus.saved(Image.new(mode, size, 1), form, **options), mime)


def moving(dice: random.Random) -> Iterator[Made]:
    """Have ffmpeg make films and sounds."""
    with tempfile.TemporaryDirectory() as folder:
        for suffix, mime in _FILMS:
            size = dice.choice(["64x48", "320x240", "2x2"])
            path = corpus.film(Path(folder) / f"film.{suffix}", seconds=0.5, size=size)
            yield Made(suffix, path.read_bytes(), mime)
        for suffix, mime, options in _SOUNDS:
            path = corpus.tone(Path(folder) / f"tone.{suffix}", *options, seconds=1)
            yield Made(suffix, path.read_bytes(), mime)


def right(dice: random.Random) -> list[Made]:
    """Return files with nothing wrong."""
    documents = [Made("pdf", corpus.pages(3), "application/pdf"), Made("gif", corpus.gif(8, 8, 5), "image/gif")]
    others = [Made("zip", corpus.archive({"a.txt": b"a"}), "application/zip"), Made("text", b"hello", "text/plain")]
    return [*pictures(dice), *moving(dice), *documents, *others]


_BOMBS: dict[str, tuple[Callable[[], bytes], str]] = {
    "png of 30,000 x 30,000": (corpus.huge_png, "image/png"),
    "jpeg of 65,000 x 65,000": (corpus.huge_jpeg, "image/jpeg"),
    "webp of 16,384 x 16,384": (corpus.huge_webp, "image/webp"),
    "avif of 50,000 x 50,000": (corpus.huge_avif, "image/avif"),
    "png one pixel high": (lambda: corpus.png(35_000_000, 1, pixels=b""), "image/png"),
    "png with a comment of 1 GiB": (corpus.text_bomb, "image/png"),
    "png with a profile of 1 GiB": (corpus.profile_bomb, "image/png"),
    "png with 1 GiB of pixels too much": (corpus.overfull_png, "image/png"),
    "gif without end": (lambda: corpus.gif(64, 64, 200_000), "image/gif"),
    "gif of large frames": (lambda: corpus.gif(1_900, 1_900, 900), "image/gif"),
    "archive of archives": (corpus.zip_bomb, "application/zip"),
    "document that is its own page": (corpus.looping_tree, "application/pdf"),
    "document that draws itself": (corpus.looping_form, "application/pdf"),
    "document of drawings in drawings": (corpus.forms_in_forms, "application/pdf"),
    "document with a picture of 30,000 x 30,000": (corpus.picture_bomb, "application/pdf"),
    "document with a broken font": (corpus.broken_font, "application/pdf"),
    "svg": (lambda: SVG, "image/png"),
    "page": (lambda: HTML, "image/jpeg"),
    "playlist": (lambda: PLAYLIST, "video/mp4"),
    "film of zeros": (lambda: b"\0\0\0\x18ftypisom" + bytes(4_000), "video/mp4"),
}


def harmful() -> Iterator[Made]:
    """Make those that were thought out to do harm, one after the other: some are large."""
    for what, (make, mime) in _BOMBS.items():
        yield Made(what, make(), mime)
