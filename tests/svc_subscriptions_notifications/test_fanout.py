"""Followers are told by their own rules, and a post costs nothing for the others."""

from __future__ import annotations

from threading import Thread

import pytest

from contracts.base import new_id
from svc_subscriptions.actions import collapse, fanout, following, posts, preferences, reading
from svc_subscriptions.workers.walking import walk

COUNT = "SELECT user_id::text, count(*) AS n FROM notifications GROUP BY 1"


def mention(user_id, size=4):
    return [{"type": "mention", "offset": 0, "length": size, "user_id": user_id}]


def test_a_follower_with_a_device_is_told_once_and_why(club, hand):
    hand.device(club.follower)
    post = club.post()
    assert hand.walk() == 1
    assert hand.walk() == 0
    (line,) = hand.lines(club.follower)
    assert (line["kind"], line["post_id"], line["actor_id"]) == ("post", post["id"], club.author)
    assert line["why"] == {"rule": "level_all", "channel_id": club.id, "level": "all"}
    assert hand.told(club.follower) == [1]


def test_a_line_and_a_push_hold_no_text_of_the_post(club, hand):
    hand.device(club.follower)
    club.post(text="a very secret text")
    hand.walk()
    hand.send()
    assert "secret" not in str(hand.lines(club.follower))
    assert "secret" not in str(hand.payloads())
    assert hand.payloads()[0]["title"] == "Tea"


def test_nothing_is_written_for_followers_without_a_rule(club, hand):
    club.post()
    assert hand.walk() == 0
    assert hand.rows("SELECT 1 FROM notifications") == []
    assert club.unread(club.follower) == 1


@pytest.mark.parametrize(
    ("level", "muted", "silent", "lines"),
    [("all", False, False, 1), ("mentions", False, False, 0), ("silent", False, False, 0)]
    + [("all", True, False, 0), ("all", False, True, 0)],
)
def test_levels_mutes_and_silent_posts(club, hand, level, muted, silent, lines):
    hand.device(club.follower)
    club.do(following.subscribe, club.id, club.follower, level, None)
    if muted:
        hand.run("UPDATE subscriptions SET muted_until = now() + interval '1 hour'")
    club.post(silent=silent)
    hand.walk()
    assert len(hand.lines(club.follower)) == lines


def test_the_author_is_not_told(club, hand):
    hand.device(club.author)
    club.post(club.author)
    assert hand.walk() == 0


def test_who_follows_later_is_not_told_of_what_was_before(club, hand):
    club.post()
    hand.device(club.stranger)
    club.follow(club.stranger)
    assert hand.walk() == 0


def test_a_deleted_post_is_told_to_nobody(club, hand):
    hand.device(club.follower)
    post = club.post()
    club.do(posts.delete_post, post["id"], club.author)
    assert hand.walk() == 0
    assert hand.rows("SELECT 1 FROM fanout_jobs WHERE state <> 'done'") == []


def test_a_mention_is_told_to_followers_alone_and_instead_of_the_post(club, hand):
    hand.device(club.follower)
    people = [club.follower, club.stranger, club.author]
    entities = [each for person in people for each in mention(person)]
    post = club.post(entities=entities)
    with hand.db.transaction() as session:
        assert fanout.tell_mentioned(session, club.id, post["id"], people) == [club.follower]
    with hand.db.transaction() as session:
        assert fanout.tell_mentioned(session, club.id, post["id"], people) == []
    hand.walk()
    (line,) = hand.lines(club.follower)
    assert (line["kind"], line["why"]["rule"]) == ("mention", "mentioned")
    assert hand.lines(club.stranger) == hand.lines(club.author) == []


def test_who_wants_no_mentions_is_told_of_the_post(club, hand):
    hand.device(club.follower)
    club.do(preferences.change, club.follower, {"mentions": False})
    post = club.post(entities=mention(club.follower))
    with hand.db.transaction() as session:
        fanout.tell_mentioned(session, club.id, post["id"], [club.follower])
    hand.walk()
    assert [line["kind"] for line in hand.lines(club.follower)] == ["post"]


def test_many_posts_are_one_line_with_a_count(club, hand):
    hand.device(club.follower)
    for _ in range(5):
        last = club.post()
    hand.walk()
    (line,) = hand.lines(club.follower)
    assert (line["count"], line["post_id"]) == (5, last["id"])
    assert hand.unread(club.follower) == 1


def test_reading_a_part_of_the_channel_leaves_the_rest(club, hand):
    hand.device(club.follower)
    made = [club.post() for _ in range(5)]
    hand.walk()
    club.do(collapse.mark_channel_read, club.follower, club.id, made[2]["seq"])
    assert [(line["count"], line["read"]) for line in hand.lines(club.follower)] == [(2, False), (3, True)]
    club.do(collapse.mark_read, club.follower, None, None)
    assert [(line["count"], line["read"]) for line in hand.lines(club.follower)] == [(2, True), (3, True)]
    assert hand.unread(club.follower) == 0


