"""Money between people, through Nginx and the provider's own page: shown live, opened at once, closed in time."""

from __future__ import annotations

import json
import secrets
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
import requests

from tests.e2e.paying import CARD, DECLINED, PROVED, begin, give, pay, settle, use_card
from tests.e2e.people import PATIENCE_S, Person, Socket, eventually

SECRET, TEASER = "the pass is open until noon", "News of the pass"


def _made(person: Person, path: str, body: Any, method: str = "POST") -> Any:
    answer = person.ask(method, path, body)
    assert answer.status_code in (200, 201), answer.text
    return answer.json()


def _transfer(room: str, payee: Person, amount: int = 1_250) -> dict[str, Any]:
    return {"conversation_id": room, "payee_id": payee.id, "amount": amount, "currency": "EUR", "note": "pizza"}


@pytest.mark.parametrize("card", [CARD, PROVED])
def test_a_payment_in_a_chat_is_shown_live_to_both(
    ana: Person, ben: Person, room: str, screen: Socket, card: str
) -> None:
    own = ana.socket()
    payment = begin(ana, "/payments", _transfer(room, ben))
    assert ana.get(f"/conversations/{room}/messages")["items"] == []  # nobody is shown a try
    assert use_card(payment["action_url"], card) == 303
    settle(ana, payment)
    for socket in (own, screen):
        shown = socket.next("message.created")["data"]
        assert (shown["kind"], shown["author_id"], shown["text"]) == ("payment", ana.id, "pizza")
        assert (shown["payment"]["id"], shown["payment"]["amount"]) == (payment["id"], 1_250)
    refund = begin(ben, "/refunds", {"payment_id": payment["id"], "amount": 250})
    for socket in (own, screen):
        changed = socket.next("message.edited")["data"]
        while changed["payment"]["refunded"] == 0:
            changed = socket.next("message.edited")["data"]
        assert (changed["id"], changed["payment"]["refunded"]) == (shown["id"], 250)
    eventually(lambda: ben.get(f"/payments/{payment['id']}/refunds")["items"][0]["status"] == "succeeded")
    assert refund["amount"] == 250
    own.close()


def test_many_clicks_at_once_spend_a_balance_once_each_and_no_more_than_it_is(
    ana: Person, ben: Person, room: str, screen: Socket
) -> None:
    give(ana, 3_000)
    keys = [secrets.token_hex(8) for _ in range(10)]

    def click(key: str) -> tuple[int, str]:
        headers = {"Authorization": f"Bearer {ana.token}", "Idempotency-Key": key}
        body = {**_transfer(room, ben, 1_000), "method": "balance"}
        answer = requests.post(f"{ana.url}/v1/payments", json=body, headers=headers, timeout=60)
        told = answer.json()
        return answer.status_code, told.get("id") or told["code"]

    with ThreadPoolExecutor(20) as pool:
        told = list(pool.map(click, keys * 2))
    paid = {payment_id for status, payment_id in told if status == 201}
    assert len(paid) == 3
    assert {each for each in told if each[0] != 201} == {(409, "balance_too_low")}
    (ours,) = [each for each in ana.get("/balance")["items"] if each["currency"] == "EUR"]
    assert (ours["available"], len(ana.get("/payments")["items"])) == (0, 3)
    shown = [screen.next("message.created")["data"]["payment"]["id"] for _ in range(3)]
    assert sorted(shown) == sorted(paid)
    assert len(ana.get(f"/conversations/{room}/messages")["items"]) == 3


def test_a_double_click_charges_once_and_a_refused_card_not_at_all(ana: Person, ben: Person, room: str) -> None:
    key = secrets.token_hex(8)
    first, again = (begin(ana, "/payments", _transfer(room, ben), key) for _ in range(2))
    assert first["id"] == again["id"]
    assert use_card(first["action_url"], DECLINED) == 200  # the page says so, and takes another card
    assert use_card(first["action_url"]) == 303
    settle(ana, first)
    use_card(first["action_url"])
    assert len(ana.get("/payments")["items"]) == 1
    eventually(lambda: ben.get("/balance")["items"])
    (balance,) = ben.get("/balance")["items"]
    assert balance["available"] + balance["pending"] == 1_250


def test_a_request_is_paid_and_its_message_says_so(ana: Person, ben: Person, room: str, screen: Socket) -> None:
    wanted = {"conversation_id": room, "payer_id": ben.id, "amount": 900, "currency": "EUR", "note": "rent"}
    request = begin(ana, "/payment-requests", wanted)
    shown = screen.next("message.created")["data"]
    assert (shown["payment"]["kind"], shown["payment"]["status"]) == ("request", "open")
    payment = pay(ben, f"/payment-requests/{request['id']}/pay")
    changed = screen.next("message.edited")["data"]
    while changed["payment"]["payment_id"] is None:
        changed = screen.next("message.edited")["data"]
    assert (changed["id"], changed["payment"]["status"]) == (shown["id"], "paid")
    assert changed["payment"]["payment_id"] == payment["id"]
    assert len(ana.get(f"/conversations/{room}/messages")["items"]) == 1


