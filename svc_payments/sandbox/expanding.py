"""`expand[]`: ids replaced by the objects that they name."""

from __future__ import annotations

from typing import Any

from svc_payments.sandbox.lists import enclosed
from svc_payments.sandbox.refusals import Refusal
from svc_payments.sandbox.store import Store, Thing

_MOST_DEPTH = 4


def expand(store: Store, answer: Thing, paths: list[str]) -> None:
    """Replace what the paths name, in an answer that is about to leave."""
    for path in paths:
        names = path.split(".")
        if len(names) > _MOST_DEPTH:
            raise Refusal(f"You cannot expand more than {_MOST_DEPTH} levels of a property.", param="expand")
        _walk(store, answer, names, path)


def _walk(store: Store, thing: Any, names: list[str], path: str) -> None:
    if isinstance(thing, list):
        for one in thing:
            _walk(store, one, names, path)
        return
    if not names or thing is None:
        return
    name, *rest = names
    if thing.get("object") == "charge" and name == "refunds" and name not in thing:
        url = f"/v1/charges/{thing['id']}/refunds"
        thing[name] = enclosed(store, "refund", url, charge=thing["id"])
    if name not in thing:
        raise Refusal(f"This property cannot be expanded ({path}).", param="expand")
    if isinstance(thing[name], str):
        found = store.find(thing[name])
        if found is None:
            raise Refusal(f"This property cannot be expanded ({path}).", param="expand")
        thing[name] = found
    _walk(store, thing[name], rest, path)
