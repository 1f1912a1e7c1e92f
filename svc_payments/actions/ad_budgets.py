"""The budgets of campaigns: set aside from an advertiser's prepaid money, and given back when a campaign is over.

svc_ads says how much there shall be in all, and in the end how much of that was spent. So whatever it asks twice,
because it was killed before it could note the answer, happens once. What was spent and is not shared out yet stays.
"""

from __future__ import annotations

from sqlalchemy import text
from sqlalchemy.orm import Session

from contracts.payments import AdBudgetReleased, AmountInvalid
from svc_payments.ledger import accounts
from svc_payments.ledger.balances import lock_enough, lock_spending
from svc_payments.ledger.posting import Cause, Move, moves_of, post, transaction_id

AD_BUDGET = "ad_budget"
AD_BUDGET_BACK = "ad_budget_back"

_SET_ASIDE = text(
    """
    SELECT CAST(coalesce(sum(entry.amount), 0) AS bigint)
    FROM ledger_entries AS entry JOIN ledger_transactions AS posted ON posted.id = entry.transaction_id
    WHERE entry.account_id = :account AND entry.currency = :currency AND posted.kind = :kind
    """
)


def set_aside(session: Session, campaign_id: str, advertiser_id: str, currency: str, total: int) -> int:
    """See to it that `total` in all was set aside for a campaign; return how much that is, if not more.

    Raises:
        AdBudgetReleased: The campaign is over.
        BalanceTooLow: The advertiser's prepaid money does not hold what is missing.
    """
    account = accounts.campaign(campaign_id)
    lock_spending(session, account, currency)
    if moves_of(session, transaction_id(AD_BUDGET_BACK, campaign_id)):
        raise AdBudgetReleased
    before = _set_aside(session, account, currency)
    if before >= total:
        return before
    prepaid = accounts.ads(advertiser_id)
    lock_enough(session, prepaid, currency, total - before)
    post(
        session,
        kind=AD_BUDGET,
        key=f"{campaign_id}:{total}",
        cause=Cause("command", campaign_id),
        currency=currency,
        moves=[Move(prepaid, before - total), Move(account, total - before)],
        memo=campaign_id,
    )
    return total


def release(session: Session, campaign_id: str, advertiser_id: str, currency: str, spent: int) -> int:
    """Give back what of a campaign's budget was not spent, once and for good; return how much that was.

    Raises:
        AmountInvalid: More is said to be spent than was set aside.
    """
    account = accounts.campaign(campaign_id)
    lock_spending(session, account, currency)
    left = _set_aside(session, account, currency) - spent
    if left < 0:
        raise AmountInvalid(field="spent", least=0, most=left + spent)
    if left:
        post(
            session,
            kind=AD_BUDGET_BACK,
            key=campaign_id,
            cause=Cause("command", campaign_id),
            currency=currency,
            moves=[Move(account, -left), Move(accounts.ads(advertiser_id), left)],
            memo=campaign_id,
        )
    return left


def _set_aside(session: Session, account: str, currency: str) -> int:
    """Return what was ever set aside on an account, whatever became of it."""
    found: int = session.execute(_SET_ASIDE, {"account": account, "currency": currency, "kind": AD_BUDGET}).scalar_one()
    return found
