"""From micros to whole minor units: what views cost is told to the ledger, once, and what is not a unit is carried.

The row of `carried_micros` is the lock of a campaign in a channel. Views, the carried rest, the settlement and its
event change in one transaction; a view is of one settlement for good, and the settlement's id follows from its first
view. So it may be done twice, by two processes, or be killed anywhere.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID, uuid5

from sqlalchemy import select, tuple_, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from contracts.ads import MICROS, AdRevenueSettled
from plumbing.outbox import record_event
from svc_ads import metrics
from svc_ads.models import BilledView, Campaign, Carried, Settlement

#: The most views of one settlement: more of them are several.
MOST_VIEWS = 5_000
_SPACE = UUID("6d0a3f2e-7c55-4a8e-9f0b-2f6a5c1d7e43")


def waiting(session: Session, limit: int) -> list[tuple[str, str]]:
    """Return campaigns and channels with views that are not settled."""
    found = select(BilledView.campaign_id, BilledView.channel_id).where(BilledView.settlement_id.is_(None))
    return [(campaign_id, channel_id) for campaign_id, channel_id in session.execute(found.distinct().limit(limit))]


def settle(session: Session, campaign_id: str, channel_id: str, now: datetime) -> int:
    """Settle views of a campaign in a channel that one owner's views begin with; return how many they were."""
    carried = _lock(session, campaign_id, channel_id)
    views = _views(session, campaign_id, channel_id)
    campaign = session.get(Campaign, campaign_id)
    if not views or campaign is None:
        return 0
    owner_id = views[0].owner_id
    mine = [each for each in views if each.owner_id == owner_id]
    settlement_id = str(uuid5(_SPACE, f"{campaign_id} {mine[0].decision_id}"))
    amount, carried.micros = divmod(carried.micros + sum(each.price_micros for each in mine), MICROS)
    _mark(session, campaign_id, [each.decision_id for each in mine], settlement_id)
    if amount:
        row = Settlement(
            campaign_id=campaign_id, settlement_id=settlement_id, channel_id=channel_id, owner_id=owner_id,
            amount=amount, views=len(mine), at=now,
        )  # fmt: skip
        session.add(row)
        _tell(session, row, campaign)
    return len(mine)


def _lock(session: Session, campaign_id: str, channel_id: str) -> Carried:
    key = {"campaign_id": campaign_id, "channel_id": channel_id}
    session.execute(insert(Carried).values(**key, micros=0).on_conflict_do_nothing())
    row = session.get(Carried, tuple(key.values()), populate_existing=True, with_for_update=True)
    if row is None:
        raise LookupError(f"nothing is carried of {key}")
    return row


def _views(session: Session, campaign_id: str, channel_id: str) -> list[Any]:
    columns = (BilledView.decision_id, BilledView.owner_id, BilledView.price_micros)
    here = (BilledView.campaign_id == campaign_id, BilledView.channel_id == channel_id)
    query = select(*columns).where(*here, BilledView.settlement_id.is_(None)).order_by(BilledView.decision_id)
    return list(session.execute(query.limit(MOST_VIEWS)))


def _mark(session: Session, campaign_id: str, decision_ids: list[str], settlement_id: str) -> None:
    mine = tuple_(BilledView.campaign_id, BilledView.decision_id).in_([(campaign_id, each) for each in decision_ids])
    marked = update(BilledView).where(mine).values(settlement_id=settlement_id)
    session.execute(marked.execution_options(synchronize_session=False))


def _tell(session: Session, row: Settlement, campaign: Campaign) -> None:
    event = AdRevenueSettled(
        settlement_id=row.settlement_id,
        campaign_id=row.campaign_id,
        advertiser_id=campaign.advertiser_id,
        channel_id=row.channel_id,
        owner_id=row.owner_id,
        amount=row.amount,
        currency=campaign.currency,
    )
    record_event(session, event)
    metrics.SETTLEMENTS.inc()
    metrics.SETTLED.inc(row.amount)
