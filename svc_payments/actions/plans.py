"""Plans: what access to a channel costs. A plan's price never changes, so that nobody who pays it meets another."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from contracts.base import new_id
from contracts.payments import MAX_PLANS, PlansChanged, TooManyPlans, UnknownPlan
from plumbing.outbox import record_event
from svc_payments.options import options
from svc_payments.plan_models import ChannelSales, PaidSubscription, Plan

#: The id of the platform's own plan: Charla without advertising.
AD_FREE = "ad_free"


def lock_sales(session: Session, channel_id: str, owner_id: str) -> ChannelSales:
    """Lock what a channel sells, and keep who its owner is now."""
    begun = insert(ChannelSales).values(channel_id=channel_id, owner_id=owner_id).on_conflict_do_nothing()
    session.execute(begun)
    sales = session.get(ChannelSales, channel_id, with_for_update=True, populate_existing=True)
    if sales is None:
        raise LookupError(f"the sales of {channel_id} have gone")
    sales.owner_id = owner_id
    return sales


def create_plan(
    session: Session, channel_id: str, owner_id: str, title: str, amount: int, currency: str, now: datetime
) -> Plan:
    """Sell access to a channel for another price.

    Raises:
        TooManyPlans: It has as many plans as it can have.
    """
    sales = lock_sales(session, channel_id, owner_id)
    here = select(func.count()).select_from(Plan).where(Plan.channel_id == channel_id)
    if session.scalars(here).one() >= MAX_PLANS:
        raise TooManyPlans
    plan = Plan(
        channel_id=channel_id,
        id=new_id(),
        title=title,
        amount=amount,
        currency=currency,
        period_days=options().payments_period_days,
        active=True,
        created_at=now,
    )
    session.add(plan)
    _tell(session, sales)
    return plan


def update_plan(session: Session, found: Plan, owner_id: str, changes: Mapping[str, Any]) -> Plan:
    """Change a plan's title, or whether it is sold; who pays it already goes on."""
    sales = lock_sales(session, found.channel_id, owner_id)
    plan = get_plan(session, found.id, fresh=True)
    for name, value in changes.items():
        setattr(plan, name, value)
    _tell(session, sales)
    return plan


def get_plan(session: Session, plan_id: str, *, fresh: bool = False) -> Plan:
    """Return a plan.

    Raises:
        UnknownPlan: There is none of that id.
    """
    query = select(Plan).where(Plan.id == plan_id).execution_options(populate_existing=fresh)
    plan = session.scalars(query).first()
    if plan is None:
        raise UnknownPlan
    return plan


def list_plans(session: Session, channel_id: str, *, sold_only: bool) -> list[Plan]:
    """Return a channel's plans, the cheapest first."""
    query = select(Plan).where(Plan.channel_id == channel_id).order_by(Plan.amount, Plan.id)
    return list(session.scalars(query.where(Plan.active) if sold_only else query))


def count_subscribers(session: Session, channel_id: str) -> dict[str, int]:
    """Return how many people have access by each of a channel's plans."""
    running = PaidSubscription.status.in_(("active", "canceled", "past_due"))
    query = select(PaidSubscription.plan_id, func.count()).where(PaidSubscription.channel_id == channel_id, running)
    rows = session.execute(query.group_by(PaidSubscription.plan_id))
    return {plan_id: count for plan_id, count in rows if plan_id is not None}


def _tell(session: Session, sales: ChannelSales) -> None:
    session.flush()
    sold = select(Plan.id).where(Plan.channel_id == sales.channel_id, Plan.active).limit(1)
    sales.paid = session.scalars(sold).first() is not None
    sales.version += 1
    session.flush()
    record_event(session, PlansChanged(channel_id=sales.channel_id, paid=sales.paid, version=sales.version))
