"""From a `SendItem` off the bus to a checked message that waits for its number."""

from __future__ import annotations

import hashlib
from datetime import datetime
from typing import Annotated, Any, cast

import msgspec

from contracts.base import Invalid
from contracts.messaging import (
    MAX_TEXT,
    EntityInvalid,
    EntityView,
    MessageEmpty,
    PollInvalid,
    ReplyInvalid,
    SendItem,
    SendTimeInvalid,
    TextTooLong,
)
from plumbing import checks, codec
from plumbing.entities import Entity, fitting_entities
from svc_messaging.models import Json

MAX_MEDIA = 20
MAX_TTL_S = 365 * 24 * 3600
MAX_OPTIONS = 12

AnyId = Annotated[str, msgspec.Meta(pattern=checks.UUID_PATTERN)]


class PollShape(msgspec.Struct, forbid_unknown_fields=True):
    """A `PollDraft` as it is checked."""

    question: Annotated[str, msgspec.Meta(min_length=1, max_length=300)]
    options: Annotated[
        list[Annotated[str, msgspec.Meta(min_length=1, max_length=100)]],
        msgspec.Meta(min_length=2, max_length=MAX_OPTIONS),
    ]
    multiple: bool = False
    anonymous: bool = False
    closes_at: str | None = None


class ItemShape(msgspec.Struct, forbid_unknown_fields=True):
    """A `SendItem` as it is checked."""

    conversation_id: AnyId
    client_msg_id: Annotated[str, msgspec.Meta(pattern=checks.CLIENT_ID_PATTERN)]
    text: str = ""
    token: str = ""
    entities: list[Entity] | None = None
    media_ids: Annotated[list[AnyId], msgspec.Meta(max_length=MAX_MEDIA)] | None = None
    reply_to: AnyId | None = None
    send_at: str | None = None
    ttl_s: Annotated[int, msgspec.Meta(ge=1, le=MAX_TTL_S)] | None = None
    poll: PollShape | None = None


class Outgoing(msgspec.Struct):
    """A checked message of one author. `poll` holds plain values for the `polls` table."""

    author_id: str
    conversation_id: str
    client_msg_id: str
    text: str
    entities: list[EntityView]
    media_ids: list[str]
    reply_to: str | None
    send_at: datetime | None
    ttl_s: int | None
    poll: Json | None
    body_hash: bytes
    forwarded_from: Json | None = None

    @property
    def key(self) -> tuple[str, str, str]:
        """What may exist only once."""
        return self.conversation_id, self.author_id, self.client_msg_id

    @property
    def kind(self) -> str:
        """The message's kind."""
        return "poll" if self.poll else "text"


_DETAILED: dict[str, type[Invalid]] = {
    "entities": EntityInvalid,
    "poll": PollInvalid,
    "reply_to": ReplyInvalid,
    "send_at": SendTimeInvalid,
}


def compose(item: SendItem, author_id: str) -> Outgoing:
    """Return the checked message in `item`.

    Raises:
        Invalid: The item does not fit; the code names the fact.
    """
    shape = _shape_of(item)
    if len(shape.text) > MAX_TEXT:
        raise TextTooLong
    if not checks.is_storable(shape.text) or not checks.is_storable(shape.client_msg_id):
        raise Invalid("That is not a text.", code="invalid_text", field="text")
    poll = _poll(shape.poll)
    if not shape.text.strip() and not shape.media_ids and poll is None:
        raise MessageEmpty
    return _outgoing(shape, author_id, poll)


def _shape_of(item: SendItem) -> ItemShape:
    try:
        return msgspec.convert(item, ItemShape)
    except msgspec.ValidationError as error:
        reason = str(error)
    field = reason.rpartition("`$.")[2].rstrip("`").partition(".")[0].partition("[")[0] if "`$." in reason else ""
    if "unknown field" in reason and not field:
        raise Invalid("There is no such field.", code="unknown_field", field=reason.rpartition("field ")[2].strip("`"))
    raise _DETAILED.get(field, Invalid)(reason, code=None if field in _DETAILED else "invalid_message", field=field)


def _outgoing(shape: ItemShape, author_id: str, poll: Json | None) -> Outgoing:
    entities = fitting_entities(shape.entities, shape.text) if shape.entities else []
    media_ids = [each.lower() for each in shape.media_ids or ()]
    reply_to = shape.reply_to.lower() if shape.reply_to else None
    send_at = _moment(shape.send_at) if shape.send_at else None
    body = (shape.text, entities, media_ids, reply_to, send_at, shape.ttl_s, poll)
    return Outgoing(
        author_id=author_id,
        conversation_id=shape.conversation_id.lower(),
        client_msg_id=shape.client_msg_id,
        text=shape.text,
        entities=entities,
        media_ids=media_ids,
        reply_to=reply_to,
        send_at=send_at,
        ttl_s=shape.ttl_s,
        poll=poll,
        body_hash=hash_of(body),
    )


def hash_of(body: Any) -> bytes:
    """Return what tells two bodies under one `client_msg_id` apart."""
    return hashlib.sha256(codec.encode(body)).digest()


def _moment(value: str) -> datetime:
    try:
        return checks.a_moment(value, "send_at")
    except Invalid as error:
        raise SendTimeInvalid from error


def _poll(shape: PollShape | None) -> Json | None:
    if shape is None:
        return None
    texts = [option.strip() for option in shape.options]
    if len(set(texts)) != len(texts) or not all(texts) or not shape.question.strip():
        raise PollInvalid
    if not all(checks.is_storable(part) for part in (shape.question, *texts)):
        raise PollInvalid
    try:
        closes_at = checks.a_moment(shape.closes_at, "closes_at").isoformat() if shape.closes_at else None
    except Invalid as error:
        raise PollInvalid from error
    return {
        "question": shape.question.strip(),
        "options": [{"id": number, "text": each} for number, each in enumerate(texts)],
        "multiple": shape.multiple,
        "anonymous": shape.anonymous,
        "closes_at": closes_at,
    }


def to_body(message: Outgoing) -> Json:
    """Return `message` as plain values, for the time that it waits in `scheduled_messages`."""
    return cast(Json, msgspec.to_builtins(message))


def from_body(body: Json) -> Outgoing:
    """Return the message that `to_body` made plain."""
    return msgspec.convert(body, Outgoing)