def test_a_line_is_read_with_all_that_it_stands_for(club, hand):
    hand.device(club.follower)
    club.post(), club.post()
    hand.walk()
    (line,) = hand.lines(club.follower)
    club.post()
    hand.walk()
    assert club.do(collapse.mark_read, club.follower, [line["id"]], None) == 2
    assert [(each["count"], each["read"]) for each in hand.lines(club.follower)] == [(1, False), (2, True)]


def many_followers(club, hand, count):
    """Add followers, each with a device."""
    browser = hand.service.browser("many")
    hand.run(
        """WITH people AS (SELECT gen_random_uuid() AS id FROM generate_series(1, :count)), followed AS (
             INSERT INTO subscriptions (channel_id, user_id, since, push)
             SELECT :channel, id, now(), true FROM people)
           INSERT INTO push_endpoints (user_id, id, endpoint, endpoint_hash, p256dh, auth, device, created_at)
           SELECT id, gen_random_uuid(), :url || '/push/' || id, sha256(id::text::bytea), :p256dh, :auth, 'x', now()
           FROM people""",
        channel=club.id,
        count=count,
        url=hand.service.url,
        p256dh=browser["p256dh"],
        auth=browser["auth"],
    )


def test_two_notifiers_at_once_never_write_twice(club, hand):
    many_followers(club, hand, 3_000)
    for _ in range(3):
        club.post()
    threads = [Thread(target=walk, args=(hand.db, hand.push, 30.0)) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert {row.n for row in hand.rows(COUNT)} == {3}
    assert len(hand.rows(COUNT)) == 3_000
    assert hand.rows("SELECT count(*) FROM pushes") == [(9_000,)]


def test_a_walk_goes_on_where_it_was_left(club, hand):
    many_followers(club, hand, 50)
    club.post()
    with hand.db.transaction() as session:
        claimed = fanout.claim(session)
        step = fanout.step(session, claimed, 20)
    assert len(step.told) == 20
    with hand.db.transaction() as session:
        assert fanout.claim(session) is None, "it is on somebody's hands"
        assert fanout.step(session, claimed, 20).claim is None, "an old claim is no good"
    hand.run("UPDATE fanout_jobs SET claimed_until = now() - interval '1 second'")
    assert hand.walk() == 30
    assert {row.n for row in hand.rows(COUNT)} == {1}


def test_a_long_walk_delays_no_other(club, hand, db, push):
    from tests.svc_subscriptions.channels import make_club

    many_followers(club, hand, 1_200)
    small = make_club(db, push)
    hand.device(small.follower)
    club.post()
    small.post()
    assert walk(hand.db, hand.push, budget_s=0) == fanout.BATCH + 1, "each had one batch"
    assert len(hand.lines(small.follower)) == 1
    assert hand.walk() == 1_200 - fanout.BATCH


def test_who_leaves_is_told_no_more(club, hand, worker):
    from contracts.subscriptions import ChannelUnsubscribed

    hand.device(club.follower)
    club.post()
    hand.walk()
    club.do(following.unsubscribe, club.id, club.follower)
    worker.on_follower_left(ChannelUnsubscribed(channel_id=club.id, user_id=club.follower))
    assert hand.lines(club.follower) == []
    assert hand.pushes() == [("dropped", "left")]
    assert hand.told(club.follower)[-1] == 0


def test_unread_is_exact_while_all_happens_at_once(club, hand):
    person = new_id()
    hand.device(person)
    club.follow(person)

    def publish():
        for _ in range(15):
            club.post()
            walk(hand.db, hand.push)

    def read():
        for _ in range(15):
            with hand.db.transaction() as session:
                collapse.mark_read(session, person, None, None)

    threads = [Thread(target=work) for work in (publish, publish, read, read)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    hand.walk()
    (rows,) = hand.rows("SELECT count(*) FROM notifications WHERE user_id = :who", who=person)
    assert rows == (30,)
    left = hand.rows("SELECT count(*) FROM notifications WHERE user_id = :who AND read_at IS NULL", who=person)[0][0]
    lines = hand.lines(person)
    assert hand.unread(person) == (1 if left else 0)
    assert sum(line["count"] for line in lines) == 30
    club.do(reading.mark_read, club.id, person, 1_000)
    club.do(collapse.mark_channel_read, person, club.id, 1_000)
    assert hand.unread(person) == 0
    assert sum(line["count"] for line in hand.lines(person)) == 30
