"""What all calls that move money share: a key that makes them happen once, and the provider's part afterwards."""

from __future__ import annotations

from collections.abc import Callable, Collection
from datetime import UTC, datetime
from typing import Any

from sqlalchemy.orm import Session

from contracts.base import ServiceError
from contracts.messaging import UnknownConversation
from contracts.payments import KeyRequired, MethodInvalid, NotToYourself, PaymentView, UnknownPayee, UnknownPayment
from plumbing.context import current_call
from plumbing.idempotency import first_result, keyed_call, once
from svc_payments import money_checks
from svc_payments.actions import calling, customers, paying, reading
from svc_payments.actions.paying import Order
from svc_payments.doors.base import Door
from svc_payments.payment_models import Payment
from svc_payments.payment_views import payment_view


class Moving(Door):
    """Base of the doors through which money moves."""

    def made_before(self, request: list[Any]) -> Any:
        """Return what the call made when it came first, or None: then it is to be checked, and made.

        Raises:
            KeyRequired: It has no key.
            KeyMismatch: The key came with another request.
        """
        with self.db.reading() as session:
            return first_result(session, keyed_call(self.me(), self.key(), request))

    def key(self) -> str:
        """Return the call's key.

        Raises:
            KeyRequired: It has none.
        """
        key = current_call().idempotency_key
        if key is None:
            raise KeyRequired
        return key

    def make_once(self, request: list[Any], work: Callable[[Session], str]) -> str:
        """Return the id of what `work` makes in one transaction with the note of the key."""
        me = self.me()
        made: str = self.write(lambda session: once(session, me, request, lambda: work(session)))
        return made

    def begin_once(self, request: list[Any], order: Callable[[str], Order]) -> PaymentView:
        """Begin a payment once for each key, have the provider asked, and return the payment as it is then.

        Args:
            request: The operation's name and its arguments.
            order: Checks and returns what is wanted, for the payment's new id; only asked the first time.
        """
        payment_id = self.made_before(request)
        if payment_id is not None:
            return self.pursue(str(payment_id))
        wanted, now = order(reading.new_payment_id()), datetime.now(UTC)
        begun: dict[str, Payment] = {}

        def begin(session: Session) -> str:
            payment = paying.begin(session, wanted, now)
            begun[payment.id] = payment
            return payment.id

        made = begun.get(payment_id := self.make_once(request, begin))
        if made is not None and made.status == "succeeded":  # from a balance: nothing is left to ask or to look up
            return payment_view(made, self.me())
        return self.pursue(payment_id)

    def pursue(self, payment_id: str) -> PaymentView:
        """Make the calls to the provider that a payment waits for, and return the payment."""
        calling.make_wanted(self, payment_id)
        return self.show(payment_id)

    def show(self, payment_id: str) -> PaymentView:
        """Return a payment to somebody whom it concerns.

        Raises:
            UnknownPayment: It does not, or there is none.
        """
        me = self.me()
        with self.db.reading() as session:
            payment = reading.find(session, payment_id, me)
            if payment is None:
                raise UnknownPayment
            return payment_view(payment, me)

    def my_method(self, value: object) -> str:
        """Return a way to pay that is the caller's.

        Raises:
            MethodInvalid: It is none, or somebody else's card.
        """
        method, me = money_checks.a_method(value), self.me()
        if method in (paying.BALANCE, paying.CARD) or self._has_card(me, method):
            return method
        calling.within(calling.time_left_s(), lambda: customers.refresh(self, me))
        if not self._has_card(me, method):
            raise MethodInvalid(field="method")
        return method

    def _has_card(self, user_id: str, method: str) -> bool:
        with self.db.reading() as session:
            return customers.has_card(session, user_id, method)

    def demand_members(self, conversation_id: str, other_id: str) -> None:
        """Demand that the caller and another person are in a conversation, and may write to each other there.

        Raises:
            UnknownConversation: The caller is not there, or one of the two blocked the other.
            UnknownPayee: The other one is not.
        """
        me = self.me()
        found = self.messaging.as_service().find_members(conversation_id=conversation_id, user_ids=[me, other_id])
        if (absence := absence_of(found, me, other_id)) is not None:
            raise absence


def absence_of(members: Collection[str], me: str, other_id: str) -> ServiceError | None:
    """Return why somebody cannot pay somebody in a conversation, given those of the two who are there."""
    if me not in members:
        return UnknownConversation()
    return None if other_id in members else UnknownPayee()


def facts_of(amount: object, currency: object, note: object, return_path: object) -> dict[str, Any]:
    """Return what somebody said of a payment, checked."""
    checked = money_checks.a_currency(currency)
    return {
        "amount": money_checks.an_amount(amount, checked),
        "currency": checked,
        "note": money_checks.a_note(note),
        "return_path": money_checks.a_return_path(return_path),
    }


def demand_another(me: str, payee_id: str) -> None:
    """Demand that nobody pays themselves.

    Raises:
        NotToYourself: They would.
    """
    if me == payee_id:
        raise NotToYourself
