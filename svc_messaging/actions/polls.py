"""Polls: votes under a message, until it is closed by hand or by its time."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import ColumnElement, delete, insert, select, tuple_
from sqlalchemy.orm import Session

from contracts.messaging import NotAPoll, PollAnonymous, PollClosed, VoteInvalid
from svc_messaging.actions.access import get_member, lock_unchecked, message_for, require_role
from svc_messaging.actions.blocks import refuse_blocked_in
from svc_messaging.actions.changes import record_change, record_changes
from svc_messaging.message_models import Poll, PollVote
from svc_messaging.models import Conversation, Message


def vote(session: Session, user_id: str, message_id: str, option_ids: Sequence[int]) -> Message:
    """Make `option_ids` the person's vote; none takes it back, the same again changes nothing.

    Raises:
        UnknownMessage: The person cannot read the message.
        NotAPoll: It is another kind of message.
        Blocked: It is a vote, and no taking back, in a direct conversation in which one blocked the other.
        PollClosed: It takes no votes any more.
        VoteInvalid: An option is not in it, or there are two in a poll for single votes.
    """
    message, conversation, poll = _lock(session, user_id, message_id)
    if option_ids:
        refuse_blocked_in(session, conversation, user_id)
    if is_closed(poll):
        raise PollClosed
    wanted = _checked(poll, option_ids)
    mine = (*_about(poll), PollVote.user_id == user_id)
    if wanted == set(session.scalars(select(PollVote.option_id).where(*mine))):
        return message
    session.execute(delete(PollVote).where(*mine))
    if wanted:
        session.execute(insert(PollVote), [_row(poll, user_id, option) for option in sorted(wanted)])
    record_change(session, conversation, "poll.changed", message_id=message.id)
    return message


def close_poll(session: Session, user_id: str, message_id: str) -> Message:
    """Close a poll for good; a closed one stays as it is.

    Raises:
        UnknownMessage: The person cannot read the message.
        NotAPoll: It is another kind of message.
        RoleTooLow: They are neither its author nor a moderator.
    """
    message, conversation, poll = _lock(session, user_id, message_id)
    if message.author_id != user_id:
        require_role(get_member(session, conversation.id, user_id), "moderator")
    _close(session, conversation, poll)
    return message


def list_votes(
    session: Session, user_id: str, message_id: str, limit: int, after: tuple[str, int] | None
) -> list[PollVote]:
    """Return up to `limit` votes after the (person, option) `after`.

    Raises:
        UnknownMessage: The person cannot read the message.
        NotAPoll: It is another kind of message.
        PollAnonymous: Nobody may see who voted for what.
    """
    poll = _poll_of(session, message_for(session, message_id, user_id))
    if poll.anonymous:
        raise PollAnonymous
    query = select(PollVote).where(*_about(poll)).order_by(PollVote.user_id, PollVote.option_id).limit(limit)
    place = tuple_(PollVote.user_id, PollVote.option_id)
    return list(session.scalars(query if after is None else query.where(place > tuple_(*after))))


def withdraw_all_of(session: Session, conversation: Conversation, user_id: str, limit: int) -> int:
    """Take back somebody's votes in up to `limit` polls of a locked conversation; return in how many."""
    mine = (PollVote.conversation_id == conversation.id, PollVote.user_id == user_id)
    polls = session.scalars(select(PollVote.message_id).where(*mine).distinct().limit(limit)).all()
    session.execute(delete(PollVote).where(*mine, PollVote.message_id.in_(polls)))
    record_changes(session, conversation, "poll.changed", [(message_id, None) for message_id in polls])
    return len(polls)


def due_polls(session: Session, limit: int) -> list[tuple[str, str]]:
    """Return up to `limit` polls, as (conversation, message), whose time is over but which are not closed."""
    overdue = select(Poll.conversation_id, Poll.message_id).where(*_overdue()).order_by(Poll.closes_at).limit(limit)
    return [(conversation_id, message_id) for conversation_id, message_id in session.execute(overdue)]


def close_due_poll(session: Session, conversation_id: str, message_id: str) -> bool:
    """Close a poll whose time is over; tell whether it was still open."""
    conversation = lock_unchecked(session, conversation_id)
    here = (Poll.conversation_id == conversation_id, Poll.message_id == message_id)
    poll = session.scalar(select(Poll).where(*here, *_overdue()).with_for_update(skip_locked=True))
    return poll is not None and _close(session, conversation, poll)


def is_closed(poll: Poll) -> bool:
    """Tell whether the poll takes no votes any more."""
    return poll.closed_at is not None or (poll.closes_at is not None and poll.closes_at <= datetime.now(UTC))


def _close(session: Session, conversation: Conversation, poll: Poll) -> bool:
    if poll.closed_at is not None:
        return False
    poll.closed_at = datetime.now(UTC)
    session.flush()
    record_change(session, conversation, "poll.changed", message_id=poll.message_id)
    return True


def _lock(session: Session, user_id: str, message_id: str) -> tuple[Message, Conversation, Poll]:
    message = message_for(session, message_id, user_id, lock=True)
    conversation = lock_unchecked(session, message.conversation_id)
    return message, conversation, _poll_of(session, message)


def _poll_of(session: Session, message: Message) -> Poll:
    poll = session.get(Poll, (message.conversation_id, message.id), populate_existing=True)
    if poll is None:
        raise NotAPoll
    return poll


def _checked(poll: Poll, option_ids: Sequence[int]) -> set[int]:
    wanted = set(option_ids)
    known = {option["id"] for option in poll.options}
    if not wanted <= known or (len(wanted) > 1 and not poll.multiple):
        raise VoteInvalid
    return wanted


def _row(poll: Poll, user_id: str, option_id: int) -> dict[str, Any]:
    return {
        "conversation_id": poll.conversation_id,
        "message_id": poll.message_id,
        "user_id": user_id,
        "option_id": option_id,
    }


def _about(poll: Poll) -> tuple[ColumnElement[bool], ...]:
    return PollVote.conversation_id == poll.conversation_id, PollVote.message_id == poll.message_id


def _overdue() -> tuple[ColumnElement[bool], ...]:
    return Poll.closes_at <= datetime.now(UTC), Poll.closed_at.is_(None)
