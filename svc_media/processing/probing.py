"""What ffprobe says of a film or a sound, as far as we go by it."""

from __future__ import annotations

import json
import math
from dataclasses import dataclass
from typing import Any

from svc_media.processing.refusals import INVALID, TOO_LONG, VIDEO_TOO_LARGE, Refused

LONGEST_S = 4 * 3600.0
LONGEST_SIDE = 8_192
#: A little more than 4K, upright or not.
MOST_PIXELS = 4_096 * 2_304
MOST_STREAMS = 32


@dataclass(frozen=True)
class Probe:
    """A file's first film and first sound.

    Attributes:
        width: Of the film as it is shown, in pixels; None without one.
        height: The same.
        duration_s: None where the file does not say it, as recordings of browsers do not.
        has_sound: Whether there is any.
        channels: Of the sound.
    """

    width: int | None
    height: int | None
    duration_s: float | None
    has_sound: bool
    channels: int

    @property
    def has_film(self) -> bool:
        """Whether there is anything to be seen."""
        return self.width is not None


def read(output: bytes) -> Probe:
    """Return what ffprobe printed as JSON.

    Raises:
        Refused: Nothing can be seen or heard, or it is larger or longer than it may be.
    """
    told = json.loads(output or b"{}")
    streams = told.get("streams", [])
    film = next((each for each in streams if _is_film(each)), None)
    sound = next((each for each in streams if each.get("codec_type") == "audio"), None)
    if not (film or sound) or len(streams) > MOST_STREAMS:
        raise Refused(INVALID)
    width, height = _shown_size(film) if film else (None, None)
    duration_s = _duration_s(told.get("format", {}).get("duration"))
    return Probe(width, height, duration_s, sound is not None, int((sound or {}).get("channels", 0)))


def _is_film(stream: dict[str, Any]) -> bool:
    """Tell a film from a cover picture within a sound."""
    return stream.get("codec_type") == "video" and not stream.get("disposition", {}).get("attached_pic")


def _shown_size(film: dict[str, Any]) -> tuple[int, int]:
    width, height = int(film.get("width", 0)), int(film.get("height", 0))
    if width < 2 or height < 2:  # noqa: PLR2004
        raise Refused(INVALID)
    if width * height > MOST_PIXELS or max(width, height) > LONGEST_SIDE:
        raise Refused(VIDEO_TOO_LARGE)
    turned = any(abs(int(each.get("rotation", 0))) % 180 == 90 for each in film.get("side_data_list", ()))  # noqa: PLR2004
    return (height, width) if turned else (width, height)


def _duration_s(text: str | None) -> float | None:
    try:
        duration_s = float(text or "nan")
    except ValueError:
        return None
    if not math.isfinite(duration_s) or duration_s <= 0:
        return None
    if duration_s > LONGEST_S:
        raise Refused(TOO_LONG)
    return duration_s
