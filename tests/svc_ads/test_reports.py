"""What campaigns and channels are told of, and what moderators are."""

from __future__ import annotations

import csv
import io
import time
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest

from contracts.ads import TicketInvalid, UnknownCampaign
from contracts.base import Forbidden, Invalid, new_id
from svc_ads.actions import complaints, preferences
from svc_ads.actions.reports import exact, harmless
from svc_ads.models import Click, RefusedCount, ServedCount
from svc_ads.service import AdsService
from svc_ads.tickets import Ticket, seal
from tests.services import calling
from tests.svc_ads.world import World

TODAY = datetime.now(UTC).date()
SPAN = {"since": (TODAY - timedelta(days=1)).isoformat(), "until": TODAY.isoformat()}


def busy(world: World, channel_id: str, title: str = "Autumn") -> str:
    """Return a campaign with two views, a click, and some that did not count."""
    campaign = world.run(title=title)
    yesterday = datetime.now(UTC) - timedelta(days=1)
    clicked = world.view(campaign, 300_001, channel_id)
    world.view(campaign, 250_000, channel_id, at=yesterday)
    world.view(campaign, 100, new_id(), at=yesterday - timedelta(days=1))
    now = datetime.now(UTC)
    rows = [
        Click(campaign_id=campaign, decision_id=clicked, channel_id=channel_id, person_id=None, at=now),
        ServedCount(campaign_id=campaign, day=TODAY, count=7),
        RefusedCount(campaign_id=campaign, day=TODAY, what="view", why="too_soon", count=2),
        RefusedCount(campaign_id=campaign, day=TODAY, what="click", why="too_soon", count=1),
        RefusedCount(campaign_id=campaign, day=TODAY, what="view", why="own_ad", count=1),
    ]
    world.do(lambda session: session.add_all(rows))
    return campaign


def test_a_report_has_every_day_and_adds_up(world: World, service: AdsService) -> None:
    channel_id = new_id()
    campaign = busy(world, channel_id)
    world.do(preferences.hide, new_id(), campaign, datetime.now(UTC))
    with calling(world.shop):
        report = service.get_campaign_report(campaign_id=campaign, **SPAN)
        assert world.get(campaign)["views"] == 3
    yesterday, today = report["days"]
    assert (yesterday["views"], yesterday["spent_micros"], yesterday["served"]) == (1, 250_000, 0)
    assert today == {
        "date": TODAY.isoformat(), "served": 7, "views": 1, "clicks": 1, "refused": 4, "spent_micros": 300_001,
    }  # fmt: skip
    shares = [{"channel_id": channel_id, "views": 2, "clicks": 1, "spent_micros": 550_001}]
    assert report["channels"] == shares
    assert (report["refusals"], report["hidden"], report["reported"]) == ({"own_ad": 1, "too_soon": 3}, 1, 0)


def test_a_file_holds_the_days_and_no_formula(world: World, service: AdsService) -> None:
    campaign = busy(world, new_id(), title="=HYPERLINK(1)")
    with calling(world.shop):
        file = service.get_campaign_csv(campaign_id=campaign, **SPAN)
    head, yesterday, today = csv.reader(io.StringIO(file["body"]))
    assert head == ["date", "campaign", "served", "views", "clicks", "refused", "spent", "currency"]
    assert yesterday[-2:] == ["0.00250000", "EUR"]
    assert today == [TODAY.isoformat(), "'=HYPERLINK(1)", "7", "1", "1", "4", "0.00300001", "EUR"]
    assert file["name"].endswith(f"{SPAN['since']}-{SPAN['until']}.csv")


@pytest.mark.parametrize("cell", ["=1", " =1", "+1", "-1", "@a", "\t1", "|a", "%a", "\u00a0=1"])
def test_a_formula_is_made_harmless(cell: str) -> None:
    assert harmless(cell) == f"'{cell}"
    assert harmless("a=1") == "a=1"


def test_amounts_are_exact() -> None:
    assert exact(1, "EUR") == "0.00000001"
    assert exact(123_456_789_012, "EUR") == "1234.56789012"
    assert exact(1_500_000, "JPY") == "1.500000"


@pytest.mark.parametrize(
    ("wrong", "code"),
    [
        ({"since": "yesterday"}, "invalid_day"),
        ({"until": "2026-02-30"}, "invalid_day"),
        ({"since": None}, "invalid_day"),
        ({"since": (TODAY + timedelta(days=1)).isoformat()}, "invalid_span"),
        ({"since": date(2020, 1, 1).isoformat()}, "invalid_span"),
        ({"campaign_id": "x"}, "invalid_id"),
    ],
)
def test_bad_spans_are_refused(world: World, service: AdsService, wrong: Any, code: str) -> None:
    asked = {"campaign_id": world.draft()["id"], **SPAN, **wrong}
    for call in (service.get_campaign_report, service.get_campaign_csv):
        with calling(world.shop), pytest.raises(Invalid) as refusal:
            call(**asked)
        assert refusal.value.code == code


