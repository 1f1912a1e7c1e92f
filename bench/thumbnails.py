"""Pictures, and what plain Pillow and libvips make of them: the same files that Charla makes of each."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Sequence
from io import BytesIO
from pathlib import Path
from time import process_time
from typing import Any

from PIL import Image

SIDE = (3_000, 2_000)
_FORMATS: dict[str, tuple[str, dict[str, Any]]] = {
    "image/jpeg": ("JPEG", {"quality": 80, "progressive": True}),
    "image/webp": ("WEBP", {"quality": 78, "method": 2}),
}
Wanted = Sequence[tuple[str, int]]
Maker = Callable[[Path, Wanted], int]


def picture(seed: int) -> bytes:
    """Return a JPEG of 6 megapixels that no other one is like: a sky with some grain."""
    sky = Image.linear_gradient("L").resize(SIDE)
    grain = Image.effect_noise(SIDE, 12 + seed % 7)
    image = Image.merge("RGB", (Image.blend(sky, grain, 0.3), sky, Image.blend(sky.rotate(180), grain, 0.2)))
    buffer = BytesIO()
    image.save(buffer, "JPEG", quality=88, comment=f"{seed}".encode())
    return buffer.getvalue()


def with_pillow(path: Path, wanted: Wanted) -> int:
    """Make thumbnails (`mime`, longer side) of a picture, and the picture itself anew; return how many files."""
    folder = path.parent
    with Image.open(path) as opened:
        opened.load()
        opened.save(folder / "original", "JPEG", quality=90)
        for number, (mime, side) in enumerate(wanted):
            form, options = _FORMATS[mime]
            small = opened.copy()
            small.thumbnail((side, side), Image.Resampling.LANCZOS)
            small.save(folder / f"{number}", form, **options)
    return len(wanted)


def with_vips(path: Path, wanted: Wanted) -> int:
    """Do the same with libvips.

    Raises:
        ImportError: It is not installed.
    """
    import pyvips

    pyvips.cache_set_max(0)  # the same picture comes more than once
    whole = pyvips.Image.new_from_file(str(path), access="sequential")
    whole.jpegsave(str(path.parent / "original.jpg"), Q=90, strip=True)
    for number, (mime, side) in enumerate(wanted):
        small = pyvips.Image.thumbnail(str(path), side, height=side)
        if mime == "image/webp":
            small.webpsave(str(path.parent / f"{number}.webp"), Q=78, effort=2, strip=True)
        else:
            small.jpegsave(str(path.parent / f"{number}.jpg"), Q=80, interlace=True, strip=True)
    return len(wanted)


def per_core_second(make: Maker, pictures: Sequence[bytes], wanted: Wanted) -> float:
    """Return how many thumbnails `make` makes in a second of one core, whatever threads it has."""
    made = 0
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "picture"
        began = process_time()
        for content in pictures:
            path.write_bytes(content)
            made += make(path, wanted)
        return made / (process_time() - began)
