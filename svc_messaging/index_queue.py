"""Many events, few transactions: what the worker's observers want indexed is gathered while one batch runs.

There is no timer: whoever comes while nothing runs begins at once, with itself alone; whoever comes
meanwhile is part of the next batch. An observer returns, and its event is acknowledged, only after
the commit of its batch.
"""

from __future__ import annotations

from threading import Event as Flag
from threading import Lock
from typing import Any

from nameko.extensions import DependencyProvider
from sqlalchemy.orm import sessionmaker

from plumbing.database import Transactions, new_engine
from plumbing.logs import first_line, get_logger
from plumbing.settings import settings
from svc_messaging.actions.indexing import Key, index_messages

log = get_logger(__name__)

MOST = 200


class _Wish:
    """One message that somebody waits to have indexed."""

    def __init__(self, key: Key) -> None:
        self.key = key
        self.woken = Flag()
        self.settled = False
        self.error: Exception | None = None

    def settle(self, error: Exception | None) -> None:
        self.error, self.settled = error, True
        self.woken.set()


class IndexQueue:
    """Indexes messages for many greenlets or threads at once."""

    def __init__(self, db: Transactions) -> None:
        self._db = db
        self._lock = Lock()
        self._waiting: list[_Wish] = []
        self._led = False

    def index(self, conversation_id: str, message_id: str) -> None:
        """Index a message as it is now; return when that is committed.

        Raises:
            Exception: It could not be; other messages of the same batch are not affected.
        """
        wish = _Wish((conversation_id, message_id))
        with self._lock:
            self._waiting.append(wish)
            leads, self._led = not self._led, True
        if not leads:
            wish.woken.wait()
        if not wish.settled:
            self._lead()
        if wish.error is not None:
            raise wish.error

    def _lead(self) -> None:
        """Do one batch, then let the first of those who came meanwhile do the next one."""
        with self._lock:
            batch, self._waiting = self._waiting[:MOST], self._waiting[MOST:]
        try:
            self._do(batch)
        finally:
            with self._lock:
                self._led = bool(self._waiting)
                if self._waiting:
                    self._waiting[0].woken.set()

    def _do(self, batch: list[_Wish]) -> None:
        error = self._try(batch)
        if error is None or len(batch) == 1:
            for wish in batch:
                wish.settle(error)
            return
        log.warning("index_batch_failed", size=len(batch), error=first_line(error))
        for wish in batch:
            wish.settle(self._try([wish]))

    def _try(self, batch: list[_Wish]) -> Exception | None:
        try:
            with self._db.transaction() as session:
                index_messages(session, [wish.key for wish in batch])
        except Exception as error:
            return error
        return None


class Indexing(DependencyProvider):
    """Gives all workers of a container the same `IndexQueue`."""

    def setup(self) -> None:
        """Open one connection, which is all that batches one after the other need."""
        self._engine = new_engine(settings().database_url, pool_size=1)
        self._queue = IndexQueue(Transactions(sessionmaker(bind=self._engine, expire_on_commit=False)))

    def stop(self) -> None:
        """Close it."""
        self._engine.dispose()

    def get_dependency(self, worker_ctx: Any) -> IndexQueue:
        """Return the container's queue."""
        return self._queue
