"""Advertisers, owners and people of tests, and stand-ins for the services that svc_ads asks."""

from __future__ import annotations

import fcntl
import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import select, text

from contracts.ads import CampaignView, CreativeView
from contracts.base import Unavailable, new_id
from contracts.clock import rfc3339
from contracts.media import UnknownMedia
from contracts.payments import AdBudgetReleased, BalanceTooLow
from contracts.subscriptions import UnknownChannel
from plumbing import codec
from plumbing.context import CallContext, working_on
from plumbing.database import Transactions
from svc_ads.models import BilledView, Campaign, Lease, Outbox, Settlement
from svc_ads.service import AdsService
from tests.services import calling, user_token

Json = dict[str, Any]


@dataclass
class FakeLedger:
    """Keeps books in a file, as svc_payments keeps them: what is asked twice happens once. It may be away."""

    path: Path
    away: bool = False
    entitled: dict[str, str | None] = field(default_factory=dict)

    def as_service(self) -> FakeLedger:
        if self.away:
            raise Unavailable
        return self

    @contextmanager
    def books(self) -> Iterator[Json]:
        with self.path.open("a+") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            file.seek(0)
            kept = json.loads(file.read() or '{"ads": {}, "aside": {}, "back": {}}')
            yield kept
            file.seek(0)
            file.truncate()
            json.dump(kept, file)

    def prepay(self, user_id: str, amount: int) -> None:
        with self.books() as books:
            books["ads"][user_id] = books["ads"].get(user_id, 0) + amount

    def prepaid(self, user_id: str) -> int:
        with self.books() as books:
            return int(books["ads"].get(user_id, 0))

    def aside(self, campaign_id: str) -> int:
        with self.books() as books:
            return int(books["aside"].get(campaign_id, 0))

    def set_aside_ad_budget(self, *, campaign_id: str, advertiser_id: str, currency: str, total: int) -> Json:
        assert currency == "EUR"
        with self.books() as books:
            if campaign_id in books["back"]:
                raise AdBudgetReleased
            missing = total - books["aside"].get(campaign_id, 0)
            if missing > 0:
                if books["ads"].get(advertiser_id, 0) < missing:
                    raise BalanceTooLow(available=books["ads"].get(advertiser_id, 0))
                books["ads"][advertiser_id] -= missing
                books["aside"][campaign_id] = total
            return {"set_aside": books["aside"][campaign_id]}

    def release_ad_budget(self, *, campaign_id: str, advertiser_id: str, currency: str, spent: int) -> Json:
        assert currency == "EUR"
        with self.books() as books:
            left = books["aside"].get(campaign_id, 0) - spent
            assert left >= 0
            assert books["back"].get(campaign_id, left) == left
            if campaign_id not in books["back"] and left:
                books["back"][campaign_id] = left
                books["ads"][advertiser_id] += left
            return {"released": left}

    def find_entitlements(self, *, user_id: str, subject_kind: str, subject_ids: list[str]) -> list[Json]:
        assert (subject_kind, subject_ids) == ("ad_free", [user_id])
        if user_id not in self.entitled:
            return []
        return [{"subject_kind": "ad_free", "subject_id": user_id, "until": self.entitled[user_id]}]


@dataclass
class FakeSubscriptions:
    """Has channels and knows who owns them, and what people follow; it may be away."""

    channels: dict[str, Json] = field(default_factory=dict)
    topics: dict[str, list[str]] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)
    caller: str = ""
    away: bool = False

    def as_service(self) -> FakeSubscriptions:
        if self.away:
            raise Unavailable
        return self

    def begin(self, owner_id: str, visibility: str = "public", topics: list[str] | None = None) -> str:
        channel_id = new_id()
        self.channels[channel_id] = {
            "id": channel_id, "owner_id": owner_id, "visibility": visibility, "topics": topics or [],
            "language": "en", "version": 1,
        }  # fmt: skip
        return channel_id

    def get_channel(self, *, channel_id: str) -> Json:
        from plumbing.identity import CallerIdentity

        me = CallerIdentity().user().user_id
        found = self.channels.get(channel_id)
        if found is None or (found["visibility"] == "private" and found["owner_id"] != me):
            raise UnknownChannel
        return {**found, "subscription": {"role": "owner"} if found["owner_id"] == me else None}

    def list_followed_topics(self, *, user_id: str) -> list[str]:
        self.asked.append(user_id)
        return self.topics.get(user_id, [])

    def list_public_channels(
        self, *, channel_ids: list[str] | None = None, limit: int = 200, after: str | None = None
    ) -> Json:
        public = sorted(each for each, of in self.channels.items() if of["visibility"] == "public")
        wanted = [each for each in public if (channel_ids is None or each in channel_ids) and each > (after or "")]
        shown = [{**self.channels[each], "channel_id": each, "listed": True} for each in wanted[:limit]]
        return {"items": shown, "next": wanted[limit - 1] if len(wanted) > limit else None}


