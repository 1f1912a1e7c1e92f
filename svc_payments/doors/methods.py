"""Cards that people have saved with the provider. Their numbers never come here."""

from __future__ import annotations

from contextlib import suppress
from uuid import UUID, uuid5

from contracts.base import Page, new_id
from contracts.payments import PaymentMethodView, UnknownPaymentMethod
from plumbing import checks
from plumbing.context import current_call
from plumbing.rpc import rpc
from plumbing.settings import settings
from svc_payments import money_checks
from svc_payments.actions import calling, customers
from svc_payments.doors.moving import Moving
from svc_payments.provider.base import ProviderRefused


class Methods(Moving):
    """One's own saved cards."""

    @rpc
    def list_payment_methods(self) -> Page[PaymentMethodView]:
        """Return one's saved cards, the newest first, as the provider has them now."""
        me = self.me()
        calling.within(calling.time_left_s(), lambda: customers.refresh(self, me))
        with self.db.reading() as session:
            return {"items": customers.list_cards(session, me), "next": None}

    @rpc
    def add_payment_method(self, *, return_path: str = "/") -> dict[str, str]:
        """Return `{url}` of the provider's page on which a card is saved."""
        me, path = self.me(), money_checks.a_return_path(return_path)
        # A page that is opened twice costs nothing: the key only saves the provider work.
        call_id = current_call().idempotency_key or new_id()
        return {"url": calling.within(calling.time_left_s(), lambda: self._open_setup(me, path, call_id))}

    def _open_setup(self, me: str, path: str, call_id: str) -> str:
        customer_id = customers.ensure(self, me)
        page = self.provider.open_setup(
            call_id=str(uuid5(UUID(me), f"setup {call_id} {path}")),
            user_id=me,
            customer_id=customer_id,
            return_url=settings().public_url.rstrip("/") + path,
        )
        return str(page.url)

    @rpc
    def set_default_payment_method(self, *, method_id: str) -> PaymentMethodView:
        """Make one of one's cards the one that is proposed first."""
        me, method_id = self._mine(method_id)
        return self.write(lambda session: customers.set_default(session, me, method_id))

    @rpc
    def delete_payment_method(self, *, method_id: str) -> None:
        """Have the provider forget one of one's cards."""
        me, method_id = self._mine(method_id)
        with suppress(ProviderRefused):  # it is gone already
            calling.within(calling.time_left_s(), lambda: self.provider.detach_method(method_id))
        self.write(lambda session: customers.forget_card(session, me, method_id))

    def _mine(self, method_id: object) -> tuple[str, str]:
        """Return the caller and the id of a card of theirs.

        Raises:
            UnknownPaymentMethod: They have no such card.
        """
        me, wanted = self.me(), checks.a_text(method_id, "method_id", money_checks.MAX_METHOD, 1)
        with self.db.reading() as session:
            if not customers.has_card(session, me, wanted):
                raise UnknownPaymentMethod
        return me, wanted
