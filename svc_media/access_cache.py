"""Who was allowed to read what a moment ago, in Redis: only leave is remembered, never its refusal.

An answer is good for the epochs of the person and of the media that it was asked in, and for at most
`TTL_S`: whoever loses their way in moves an epoch, and where that is lost the time ends it.
"""

from __future__ import annotations

from collections.abc import Collection
from functools import partial
from typing import Any

from redis import Redis, RedisError

from plumbing import metrics
from plumbing.logs import get_logger

log = get_logger(__name__)

#: Revocation must end access within 5 s, whatever fails.
TTL_S = 4
_EPOCH_S = 60
_REQUESTS = partial(metrics.CACHE_REQUESTS.labels, "media_access")


class AccessCache:
    """Remembers `may read` by person and media; without Redis it knows nothing."""

    def __init__(self, redis: Redis) -> None:
        self._redis = redis

    def known(self, user_id: str, media_ids: Collection[str]) -> tuple[set[str], dict[str, bytes]]:
        """Return what the person is known to be allowed to read, and the present epochs by media."""
        ids = list(media_ids)
        keys = [_epoch_of(user_id), *map(_epoch_of, ids), *(_answer(user_id, each) for each in ids)]
        try:
            found: Any = self._redis.mget(keys)
        except (RedisError, OSError) as error:
            log.warning("access_cache_away", error=str(error))
            _REQUESTS("error").inc(len(ids))
            return set(), {}
        mine, of_media, answers = found[0], found[1 : len(ids) + 1], zip(ids, found[len(ids) + 1 :], strict=True)
        epochs = {each: b"%b.%b" % (mine or b"0", at or b"0") for each, at in zip(ids, of_media, strict=True)}
        known = {each for each, answer in answers if answer == epochs[each]}
        _REQUESTS("hit").inc(len(known))
        _REQUESTS("miss").inc(len(ids) - len(known))
        return known, epochs

    def remember(self, user_id: str, media_ids: Collection[str], epochs: dict[str, bytes]) -> None:
        """Remember that the person may read these, as of the epochs before that was asked."""
        known = [each for each in media_ids if each in epochs]
        if not known:
            return
        try:
            pipeline = self._redis.pipeline(transaction=False)
            for each in known:
                pipeline.set(_answer(user_id, each), epochs[each], ex=TTL_S)
            pipeline.execute()
        except (RedisError, OSError) as error:
            log.warning("access_cache_away", error=str(error))

    def forget(self, *ids: str) -> None:
        """End all answers about these people or media."""
        try:
            pipeline = self._redis.pipeline(transaction=False)
            for each in ids:
                pipeline.incr(_epoch_of(each))
                pipeline.expire(_epoch_of(each), _EPOCH_S)
            pipeline.execute()
        except (RedisError, OSError) as error:
            log.warning("access_cache_away", error=str(error))


def _epoch_of(id_: str) -> str:
    return f"media:epoch:{id_}"


def _answer(user_id: str, media_id: str) -> str:
    return f"media:may:{user_id}:{media_id}"
