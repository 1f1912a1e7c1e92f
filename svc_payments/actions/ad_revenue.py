"""Advertising: what views in a channel cost is shared between the channel's owner and the platform, once."""

from __future__ import annotations

from sqlalchemy.orm import Session

from contracts.ads import AdRevenueSettled
from svc_payments.ledger import accounts
from svc_payments.ledger.balances import lock_enough
from svc_payments.ledger.posting import Cause, Move, moves_of, post, transaction_id

AD_REVENUE = "ad_revenue"


def owners_share(amount: int) -> int:
    """Return the owner's half of an amount, rounded half up: the odd unit is theirs."""
    return (amount + 1) // 2


def share(session: Session, event: AdRevenueSettled) -> bool:
    """Share out a settlement; False where that was done before.

    The channel is kept as the memo, by which earnings are told apart by channel.

    Raises:
        BalanceTooLow: Less was set aside for the campaign; svc_ads never settles more, so somebody has to look.
    """
    if moves_of(session, transaction_id(AD_REVENUE, event.settlement_id)):
        return False
    owner = owners_share(event.amount)
    campaign = accounts.campaign(event.campaign_id)
    lock_enough(session, campaign, event.currency, event.amount)
    return post(
        session,
        kind=AD_REVENUE,
        key=event.settlement_id,
        cause=Cause("event", event.event_id),
        currency=event.currency,
        moves=[
            Move(campaign, -event.amount),
            Move(accounts.person(event.owner_id), owner),
            Move(accounts.FEES, event.amount - owner),
        ],
        memo=event.channel_id,
    )
