"""What clients did and were told, and what is stored: the checker's two sides."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from typing import Any, NamedTuple


class Send(NamedTuple):
    """What makes one message one message: its room, its author, the author's own id for it."""

    room: str
    author: str
    client_msg_id: str


class Ack(NamedTuple):
    """One success answer to a send; a send that was repeated may have several."""

    send: Send
    message_id: str
    seq: int
    ver: int


@dataclass
class Edit:
    """One change of a text. Every message is edited once at most, so the outcome is certain.

    Attributes:
        acknowledged: Whether the server said that it is stored.
    """

    room: str
    message_id: str
    text: str
    acknowledged: bool = False


@dataclass
class View:
    """What one client has seen, by socket or by sync.

    Attributes:
        head: The version up to which it has seen everything, by room.
        created: The ids of the messages that it saw appear, by room.
        by_socket: How many changes came over the socket; the rest came by asking.
        by_asking: See `by_socket`.
    """

    head: dict[str, int] = field(default_factory=lambda: defaultdict(int))
    created: dict[str, set[str]] = field(default_factory=lambda: defaultdict(set))
    by_socket: int = 0
    by_asking: int = 0


@dataclass
class History:
    """Everything that the clients recorded.

    Attributes:
        texts: The text of every send that was ever tried.
        refused: Sends that got a definite refusal; they must not be stored.
        edits: By message id.
        views: By reader's user id.
        members: The readers of each room.
    """

    texts: dict[Send, str] = field(default_factory=dict)
    acks: list[Ack] = field(default_factory=list)
    refused: set[Send] = field(default_factory=set)
    edits: dict[str, Edit] = field(default_factory=dict)
    views: dict[str, View] = field(default_factory=dict)
    members: dict[str, set[str]] = field(default_factory=lambda: defaultdict(set))

    @property
    def acknowledged(self) -> set[Send]:
        """The sends that got at least one success answer."""
        return {ack.send for ack in self.acks}


@dataclass(frozen=True)
class StoredMessage:
    """A message as history shows it after the drill."""

    id: str
    seq: int
    ver: int
    author: str
    client_msg_id: str | None
    text: str

    @classmethod
    def from_view(cls, view: dict[str, Any]) -> StoredMessage:
        """Return the message of a MessageView."""
        return cls(view["id"], view["seq"], view["ver"], view["author_id"], view["client_msg_id"], view["text"])


@dataclass(frozen=True)
class StoredChange:
    """An entry of a conversation's change log."""

    ver: int
    type: str
    message_id: str | None

    @classmethod
    def from_view(cls, view: dict[str, Any]) -> StoredChange:
        """Return the change of a ChangeView."""
        is_message = view["type"].startswith("message.")
        return cls(view["ver"], view["type"], view["data"].get("id") if is_message else None)


@dataclass
class StoredRoom:
    """All that a room holds after the drill.

    Attributes:
        seq: The room's own counter of messages.
        ver: The room's own counter of changes.
    """

    room: str
    seq: int
    ver: int
    messages: list[StoredMessage]
    changes: list[StoredChange]
