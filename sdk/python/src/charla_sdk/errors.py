"""What can go wrong."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any


class CharlaError(Exception):
    """Anything that this package raises on purpose."""


class Unreachable(CharlaError):
    """There was no answer, or none of Charla; whether the work was done is open.

    Attributes:
        is_temporary: as a refusal's, and always so.
    """

    is_temporary = True


class SessionEnded(CharlaError):
    """Nobody is signed in (any more): sign in again."""


class StoreInUse(CharlaError):
    """Another process has this store open."""


class StoreOfAnother(CharlaError):
    """This store holds what another account sends and follows."""


class FactorRequired(CharlaError):
    """The password was right, and a second factor is owed.

    Attributes:
        token: goes back with the code, within five minutes.
        factors: the kinds of factors that the account has.
    """

    def __init__(self, token: str, factors: list[str]) -> None:
        super().__init__("a second factor is required")
        self.token = token
        self.factors = factors


class EnrolmentRequired(CharlaError):
    """This installation demands a second factor, and the account has none yet.

    Attributes:
        token: goes along to `/v1/auth/enrolment/…`, which sets one up and signs in, within 15 minutes.
        factors: the kinds that can be set up.
    """

    def __init__(self, token: str, factors: list[str]) -> None:
        super().__init__("a second factor has to be set up first")
        self.token = token
        self.factors = factors


class ProblemError(CharlaError):
    """The server refused: a problem document (RFC 9457).

    Attributes:
        status: the HTTP status.
        code: stable; decide by it.
        facts: the whole document.
    """

    def __init__(self, status: int, facts: Mapping[str, Any]) -> None:
        self.status = status
        self.code = str(facts.get("code", "unknown"))
        self.facts = dict(facts)
        super().__init__(f"{status} {self.code}: {facts.get('detail', '')}")

    @property
    def retry_after_s(self) -> float:
        """For how long the server wants one to wait, in seconds."""
        return float(self.facts.get("retry_after_s") or 0)

    @property
    def is_temporary(self) -> bool:
        """Whether the same request may go well later."""
        return self.status in (408, 425, 429) or self.status >= 500
