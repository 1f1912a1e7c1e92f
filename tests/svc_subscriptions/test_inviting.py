"""Invitations: who makes them, how often they serve, and who waits to be let in."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import eventlet
import pytest
from sqlalchemy import select, update

from contracts.base import ServiceError, new_id
from contracts.subscriptions import (
    MAX_FOLLOWED,
    ChannelRoleTooLow,
    TooManyFollowed,
    UnknownChannel,
    UnknownInvite,
    UnknownJoinRequest,
)
from svc_subscriptions.actions import channels, inviting, team
from svc_subscriptions.models import Following, Invite
from tests.svc_subscriptions.channels import Club, invite


def uses(club: Club) -> int:
    return club.count(select(Invite.uses))


def test_an_invitation_lets_a_stranger_in_once(secret: Club) -> None:
    code = invite(secret, max_uses=5)
    assert secret.do(inviting.accept_invite, secret.stranger, code) == (secret.id, True)
    assert secret.do(inviting.accept_invite, secret.stranger, code) == (secret.id, True)
    assert secret.do(inviting.accept_invite, secret.owner, code) == (secret.id, True)
    assert uses(secret) == 1
    assert secret.look(channels.get_place, secret.id, secret.stranger)[2] == 5


@pytest.mark.parametrize("code", ["", "x", "é" * 40, "a" * 100])
def test_a_guess_is_no_invitation(secret: Club, code: str) -> None:
    with pytest.raises(UnknownInvite):
        secret.do(inviting.accept_invite, secret.stranger, code)


def test_an_invitation_ends_by_time_by_use_and_by_hand(secret: Club) -> None:
    expired, used, revoked = invite(secret, expires_in_s=60), invite(secret, max_uses=1), invite(secret)
    past = {"expires_at": datetime.now(UTC) - timedelta(seconds=1)}
    late = update(Invite).where(Invite.expires_at.is_not(None)).values(**past)
    secret.do(lambda session: session.execute(late))
    secret.do(inviting.accept_invite, new_id(), used)
    gone = next(each for each in secret.look(inviting.list_invites, secret.id, secret.admin) if not each.max_uses)
    for row in secret.look(inviting.list_invites, secret.id, secret.admin):
        if row.expires_at is None and row.max_uses is None:
            gone = row
    secret.do(inviting.revoke_invite, secret.id, secret.admin, gone.id)
    secret.do(inviting.revoke_invite, secret.id, secret.admin, gone.id)
    for code in (expired, used, revoked):
        with pytest.raises(UnknownInvite):
            secret.do(inviting.accept_invite, secret.stranger, code)
    with pytest.raises(UnknownInvite):
        secret.do(inviting.revoke_invite, secret.id, secret.admin, new_id())


def test_an_invitation_of_a_deleted_channel_is_none(secret: Club) -> None:
    code = invite(secret)
    secret.do(channels.delete_channel, secret.id, secret.owner)
    with pytest.raises(UnknownInvite):
        secret.do(inviting.accept_invite, secret.stranger, code)


def test_many_at_once_use_an_invitation_as_often_as_it_allows(secret: Club) -> None:
    code = invite(secret, max_uses=3)

    def one(_: int) -> bool:
        try:
            return secret.do(inviting.accept_invite, new_id(), code)[1]
        except ServiceError:
            return False

    assert sum(eventlet.GreenPool(16).imap(one, range(16))) == 3
    assert (uses(secret), secret.followers()) == (3, 7)


def test_approval_is_asked_once_and_given_by_an_admin(secret: Club) -> None:
    code = invite(secret, needs_approval=True, max_uses=9)
    assert secret.do(inviting.accept_invite, secret.stranger, code) == (secret.id, False)
    assert secret.do(inviting.accept_invite, secret.stranger, code) == (secret.id, False)
    assert uses(secret) == 1
    with pytest.raises(UnknownChannel):
        secret.look(channels.get_place, secret.id, secret.stranger)
    assert secret.push.on(f"user:{secret.admin}")[0]["type"] == "channel.join_requested"
    (request,) = secret.look(inviting.list_join_requests, secret.id, secret.admin)
    assert request.user_id == secret.stranger
    with pytest.raises(ChannelRoleTooLow):
        secret.do(inviting.answer_join_request, secret.id, secret.author, secret.stranger, accept=True)
    secret.do(inviting.answer_join_request, secret.id, secret.admin, secret.stranger, accept=True)
    assert secret.look(channels.get_place, secret.id, secret.stranger)[1]
    with pytest.raises(UnknownJoinRequest):
        secret.do(inviting.answer_join_request, secret.id, secret.admin, secret.stranger, accept=True)


def test_a_refusal_is_told_and_one_may_ask_again(secret: Club) -> None:
    code = invite(secret, needs_approval=True)
    secret.do(inviting.accept_invite, secret.stranger, code)
    secret.do(inviting.answer_join_request, secret.id, secret.admin, secret.stranger, accept=False)
    assert secret.push.on(f"user:{secret.stranger}")[-1]["type"] == "channel.join_refused"
    assert secret.look(inviting.list_join_requests, secret.id, secret.admin) == []
    assert secret.do(inviting.accept_invite, secret.stranger, code) == (secret.id, False)
    assert secret.do(inviting.accept_invite, secret.stranger, invite(secret)) == (secret.id, True)
    assert secret.look(inviting.list_join_requests, secret.id, secret.admin) == []


def test_somebody_who_follows_too_much_uses_nothing_up(secret: Club) -> None:
    code = invite(secret, max_uses=1)
    secret.do(lambda session: session.add(Following(user_id=secret.stranger, followed=MAX_FOLLOWED)))
    with pytest.raises(TooManyFollowed):
        secret.do(inviting.accept_invite, secret.stranger, code)
    assert uses(secret) == 0


def test_admins_alone_invite(secret: Club) -> None:
    for person in (secret.author, secret.follower):
        with pytest.raises(ChannelRoleTooLow):
            secret.do(inviting.create_invite, secret.id, person, None, None, needs_approval=False)
    with pytest.raises(UnknownChannel):
        secret.do(inviting.create_invite, secret.id, secret.stranger, None, None, needs_approval=False)
    secret.do(team.remove_follower, secret.id, secret.owner, secret.admin)
    with pytest.raises(UnknownChannel):
        secret.look(inviting.list_invites, secret.id, secret.admin)
