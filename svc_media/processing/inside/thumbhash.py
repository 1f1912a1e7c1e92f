"""ThumbHash: a picture's colours and rough shapes in about 25 bytes, shown while the picture loads.

The format is Evan Wallace's (https://evanw.github.io/thumbhash/); the tests hold this against what his
own code makes of the same pictures.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from math import cos, floor, pi
from operator import mul

Rows = list[list[float]]


def thumbhash(width: int, height: int, rgba: bytes) -> bytes:
    """Return the hash of a picture of at most 100 by 100 pixels, 4 bytes each and row by row."""
    luminance, yellow_blue, red_green, alpha = _channels(width, height, rgba)
    has_alpha = any(each < 255 for each in rgba[3::4])
    most = 5 if has_alpha else 7  # beside an alpha channel there is less room for luminance
    across, down = (max(1, _round(most * side / max(width, height))) for side in (width, height))
    parts = [
        _waves(luminance, max(3, across), max(3, down)),
        _waves(yellow_blue, 3, 3),
        _waves(red_green, 3, 3),
        *([_waves(alpha, 5, 5)] if has_alpha else []),
    ]
    return _head(parts, down if width > height else across, is_landscape=width > height) + _packed(parts)


@dataclass(frozen=True)
class _Waves:
    """A channel as its mean, and waves from 0 to 1 around 0.5 that `scale` stretches."""

    mean: float
    scale: float
    waves: list[float]


def _channels(width: int, height: int, rgba: bytes) -> list[Rows]:
    """Return luminance, yellow-blue, red-green and alpha, composed upon the average colour."""
    alphas = [each / 255 for each in rgba[3::4]]
    total = sum(alphas)
    colours = [[value / 255 * alpha for value, alpha in zip(rgba[n::4], alphas, strict=True)] for n in range(3)]
    means = [sum(colour) / total if total else 0.0 for colour in colours]
    red, green, blue = (
        [mean * (1 - alpha) + value for value, alpha in zip(colour, alphas, strict=True)]
        for colour, mean in zip(colours, means, strict=True)
    )
    pixels = list(zip(red, green, blue, strict=True))
    flat = (
        [(r + g + b) / 3 for r, g, b in pixels],
        [(r + g) / 2 - b for r, g, b in pixels],
        [r - g for r, g, _ in pixels],
        alphas,
    )
    return [[channel[y * width : (y + 1) * width] for y in range(height)] for channel in flat]


@cache
def _cosines(length: int, waves: int) -> tuple[tuple[float, ...], ...]:
    return tuple(tuple(cos(pi / length * n * (place + 0.5)) for place in range(length)) for n in range(waves))


def _waves(rows: Rows, across: int, down: int) -> _Waves:
    height, width = len(rows), len(rows[0])
    upright = _cosines(height, down)
    # First along each row, and then along the column of what that gave.
    columns = [[sum(map(mul, row, wave)) for row in rows] for wave in _cosines(width, across)]
    found = [
        sum(map(mul, columns[x], upright[y])) / (width * height)
        for y in range(down)
        for x in range(across)
        if x * down < across * (down - y)
    ]
    scale = max(map(abs, found[1:]), default=0.0)
    return _Waves(found[0], scale, [0.5 + 0.5 / scale * each if scale else each for each in found[1:]])


def _head(parts: list[_Waves], shorter: int, *, is_landscape: bool) -> bytes:
    luminance, yellow_blue, red_green, *alpha = parts
    first = _round(63 * luminance.mean) | _round(31.5 + 31.5 * yellow_blue.mean) << 6
    first |= _round(31.5 + 31.5 * red_green.mean) << 12 | _round(31 * luminance.scale) << 18 | bool(alpha) << 23
    second = shorter | _round(63 * yellow_blue.scale) << 3 | _round(63 * red_green.scale) << 9 | is_landscape << 15
    third = [_round(15 * each.mean) | _round(15 * each.scale) << 4 for each in alpha]
    return first.to_bytes(3, "little") + second.to_bytes(2, "little") + bytes(third)


def _packed(parts: list[_Waves]) -> bytes:
    """Return all waves in 4 bits each, the first of a pair in the lower half."""
    values = [_round(15 * wave) for part in parts for wave in part.waves]
    values += [0] * (len(values) % 2)
    return bytes(low | high << 4 for low, high in zip(values[::2], values[1::2], strict=True))


def _round(value: float) -> int:
    return floor(value + 0.5)
