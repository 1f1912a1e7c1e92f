"""What the product asks of Redis, asked of a cluster: by a service's own user, with keys on all nodes."""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
from redis import Redis, RedisError

from gateway_flask.subscriber import Subscriber
from plumbing.cache import CacheAside, Key
from plumbing.push import Pusher
from plumbing.redis_client import new_redis
from plumbing.throttle import Throttle
from svc_ads.serving.counters import Counters, Seen
from svc_media.access_cache import AccessCache
from svc_subscriptions.live_counts import LiveCounts
from tests.cluster.conftest import Place, RedisCluster, free_port

MANY = [f"{number}" for number in range(60)]
NOBODY = Place("127.0.0.1", 1, 1)


@pytest.fixture
def redis(redis_cluster: RedisCluster) -> Iterator[Redis]:
    with new_redis(redis_cluster.url()) as client:
        yield client


def key(word: str) -> Key:
    return Key.public("thing", word)


def counted(cluster: RedisCluster) -> list[int]:
    """Return how many keys each server holds."""
    counts = []
    for place in cluster.places:
        with cluster.operator(place) as server:
            counts.append(int(server.dbsize()))
    return counts


def test_keys_lie_on_all_nodes_and_are_found_again(redis: Redis, redis_cluster: RedisCluster) -> None:
    cache = CacheAside(redis, f"things:{secrets.token_hex(4)}")
    for each in MANY:
        cache.get_or_load(key(each), 60, lambda each=each: {"n": each})  # type: ignore[misc]
    assert all(counted(redis_cluster))
    assert [cache.get_or_load(key(each), 60, dict) for each in MANY] == [{"n": each} for each in MANY]


@pytest.mark.parametrize("count", [1, 60])
def test_many_keys_are_deleted_at_once(redis: Redis, count: int) -> None:
    cache = CacheAside(redis, f"things:{secrets.token_hex(4)}")
    for each in MANY:
        cache.get_or_load(key(each), 60, lambda: 1)
    cache.delete(*map(key, MANY[:count]))
    assert [cache.get_or_load(key(each), 60, lambda: 2) for each in MANY] == [2] * count + [1] * (len(MANY) - count)


def test_script_runs_where_its_key_lies(redis: Redis) -> None:
    throttle = Throttle(redis, "things")
    for each in MANY:
        key = f"{each}-{secrets.token_hex(4)}"
        assert [throttle.allow(key, 2, 600)[0] for _ in range(3)] == [True, True, False]


def test_scripts_in_a_pipeline_reach_nodes_that_never_saw_them(redis_cluster: RedisCluster) -> None:
    with new_redis(redis_cluster.url("ads")) as redis:
        counters, now = Counters(redis), datetime(2026, 1, 5, 12, tzinfo=UTC)
        for place in redis_cluster.places:
            with redis_cluster.operator(place) as server:
                server.script_flush()
        assert counters.claim(MANY, now) == [False] * len(MANY)
        for each in MANY:
            redis.hset(f"ads:seen:{each}", mapping={"day": now.date().isoformat()})
        assert counters.claim(MANY, now) == [Seen()] * len(MANY)
        assert counters.claim(MANY, now) == [True] * len(MANY)


def test_many_values_are_read_at_once(redis_cluster: RedisCluster) -> None:
    with new_redis(redis_cluster.url("media")) as redis:
        cache, person = AccessCache(redis), secrets.token_hex(4)
        known, epochs = cache.known(person, MANY)
        assert not known
        cache.remember(person, MANY, epochs)
        assert cache.known(person, MANY)[0] == set(MANY)
        cache.forget(*MANY[:10])
        assert cache.known(person, MANY)[0] == set(MANY[10:])


def test_sets_on_several_nodes_are_gathered(redis_cluster: RedisCluster) -> None:
    with new_redis(redis_cluster.url("subscriptions")) as redis:
        counts = LiveCounts(redis)
        counts.note([(each, f"post of {each}") for each in MANY])
        assert counts.take() == {each: [f"post of {each}"] for each in MANY}


def test_all_nodes_hear_what_is_pushed_in_its_order(redis: Redis, redis_cluster: RedisCluster) -> None:
    channel = secrets.token_hex(4)
    for place in redis_cluster.places:
        with redis_cluster.operator(place) as server, server.pubsub(ignore_subscribe_messages=True) as ears:
            ears.subscribe(f"conv:{channel}")
            assert ears.get_message(timeout=20) is None  # the word that it is subscribed
            Pusher(redis).many([(f"conv:{channel}", str(number).encode()) for number in range(5)])
            assert [ears.get_message(timeout=20)["data"] for _ in range(5)] == list("01234")


def test_gateway_follows_by_the_next_node_where_one_is_away(redis: Redis, redis_cluster: RedisCluster) -> None:
    subscriber = Subscriber(redis_cluster.url(places=[NOBODY, *redis_cluster.places]), lambda *_: None, lambda: None)
    subscriber.follow(["conv:1"])
    with pytest.raises(RedisError):
        subscriber._connect()
    connection = subscriber._connect()
    assert connection.read_response()[0] == b"subscribe"
    Pusher(redis).conversation("1", b"hello")
    assert connection.read_response() == [b"message", b"conv:1", b"hello"]
    connection.disconnect()


def test_client_is_made_before_its_cluster_is_there(redis_cluster: RedisCluster) -> None:
    with new_redis(redis_cluster.url(places=[NOBODY])) as nowhere:
        assert CacheAside(nowhere, "things").get_or_load(key("k"), 60, lambda: "loaded") == "loaded"
        assert Throttle(nowhere, "things").allow("k", 1, 60) == (True, 0.0)
        with pytest.raises(RedisError):
            nowhere.get("things:k")


def test_one_node_that_answers_is_enough_to_find_the_others(redis_cluster: RedisCluster) -> None:
    nobody = Place("127.0.0.1", free_port(), 1)
    with new_redis(redis_cluster.url(places=[nobody, redis_cluster.places[2]])) as redis:
        for each in MANY:
            redis.set(f"things:{each}", each)
        assert [redis.get(f"things:{each}") for each in MANY] == [each.encode() for each in MANY]


def test_lost_node_costs_its_own_keys_alone(redis: Redis, redis_cluster: RedisCluster) -> None:
    """The last test here: it takes a server away for good."""
    for each in MANY:
        redis.set(f"things:{each}", each)
    server = redis_cluster.servers[redis_cluster.places[1]]
    server.kill()
    server.wait()
    found = []
    for each in MANY:
        try:
            found.append(redis.get(f"things:{each}"))
        except RedisError:
            found.append(None)
    assert 0 < len([each for each in found if each]) < len(MANY)
    pipeline = redis.pipeline(transaction=False)
    for each in MANY:
        pipeline.get(f"things:{each}")
    answers = pipeline.execute(raise_on_error=False)
    assert [each if isinstance(each, bytes) else None for each in answers] == found
    Pusher(redis).conversation("1", b"still told")
