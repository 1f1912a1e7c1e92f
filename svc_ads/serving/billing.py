"""Views and clicks: each counts once, or says why it does not.

A view that counts is one transaction: the lease pays (and its row's lock lets one view after the other pass), the
view is written under its decision, and `AdViewed` goes into the outbox. The rule that fails undoes all of it.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Text, cast, func, literal, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from contracts.ads import AdViewed, Refusal
from plumbing.outbox import record_event
from svc_ads.models import BilledView, Channel, Click, RefusedCount
from svc_ads.serving import leases
from svc_ads.tickets import Ticket

#: How long an ad is on screen before it was seen, and the soonest that can be after the decision.
VISIBLE_MS = 1_000
#: The most views of a person in an hour that count.
MOST_AN_HOUR = 60


class NotCounted(Exception):
    """A view or a click counts for nothing; `why` says the reason."""

    def __init__(self, why: Refusal) -> None:
        super().__init__(why)
        self.why: Refusal = why


def bill(session: Session, ticket: Ticket, visible_ms: int, now: datetime) -> None:
    """Bill a view.

    Raises:
        NotCounted: It costs nothing. What the transaction did is to be rolled back.
    """
    _demand_seen(ticket, visible_ms, now)
    owner_id = _owner(session, ticket)
    campaign_id, decision_id, person_id = str(ticket.campaign), str(ticket.decision), str(ticket.person)
    if session.get(BilledView, (campaign_id, decision_id)) is not None:
        raise NotCounted("repeated")
    _demand_few(session, person_id, now)
    if not leases.spend(session, campaign_id, str(ticket.lease), ticket.price):
        raise NotCounted("lease_over")
    row = {
        "campaign_id": campaign_id, "decision_id": decision_id, "lease_id": str(ticket.lease),
        "channel_id": str(ticket.channel), "owner_id": owner_id, "person_id": person_id,
        "price_micros": ticket.price, "at": now,
    }  # fmt: skip
    written: Any = insert(BilledView).values(row).on_conflict_do_nothing().returning(BilledView.decision_id)
    if session.execute(written).first() is None:
        raise NotCounted("repeated")
    record_event(
        session,
        AdViewed(
            decision_id=decision_id,
            campaign_id=campaign_id,
            channel_id=str(ticket.channel),
            price_micros=ticket.price,
        ),
    )


def count_click(session: Session, ticket: Ticket, now: datetime) -> None:
    """Count a click; one that comes before its ad was seen is `too_soon`.

    Raises:
        NotCounted: It counts for nothing.
    """
    _owner(session, ticket)
    key = {"campaign_id": str(ticket.campaign), "decision_id": str(ticket.decision)}
    if session.get(BilledView, tuple(key.values())) is None:
        raise NotCounted("too_soon")
    row = insert(Click).values(**key, channel_id=str(ticket.channel), person_id=str(ticket.person), at=now)
    if session.execute(row.on_conflict_do_nothing().returning(Click.decision_id)).first() is None:
        raise NotCounted("repeated")


def count_refused(session: Session, campaign_id: str, what: str, why: str, now: datetime) -> None:
    """Count a view or a click of a campaign that counts for nothing."""
    row = insert(RefusedCount).values(campaign_id=campaign_id, day=now.date(), what=what, why=why, count=1)
    key = ["campaign_id", "day", "what", "why"]
    session.execute(row.on_conflict_do_update(index_elements=key, set_={"count": RefusedCount.count + 1}))


def _demand_seen(ticket: Ticket, visible_ms: int, now: datetime) -> None:
    passed_ms = now.timestamp() * 1000 - ticket.issued_ms
    if visible_ms < VISIBLE_MS or passed_ms < VISIBLE_MS:
        raise NotCounted("too_soon")


def _owner(session: Session, ticket: Ticket) -> str:
    """Return who owns the channel now; an advertiser's or an owner's own views count for nothing."""
    if ticket.person == ticket.advertiser:
        raise NotCounted("own_ad")
    owner_id = session.scalar(select(Channel.owner_id).where(Channel.channel_id == str(ticket.channel)))
    if owner_id is None or owner_id == str(ticket.person):
        raise NotCounted("own_channel")
    return owner_id


def _demand_few(session: Session, person_id: str, now: datetime) -> None:
    """Refuse more than so many views of a person in an hour; their views come one after the other."""
    session.execute(select(func.pg_advisory_xact_lock(func.hashtextextended(cast(literal(person_id), Text()), 0))))
    recent = select(func.count()).where(BilledView.person_id == person_id, BilledView.at > now - timedelta(hours=1))
    if session.scalars(recent.select_from(BilledView)).one() >= MOST_AN_HOUR:
        raise NotCounted("too_many")
