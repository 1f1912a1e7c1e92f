"""Calls that make something, repeated with the same Idempotency-Key: made once, and the first answer again."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from sqlalchemy import func, select, text

from contracts.base import KeyMismatch, ServiceError, new_id
from contracts.subscriptions import MAX_INVITES, TooManyInvites
from plumbing import outgoing
from plumbing.context import CallContext, working_on
from svc_subscriptions.models import Base, Channel, Invite
from svc_subscriptions.notification_models import Observer
from svc_subscriptions.service import SubscriptionsService
from tests.services import calling, user_token
from tests.svc_subscriptions.channels import Club

HOOK = "https://hooks.example.org/charla"


@contextmanager
def keyed(user_id: str, key: str) -> Iterator[None]:
    """Make a person the caller inside the block, with an Idempotency-Key."""
    with working_on(CallContext(token=user_token(user_id), idempotency_key=key)):
        yield


@pytest.fixture(autouse=True)
def any_address(monkeypatch: pytest.MonkeyPatch) -> None:
    """The made-up address of a webhook may be called as far as these tests go."""
    monkeypatch.setattr(outgoing, "check", lambda _: None)


def _calls(club: Club) -> list[tuple[str, dict[str, Any], dict[str, Any], type[Base]]]:
    """Return (method, arguments, other ones, what it makes)."""
    there = {"channel_id": club.id}
    hook = {**there, "kind": "webhook", "url": HOOK}
    return [
        ("create_channel", {"title": "A", "visibility": "public"}, {"title": "B", "visibility": "public"}, Channel),
        ("create_invite", {**there, "max_uses": 3}, {**there, "max_uses": 4}, Invite),
        ("attach_observer", hook, {**hook, "from_seq": 0}, Observer),
    ]


@pytest.mark.parametrize("number", range(3))
def test_the_same_key_makes_one_thing(number: int, club: Club, service: SubscriptionsService) -> None:
    method, arguments, others, table = _calls(club)[number]
    make, rows = getattr(service, method), select(func.count()).select_from(table)
    before, key = club.count(rows), new_id()
    with keyed(club.owner, key):
        first = make(**arguments)
        assert make(**arguments) == first
        with pytest.raises(KeyMismatch):
            make(**others)
    assert club.count(rows) == before + 1
    with keyed(club.owner, new_id()):
        assert make(**arguments)["id"] != first["id"]


def test_neither_code_nor_secret_is_readable_in_the_notes(club: Club, service: SubscriptionsService) -> None:
    with keyed(club.owner, "1"):
        code = service.create_invite(channel_id=club.id)["code"]
    with keyed(club.owner, "2"):
        secret = service.attach_observer(channel_id=club.id, kind="webhook", url=HOOK)["secret"]
    query = text("SELECT convert_from(result, 'UTF8') FROM idempotent_calls ORDER BY key")
    first, second = club.look(lambda session: session.scalars(query).all())
    assert code not in first
    assert secret not in second


def test_who_lost_their_role_gets_no_code_again(club: Club, service: SubscriptionsService) -> None:
    with keyed(club.admin, "1"):
        service.create_invite(channel_id=club.id)
    with calling(club.owner):
        service.set_channel_role(channel_id=club.id, user_id=club.admin, role="follower")
    with keyed(club.admin, "1"), pytest.raises(ServiceError) as caught:
        service.create_invite(channel_id=club.id)
    assert caught.value.code == "channel_role_too_low"


def test_a_channel_has_so_many_invitations(club: Club, service: SubscriptionsService) -> None:
    with calling(club.owner):
        made = [service.create_invite(channel_id=club.id)["id"] for _ in range(MAX_INVITES)]
        with pytest.raises(TooManyInvites) as caught:
            service.create_invite(channel_id=club.id)
        assert caught.value.facts == {"limit": MAX_INVITES}
        service.revoke_invite(channel_id=club.id, invite_id=made[0])
        service.create_invite(channel_id=club.id)


@pytest.mark.parametrize(("from_seq", "cursor"), [(None, 3), (0, 0), (1, 0), (3, 2), (9, 3)])
def test_an_observer_begins_with_the_entry_it_asks_for(
    from_seq: int | None, cursor: int, club: Club, service: SubscriptionsService
) -> None:
    with calling(club.owner):
        for number in range(3):
            service.publish_post(channel_id=club.id, client_post_id=str(number), text="hoot")
        made = service.attach_observer(channel_id=club.id, kind="webhook", url=HOOK, from_seq=from_seq)
    assert made["cursor"] == cursor
