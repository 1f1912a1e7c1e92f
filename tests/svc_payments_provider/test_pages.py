from __future__ import annotations

import re
from uuid import uuid4

import pytest
import requests
from fixture_types import Open
from sandbox_process import BACK, Sandbox, send

from svc_payments.provider.stripe_provider import StripeProvider
from svc_payments.sandbox.cards import CARDS
from svc_payments.sandbox.words import LANGUAGES, money


def page_of(url: str, language: str = "en") -> requests.Response:
    return requests.get(url, headers={"Accept-Language": language}, timeout=60)


@pytest.fixture
def urls(provider: StripeProvider, customer: str, open_page: Open) -> list[str]:
    """One of each kind of page."""
    paying = open_page().url
    question = send(open_page().url, shortcut="4000002500003155").headers["Location"]
    saving = provider.open_setup(call_id=uuid4().hex, user_id="u", customer_id=customer, return_url=BACK).url
    account = provider.make_account(call_id=uuid4().hex, user_id="u", country="MX")
    return [paying, question, saving, provider.onboarding_url(account, BACK), f"{paying}x"]


def test_pages_run_nothing_and_lead_nowhere_else(urls: list[str]) -> None:
    for url in urls:
        answer = page_of(url)
        policy = answer.headers["Content-Security-Policy"]
        assert policy.startswith("default-src 'none'; style-src 'self'")
        assert "frame-ancestors 'none'" in policy
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert answer.headers["Referrer-Policy"] == "no-referrer"
        assert not re.search(r"<script|<style|\son\w+=|style=|javascript:", answer.text)
    # Browsers hold the redirect after a form against the policy, too.
    assert "form-action 'self' http://127.0.0.1:9;" in page_of(urls[0]).headers["Content-Security-Policy"]


def test_pages_speak_two_languages(urls: list[str]) -> None:
    assert "Pay €10.00" in page_of(urls[0]).text
    assert "Pagar 10,00\N{NO-BREAK SPACE}€" in page_of(urls[0], "es-MX,es;q=0.9,en;q=0.5").text
    for url in urls:
        assert '<html lang="es">' in page_of(url, "es").text
        assert '<html lang="en">' in page_of(url, "fr").text


def test_both_languages_say_the_same_things() -> None:
    assert LANGUAGES["en"].keys() == LANGUAGES["es"].keys()
    for name, text in LANGUAGES["en"].items():
        assert set(re.findall(r"\{\w+\}", text)) == set(re.findall(r"\{\w+\}", LANGUAGES["es"][name])), name


@pytest.mark.parametrize(
    ("amount", "currency", "english", "spanish"),
    [
        (123456, "eur", "€1,234.56", "1.234,56\N{NO-BREAK SPACE}€"),
        (500, "jpy", "¥500", "500\N{NO-BREAK SPACE}¥"),
        (50, "mxn", "MX$0.50", "0,50\N{NO-BREAK SPACE}MX$"),
    ],
)
def test_amounts_are_written_as_people_do(amount: int, currency: str, english: str, spanish: str) -> None:
    assert money(amount, currency, "en") == english
    assert money(amount, currency, "es") == spanish


def test_each_field_has_a_label_and_each_card_a_button(open_page: Open) -> None:
    text = page_of(open_page().url).text
    fields = re.findall(r'<input id="(\w+)"', text)
    assert fields == ["number", "expiry", "code"]
    assert all(f'<label for="{name}">' in text for name in fields)
    assert all(f'value="{card.number}"' in text for card in CARDS)
    assert f'<a href="{BACK}">' in text


def test_titles_are_not_markup(open_page: Open) -> None:
    text = page_of(open_page(title='<b>Tip</b> & "more"').url).text
    assert "<h1>&lt;b&gt;Tip&lt;/b&gt; &amp; &#34;more&#34;</h1>" in text


def test_a_card_is_typed(open_page: Open) -> None:
    answer = send(open_page().url, number="4242 4242 4242 4242", expiry="12/40", code="123")
    assert (answer.status_code, answer.headers["Location"]) == (303, BACK)


@pytest.mark.parametrize(
    ("form", "says"),
    [
        ({}, "unknown_card"),
        ({"number": "4111111111111111", "expiry": "12/40", "code": "123"}, "unknown_card"),
        ({"number": "4242424242424242", "expiry": "13/40", "code": "123"}, "bad_expiry"),
        ({"number": "4242424242424242", "expiry": "01/20", "code": "123"}, "bad_expiry"),
        ({"number": "4242424242424242", "expiry": "12/40", "code": "12"}, "bad_code"),
    ],
)
def test_what_is_wrong_with_a_card_is_said(
    provider: StripeProvider, open_page: Open, form: dict[str, str], says: str
) -> None:
    page = open_page()
    answer = send(page.url, **form)
    assert answer.status_code == 200
    assert f'role="alert">{LANGUAGES["en"][says]}' in answer.text
    assert "4111" not in answer.text
    assert provider.fetch_payment(session_id=page.session_id).intent_id is None


def test_the_page_names_the_session_where_it_is_asked_to(open_page: Open) -> None:
    page = open_page(return_url=f"{BACK}?session={{CHECKOUT_SESSION_ID}}")
    assert send(page.url, shortcut=CARDS[0].number).headers["Location"] == f"{BACK}?session={page.session_id}"


def test_made_up_addresses_open_nothing(sandbox: Sandbox, open_page: Open) -> None:
    question = send(open_page().url, shortcut="4000002500003155").headers["Location"]
    for url in ("/c/cs_test_x", "/3ds/pi_x_secret_y", "/onboard/acct_x/y", question.removeprefix(sandbox.url)[:-1]):
        assert page_of(sandbox.url + url).status_code == 410
        assert send(sandbox.url + url, answer="complete", shortcut=CARDS[0].number).status_code == 410
