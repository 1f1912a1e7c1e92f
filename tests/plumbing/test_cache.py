"""The cache: nobody is given what is somebody else's, and nothing that was cleared comes back."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import eventlet
import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as examples
from hypothesis import strategies as st
from prometheus_client import REGISTRY
from redis import Redis

from plumbing import cache as caching
from plumbing.cache import CacheAside, Key
from plumbing.redis_client import new_redis

#: Whatever keys are put together with, and what might undo that.
ODD = st.text(st.sampled_from(list(":/%*{}[]|,.@ \n\0aéof2")), max_size=6)
WORDS = st.lists(ODD, max_size=3)
#: For whom (None: for all), of which kind, and what else.
PARTS = st.tuples(st.one_of(st.none(), ODD.filter(bool)), ODD.filter(bool), WORDS)


def key_of(parts: tuple[str | None, str, list[str]]) -> Key:
    user_id, kind, words = parts
    return Key.public(kind, *words) if user_id is None else Key.of(user_id, kind, *words)


@given(PARTS, PARTS)
def test_keys_are_the_same_only_where_all_words_are(one: Any, other: Any) -> None:
    assert (key_of(one) == key_of(other)) == (one == other)
    assert (key_of(one).text == key_of(other).text) == (one == other)


@pytest.mark.parametrize(
    ("mine", "theirs"),
    [
        (Key.of("ana", "inbox"), Key.of("ben", "inbox")),
        (Key.of("ana", "x:inbox"), Key.of("ana:x", "inbox")),
        (Key.of("ana", "a", "b:c"), Key.of("ana", "a", "b", "c")),
        (Key.of("ana", "a", ""), Key.of("ana", "a")),
        (Key.public("of", "ana", "inbox"), Key.of("ana", "inbox")),
        (Key.of("all", "inbox"), Key.public("inbox")),
        (Key.of("%3A", "inbox"), Key.of(":", "inbox")),
    ],
)
def test_no_name_leads_to_what_is_somebody_elses(mine: Key, theirs: Key) -> None:
    assert mine != theirs


@examples(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=25)
@given(st.lists(PARTS, min_size=2, max_size=8, unique_by=repr))
def test_everybody_is_given_their_own(cache: CacheAside, everybody: list[Any]) -> None:
    for each in everybody:
        cache.get_or_load(key_of(each), 60, lambda each=each: repr(each))  # type: ignore[misc]
    assert [cache.get_or_load(key_of(each), 60, lambda: "loaded again") for each in everybody] == list(
        map(repr, everybody)
    )


@pytest.mark.parametrize("made", [lambda: Key("text"), lambda: Key(), lambda: Key.of("", "inbox")])
def test_key_for_nobody_in_particular_cannot_be_made(made: Callable[[], Key]) -> None:
    with pytest.raises((TypeError, ValueError)):
        made()


def test_key_stays_what_it_is() -> None:
    key = Key.of("ana", "inbox")
    with pytest.raises(AttributeError):
        key.text = "of:ben:inbox"


@pytest.fixture
def cache(redis: Redis, name: str) -> CacheAside:
    return CacheAside(redis, name)


@pytest.fixture
def elsewhere(ops: dict[str, str], name: str) -> Iterator[CacheAside]:
    """The same cache, in another process."""
    client = new_redis(ops["REDIS_URL"])
    yield CacheAside(client, name)
    client.close()


class Row:
    """What is cached, and may change while it is loaded."""

    def __init__(self) -> None:
        self.value: Any = "old"
        self.loads = 0

    def load(self) -> Any:
        self.loads += 1
        return self.value


@pytest.fixture
def row() -> Row:
    return Row()


K = Key.public("thing", "k")


def load_while(row: Row, happens: Callable[[], None]) -> Callable[[], Any]:
    """Load the row, let something happen, and answer what was loaded before."""

    def load() -> Any:
        value = row.load()
        happens()
        return value

    return load


class TestClearing:
    def test_what_was_cleared_while_it_was_loaded_is_not_kept(
        self, cache: CacheAside, elsewhere: CacheAside, row: Row
    ) -> None:
        def change() -> None:
            row.value = "new"
            elsewhere.delete(K)

        assert cache.get_or_load(K, 60, load_while(row, change)) == "old"  # it was, when that was asked
        assert cache.get_or_load(K, 60, row.load) == "new"
        assert elsewhere.get_or_load(K, 60, row.load) == "new"
        assert row.loads == 2

    def test_a_second_clearing_counts_as_much_as_the_first(
        self, cache: CacheAside, elsewhere: CacheAside, row: Row
    ) -> None:
        cache.delete(K)

        def change() -> None:
            row.value = "new"
            elsewhere.delete(K)

        assert cache.get_or_load(K, 60, load_while(row, change)) == "old"
        assert cache.get_or_load(K, 60, row.load) == "new"

    def test_what_is_loaded_after_a_clearing_is_kept(self, cache: CacheAside, row: Row) -> None:
        cache.delete(K)
        assert [cache.get_or_load(K, 60, row.load) for _ in range(3)] == ["old"] * 3
        assert row.loads == 1

    def test_a_slow_load_does_not_replace_what_a_later_one_has_kept(
        self, cache: CacheAside, elsewhere: CacheAside, row: Row
    ) -> None:
        def change() -> None:
            row.value = "new"
            elsewhere.delete(K)
            assert elsewhere.get_or_load(K, 60, row.load) == "new"

        cache.get_or_load(K, 60, load_while(row, change))
        assert cache.get_or_load(K, 60, row.load) == "new"

    def test_who_asks_after_a_clearing_waits_for_no_load_from_before(self, cache: CacheAside, row: Row) -> None:
        begun, go_on = eventlet.event.Event(), eventlet.event.Event()

        def slow() -> Any:
            value = row.load()
            begun.send(None)
            go_on.wait()
            return value

        early = eventlet.spawn(cache.get_or_load, K, 60, slow)
        begun.wait()
        row.value = "new"
        cache.delete(K)
        assert cache.get_or_load(K, 60, row.load) == "new"
        go_on.send(None)
        assert early.wait() == "old"
        assert cache.get_or_load(K, 60, row.load) == "new"
        assert cache._flights == {}

    def test_a_load_that_outlives_the_mark_of_a_clearing_is_not_kept(
        self, cache: CacheAside, row: Row, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(caching, "_LONGEST_LOAD_S", -1.0)
        assert [cache.get_or_load(K, 60, row.load) for _ in range(2)] == ["old"] * 2
        assert row.loads == 2


class TestAbsence:
    def test_that_there_is_nothing_is_known_too(self, cache: CacheAside, row: Row) -> None:
        row.value = None
        assert [cache.get_or_load(K, 60, row.load) for _ in range(3)] == [None] * 3
        assert row.loads == 1

    def test_absence_may_be_believed_for_a_shorter_time(self, cache: CacheAside, redis: Redis, name: str) -> None:
        cache.get_or_load(K, 60, lambda: None, absent_ttl_s=5)
        assert 0 < redis.pttl(f"{name}:cache:{K.text}") <= 5_500

    def test_what_came_to_be_is_found_after_a_clearing(self, cache: CacheAside, row: Row) -> None:
        row.value = None
        cache.get_or_load(K, 60, row.load)
        row.value = "there"
        cache.delete(K)
        assert cache.get_or_load(K, 60, row.load) == "there"


def counted(kind: str) -> dict[str, float]:
    outcomes = ("hit", "absent", "miss", "error")
    read = REGISTRY.get_sample_value
    asked = {each: read("charla_cache_requests_total", {"cache": kind, "outcome": each}) or 0.0 for each in outcomes}
    loads = {
        f"load {each}": read("charla_cache_load_seconds_count", {"cache": kind, "outcome": each}) or 0.0
        for each in ("kept", "outdated", "failed")
    }
    return {each: count for each, count in (asked | loads).items() if count}


def test_metrics_tell_hits_misses_absence_and_what_became_of_loads(cache: CacheAside, name: str) -> None:
    there, gone, bad = (Key.public(f"{name}-{each}", "k") for each in ("there", "gone", "bad"))
    for _ in range(4):
        cache.get_or_load(there, 60, lambda: 1)
        cache.get_or_load(gone, 60, lambda: None)
    with pytest.raises(ZeroDivisionError):
        cache.get_or_load(bad, 60, lambda: 1 / 0)
    cache.delete(there)
    cache.get_or_load(there, 60, lambda: cache.delete(there))
    assert counted(there.kind) == {"hit": 3, "miss": 2, "load kept": 1, "load outdated": 1}
    assert counted(gone.kind) == {"absent": 3, "miss": 1, "load kept": 1}
    assert counted(bad.kind) == {"miss": 1, "load failed": 1}


def test_metrics_tell_that_redis_is_away(name: str) -> None:
    away = CacheAside(new_redis("redis://127.0.0.1:9/0"), name)
    key = Key.public(f"{name}-away", "k")
    assert away.get_or_load(key, 60, lambda: 1) == 1
    assert counted(key.kind) == {"error": 1, "load outdated": 1}
