"""Receipts, for those who paid and those who were paid."""

from __future__ import annotations

import base64
from typing import Any, Literal

from contracts.base import ServiceError
from plumbing import checks
from plumbing.logs import get_logger
from plumbing.rpc import ServiceRpc, rpc
from plumbing.settings import settings
from svc_payments import receipt_html, receipt_pdf
from svc_payments.actions import receipts
from svc_payments.doors.base import Door
from svc_payments.payment_models import Payment
from svc_payments.receipt_words import LANGUAGES

log = get_logger(__name__)

FORMS = ("html", "pdf")


class Receipts(Door):
    """Made anew each time, with the refunds until then."""

    auth: Any = ServiceRpc("auth")

    @rpc
    def get_receipt(
        self, *, payment_id: str, language: str = "en", form: Literal["html", "pdf"] = "html"
    ) -> dict[str, str]:
        """Return `{content_type, name, body}` of a payment's receipt; a PDF's body in base64."""
        me, payment_id = self.me(), checks.an_id(payment_id, "payment_id")
        language, shape = checks.one_of(language, "language", LANGUAGES), checks.one_of(form, "form", FORMS)
        with self.db.reading() as session:
            facts = receipts.facts_of(session, payment_id, me)
        receipt = receipts.receipt_of(facts, me, self._names(facts.payment), language, settings().public_url)
        name = f"charla-{receipt.number}.{shape}"
        if shape == "pdf":
            body = base64.b64encode(receipt_pdf.pdf(receipt)).decode()
            return {"content_type": "application/pdf", "name": name, "body": body}
        return {"content_type": "text/html; charset=utf-8", "name": name, "body": receipt_html.html(receipt)}

    def _names(self, payment: Payment) -> dict[str, str]:
        """Return what both sides are called now; without svc_auth a receipt shows their ids."""
        people = [each for each in (payment.payer_id, payment.payee_id) if each is not None]
        try:
            found = self.auth.find_users(user_ids=people)
        except ServiceError as error:
            log.warning("names_not_known", code=error.code)
            return {}
        return {each["id"]: f"{each['display_name']} @{each['username']}" for each in found}
