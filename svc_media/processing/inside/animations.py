"""Pictures that move (GIF, WebP, APNG): kept moving as a silent film, or as WebP where one sees through them."""

from __future__ import annotations

import os
import subprocess
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from PIL import Image

from svc_media.processing.refusals import INVALID, PICTURE_TOO_LARGE, TOO_COSTLY, TOO_LONG, Refused

if TYPE_CHECKING:
    from collections.abc import Iterator

MOST_FRAMES = 1_000
LONGEST_MS = 60_000
#: Of one frame, and of all of them.
MOST_PIXELS = 4_000_000
MOST_PIXELS_OF_ALL = 120_000_000
KEPT_SIDE = 640
FRAMES_PER_SECOND = 25
# Browsers take a frame that is shown for less than this as one of the usual time.
_SHORTEST_MS, _USUAL_MS = 20, 100
_TICK_MS = 1_000 / FRAMES_PER_SECOND
_QUIET = ("-nostdin", "-hide_banner", "-loglevel", "error", "-y")
_FILM = ("-c:v", "libx264", "-preset", "veryfast", "-crf", "26", "-pix_fmt", "yuv420p", "-threads", "1")
_MOVING_PICTURE = ("-c:v", "libwebp_anim", "-lossless", "0", "-q:v", "70", "-compression_level", "2", "-loop", "0")


def moves(image: Image.Image) -> bool:
    """Tell whether there is more than one frame; it looks at no more than the second."""
    return bool(getattr(image, "is_animated", False))


def make(image: Image.Image, ffmpeg: str) -> dict[str, Any]:
    """Write the moving picture anew, and pictures of its first frame, in the present folder.

    Raises:
        Refused: It is too large or goes on for too long.
    """
    from svc_media.processing.inside import pictures  # noqa: PLC0415 - each knows the other

    if image.width * image.height > MOST_PIXELS:
        raise Refused(PICTURE_TOO_LARGE)
    first = image.convert("RGBA")
    seen_through = first.getchannel("A").getextrema() != (255, 255)
    still = first if seen_through else first.convert("RGB")
    still.info.clear()
    film, duration_ms = _film(image, ffmpeg, seen_through=seen_through)
    told = pictures.described("animation", still, [film, *pictures.thumbnails(still)])
    return told | {"duration_s": duration_ms / 1_000, "width": film["width"], "height": film["height"]}


def _film(image: Image.Image, ffmpeg: str, *, seen_through: bool) -> tuple[dict[str, Any], float]:
    """Write the film frame by frame, so that there is never more than one in memory."""
    width, height = _even_size(image.size)
    mode, pixels = ("RGBA", "rgba") if seen_through else ("RGB", "rgb24")
    source = ("-f", "rawvideo", "-pix_fmt", pixels, "-s", f"{width}x{height}", "-r", str(FRAMES_PER_SECOND))
    form = ("-f", "webp") if seen_through else ("-movflags", "+faststart", "-f", "mp4")
    target = (*(_MOVING_PICTURE if seen_through else _FILM), *form, "original")
    command = [ffmpeg, *_QUIET, *source, "-i", "pipe:0", "-an", *target]
    with subprocess.Popen(command, stdin=subprocess.PIPE) as encoder:  # noqa: S603 - fixed arguments
        try:
            duration_ms = _feed(encoder, image, mode, (width, height))
        except BaseException:
            encoder.kill()
            raise
    if encoder.returncode:
        raise Refused(TOO_COSTLY if encoder.returncode < 0 else INVALID)
    mime = "image/webp" if seen_through else "video/mp4"
    return {"name": "original", "path": "original", "mime": mime, "width": width, "height": height}, duration_ms


def _feed(encoder: subprocess.Popen[bytes], image: Image.Image, mode: str, size: tuple[int, int]) -> float:
    """Write all frames to the encoder, and return how long they last in ms."""
    ends_ms = 0.0
    with encoder.stdin or open(os.devnull, "wb") as target, suppress(BrokenPipeError):  # noqa: PTH123
        for frame, times, ends_ms in _ticks(image):  # noqa: B007 - the last one tells the length
            raw = _on_white(frame, mode).resize(size, Image.Resampling.BILINEAR).tobytes()
            for _ in range(times):
                target.write(raw)
    return ends_ms


def _ticks(image: Image.Image) -> Iterator[tuple[Image.Image, int, float]]:
    """Yield each frame, for how many ticks of the film it is seen, and when it ends in ms.

    Raises:
        Refused: There are too many of them.
    """
    ends_ms, ticks, pixels, number = 0.0, 0, 0, 0
    while True:
        number, pixels = number + 1, pixels + image.width * image.height
        ends_ms += _shown_ms(image)
        if number > MOST_FRAMES or ends_ms > LONGEST_MS:
            raise Refused(TOO_LONG)
        if pixels > MOST_PIXELS_OF_ALL:
            raise Refused(TOO_COSTLY)
        image.load()
        times = max(0 if ticks else 1, round(ends_ms / _TICK_MS) - ticks)
        ticks += times
        yield image, times, ends_ms
        try:
            image.seek(number)
        except EOFError:
            return


def _shown_ms(image: Image.Image) -> float:
    shown = float(image.info.get("duration") or 0)
    return shown if shown >= _SHORTEST_MS else _USUAL_MS


def _on_white(frame: Image.Image, mode: str) -> Image.Image:
    full = frame.convert("RGBA")
    if mode == "RGBA":
        return full
    ground = Image.new("RGBA", full.size, "white")
    ground.alpha_composite(full)
    return ground.convert("RGB")


def _even_size(size: tuple[int, int]) -> tuple[int, int]:
    """Return the size that the film has: films have an even one."""
    factor = min(1.0, KEPT_SIDE / max(size))
    width, height = (max(2, round(each * factor / 2) * 2) for each in size)
    return width, height
