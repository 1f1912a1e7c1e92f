"""Campaigns and channels of the bench of ads."""

from __future__ import annotations

import random
from datetime import UTC, datetime, timedelta

from contracts.base import new_id
from plumbing.database import Transactions
from svc_ads.models import Campaign, CampaignVersion, Channel
from svc_ads.terms import CreativeTerms, Terms

CHANNELS = 50
TOPICS = tuple(f"topic{number}" for number in range(40))
LANGUAGES = ("es", "en", "fr", "de")


def campaigns(db: Transactions, number: int) -> list[str]:
    """Publish campaigns with all kinds of rules and bids; return their ids."""
    chance, now, ids = random.Random(1), datetime.now(UTC), []
    for start in range(0, number, 1_000):
        with db.transaction() as session:
            for _ in range(min(1_000, number - start)):
                terms = _terms(chance, now)
                ids.append(terms.campaign_id)
                session.add(_row(terms, now))
                kept = terms.to_json()
                session.add(CampaignVersion(campaign_id=terms.campaign_id, version=1, terms=kept, at=now))
    return ids


def _terms(chance: random.Random, now: datetime) -> Terms:
    creatives = tuple(CreativeTerms(new_id(), "text", "Title", "Body", "https://a.example", None) for _ in range(2))
    return Terms(
        campaign_id=new_id(), version=1, advertiser_id=new_id(), advertiser="Bench", advertiser_channel_id=None,
        category="arts", bid_micros=chance.randrange(100, 2_000) * 1_000, budget_micros=99_000_000_000_000,
        pacing="fast", frequency_cap=3, starts_at=now - timedelta(days=1), ends_at=now + timedelta(days=1),
        languages=tuple(chance.sample(LANGUAGES, chance.choice((0, 1, 2)))), regions=(),
        channel_topics=tuple(chance.sample(TOPICS, chance.choice((0, 2, 4)))), interests=(), creatives=creatives,
    )  # fmt: skip


def _row(terms: Terms, now: datetime) -> Campaign:
    return Campaign(
        campaign_id=terms.campaign_id, advertiser_id=terms.advertiser_id, title="Bench", status="active",
        category=terms.category, currency="EUR", budget=terms.budget_micros // 1_000_000,
        bid_cpm=terms.bid_micros // 1_000, pacing="fast", frequency_cap=3, starts_at=terms.starts_at,
        ends_at=terms.ends_at, version=1, funded=True, begun=True, created_at=now, changed_at=now,
    )  # fmt: skip


def channels(db: Transactions) -> list[str]:
    """Tell of public channels; return their ids."""
    chance, ids = random.Random(2), [new_id() for _ in range(CHANNELS)]
    with db.transaction() as session:
        session.add_all(
            Channel(
                channel_id=each, version=1, listed=True, owner_id=new_id(), language="es", enabled=True,
                topics=chance.sample(TOPICS, 3),
            )
            for each in ids
        )  # fmt: skip
    return ids
