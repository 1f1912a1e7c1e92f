"""Who may see what: every look-up of a conversation or message goes through here.

The answer to people without access is the same as for things that do not exist. Whoever changes
something takes the conversation's lock first, and any other row after it; that order is what
keeps the service free of deadlocks.
"""

from __future__ import annotations

from sqlalchemy import ColumnElement, and_, exists, func, or_, select
from sqlalchemy.orm import Session

from contracts.messaging import MemberRole, RoleTooLow, UnknownConversation, UnknownMessage
from svc_messaging.message_models import HiddenMessage
from svc_messaging.models import Conversation, Member, Message

RANKS: dict[str, int] = {"member": 0, "moderator": 1, "owner": 2}


def get_member(session: Session, conversation_id: str, user_id: str) -> Member:
    """Return the person's membership as it is now.

    Raises:
        UnknownConversation: There is none.
    """
    found = session.get(Member, (conversation_id, user_id), populate_existing=True)
    if found is None:
        raise UnknownConversation
    return found


def get_conversation(session: Session, conversation_id: str, user_id: str) -> Conversation:
    """Return the conversation, which the person is a member of.

    Raises:
        UnknownConversation: They are not, or there is none.
    """
    found = session.scalar(select(Conversation).where(Conversation.id == conversation_id, is_member(user_id)))
    if found is None:
        raise UnknownConversation
    return found


def is_member(user_id: str) -> ColumnElement[bool]:
    """Return the condition that `user_id` is a member of the `Conversation` in the query."""
    return exists().where(Member.conversation_id == Conversation.id, Member.user_id == user_id)


def lock_conversation(session: Session, conversation_id: str, user_id: str) -> Conversation:
    """Lock the conversation until the transaction ends and return it.

    Raises:
        UnknownConversation: The person is no member, or there is none.
    """
    get_member(session, conversation_id, user_id)
    found = lock_unchecked(session, conversation_id)
    get_member(session, conversation_id, user_id)
    return found


def lock_unchecked(session: Session, conversation_id: str) -> Conversation:
    """Lock and return the conversation for the service's own work, on behalf of nobody.

    Raises:
        UnknownConversation: There is none.
    """
    query = select(Conversation).where(Conversation.id == conversation_id)
    found = session.scalar(query.with_for_update(key_share=True).execution_options(populate_existing=True))
    if found is None:
        raise UnknownConversation
    return found


def require_role(member: Member, least: MemberRole) -> None:
    """Demand that the member has at least the role `least`.

    Raises:
        RoleTooLow: They have not.
    """
    if RANKS[member.role] < RANKS[least]:
        raise RoleTooLow


def is_visible(user_id: str) -> ColumnElement[bool]:
    """Return the condition that the `Message` in the query is neither expired nor hidden by `user_id`."""
    hidden = exists().where(
        HiddenMessage.conversation_id == Message.conversation_id,
        HiddenMessage.user_id == user_id,
        HiddenMessage.message_id == Message.id,
    )
    return and_(or_(Message.expires_at.is_(None), Message.expires_at > func.now()), ~hidden)


def message_for(
    session: Session, message_id: str, user_id: str, lock: bool = False, *, deleted: bool = False
) -> Message:
    """Return a message that the person can read.

    Args:
        session: The transaction.
        message_id: The message.
        user_id: The person.
        lock: Lock the conversation first; `lock_conversation` then returns it without waiting.
        deleted: Return the message even if it was deleted for everybody.

    Raises:
        UnknownMessage: There is none, or the person may not know it.
    """
    message = _find_message(session, message_id, user_id)
    if lock and message is not None:
        lock_unchecked(session, message.conversation_id)
        message = _find_message(session, message_id, user_id)
    if message is None or (message.deleted_at is not None and not deleted):
        raise UnknownMessage
    return message


def _find_message(session: Session, message_id: str, user_id: str) -> Message | None:
    membership = and_(Member.conversation_id == Message.conversation_id, Member.user_id == user_id)
    query = select(Message).join(Member, membership).where(Message.id == message_id, is_visible(user_id))
    return session.scalar(query.execution_options(populate_existing=True))
