"""Comparing the provider's lists with what is kept here, and mending what differs by settling it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from plumbing.database import server_now
from plumbing.logs import get_logger
from svc_payments import flow_metrics as metrics
from svc_payments.actions import asking, charging, duplicates, paying, paying_out, reading
from svc_payments.actions.calling import Desk
from svc_payments.actions.settling import settle_payment
from svc_payments.ledger.posting import Cause, currency_of, transaction_id
from svc_payments.payment_models import OPEN, Dispute, DuplicateCharge, Payment, ReconciledUpto, Refund
from svc_payments.plan_models import Payout
from svc_payments.provider.base import (
    DisputeSnapshot,
    PaymentSnapshot,
    ProviderRefused,
    RefundSnapshot,
    TransferSnapshot,
)

log = get_logger(__name__)

#: Each round looks at what was made in the hour before the last round, too.
OVERLAP = timedelta(hours=1)
#: The first round, and each thorough one, looks at so much: a refund may fail, a dispute may end, weeks later.
THOROUGH = timedelta(days=40)
#: Open payments that nobody has asked about for so long are asked about.
STALE = timedelta(minutes=10)
#: Pages of the provider end by themselves; a charge that waits for its holder's bank would wait for ever.
PATIENCE = timedelta(days=1)
BATCH = 100
CAUSE = Cause("job", "reconcile")


@dataclass
class Found:
    """What a round saw.

    Attributes:
        compared: Objects of the provider, by kind.
        mended: Differences that were settled, by kind.
        unknown: Objects of the provider that nothing here belongs to.
        missing: Charges in the ledger that the provider does not list.
    """

    compared: dict[str, int] = field(default_factory=dict)
    mended: dict[str, int] = field(default_factory=dict)
    unknown: list[str] = field(default_factory=list)
    missing: list[str] = field(default_factory=list)

    def saw(self, kind: str) -> None:
        """Count an object."""
        self.compared[kind] = self.compared.get(kind, 0) + 1
        metrics.RECONCILED.labels(kind).inc()

    def differs(self, kind: str, object_id: str) -> None:
        """Count a difference."""
        self.mended[kind] = self.mended.get(kind, 0) + 1
        metrics.DIFFERENCES.labels(kind).inc()
        log.warning("reconciliation_difference", kind=kind, object_id=object_id)


def reconcile(desk: Desk, *, thorough: bool = False) -> Found:
    """Compare, and mend; outside any transaction.

    Raises:
        ProviderAway: The provider cannot be asked now; the next round begins where the last whole one ended.
    """
    found = Found()
    with _span(desk, "payments", thorough=thorough) as since:
        _payments(desk, since, found, thorough=thorough)
    with _span(desk, "refunds", thorough=thorough) as since:
        for refund in desk.provider.list_refunds(since):
            found.saw("refunds")
            _compare_part(desk, "refunds", refund, refund.refund_id, found)
    with _span(desk, "disputes", thorough=thorough) as since:
        for dispute in desk.provider.list_disputes(since):
            found.saw("disputes")
            _compare_part(desk, "disputes", dispute, dispute.dispute_id, found)
    with _span(desk, "transfers", thorough=thorough) as since:
        for transfer in desk.provider.list_transfers(since):
            found.saw("transfers")
            _compare_transfer(desk, transfer, found)
    _ask_about_open(desk, found)
    return found


@contextmanager
def _span(desk: Desk, kind: str, *, thorough: bool) -> Iterator[datetime]:
    """Yield since when a list is to be compared, and note that this was done once it was."""
    with desk.db.reading() as session:
        began, known = server_now(session), session.get(ReconciledUpto, kind)
    yield began - THOROUGH if thorough or known is None else known.upto - OVERLAP

    def note(session: Session) -> None:
        row = insert(ReconciledUpto).values(kind=kind, upto=began)
        session.execute(row.on_conflict_do_update(index_elements=["kind"], set_={"upto": began}))

    desk.write(note)


def _payments(desk: Desk, since: datetime, found: Found, *, thorough: bool) -> None:
    listed = set()
    for snapshot in desk.provider.list_payments(since):
        found.saw("payments")
        listed.add(snapshot.intent_id)
        with desk.db.reading() as session:
            payment = session.get(Payment, snapshot.payment_id)
            differs = payment is not None and payment_differs(session, payment, snapshot)
        if payment is None:
            _unknown(found, "payment", snapshot.intent_id or "")
        elif differs:
            found.differs("payments", snapshot.intent_id or "")
            _mend(desk, snapshot.intent_id)
    if thorough:
        _find_missing(desk, since, listed, found)


def _mend(desk: Desk, intent_id: str | None) -> None:
    """Settle a payment by what the provider says now: its list may have been read minutes ago."""
    snapshot = desk.provider.fetch_payment(intent_id=intent_id)
    desk.write(lambda session: settle_payment(session, snapshot.payment_id, snapshot, CAUSE))


def payment_differs(session: Session, payment: Payment, snapshot: PaymentSnapshot) -> bool:
    """Tell whether the provider knows something of a payment that is not kept here."""
    if duplicates.is_one(payment, snapshot):
        return duplicates.differs(session, payment.id, snapshot) or not _is_posted(session, payment, snapshot)
    if snapshot.status == "succeeded":
        return not _is_posted(session, payment, snapshot) or _has_other_parts(session, payment, snapshot)
    return payment.status in OPEN and payment.intent_id == snapshot.intent_id and payment.status != snapshot.status


def _is_posted(session: Session, payment: Payment, snapshot: PaymentSnapshot) -> bool:
    is_there = payment.status == "succeeded" and currency_of(session, paying.posted_id(payment)) is not None
    if snapshot.provider_fee and snapshot.charge_id:
        is_there = is_there and currency_of(session, transaction_id("provider_fee", snapshot.charge_id)) is not None
    return is_there


def _has_other_parts(session: Session, payment: Payment, snapshot: PaymentSnapshot) -> bool:
    return any(_refund_differs(session, payment.id, refund) for refund in snapshot.refunds) or any(
        _dispute_differs(session, payment.id, dispute) for dispute in snapshot.disputes
    )


def _refund_differs(session: Session, payment_id: str, found: RefundSnapshot) -> bool:
    mine = (Refund.payment_id == payment_id, Refund.provider_id == found.refund_id)
    status = session.scalar(select(Refund.status).where(*mine))
    return status is None or (status != "failed" and status != found.status)


def _dispute_differs(session: Session, payment_id: str, found: DisputeSnapshot) -> bool:
    mine = (Dispute.payment_id == payment_id, Dispute.provider_id == found.dispute_id)
    kept = session.execute(select(Dispute.status, Dispute.withdrawn).where(*mine)).first()
    if kept is None or (found.withdrawn and not kept.withdrawn):
        return True
    return bool(kept.status == "open" and found.status != "open")


def _compare_part(desk: Desk, kind: str, part: RefundSnapshot | DisputeSnapshot, object_id: str, found: Found) -> None:
    """Compare a refund or a dispute with what is kept of it."""
    if part.payment_id is None or part.intent_id is None:
        _unknown(found, kind, object_id)
        return
    with desk.db.reading() as session:
        payment = session.get(Payment, part.payment_id)
        differs = payment is not None and _part_differs(session, payment, part)
    if payment is None:
        _unknown(found, kind, object_id)
    elif differs:
        found.differs(kind, object_id)
        _mend(desk, part.intent_id)


def _part_differs(session: Session, payment: Payment, part: RefundSnapshot | DisputeSnapshot) -> bool:
    if isinstance(part, DisputeSnapshot):
        return _dispute_differs(session, payment.id, part)
    if session.get(DuplicateCharge, (payment.id, part.intent_id)) is not None:
        return duplicates.refund_differs(session, payment.id, part)
    return _refund_differs(session, payment.id, part)


def _compare_transfer(desk: Desk, transfer: TransferSnapshot, found: Found) -> None:
    with desk.db.reading() as session:
        kept = session.scalar(select(Payout).where(Payout.id == transfer.payout_id))
    if kept is None:
        _unknown(found, "transfer", transfer.transfer_id)
    elif (kept.transfer_id, kept.reversed) != (transfer.transfer_id, transfer.amount_reversed):
        found.differs("transfers", transfer.transfer_id)
        paying_out.look_at_transfer(desk, transfer.transfer_id, CAUSE)


def _unknown(found: Found, kind: str, object_id: str) -> None:
    found.unknown.append(object_id)
    metrics.MISMATCHES.inc()
    log.error("reconciliation_unknown", kind=kind, object_id=object_id)


def _find_missing(desk: Desk, since: datetime, listed: set[str | None], found: Found) -> None:
    """Find charges that the ledger has and the provider has not: only people can say what to do."""
    charged = (Payment.status == "succeeded", Payment.intent_id.is_not(None), Payment.created_at > since)
    with desk.db.reading() as session:
        for payment_id, intent_id in session.execute(select(Payment.id, Payment.intent_id).where(*charged)):
            if intent_id not in listed and not _is_there(desk, intent_id):
                found.missing.append(payment_id)
                metrics.MISMATCHES.inc()
                log.error("reconciliation_missing", payment_id=payment_id, intent_id=intent_id)


def _is_there(desk: Desk, intent_id: str) -> bool:
    """Tell whether a payment is at the provider: it may be younger than the list."""
    try:
        return desk.provider.fetch_payment(intent_id=intent_id).status == "succeeded"
    except ProviderRefused:
        return False


def _ask_about_open(desk: Desk, found: Found) -> None:
    """Ask about open payments whose webhook never came, in turn."""
    with desk.db.reading() as session:
        since = server_now(session) - STALE
    while batch := desk.write(lambda session: reading.stale(session, since, BATCH)):
        for payment_id in batch:
            _ask(desk, payment_id, found)
        if len(batch) < BATCH:
            return


def _ask(desk: Desk, payment_id: str, found: Found) -> None:
    with desk.db.reading() as session:
        payment = session.get_one(Payment, payment_id)
    snapshot = asking.ask(desk, payment)
    if snapshot is None:
        return
    if snapshot.status != payment.status:
        found.differs("payments", payment_id)
        desk.write(lambda session: settle_payment(session, payment_id, snapshot, CAUSE))
    elif payment.session_id is None and datetime.now(UTC) - payment.created_at > PATIENCE:
        desk.write(lambda session: charging.want_end(session, payment))
