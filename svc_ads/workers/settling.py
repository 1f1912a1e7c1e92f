"""The worker's timers around money: ended leases are closed, views settled, and old decisions made anonymous."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence
from typing import TypeVar

from sqlalchemy.orm import Session

from plumbing.database import Transactions
from plumbing.doors import Writing
from plumbing.logs import get_logger
from plumbing.timers import every
from svc_ads.ad_checks import now_utc
from svc_ads.serving import forgetting, leases, settling

log = get_logger(__name__)

HOUR_S = 3600.0
_BATCH = 200
_FORGOTTEN = 1_000

Key = TypeVar("Key", bound=Hashable)


class Settling(Writing):
    """Mixin of the worker."""

    @every(2.0, lock="close_leases")
    def close_leases(self) -> None:
        """Close leases that are over, so that what was not spent of them can be leased again."""
        close_leases(self.db)

    @every(HOUR_S, lock="settle_views")
    def settle_views(self) -> None:
        """Settle what was billed."""
        settle_views(self.db)

    @every(HOUR_S, lock="forget_people")
    def forget_people(self) -> None:
        """Forget whose old decisions were."""
        forget_people(self.db)


def close_leases(db: Transactions) -> int:
    """Close all leases that are over; return how many that were."""
    return _each(db, lambda session: leases.campaigns_with_ended(session, _BATCH), leases.close_ended)


def settle_views(db: Transactions) -> int:
    """Settle all views that are not; return how many that were."""
    return _each(
        db,
        lambda session: settling.waiting(session, _BATCH),
        lambda session, key: settling.settle(session, *key, now_utc()),
    )


def forget_people(db: Transactions) -> int:
    """Forget whose decisions of more than thirty days ago were; return how many those are."""
    forgotten, taken = 0, _FORGOTTEN
    while taken == _FORGOTTEN:
        with db.transaction() as session:
            taken = forgetting.forget(session, _FORGOTTEN)
        forgotten += taken
    return forgotten


def _each(db: Transactions, find: Callable[[Session], Sequence[Key]], do: Callable[[Session, Key], int]) -> int:
    """Do pieces, a transaction each, until `find` shows no more; one that fails is logged and left."""
    done, left = 0, set[Key]()
    while True:
        with db.reading() as session:
            found = [key for key in find(session) if key not in left]
        if not found:
            return done
        for key in found:
            settled = _one(db, do, key)
            done += settled
            if not settled:
                left.add(key)


def _one(db: Transactions, do: Callable[[Session, Key], int], key: Key) -> int:
    try:
        with db.transaction() as session:
            return do(session, key)
    except Exception:
        log.exception("piece_failed", key=key)
        return 0
