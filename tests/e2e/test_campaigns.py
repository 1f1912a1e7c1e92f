"""A campaign from the money to the followers, through all services."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

from contracts.clock import rfc3339
from tests.e2e.paying import pay
from tests.e2e.people import Person, eventually


def done(person: Person, method: str, path: str, body: Any = None) -> Any:
    answer = person.ask(method, path, body)
    assert answer.status_code in (200, 201, 204), answer.text
    return answer.json() if answer.content else None


def prepaid(person: Person) -> int:
    return sum(each["ads"] for each in done(person, "GET", "/balance")["items"] if each["currency"] == "EUR")


def channel(owner: Person, title: str, visibility: str = "public") -> str:
    body = {"title": title, "visibility": visibility, "topics": ["tea"], "language": "en"}
    return str(done(owner, "POST", "/channels", body)["id"])


def test_a_campaign_is_paid_for_announced_and_asks_whom_it_must(
    ana: Person, ben: Person, moderator: Person, person: Callable[[str], Person]
) -> None:
    brand, host, fan = channel(ana, "The bakery"), channel(ben, "Tea"), person("fan")
    done(fan, "POST", f"/channels/{brand}/subscription", {"level": "all"})
    eventually(lambda: done(ben, "GET", f"/channels/{host}/ads")["possible"])
    done(ben, "PATCH", f"/channels/{host}/ads", {"enabled": True, "approve_first": True})
    pay(ana, "/top-ups", {"amount": 3_000, "currency": "EUR", "purpose": "ads"})
    assert prepaid(ana) == 3_000

    done(ana, "PUT", "/advertiser", {"name": "The bakery", "channel_id": brand})
    now = datetime.now(UTC)
    wanted = {
        "title": "Bread", "category": "food", "currency": "EUR", "budget": 2_000, "bid_cpm": 500,
        "starts_at": rfc3339(now), "ends_at": rfc3339(now + timedelta(days=7)), "announce": True,
        "targeting": {"channel_topics": ["tea"]},
    }  # fmt: skip
    campaign = done(ana, "POST", "/campaigns", wanted)["id"]
    creative = {"kind": "text", "title": "Fresh bread", "body": "Each morning", "url": "https://bakery.example/"}
    made = done(ana, "POST", f"/campaigns/{campaign}/creatives", creative)
    assert ana.ask("POST", f"/campaigns/{campaign}/start").json()["code"] == "campaign_not_ready"
    done(moderator, "POST", f"/campaigns/{campaign}/creatives/{made['id']}/review", {"review": "approved"})

    assert done(ana, "POST", f"/campaigns/{campaign}/start")["status"] == "active"
    assert prepaid(ana) == 1_000
    assert ana.ask("PATCH", f"/campaigns/{campaign}", {"budget": 9_000}).json()["code"] == "budget_missing"
    [post] = eventually(lambda: done(fan, "GET", f"/channels/{brand}/posts")["items"])
    assert post["ad"] == {"campaign_id": campaign, "url": "https://bakery.example/"}
    lines = eventually(
        lambda: [each for each in done(ben, "GET", "/notifications")["items"] if each["kind"] == "ad_approval"]
    )
    assert (lines[0]["why"]["campaign_id"], lines[0]["why"]["channel_id"]) == (campaign, host)
    done(ben, "POST", f"/channels/{host}/ads/approvals/{campaign}", {"status": "approved"})

    # Servers may hold leases of it for half an hour; what is left comes back when they are over.
    assert done(ana, "POST", f"/campaigns/{campaign}/end")["status"] == "ending"
    assert done(ana, "GET", f"/campaigns/{campaign}")["status"] in ("ending", "ended")
