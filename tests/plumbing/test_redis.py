"""Push, cache and throttle: useful with Redis, and harmless without it."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from typing import Any

import eventlet
import pytest
from redis import Redis

from plumbing import codec
from plumbing.cache import Cache, CacheAside, Key
from plumbing.live_channels import conversation_channel, user_channel
from plumbing.push import Push, Pusher
from plumbing.redis_client import new_redis
from plumbing.rpc import rpc
from plumbing.throttle import Throttle
from tests.plumbing.waiting import until

#: Nobody listens there.
NOWHERE = "redis://127.0.0.1:1/0"


@pytest.fixture
def away() -> Redis:
    return new_redis(NOWHERE)


@pytest.fixture(autouse=True)
def tidy(redis: Redis, name: str) -> Iterator[None]:
    yield
    for key in redis.scan_iter(f"{name}:*"):
        redis.delete(key)


class TestPush:
    @pytest.fixture
    def heard(self, redis: Redis, name: str) -> Iterator[Callable[[], Any]]:
        listening = redis.pubsub(ignore_subscribe_messages=True)
        listening.subscribe(conversation_channel(name), user_channel(name))
        listening.get_message(timeout=1)
        yield lambda: until(lambda: listening.get_message(timeout=1))
        listening.close()

    def test_frame_reaches_who_looks_at_the_conversation(self, redis: Redis, name: str, heard: Any) -> None:
        Pusher(redis).conversation(name, {"t": "event", "ver": 1})
        message = heard()
        assert message["channel"] == f"conv:{name}".encode()
        assert codec.decode(message["data"]) == {"t": "event", "ver": 1}

    def test_frame_reaches_the_person(self, redis: Redis, name: str, heard: Any) -> None:
        Pusher(redis).user(name, b'{"ready":1}')
        assert heard()["data"] == b'{"ready":1}'

    def test_many_frames_keep_their_order(self, redis: Redis, name: str, heard: Any) -> None:
        Pusher(redis).many([(user_channel(name), str(number).encode()) for number in range(20)])
        assert [int(heard()["data"]) for _ in range(20)] == list(range(20))

    def test_nothing_is_raised_without_redis(self, away: Redis, name: str) -> None:
        Pusher(away).conversation(name, {"t": "event"})
        Pusher(away).many([])

    def test_push_goes_on_after_redis_was_away(self, ops: dict[str, str], wires: Any, name: str, heard: Any) -> None:
        wire, url = wires(ops["REDIS_URL"])
        pusher = Pusher(new_redis(url))
        pusher.user(name, b"1")
        assert heard()["data"] == b"1"
        wire.cut()
        pusher.user(name, b"2")
        wire.mend()
        pusher.user(name, b"3")
        assert heard()["data"] == b"3"


K = Key.public("thing", "k")


class Loader:
    """Counts how often it is asked."""

    def __init__(self, value: Any = "loaded", seconds: float = 0) -> None:
        self.value = value
        self.seconds = seconds
        self.asked = 0

    def __call__(self) -> Any:
        self.asked += 1
        eventlet.sleep(self.seconds)
        return self.value


class TestCache:
    def test_value_is_loaded_once(self, redis: Redis, name: str) -> None:
        load = Loader({"a": [1, "ü"]})
        cache = CacheAside(redis, name)
        assert [cache.get_or_load(K, 60, load) for _ in range(3)] == [{"a": [1, "ü"]}] * 3
        assert load.asked == 1

    def test_deleted_value_is_loaded_again(self, redis: Redis, name: str) -> None:
        load = Loader()
        cache = CacheAside(redis, name)
        cache.get_or_load(K, 60, load)
        cache.delete(K)
        cache.get_or_load(K, 60, load)
        assert load.asked == 2

    def test_value_ends_with_its_time(self, redis: Redis, name: str) -> None:
        CacheAside(redis, name).get_or_load(K, 60, Loader())
        assert 53_000 <= redis.pttl(f"{name}:cache:{K.text}") <= 66_000

    def test_services_do_not_see_each_others_values(self, redis: Redis, name: str) -> None:
        CacheAside(redis, name).get_or_load(K, 60, Loader("mine"))
        assert CacheAside(redis, f"{name}:other").get_or_load(K, 60, Loader("theirs")) == "theirs"

    @pytest.mark.parametrize("with_redis", [True, False])
    def test_those_who_ask_at_once_share_one_load(self, redis: Redis, away: Redis, name: str, with_redis: bool) -> None:
        load = Loader(seconds=0.1)
        cache = CacheAside(redis if with_redis else away, name)
        asking = [eventlet.spawn(cache.get_or_load, K, 60, load) for _ in range(20)]
        assert [each.wait() for each in asking] == ["loaded"] * 20
        assert load.asked == 1
        assert cache._flights == {}

    def test_failed_load_is_told_and_not_kept(self, redis: Redis, name: str) -> None:
        cache = CacheAside(redis, name)

        def fail() -> None:
            raise LookupError

        with pytest.raises(LookupError):
            cache.get_or_load(K, 60, fail)
        assert cache.get_or_load(K, 60, Loader()) == "loaded"
        assert cache._flights == {}

    def test_failed_load_leaves_the_others_to_try_themselves(self, redis: Redis, name: str) -> None:
        cache = CacheAside(redis, name)
        tried: list[int] = []

        def fail_first() -> str:
            tried.append(1)
            eventlet.sleep(0.05)
            if len(tried) == 1:
                raise LookupError
            return "loaded"

        def ask() -> str:
            try:
                return cache.get_or_load(K, 60, fail_first)
            except LookupError:
                return "failed"

        asking = [eventlet.spawn(ask) for _ in range(5)]
        assert sorted(each.wait() for each in asking) == ["failed", *["loaded"] * 4]
        assert len(tried) == 2

    def test_every_call_loads_without_redis(self, away: Redis, name: str) -> None:
        load = Loader()
        cache = CacheAside(away, name)
        assert [cache.get_or_load(K, 60, load) for _ in range(2)] == ["loaded"] * 2
        cache.delete(K)
        assert load.asked == 2

    def test_value_that_nobody_understands_is_loaded_again(self, redis: Redis, name: str) -> None:
        redis.set(f"{name}:cache:{K.text}", b"\xff not json")
        assert CacheAside(redis, name).get_or_load(K, 60, Loader()) == "loaded"

    def test_calls_of_a_service_share_one_load(self, name: str, run_service: Any, call: Any) -> None:
        load = Loader(seconds=0.2)

        class Service:
            cache = Cache(name)
            push = Push()

            @rpc
            def get(self) -> str:
                self.push.user("nobody", {})
                return self.cache.get_or_load(K, 60, load)

        Service.name = name
        run_service(Service)
        asking = [eventlet.spawn(call, "get") for _ in range(8)]
        assert [each.wait() for each in asking] == ["loaded"] * 8
        assert load.asked == 1

    def test_service_works_without_redis(self, name: str, run_service: Any, call: Any, environment: Any) -> None:
        environment(REDIS_URL=NOWHERE)
        self.test_calls_of_a_service_share_one_load(name, run_service, call)


class TestThrottle:
    def test_limit_is_allowed_and_then_a_wait_is_told(self, redis: Redis, name: str) -> None:
        throttle = Throttle(redis, name)
        assert [throttle.allow("k", 3, 60)[0] for _ in range(4)] == [True, True, True, False]
        allowed, wait_s = throttle.allow("k", 3, 60)
        assert not allowed
        assert 15 < wait_s <= 20

    def test_bucket_fills_up_with_time(self, redis: Redis, name: str, monkeypatch: pytest.MonkeyPatch) -> None:
        throttle = Throttle(redis, name)
        now = time.time()
        monkeypatch.setattr("plumbing.throttle.time.time", lambda: now)
        for _ in range(2):
            throttle.allow("k", 2, 10)
        monkeypatch.setattr("plumbing.throttle.time.time", lambda: now + 4.9)
        assert not throttle.allow("k", 2, 10)[0]
        monkeypatch.setattr("plumbing.throttle.time.time", lambda: now + 5.1)
        assert throttle.allow("k", 2, 10)[0]

    def test_clock_that_goes_back_gives_nothing_away(
        self, redis: Redis, name: str, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        throttle = Throttle(redis, name)
        throttle.allow("k", 1, 10)
        now = time.time()
        monkeypatch.setattr("plumbing.throttle.time.time", lambda: now - 1_000)
        assert not throttle.allow("k", 1, 10)[0]

    def test_keys_have_buckets_of_their_own(self, redis: Redis, name: str) -> None:
        throttle = Throttle(redis, name)
        throttle.allow("a", 1, 60)
        assert throttle.allow("b", 1, 60)[0]

    def test_processes_share_a_bucket(self, redis: Redis, ops: dict[str, str], name: str) -> None:
        asking = [eventlet.spawn(Throttle(new_redis(ops["REDIS_URL"]), name).allow, "k", 10, 60) for _ in range(30)]
        assert sum(each.wait()[0] for each in asking) == 10

    def test_reset_fills_the_bucket_up(self, redis: Redis, name: str) -> None:
        throttle = Throttle(redis, name)
        throttle.allow("k", 1, 60)
        throttle.reset("k")
        assert throttle.allow("k", 1, 60)[0]

    def test_full_bucket_leaves_redis(self, redis: Redis, name: str) -> None:
        Throttle(redis, name).allow("k", 5, 10)
        assert 10_000 < redis.pttl(f"{name}:throttle:k") <= 11_000

    def test_everything_is_allowed_without_redis(self, away: Redis, name: str) -> None:
        throttle = Throttle(away, name)
        assert [throttle.allow("k", 1, 60) for _ in range(3)] == [(True, 0.0)] * 3
        throttle.reset("k")
