"""The field types that requests are made of."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any

import msgspec
from msgspec import Meta

from contracts.base import Invalid
from contracts.clock import rfc3339

ID_PATTERN = "^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$"
MAX_SAFE = 2**53 - 1

Id = Annotated[str, Meta(pattern=ID_PATTERN, max_length=36, extra_json_schema={"format": "uuid"})]
ClientId = Annotated[str, Meta(min_length=1, max_length=64, description="Made by the client; repeats are safe.")]
Cursor = Annotated[str, Meta(min_length=1, max_length=2_000, description="Opaque; the `next` of a page.")]
Number = Annotated[int, Meta(ge=0, le=MAX_SAFE)]
Limit = Annotated[int, Meta(ge=1, le=100)]
Moment = Annotated[datetime, Meta(tz=True)]
Label = Annotated[str, Meta(max_length=100)]
Password = Annotated[str, Meta(min_length=1, max_length=1_024)]
Secret = Annotated[str, Meta(min_length=1, max_length=2_000)]


class Request(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """What every body and query derives from: unknown fields are refused."""


def moment_text(moment: datetime | None) -> str | None:
    """Return a moment as RFC 3339 in UTC.

    Raises:
        Invalid: It lies outside of the years 1 to 9999 in UTC.
    """
    if moment is None:
        return None
    try:
        return rfc3339(moment)
    except (OverflowError, ValueError):
        raise Invalid("That moment is out of range.", code="invalid_field") from None


def given(request: msgspec.Struct) -> dict[str, Any]:
    """Return the fields of `request` that its sender gave (those not UNSET), as plain values."""
    values = {name: getattr(request, name) for name in request.__struct_fields__}
    return {name: msgspec.to_builtins(value) for name, value in values.items() if value is not msgspec.UNSET}
