from __future__ import annotations

import json
import time
from typing import Any
from uuid import uuid4

import pytest
import stripe
from fixture_types import Open, Paid
from hypothesis import given, settings
from hypothesis import strategies as some
from sandbox_process import KEY, WEBHOOK_SECRET, Message, Receiver, Sandbox, pay, wait_for

from svc_payments.provider.base import WebhookEvent, WebhookInvalid
from svc_payments.provider.stripe_provider import StripeProvider
from svc_payments.provider.stripe_webhooks import MAX_BODY, read_webhook

NOW = 1_800_000_000


def event(**otherwise: Any) -> dict[str, Any]:
    made = {
        "id": "evt_1",
        "object": "event",
        "api_version": "2026-10-28.endive",
        "created": NOW,
        "data": {"object": {"id": "ch_1", "object": "charge", "payment_intent": "pi_1", "metadata": {"a": "b"}}},
        "livemode": False,
        "pending_webhooks": 1,
        "request": {"id": None, "idempotency_key": None},
        "type": "charge.succeeded",
    }
    return {**made, **otherwise}


def signed(body: bytes, at: int = NOW, secret: str = WEBHOOK_SECRET) -> str:
    """As Stripe's own package signs."""
    return str(stripe.WebhookSignature.generate_signature_header(body.decode(), secret, at))


def read(body: bytes, signature: str, now: float = NOW, livemode: bool = False) -> WebhookEvent:
    return read_webhook(body, signature, secret=WEBHOOK_SECRET, livemode=livemode, now=now)


# as they come


def events_of(provider: StripeProvider, receiver: Receiver, payment_id: str) -> list[WebhookEvent]:
    """The messages about one payment, each verified."""
    found = [provider.read_webhook(message.body, message.signature) for message in list(receiver.messages)]
    return [one for one in found if one.metadata.get("payment_id") == payment_id]


def test_messages_of_a_payment_arrive_and_are_believed(
    provider: StripeProvider, receiver: Receiver, paid: Paid
) -> None:
    payment_id = uuid4().hex
    payment = paid(payment_id=payment_id)
    wait_for(lambda: len(events_of(provider, receiver, payment_id)) == 4)
    found = {one.type: one for one in events_of(provider, receiver, payment_id)}
    assert set(found) == {
        "charge.succeeded",
        "checkout.session.completed",
        "payment_intent.created",
        "payment_intent.succeeded",
    }
    assert found["payment_intent.succeeded"].object_id == payment.intent_id
    assert found["checkout.session.completed"].object_kind == "checkout.session"
    assert {one.intent_id for one in found.values()} == {payment.intent_id}
    assert {(one.livemode, one.account) for one in found.values()} == {(False, None)}


def test_messages_of_an_account_name_it(provider: StripeProvider, receiver: Receiver, account: str) -> None:
    def told() -> list[WebhookEvent]:
        found = [provider.read_webhook(message.body, message.signature) for message in list(receiver.messages)]
        return [one for one in found if one.account == account]

    wait_for(told)
    assert (told()[0].type, told()[0].object_id) == ("account.updated", account)


def test_a_message_that_is_refused_comes_again(provider: StripeProvider, receiver: Receiver, open_page: Open) -> None:
    payment_id = uuid4().hex
    page = open_page(payment_id=payment_id)
    receiver.refusing = 3
    pay(page.url)
    wait_for(lambda: len(events_of(provider, receiver, payment_id)) == 4)
    assert receiver.refusing == 0


def test_messages_are_lost_doubled_late_and_turned_around(
    sandbox: Sandbox, provider: StripeProvider, receiver: Receiver, open_page: Open
) -> None:
    def types(payment_id: str) -> list[str]:
        return [one.type for one in events_of(provider, receiver, payment_id)]

    def paying(trouble: dict[str, Any]) -> str:
        payment_id = uuid4().hex
        page = open_page(payment_id=payment_id)
        wait_for(lambda: sandbox.call("GET", "/sandbox/deliveries").json().get("waiting", 0) == 0)
        sandbox.control("webhooks", **trouble)
        pay(page.url)
        return payment_id

    lost = paying({"kind": "drop", "count": 3})
    wait_for(lambda: types(lost))
    doubled = paying({"kind": "double", "count": 4})
    wait_for(lambda: len(types(doubled)) == 8)
    began = time.monotonic()
    late = paying({"kind": "delay", "count": 4, "seconds": 1.5})
    wait_for(lambda: len(types(late)) == 4)
    assert time.monotonic() - began >= 1.5
    turned = paying({"kind": "reorder", "count": 4})
    wait_for(lambda: len(types(turned)) == 4)
    assert types(lost) == ["checkout.session.completed"]
    assert len({one.id for one in events_of(provider, receiver, doubled)}) == 4
    assert types(turned) == [
        "checkout.session.completed",
        "payment_intent.succeeded",
        "charge.succeeded",
        "payment_intent.created",
    ]


def test_events_can_be_asked_for(sandbox: Sandbox, paid: Paid) -> None:
    payment = paid()
    found = sandbox.call("GET", "/v1/events", {"type": "payment_intent.succeeded"}).json()["data"][0]
    assert found["data"]["object"]["id"] == payment.intent_id
    assert sandbox.call("GET", f"/v1/events/{found['id']}").json() == found


# who is believed


def test_a_message_signed_by_stripes_package_is_believed() -> None:
    body = json.dumps(event()).encode()
    found = read(body, signed(body))
    assert (found.id, found.type, found.object_kind, found.object_id) == ("evt_1", "charge.succeeded", "charge", "ch_1")
    assert (found.intent_id, found.created.timestamp(), found.metadata) == ("pi_1", NOW, {"a": "b"})


