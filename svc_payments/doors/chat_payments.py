"""Paying people in chats: from a balance together with others who do so at the same moment, by card alone."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from sqlalchemy.exc import DBAPIError

from contracts.base import Invalid, ServiceError
from contracts.payments import MAX_BATCH, KeyRequired, PaymentItem, PaymentResult, PaymentView
from plumbing import checks
from plumbing.database import DATABASE_AWAY
from plumbing.idempotency import keyed_call
from plumbing.identity import verify_user_token
from plumbing.logs import get_logger
from plumbing.rpc import rpc
from svc_payments.actions import paying, reading, spending
from svc_payments.actions.paying import Order
from svc_payments.actions.spending import Outcome, Wish
from svc_payments.doors.moving import Moving, absence_of, demand_another, facts_of
from svc_payments.payment_models import Payment
from svc_payments.payment_views import payment_view

log = get_logger(__name__)

#: What is taken of an item of `create_payments`.
_FIELDS = frozenset(PaymentItem.__annotations__)


class ChatPayments(Moving):
    """Payments between two people in a conversation."""

    @rpc
    def create_payment(
        self,
        *,
        conversation_id: str,
        payee_id: str,
        amount: int,
        currency: str,
        note: str = "",
        method: str = "card",
        return_path: str = "/",
    ) -> PaymentView:
        """Pay a person in a conversation that both are in."""
        me, payee_id = self.me(), checks.an_id(payee_id, "payee_id")
        conversation_id = checks.an_id(conversation_id, "conversation_id")
        facts = facts_of(amount, currency, note, return_path)
        demand_another(me, payee_id)
        if method == paying.BALANCE:
            return self._spend_alone(_wish(me, self.key(), conversation_id, payee_id, facts))

        def order(payment_id: str) -> Order:
            self.demand_members(conversation_id, payee_id)
            return _order(payment_id, me, conversation_id, payee_id, facts, self.my_method(method))

        return self.begin_once(_request(conversation_id, payee_id, facts, method), order)

    @rpc
    def create_payments(self, *, items: list[PaymentItem]) -> list[PaymentResult]:
        """Make up to 64 payments of different people from their balances; each item has its own outcome."""
        wishes = [_wish_or_error(item) for item in checks.a_list(items, "items", MAX_BATCH)]
        good = [each for each in wishes if isinstance(each, Wish)]
        outcomes = iter(self._spend(good))
        return [_result(each, next(outcomes)) if isinstance(each, Wish) else _error(each) for each in wishes]

    def _spend_alone(self, wish: Wish) -> PaymentView:
        (outcome,) = self._spend([wish])
        if isinstance(outcome, ServiceError):
            raise outcome
        return payment_view(outcome, wish.order.payer_id)

    def _spend(self, wishes: Sequence[Wish]) -> list[Outcome]:
        """Make payments from balances; what PostgreSQL refuses for one of them does not reach the others."""
        if not wishes:
            return []
        allowed, now = self._allowed(wishes), datetime.now(UTC)
        try:
            return self._write(allowed, now)
        except DBAPIError as error:
            if isinstance(error, DATABASE_AWAY) or len(wishes) == 1:
                raise
            log.warning("payments_tried_alone", count=len(wishes), error=type(error).__name__)
        return [self._try(wish, now) for wish in allowed]

    def _write(self, wishes: Sequence[Wish], now: datetime) -> list[Outcome]:
        outcomes: list[Outcome] = self.write(lambda session: spending.pay_all(session, wishes, now))
        return outcomes

    def _try(self, wish: Wish, now: datetime) -> Outcome:
        try:
            return self._write([wish], now)[0]
        except DBAPIError:
            log.exception("payment_failed", payer_id=wish.order.payer_id)
            return ServiceError()

    def _allowed(self, wishes: Sequence[Wish]) -> list[Wish]:
        """Return the wishes, with a refusal where payer and payee may not write to each other in the conversation."""
        items = [
            {"conversation_id": order.conversation_id, "user_ids": [order.payer_id, order.payee_id]}
            for order in (wish.order for wish in wishes)
        ]
        try:
            found = self.messaging.as_service().find_members_of_many(items=items)
        except ServiceError as error:
            return [replace(wish, refusal=error) for wish in wishes]
        return [
            replace(wish, refusal=absence_of(members, wish.order.payer_id, str(wish.order.payee_id)))
            for wish, members in zip(wishes, found, strict=True)
        ]


def _wish_or_error(item: Any) -> Wish | ServiceError:
    try:
        return _wish_of(item)
    except ServiceError as error:
        return error


def _wish_of(item: Any) -> Wish:
    if not isinstance(item, dict) or not item.keys() <= _FIELDS:
        raise Invalid("That is no payment.", field="items")
    me = verify_user_token(item.get("token")).user_id
    key = item.get("idempotency_key")
    if not isinstance(key, str):
        raise KeyRequired
    payee_id = checks.an_id(item.get("payee_id"), "payee_id")
    conversation_id = checks.an_id(item.get("conversation_id"), "conversation_id")
    facts = facts_of(item.get("amount"), item.get("currency"), item.get("note", ""), item.get("return_path", "/"))
    demand_another(me, payee_id)
    return _wish(me, key, conversation_id, payee_id, facts)


def _wish(me: str, key: str, conversation_id: str, payee_id: str, facts: dict[str, Any]) -> Wish:
    call = keyed_call(me, key, _request(conversation_id, payee_id, facts, paying.BALANCE))
    return Wish(call, _order(reading.new_payment_id(), me, conversation_id, payee_id, facts, paying.BALANCE))


def _request(conversation_id: str, payee_id: str, facts: dict[str, Any], method: str) -> list[Any]:
    return ["create_payment", conversation_id, payee_id, facts, method]


def _order(
    payment_id: str, payer_id: str, conversation_id: str, payee_id: str, facts: dict[str, Any], method: str
) -> Order:
    return Order(
        payment_id=payment_id,
        kind="transfer",
        payer_id=payer_id,
        payee_id=payee_id,
        method=method,
        conversation_id=conversation_id,
        **facts,
    )


def _result(wish: Wish, outcome: Outcome) -> PaymentResult:
    if isinstance(outcome, Payment):
        return {"payment": payment_view(outcome, wish.order.payer_id)}
    return _error(outcome)


def _error(error: ServiceError) -> PaymentResult:
    return {"error": {**error.to_wire()}}
