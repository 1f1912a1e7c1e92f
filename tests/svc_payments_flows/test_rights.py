"""Every RPC of payments, requests, refunds, cards and webhooks, asked by everybody: no cell is left out."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest

from contracts.base import ServiceError, Unauthenticated, error_from_wire, new_id
from contracts.payments import PaymentsService as Promise
from plumbing.context import CallContext, current_call, working_on
from svc_payments.doors.chat_payments import ChatPayments
from svc_payments.doors.methods import Methods
from svc_payments.doors.payments import Payments
from svc_payments.doors.refunds import Refunds
from svc_payments.doors.requests import PaymentRequests
from svc_payments.doors.webhooks import Webhooks
from svc_payments.service import PaymentsService
from tests.services import service_token
from tests.svc_payments_flows.market import Market, keyed, refused
from tests.svc_payments_flows.test_refunds import bought

DOORS = (ChatPayments, Payments, PaymentRequests, Refunds, Methods, Webhooks)
#: The payer, the payee, who was in the conversation, somebody else, and one of the platform's admins.
ROLES = ("payer", "payee", "removed", "stranger", "admin")


@dataclass
class Scene:
    """A conversation with everything in it that a call may be about; Ada pays, Bob is paid."""

    market: Market
    people: dict[str, str]
    done: str
    open: str
    request: str
    card: str
    channel: str
    post: str


@pytest.fixture
def scene(market: Market) -> Scene:
    removed, admin = new_id(), new_id()
    people = {"payer": market.ada, "payee": market.bob, "removed": removed, "stranger": market.eve, "admin": admin}
    done, post = bought(market)
    for person in people.values():
        market.give(person, 10_000)
    with keyed(market.bob):
        request = market.service.create_payment_request(
            conversation_id=market.chat, payer_id=market.ada, amount=700, currency="EUR"
        )["id"]
    channel = market.channels.channel(new_id())
    return Scene(
        market,
        people,
        done,
        market.pay()["id"],
        request,
        market.saved_card(market.ada),
        channel,
        market.channels.post(channel, 300),
    )


def pay_by_item(service: PaymentsService, scene: Scene) -> Any:
    """Pay by one item of a batch, which has the caller's token in it."""
    item: Any = {
        "token": current_call().token,
        "idempotency_key": new_id(),
        "conversation_id": scene.market.chat,
        "payee_id": scene.people["payee"],
        "amount": 500,
        "currency": "EUR",
    }
    (result,) = service.create_payments(items=[item])
    if "error" in result:
        raise error_from_wire(result["error"])  # type: ignore[arg-type]
    return result["payment"]


Call = Callable[[PaymentsService, Scene], Any]
EVERYBODY = "done done done done done"
NO_CHAT = "unknown_conversation"
NO_PAYMENT = "unknown_payment"
NO_REQUEST = "unknown_payment_request"
NO_CARD = "unknown_payment_method"

