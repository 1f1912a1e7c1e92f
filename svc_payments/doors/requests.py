"""Asking people in a chat for money, and what they answer."""

from __future__ import annotations

from datetime import UTC, datetime

from contracts.base import Page
from contracts.payments import NotToYourself, PaymentRequestView, PaymentView, RequestStatus
from plumbing import checks
from plumbing.rpc import rpc
from svc_payments import money_checks
from svc_payments.actions import calling, reading, requesting
from svc_payments.actions.paying import Order
from svc_payments.doors.moving import Moving
from svc_payments.payment_views import request_view

STATUSES = ("open", "paid", "declined", "canceled", "expired")
MAX_PAGE = 100


class PaymentRequests(Moving):
    """Requests for money, between two people in a conversation."""

    @rpc
    def create_payment_request(
        self, *, conversation_id: str, payer_id: str, amount: int, currency: str, note: str = ""
    ) -> PaymentRequestView:
        """Ask somebody in a conversation for money, once for each Idempotency-Key."""
        me, payer_id = self.me(), checks.an_id(payer_id, "payer_id")
        conversation_id, currency = checks.an_id(conversation_id, "conversation_id"), money_checks.a_currency(currency)
        amount, note = money_checks.an_amount(amount, currency), money_checks.a_note(note)
        if payer_id == me:
            raise NotToYourself
        request = ["create_payment_request", conversation_id, payer_id, amount, currency, note]
        request_id = self.made_before(request)
        if request_id is None:
            self.demand_members(conversation_id, payer_id)
            request_id = self.make_once(
                request,
                lambda session: (
                    requesting.ask(
                        session,
                        conversation_id=conversation_id,
                        requester_id=me,
                        payer_id=payer_id,
                        amount=amount,
                        currency=currency,
                        note=note,
                        now=datetime.now(UTC),
                    ).id
                ),
            )
        return self.get_payment_request(request_id=request_id)

    @rpc
    def get_payment_request(self, *, request_id: str) -> PaymentRequestView:
        """Return a request to one of its two sides."""
        me, request_id = self.me(), checks.an_id(request_id, "request_id")
        with self.db.reading() as session:
            return request_view(requesting.get(session, request_id, me))

    @rpc
    def list_payment_requests(
        self, *, status: RequestStatus | None = None, limit: int = 50, after: str | None = None
    ) -> Page[PaymentRequestView]:
        """Return requests to and from the caller, the newest first."""
        me, limit, cursor = self.me(), checks.a_limit(limit, MAX_PAGE), checks.from_cursor(after, str)
        wanted = None if status is None else checks.one_of(status, "status", STATUSES)
        before = checks.an_id(cursor[0], "after") if cursor else None
        with self.db.reading() as session:
            found = requesting.list_of(session, me, wanted, limit + 1, before)
        items = [request_view(row) for row in found[:limit]]
        return {"items": items, "next": checks.to_cursor(items[-1]["id"]) if len(found) > limit else None}

    @rpc
    def pay_request(self, *, request_id: str, method: str = "card", return_path: str = "/") -> PaymentView:
        """Pay what one was asked for. Who has begun that goes on with the same payment."""
        self.me()
        request_id, return_path = checks.an_id(request_id, "request_id"), money_checks.a_return_path(return_path)
        key = ["pay_request", request_id, method, return_path]
        payment_id = self.made_before(key)
        if payment_id is None:
            order = self._order(request_id, self.my_method(method), return_path)
            other = self.write(lambda session: requesting.end_other_try(session, request_id, order.method))
            if other is not None:
                calling.make_wanted(self, other)
            payment_id = self.make_once(key, lambda session: requesting.pay(session, order, datetime.now(UTC)).id)
        return self.pursue(str(payment_id))

    def _order(self, request_id: str, method: str, return_path: str) -> Order:
        me = self.me()
        with self.db.reading() as session:
            request = requesting.get(session, request_id, me)
        if request.requester_id == me:
            raise NotToYourself
        self.demand_members(request.conversation_id, request.requester_id)
        bare = Order(
            payment_id=reading.new_payment_id(),
            kind="transfer",
            payer_id=me,
            payee_id=None,
            amount=request.amount,
            currency=request.currency,
            method=method,
            return_path=return_path,
        )
        return requesting.order_of(request, bare)

    @rpc
    def decline_payment_request(self, *, request_id: str) -> PaymentRequestView:
        """Say no to a request; the same again does nothing."""
        return self._answer(request_id, "declined")

    @rpc
    def cancel_payment_request(self, *, request_id: str) -> PaymentRequestView:
        """Take one's own request back; the same again does nothing."""
        return self._answer(request_id, "canceled")

    def _answer(self, request_id: str, status: str) -> PaymentRequestView:
        me, request_id = self.me(), checks.an_id(request_id, "request_id")
        now = datetime.now(UTC)
        return self.write(lambda session: request_view(requesting.answer(session, request_id, me, status, now)))
