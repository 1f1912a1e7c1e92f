"""Campaigns of a test, made by the API, and what is seen of them."""

from __future__ import annotations

import secrets
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from playwright.sync_api import Locator, expect

from tests.web.accounts import Account
from tests.web.client import Client
from tests.web.money import top_up_by_api

#: More than anybody else bids, so that a test's own ad is what is shown.
HIGH_BID = 9_000
BUDGET = 2_000
LINK = "https://bakery.example/bread"
_PATIENCE_S = 60.0


def until(look: Callable[[], Any]) -> Any:
    """Wait until something is so, and return it."""
    end = time.monotonic() + _PATIENCE_S
    while not (found := look()):
        assert time.monotonic() < end, "it did not come true in time"
        time.sleep(0.1)
    return found


def done(person: Account, method: str, path: str, body: Any = None) -> Any:
    """Do something that succeeds; return what it is answered."""
    answer = person.ask(method, path, body)
    assert answer.status_code in (200, 201, 204), answer.text
    return answer.json() if answer.content else None


def top_up(person: Account, amount: int = 5_000) -> None:
    """Pay in advance for advertising."""
    top_up_by_api(person, amount, "ads")
    until(lambda: any(each["ads"] >= amount for each in person.get("/balance")["items"]))


def draft(advertiser: Account, name: str, *topics: str) -> str:
    """Make an advertiser's account, and the draft of a campaign with one ad; return the draft's id."""
    done(advertiser, "PUT", "/advertiser", {"name": name})
    now = datetime.now(UTC)
    campaign = done(advertiser, "POST", "/campaigns", {
        "title": "Autumn", "category": "food", "currency": "EUR", "budget": BUDGET, "bid_cpm": HIGH_BID,
        "starts_at": now.isoformat(), "ends_at": (now + timedelta(days=7)).isoformat(), "pacing": "fast",
        "targeting": {"channel_topics": list(topics)},
    })["id"]  # fmt: skip
    what = {"kind": "text", "title": "Bread of the day", "body": "Baked at four in the morning.", "url": LINK}
    done(advertiser, "POST", f"/campaigns/{campaign}/creatives", what)
    return str(campaign)


@dataclass
class Campaign:
    """A campaign and whose it is."""

    advertiser: Account
    id: str

    @classmethod
    def running(cls, advertiser: Account, moderator: Account, topic: str, name: str) -> Campaign:
        """Make one that runs in channels about a topic."""
        campaign = cls(advertiser, draft(advertiser, name, topic))
        top_up(advertiser)
        (creative,) = campaign.view()["creatives"]
        done(moderator, "POST", f"/campaigns/{campaign.id}/creatives/{creative['id']}/review", {"review": "approved"})
        done(advertiser, "POST", f"/campaigns/{campaign.id}/start")
        until(lambda: campaign.view()["status"] == "active")
        return campaign

    def view(self) -> Any:
        """Return it as its advertiser sees it."""
        return self.advertiser.get(f"/campaigns/{self.id}")


def channel_about(owner: Account, title: str, posts: int = 3, *, enabled: bool = True) -> tuple[str, str]:
    """Open a public channel with posts about a topic of its own; return its id and the topic."""
    channel, topic = owner.channel(f"{title} {secrets.token_hex(3)}"), f"bread-{secrets.token_hex(4)}"
    done(owner, "PATCH", f"/channels/{channel}", {"topics": [topic]})
    until(lambda: owner.get(f"/channels/{channel}/ads")["possible"])
    if enabled:
        done(owner, "PATCH", f"/channels/{channel}/ads", {"enabled": True})
    for number in range(1, posts + 1):
        owner.publish(channel, f"News number {number}")
    return channel, topic


def served(probe: Callable[[str], Account], channel: str, advertiser: str) -> None:
    """Wait until the servers have heard of a campaign: somebody who does nothing else gets its ad."""

    def is_shown() -> bool:
        answer = probe("Probe").ask("GET", f"/channels/{channel}/ad?at_seq=1&language=en")
        return answer.status_code == 200 and answer.json()["advertiser"] == advertiser

    until(is_shown)


def ad_of(client: Client, advertiser: str) -> Locator:
    """Find the ad of an advertiser on the screen."""
    found = client.page.get_by_role("article", name=client.words.pattern("ads.label")).filter(has_text=advertiser)
    expect(found).to_be_visible()
    return found


def deed(client: Client, card: Locator, text_id: str) -> Locator:
    """Find a button of a card; its whole name says of what, too."""
    return card.get_by_role("button", name=client.words(text_id))


def act(client: Client, ad: Locator, text_id: str) -> None:
    """Choose something of an ad's menu."""
    client.button("ads.menu", ad).click()
    client.page.get_by_role("menuitem", name=client.words(text_id), exact=True).click()
