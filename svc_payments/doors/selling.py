"""What channels sell: plans and coupons. Who owns a channel, and who may know it, svc_subscriptions says."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from sqlalchemy.orm import Session

from contracts.base import Invalid, Page
from contracts.payments import CouponView, PlanView, UnknownCoupon
from contracts.subscriptions import ChannelRoleTooLow
from plumbing import checks
from plumbing.idempotency import once
from plumbing.rpc import rpc
from svc_payments import money_checks
from svc_payments.actions import coupons, plans
from svc_payments.actions.plans import AD_FREE
from svc_payments.doors.base import Door
from svc_payments.plan_models import Plan
from svc_payments.plan_views import ad_free_view, coupon_view, plan_view

MAX_TITLE = 100
MAX_PERIODS = 120
MAX_USES = 1_000_000
TEAM = ("author", "admin", "owner")
_CODE = re.compile(r"[A-Za-z0-9_-]{3,40}")


class Selling(Door):
    """For the owners of channels, and for whoever wants to know what they sell."""

    @rpc
    def create_plan(self, *, channel_id: str, title: str, amount: int, currency: str) -> PlanView:
        """Sell access to one's channel; once for each Idempotency-Key."""
        me, channel_id = self.me(), checks.an_id(channel_id, "channel_id")
        title, currency = _a_title(title), money_checks.a_currency(currency)
        amount = money_checks.an_amount(amount, currency)
        owner_id = self._demand_owner(channel_id)
        request = ["create_plan", channel_id, title, amount, currency]

        def make(session: Session) -> str:
            return plans.create_plan(session, channel_id, owner_id, title, amount, currency, datetime.now(UTC)).id

        def work(session: Session) -> PlanView:
            return plan_view(plans.get_plan(session, once(session, me, request, lambda: make(session))), 0)

        return self.write(work)

    @rpc
    def update_plan(self, *, plan_id: str, changes: dict[str, Any]) -> PlanView:
        """Change a plan's title, or whether it is sold. Who pays it already goes on, at the same price."""
        self.me()
        found = self.find_plan(checks.an_id(plan_id, "plan_id"))
        facts = _plan_changes(changes)
        owner_id = self._demand_owner(found.channel_id)

        def work(session: Session) -> PlanView:
            plan = plans.update_plan(session, found, owner_id, facts)
            return plan_view(plan, plans.count_subscribers(session, plan.channel_id).get(plan.id, 0))

        return self.write(work)

    @rpc
    def list_plans(self, *, channel_id: str) -> Page[PlanView]:
        """Return the plans that a channel sells; to its owner the others too. `ad_free`: the platform's own."""
        self.me()
        if channel_id == AD_FREE:
            return {"items": [ad_free_view()], "next": None}
        channel = self.channel(checks.an_id(channel_id, "channel_id"))
        role = _role_in(channel)
        with self.db.reading() as session:
            found = plans.list_plans(session, channel["id"], sold_only=role != "owner")
            counts = plans.count_subscribers(session, channel["id"]) if role in TEAM else None
        items = [plan_view(plan, None if counts is None else counts.get(plan.id, 0)) for plan in found]
        return {"items": items, "next": None}

    @rpc
    def create_coupon(
        self,
        *,
        channel_id: str,
        code: str,
        percent: int,
        periods: int = 1,
        max_uses: int | None = None,
        expires_at: str | None = None,
    ) -> CouponView:
        """Make a coupon for one's channel; once for each Idempotency-Key."""
        me, channel_id = self.me(), checks.an_id(channel_id, "channel_id")
        facts: dict[str, Any] = {
            "code": _a_code(code),
            "percent": checks.a_number(percent, "percent", 1, coupons.MAX_PERCENT),
            "periods": checks.a_number(periods, "periods", 1, MAX_PERIODS),
            "max_uses": checks.an_optional_number(max_uses, "max_uses", 1, MAX_USES),
        }
        until = None if expires_at is None else checks.a_moment(expires_at, "expires_at")
        owner_id = self._demand_owner(channel_id)
        request = ["create_coupon", channel_id, facts, expires_at]

        def make(session: Session) -> CouponView:
            now = datetime.now(UTC)
            made = coupons.create_coupon(session, channel_id, owner_id, **facts, expires_at=until, now=now)
            return coupon_view(made)

        return self.write(lambda session: once(session, me, request, lambda: make(session)))

    @rpc
    def list_coupons(self, *, channel_id: str) -> Page[CouponView]:
        """Return a channel's coupons, for its owner."""
        self.me()
        channel_id = checks.an_id(channel_id, "channel_id")
        self._demand_owner(channel_id)
        with self.db.reading() as session:
            return {"items": [coupon_view(row) for row in coupons.list_coupons(session, channel_id)], "next": None}

    @rpc
    def delete_coupon(self, *, channel_id: str, code: str) -> None:
        """End a coupon of one's channel; who used it keeps what it gave."""
        self.me()
        channel_id, code = checks.an_id(channel_id, "channel_id"), _a_known_code(code)
        self._demand_owner(channel_id)
        self.write(lambda session: coupons.delete_coupon(session, channel_id, code))

    @rpc
    def check_coupon(self, *, plan_id: str, code: str) -> dict[str, Any]:
        """Return what the caller would pay for a plan with a coupon, and for how many periods."""
        me, code = self.me(), _a_known_code(code)
        if plan_id == AD_FREE:
            raise UnknownCoupon
        plan = self.find_plan(checks.an_id(plan_id, "plan_id"))
        self.channel(plan.channel_id)
        with self.db.reading() as session:
            coupon = coupons.check_coupon(session, plan.channel_id, code, me, datetime.now(UTC))
        return {"amount": coupons.price(plan.amount, coupon.percent, plan.currency), "periods": coupon.periods}

    def find_plan(self, plan_id: str) -> Plan:
        """Return a plan.

        Raises:
            UnknownPlan: There is none of that id.
        """
        with self.db.reading() as session:
            return plans.get_plan(session, plan_id)

    def channel(self, channel_id: str) -> dict[str, Any]:
        """Return a channel that the caller may know; outside any transaction.

        Raises:
            NotFound: They may not, or there is none.
        """
        found: dict[str, Any] = self.subscriptions.get_channel(channel_id=channel_id)
        return found

    def _demand_owner(self, channel_id: str) -> str:
        """Return who is paid for a channel that the caller owns.

        Raises:
            ChannelRoleTooLow: They may know it, and do not own it.
        """
        channel = self.channel(channel_id)
        if _role_in(channel) != "owner":
            raise ChannelRoleTooLow
        owner_id: str = channel["owner_id"]
        return owner_id


def _role_in(channel: dict[str, Any]) -> str | None:
    return channel["subscription"]["role"] if channel["subscription"] else None


def _a_title(value: object) -> str:
    title = checks.a_text(value, "title", MAX_TITLE).strip()
    return checks.a_text(title, "title", MAX_TITLE, 1)


_CHANGES: dict[str, Callable[[object], Any]] = {
    "title": _a_title,
    "active": lambda value: checks.a_flag(value, "active"),
}


def _plan_changes(changes: object) -> dict[str, Any]:
    return {name: _CHANGES[name](value) for name, value in checks.only_fields(changes, _CHANGES).items()}


def _a_code(value: object) -> str:
    """Return a coupon's code in upper case: 3 to 40 letters, digits, `-` and `_`."""
    if not isinstance(value, str) or not _CODE.fullmatch(value):
        raise Invalid("That is not a coupon's code.", code="coupon_code_invalid", field="code")
    return value.upper()


def _a_known_code(value: object) -> str:
    """Return what may be a coupon's code; whatever is none is unknown."""
    if not isinstance(value, str) or not _CODE.fullmatch(value):
        raise UnknownCoupon
    return value.upper()
