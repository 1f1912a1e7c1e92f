"""Beginning conversations, finding them, and setting them up."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import insert, tuple_
from sqlalchemy.dialects.postgresql import insert as insert_or
from sqlalchemy.orm import Session

from contracts.base import new_id
from contracts.messaging import MAX_MEMBERS, DirectIsForTwo, MemberAdded, TooManyMembers, UnknownConversation
from plumbing.outbox import record_events
from svc_messaging import live
from svc_messaging.actions.access import get_member, lock_conversation, require_role
from svc_messaging.actions.blocks import refuse_blocked
from svc_messaging.actions.changes import record_change
from svc_messaging.actions.system_messages import post_system_message
from svc_messaging.conversation_views import Place, places, settings_view
from svc_messaging.models import Conversation, DirectPair, Member


def find_direct(session: Session, user_id: str, peer_id: str) -> str | None:
    """Return the id of the direct conversation of two people, if there is one."""
    pair = session.get(DirectPair, _pair(user_id, peer_id))
    return pair.conversation_id if pair else None


def create_direct(session: Session, user_id: str, peer_id: str) -> str:
    """Return the id of the direct conversation of two people, which is begun if there is none.

    Raises:
        DirectIsForTwo: Both are the same person.
        Blocked: It would be new, and one of them blocked the other.
    """
    if user_id == peer_id:
        raise DirectIsForTwo
    conversation_id = new_id()
    lower, higher = _pair(user_id, peer_id)
    pair = insert_or(DirectPair).values(user_id=lower, peer_id=higher, conversation_id=conversation_id)
    # A second creator waits here for the first one's commit.
    if session.execute(pair.on_conflict_do_nothing().returning(DirectPair.user_id)).first() is None:
        return session.get_one(DirectPair, (lower, higher)).conversation_id
    refuse_blocked(session, user_id, [peer_id])
    create(session, conversation_id, "direct", None, user_id, [user_id, peer_id])
    return conversation_id


def create_group(session: Session, user_id: str, member_ids: Sequence[str], title: str | None) -> str:
    """Begin a group owned by `user_id` and return its id.

    Raises:
        TooManyMembers: It would have more than `MAX_MEMBERS`.
        Blocked: There is a block between its owner and one of the others.
    """
    others = [member_id for member_id in member_ids if member_id != user_id]
    if len(others) >= MAX_MEMBERS:
        raise TooManyMembers
    refuse_blocked(session, user_id, others)
    conversation_id = new_id()
    create(session, conversation_id, "group", title, user_id, [user_id, *others])
    return conversation_id


def _pair(one: str, other: str) -> tuple[str, str]:
    return (one, other) if one < other else (other, one)


def create(
    session: Session,
    conversation_id: str,
    kind: str,
    title: str | None,
    owner: str,
    people: Sequence[str],
    *,
    linked: bool = False,
) -> None:
    """Begin a conversation of `people`, after all checks."""
    now = datetime.now(UTC)
    session.add(
        Conversation(
            id=conversation_id,
            kind=kind,
            title=title,
            created_by=owner,
            created_at=now,
            last_message_at=now,
            member_count=len(people),
            linked=linked,
        )
    )
    session.flush()
    roles = {owner: "owner"} if kind == "group" else {}
    session.execute(
        insert(Member),
        [
            {
                "conversation_id": conversation_id,
                "user_id": person,
                "role": roles.get(person, "member"),
                "joined_at": now,
            }
            for person in people
        ],
    )
    announce_members(session, conversation_id, 0, {person: roles.get(person, "member") for person in people})


def announce_members(session: Session, conversation_id: str, ver: int, roles: dict[str, str]) -> None:
    """Tell the other services and their own devices that people, by their roles, became members."""
    record_events(
        session,
        [
            MemberAdded(conversation_id=conversation_id, ver=ver, user_id=person, role=role)
            for person, role in roles.items()
        ],
    )
    for person in roles:
        live.to_user(session, person, "conversation.joined", {"conversation_id": conversation_id})


def get_place(session: Session, conversation_id: str, user_id: str) -> Place:
    """Return a conversation with the person's membership.

    Raises:
        UnknownConversation: There is none.
    """
    found = session.execute(places(user_id).where(Conversation.id == conversation_id)).first()
    if found is None:
        raise UnknownConversation
    conversation, member, unread = found
    return conversation, member, unread


def list_places(
    session: Session, user_id: str, limit: int, after: Sequence[Any] | None, *, archived: bool
) -> list[Place]:
    """Return up to `limit` of a person's conversations: pinned ones first, then by their last message.

    Args:
        session: The transaction.
        user_id: The person.
        limit: How many.
        after: (pinned, time of the last message, id) of the last one seen.
        archived: The archived ones instead of the others.
    """
    order = (Member.pinned, Conversation.last_message_at, Conversation.id)
    query = places(user_id).where(Member.archived == archived)
    if after is not None:
        query = query.where(tuple_(*order) < tuple_(*after))
    rows = session.execute(query.order_by(*(each.desc() for each in order)).limit(limit))
    return [(conversation, member, unread) for conversation, member, unread in rows]


def update_conversation(session: Session, conversation_id: str, user_id: str, changes: dict[str, Any]) -> None:
    """Change the title or the slow mode of a group.

    Raises:
        UnknownConversation: The person is no member.
        RoleTooLow: They do not moderate it; nobody moderates a direct one.
    """
    conversation = lock_conversation(session, conversation_id, user_id)
    require_role(get_member(session, conversation_id, user_id), "moderator")
    changed = {name: value for name, value in changes.items() if getattr(conversation, name) != value}
    if not changed:
        return
    for name, value in changed.items():
        setattr(conversation, name, value)
    record_change(session, conversation, "conversation.updated", changed)
    if "title" in changed:
        post_system_message(session, conversation, user_id, f"title.changed:{changed['title'] or ''}")


def update_my_settings(session: Session, conversation_id: str, user_id: str, changes: dict[str, Any]) -> Member:
    """Change what a member has set for themselves, and tell their other devices.

    Raises:
        UnknownConversation: The person is no member.
    """
    member = get_member(session, conversation_id, user_id)
    for name, value in changes.items():
        setattr(member, name, value)
    session.flush()
    data = {"conversation_id": conversation_id, "my": settings_view(member)}
    live.to_user(session, user_id, "conversation.settings", data)
    return member
