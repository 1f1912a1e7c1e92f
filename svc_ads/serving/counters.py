"""How often who saw what: one hash for each person in Redis, rebuilt from `decisions` when it is lost.

A hash holds the UTC day that it was built for (`day`), when the last ad was given (`at`, milliseconds), how often each
campaign was shown in that day (`f:{campaign}`), and after which posts there were ads (`c:{channel}`). One command looks
and claims the person's turn, so two servers cannot give an ad each. Redis may evict or lose it as a whole only.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from redis import Redis
from redis.client import Pipeline
from sqlalchemy.orm import Session

from plumbing.prepared import Prepared

#: At most one ad for a person in so many milliseconds.
TURN_MS = 120_000
#: After how many posts of a channel ads are remembered, the newest of them.
MARKS = 20
#: How far back marks are looked for when they are rebuilt.
MEMORY = timedelta(days=30)
_LIFE_S = 26 * 3600

_CLAIM = """
local day, at = unpack(redis.call('HMGET', KEYS[1], 'day', 'at'))
if day ~= ARGV[1] then return 0 end
if at and tonumber(ARGV[2]) - tonumber(at) < tonumber(ARGV[3]) then return 1 end
redis.call('HSET', KEYS[1], 'at', ARGV[2])
return redis.call('HGETALL', KEYS[1])
"""
# Whoever else built it meanwhile may have claimed the turn already.
_BUILD = """
if redis.call('HGET', KEYS[1], 'day') ~= ARGV[1] then
  redis.call('DEL', KEYS[1])
  redis.call('HSET', KEYS[1], unpack(ARGV, 5))
  redis.call('EXPIRE', KEYS[1], ARGV[4])
end
"""
_GIVE_BACK = """
if redis.call('HGET', KEYS[1], 'at') == ARGV[1] then redis.call('HDEL', KEYS[1], 'at') end
"""
_SHOWN = """
local count = redis.call('HINCRBY', KEYS[1], ARGV[1], 1)
redis.call('HSET', KEYS[1], ARGV[2], ARGV[3])
return count
"""
_REBUILD = Prepared(
    """
SELECT person_id::text AS person_id, campaign_id::text AS campaign_id, channel_id::text AS channel_id,
  (inputs->>'at_seq')::bigint AS at_seq, at
FROM decisions WHERE person_id = ANY(:people::uuid[]) AND campaign_id IS NOT NULL AND at > :since ORDER BY at
""",
    people="text[]",
    since="timestamptz",
)


@dataclass(frozen=True)
class Seen:
    """What somebody saw: how often each campaign today, and after which posts of each channel."""

    today: Mapping[str, int] = field(default_factory=dict)
    marks: Mapping[str, tuple[int, ...]] = field(default_factory=dict)

    def near(self, channel_id: str, at_seq: int, every: int) -> bool:
        """Tell whether there was an ad within `every` posts of `at_seq`."""
        return any(abs(mark - at_seq) < every for mark in self.marks.get(channel_id, ()))


class Counters:
    """The counters of all people."""

    def __init__(self, redis: Redis) -> None:
        self._redis = redis

    def claim(self, people: Sequence[str], now: datetime) -> list[Seen | bool]:
        """Claim each person's turn, in one round trip.

        Returns:
            For each what they saw, where the turn is now the caller's; True where somebody else has it, or it is too
            soon; False where the counters are lost: `rebuild` them.
        """
        pipeline = self._redis.pipeline(transaction=False)
        for person in people:
            _run(pipeline, _CLAIM, person, _day(now), _ms(now), TURN_MS)
        return [_claimed(raw) for raw in pipeline.execute()]

    def rebuild(self, session: Session, people: Sequence[str], now: datetime) -> list[Seen | bool]:
        """Count again, from `decisions`, what people saw, and claim their turns as `claim` does."""
        rows = _REBUILD.run(session, people=list(people), since=now - MEMORY).all()
        counted: dict[str, dict[str, Any]] = {person: {"day": _day(now)} for person in people}
        for row in rows:
            _count(counted[row.person_id], row, _day(now))
        pipeline = self._redis.pipeline(transaction=False)
        for person in people:
            values = (part for pair in counted[person].items() for part in pair)
            _run(pipeline, _BUILD + _CLAIM, person, _day(now), _ms(now), TURN_MS, _LIFE_S, *values)
        return [_claimed(raw) for raw in pipeline.execute()]

    def settle(self, shown: Sequence[tuple[str, str, str, Seen, int]], others: Sequence[str], now: datetime) -> None:
        """Count ads that are shown, and give back the turns of those who get none, in one round trip.

        Args:
            shown: Person, campaign, channel, what they had seen before, and the post after which the ad comes.
            others: People whose turn was claimed in vain.
            now: When it was claimed.
        """
        pipeline = self._redis.pipeline(transaction=False)
        for person, campaign_id, channel_id, seen, at_seq in shown:
            marks = (*seen.marks.get(channel_id, ()), at_seq)[-MARKS:]
            args = [f"f:{campaign_id}", f"c:{channel_id}", ",".join(map(str, marks))]
            _run(pipeline, _SHOWN, person, *args)
        for person in others:
            _run(pipeline, _GIVE_BACK, person, _ms(now))
        pipeline.execute()

    def forget(self, person: str) -> None:
        """Forget what is counted of somebody."""
        self._redis.delete(_key(person))


def _run(pipeline: Pipeline, script: str, person: str, *args: Any) -> None:
    # Not by `register_script`: a pipeline would ask at each execution whether the server knows the script.
    pipeline.eval(script, 1, _key(person), *args)


def _claimed(raw: Any) -> Seen | bool:
    return _seen(raw) if isinstance(raw, list) else bool(raw)


def _key(person: str) -> str:
    return f"ads:seen:{person}"


def _day(now: datetime) -> str:
    return now.date().isoformat()


def _ms(now: datetime) -> int:
    return int(now.timestamp() * 1000)


def _count(values: dict[str, Any], row: Any, today: str) -> None:
    if _day(row.at) == today:
        values[f"f:{row.campaign_id}"] = values.get(f"f:{row.campaign_id}", 0) + 1
    marks = [*filter(None, values.get(f"c:{row.channel_id}", "").split(",")), str(row.at_seq)]
    values[f"c:{row.channel_id}"] = ",".join(marks[-MARKS:])
    values["at"] = _ms(row.at)


def _seen(raw: list[bytes]) -> Seen:
    today: dict[str, int] = {}
    marks: dict[str, tuple[int, ...]] = {}
    for name, value in zip(raw[::2], raw[1::2], strict=True):
        if name.startswith(b"f:"):
            today[name[2:].decode()] = int(value)
        elif name.startswith(b"c:"):
            marks[name[2:].decode()] = tuple(map(int, value.split(b",")))
    return Seen(today, marks)
