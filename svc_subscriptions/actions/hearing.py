"""From domain events to lines of people's lists. Previews say who and where, never what was written."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from contracts.base import Event
from contracts.messaging import MessageCreated
from svc_subscriptions.actions import collapse, notifying, rules
from svc_subscriptions.actions.notifying import Cause
from svc_subscriptions.actions.rules import Kind, Verdict
from svc_subscriptions.post_models import Post


def tell_of_message(session: Session, event: MessageCreated, commented: tuple[str, str] | None) -> list[str]:
    """Tell whom a message names or answers, or on whose post it comments; return to whom that was new.

    messaging names members alone, without those who have blocked the author. Whoever is named and
    answered at once is told once: the first kind counts.

    Args:
        session: The transaction.
        event: The message.
        commented: The post (channel, author) whose comments the conversation is.
    """
    kinds: dict[str, Kind] = dict.fromkeys(event.mentions, "mention")
    if event.reply_to_author is not None:
        kinds.setdefault(event.reply_to_author, "reply")
    if commented is not None:
        kinds.setdefault(commented[1], "comment")
    kinds.pop(event.author_id, None)
    told: list[str] = []
    for kind in dict.fromkeys(kinds.values()):
        people = [user_id for user_id, each in kinds.items() if each == kind]
        told += _tell(session, event, kind, people, commented)
    return told


def _tell(
    session: Session, event: MessageCreated, kind: Kind, people: list[str], commented: tuple[str, str] | None
) -> list[str]:
    now = datetime.now(UTC)
    where = {"conversation_id": event.conversation_id, "actor_id": event.author_id}
    verdicts = [
        (person.user_id, rules.judge_message(person, kind, now, where))
        for person in notifying.load_people(session, people)
    ]
    cause: Cause = {
        "source_key": f"message:{event.message_id}",
        "collapse_key": collapse.conversation_key(event.conversation_id, kind),
        "channel_id": commented[0] if commented else None,
        "conversation_id": event.conversation_id,
        "post_id": event.conversation_id if commented else None,
        "message_id": event.message_id,
        "actor_id": event.author_id,
        "seq": event.seq,
    }
    wanted = [(user_id, verdict) for user_id, verdict in verdicts if verdict is not None]
    return notifying.write(session, wanted, cause, now)


def commented_post(session: Session, conversation_id: str) -> tuple[str, str] | None:
    """Return (channel, author) of the post whose comments a conversation is: it has the post's id."""
    row = session.execute(select(Post.channel_id, Post.author_id).where(Post.id == conversation_id)).first()
    return None if row is None else (row.channel_id, row.author_id)


def tell_people(
    session: Session, event: Event, people: Iterable[str], kind: Kind, facts: dict[str, str | int]
) -> list[str]:
    """Tell people of any domain event, once for each; return to whom that was new.

    Args:
        session: The transaction.
        event: What happened.
        people: Whom to tell.
        kind: Under which kind their lists show it.
        facts: What `why` says besides the event's name; ids and the like, never texts.
    """
    now = datetime.now(UTC)
    why = {"rule": event.name, **facts}
    found = notifying.load_people(session, sorted(set(people)))
    verdicts = [(person.user_id, rules.judge_message(person, kind, now, why)) for person in found]
    wanted: list[tuple[str, Verdict]] = [(who, verdict) for who, verdict in verdicts if verdict is not None]
    return notifying.write(session, wanted, {"source_key": f"{event.name}:{event.event_id}"}, now)
