"""Removing what is kept of somebody whose account is gone, a piece at a time.

Each piece is a transaction, and is found by the rows that are still there: whoever is killed leaves the rest
to the next one. What a person wrote stays in its place, without its author or, where they asked for that,
without its words too (docs/adr/0015).
"""

from __future__ import annotations

from sqlalchemy import Update, delete, or_, select, update
from sqlalchemy.orm import Session

from contracts.auth import NOBODY
from contracts.messaging import UnknownConversation
from plumbing import idempotency
from plumbing.erasures import Erasures
from svc_messaging.actions import payments
from svc_messaging.actions.access import lock_unchecked
from svc_messaging.actions.editing import delete_for_all
from svc_messaging.actions.members import leave_for_good
from svc_messaging.actions.polls import withdraw_all_of
from svc_messaging.actions.reactions import remove_all_of
from svc_messaging.message_models import Edit, HiddenMessage
from svc_messaging.models import (
    AccessRemoved,
    Block,
    Conversation,
    DirectPair,
    Draft,
    Erasure,
    Member,
    Message,
    Report,
    ScheduledMessage,
)

#: Whoever writes there waits meanwhile.
BATCH = 50


def _remove_piece(session: Session, erasure: Erasure) -> bool:
    user_id, wipe = erasure.user_id, erasure.messages == "delete"
    if _leave_one(session, user_id) or _empty_one(session, user_id, wipe=wipe):
        return True
    _forget_the_rest(session, user_id)
    return False


def _leave_one(session: Session, user_id: str) -> bool:
    """Leave one of the conversations that the person is still in; it becomes one of those to be emptied."""
    place = session.scalar(select(Member.conversation_id).where(Member.user_id == user_id).limit(1))
    if place is None:
        return False
    conversation = lock_unchecked(session, place)
    member = session.get(Member, (place, user_id), populate_existing=True)
    if member is not None:
        leave_for_good(session, conversation, member)
    return True


def _empty_one(session: Session, user_id: str, *, wipe: bool) -> bool:
    """Take the person's name off a part of one of the conversations that they were ever in."""
    were = select(AccessRemoved.conversation_id).where(AccessRemoved.user_id == user_id)
    place = session.scalar(were.limit(1))
    if place is None:
        return False
    try:
        conversation = lock_unchecked(session, place)
    except UnknownConversation:
        _close(session, user_id, place)
        return True
    found = (
        _part_with_messages(session, conversation, user_id, wipe=wipe)
        or remove_all_of(session, conversation, user_id, BATCH)
        or withdraw_all_of(session, conversation, user_id, BATCH)
    )
    if not found:
        _close(session, user_id, place)
        _take_name_off(session, conversation, user_id)
    return True


def _part_with_messages(session: Session, conversation: Conversation, user_id: str, *, wipe: bool) -> int:
    here = (Message.conversation_id == conversation.id, Message.author_id == user_id)
    found = session.scalars(select(Message).where(*here).order_by(Message.seq).limit(BATCH)).all()
    if wipe:
        for message in found:
            if message.kind == "payment":
                payments.forget_note(session, message)
        written = [each for each in found if each.kind not in {"payment", "system"} and each.deleted_at is None]
        delete_for_all(session, conversation, written)
    ids = [each.id for each in found]
    nobody = update(Message).where(Message.conversation_id == conversation.id, Message.id.in_(ids))
    _run(session, nobody.values(author_id=NOBODY, client_msg_id=None, body_hash=None))
    session.execute(delete(Edit).where(Edit.conversation_id == conversation.id, Edit.message_id.in_(ids)))
    return len(found)


def _take_name_off(session: Session, conversation: Conversation, user_id: str) -> None:
    if conversation.created_by == user_id:
        conversation.created_by = NOBODY
    here = (Message.conversation_id == conversation.id, Message.pinned_at.is_not(None))
    _run(session, update(Message).where(*here, Message.pinned_by == user_id).values(pinned_by=NOBODY))
    payments.take_name_off(session, conversation.id, user_id)


def _close(session: Session, user_id: str, conversation_id: str) -> None:
    """Forget that the person was in a conversation: nothing of theirs is left there."""
    for table in (HiddenMessage, AccessRemoved):
        session.execute(delete(table).where(table.user_id == user_id, table.conversation_id == conversation_id))


def _forget_the_rest(session: Session, user_id: str) -> None:
    session.execute(delete(Draft).where(Draft.user_id == user_id))
    session.execute(delete(ScheduledMessage).where(ScheduledMessage.author_id == user_id))
    session.execute(delete(Block).where(or_(Block.user_id == user_id, Block.blocked_id == user_id)))
    session.execute(delete(DirectPair).where(or_(DirectPair.user_id == user_id, DirectPair.peer_id == user_id)))
    idempotency.forget(session, user_id)
    _run(session, update(Report).where(Report.reporter_id == user_id).values(reporter_id=NOBODY, note=""))
    _run(session, update(Report).where(Report.user_id == user_id).values(user_id=NOBODY))


def _run(session: Session, statement: Update) -> None:
    session.execute(statement.execution_options(synchronize_session=False))


erasures = Erasures(Erasure, "messaging:account_erased", _remove_piece)
