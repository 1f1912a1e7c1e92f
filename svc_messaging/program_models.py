"""The tables of what programs do in conversations: webhooks by which they post, and commands that bots answer.

They are on the same `Base` as conversations and messages (`models.py`).
"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Index, text
from sqlalchemy.orm import Mapped, mapped_column

from svc_messaging.models import Base, Id


class Webhook(Base):
    """A way into a group for whoever has its address.

    Attributes:
        secret_hash: SHA-256 of the secret part of the address, which is 256 random bits and kept nowhere.
        created_by: Who made it; it ends with their right to.
    """

    __tablename__ = "webhooks"
    __table_args__ = (Index("webhooks_by_id", "id"),)

    conversation_id: Mapped[str] = mapped_column(Id, primary_key=True)
    id: Mapped[str] = mapped_column(Id, primary_key=True)
    name: Mapped[str]
    secret_hash: Mapped[bytes]
    created_by: Mapped[str] = mapped_column(Id)
    created_at: Mapped[datetime]
    last_posted_at: Mapped[datetime | None]


class Command(Base):
    """A command that the member `user_id`, a bot, answers in a conversation."""

    __tablename__ = "commands"

    conversation_id: Mapped[str] = mapped_column(Id, primary_key=True)
    name: Mapped[str] = mapped_column(primary_key=True)
    user_id: Mapped[str] = mapped_column(Id)
    description: Mapped[str]
    usage: Mapped[str] = mapped_column(server_default=text("''"))
