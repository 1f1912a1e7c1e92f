"""Files that were right, and are no longer: bits turned, pieces lost, doubled and swapped, two files in one."""

from __future__ import annotations

import random
import struct
from collections.abc import Callable, Sequence

from fuzz.corpus import PNG_MARK

Mutation = Callable[[random.Random, bytes, Sequence[bytes]], bytes]
#: Numbers that decoders stumble over, as they stand in files.
_NUMBERS = [0, 1, 0x7F, 0x80, 0xFF, 0x7FFF, 0xFFFF, 0x7FFFFFFF, 0x80000000, 0xFFFFFFFF]


def bits(dice: random.Random, data: bytes, _: Sequence[bytes]) -> bytes:
    """Turn some bits."""
    found = bytearray(data)
    for _number in range(dice.choice([1, 2, 8, 64])):
        if found:
            found[dice.randrange(len(found))] ^= 1 << dice.randrange(8)
    return bytes(found)


def early_bits(dice: random.Random, data: bytes, others: Sequence[bytes]) -> bytes:
    """Turn some bits of the beginning, where sizes and kinds are told."""
    return bits(dice, data[:200], others) + data[200:]


def cut(dice: random.Random, data: bytes, _: Sequence[bytes]) -> bytes:
    """Leave out the end."""
    return data[: dice.randrange(len(data) + 1)]


def lose(dice: random.Random, data: bytes, _: Sequence[bytes]) -> bytes:
    """Leave out a piece in the middle."""
    start = dice.randrange(len(data) + 1)
    return data[:start] + data[start + dice.choice([1, 2, 4, 100, 4096]) :]


def double(dice: random.Random, data: bytes, _: Sequence[bytes]) -> bytes:
    """Have a piece come twice."""
    start = dice.randrange(len(data) + 1)
    piece = data[start : start + dice.choice([1, 8, 500, 20_000])]
    return data[:start] + piece * dice.choice([2, 3, 50]) + data[start + len(piece) :]


def number(dice: random.Random, data: bytes, _: Sequence[bytes]) -> bytes:
    """Write an odd number somewhere near the beginning, or anywhere."""
    packed = struct.pack(dice.choice([">I", "<I"]), dice.choice(_NUMBERS))[: dice.choice([2, 4])]
    place = dice.randrange(max(1, min(len(data), dice.choice([64, 400, 1 << 30]))))
    return data[:place] + packed + data[place + len(packed) :]


def swap(dice: random.Random, data: bytes, _: Sequence[bytes]) -> bytes:
    """Put chunks of a PNG, or boxes of a film, in another order; halves of anything else."""
    head, pieces = _apart(data)
    dice.shuffle(pieces)
    return head + b"".join(pieces)


def join(dice: random.Random, data: bytes, others: Sequence[bytes]) -> bytes:
    """Make one file of two."""
    other = dice.choice(others)
    return dice.choice([data + other, data[: len(data) // 2] + other, other[:20] + data])


def wrap(dice: random.Random, data: bytes, _: Sequence[bytes]) -> bytes:
    """Put something else before the file, or behind it."""
    more = dice.choice([b"<html><script>alert(1)</script>", b"%PDF-1.4\n", b"PK\x03\x04", b"\0" * 1_000, b"GIF89a"])
    return dice.choice([more + data, data + more])


MUTATIONS: list[Mutation] = [bits, early_bits, cut, lose, double, number, swap, join, wrap]


def _apart(data: bytes) -> tuple[bytes, list[bytes]]:
    if data.startswith(PNG_MARK):
        return PNG_MARK, list(_lengths(data[len(PNG_MARK) :], extra=12))
    if data[4:8] == b"ftyp":
        return b"", list(_lengths(data, extra=0))
    return b"", [data[: len(data) // 2], data[len(data) // 2 :]]


def _lengths(data: bytes, extra: int) -> list[bytes]:
    """Cut data whose pieces begin with their length; `extra` bytes of each are not counted by it."""
    pieces = []
    while len(data) >= 8:
        length = max(8, int.from_bytes(data[:4], "big") + extra)
        pieces.append(data[:length])
        data = data[length:]
    return [*pieces, data]
