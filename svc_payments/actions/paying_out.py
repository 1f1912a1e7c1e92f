"""The provider's part of payouts: the call that sends the money, and looking at what became of it."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from svc_payments.actions import calling, payouts
from svc_payments.actions.calling import Desk, Handler
from svc_payments.actions.calls import Call
from svc_payments.ledger.posting import Cause
from svc_payments.plan_models import Payout
from svc_payments.provider.base import CardDeclined, ProviderRefused, TransferSnapshot

_EARLIER = timedelta(hours=1)


def _send(desk: Desk, call: Call) -> TransferSnapshot:
    with desk.db.reading() as session:
        payout = session.scalars(select(Payout).where(Payout.id == call.subject_id)).one()
    if call.attempts > 1 and (sent := _sent_before(desk, payout)) is not None:
        return sent
    return desk.provider.transfer(
        call_id=call.id,
        payout_id=payout.id,
        account_id=payout.account_id or "",
        amount=payout.amount,
        currency=payout.currency,
    )


def _sent_before(desk: Desk, payout: Payout) -> TransferSnapshot | None:
    """Return what an earlier call made: the provider forgets keys after a day, but not transfers."""
    for found in desk.provider.list_transfers(payout.created_at - _EARLIER):
        if found.payout_id == payout.id:
            return found
    return None


def _learn(session: Session, call: Call, answer: TransferSnapshot) -> None:
    payouts.settle_payout(session, call.subject_id, answer, Cause("provider", answer.transfer_id))


def _refused(session: Session, call: Call, error: CardDeclined | ProviderRefused) -> None:
    payouts.fail_payout(session, call.subject_id, error.code, Cause("provider", call.id))


def look_at_transfer(desk: Desk, transfer_id: str, cause: Cause) -> bool:
    """Settle what the provider says of a transfer now; False where it is none of ours."""
    return settle(desk, desk.provider.fetch_transfer(transfer_id), cause)


def settle(desk: Desk, snapshot: TransferSnapshot, cause: Cause) -> bool:
    """Settle a transfer that was just fetched; False where it is none of ours."""
    payout_id = snapshot.payout_id
    if payout_id is None:
        return False
    return desk.write(lambda session: payouts.settle_payout(session, payout_id, snapshot, cause)) is not None


calling.register(payouts.CALL, Handler(_send, _learn, _refused))
