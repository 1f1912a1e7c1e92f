"""Having one's money sent to one's bank."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, datetime
from typing import TypeVar

from contracts.base import Invalid, Page
from contracts.payments import PayoutAccountView, PayoutView
from plumbing import checks
from plumbing.rpc import rpc
from plumbing.settings import settings
from svc_payments import money_checks
from svc_payments.actions import calling, payout_accounts, payouts
from svc_payments.actions import paying_out as _  # noqa: F401 - says how transfers are made
from svc_payments.doors.moving import Moving
from svc_payments.plan_models import Payout
from svc_payments.plan_views import payout_view
from svc_payments.provider.base import ProviderRefused

MAX_PAGE = 100
_COUNTRY = re.compile(r"[A-Z]{2}")
Answer = TypeVar("Answer")


def _a_country(value: object) -> str:
    """Return a country's code (ISO 3166-1 alpha-2)."""
    if not isinstance(value, str) or not _COUNTRY.fullmatch(value):
        raise Invalid("That is not a country's code.", code="country_invalid", field="country")
    return value


class Payouts(Moving):
    """Payout accounts and payouts, by their person alone."""

    @rpc
    def get_payout_account(self) -> PayoutAccountView:
        """Return where the caller's payouts go; while that is not ready the provider is asked."""
        me = self.me()
        with self.db.reading() as session:
            found = payout_accounts.find(session, me)
        if found is None or found.ready:
            return payout_accounts.view(found)
        return payout_accounts.view(self._asked(lambda: payout_accounts.refresh(self, me)))

    @rpc
    def open_payout_account(self, *, country: str, return_path: str = "/") -> PayoutAccountView:
        """Begin to say where one's payouts shall go, or go on with it on the provider's pages."""
        me, path = self.me(), money_checks.a_return_path(return_path)
        where = _a_country(country)
        url = settings().public_url.rstrip("/") + path
        return self._asked(lambda: payout_accounts.open_account(self, me, where, url))

    def _asked(self, ask: Callable[[], Answer]) -> Answer:
        """Return what the provider answers within the time that somebody waits."""
        try:
            answer: Answer = calling.within(calling.time_left_s(), ask)
        except ProviderRefused as error:
            raise Invalid(
                "The payment provider cannot pay out there.", code="payout_account_refused", reason=error.code
            ) from error
        return answer

    @rpc
    def create_payout(self, *, amount: int, currency: str) -> PayoutView:
        """Have money sent to one's bank; once for each Idempotency-Key."""
        me, currency = self.me(), money_checks.a_currency(currency)
        amount = money_checks.an_amount(amount, currency)
        request = ["create_payout", amount, currency]
        payout_id = self.made_before(request)
        if payout_id is None:
            now = datetime.now(UTC)
            payout_id = self.make_once(
                request, lambda session: payouts.create_payout(session, me, amount, currency, now).id
            )
        calling.make_wanted(self, str(payout_id))
        with self.db.reading() as session:
            return payout_view(session.get_one(Payout, (me, str(payout_id))))

    @rpc
    def list_payouts(self, *, limit: int = 50, after: str | None = None) -> Page[PayoutView]:
        """Return the caller's payouts, the newest first."""
        me, limit, cursor = self.me(), checks.a_limit(limit, MAX_PAGE), checks.from_cursor(after, str)
        before = checks.an_id(cursor[0], "after") if cursor else None
        with self.db.reading() as session:
            found = payouts.list_of(session, me, limit + 1, before)
        items = [payout_view(row) for row in found[:limit]]
        return {"items": items, "next": checks.to_cursor(items[-1]["id"]) if len(found) > limit else None}
