"""Trouble that tests ask for: calls that fail before or after the work was done."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from svc_payments.sandbox.refusals import Refusal
from svc_payments.sandbox.replies import Reply
from svc_payments.sandbox.store import Store, Thing

#: error: 500; timeout: silence; drop: the connection breaks; busy: 429; refuse: 400 with a code, nothing done;
#: stuck: 500 after the work, and from then on under that key, as Stripe may do.
HOWS = ("error", "timeout", "drop", "busy", "refuse", "stuck")


@dataclass(frozen=True)
class Fault:
    """How one call shall fail."""

    how: str
    moment: Literal["before", "after"]
    seconds: float
    code: str

    @property
    def before(self) -> bool:
        """Nothing is done at all."""
        return self.how in ("busy", "refuse") or (self.moment == "before" and self.how != "stuck")

    def reply(self, request_id: str) -> Reply:
        """Return the answer that is sent instead."""
        return Reply(*_ANSWERS.get(self.how, _error)(self.code), request_id)


def _error(code: str) -> tuple[int, Thing]:
    refusal = Refusal("An unknown error occurred.", status=500, type="api_error")
    return refusal.status, refusal.body


def _busy(code: str) -> tuple[int, Thing]:
    refusal = Refusal("Request rate limit exceeded.", status=429, code="rate_limit")
    return refusal.status, refusal.body


def _refuse(code: str) -> tuple[int, Thing]:
    refusal = Refusal("Refused, as a test has asked for.", code=code)
    return refusal.status, refusal.body


_ANSWERS = {"busy": _busy, "refuse": _refuse}


def take(store: Store, method: str, path: str) -> Fault | None:
    """Use up the next trouble that is meant for a call; None where there is none."""
    found = store.rows(
        "SELECT * FROM call_faults WHERE method IN ('', ?) AND substr(?, 1, length(path)) = path ORDER BY seq LIMIT 1",
        method,
        path,
    )
    if not found:
        return None
    row = found[0]
    store.run("UPDATE call_faults SET count = count - 1 WHERE seq = ?", row["seq"])
    store.run("DELETE FROM call_faults WHERE count <= 0")
    return Fault(row["how"], row["moment"], row["seconds"], row["code"])
