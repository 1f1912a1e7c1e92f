"""Sessions that ended before their tokens did: remembered until every such token has expired."""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta
from typing import Any

import jwt

from contracts.clock import rfc3339
from plumbing.identity import Identity

#: Longer than any access token lives.
KEEP_S = 900.0


class Revocations:
    """The ended sessions that this process knows of, fed by Redis (the gateway) and by a poll of svc_auth."""

    def __init__(self) -> None:
        self._sessions: dict[str, float] = {}
        self._users: dict[str, float] = {}

    def add(self, user_id: str, session_id: str | None, revoked_at: str | None = None) -> bool:
        """Remember an ended session (all of the user's where `session_id` is None).

        Returns:
            Whether it is news.
        """
        moment = _unix(revoked_at)
        known, key = (self._users, user_id) if session_id is None else (self._sessions, session_id)
        if known.get(key, 0.0) >= moment:
            return False
        known[key] = moment
        return True

    def is_revoked(self, who: Identity, token: str) -> bool:
        """Tell whether the session behind a verified token has ended."""
        if who.session_id in self._sessions:
            return True
        ended_at = self._users.get(who.user_id)
        return ended_at is not None and _issued_at(token) <= ended_at

    def forget_old(self) -> None:
        """Drop what no living token can belong to."""
        oldest = time.time() - KEEP_S
        for known in (self._sessions, self._users):
            for key in [key for key, moment in known.items() if moment < oldest]:
                del known[key]


def since(seconds: float) -> str:
    """Return the moment `seconds` ago as RFC 3339."""
    return rfc3339(datetime.now(UTC) - timedelta(seconds=seconds))


def _unix(moment: str | None) -> float:
    if not moment:
        return time.time()
    return datetime.fromisoformat(moment).timestamp()


def _issued_at(token: str) -> float:
    claims: dict[str, Any] = jwt.decode(token, options={"verify_signature": False})  # verified by the caller
    return float(claims["iat"])


revocations = Revocations()
