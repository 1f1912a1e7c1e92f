"""Sending the digests that are due: the worker's timer and the job both run this."""

from __future__ import annotations

from datetime import UTC, datetime

from plumbing.database import Transactions
from plumbing.logs import get_logger
from svc_subscriptions import letters, metrics
from svc_subscriptions.actions import digests
from svc_subscriptions.actions.digests import Claim
from svc_subscriptions.providers import Mailer

log = get_logger(__name__)

BATCH = 20


def send_due(db: Transactions, mailer: Mailer, now: datetime | None = None) -> int:
    """Send every digest that is due at `now`; return how many mails went out."""
    moment, sent = now or datetime.now(UTC), 0
    while True:
        with db.transaction() as session:
            claims = digests.claim(session, BATCH, moment)
        if not claims:
            return sent
        sent += sum(_send(db, mailer, claimed, moment) for claimed in claims)


def _send(db: Transactions, mailer: Mailer, claimed: Claim, now: datetime) -> bool:
    """Send one digest; tell whether a mail went out."""
    with db.reading() as session:
        content = digests.gather(session, claimed)
    wanted = content is not None and not content.is_empty
    if content is not None and wanted:
        try:
            mailer.send(letters.digest(claimed, content))
        except (OSError, ValueError) as error:
            log.warning("digest_not_sent", user_id=claimed.user_id, error=type(error).__name__)
            metrics.DIGESTS.labels("failed").inc()
            with db.transaction() as session:
                digests.put_off(session, claimed, now)
            return False
    with db.transaction() as session:
        digests.settle(session, claimed, content, now)
    metrics.DIGESTS.labels("sent" if wanted else "empty").inc()
    return wanted
