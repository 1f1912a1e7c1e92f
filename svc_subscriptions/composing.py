"""From arguments off the bus to a checked post that waits for its number."""

from __future__ import annotations

import hashlib
from datetime import datetime
from typing import Any

import msgspec

from contracts.messaging import EntityView
from contracts.subscriptions import MAX_POST, PostEmpty
from plumbing import checks, codec
from plumbing.entities import checked_entities, mentioned

MAX_MEDIA = 20


class Draft(msgspec.Struct):
    """A checked post. `body_hash` is what makes a repeated `client_post_id` the same post."""

    client_post_id: str
    text: str
    entities: list[EntityView]
    media_ids: list[str]
    silent: bool
    comments: bool
    publish_at: datetime | None
    body_hash: bytes

    @property
    def mentions(self) -> list[str]:
        """Return the people whom it names."""
        return mentioned(self.entities)


def compose(
    *,
    client_post_id: Any,
    text: Any,
    entities: Any = None,
    media_ids: Any = None,
    silent: Any = False,
    publish_at: Any = None,
    comments: Any = False,
) -> Draft:
    """Return the checked post.

    Raises:
        Invalid: An argument does not fit; the code names the fact.
    """
    key = checks.a_client_id(client_post_id, "client_post_id")
    text = checks.a_text(text, "text", MAX_POST)
    media = checks.ids([] if media_ids is None else media_ids, "media_ids", MAX_MEDIA)
    if not text.strip() and not media:
        raise PostEmpty
    draft = Draft(
        client_post_id=key,
        text=text,
        entities=checked_entities(entities, text),
        media_ids=media,
        silent=checks.a_flag(silent, "silent"),
        comments=checks.a_flag(comments, "comments"),
        publish_at=None if publish_at is None else checks.a_moment(publish_at, "publish_at"),
        body_hash=b"",
    )
    draft.body_hash = hashlib.sha256(codec.encode(draft)).digest()
    return draft


def to_body(draft: Draft) -> dict[str, Any]:
    """Return what `scheduled_posts.body` keeps."""
    names = ("text", "entities", "media_ids", "silent", "comments")
    return {name: getattr(draft, name) for name in names}


def from_body(client_post_id: str, body: dict[str, Any], body_hash: bytes) -> Draft:
    """Return the post that `to_body` kept, which is due now.

    Raises:
        msgspec.ValidationError: A newer version of the code wrote it.
    """
    facts = {**body, "client_post_id": client_post_id, "publish_at": None, "body_hash": b""}
    draft = msgspec.convert(facts, Draft)
    draft.body_hash = bytes(body_hash)
    return draft
