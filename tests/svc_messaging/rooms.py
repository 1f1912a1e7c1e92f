"""Rooms full of people, and the tokens they show."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from contracts.base import new_id
from plumbing.database import Transactions
from svc_messaging.actions import conversations, sending
from svc_messaging.actions.composing import compose


@dataclass
class Room:
    """A group made for a test; `ada` owns it, `bob` and `eve` are members, `zoe` is a stranger."""

    db: Transactions
    id: str
    ada: str
    bob: str
    eve: str
    zoe: str = field(default_factory=new_id)

    def send(self, author: str, text: str = "hello", **facts: Any) -> dict[str, Any]:
        """Send one message by the real action and return its whole outcome."""
        with self.db.transaction() as session:
            return dict(sending.send_all(session, [self.compose(author, text, **facts)])[0])

    def message(self, author: str, text: str = "hello", **facts: Any) -> dict[str, Any]:
        """Send one message and return it."""
        outcome = self.send(author, text, **facts)
        assert "message" in outcome, outcome
        return outcome["message"]

    def compose(self, author: str, text: str = "hello", **facts: Any) -> Any:
        """Return a checked message that was not sent."""
        item = {"conversation_id": self.id, "client_msg_id": new_id(), "text": text, **facts}
        return compose(item, author)  # type: ignore[arg-type]


def make_room(db: Transactions) -> Room:
    """Make a group of three people."""
    ada, bob, eve = new_id(), new_id(), new_id()
    with db.transaction() as session:
        conversation_id = conversations.create_group(session, ada, [bob, eve], "Tea")
    return Room(db, conversation_id, ada, bob, eve)
