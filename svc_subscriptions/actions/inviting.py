"""Invitations to channels: a secret code with an end, a number of uses, and approval where wanted."""

from __future__ import annotations

import hashlib
import secrets
from datetime import UTC, datetime, timedelta

from sqlalchemy import delete, or_, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from contracts.base import new_id
from contracts.subscriptions import MAX_INVITES, TooManyInvites, UnknownInvite, UnknownJoinRequest
from svc_subscriptions import live
from svc_subscriptions.actions.access import find_subscription, require_role
from svc_subscriptions.actions.counting import lock_person
from svc_subscriptions.actions.following import admit
from svc_subscriptions.models import Channel, Invite, InviteCode, JoinRequest, Subscription

MAX_LISTED = 1_000


def hash_of(code: str) -> bytes:
    """Return what is stored of an invitation's code."""
    return hashlib.sha256(code.encode()).digest()


def create_invite(
    session: Session,
    channel_id: str,
    user_id: str,
    expires_in_s: int | None,
    max_uses: int | None,
    *,
    needs_approval: bool,
) -> tuple[Invite, str]:
    """Make an invitation and return it with its code, which is kept nowhere.

    Raises:
        UnknownChannel: The person may not know the channel.
        ChannelRoleTooLow: They do not administer it.
        TooManyInvites: It has `MAX_INVITES` that are not revoked.
    """
    require_role(session, channel_id, user_id, "admin")
    if len(list_invites(session, channel_id, user_id)) >= MAX_INVITES:
        raise TooManyInvites(limit=MAX_INVITES)
    now, code = datetime.now(UTC), secrets.token_urlsafe(24)
    invite = Invite(
        channel_id=channel_id,
        id=new_id(),
        code_hash=hash_of(code),
        expires_at=now + timedelta(seconds=expires_in_s) if expires_in_s else None,
        max_uses=max_uses,
        uses=0,
        needs_approval=needs_approval,
        created_by=user_id,
        created_at=now,
    )
    session.add(invite)
    session.add(InviteCode(code_hash=invite.code_hash, channel_id=channel_id, invite_id=invite.id))
    session.flush()
    return invite, code


def get_invite(session: Session, channel_id: str, user_id: str, invite_id: str) -> Invite:
    """Return an invitation, also one that was revoked.

    Raises:
        UnknownChannel: The person may not know the channel.
        ChannelRoleTooLow: They do not administer it.
        UnknownInvite: The channel has no such invitation.
    """
    require_role(session, channel_id, user_id, "admin")
    invite = session.get(Invite, (channel_id, invite_id))
    if invite is None:
        raise UnknownInvite
    return invite


def list_invites(session: Session, channel_id: str, user_id: str) -> list[Invite]:
    """Return the invitations that are not revoked, the newest first.

    Raises:
        UnknownChannel: The person may not know the channel.
        ChannelRoleTooLow: They do not administer it.
    """
    require_role(session, channel_id, user_id, "admin")
    query = select(Invite).where(Invite.channel_id == channel_id, Invite.revoked_at.is_(None))
    return list(session.scalars(query.order_by(Invite.id.desc()).limit(MAX_LISTED)))


def revoke_invite(session: Session, channel_id: str, user_id: str, invite_id: str) -> None:
    """End an invitation; one that was ended already stays ended.

    Raises:
        UnknownChannel: The person may not know the channel.
        ChannelRoleTooLow: They do not administer it.
        UnknownInvite: The channel has no such invitation.
    """
    require_role(session, channel_id, user_id, "admin")
    invite = session.get(Invite, (channel_id, invite_id), with_for_update=True)
    if invite is None:
        raise UnknownInvite
    if invite.revoked_at is None:
        invite.revoked_at = datetime.now(UTC)
        session.execute(delete(InviteCode).where(InviteCode.code_hash == invite.code_hash))


