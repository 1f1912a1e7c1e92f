"""Campaigns, channels and people of tests, and a server that chooses ads among them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from redis import Redis
from sqlalchemy import func, select, update

from contracts.ads import AdView
from contracts.base import new_id
from plumbing.database import Transactions
from svc_ads import tickets
from svc_ads.models import Campaign, CampaignVersion, Channel, Lease, Preference
from svc_ads.serving import billing
from svc_ads.serving.deciding import Request
from svc_ads.serving.server import Server
from svc_ads.terms import CreativeTerms, Terms

DAY = timedelta(days=1)


class Shop:
    """A server, and what it sells."""

    def __init__(self, db: Transactions, redis: Redis) -> None:
        self.db, self.redis = db, redis
        self.server = Server(db, redis, every=8)

    def campaign(self, **wanted: Any) -> Terms:
        """Publish a campaign that runs: of this day and the next one, fast, for everybody."""
        terms = terms_of_test(**wanted)
        status = wanted.get("status", "active")
        with self.db.transaction() as session:
            session.add(row_of(terms, status))
            session.add(
                CampaignVersion(
                    campaign_id=terms.campaign_id, version=terms.version, terms=terms.to_json(), at=terms.starts_at
                )
            )
        return terms

    def channel(self, **facts: Any) -> str:
        """Tell of a public channel whose owner wants ads."""
        values = {"channel_id": new_id(), "version": 1, "listed": True, "owner_id": new_id(), "language": "es"}
        with self.db.transaction() as session:
            session.add(Channel(**{**values, "enabled": True, "topics": ["music"], **facts}))
        return str(facts.get("channel_id", values["channel_id"]))

    def person(self, **facts: Any) -> str:
        """Tell what a new person decided."""
        user_id = new_id()
        with self.db.transaction() as session:
            session.add(Preference(**{"user_id": user_id, "consent": "contextual", "changed_at": now(), **facts}))
        return user_id

    def fresh(self) -> Server:
        """Bring the server's index to what runs."""
        self.server.compare()
        return self.server

    def choose(
        self, channel_id: str, person: str | None = None, at_seq: int = 100, language: str = "es"
    ) -> AdView | None:
        """Ask for an ad."""
        return self.server.choose(Request(person or new_id(), channel_id, at_seq, language))

    def ticket(self, ad: AdView, person: str, **changed: Any) -> tickets.Ticket:
        """Return what the ticket of an ad says, as one of two seconds ago."""
        import msgspec

        mine = tickets.read(ad["ticket"], ad["id"], person)
        return msgspec.structs.replace(mine, **{"issued_ms": mine.issued_ms - 2_000, **changed})

    def bill(self, ticket: tickets.Ticket, visible_ms: int = 1_000) -> str | None:
        """Bill a view; return why it was refused."""
        try:
            with self.db.transaction() as session:
                billing.bill(session, ticket, visible_ms, now())
        except billing.NotCounted as refused:
            return refused.why
        return None

    def end_leases(self) -> None:
        """Let the time of all leases be over."""
        with self.db.transaction() as session:
            session.execute(update(Lease).values(expires_at=func.clock_timestamp() - timedelta(seconds=1)))

    def budget(self, campaign_id: str) -> tuple[int, int, int]:
        """Return closed, granted under open leases, and spent under open leases, in micros."""
        held = select(func.coalesce(func.sum(Lease.granted_micros), 0), func.coalesce(func.sum(Lease.spent_micros), 0))
        mine = held.where(Lease.campaign_id == campaign_id, Lease.closed_at.is_(None)).subquery()
        closed = select(Campaign.closed_micros).where(Campaign.campaign_id == campaign_id).scalar_subquery()
        with self.db.reading() as session:  # one statement, one moment
            row = session.execute(select(closed, *mine.c)).one()
        return int(row[0]), int(row[1]), int(row[2])


def now() -> datetime:
    """Return the present time."""
    return datetime.now(UTC)


def terms_of_test(**wanted: Any) -> Terms:
    """Return terms of a campaign, with what a test wants of them."""
    campaign_id = wanted.get("campaign_id") or new_id()
    facts: dict[str, Any] = {
        "campaign_id": campaign_id,
        "version": 1,
        "advertiser_id": new_id(),
        "advertiser": "Harbour Books",
        "advertiser_channel_id": None,
        "category": "arts",
        "bid_micros": 200_000,
        "budget_micros": 1_000_000_000,
        "pacing": "fast",
        "frequency_cap": 3,
        "starts_at": now() - DAY,
        "ends_at": now() + DAY,
        "languages": (),
        "regions": (),
        "channel_topics": (),
        "interests": (),
        "creatives": (CreativeTerms(new_id(), "text", "Read more", "Books by the sea", "https://books.example", None),),
    }
    return Terms(**{**facts, **{name: value for name, value in wanted.items() if name != "status"}})


def row_of(terms: Terms, status: str = "active") -> Campaign:
    """Return the row of a campaign with these terms."""
    return Campaign(
        campaign_id=terms.campaign_id,
        advertiser_id=terms.advertiser_id,
        title="A campaign",
        status=status,
        category=terms.category,
        currency="EUR",
        budget=terms.budget_micros // 1_000_000,
        bid_cpm=terms.bid_micros // 1_000,
        pacing=terms.pacing,
        frequency_cap=terms.frequency_cap,
        starts_at=terms.starts_at,
        ends_at=terms.ends_at,
        languages=list(terms.languages),
        regions=list(terms.regions),
        channel_topics=list(terms.channel_topics),
        interests=list(terms.interests),
        version=terms.version,
        funded=True,
        created_at=terms.starts_at,
        changed_at=terms.starts_at,
    )
