"""What a process of the edge holds: its own way to database, Redis, storage and the services that say who may read."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy import text

from plumbing import readiness
from plumbing.caller import RpcCaller
from plumbing.database import Transactions, transactions
from plumbing.push import Pusher
from plumbing.redis_client import new_redis
from plumbing.rpc import ServiceClient
from plumbing.settings import settings
from svc_media.access_cache import AccessCache
from svc_media.actions.access import Access
from svc_media.door.digests import Digests
from svc_media.door.disk import OffLoop
from svc_media.door.metrics import RUNNING
from svc_media.door.running import Register
from svc_media.options import options
from svc_media.storage import Storage, storage
from svc_media.writing import Writer

#: Each request holds one for a few milliseconds at a time, and none while bytes come in.
_DATABASE_CONNECTIONS = 10


@dataclass(frozen=True)
class World:
    """One a process."""

    db: Transactions
    push: Any
    files: Storage
    access: Access
    caller: RpcCaller
    running: Register
    digests: Digests

    @property
    def writer(self) -> Writer:
        """Return what writes: transactions, and live frames after their commit."""
        return Writer(self.db, self.push)


def connect() -> World:
    """Return the world of this process; connections are made when they are first needed."""
    conf = settings()
    redis = new_redis(conf.redis_url)
    db = transactions(conf.database_url, pool_size=_DATABASE_CONNECTIONS)
    caller = RpcCaller(conf.amqp_uri, "media-edge")
    caller.start()
    ask = {name: ServiceClient(caller, name, by_itself=True) for name in ("messaging", "subscriptions", "ads")}
    access = Access(db, ask["messaging"], ask["subscriptions"], ask["ads"], AccessCache(redis))
    files = storage()
    local = options().storage == "local"
    running = Register(options().edge_uploads)
    RUNNING.set_function(lambda: len(running))
    found = World(db, Pusher(redis), OffLoop(files) if local else files, access, caller, running, Digests())
    _watch(found)
    return found


def _watch(world: World) -> None:
    """Let readiness ask for everything that a request needs."""

    def database() -> None:
        with world.db.reading() as session:
            session.execute(text("SELECT 1"))

    def files() -> None:
        world.files.size("00/readiness")  # there is no such key, and asking for it goes all the way

    readiness.register("database", database)
    readiness.register("storage", files)
    readiness.register("bus", lambda: None if world.caller.connected else "the broker does not answer")
    readiness.register("draining", lambda: "this process ends" if world.running.is_draining else None)
