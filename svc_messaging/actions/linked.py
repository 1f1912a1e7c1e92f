"""Conversations that another service links to something of its own, e.g. the comments of a channel's post.

The service chooses the id, so that asking twice begins one conversation, and it decides who is in it;
nobody is told of members by a message. Everything else is as in any group.
"""

from __future__ import annotations

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from contracts.messaging import MAX_MEMBERS, TooManyMembers
from svc_messaging.actions.access import lock_unchecked
from svc_messaging.actions.conversations import create
from svc_messaging.actions.members import delete_member, insert_member
from svc_messaging.models import Conversation, Member


def create_linked(session: Session, conversation_id: str, owner_id: str, title: str) -> None:
    """Begin a group under an id that the caller chose; one that is there stays as it is."""
    # A second creator waits here for the first one's commit.
    session.execute(select(func.pg_advisory_xact_lock(func.hashtext(conversation_id))))
    if session.get(Conversation, conversation_id) is None:
        create(session, conversation_id, "group", title, owner_id, [owner_id], linked=True)


def add_linked_member(session: Session, conversation_id: str, user_id: str) -> None:
    """Let somebody in; who is in it already stays as they are.

    Raises:
        UnknownConversation: There is none.
        TooManyMembers: It would have more than `MAX_MEMBERS`.
    """
    conversation = lock_unchecked(session, conversation_id)
    if session.get(Member, (conversation_id, user_id)) is not None:
        return
    if conversation.member_count >= MAX_MEMBERS:
        raise TooManyMembers
    insert_member(session, conversation, user_id)


def remove_linked_member(session: Session, conversation_id: str, user_id: str) -> None:
    """Take somebody out, its owner too; who is not in it stays out.

    Raises:
        UnknownConversation: There is none.
    """
    conversation = lock_unchecked(session, conversation_id)
    member = session.get(Member, (conversation_id, user_id))
    if member is not None:
        delete_member(session, conversation, member)
