"""Money in the browser: the sheets of the client, and the page of the payment provider's sandbox."""

from __future__ import annotations

import re
import secrets
import time
from contextlib import closing
from typing import Any
from urllib.parse import urlsplit, urlunsplit

import psycopg2
import requests
from playwright.sync_api import Locator, expect

from stack.environment import read
from stack.rundir import RunDir
from tests.web.accounts import Account
from tests.web.client import Client

GOOD, DECLINED, ASKS_ALWAYS = "4242424242424242", "4000000000000002", "4000002760003184"
_PATIENCE_S = 30.0


class HostedPage:
    """The provider's own page, where cards are typed."""

    def __init__(self, client: Client) -> None:
        self.page = client.page
        expect(self.page.locator("#number")).to_be_visible()

    def type(self, number: str) -> None:
        """Type a card, and pay with it."""
        self.page.locator("#number").fill(number)
        self.page.locator("#expiry").fill("12/34")
        self.page.locator("#code").fill("123")
        self.page.locator("form button.primary").click()

    def refuses(self) -> None:
        """Wait until it says that the card is not taken."""
        expect(self.page.locator("#wrong")).to_be_visible()

    def confirm(self) -> None:
        """Tell the bank that it is really its customer."""
        self.page.locator("button[name=answer][value=complete]").click()

    def leave(self) -> None:
        """Go back without paying."""
        self.page.locator("main p > a").click()


class Sheet:
    """The dialog in which one pays, asks for money or subscribes."""

    def __init__(self, client: Client) -> None:
        self.client = client
        self.dialog = client.page.get_by_role("dialog").filter(visible=True)
        expect(self.dialog).to_be_visible()

    def amount(self, typed: str) -> Sheet:
        """Say how much."""
        self.client.field("payments.amount", self.dialog).fill(typed)
        return self

    def note(self, words: str) -> Sheet:
        """Say what for."""
        self.client.field("payments.note", self.dialog).fill(words)
        return self

    def with_card(self) -> Sheet:
        """Choose a card that is typed at the provider's page."""
        self.dialog.get_by_role("radio", name=re.compile(re.escape(self.client.words("payments.method.card")))).check()
        return self

    def submit(self, text_id: str = "payments.do.pay_amount") -> Locator:
        """Find the button that does it."""
        return self.client.button(text_id, self.dialog)


def pay_by_api(person: Account, payment: dict[str, Any], card: str = GOOD) -> dict[str, Any]:
    """Do at the provider's page what a browser would; return the payment once it is over."""
    while payment["status"] == "created":
        payment = person.get(f"/payments/{payment['id']}")
    answer = requests.post(payment["action_url"], data={"shortcut": card}, allow_redirects=False, timeout=20)
    assert answer.status_code < 400, answer.text
    return wait_for_payment(person, payment["id"], "succeeded")


def wait_for_payment(person: Account, payment_id: str, status: str) -> dict[str, Any]:
    """Ask until a payment is so."""
    end = time.monotonic() + _PATIENCE_S
    while (payment := person.get(f"/payments/{payment_id}"))["status"] != status:
        assert time.monotonic() < end, payment
    return payment


def sell(owner: Account, channel: str, title: str, amount: int) -> str:
    """Make a plan; return its id once the channel is known to sell it."""
    answer = owner.ask("POST", f"/channels/{channel}/plans", {"title": title, "amount": amount, "currency": "EUR"})
    assert answer.status_code == 201, answer.text
    end = time.monotonic() + _PATIENCE_S
    while not owner.get(f"/channels/{channel}")["paid"]:
        assert time.monotonic() < end
    return str(answer.json()["id"])


def subscribe_by_api(person: Account, plan: str) -> None:
    """Subscribe, and pay with a good card."""
    pay_by_api(person, _begin(person, f"/plans/{plan}/subscription", {})["payment"])


def top_up_by_api(person: Account, amount: int, purpose: str) -> None:
    """Pay in advance with a good card: into one's balance, or for ads."""
    pay_by_api(person, _begin(person, "/top-ups", {"amount": amount, "currency": "EUR", "purpose": purpose}))


def tip_by_api(person: Account, channel: str, amount: int) -> None:
    """Give a tip with a good card."""
    pay_by_api(person, _begin(person, "/tips", {"channel_id": channel, "amount": amount, "currency": "EUR"}))


def pay_in_chat_by_api(person: Account, other: Account, room: str, amount: int, note: str) -> None:
    """Pay somebody in a chat with a good card."""
    body = {"conversation_id": room, "payee_id": other.id, "amount": amount, "currency": "EUR", "note": note}
    pay_by_api(person, _begin(person, "/payments", body))


def ask_by_api(person: Account, payer: Account, room: str, amount: int, note: str) -> None:
    """Ask somebody in a chat for money."""
    asked = {"conversation_id": room, "payer_id": payer.id, "amount": amount, "currency": "EUR", "note": note}
    _begin(person, "/payment-requests", asked)


def _begin(person: Account, path: str, body: dict[str, Any]) -> dict[str, Any]:
    headers = {"Authorization": f"Bearer {person.token}", "Idempotency-Key": secrets.token_hex(16)}
    answer = requests.post(f"{person.url}/v1{path}", json=body, headers=headers, timeout=40)
    assert answer.status_code == 201, answer.text
    begun: dict[str, Any] = answer.json()
    return begun


def let_days_pass(person: Account) -> None:
    """Let what somebody got be available at once: nobody waits a week, and the ledger itself changes nothing."""
    parts = urlsplit(read(RunDir.current().env_file("ops"))["DATABASE_URL"].replace("+psycopg2", ""))
    place = urlsplit(read(RunDir.current().env_file("payments"))["DATABASE_URL"]).path
    with (
        closing(psycopg2.connect(urlunsplit(parts._replace(path=place)))) as connection,
        connection,
        connection.cursor() as cursor,
    ):
        cursor.execute("SET LOCAL session_replication_role = replica")
        mature = "UPDATE ledger_entries SET available_at = at WHERE available_at > now() AND account_id LIKE %s"
        cursor.execute(mature, (f"%{person.id}%",))
        assert cursor.rowcount > 0
