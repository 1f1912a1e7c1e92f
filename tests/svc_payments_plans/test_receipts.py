"""Receipts: for both sides, in two languages and two forms, with what went back."""

from __future__ import annotations

import base64
import re
from datetime import UTC, datetime
from html.parser import HTMLParser

import pytest

from contracts.base import Invalid, Unavailable, new_id
from contracts.payments import UnknownPayment
from svc_payments import receipt_pdf
from svc_payments.actions import refunding
from svc_payments.service import PaymentsService
from tests.services import calling
from tests.svc_payments_plans.test_balances import tip
from tests.svc_payments_plans.world import FakeAuth, World

NOW = datetime.now(UTC)
WILD = '<script>alert("1")</script> & Zoë Ñandú Łódź Ωмега'


class Text(HTMLParser):
    """The words of a document, and what of it could do something."""

    def __init__(self, body: str) -> None:
        super().__init__()
        self.words: list[str] = []
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.feed(body)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        self.words.append(data)


def paid(world: World, auth: FakeAuth, note: str = "") -> tuple[str, str, str]:
    ada, bob = new_id(), new_id()
    auth.names |= {ada: WILD, bob: "Bob"}
    world.fund(ada, 10_000)
    return ada, bob, tip(world, ada, bob, 1_000, note=note)


def test_both_sides_have_one_and_only_the_payee_sees_the_fee(
    world: World, service: PaymentsService, auth: FakeAuth
) -> None:
    ada, bob, payment_id = paid(world, auth)
    with calling(ada):
        payers = service.get_receipt(payment_id=payment_id)["body"]
    with calling(bob):
        payees = service.get_receipt(payment_id=payment_id)["body"]
    for body in (payers, payees):
        text = Text(body).words
        assert "EUR\u00a010.00" in text
        assert f"Bob @u{bob[-6:]} ({bob})" in text
        assert any(WILD in each for each in text)
    assert "EUR\u00a09.50" in Text(payees).words
    assert "EUR\u00a09.50" not in Text(payers).words
    with calling(new_id()), pytest.raises(UnknownPayment):
        service.get_receipt(payment_id=payment_id)
    with calling(new_id(), "admin"), pytest.raises(UnknownPayment):
        service.get_receipt(payment_id=payment_id)


def test_nothing_in_it_can_run_or_load(world: World, service: PaymentsService, auth: FakeAuth) -> None:
    ada, _, payment_id = paid(world, auth, note='"><img src=x onerror=alert(1)>')
    with calling(ada):
        found = service.get_receipt(payment_id=payment_id)
    tags = Text(found["body"]).tags
    assert {tag for tag, _ in tags} <= {
        "html", "head", "meta", "title", "style", "body", "main", "h1", "p", "table", "tr", "th", "td"
    }  # fmt: skip
    assert not [
        name for _, attributes in tags for name in attributes if name.startswith("on") or name in ("src", "href")
    ]
    assert "url(" not in found["body"] and "@import" not in found["body"]
    assert found["content_type"].startswith("text/html")


def test_it_shows_what_went_back(world: World, service: PaymentsService, auth: FakeAuth) -> None:
    ada, bob, payment_id = paid(world, auth)
    for amount in (300, 200):
        facts = {"is_admin": False, "amount": amount, "reason": "", "end_access": None, "now": NOW}
        world.do(refunding.decide, payment_id, bob, **facts)
    with calling(ada):
        words = Text(service.get_receipt(payment_id=payment_id, language="es")["body"]).words
    assert [each for each in words if each.startswith("Reembolso del")] == [f"Reembolso del {NOW:%Y-%m-%d}"] * 2
    assert words.index("-3,00\u00a0EUR") < words.index("-2,00\u00a0EUR") < words.index("5,00\u00a0EUR")


def test_the_pdf_says_the_same(world: World, service: PaymentsService, auth: FakeAuth) -> None:
    pdfium = pytest.importorskip("pypdfium2")
    ada, _, payment_id = paid(world, auth, note="long " * 59 + "w" * 4)
    with calling(ada):
        found = service.get_receipt(payment_id=payment_id, form="pdf", language="es")
    raw = base64.b64decode(found["body"])
    assert raw.startswith(b"%PDF-") and b"/JavaScript" not in raw and b"/URI" not in raw
    document = pdfium.PdfDocument(raw)
    text = document[0].get_textpage().get_text_range()
    document.close()
    flat = re.sub(r"\s+", " ", text)
    assert "Recibo" in flat and "10,00 EUR" in flat
    assert "Zoë Ñandú Łódź Ωмега" in flat
    assert found["name"].endswith(".pdf") and found["content_type"] == "application/pdf"


def test_characters_that_no_font_has_are_question_marks(world: World, service: PaymentsService, auth: FakeAuth) -> None:
    ada, _, payment_id = paid(world, auth)
    auth.names[ada] = "愛 🦊"
    with calling(ada):
        assert base64.b64decode(service.get_receipt(payment_id=payment_id, form="pdf")["body"])
    assert receipt_pdf.shown("愛 a", receipt_pdf._font("regular")) == "? a"


def test_without_names_it_shows_ids(
    world: World, service: PaymentsService, auth: FakeAuth, monkeypatch: pytest.MonkeyPatch
) -> None:
    ada, bob, payment_id = paid(world, auth)

    def away(**_: object) -> None:
        raise Unavailable

    monkeypatch.setattr(auth, "find_users", away)
    with calling(ada):
        words = Text(service.get_receipt(payment_id=payment_id)["body"]).words
    assert ada in words and bob in words


def test_only_known_forms_and_languages(world: World, service: PaymentsService, auth: FakeAuth) -> None:
    ada, _, payment_id = paid(world, auth)
    with calling(ada):
        for more in ({"language": "xx"}, {"form": "exe"}, {"language": None}):
            with pytest.raises(Invalid):
                service.get_receipt(payment_id=payment_id, **more)  # type: ignore[arg-type]
