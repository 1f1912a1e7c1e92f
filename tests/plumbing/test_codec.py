"""JSON in one place."""

from __future__ import annotations

import pytest

from contracts.auth import UserRegistered
from plumbing import codec


@pytest.mark.parametrize("raw", [b"", b"{", b"\xff", b"nul", b"[" * 100_000, b'{"a":NaN}'])
def test_what_is_not_json_is_a_value_error(raw: bytes) -> None:
    with pytest.raises(ValueError):  # noqa: PT011
        codec.decode(raw)
    with pytest.raises(ValueError):  # noqa: PT011
        codec.decode_as(raw, UserRegistered)


@pytest.mark.parametrize("raw", [b"{}", b"[]", b"3", b'{"user_id": 5, "username": "a", "display_name": "b"}'])
def test_what_has_another_shape_is_a_value_error(raw: bytes) -> None:
    with pytest.raises(ValueError):  # noqa: PT011
        codec.decode_as(raw, UserRegistered)
