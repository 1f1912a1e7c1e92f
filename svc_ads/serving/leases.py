"""Leases in the database: slices of campaigns' budgets that servers may spend until the leases end.

Under the campaign's row lock `closed_micros` + the open leases' `granted_micros` never pass the budget; a lease's
`spent_micros` never pass what it was granted. Times are the database's. Every look at the leases is a statement after
the one that locks: a statement that has waited for a lock still sees the rows of before.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from contracts.ads import MICROS
from contracts.base import new_id
from plumbing.database import server_now
from plumbing.prepared import Prepared
from svc_ads import metrics
from svc_ads.models import Campaign, Lease
from svc_ads.serving import pacing
from svc_ads.terms import bid_micros

#: How long a lease lasts, and how long before its end no ticket of it is given out any more: a ticket's life.
LIFE = timedelta(minutes=30)
TICKET_LIFE = timedelta(minutes=10)
#: A lease takes this part of a budget, or what so many views cost at most.
_PART = 20
_VIEWS = 10

_SPENDING = Prepared(
    """
SELECT c.campaign_id::text AS campaign_id, c.version, v.terms IS NOT NULL AS published,
  c.closed_micros + coalesce((SELECT sum(l.spent_micros) FROM campaign_leases l
    WHERE l.campaign_id = c.campaign_id AND l.closed_at IS NULL), 0)::bigint AS spent
FROM campaigns c LEFT JOIN campaign_versions v ON v.campaign_id = c.campaign_id AND v.version = c.version
WHERE c.status = 'active'
""",
)


@dataclass(frozen=True)
class Granted:
    """A lease that was given out."""

    lease_id: str
    campaign_id: str
    micros: int


def grant(session: Session, campaign_ids: Iterable[str], server: str) -> list[Granted]:
    """Lease a slice of each campaign's budget to a server; those that do not run, or have nothing left, get none."""
    wanted = sorted(set(campaign_ids))
    query = select(Campaign).where(Campaign.campaign_id.in_(wanted), Campaign.status == "active")
    query = query.order_by(Campaign.campaign_id).with_for_update()
    campaigns = list(session.scalars(query.execution_options(populate_existing=True)))
    now = server_now(session)
    _close(session, campaigns, now)
    open_micros = _open(session, [each.campaign_id for each in campaigns])
    found: list[Granted] = []
    for campaign in campaigns:
        micros = _slice(campaign, open_micros.get(campaign.campaign_id, 0), now)
        if micros > 0:
            found.append(Granted(new_id(), campaign.campaign_id, micros))
    ends_at = now + LIFE
    session.add_all(
        Lease(
            campaign_id=each.campaign_id,
            lease_id=each.lease_id,
            server=server,
            granted_micros=each.micros,
            expires_at=ends_at,
        )
        for each in found
    )
    session.flush()
    metrics.LEASES.labels("granted").inc(len(found))
    metrics.LEASES.labels("refused").inc(len(wanted) - len(found))
    return found


def _slice(campaign: Campaign, open_micros: int, now: datetime) -> int:
    budget, bid = campaign.budget * MICROS, bid_micros(campaign.bid_cpm)
    if now >= campaign.ends_at:
        return 0
    most = budget
    if campaign.pacing == "even":
        most = pacing.leasable(budget, bid, campaign.starts_at, campaign.ends_at, now + LIFE)
    left = most - campaign.closed_micros - open_micros
    # What does not pay for a view at the campaign's own bid would only lie about.
    return min(left, max(budget // _PART, bid * _VIEWS)) if left >= bid else 0


def _open(session: Session, campaign_ids: Sequence[str]) -> dict[str, int]:
    query = select(Lease.campaign_id, func.sum(Lease.granted_micros)).group_by(Lease.campaign_id)
    rows = session.execute(query.where(Lease.campaign_id.in_(campaign_ids), Lease.closed_at.is_(None)))
    return {campaign_id: int(micros) for campaign_id, micros in rows}


def _close(session: Session, campaigns: Sequence[Campaign], now: datetime) -> int:
    """Close what leases of locked campaigns are over; return how many that were."""
    ids = [each.campaign_id for each in campaigns]
    over = update(Lease).where(Lease.campaign_id.in_(ids), Lease.closed_at.is_(None), Lease.expires_at <= now)
    closing: Any = over.values(closed_at=now).returning(Lease.campaign_id, Lease.spent_micros)
    closed = session.execute(closing.execution_options(synchronize_session=False)).all()
    spent: dict[str, int] = {}
    for campaign_id, micros in closed:
        spent[campaign_id] = spent.get(campaign_id, 0) + micros
    for campaign in campaigns:
        campaign.closed_micros += spent.get(campaign.campaign_id, 0)
    session.flush()
    metrics.LEASES.labels("closed").inc(len(closed))
    return len(closed)


def campaigns_with_ended(session: Session, limit: int) -> list[str]:
    """Return campaigns that have leases which are over and not closed."""
    over = select(Lease.campaign_id).where(Lease.closed_at.is_(None), Lease.expires_at <= func.clock_timestamp())
    return list(session.scalars(over.distinct().limit(limit)))


def close_ended(session: Session, campaign_id: str) -> int:
    """Close a campaign's leases that are over; return how many that were."""
    campaign = session.get(Campaign, campaign_id, with_for_update=True, populate_existing=True)
    return 0 if campaign is None else _close(session, [campaign], server_now(session))


def shrink(session: Session, lease_id: str, campaign_id: str, reserved: int, for_s: float) -> None:
    """Give back what a server does not need of a lease: all but what lives on tickets for `for_s` more seconds.

    With no ticket the lease is over at once. What was billed meanwhile stays, and so does an end that is sooner.
    """
    now = func.clock_timestamp()
    mine = (Lease.campaign_id == campaign_id, Lease.lease_id == lease_id, Lease.closed_at.is_(None))
    needed = func.least(Lease.granted_micros, Lease.spent_micros + reserved)
    ends_at = func.least(Lease.expires_at, now + timedelta(seconds=for_s))
    smaller = update(Lease).where(*mine).values(granted_micros=needed, expires_at=ends_at)
    session.execute(smaller.execution_options(synchronize_session=False))


def running(session: Session) -> Sequence[Any]:
    """Return `campaign_id`, `version`, whether that is `published`, and micros `spent`, of each active campaign."""
    return _SPENDING.run(session).all()


def spend(session: Session, campaign_id: str, lease_id: str, micros: int) -> bool:
    """Spend from a lease; False where it is over or does not hold that much. Locks the lease's row."""
    live = (
        Lease.campaign_id == campaign_id,
        Lease.lease_id == lease_id,
        Lease.closed_at.is_(None),
        Lease.expires_at > func.clock_timestamp(),
        Lease.spent_micros + micros <= Lease.granted_micros,
    )
    spending: Any = update(Lease).where(*live).values(spent_micros=Lease.spent_micros + micros)
    spent: Any = session.execute(spending.execution_options(synchronize_session=False))
    return bool(spent.rowcount)
