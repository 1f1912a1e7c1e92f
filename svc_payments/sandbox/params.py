"""Parameters of a call, form-encoded and nested as Stripe takes them: `a[b][0]=c`.

Each one has to be read: what nobody has read is unknown, and refused, as Stripe does.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

from svc_payments.sandbox.refusals import Refusal, wrong

_NAME = re.compile(r"([^\[\]]+)((?:\[[^\[\]]*\])*)")
_PART = re.compile(r"\[([^\[\]]*)\]")
_MOST_DEPTH = 8
_MOST_TEXT = 5000


def nested(pairs: Iterable[tuple[str, str]]) -> dict[str, Any]:
    """Return the tree of flat pairs. Lists stay dictionaries with numbers for names."""
    tree: dict[str, Any] = {}
    for name, value in pairs:
        match = _NAME.fullmatch(name)
        parts = [match[1], *_PART.findall(match[2])] if match else []
        if not 0 < len(parts) <= _MOST_DEPTH:
            raise wrong(name[:100], "Invalid request (check that your POST content is form encoded)")
        place = tree
        for part in parts[:-1]:
            place = place.setdefault(part or str(len(place)), {})
            if not isinstance(place, dict):
                raise wrong(name[:100], "Invalid hash")
        place[parts[-1] or str(len(place))] = value
    return tree


class Params:
    """The parameters of a call, or a part of them."""

    def __init__(self, tree: dict[str, Any], path: str = "") -> None:
        self._tree = dict(tree)
        self._path = path
        self._parts: list[Params] = []

    def text(self, name: str) -> str | None:
        """Return a text, if there is one."""
        value = self._tree.pop(name, None)
        if value is None or value == "":
            return None
        if not isinstance(value, str) or len(value) > _MOST_TEXT:
            raise wrong(self._named(name), "Invalid string")
        return value

    def needed(self, name: str) -> str:
        """Return a text.

        Raises:
            Refusal: There is none.
        """
        value = self.text(name)
        if value is None:
            raise wrong(self._named(name), f"Missing required param: {self._named(name)}.", "parameter_missing")
        return value

    def address(self, name: str) -> str | None:
        """Return an address of the web, if there is one.

        Raises:
            Refusal: It is something else.
        """
        value = self.text(name)
        if value is not None and not re.match(r"https?://[^\s/]+", value):
            raise wrong(self._named(name), "Not a valid URL", "url_invalid")
        return value

    def needed_address(self, name: str) -> str:
        """Return an address of the web.

        Raises:
            Refusal: There is none.
        """
        value = self.address(name)
        if value is None:
            raise wrong(self._named(name), f"Missing required param: {self._named(name)}.", "parameter_missing")
        return value

    def number(self, name: str) -> int | None:
        """Return a whole number, if there is one."""
        value = self.text(name)
        if value is None:
            return None
        if not re.fullmatch(r"-?[0-9]{1,18}", value):
            raise wrong(self._named(name), f"Invalid integer: {value[:40]}", "parameter_invalid_integer")
        return int(value)

    def needed_number(self, name: str) -> int:
        """Return a whole number.

        Raises:
            Refusal: There is none.
        """
        value = self.number(name)
        if value is None:
            raise wrong(self._named(name), f"Missing required param: {self._named(name)}.", "parameter_missing")
        return value

    def flag(self, name: str) -> bool:
        """Return a truth value; False where there is none."""
        value = self.text(name)
        if value not in (None, "true", "false"):
            raise wrong(self._named(name), f"Invalid boolean: {value}")
        return value == "true"

    def part(self, name: str) -> Params:
        """Return a nested part, empty where there is none."""
        value = self._tree.pop(name, {})
        if not isinstance(value, dict):
            raise wrong(self._named(name), "Invalid object")
        found = Params(value, self._named(name))
        self._parts.append(found)
        return found

    def parts(self, name: str) -> list[Params]:
        """Return the parts of a list."""
        inner = self.part(name)
        return [inner.part(place) for place in list(inner._tree)]

    def texts(self, name: str) -> list[str]:
        """Return a list of texts."""
        inner = self.part(name)
        return [inner.needed(place) for place in list(inner._tree)]

    def metadata(self) -> dict[str, str]:
        """Return `metadata`, within Stripe's limits."""
        inner = self.part("metadata")
        found = {name: inner.text(name) or "" for name in list(inner._tree)}
        if len(found) > 50 or any(len(name) > 40 or len(value) > 500 for name, value in found.items()):
            raise wrong("metadata", "Metadata can have up to 50 keys, of 40 characters, with values of 500 characters.")
        return found

    def has(self, name: str) -> bool:
        """Tell whether a parameter came."""
        return name in self._tree

    def refuse_unread(self) -> None:
        """Refuse what nobody has asked for.

        Raises:
            Refusal: Something is left.
        """
        for name in self._tree:
            named = self._named(name)
            raise Refusal(f"Received unknown parameter: {named}", code="parameter_unknown", param=named)
        for part in self._parts:
            part.refuse_unread()

    def _named(self, name: str) -> str:
        return f"{self._path}[{name}]" if self._path else name
