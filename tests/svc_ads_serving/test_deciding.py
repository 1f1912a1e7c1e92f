"""Who gets which ad, and who gets none."""

from __future__ import annotations

from datetime import timedelta

import pytest
from redis import Redis
from sqlalchemy import func, select, text, update

from contracts.base import new_id
from svc_ads.models import Approval, Channel, Decision, HiddenCampaign, Preference, ServedCount
from svc_ads.serving.counters import Counters, Seen
from svc_ads.serving.server import Server
from tests.svc_ads_serving.shop import Shop, now


def decisions(shop: Shop) -> int:
    with shop.db.reading() as session:
        return session.scalars(select(func.count()).select_from(Decision)).one()


def test_the_highest_bid_wins_and_pays_the_second_one_and_a_micro(shop: Shop) -> None:
    high, channel, me = shop.campaign(bid_micros=500_000), shop.channel(), new_id()
    shop.campaign(bid_micros=300_000)
    shop.fresh()
    ad = shop.choose(channel, me)
    assert ad is not None
    assert ad["title"] == high.creatives[0].title
    assert shop.ticket(ad, me).price == 300_001
    with shop.db.reading() as session:
        row = session.scalars(select(Decision)).one()
        served = session.scalars(select(ServedCount.count)).one()
    assert (row.campaign_id, row.person_id, row.price_micros, served) == (high.campaign_id, me, 300_001, 1)
    assert row.inputs["fates"] == ["won", "outbid"]


def test_a_channel_that_is_unknown_not_listed_or_not_enabled_carries_none_and_leaves_no_trace(shop: Shop) -> None:
    shop.campaign()
    shop.fresh()
    for channel in (new_id(), shop.channel(listed=False), shop.channel(enabled=False)):
        assert shop.choose(channel) is None
        with shop.db.reading() as session:
            assert not session.scalars(select(Decision)).all()
    assert shop.redis.keys("*") == []


def test_people_who_pay_get_none(shop: Shop) -> None:
    shop.campaign()
    channel, me = shop.channel(), shop.person(ad_free=True)
    over = shop.person(ad_free=True, ad_free_until=now() - timedelta(seconds=1))
    shop.fresh()
    assert shop.choose(channel, me) is None
    assert shop.choose(channel, over) is not None


def test_without_consent_only_channel_and_language_count_and_a_change_counts_at_once(shop: Shop) -> None:
    shop.campaign(regions=("ES",), interests=("sailing",))
    channel = shop.channel()
    me = shop.person(consent="personal", region="ES", interests=["sailing"])
    shop.fresh()

    def consent(value: str) -> None:
        with shop.db.transaction() as session:
            session.execute(update(Preference).values(consent=value))

    consent("contextual")
    assert shop.choose(channel, me) is None
    assert decisions(shop) == 0  # no candidate, no trace
    consent("personal")
    ad = shop.choose(channel, me)
    assert ad is not None
    assert ad["why"] == [{"rule": "region", "value": "ES"}, {"rule": "interest", "value": "sailing"}]


def test_topics_of_followed_channels_count_unless_removed(shop: Shop) -> None:
    shop.campaign(interests=("jazz",))
    channel = shop.channel()
    follower = shop.person(consent="personal", followed_topics=["jazz"])
    other = shop.person(consent="personal", followed_topics=["jazz"], removed_topics=["jazz"])
    shop.fresh()
    assert shop.choose(channel, other) is None
    assert shop.choose(channel, follower) is not None


@pytest.mark.parametrize("rule", ["languages", "channel_topics"])
def test_a_rule_that_does_not_hold_keeps_a_campaign_out(shop: Shop, rule: str) -> None:
    shop.campaign(**{rule: ("fr",)})
    shop.fresh()
    assert shop.choose(shop.channel()) is None


def test_owners_say_what_is_shown(shop: Shop) -> None:
    mine = shop.campaign()
    shop.fresh()
    blocked = shop.channel(blocked_categories=[mine.category])
    unwanted = shop.channel(blocked_advertisers=[mine.advertiser_id])
    own = shop.channel(owner_id=mine.advertiser_id)
    careful = shop.channel(approve_first=True)
    for channel in (blocked, unwanted, own, careful):
        assert shop.choose(channel) is None
    with shop.db.reading() as session:
        fates = [row.inputs["fates"] for row in session.scalars(select(Decision).order_by(Decision.decision_id))]
        assert all(row.person_id is None for row in session.scalars(select(Decision)))
    assert fates == [["blocked"], ["blocked"], ["own"], ["unapproved"]]
    with shop.db.transaction() as session:
        session.add(
            Approval(
                channel_id=careful, campaign_id=mine.campaign_id, status="approved", asked_at=now(), decided_at=now()
            )
        )
    assert shop.choose(careful) is not None


def test_what_somebody_hides_they_do_not_see_again(shop: Shop) -> None:
    mine, channel, me = shop.campaign(), shop.channel(), new_id()
    shop.fresh()
    with shop.db.transaction() as session:
        session.add(HiddenCampaign(user_id=me, campaign_id=mine.campaign_id, at=now()))
    assert shop.choose(channel, me) is None
    assert shop.choose(channel) is not None


