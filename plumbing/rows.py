"""Rows of tables as plain values, page by page: for people's copies of what is kept of them."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import date, datetime
from itertools import product
from typing import Any

from sqlalchemy import ColumnElement, Table, select, tuple_
from sqlalchemy.orm import Session

from contracts.base import Invalid, Page
from contracts.clock import rfc3339
from plumbing import checks

Plain = dict[str, Any]
#: One to three keys, each a text or a number.
_KEYS = tuple(kinds for count in (1, 2, 3) for kinds in product((str, int), repeat=count))


def page_of(
    session: Session,
    table: Table,
    conditions: Sequence[ColumnElement[bool]],
    keys: Sequence[str],
    after: Sequence[str | int] | None,
    limit: int,
    leave_out: Collection[str] = (),
) -> tuple[list[Plain], list[str | int] | None]:
    """Return up to `limit` rows in the order of `keys`, and the keys of the last one where there may be more.

    Args:
        session: A transaction.
        table: Where the rows are.
        conditions: Which of them are wanted.
        keys: Columns by which the rows differ; none of them is a time.
        after: The keys of the last row of the page before.
        limit: The most rows of a page.
        leave_out: Columns that are nobody's business; bytes are always left out.
    """
    columns = [table.c[key] for key in keys]
    query = select(table).where(*conditions).order_by(*columns).limit(limit)
    if after is not None:
        query = query.where(tuple_(*columns) > tuple_(*after))
    rows = session.execute(query).mappings().all()
    items = [as_plain(row, leave_out) for row in rows]
    return items, [rows[-1][key] for key in keys] if len(rows) == limit else None


def to_page(found: tuple[list[Plain], list[str | int] | None]) -> Page[Plain]:
    """Return what `page_of` found as a page with an opaque cursor."""
    items, following = found
    return {"items": items, "next": checks.to_cursor(*following) if following else None}


def from_page(after: object) -> list[str | int] | None:
    """Return the keys in a cursor of `to_page`; None stays None.

    Raises:
        Invalid: It is no such cursor.
    """
    for kinds in _KEYS if after is not None else ():
        try:
            return checks.from_cursor(after, *kinds)
        except Invalid:
            continue
    if after is not None:
        raise Invalid("That is not a cursor of this list.", code="invalid_cursor", field="after")
    return None


def as_plain(row: Any, leave_out: Collection[str] = ()) -> Plain:
    """Return the columns of a row as JSON has them, without bytes and what is to be left out."""
    return {
        name: _plain(value)
        for name, value in dict(row).items()
        if name not in leave_out and not isinstance(value, (bytes, memoryview))
    }


def _plain(value: Any) -> Any:
    if isinstance(value, datetime):
        return rfc3339(value)
    return value.isoformat() if isinstance(value, date) else value
