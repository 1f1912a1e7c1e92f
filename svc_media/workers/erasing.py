"""The worker's duty towards people who left for good."""

from __future__ import annotations

from functools import partial

from contracts.auth import AccountErased
from plumbing.doors import Writing
from plumbing.logs import get_logger
from plumbing.observer import observes
from plumbing.timers import every
from svc_media.actions import erasing

log = get_logger(__name__)

_AT_ONCE = 20


class Erasing(Writing):
    """Hears whose account is gone, and removes their files."""

    @observes(AccountErased)
    def on_account_erased(self, event: AccountErased) -> None:
        """Note whose files are to be removed; the timer below removes them."""
        with self.db.transaction() as session:
            erasing.begin(session, event)

    @every(1.0, lock="erase_accounts")
    def erase_accounts(self) -> None:
        """Remove the files of accounts that are gone; one that fails stops no other, and is tried again."""
        with self.db.reading() as session:
            found = erasing.waiting(session, _AT_ONCE)
        for user_id in found:
            try:
                while self.write(partial(erasing.erase_batch, user_id=user_id)):
                    pass
            except Exception:
                log.exception("erasure_failed", user_id=user_id)
