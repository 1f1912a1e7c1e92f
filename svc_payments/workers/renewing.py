"""The worker's calendar: paid subscriptions that come due."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from functools import partial
from typing import Any

from contracts.base import ServiceError
from plumbing.doors import Writing
from plumbing.logs import get_logger
from plumbing.rpc import ServiceRpc
from plumbing.timers import every
from svc_payments.actions import renewing
from svc_payments.actions.renewing import Due

log = get_logger(__name__)

A_SECOND = 1.0
BATCH = 100


class Renewing(Writing):
    """Renews paid subscriptions, and ends those that are not renewed."""

    subscriptions: Any = ServiceRpc("subscriptions")

    @every(A_SECOND, lock="renew_subscriptions")
    def renew_subscriptions(self) -> None:
        """Look at the subscriptions that are due; while svc_subscriptions is away they wait."""
        self.renew_due(datetime.now(UTC))

    def renew_due(self, now: datetime) -> int:
        """Look at a batch of what is due at `now`; return how many there were. One that fails stops no other."""
        with self.db.reading() as session:
            found = renewing.due(session, now, BATCH)
        try:
            owners = self._owners(found)
        except ServiceError as error:
            log.warning("owners_not_known", code=error.code)
            return 0
        for one in found:
            try:
                self.write(partial(renewing.look_at, one=one, owner_id=owners.get(one.channel_id or ""), now=now))
            except Exception:
                log.exception("renewal_failed", subscription_id=one.id)
                self.write(partial(renewing.put_aside, one=one, now=now))
        return len(found)

    def _owners(self, found: Sequence[Due]) -> dict[str, str]:
        """Ask who owns the channels now: nobody is paid for what was handed over, or has gone."""
        channels = sorted({one.channel_id for one in found if one.channel_id is not None})
        if not channels:
            return {}
        answer = self.subscriptions.as_service().find_channel_owners(channel_ids=channels)
        return {each["channel_id"]: each["owner_id"] for each in answer}
