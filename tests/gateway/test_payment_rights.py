"""Every route of payments x every role."""

from __future__ import annotations

import secrets
import uuid
from collections.abc import Callable

import pytest
from channels import Channel, done
from client import Person, ask
from media_people import eventually
from payment_people import begin, keyed, pay, settled, use_card
from payment_rights import ROLES, TABLE
from rights import filled, fits

People = dict[str, Person]
Things = dict[str, str]
_MONEY = {"amount": 500, "currency": "EUR"}


@pytest.fixture(scope="module")
def people(new_person: Callable[[str], Person], make_admin: Callable[[Person], Person]) -> People:
    found = {name: new_person(name) for name in ROLES[1:]}
    found["admin"] = make_admin(found["admin"])
    return found


@pytest.fixture(scope="module")
def scene(people: People) -> Things:
    """What nobody changes for good: a conversation, a channel with a plan, and a payment."""
    payer, payee, member = people["payer"], people["payee"], people["member"]
    conversation = payee.make_group([payer, member])
    channel = Channel(payee, "private")
    for each in (payer, member):
        assert channel.invite(each) == "joined"
    channel.do("PATCH", f"/followers/{member.id}", {"role": "admin"})
    plan = channel.do("POST", "/plans", {**_MONEY, "title": "Members"})["id"]
    eventually(lambda: channel.do("GET")["paid"])
    paid = pay(payer, "/v1/payments", {**_MONEY, "conversation_id": conversation, "payee_id": payee.id})
    return {
        "conversation": conversation,
        "channel": channel.id,
        "plan": plan,
        "payment": paid["id"],
        "payer": payer.id,
        "payee": payee.id,
    }


def _fresh(people: People, scene: Things, operation: str) -> Things:
    """Return the scene, with what the operation uses up."""
    payer, payee = people["payer"], people["payee"]
    things = {**scene, "code": f"C{secrets.token_hex(6)}"}
    path = TABLE[operation].path
    channel = f"/v1/channels/{scene['channel']}"
    if "{request}" in path:
        wanted = {**_MONEY, "conversation_id": scene["conversation"], "payer_id": payer.id}
        things["request"] = begin(payee, "/v1/payment-requests", wanted)["id"]
    if "{open_payment}" in path:
        wanted = {**_MONEY, "conversation_id": scene["conversation"], "payee_id": payee.id}
        things["open_payment"] = begin(payer, "/v1/payments", wanted)["id"]
    if "{post}" in path:
        post = {"client_post_id": str(uuid.uuid4()), "text": "dear", "price": _MONEY}
        things["post"] = done(payee, "POST", f"{channel}/posts", post)["id"]
    if "{subscription}" in path:
        things["subscription"] = _subscription(people, scene)
    if operation == "delete_coupon":
        done(payee, "POST", f"{channel}/coupons", {"code": "SAVE10", "percent": 10})
    return things


def _subscription(people: People, scene: Things) -> str:
    """Return the payer's paid subscription, of another channel; one for all operations."""
    if "subscription" not in scene:
        payer, other = people["payer"], Channel(people["payee"])
        plan = other.do("POST", "/plans", {**_MONEY, "title": "Members"})["id"]
        begun = begin(payer, f"/v1/plans/{plan}/subscription")
        use_card(begun["payment"]["action_url"])
        settled(payer, begun["payment"]["id"])
        scene["subscription"] = begun["id"]
    return scene["subscription"]


@pytest.mark.parametrize("operation", TABLE)
def test_each_role_gets_what_the_table_says(operation: str, people: People, scene: Things) -> None:
    row = TABLE[operation]
    wrong = []
    if operation == "check_coupon":
        coupon = {"code": "SAVE10", "percent": 10}
        people["payee"].ask("POST", f"/v1/channels/{scene['channel']}/coupons", coupon)
    things: Things = {}
    for role in ROLES:
        things = things or _fresh(people, scene, operation)
        token = people[role].token if role in people else None
        headers = keyed() if row.keyed else {}
        path, body = filled(row.path, things), filled(row.body, things)
        reply = ask(row.method, path, body, token=token, headers=headers)
        if not fits(row.cells[role], reply.status, reply.raw):
            wrong.append(f"{role}: {row.cells[role]} expected, got {reply.status} {reply.raw[:200]!r}")
        if reply.status < 400 and row.method != "GET":
            things = {}
    assert not wrong, "\n".join(wrong)


@pytest.mark.parametrize("operation", [name for name, row in TABLE.items() if row.keyed])
def test_money_does_not_move_without_a_key(operation: str, people: People, scene: Things) -> None:
    row, things = TABLE[operation], _fresh(people, scene, operation)
    role = next(role for role in ROLES if row.cells[role] == 201 or role == "payee")
    path, body = filled(row.path, things), filled(row.body, things)
    reply = people[role].ask(row.method, path, body)
    assert (reply.status, reply.json["code"]) == (400, "idempotency_key_required")
    reply = people[role].ask(row.method, path, body, headers={"Idempotency-Key": "x y"})
    assert (reply.status, reply.json["code"]) == (400, "idempotency_key_invalid")


def test_every_operation_that_moves_money_says_so(stack: str) -> None:
    document = ask("GET", "/v1/openapi.json").json
    needs = {
        operation["operationId"]
        for path in document["paths"].values()
        for operation in path.values()
        if any(each["name"] == "Idempotency-Key" and each["required"] for each in operation.get("parameters", ()))
    }
    assert needs == {name for name, row in TABLE.items() if row.keyed}
