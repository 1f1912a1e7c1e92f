"""From arguments off the bus to a checked post that waits for its number."""

from __future__ import annotations

import hashlib
from datetime import datetime
from typing import Any

import msgspec

from contracts.base import Invalid
from contracts.messaging import EntityView
from contracts.payments import CURRENCIES, AmountInvalid, CurrencyUnknown, limits_of
from contracts.subscriptions import MAX_POST, MAX_TEASER, AdLink, PostEmpty, PriceView
from plumbing import checks, codec
from plumbing.entities import checked_entities, mentioned

MAX_MEDIA = 20


class Draft(msgspec.Struct, omit_defaults=True):
    """A checked post. `body_hash` is what makes a repeated `client_post_id` the same post.

    Fields with defaults came later: a post that does without them has the hash, and waits as, it did before.
    """

    client_post_id: str
    text: str
    entities: list[EntityView]
    media_ids: list[str]
    silent: bool
    comments: bool
    publish_at: datetime | None
    body_hash: bytes
    paid: bool = False
    price: PriceView | None = None
    teaser: str = ""
    ad: AdLink | None = None

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
    paid: Any = False,
    price: Any = None,
    teaser: Any = "",
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
        paid=checks.a_flag(paid, "paid"),
        price=None if price is None else a_price(price),
        teaser=checks.a_text(teaser, "teaser", MAX_TEASER),
    )
    draft.body_hash = hashlib.sha256(codec.encode(draft)).digest()
    return draft


def a_price(value: object) -> PriceView:
    """Return the checked price of a post.

    Raises:
        Invalid: It is no amount of a currency that Charla takes.
    """
    if not isinstance(value, dict) or set(value) != {"amount", "currency"}:
        raise Invalid("A price has an amount and a currency.", code="invalid_field", field="price")
    amount, currency = value["amount"], value["currency"]
    if not isinstance(currency, str) or currency not in CURRENCIES:
        raise CurrencyUnknown(field="price.currency", known=sorted(CURRENCIES))
    least, most = limits_of(currency)
    if not isinstance(amount, int) or isinstance(amount, bool) or not least <= amount <= most:
        raise AmountInvalid(field="price.amount", least=least, most=most)
    return {"amount": amount, "currency": currency}


def to_body(draft: Draft) -> dict[str, Any]:
    """Return what `scheduled_posts.body` keeps."""
    names = ("text", "entities", "media_ids", "silent", "comments", "paid", "price", "teaser")
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
