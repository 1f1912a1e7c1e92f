"""What people decide about ads, and what is looked up only when they agreed."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from nameko.testing.services import worker_factory
from sqlalchemy import select

from contracts.base import Invalid, Unauthenticated, new_id
from contracts.clock import rfc3339
from contracts.payments import EntitlementChanged
from svc_ads.actions import chores, preferences
from svc_ads.models import ConsentChange, HiddenCampaign, Preference
from svc_ads.service import AdsService
from svc_ads.worker import AdsWorker
from svc_ads.workers.asking import begin_again
from tests.services import FakePush, calling
from tests.svc_ads.world import World

ANA = new_id()
UNTIL = datetime(2030, 1, 1, tzinfo=UTC)


@pytest.fixture
def worker(world: World) -> AdsWorker:
    made: AdsWorker = worker_factory(
        AdsWorker, db=world.db, push=FakePush(), payments=world.ledger, subscriptions=world.subscriptions
    )
    return made


def decide(service: AdsService, **changes: Any) -> Any:
    with calling(ANA):
        return service.set_ad_preferences(**changes)


def row_of(world: World, user_id: str = ANA) -> Preference | None:
    row: Preference | None = world.look(lambda session: session.get(Preference, user_id))
    return row


def test_nobody_was_asked_who_never_answered(world: World, service: AdsService) -> None:
    with calling(ANA):
        found = service.get_ad_preferences()
    assert (found["consent"], found["asked"], found["region"], found["ad_free"]) == ("unasked", False, None, False)
    assert (found["interests"], found["followed_topics"], found["hidden"]) == ([], [], [])
    assert row_of(world) is None
    with pytest.raises(Unauthenticated):
        service.get_ad_preferences()


def test_topics_are_asked_for_with_consent_alone(world: World, service: AdsService) -> None:
    world.subscriptions.topics[ANA] = ["bikes", "music"]
    no = decide(service, consent="contextual", region="ES", interests=[" Bikes", "bikes"])
    assert (no["consent"], no["asked"], no["region"], no["interests"]) == ("contextual", True, "ES", ["bikes"])
    assert (no["followed_topics"], world.subscriptions.asked) == ([], [])
    assert decide(service, consent="personal")["followed_topics"] == ["bikes", "music"]
    assert world.subscriptions.asked == [ANA]
    decide(service, removed_topics=["music"])
    assert world.subscriptions.asked == [ANA]


def test_who_takes_consent_back_is_forgotten_at_once_and_keeps_what_they_gave(
    world: World, service: AdsService
) -> None:
    world.subscriptions.topics[ANA] = ["bikes"]
    decide(service, consent="personal", interests=["tea"], region="ES")
    no = decide(service, consent="contextual")
    assert (no["followed_topics"], no["interests"], no["region"]) == ([], ["tea"], "ES")
    row = row_of(world)
    assert row is not None
    assert (row.followed_topics, row.looked_up_at) == ([], None)
    gone = decide(service, interests=[], region="")
    assert (gone["interests"], gone["region"]) == ([], None)


def test_each_change_of_consent_is_kept_and_nothing_else_is(world: World, service: AdsService) -> None:
    for consent in ("contextual", "contextual", "personal", "contextual"):
        decide(service, consent=consent)
    decide(service, region="MX")
    query = select(ConsentChange.consent).where(ConsentChange.user_id == ANA).order_by(ConsentChange.at)
    assert world.look(lambda session: list(session.scalars(query))) == ["contextual", "personal", "contextual"]


@pytest.mark.parametrize(
    ("wrong", "code"),
    [
        ({"consent": "unasked"}, "invalid_choice"),
        ({"consent": True}, "invalid_choice"),
        ({"region": "es"}, "invalid_region"),
        ({"region": "XX"}, "invalid_region"),
        ({"region": 1}, "invalid_region"),
        ({"interests": "tea"}, "invalid_list"),
        ({"interests": [""]}, "text_too_short"),
        ({"interests": ["x" * 41]}, "text_too_long"),
        ({"interests": ["tea"] * 101}, "invalid_list"),
        ({"interests": ["a\x00"]}, "invalid_text"),
        ({"removed_topics": [None]}, "invalid_text"),
    ],
)
def test_bad_decisions_are_refused(world: World, service: AdsService, wrong: Any, code: str) -> None:
    with calling(ANA), pytest.raises(Invalid) as refusal:
        service.set_ad_preferences(**wrong)
    assert refusal.value.code == code
    assert row_of(world) is None


def test_while_nobody_answers_consent_is_kept_and_topics_follow(
    world: World, service: AdsService, worker: AdsWorker
) -> None:
    world.subscriptions.topics[ANA] = ["bikes"]
    world.subscriptions.away = True
    assert decide(service, consent="personal")["followed_topics"] == []
    worker.look_up_topics()
    world.subscriptions.away = False
    worker.look_up_topics()
    worker.look_up_topics()
    assert world.subscriptions.asked == [ANA]
    row = row_of(world)
    assert row is not None
    assert row.followed_topics == ["bikes"]


def test_topics_are_asked_for_again_after_a_day(world: World, service: AdsService, worker: AdsWorker) -> None:
    decide(service, consent="personal")
    world.subscriptions.topics[ANA] = ["tea"]

    def age(session: Any) -> None:
        session.get_one(Preference, ANA).looked_up_at = datetime.now(UTC) - timedelta(days=1, seconds=1)

    worker.look_up_topics()
    assert len(world.subscriptions.asked) == 1
    world.do(age)
    worker.look_up_topics()
    assert len(world.subscriptions.asked) == 2
    with calling(ANA):
        assert service.get_ad_preferences()["followed_topics"] == ["tea"]


def test_an_answer_that_comes_after_a_no_is_dropped(world: World, service: AdsService) -> None:
    world.subscriptions.away = True
    decide(service, consent="personal")
    [(_, changed_at)] = world.look(preferences.to_look_up, datetime.now(UTC), 10)
    decide(service, consent="contextual")
    assert not world.do(preferences.keep_topics, ANA, ["bikes"], changed_at, datetime.now(UTC))
    decide(service, consent="personal")
    assert not world.do(preferences.keep_topics, ANA, ["bikes"], changed_at, datetime.now(UTC))
    row = row_of(world)
    assert row is not None
    assert row.followed_topics == []


def test_what_was_hidden_is_listed_and_can_be_shown_again(world: World, service: AdsService) -> None:
    campaign = world.run()
    world.do(preferences.hide, ANA, campaign, datetime.now(UTC))
    world.do(preferences.hide, ANA, campaign, datetime.now(UTC))
    with calling(ANA):
        [hidden] = service.get_ad_preferences()["hidden"]
        assert (hidden["campaign_id"], hidden["advertiser"]) == (campaign, "Shop")
        service.unhide_campaign(campaign_id=campaign)
        service.unhide_campaign(campaign_id=campaign)
        assert service.get_ad_preferences()["hidden"] == []
        with pytest.raises(Invalid):
            service.unhide_campaign(campaign_id="x")
    assert world.look(lambda session: list(session.scalars(select(HiddenCampaign)))) == []


def entitled(version: int, *, active: bool, until: datetime | None = UNTIL) -> EntitlementChanged:
    return EntitlementChanged(
        user_id=ANA,
        subject_kind="ad_free",
        subject_id=ANA,
        active=active,
        until=None if until is None else rfc3339(until),
        version=version,
    )


def test_the_newest_word_on_paying_for_no_ads_counts(world: World, service: AdsService, worker: AdsWorker) -> None:
    worker.on_ad_free_changed(entitled(2, active=True))
    worker.on_ad_free_changed(entitled(1, active=False))
    with calling(ANA):
        found = service.get_ad_preferences()
        assert (found["ad_free"], found["ad_free_until"], found["asked"]) == (True, rfc3339(UNTIL), False)
        worker.on_ad_free_changed(entitled(3, active=True, until=datetime.now(UTC) - timedelta(seconds=1)))
        found = service.get_ad_preferences()
        assert (found["ad_free"], found["ad_free_until"]) == (False, None)


def test_who_sees_no_ads_is_compared_with_the_ledger(world: World, worker: AdsWorker) -> None:
    worker.on_ad_free_changed(entitled(1, active=True, until=None))
    worker.repair_ad_free()
    row = row_of(world)
    assert row is not None
    assert not row.ad_free
    world.ledger.entitled[ANA] = rfc3339(UNTIL)
    worker.repair_ad_free()
    assert not world.look(lambda session: session.get_one(Preference, ANA).ad_free)
    begin_again(world.db, "ad_free")
    worker.repair_ad_free()
    row = row_of(world)
    assert row is not None
    assert (row.ad_free, row.ad_free_until) == (True, UNTIL)


def test_a_walk_that_nobody_answers_waits_where_it_is(world: World, worker: AdsWorker) -> None:
    worker.on_ad_free_changed(entitled(1, active=True))
    world.ledger.away = True
    worker.repair_ad_free()
    assert world.look(chores.is_due, "ad_free", timedelta(days=1), datetime.now(UTC))
    world.ledger.away = False
    worker.repair_ad_free()
    assert not world.look(chores.is_due, "ad_free", timedelta(days=1), datetime.now(UTC))