def test_a_receipt_is_shown_to_both_and_can_do_nothing(ana: Person, ben: Person, room: str) -> None:
    payment = pay(ana, "/payments", _transfer(room, ben))
    for reader in (ana, ben):
        answer = reader.ask("GET", f"/payments/{payment['id']}/receipt")
        assert answer.status_code == 200, answer.text
        assert answer.headers["Content-Type"] == "text/html; charset=utf-8"
        assert "sandbox" in answer.headers["Content-Security-Policy"]
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert "12.50" in answer.text
    paper = ana.ask("GET", f"/payments/{payment['id']}/receipt?form=pdf&language=es")
    assert paper.content.startswith(b"%PDF-")
    assert paper.headers["Content-Disposition"].startswith("attachment")


def _channel(owner: Person) -> str:
    body = {"title": "Mountain news", "visibility": "public"}
    return str(_made(owner, "/channels", body)["id"])


def test_a_tip_reaches_the_creator_and_they_are_told(ana: Person, ben: Person) -> None:
    channel = _channel(ana)
    payment = pay(ben, "/tips", {"channel_id": channel, "amount": 500, "currency": "EUR"})
    line = eventually(lambda: [each for each in ana.get("/notifications")["items"] if each["kind"] == "payment"])[0]
    assert line["why"]["payment_id"] == payment["id"]
    (balance,) = eventually(lambda: ana.get("/balance")["items"])
    assert balance["available"] + balance["pending"] == 475  # less the platform's fee


def _publish(owner: Person, channel: str, **facts: Any) -> str:
    body = {"client_post_id": secrets.token_hex(8), "text": SECRET, "teaser": TEASER, **facts}
    return str(_made(owner, f"/channels/{channel}/posts", body)["id"])


def _ways_to_read(reader: Person, channel: str, post: str) -> dict[str, Any]:
    """Return what each way to read a post says."""
    return {
        "post": reader.get(f"/posts/{post}"),
        "posts": reader.get(f"/channels/{channel}/posts"),
        "log": reader.get(f"/channels/{channel}/log", after_seq=0),
        "poll": reader.get("/poll"),
        "notifications": reader.get("/notifications"),
    }


def _reads(reader: Person, post: str) -> bool:
    return SECRET in json.dumps(reader.get(f"/posts/{post}"))


def test_a_paid_channel_is_locked_then_open_then_locked_again(ana: Person, ben: Person, person: Any) -> None:
    channel, eve = _channel(ana), person("eve")
    plan = _made(ana, f"/channels/{channel}/plans", {"title": "Members", "amount": 300, "currency": "EUR"})
    eventually(lambda: ben.get(f"/channels/{channel}")["paid"])
    for each in (ben, eve):
        _made(each, f"/channels/{channel}/subscription", {"level": "all"})
    screen = eve.socket()
    post = _publish(ana, channel, paid=True)
    frame = screen.next("post.published")["data"]
    assert (frame["locked"], frame["text"]) == (True, TEASER)
    for reader in (ben, eve):
        said = _ways_to_read(reader, channel, post)
        assert [way for way, answer in said.items() if SECRET in json.dumps(answer)] == []
    payment = pay(ben, f"/plans/{plan['id']}/subscription", {"method": "card"})
    eventually(lambda: _reads(ben, post))
    said = _ways_to_read(ben, channel, post)
    assert {way for way, answer in said.items() if SECRET in json.dumps(answer)} >= {"post", "posts", "log"}
    assert not _reads(eve, post)
    assert [each["subject_id"] for each in ben.get("/users/me/entitlements")["items"]] == [channel]
    begin(ana, "/refunds", {"payment_id": payment["id"]})
    eventually(lambda: not _reads(ben, post), PATIENCE_S)
    assert not _reads(eve, post)
    screen.close()


def test_a_post_is_bought_once_and_for_good(ana: Person, ben: Person) -> None:
    channel = _channel(ana)
    post = _publish(ana, channel, price={"amount": 200, "currency": "EUR"})
    shown = ben.get(f"/posts/{post}")
    assert (shown["locked"], shown["text"], shown["price"]) == (True, TEASER, {"amount": 200, "currency": "EUR"})
    screen = ben.socket()
    pay(ben, f"/posts/{post}/purchase")
    told = screen.next("entitlement.changed")["data"]
    assert (told["subject_id"], told["active"], told["until"]) == (post, True, None)
    assert _reads(ben, post)
    headers = {"Authorization": f"Bearer {ben.token}", "Idempotency-Key": secrets.token_hex(8)}
    again = requests.post(f"{ben.url}/v1/posts/{post}/purchase", headers=headers, timeout=60)
    assert (again.status_code, again.json()["code"]) == (409, "already_paid_for")
    screen.close()


@pytest.mark.parametrize("signature", [None, "", "t=1,v1=00", "t=99999999999,v1=" + "0" * 64, "x" * 5_000])
def test_a_forged_message_of_the_provider_is_refused(url: str, signature: str | None) -> None:
    headers = {} if signature is None else {"Stripe-Signature": signature}
    answer = requests.post(f"{url}/v1/webhooks/stripe", data=b'{"id":"evt_forged"}', headers=headers, timeout=60)
    assert (answer.status_code, answer.json()["code"]) == (400, "webhook_invalid")


def test_a_message_that_is_too_long_is_not_read(url: str) -> None:
    headers = {"Stripe-Signature": "t=1,v1=00"}
    answer = requests.post(f"{url}/v1/webhooks/stripe", data=b"x" * 300_000, headers=headers, timeout=60)
    assert (answer.status_code, answer.json()["code"]) == (413, "body_too_large")
