"""Paid subscriptions, by the person who pays them."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from sqlalchemy.orm import Session

from contracts.base import Page
from contracts.payments import SubscriptionView, UnknownCoupon
from plumbing import checks
from plumbing.rpc import rpc
from svc_payments import money_checks
from svc_payments.actions import calling, subscribing, subscriptions
from svc_payments.actions.plans import AD_FREE
from svc_payments.actions.subscribing import Terms
from svc_payments.doors.moving import Moving
from svc_payments.doors.selling import Selling
from svc_payments.payment_models import Payment
from svc_payments.plan_models import PaidSubscription
from svc_payments.plan_views import subscription_view

MAX_PAGE = 100
MAX_CODE = 40


class Subscribing(Moving, Selling):
    """Beginning, changing and ending what one pays for each period."""

    @rpc
    def subscribe_to_plan(
        self, *, plan_id: str, method: str = "card", coupon: str | None = None, return_path: str = "/"
    ) -> SubscriptionView:
        """Begin to pay a plan, once for each Idempotency-Key. `ad_free` is a plan of the platform."""
        me, wanted = self.me(), plan_id if plan_id == AD_FREE else checks.an_id(plan_id, "plan_id")
        return_path = money_checks.a_return_path(return_path)
        code = None if coupon is None else _a_coupon(coupon)
        request = ["subscribe_to_plan", wanted, method, code, return_path]
        subscription_id = self.made_before(request)
        if subscription_id is None:
            terms, mine = self._terms(wanted, me), self.my_method(method)

            def work(session: Session) -> str:
                now = datetime.now(UTC)
                return subscribing.subscribe(session, me, terms, mine, code, return_path, now).id

            subscription_id = self.make_once(request, work)
        return self._pursued(me, str(subscription_id))

    def _terms(self, plan_id: str, me: str) -> Terms:
        if plan_id == AD_FREE:
            return subscribing.ad_free_terms(me)
        plan = self.find_plan(plan_id)
        return subscribing.terms_of(plan, self.channel(plan.channel_id)["owner_id"])

    def _pursued(self, me: str, subscription_id: str) -> SubscriptionView:
        """Have the provider asked what waits, and return the subscription with the payment of its beginning."""
        with self.db.reading() as session:
            payment_id = subscriptions.get(session, me, subscription_id).payment_id
        if payment_id is not None:
            calling.make_wanted(self, payment_id)
        with self.db.reading() as session:
            found = subscriptions.get(session, me, subscription_id)
            payment = session.get(Payment, found.payment_id) if found.payment_id else None
            return subscription_view(found, payment)

    @rpc
    def get_paid_subscription(self, *, subscription_id: str) -> SubscriptionView:
        """Return one of the caller's subscriptions, with the payment that waits for them."""
        me, subscription_id = self.me(), checks.an_id(subscription_id, "subscription_id")
        with self.db.reading() as session:
            found = subscriptions.get(session, me, subscription_id)
            return subscription_view(found, subscriptions.open_payment(session, found))

    @rpc
    def list_paid_subscriptions(self, *, limit: int = 50, after: str | None = None) -> Page[SubscriptionView]:
        """Return the caller's subscriptions, the newest first."""
        me, limit, cursor = self.me(), checks.a_limit(limit, MAX_PAGE), checks.from_cursor(after, str)
        before = checks.an_id(cursor[0], "after") if cursor else None
        with self.db.reading() as session:
            found = subscriptions.list_of(session, me, limit + 1, before)
            items = [subscription_view(row, subscriptions.open_payment(session, row)) for row in found[:limit]]
        return {"items": items, "next": checks.to_cursor(items[-1]["id"]) if len(found) > limit else None}

    @rpc
    def cancel_paid_subscription(self, *, subscription_id: str) -> SubscriptionView:
        """Renew a subscription no more; what is paid stays. Once canceled it stays so."""
        return self._change(subscription_id, subscribing.cancel)

    @rpc
    def resume_paid_subscription(self, *, subscription_id: str) -> SubscriptionView:
        """Renew a subscription after all that was canceled and still runs."""
        return self._change(subscription_id, subscribing.resume)

    @rpc
    def change_paid_subscription(self, *, subscription_id: str, method: str) -> SubscriptionView:
        """Renew a subscription with another method; where a renewal waits, that is tried at once."""
        mine = self.my_method(method)
        return self._change(
            subscription_id,
            lambda session, me, found, now: subscribing.change_method(session, me, found, mine, now),
        )

    def _change(
        self, subscription_id: str, change: Callable[[Session, str, str, datetime], PaidSubscription]
    ) -> SubscriptionView:
        me, subscription_id = self.me(), checks.an_id(subscription_id, "subscription_id")

        def work(session: Session) -> tuple[SubscriptionView, Any]:
            before = subscriptions.get(session, me, subscription_id).payment_id
            changed = change(session, me, subscription_id, datetime.now(UTC))
            return subscription_view(changed, subscriptions.open_payment(session, changed)), before

        view, payment_id = self.write(work)
        if payment_id is not None:
            calling.make_wanted(self, payment_id)
        return view


def _a_coupon(value: object) -> str:
    code = checks.a_text(value, "coupon", MAX_CODE)
    if not code.isascii():
        raise UnknownCoupon
    return code.upper()
