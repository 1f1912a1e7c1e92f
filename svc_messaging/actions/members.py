"""Who is in a group: adding, removing, leaving and roles (owner > moderator > member)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime

from sqlalchemy import case, delete, func, select
from sqlalchemy.orm import Session

from contracts.messaging import (
    MAX_MEMBERS,
    DirectIsForTwo,
    LastOwner,
    MemberRemoved,
    RoleTooLow,
    TooManyMembers,
    UnknownMember,
)
from plumbing.outbox import record_event
from svc_messaging import live
from svc_messaging.actions import commands, webhooks
from svc_messaging.actions.access import RANKS, get_member, lock_conversation, require_role
from svc_messaging.actions.blocks import refuse_blocked
from svc_messaging.actions.changes import record_change
from svc_messaging.actions.conversations import announce_members
from svc_messaging.actions.system_messages import post_system_message
from svc_messaging.models import AccessRemoved, Conversation, Draft, Member, ScheduledMessage


def list_members(session: Session, conversation_id: str, user_id: str, limit: int, after: str | None) -> list[Member]:
    """Return up to `limit` members by their ids, after the id `after`.

    Raises:
        UnknownConversation: The person is no member.
    """
    get_member(session, conversation_id, user_id)
    query = select(Member).where(Member.conversation_id == conversation_id).order_by(Member.user_id).limit(limit)
    return list(session.scalars(query if after is None else query.where(Member.user_id > after)))


def add_members(session: Session, conversation_id: str, user_id: str, added: Sequence[str]) -> None:
    """Add people, who are known to exist, to a group; those in it already stay as they are.

    Raises:
        UnknownConversation: The person is no member.
        DirectIsForTwo: It is no group.
        RoleTooLow: They do not moderate it.
        TooManyMembers: It would have more than `MAX_MEMBERS`.
        Blocked: There is a block between them and one of the added.
    """
    conversation = _lock_group(session, conversation_id, user_id)
    require_role(get_member(session, conversation_id, user_id), "moderator")
    here = select(Member.user_id).where(Member.conversation_id == conversation_id, Member.user_id.in_(added))
    present = set(session.scalars(here))
    new = [person for person in added if person not in present]
    if conversation.member_count + len(new) > MAX_MEMBERS:
        raise TooManyMembers
    refuse_blocked(session, user_id, new)
    for person in new:
        insert_member(session, conversation, person)
        post_system_message(session, conversation, user_id, f"member.added:{person}")


def insert_member(session: Session, conversation: Conversation, person: str) -> None:
    """Make somebody a member of a conversation that is locked, and tell everybody."""
    seq = conversation.seq
    session.add(
        Member(
            conversation_id=conversation.id,
            user_id=person,
            joined_at=datetime.now(UTC),
            joined_seq=seq,
            read_seq=seq,
            delivered_seq=seq,
            private_read_seq=seq,
        )
    )
    conversation.member_count += 1
    ver = record_change(session, conversation, "member.added", {"user_id": person, "role": "member"})
    announce_members(session, conversation.id, ver, {person: "member"})


def remove_member(session: Session, conversation_id: str, user_id: str, removed: str) -> None:
    """Remove somebody of a lower role from a group, or let a person leave it.

    Raises:
        UnknownConversation: The person is no member.
        DirectIsForTwo: It is no group.
        UnknownMember: The other one is no member.
        RoleTooLow: Their role is not above the other's.
        LastOwner: Others would stay without an owner.
    """
    conversation = _lock_group(session, conversation_id, user_id)
    member = _find(session, conversation_id, removed)
    if removed == user_id:
        if conversation.member_count > 1:
            _keep_an_owner(session, member)
    elif RANKS[get_member(session, conversation_id, user_id).role] <= RANKS[member.role]:
        raise RoleTooLow
    delete_member(session, conversation, member)
    word = "left" if removed == user_id else "removed"
    post_system_message(session, conversation, user_id, f"member.{word}:{removed}")


def delete_member(session: Session, conversation: Conversation, member: Member) -> None:
    """Take somebody out of a conversation that is locked, and tell everybody."""
    # First of all frames, so that the gateway stops their sockets before it shows what follows.
    live.to_user(session, member.user_id, "conversation.left", {"conversation_id": conversation.id})
    place = {"conversation_id": conversation.id, "user_id": member.user_id}
    session.delete(member)
    session.add(AccessRemoved(**place, removed_at=datetime.now(UTC)))
    session.execute(delete(Draft).filter_by(**place))
    session.execute(delete(ScheduledMessage).filter_by(conversation_id=conversation.id, author_id=member.user_id))
    commands.end_all_of(session, conversation.id, member.user_id)
    webhooks.end_all_of(session, conversation.id, member.user_id)
    conversation.member_count -= 1
    ver = record_change(session, conversation, "member.removed", {"user_id": member.user_id})
    record_event(session, MemberRemoved(**place, ver=ver))


def set_member_role(session: Session, conversation_id: str, user_id: str, person: str, role: str) -> Member:
    """Give a member of a group another role.

    Raises:
        UnknownConversation: The person is no member.
        DirectIsForTwo: It is no group.
        RoleTooLow: They do not own it.
        UnknownMember: The other one is no member.
        LastOwner: It would have no owner.
    """
    conversation = _lock_group(session, conversation_id, user_id)
    require_role(get_member(session, conversation_id, user_id), "owner")
    member = _find(session, conversation_id, person)
    if member.role == role:
        return member
    _keep_an_owner(session, member)
    member.role = role
    if RANKS[role] < RANKS["moderator"]:
        webhooks.end_all_of(session, conversation_id, person)
    record_change(session, conversation, "member.role", {"user_id": person, "role": role})
    return member


def _lock_group(session: Session, conversation_id: str, user_id: str) -> Conversation:
    conversation = lock_conversation(session, conversation_id, user_id)
    if conversation.kind != "group":
        raise DirectIsForTwo
    return conversation


def _find(session: Session, conversation_id: str, person: str) -> Member:
    found = session.get(Member, (conversation_id, person), populate_existing=True)
    if found is None:
        raise UnknownMember
    return found


def leave_for_good(session: Session, conversation: Conversation, member: Member) -> None:
    """Take somebody whose account is gone out of a conversation that is locked, of whatever kind.

    A group whose only owner they were goes to the eldest of its moderators, or else of its members.
    """
    if member.role == "owner":
        _hand_over(session, conversation, member)
    delete_member(session, conversation, member)


def _hand_over(session: Session, conversation: Conversation, leaving: Member) -> None:
    rank = case(RANKS, value=Member.role, else_=0)
    others = select(Member).where(Member.conversation_id == conversation.id, Member.user_id != leaving.user_id)
    heir = session.scalar(others.order_by(rank.desc(), Member.joined_at, Member.user_id).limit(1))
    if heir is not None and heir.role != "owner" and conversation.kind == "group":
        heir.role = "owner"
        record_change(session, conversation, "member.role", {"user_id": heir.user_id, "role": "owner"})


def _keep_an_owner(session: Session, member: Member) -> None:
    if member.role != "owner":
        return
    owners = select(func.count()).where(Member.conversation_id == member.conversation_id, Member.role == "owner")
    if session.scalar(owners) == 1:
        raise LastOwner
