"""Lists as Stripe pages them: newest first, `has_more`, and the id of an end to go on from."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from svc_payments.sandbox.calls import Call
from svc_payments.sandbox.refusals import wrong
from svc_payments.sandbox.store import Store, Thing

_ENDS = {
    "starting_after": "seq < (SELECT seq FROM objects WHERE id = ?)",
    "ending_before": "seq > (SELECT seq FROM objects WHERE id = ?)",
}
_OPERATORS = {"gt": ">", "gte": ">=", "lt": "<", "lte": "<="}


def enclosed(store: Store, kind: str, url: str, limit: int = 10, **fields: str) -> Thing:
    """Return the list that an object shows of what belongs to it: its first page."""
    found = store.all(kind, **fields)[::-1]
    return {"object": "list", "data": found[:limit], "has_more": len(found) > limit, "url": url}


def page(call: Call, kind: str, url: str, fields: Mapping[str, str | None]) -> Thing:
    """Return the page of a list that a call asks for. `fields` that are None do not matter."""
    limit = call.params.number("limit")
    limit = 10 if limit is None else limit
    if not 1 <= limit <= 100:
        raise wrong("limit", "This value must be between 1 and 100 (inclusive).", "parameter_invalid_integer")
    where, values = ["object = ?"], [kind]
    for name, value in fields.items():
        if value is not None:
            where.append(f"json_extract(body, '$.{name}') = ?")
            values.append(value)
    where_more, values_more, backwards = _range(call, kind)
    order = "ASC" if backwards else "DESC"
    sql = f"SELECT body FROM objects WHERE {' AND '.join(where + where_more)} ORDER BY seq {order} LIMIT ?"  # noqa: S608
    rows = call.store.rows(sql, *values, *values_more, limit + 1)
    data = [json.loads(row["body"]) for row in rows[:limit]]
    return {
        "object": "list",
        "data": data[::-1] if backwards else data,
        "has_more": len(rows) > limit,
        "url": url,
    }


def _range(call: Call, kind: str) -> tuple[list[str], list[Any], bool]:
    """Return conditions, their values, and whether to go towards newer ones."""
    where: list[str] = []
    values: list[Any] = []
    created = call.params.part("created")
    for name, operator in _OPERATORS.items():
        seconds = created.number(name)
        if seconds is not None:
            where.append(f"created {operator} ?")
            values.append(seconds)
    backwards = False
    for name, condition in _ENDS.items():
        end = call.params.text(name)
        if end is not None:
            call.store.get(kind, end)
            where.append(condition)
            values.append(end)
            backwards = name == "ending_before"
    return where, values, backwards
