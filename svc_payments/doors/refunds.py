"""Giving money back, and what banks take back."""

from __future__ import annotations

from datetime import UTC, datetime

from contracts.base import Page
from contracts.payments import DisputeView, RefundView, UnknownPayment
from plumbing import checks
from plumbing.rpc import rpc
from svc_payments import money_checks
from svc_payments.actions import calling, disputing, reading, refunding
from svc_payments.doors.moving import Moving
from svc_payments.payment_models import Payment, Refund
from svc_payments.payment_views import dispute_view, refund_view

MAX_PAGE = 100
MAX_REASON = 300
#: More than any payment has; what is left of one is looked up under its lock.
_MOST = 99_999_999


class Refunds(Moving):
    """Refunds and disputes, for both sides of a payment."""

    @rpc
    def create_refund(
        self, *, payment_id: str, amount: int | None = None, reason: str = "", end_access: bool | None = None
    ) -> RefundView:
        """Give back a payment that one got, or a part of it; the platform's admins give back anybody's."""
        me, payment_id = self.me(), checks.an_id(payment_id, "payment_id")
        is_admin = "admin" in self.caller.user().roles
        part = None if amount is None else money_checks.a_part(amount, _MOST)
        reason = checks.a_text(reason, "reason", MAX_REASON)
        ending = None if end_access is None else checks.a_flag(end_access, "end_access")
        request = ["create_refund", payment_id, part, reason, ending]
        refund_id = self.made_before(request)
        if refund_id is None:
            refund_id = self.make_once(
                request,
                lambda session: (
                    refunding.decide(
                        session,
                        payment_id,
                        me,
                        is_admin=is_admin,
                        amount=part,
                        reason=reason,
                        end_access=ending,
                        now=datetime.now(UTC),
                    ).id
                ),
            )
        calling.make_wanted(self, payment_id)
        with self.db.reading() as session:
            return refund_view(session.get_one(Refund, (payment_id, refund_id)))

    @rpc
    def list_refunds(self, *, payment_id: str) -> Page[RefundView]:
        """Return what of a payment went back, the oldest first; for both sides and the platform's admins."""
        me, payment_id = self.me(), checks.an_id(payment_id, "payment_id")
        is_admin = "admin" in self.caller.user().roles
        with self.db.reading() as session:
            known = session.get(Payment, payment_id) if is_admin else reading.find(session, payment_id, me)
            if known is None:
                raise UnknownPayment
            return {"items": [refund_view(row) for row in refunding.list_of(session, payment_id)], "next": None}

    @rpc
    def list_disputes(self, *, limit: int = 50, after: str | None = None) -> Page[DisputeView]:
        """Return disputes about what the caller paid or got."""
        me, limit, cursor = self.me(), checks.a_limit(limit, MAX_PAGE), checks.from_cursor(after, str)
        last = checks.an_id(cursor[0], "after") if cursor else None
        with self.db.reading() as session:
            found = disputing.list_about(session, me, limit + 1, last)
        items = [dispute_view(row) for row in found[:limit]]
        return {"items": items, "next": checks.to_cursor(items[-1]["id"]) if len(found) > limit else None}
