"""Looking at what the provider's webhooks say of payouts: transfers, and people's accounts."""

from __future__ import annotations

from svc_payments.actions import looking, paying_out, payout_accounts, receiving
from svc_payments.actions.calling import Desk
from svc_payments.actions.receiving import Received
from svc_payments.ledger.posting import Cause


def look_at_transfer(desk: Desk, event: Received) -> str:
    """Settle the payout of a transfer."""
    found = paying_out.look_at_transfer(desk, event.object_id, Cause("provider", event.event_id))
    return looking.SETTLED if found else looking.NOT_OURS


def look_at_account(desk: Desk, event: Received) -> str:
    """Keep how a person's account stands."""
    return looking.SETTLED if payout_accounts.look_at_account(desk, event.object_id) else looking.NOT_OURS


receiving.register("transfer", look_at_transfer)
receiving.register("account", look_at_account)
