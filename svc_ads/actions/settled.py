"""Whether everything of a campaign that ends is settled, and how much that was in whole minor units."""

from __future__ import annotations

from sqlalchemy import exists, func, select
from sqlalchemy.orm import Session

from svc_ads.models import BilledView, Lease, Settlement


def is_settled(session: Session, campaign_id: str) -> bool:
    """Tell whether no view of a campaign can be billed any more, and those that were are all settled."""
    is_open = exists().where(Lease.campaign_id == campaign_id, Lease.closed_at.is_(None))
    is_billed = exists().where(BilledView.campaign_id == campaign_id, BilledView.settlement_id.is_(None))
    return session.scalars(select(~is_open & ~is_billed)).one()


def amount(session: Session, campaign_id: str) -> int:
    """Return what of a campaign was settled: what the ledger takes, or has taken, from its account."""
    query = select(func.coalesce(func.sum(Settlement.amount), 0)).where(Settlement.campaign_id == campaign_id)
    return int(session.scalars(query).one())
