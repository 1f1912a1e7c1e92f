"""The terms under which a campaign takes part in auctions: what `campaign_versions` keeps and servers index."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import msgspec

from contracts.ads import CreativeKind, Pacing


class CreativeTerms(msgspec.Struct, frozen=True):
    """An approved creative."""

    creative_id: str
    kind: CreativeKind
    title: str
    body: str
    url: str
    media_id: str | None


class Terms(msgspec.Struct, frozen=True):
    """A campaign's version, whole. Prices are micros; a rule that is empty holds for everybody."""

    campaign_id: str
    version: int
    advertiser_id: str
    advertiser: str
    advertiser_channel_id: str | None
    category: str
    bid_micros: int
    budget_micros: int
    pacing: Pacing
    frequency_cap: int
    starts_at: datetime
    ends_at: datetime
    languages: tuple[str, ...]
    regions: tuple[str, ...]
    channel_topics: tuple[str, ...]
    interests: tuple[str, ...]
    creatives: tuple[CreativeTerms, ...]

    def to_json(self) -> dict[str, Any]:
        """Return the terms as `campaign_versions.terms` keeps them."""
        kept: dict[str, Any] = msgspec.to_builtins(self)
        return kept


def bid_micros(bid_cpm: int) -> int:
    """Return what one view may cost at most, by a bid for a thousand, in micros."""
    return bid_cpm * 1_000


def terms_of(kept: dict[str, Any]) -> Terms:
    """Return the terms of a row of `campaign_versions`."""
    return msgspec.convert(kept, Terms)