#: Name, call, and what comes of it for each role.
CALLS: list[tuple[str, Call, str]] = [
    (
        "create_payment",
        lambda s, c: s.create_payment(
            conversation_id=c.market.chat, payee_id=c.people["payee"], amount=500, currency="EUR", method="balance"
        ),
        f"done not_to_yourself {NO_CHAT} {NO_CHAT} {NO_CHAT}",
    ),
    ("create_payments", pay_by_item, f"done not_to_yourself {NO_CHAT} {NO_CHAT} {NO_CHAT}"),
    (
        "create_tip",
        lambda s, c: s.create_tip(
            user_id=c.people["payee"], conversation_id=c.market.chat, amount=500, currency="EUR", method="balance"
        ),
        f"done not_to_yourself {NO_CHAT} {NO_CHAT} {NO_CHAT}",
    ),
    ("create_tip", lambda s, c: s.create_tip(channel_id=c.channel, amount=500, currency="EUR"), EVERYBODY),
    ("buy_post", lambda s, c: s.buy_post(post_id=c.post, method="balance"), EVERYBODY),
    ("top_up", lambda s, c: s.top_up(amount=500, currency="EUR"), EVERYBODY),
    (
        "get_payment",
        lambda s, c: s.get_payment(payment_id=c.done),
        f"done done {NO_PAYMENT} {NO_PAYMENT} {NO_PAYMENT}",
    ),
    ("list_payments", lambda s, c: s.list_payments(), EVERYBODY),
    (
        "cancel_payment",
        lambda s, c: s.cancel_payment(payment_id=c.open),
        f"done {NO_PAYMENT} {NO_PAYMENT} {NO_PAYMENT} {NO_PAYMENT}",
    ),
    (
        "create_payment_request",
        lambda s, c: s.create_payment_request(
            conversation_id=c.market.chat, payer_id=c.people["payer"], amount=500, currency="EUR"
        ),
        f"not_to_yourself done {NO_CHAT} {NO_CHAT} {NO_CHAT}",
    ),
    (
        "get_payment_request",
        lambda s, c: s.get_payment_request(request_id=c.request),
        f"done done {NO_REQUEST} {NO_REQUEST} {NO_REQUEST}",
    ),
    ("list_payment_requests", lambda s, c: s.list_payment_requests(), EVERYBODY),
    (
        "pay_request",
        lambda s, c: s.pay_request(request_id=c.request, method="balance"),
        f"done not_to_yourself {NO_REQUEST} {NO_REQUEST} {NO_REQUEST}",
    ),
    (
        "decline_payment_request",
        lambda s, c: s.decline_payment_request(request_id=c.request),
        f"done {NO_REQUEST} {NO_REQUEST} {NO_REQUEST} {NO_REQUEST}",
    ),
    (
        "cancel_payment_request",
        lambda s, c: s.cancel_payment_request(request_id=c.request),
        f"{NO_REQUEST} done {NO_REQUEST} {NO_REQUEST} {NO_REQUEST}",
    ),
    (
        "create_refund",
        lambda s, c: s.create_refund(payment_id=c.done, amount=100),
        f"not_your_money done {NO_PAYMENT} {NO_PAYMENT} done",
    ),
    (
        "list_refunds",
        lambda s, c: s.list_refunds(payment_id=c.done),
        f"done done {NO_PAYMENT} {NO_PAYMENT} done",
    ),
    ("list_disputes", lambda s, c: s.list_disputes(), EVERYBODY),
    ("list_payment_methods", lambda s, c: s.list_payment_methods(), EVERYBODY),
    ("add_payment_method", lambda s, c: s.add_payment_method(), EVERYBODY),
    (
        "set_default_payment_method",
        lambda s, c: s.set_default_payment_method(method_id=c.card),
        f"done {NO_CARD} {NO_CARD} {NO_CARD} {NO_CARD}",
    ),
    (
        "delete_payment_method",
        lambda s, c: s.delete_payment_method(method_id=c.card),
        f"done {NO_CARD} {NO_CARD} {NO_CARD} {NO_CARD}",
    ),
    (
        "receive_webhook",
        lambda s, c: s.receive_webhook(body="{}", signature="t=1,v1=a"),
        "forbidden forbidden forbidden forbidden forbidden",
    ),
]
NAMES = [f"{number}-{row[0]}" for number, row in enumerate(CALLS)]


@pytest.mark.parametrize("role", ROLES)
@pytest.mark.parametrize(("name", "call", "outcomes"), CALLS, ids=NAMES)
def test_each_role_may_do_what_it_may(scene: Scene, name: str, call: Call, outcomes: str, role: str) -> None:
    roles = ("user", "admin") if role == "admin" else ("user",)
    with keyed(scene.people[role], None, *roles):
        code = refused(lambda: call(scene.market.service, scene))
    assert code == outcomes.split()[ROLES.index(role)], name


def test_nobody_and_other_services_are_refused_everywhere(scene: Scene) -> None:
    for token in (None, "no token", service_token("messaging"), service_token("gateway")):
        for name, call, _ in CALLS:
            if name == "receive_webhook":
                continue
            with (
                working_on(CallContext(token=token, idempotency_key=new_id())),
                pytest.raises(ServiceError) as caught,
            ):
                call(scene.market.service, scene)
            assert caught.value.kind == Unauthenticated.kind, name


def test_messages_of_the_provider_come_from_the_gateway_alone(scene: Scene) -> None:
    def receive(token: str | None) -> str:
        with working_on(CallContext(token=token)):
            return refused(lambda: scene.market.service.receive_webhook(body="{}", signature="t=1,v1=a"))

    assert receive(service_token("gateway")) == "webhook_invalid"
    assert receive(service_token("messaging")) == "forbidden"
    assert receive(None) == "unauthenticated"


def test_no_call_is_left_out() -> None:
    offered = {
        name
        for door in DOORS
        for name, method in vars(door).items()
        if inspect.isfunction(method) and hasattr(method, "nameko_entrypoints")
    }
    assert offered == {name for name, *_ in CALLS}


def test_what_is_offered_is_what_was_promised() -> None:
    for name, *_ in CALLS:
        promised = inspect.signature(getattr(Promise, name)).parameters
        kept = inspect.signature(getattr(PaymentsService, name)).parameters
        assert {key: each.default for key, each in kept.items()} == {
            key: each.default for key, each in promised.items()
        }, name
