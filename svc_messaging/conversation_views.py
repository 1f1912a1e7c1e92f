"""Conversations as one of their members sees them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, cast

from sqlalchemy import Select, and_, select
from sqlalchemy.orm import Session

from contracts.clock import rfc3339
from contracts.messaging import ConversationView, MemberRole, MemberView, MessageView, MySettingsView
from svc_messaging import views
from svc_messaging.actions import pages
from svc_messaging.actions.unread import unread_count
from svc_messaging.models import Conversation, Member

MAX_SHOWN_MEMBERS = 100
#: A conversation, the reader's membership, and how much of it they have not read.
Place = tuple[Conversation, Member, int]


def places(user_id: str) -> Select[Conversation, Member, int]:
    """Return the query for the conversations of a person, in no order."""
    membership = and_(Member.conversation_id == Conversation.id, Member.user_id == user_id)
    query = select(Conversation, Member, unread_count().label("unread")).join(Member, membership)
    return query.execution_options(populate_existing=True)


def conversation_views(
    session: Session, found: Sequence[Place], user_id: str, *, with_members: bool = False
) -> list[ConversationView]:
    """Return the views of conversations, with three queries for all of them.

    Members are shown in direct conversations, and with `with_members` in groups of up to 100.
    """
    shown = [place[0].id for place in found if _shows_members(place[0], with_members)]
    members = load_members(session, shown)
    last = load_last_messages(session, [place[0].id for place in found], user_id)
    return [_conversation_view(place, members.get(place[0].id), last.get(place[0].id)) for place in found]


def _shows_members(conversation: Conversation, with_members: bool) -> bool:
    few = conversation.member_count <= MAX_SHOWN_MEMBERS
    return conversation.kind == "direct" or (with_members and few)


def _conversation_view(place: Place, members: list[MemberView] | None, last: MessageView | None) -> ConversationView:
    conversation, member, unread = place
    view: ConversationView = {
        "id": conversation.id,
        "kind": cast(Any, conversation.kind),
        "title": conversation.title,
        "created_by": conversation.created_by,
        "created_at": rfc3339(conversation.created_at),
        "seq": conversation.seq,
        "ver": conversation.ver,
        "slow_mode_s": conversation.slow_mode_s,
        "role": cast(MemberRole, member.role),
        "member_count": conversation.member_count,
        "unread": unread,
        "my": settings_view(member),
        "last_message": last,
    }
    if members is not None:
        view["members"] = members
    return view


def settings_view(member: Member) -> MySettingsView:
    """Return what a member has set for themselves."""
    return {
        "muted_until": views.optional_time(member.muted_until),
        "pinned": member.pinned,
        "archived": member.archived,
        "marked_unread": member.marked_unread,
        "read_seq": member.private_read_seq,
    }


def member_view(member: Member) -> MemberView:
    """Return a membership as the others see it."""
    return {
        "user_id": member.user_id,
        "role": cast(MemberRole, member.role),
        "joined_at": rfc3339(member.joined_at),
        "read_seq": member.read_seq if member.private_read_seq <= member.read_seq else 0,
        "delivered_seq": member.delivered_seq,
    }


def load_members(session: Session, conversation_ids: Sequence[str]) -> dict[str, list[MemberView]]:
    """Return the members of conversations, by the time they joined."""
    if not conversation_ids:
        return {}
    query = select(Member).where(Member.conversation_id.in_(conversation_ids))
    found: dict[str, list[MemberView]] = {}
    for member in session.scalars(query.order_by(Member.joined_at, Member.user_id)):
        found.setdefault(member.conversation_id, []).append(member_view(member))
    return found


def load_last_messages(session: Session, conversation_ids: Sequence[str], user_id: str) -> dict[str, MessageView]:
    """Return the last message of each conversation that the person can see."""
    if not conversation_ids:
        return {}
    rows = pages.last_of_each(session, conversation_ids, user_id)
    return {view["conversation_id"]: view for view in views.page_views(session, rows, user_id)}
