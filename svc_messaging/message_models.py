"""The tables of what belongs to a message: edits, reactions, polls, and the index of words.

They are on the same `Base` as conversations and messages (`models.py`).
"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Index, SmallInteger, text
from sqlalchemy.dialects.postgresql import TSVECTOR
from sqlalchemy.orm import Mapped, mapped_column

from svc_messaging.models import FALSE, ZERO, Base, Id, Json


class Edit(Base):
    """An earlier text of a message."""

    __tablename__ = "edits"

    conversation_id: Mapped[str] = mapped_column(Id, primary_key=True)
    message_id: Mapped[str] = mapped_column(Id, primary_key=True)
    edit_id: Mapped[str] = mapped_column(Id, primary_key=True)
    text: Mapped[str]
    entities: Mapped[list[Json]]
    replaced_at: Mapped[datetime]


class HiddenMessage(Base):
    """A message that one member deleted for themselves alone."""

    __tablename__ = "hidden_messages"

    conversation_id: Mapped[str] = mapped_column(Id, primary_key=True)
    user_id: Mapped[str] = mapped_column(Id, primary_key=True)
    message_id: Mapped[str] = mapped_column(Id, primary_key=True)


class Reaction(Base):
    """One person's emoji on a message."""

    __tablename__ = "reactions"

    conversation_id: Mapped[str] = mapped_column(Id, primary_key=True)
    message_id: Mapped[str] = mapped_column(Id, primary_key=True)
    user_id: Mapped[str] = mapped_column(Id, primary_key=True)
    emoji: Mapped[str] = mapped_column(primary_key=True)
    created_at: Mapped[datetime]


class Poll(Base):
    """The poll of a message of kind `poll`; `options` is `[{"id": 0, "text": "…"}, …]`."""

    __tablename__ = "polls"
    __table_args__ = (
        Index("polls_closing", "closes_at", postgresql_where=text("closes_at IS NOT NULL AND closed_at IS NULL")),
    )

    conversation_id: Mapped[str] = mapped_column(Id, primary_key=True)
    message_id: Mapped[str] = mapped_column(Id, primary_key=True)
    question: Mapped[str]
    options: Mapped[list[Json]]
    multiple: Mapped[bool] = mapped_column(server_default=FALSE)
    anonymous: Mapped[bool] = mapped_column(server_default=FALSE)
    closes_at: Mapped[datetime | None]
    closed_at: Mapped[datetime | None]


class PollVote(Base):
    """One person's vote for one option."""

    __tablename__ = "poll_votes"

    conversation_id: Mapped[str] = mapped_column(Id, primary_key=True)
    message_id: Mapped[str] = mapped_column(Id, primary_key=True)
    user_id: Mapped[str] = mapped_column(Id, primary_key=True)
    option_id: Mapped[int] = mapped_column(primary_key=True)


class MessageSearch(Base):
    """The searchable words of a message, filled by the worker outside the send path."""

    __tablename__ = "message_search"
    __table_args__ = (Index("message_search_words", "tsv", postgresql_using="gin"),)

    conversation_id: Mapped[str] = mapped_column(Id, primary_key=True)
    message_id: Mapped[str] = mapped_column(Id, primary_key=True)
    seq: Mapped[int]
    tsv: Mapped[str] = mapped_column(TSVECTOR)


class UnindexedMessage(Base):
    """A message that is new or changed, until the worker has indexed its words.

    Attributes:
        attempts: How often that failed; what failed `MAX_ATTEMPTS` times stays here to be looked at.
    """

    __tablename__ = "unindexed_messages"

    conversation_id: Mapped[str] = mapped_column(Id, primary_key=True)
    message_id: Mapped[str] = mapped_column(Id, primary_key=True)
    attempts: Mapped[int] = mapped_column(SmallInteger, server_default=ZERO)