def test_an_advertiser_does_not_see_their_own_ad(shop: Shop) -> None:
    mine, channel = shop.campaign(), shop.channel()
    shop.fresh()
    assert shop.choose(channel, mine.advertiser_id) is None


def test_two_minutes_and_eight_posts_lie_between_two_ads(shop: Shop) -> None:
    shop.campaign(frequency_cap=20)
    channel, me = shop.channel(), new_id()
    shop.fresh()
    assert shop.choose(channel, me, at_seq=100) is not None
    assert shop.choose(channel, me, at_seq=200) is None
    minutes_pass(shop, me)
    assert shop.choose(channel, me, at_seq=107) is None
    assert shop.choose(channel, me, at_seq=93) is None
    assert shop.choose(channel, me, at_seq=108) is not None


def test_a_request_that_gets_nothing_costs_no_turn(shop: Shop) -> None:
    channel, me = shop.channel(), new_id()
    assert shop.choose(channel, me) is None
    shop.campaign()
    shop.fresh()
    assert shop.choose(channel, me) is not None


def test_a_frequency_cap_holds_also_when_redis_has_lost_everything(shop: Shop) -> None:
    shop.campaign(frequency_cap=2)
    channel, me = shop.channel(), new_id()
    shop.fresh()
    shown = []
    for number in range(4):
        shown.append(shop.choose(channel, me, at_seq=100 * (number + 1)) is not None)
        age_decisions(shop)
        shop.redis.flushdb()
    assert shown == [True, True, False, False]


def test_the_pause_between_two_ads_holds_when_redis_has_lost_everything(shop: Shop) -> None:
    shop.campaign(frequency_cap=20)
    channel, me = shop.channel(), new_id()
    shop.fresh()
    assert shop.choose(channel, me, at_seq=100) is not None
    shop.redis.flushdb()
    assert shop.choose(channel, me, at_seq=300) is None
    age_decisions(shop)
    shop.redis.flushdb()
    assert shop.choose(channel, me, at_seq=103) is None
    assert shop.choose(channel, me, at_seq=300) is not None


def test_of_two_servers_that_count_again_at_once_one_gets_the_turn(shop: Shop) -> None:
    counters, me, at = Counters(shop.redis), new_id(), now()
    assert counters.claim([me], at) == [False]
    with shop.db.reading() as session:
        first = counters.rebuild(session, [me, me], at)
        second = counters.rebuild(session, [me], at)
    assert [isinstance(each, Seen) for each in (*first, *second)] == [True, False, False]


def test_without_redis_there_is_no_ad_and_no_error(shop: Shop) -> None:
    shop.campaign()
    channel = shop.channel()
    away = Server(shop.db, Redis(port=1, socket_connect_timeout=0.1), every=8)
    away.compare()
    shop.server = away
    assert shop.choose(channel) is None
    assert decisions(shop) == 0


def test_a_decision_that_cannot_be_logged_is_not_given_out_and_reserves_nothing(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    from svc_ads.serving import log

    mine, channel = shop.campaign(), shop.channel()
    shop.fresh()

    def fails(*_: object) -> None:
        raise OSError("no disk")

    monkeypatch.setattr(log, "write", fails)
    with pytest.raises(OSError, match="no disk"):
        shop.choose(channel)
    assert all(not each.reserved for each in shop.server.wallet.all_slices())
    assert mine.campaign_id in shop.server.index.terms


def test_a_lost_event_does_not_leave_a_stopped_campaign_running(shop: Shop) -> None:
    mine, channel = shop.campaign(), shop.channel()
    shop.fresh()
    with shop.db.transaction() as session:
        session.execute(text("UPDATE campaigns SET status = 'paused', version = 2"))
    shop.server.compare()
    assert mine.campaign_id not in shop.server.index.terms
    assert shop.choose(channel) is None


def test_events_in_the_wrong_order_leave_the_newest_terms(shop: Shop) -> None:
    mine = shop.campaign()
    server = shop.fresh()
    server.stopped(mine.campaign_id, 0)
    assert mine.campaign_id in server.index.terms
    server.stopped(mine.campaign_id, 2)
    assert mine.campaign_id not in server.index.terms


def minutes_pass(shop: Shop, person: str) -> None:
    """Let the pause between two ads be over."""
    shop.redis.hset(f"ads:seen:{person}", "at", 0)


def age_decisions(shop: Shop) -> None:
    """Let the pause be over also by the log, without leaving the day."""
    with shop.db.transaction() as session:
        earlier = text("greatest(at - interval '3 minutes', date_trunc('day', at))")
        session.execute(update(Decision).values(at=earlier))


def test_a_channel_that_its_owner_closes_counts_with_the_next_decision(shop: Shop) -> None:
    shop.campaign()
    channel = shop.channel()
    shop.fresh()
    with shop.db.transaction() as session:
        session.execute(update(Channel).values(enabled=False))
    assert shop.choose(channel) is None