@dataclass
class FakeMedia:
    """Has media of people."""

    media: dict[str, Json] = field(default_factory=dict)

    def upload(self, owner_id: str, kind: str = "picture", state: str = "ready") -> str:
        media_id = new_id()
        self.media[media_id] = {"id": media_id, "owner_id": owner_id, "kind": kind, "state": state}
        return media_id

    def get_media(self, *, media_id: str) -> Json:
        if media_id not in self.media:
            raise UnknownMedia
        return self.media[media_id]


def soon(**ahead: float) -> str:
    return rfc3339(datetime.now(UTC) + timedelta(**ahead))


def terms(**other: Any) -> Json:
    """Return what `create_campaign` takes."""
    return {
        "title": "Autumn", "category": "shopping", "currency": "EUR", "budget": 1_000, "bid_cpm": 500,
        "starts_at": soon(hours=-1), "ends_at": soon(days=7), **other,
    }  # fmt: skip


@dataclass
class World:
    """A shop that is an advertiser, a moderator, and the test's hand on them."""

    db: Transactions
    service: AdsService
    ledger: FakeLedger
    subscriptions: FakeSubscriptions
    shop: str = field(default_factory=new_id)
    moderator: str = field(default_factory=new_id)

    def __post_init__(self) -> None:
        self.ledger.prepay(self.shop, 10_000)
        with calling(self.shop):
            self.service.set_advertiser(name="Shop")

    def do(self, action: Callable[..., Any], *args: Any, **facts: Any) -> Any:
        with self.db.transaction() as session:
            return action(session, *args, **facts)

    def look(self, action: Callable[..., Any], *args: Any, **facts: Any) -> Any:
        with self.db.reading() as session:
            return action(session, *args, **facts)

    def draft(self, **other: Any) -> CampaignView:
        with calling(self.shop):
            return self.service.create_campaign(**terms(**other))

    def creative(self, campaign_id: str, *, approved: bool = True, **other: Any) -> CreativeView:
        facts: Json = {"kind": "text", "title": "Shoes", "body": "Buy", "url": "https://shop.example/", **other}
        with calling(self.shop):
            made = self.service.create_creative(campaign_id=campaign_id, **facts)
        return self.review(made) if approved else made

    def review(self, creative: CreativeView, review: Any = "approved") -> CreativeView:
        with calling(self.moderator, "user", "moderator"):
            return self.service.review_creative(
                campaign_id=creative["campaign_id"], creative_id=creative["id"], review=review
            )

    def ready(self, **other: Any) -> str:
        """Return a draft that may start."""
        campaign = self.draft(**other)["id"]
        self.creative(campaign)
        return campaign

    def start(self, campaign_id: str) -> CampaignView:
        with calling(self.shop):
            return self.service.start_campaign(campaign_id=campaign_id)

    def run(self, **other: Any) -> str:
        """Return a campaign that runs."""
        campaign = self.ready(**other)
        assert self.start(campaign)["status"] == "active"
        return campaign

    def get(self, campaign_id: str) -> CampaignView:
        with calling(self.shop):
            return self.service.get_campaign(campaign_id=campaign_id)

    def row(self, campaign_id: str) -> Campaign:
        row: Campaign = self.look(lambda session: session.get_one(Campaign, campaign_id))
        return row

    def events(self, name: str) -> list[Json]:
        """Return the events of a name that wait in the outbox, the oldest first."""
        query = select(Outbox.body).where(Outbox.name == name).order_by(Outbox.enqueued_at)
        return [codec.decode(bytes(body)) for body in self.look(lambda session: session.scalars(query).all())]

    def lease(self, campaign_id: str, granted: int, spent: int, *, closed: bool = False) -> str:
        lease_id, now = new_id(), datetime.now(UTC)
        row = Lease(
            campaign_id=campaign_id, lease_id=lease_id, server="s", granted_micros=granted, spent_micros=spent,
            expires_at=now + timedelta(minutes=30), closed_at=now if closed else None,
        )  # fmt: skip
        self.do(lambda session: session.add(row))
        return lease_id

    def view(self, campaign_id: str, price: int, channel_id: str | None = None, **other: Any) -> str:
        decision = new_id()
        facts: Json = {
            "campaign_id": campaign_id, "decision_id": decision, "lease_id": new_id(), "owner_id": new_id(),
            "channel_id": channel_id or new_id(), "price_micros": price, "at": datetime.now(UTC), **other,
        }  # fmt: skip
        self.do(lambda session: session.add(BilledView(**facts)))
        return decision

    def settle(self, campaign_id: str, amount: int, channel_id: str | None = None) -> None:
        settlement_id = new_id()
        row = Settlement(
            campaign_id=campaign_id, settlement_id=settlement_id, channel_id=channel_id or new_id(),
            owner_id=new_id(), amount=amount, views=1, at=datetime.now(UTC),
        )  # fmt: skip
        self.do(lambda session: session.add(row))
        settled = text("UPDATE billed_views SET settlement_id = :id WHERE campaign_id = :campaign")
        self.do(lambda session: session.execute(settled, {"id": settlement_id, "campaign": campaign_id}))


@contextmanager
def keyed(user_id: str, key: str) -> Iterator[None]:
    """Make a person the caller, with an Idempotency-Key."""
    with working_on(CallContext(token=user_token(user_id), idempotency_key=key)):
        yield
