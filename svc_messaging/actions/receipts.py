"""Receipts: how far people have read and received. They are no durable changes and move no `ver`."""

from __future__ import annotations

from typing import Any

from sqlalchemy import and_, func, or_, select, update
from sqlalchemy.orm import Session

from contracts.messaging import ReceiptCounts
from plumbing import codec
from svc_messaging import live
from svc_messaging.actions.access import get_member, message_for
from svc_messaging.actions.unread import move_read_mark, unread_count
from svc_messaging.conversation_views import MAX_SHOWN_MEMBERS
from svc_messaging.models import Conversation, Member


def mark_read(session: Session, user_id: str, conversation_id: str, up_to_seq: int, *, private: bool) -> Member:
    """Note that the person has read everything up to `up_to_seq`; a mark never moves back.

    Read in private it clears their own count, on all of their devices, and nobody else hears of it.

    Raises:
        UnknownConversation: They are not a member.
    """
    get_member(session, conversation_id, user_id)
    shown = move_read_mark(session, conversation_id, user_id, up_to_seq, private=private)
    member = get_member(session, conversation_id, user_id)
    if shown:
        _tell_others(session, member, read_seq=member.read_seq)
    _tell_own_devices(session, member)
    return member


def mark_delivered(session: Session, user_id: str, conversation_id: str, up_to_seq: int) -> None:
    """Note that a device of the person has everything up to `up_to_seq`; a mark never moves back.

    Raises:
        UnknownConversation: They are not a member.
    """
    get_member(session, conversation_id, user_id)
    head = select(Conversation.seq).where(Conversation.id == conversation_id).scalar_subquery()
    mark = func.least(up_to_seq, head)
    here = (Member.conversation_id == conversation_id, Member.user_id == user_id)
    moved = update(Member).where(*here, Member.delivered_seq < mark).values(delivered_seq=mark)
    unsynced = moved.returning(Member.delivered_seq).execution_options(synchronize_session=False)
    if session.execute(unsynced).first() is not None:
        member = get_member(session, conversation_id, user_id)
        _tell_others(session, member, delivered_seq=member.delivered_seq)


def mark_unread(session: Session, user_id: str, conversation_id: str) -> Member:
    """Show the conversation to the person as unread until they open it again.

    Raises:
        UnknownConversation: They are not a member.
    """
    member = get_member(session, conversation_id, user_id)
    member.marked_unread = True
    session.flush()
    _tell_own_devices(session, member)
    return member


def count_receipts(session: Session, message_id: str, user_id: str) -> ReceiptCounts:
    """Return how many of the others have read and received a message; who, is told by the members themselves.

    Raises:
        UnknownMessage: The person cannot read the message.
    """
    message = message_for(session, message_id, user_id)
    # Whoever reads in private is shown as having read nothing, as in the list of members.
    is_read = and_(Member.read_seq >= message.seq, Member.private_read_seq <= Member.read_seq)
    is_delivered = or_(is_read, Member.delivered_seq >= message.seq)
    counts = select(func.count(), func.count().filter(is_read), func.count().filter(is_delivered)).select_from(Member)
    here = (Member.conversation_id == message.conversation_id, Member.user_id != message.author_id)
    others, read, delivered = session.execute(counts.where(*here)).one()
    return {"others": others, "read": read, "delivered": delivered}


def _tell_others(session: Session, member: Member, **marks: int) -> None:
    # In larger groups nobody is shown who has read what, and each mark would go to everybody.
    members = select(Conversation.member_count).where(Conversation.id == member.conversation_id)
    if session.scalars(members).one() > MAX_SHOWN_MEMBERS:
        return
    frame = {"t": "receipt", "conv": member.conversation_id, "user": member.user_id, **marks}
    live.collected(session).append((f"conv:{member.conversation_id}", codec.encode(frame)))


def _tell_own_devices(session: Session, member: Member) -> None:
    pair = Conversation.id == Member.conversation_id
    count = select(unread_count()).select_from(Member).join(Conversation, pair)
    here = (Member.conversation_id == member.conversation_id, Member.user_id == member.user_id)
    data: dict[str, Any] = {
        "conversation_id": member.conversation_id,
        "read_seq": member.private_read_seq,
        "unread": session.execute(count.where(*here)).scalar_one(),
        "marked_unread": member.marked_unread,
    }
    live.to_user(session, member.user_id, "read.changed", data)