def test_reports_are_for_the_advertiser_alone(world: World, service: AdsService) -> None:
    campaign = world.draft()["id"]
    for call in (service.get_campaign_report, service.get_campaign_csv):
        with calling(new_id()), pytest.raises(UnknownCampaign):
            call(campaign_id=campaign, **SPAN)


def test_an_owner_sees_their_half(world: World, service: AdsService) -> None:
    owner = new_id()
    channel_id = world.subscriptions.begin(owner)
    campaign = busy(world, channel_id)
    world.settle(campaign, 101, channel_id)
    with calling(owner):
        stats = service.get_channel_ad_stats(channel_id=channel_id, **SPAN)
    assert (stats["views"], stats["clicks"], stats["earned_micros"], stats["paid_out"]) == (2, 1, 275_000, 51)
    assert [day["views"] for day in stats["days"]] == [1, 1]
    with calling(new_id()), pytest.raises(Forbidden):
        service.get_channel_ad_stats(channel_id=channel_id, **SPAN)


def reported(world: World, campaign: str, reason: str = "scam", user_id: str | None = None) -> str:
    decision, [creative] = new_id(), world.get(campaign)["creatives"]
    shown = (campaign, creative["id"], decision)
    world.do(complaints.report, user_id or new_id(), shown, reason, "No shoes came.", datetime.now(UTC))
    return decision


def test_moderators_read_what_was_reported_and_not_by_whom(world: World, service: AdsService) -> None:
    campaign, ana = world.run(), new_id()
    decisions = [reported(world, campaign), reported(world, campaign, "illegal", ana)]
    with calling(world.moderator, "user", "moderator"):
        first = service.list_ad_reports(limit=1)
        rest = service.list_ad_reports(after=first["next"])
        assert [each["decision_id"] for each in first["items"] + rest["items"]] == decisions[::-1]
        assert ana not in str(first)
        [found] = first["items"]
        assert (found["reason"], found["advertiser"], found["creative"]["title"]) == ("illegal", "Shop", "Shoes")
        with pytest.raises(Invalid):
            service.list_ad_reports(after="x")
    with calling(ana):
        assert [each["campaign_id"] for each in service.get_ad_preferences()["hidden"]] == [campaign]
        with pytest.raises(Forbidden):
            service.list_ad_reports()


@pytest.mark.parametrize("method", ["hide_ad", "report_ad"])
def test_nobody_complains_about_what_they_were_not_shown(world: World, service: AdsService, method: str) -> None:
    more = {"reason": "scam"} if method == "report_ad" else {}
    with calling(new_id()):
        for ticket in ("", "x", "a.b", "\u2603.x"):
            with pytest.raises(TicketInvalid) as refusal:
                getattr(service, method)(ad_id=new_id(), ticket=ticket, **more)
            assert refusal.value.facts == {"why": "forged"}
        for wrong in ({"ad_id": "x"}, {"ticket": 1}, {"ticket": "x" * 2_001}):
            with pytest.raises(Invalid):
                getattr(service, method)(**{"ad_id": new_id(), "ticket": "x", **more, **wrong})


def test_reasons_are_known_ones(service: AdsService) -> None:
    with calling(new_id()), pytest.raises(Invalid) as refusal:
        service.report_ad(ad_id=new_id(), ticket="x", reason="boring")
    assert refusal.value.code == "invalid_choice"


def ticket_for(world: World, campaign: str, person: str) -> tuple[str, str]:
    """Return an ad's id and its ticket, as the server gives them out."""
    [creative], decision = world.get(campaign)["creatives"], uuid4()
    ids = [UUID(each) for each in (campaign, creative["id"], person)]
    rest = (uuid4(), uuid4(), UUID(world.shop))
    return str(decision), seal(Ticket(decision, *ids, *rest, 100, int(time.time() * 1000)))


def test_who_was_shown_an_ad_hides_and_reports_it_once(world: World, service: AdsService) -> None:
    campaign, other, ana = world.run(), world.run(), new_id()
    shown, hidden = ticket_for(world, campaign, ana), ticket_for(world, other, ana)
    with calling(ana):
        for _ in range(2):
            service.report_ad(ad_id=shown[0], ticket=shown[1], reason="scam", note="No.")
            service.hide_ad(ad_id=hidden[0], ticket=hidden[1])
        found = {each["campaign_id"] for each in service.get_ad_preferences()["hidden"]}
    assert found == {campaign, other}
    with calling(world.moderator, "user", "admin"):
        assert [each["decision_id"] for each in service.list_ad_reports()["items"]] == [shown[0]]
    with calling(new_id()), pytest.raises(TicketInvalid) as refusal:
        service.hide_ad(ad_id=shown[0], ticket=shown[1])
    assert refusal.value.facts == {"why": "not_yours"}