def test_the_sandbox_signs_as_stripe_does(receiver: Receiver, paid: Paid) -> None:
    paid()
    message: Message = wait_for(lambda: receiver.messages and receiver.messages[-1])
    assert stripe.WebhookSignature.verify_header(message.body, message.signature, WEBHOOK_SECRET, 300)


@pytest.mark.parametrize("skew", [-300, -1, 0, 1, 300])
def test_five_minutes_either_way_are_allowed(skew: int) -> None:
    body = json.dumps(event()).encode()
    assert read(body, signed(body, NOW + skew)).id == "evt_1"


@pytest.mark.parametrize("skew", [-301, 301, -86400, 86400, 10**30])
def test_old_and_future_messages_are_refused(skew: int) -> None:
    body = json.dumps(event()).encode()
    with pytest.raises(WebhookInvalid):
        read(body, signed(body, NOW + skew))


def test_forged_messages_are_refused() -> None:
    body = json.dumps(event()).encode()
    header = signed(body)
    forgeries = [
        (body.replace(b"ch_1", b"ch_2"), header),
        (body + b" ", header),
        (body, signed(body, secret="whsec_other")),
        (body, header.replace(f"t={NOW}", f"t={NOW + 1}")),
        (body, header.replace(f"t={NOW}", f"t={NOW},t={NOW + 10**6}")),
        (body, signed(body, NOW - 10**6).replace("t=", f"t={NOW},t=")),
        (body, f"t={NOW}"),
        (body, f"t={NOW},v1="),
        (body, f"t={NOW},v1=ñ"),
        (body, f"t={NOW},v1={header.partition('v1=')[2].upper()}"),
        (body, header.replace("v1=", "v0=")),
        (body, header.replace("t=", "t=x")),
        (body, ""),
        (body, "ñ=\x00,,=,v1"),
    ]
    for forged, signature in forgeries:
        with pytest.raises(WebhookInvalid):
            read(forged, signature)


def test_without_a_secret_nothing_is_believed() -> None:
    body = json.dumps(event()).encode()
    provider = StripeProvider(KEY, "", "http://127.0.0.1:9")
    for secret in ("", " ", WEBHOOK_SECRET):
        with pytest.raises(WebhookInvalid):
            provider.read_webhook(body, signed(body, int(time.time()), secret))


def test_a_secret_that_is_being_changed_may_sign_beside_the_new_one() -> None:
    body = json.dumps(event()).encode()
    other = signed(body, secret="whsec_other").split(",")[1]
    assert read(body, f"{signed(body)},{other}").id == "evt_1"


def test_messages_of_the_other_world_are_refused() -> None:
    body = json.dumps(event(livemode=True)).encode()
    with pytest.raises(WebhookInvalid):
        read(body, signed(body))
    assert read(body, signed(body), livemode=True).livemode
    with pytest.raises(WebhookInvalid):
        StripeProvider("sk_live_x", WEBHOOK_SECRET).read_webhook(
            *(lambda made: (made, signed(made, int(time.time()))))(json.dumps(event()).encode())
        )


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"null",
        b"[]",
        b"{",
        b'"event"',
        b"{}",
        b"[" * 100_000,
        json.dumps(event(object="v2.core.event")).encode(),
        json.dumps(event(id=None)).encode(),
        json.dumps(event(id="evt_\x00")).encode(),
        json.dumps(event(id="\ud800")).encode(),
        json.dumps(event(id="e" * 501)).encode(),
        json.dumps(event(created="now")).encode(),
        json.dumps(event(created=10**20)).encode(),
        json.dumps(event(created=-1)).encode(),
        json.dumps(event(created=float("nan"))).encode(),
        json.dumps(event(data=None)).encode(),
        json.dumps(event(data={"object": "ch_1"})).encode(),
        json.dumps(event(data={"object": {"id": 1, "object": "charge"}})).encode(),
        json.dumps(event(data={"object": {"id": "ch_1", "object": "charge", "metadata": "x"}})).encode(),
        json.dumps(event(data={"object": {"id": "ch_1", "object": "charge", "metadata": {"a": 1}}})).encode(),
    ],
)
def test_garbage_is_refused_even_if_it_is_signed(body: bytes) -> None:
    with pytest.raises(WebhookInvalid):
        read(body, signed(body))


def test_bodies_have_a_limit() -> None:
    padded = json.dumps(event()).encode()
    fits = padded + b" " * (MAX_BODY - len(padded))
    assert read(fits, signed(fits)).id == "evt_1"
    with pytest.raises(WebhookInvalid):
        read(fits + b" ", signed(fits + b" "))


def test_bytes_that_are_no_text_are_refused() -> None:
    with pytest.raises(WebhookInvalid):
        read(b"\xff\xfe", f"t={NOW},v1=00")


_JSON = some.recursive(
    some.none() | some.booleans() | some.integers() | some.floats() | some.text(),
    lambda inner: some.lists(inner) | some.dictionaries(some.text(), inner),
    max_leaves=8,
)


@settings(deadline=None)
@given(some.text(max_size=300), some.binary(max_size=300))
def test_no_garbage_is_believed_or_breaks_the_check(signature: str, body: bytes) -> None:
    with pytest.raises(WebhookInvalid):
        read(body, signature)


@settings(deadline=None)
@given(some.dictionaries(some.sampled_from(["id", "object", "created", "data", "type", "livemode", "account"]), _JSON))
def test_signed_events_of_any_shape_are_read_or_refused(changes: dict[str, Any]) -> None:
    body = json.dumps(event(**changes)).encode()
    try:
        found = read(body, signed(body))
    except WebhookInvalid:
        return
    assert isinstance(found.id, str)
    assert isinstance(found.object_id, str)