def accept_invite(session: Session, user_id: str, code: str) -> tuple[str, bool]:
    """Follow the channel of an invitation, or ask to; return the channel and whether they follow it now.

    Somebody who follows it already, or asked before, uses nothing up.

    Raises:
        UnknownInvite: There is none with that code, or it has ended.
        TooManyFollowed: They follow as many as one person can.
    """
    place = session.get(InviteCode, hash_of(code))
    if place is None:
        raise UnknownInvite
    lock_person(session, user_id)
    if find_subscription(session, place.channel_id, user_id) is not None:
        return place.channel_id, True
    if session.get(JoinRequest, (place.channel_id, user_id)) is not None:
        invite = session.get(Invite, (place.channel_id, place.invite_id))
        if invite is None or invite.needs_approval:
            return place.channel_id, False
    return _use(session, place, user_id)


def _use(session: Session, place: InviteCode, user_id: str) -> tuple[str, bool]:
    """Take one of the invitation's uses; the count is compared and moved by one statement."""
    there = select(Channel.id).where(Channel.id == place.channel_id, Channel.deleted_at.is_(None)).exists()
    used = (
        update(Invite)
        .where(
            Invite.channel_id == place.channel_id,
            Invite.id == place.invite_id,
            Invite.revoked_at.is_(None),
            or_(Invite.expires_at.is_(None), Invite.expires_at > datetime.now(UTC)),
            or_(Invite.max_uses.is_(None), Invite.uses < Invite.max_uses),
            there,
        )
        .values(uses=Invite.uses + 1)
        .returning(Invite.needs_approval)
        .execution_options(synchronize_session=False)
    )
    needs_approval = session.scalar(used)
    if needs_approval is None:
        raise UnknownInvite
    if needs_approval:
        _ask(session, place, user_id)
        return place.channel_id, False
    admit(session, place.channel_id, user_id)
    return place.channel_id, True


def _ask(session: Session, place: InviteCode, user_id: str) -> None:
    request = {"channel_id": place.channel_id, "user_id": user_id, "invite_id": place.invite_id}
    row = insert(JoinRequest).values(**request, requested_at=datetime.now(UTC))
    session.execute(row.on_conflict_do_nothing())
    admins = select(Subscription.user_id).where(
        Subscription.channel_id == place.channel_id, Subscription.role.in_(("admin", "owner"))
    )
    for admin in session.scalars(admins.limit(MAX_LISTED)):
        facts = {"channel_id": place.channel_id, "user_id": user_id}
        live.to_user(session, admin, "channel.join_requested", facts)


def list_join_requests(session: Session, channel_id: str, user_id: str) -> list[JoinRequest]:
    """Return who waits to be let in, the first first.

    Raises:
        UnknownChannel: The person may not know the channel.
        ChannelRoleTooLow: They do not administer it.
    """
    require_role(session, channel_id, user_id, "admin")
    query = select(JoinRequest).where(JoinRequest.channel_id == channel_id)
    return list(session.scalars(query.order_by(JoinRequest.requested_at).limit(MAX_LISTED)))


def answer_join_request(session: Session, channel_id: str, user_id: str, person: str, *, accept: bool) -> None:
    """Let somebody in who asked, or turn them down.

    Raises:
        UnknownChannel: The person who answers may not know the channel.
        ChannelRoleTooLow: They do not administer it.
        UnknownJoinRequest: Nobody asked, or it was answered.
        TooManyFollowed: Whoever asked follows as many as one person can.
    """
    require_role(session, channel_id, user_id, "admin")
    lock_person(session, person)
    asked = delete(JoinRequest).where(JoinRequest.channel_id == channel_id, JoinRequest.user_id == person)
    if session.scalar(asked.returning(JoinRequest.user_id)) is None:
        raise UnknownJoinRequest
    if accept:
        admit(session, channel_id, person)
    else:
        live.to_user(session, person, "channel.join_refused", {"channel_id": channel_id})
