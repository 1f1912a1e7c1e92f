"""Paying creators, and for posts; and looking at what was paid."""

from __future__ import annotations

from functools import partial
from typing import Any, Literal

from contracts.auth import NOBODY
from contracts.base import Invalid, Page
from contracts.payments import (
    NotForSale,
    PaymentNotOpen,
    PaymentView,
    ProviderAway,
    UnknownPayee,
)
from plumbing import checks
from plumbing.logs import get_logger
from plumbing.rpc import rpc
from svc_payments import money_checks
from svc_payments.actions import asking, buying, calling, canceling, paying, reading
from svc_payments.actions.paying import Order
from svc_payments.doors.moving import Moving, demand_another, facts_of
from svc_payments.ledger.posting import Cause
from svc_payments.options import options
from svc_payments.payment_views import payment_view

log = get_logger(__name__)

ROLES = ("payer", "payee")
PURPOSES = ("balance", "ads")
MAX_PAGE = 100


class Payments(Moving):
    """Payments: begun once for each Idempotency-Key, and shown to their payer and their payee alone."""

    @rpc
    def create_tip(
        self,
        *,
        amount: int,
        currency: str,
        channel_id: str | None = None,
        post_id: str | None = None,
        user_id: str | None = None,
        conversation_id: str | None = None,
        note: str = "",
        method: str = "card",
        return_path: str = "/",
    ) -> PaymentView:
        """Tip a creator: a channel's owner, for the channel or for a post, or a person in a shared conversation."""
        me, facts = self.me(), facts_of(amount, currency, note, return_path)
        place = {
            "channel_id": checks.an_optional_id(channel_id, "channel_id"),
            "post_id": checks.an_optional_id(post_id, "post_id"),
            "user_id": checks.an_optional_id(user_id, "user_id"),
            "conversation_id": checks.an_optional_id(conversation_id, "conversation_id"),
        }
        _demand_one_place(place)

        def order(payment_id: str) -> Order:
            where = self._tipped(place)
            demand_another(me, where["payee_id"])
            return Order(
                payment_id=payment_id,
                kind="tip",
                payer_id=me,
                method=self.my_method(method),
                fee_bps=options().payments_fee_bps,
                **where,
                **facts,
            )

        return self.begin_once(["create_tip", place, facts, method], order)

    def _tipped(self, place: dict[str, str | None]) -> dict[str, Any]:
        """Return who is tipped, and where."""
        if place["user_id"] is not None:
            self.demand_members(str(place["conversation_id"]), place["user_id"])
            return {"payee_id": place["user_id"], "conversation_id": place["conversation_id"]}
        channel_id = place["channel_id"]
        if place["post_id"] is not None:
            channel_id = self._post(place["post_id"])["channel_id"]
        return {"payee_id": self._owner(channel_id), "channel_id": channel_id, "post_id": place["post_id"]}

    def _post(self, post_id: str) -> dict[str, Any]:
        post: dict[str, Any] = self.subscriptions.get_post(post_id=post_id)
        if post["deleted"]:
            raise NotForSale
        return post

    def _owner(self, channel_id: str | None) -> str:
        owner_id: str = self.subscriptions.get_channel(channel_id=channel_id)["owner_id"]
        if owner_id == NOBODY:
            raise UnknownPayee
        return owner_id

    @rpc
    def buy_post(self, *, post_id: str, method: str = "card", return_path: str = "/") -> PaymentView:
        """Buy a post, for good. Who has begun that goes on with the same payment."""
        me, post_id = self.me(), checks.an_id(post_id, "post_id")
        return_path = money_checks.a_return_path(return_path)
        request = ["buy_post", post_id, method, return_path]
        payment_id = self.made_before(request)
        if payment_id is None:
            wanted = self._post_order(me, post_id, self.my_method(method), return_path)
            self._end_other_tries(wanted)
            payment_id = self.make_once(request, lambda session: buying.buy_post(session, wanted).id)
        return self.pursue(str(payment_id))

    def _post_order(self, me: str, post_id: str, method: str, return_path: str) -> Order:
        post = self._post(post_id)
        price, owner_id = post.get("price"), self._owner(post["channel_id"])
        if price is None:
            raise NotForSale
        demand_another(me, owner_id)
        return Order(
            payment_id=reading.new_payment_id(),
            kind="post",
            payer_id=me,
            payee_id=owner_id,
            amount=price["amount"],
            currency=price["currency"],
            method=method,
            channel_id=post["channel_id"],
            post_id=post_id,
            access=paying.Opens(subject_kind="post", subject_id=post_id),
            fee_bps=options().payments_fee_bps,
            return_path=return_path,
        )

    def _end_other_tries(self, wanted: Order) -> None:
        """End a try to buy the same thing in another way: nobody shall pay twice."""
        other = self.write(lambda session: buying.end_other_try(session, wanted))
        if other is not None:
            calling.make_wanted(self, other)

    @rpc
    def top_up(
        self, *, amount: int, currency: str, purpose: Literal["balance", "ads"] = "balance", return_path: str = "/"
    ) -> PaymentView:
        """Put money on one's own balance, or on one's account for advertising."""
        me, facts = self.me(), facts_of(amount, currency, "", return_path)
        kind: Any = "ads_top_up" if checks.one_of(purpose, "purpose", PURPOSES) == "ads" else "top_up"
        return self.begin_once(
            ["top_up", facts, kind],
            lambda payment_id: Order(payment_id=payment_id, kind=kind, payer_id=me, payee_id=None, **facts),
        )

    @rpc
    def get_payment(self, *, payment_id: str) -> PaymentView:
        """Return a payment to its payer or its payee; while it is open the provider is asked, once a second."""
        payment_id = checks.an_id(payment_id, "payment_id")
        self.show(payment_id)
        payment = self.write(lambda session: reading.take_turn(session, payment_id))
        if payment is not None:
            self._look(payment)
        return self.show(payment_id)

    def _look(self, payment: Any) -> None:
        calling.make_wanted(self, payment.id)
        look = partial(asking.ask_and_settle, self, payment, Cause("command", payment.id))
        try:
            calling.within(calling.time_left_s(), look)
        except ProviderAway:
            log.info("payment_not_asked", payment_id=payment.id)

    @rpc
    def list_payments(
        self,
        *,
        role: Literal["payer", "payee"] = "payer",
        conversation_id: str | None = None,
        limit: int = 50,
        after: str | None = None,
    ) -> Page[PaymentView]:
        """Return what one paid or got, the newest first."""
        me, side, limit = self.me(), checks.one_of(role, "role", ROLES), checks.a_limit(limit, MAX_PAGE)
        where, cursor = checks.an_optional_id(conversation_id, "conversation_id"), checks.from_cursor(after, str)
        before = checks.an_id(cursor[0], "after") if cursor else None
        with self.db.reading() as session:
            found = reading.list_of(session, me, side, where, limit + 1, before)
        items = [payment_view(payment, me) for payment in found[:limit]]
        return {"items": items, "next": checks.to_cursor(items[-1]["id"]) if len(found) > limit else None}

    @rpc
    def cancel_payment(self, *, payment_id: str) -> PaymentView:
        """Cancel one's own payment while nothing was charged."""
        me, payment_id = self.me(), checks.an_id(payment_id, "payment_id")
        self.write(lambda session: canceling.cancel(session, payment_id, me))
        calling.make_wanted(self, payment_id)
        view = self.show(payment_id)
        if view["status"] == "succeeded":
            raise PaymentNotOpen
        return view


def _demand_one_place(place: dict[str, str | None]) -> None:
    named = [name for name in ("channel_id", "post_id", "user_id") if place[name] is not None]
    if len(named) != 1 or (place["conversation_id"] is None) != (place["user_id"] is None):
        raise Invalid(
            "Give a channel, a post, or a person and a conversation that you share.", code="one_payee", field="payee"
        )
