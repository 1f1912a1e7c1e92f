"""The worker's duty towards people who left for good."""

from __future__ import annotations

from functools import partial

from contracts.auth import AccountErased
from plumbing.doors import Writing
from plumbing.logs import get_logger
from plumbing.observer import observes
from plumbing.timers import every
from svc_subscriptions.actions import erasing

log = get_logger(__name__)

_AT_ONCE = 20


class Erasing(Writing):
    """Hears whose account is gone, and removes what is left of them."""

    @observes(AccountErased)
    def on_account_erased(self, event: AccountErased) -> None:
        """Note whose traces are to be removed; the timer below removes them."""
        with self.db.transaction() as session:
            erasing.begin(session, event)

    @every(1.0, lock="erase_accounts")
    def erase_accounts(self) -> None:
        """Remove what is left of accounts that are gone; one that fails stops no other, and is tried again."""
        with self.db.reading() as session:
            found = erasing.waiting(session, _AT_ONCE)
        for user_id in found:
            try:
                while self.write(partial(erasing.erase_piece, user_id=user_id)):
                    pass
            except Exception:
                log.exception("erasure_failed", user_id=user_id)
