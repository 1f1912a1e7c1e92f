"""Telling the relay that there is something to publish, at most thirty times a second.

NOTIFY inside the writing transaction would make PostgreSQL commit one writer at a time, so it is sent
afterwards, on a connection of its own. A lost one costs half a second: the relay looks by itself.
"""

from __future__ import annotations

from functools import cache
from threading import Event as Flag
from threading import Thread

from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError

from plumbing.database import new_engine
from plumbing.logs import first_line, get_logger
from plumbing.settings import settings

log = get_logger(__name__)

_PAUSE_S = 0.03


class _Waker:
    def __init__(self) -> None:
        self.wanted = Flag()
        self._pause = Flag()
        self._engine = new_engine(settings().database_url, pool_size=1)
        Thread(target=self._run, name="outbox-waker", daemon=True).start()

    def _run(self) -> None:
        while True:
            self.wanted.wait()
            self._pause.wait(_PAUSE_S)  # first the answer and the frames of the transaction, then this
            self.wanted.clear()
            try:
                with self._engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
                    connection.execute(text("NOTIFY outbox"))
            except (SQLAlchemyError, OSError) as error:
                log.warning("relay_not_woken", error=first_line(error))


@cache
def _waker() -> _Waker:
    return _Waker()


def wake_relay() -> None:
    """Ask for a NOTIFY soon; returns at once."""
    if settings().database_url:
        _waker().wanted.set()
