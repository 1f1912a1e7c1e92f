"""Timers that fire in one replica at a time."""

from __future__ import annotations

from typing import Any

from nameko.timer import Timer
from sqlalchemy import Connection, text
from sqlalchemy.exc import SQLAlchemyError

from plumbing.database import new_engine
from plumbing.logs import first_line, get_logger
from plumbing.settings import settings

log = get_logger(__name__)


class GuardedTimer(Timer):
    """nameko's timer, held back where another replica holds the database's advisory lock of that name.

    Whoever got the lock keeps it until it ends or loses its connection; the others stand by.
    """

    def __init__(self, interval: float, lock: str, **kwargs: Any) -> None:
        super().__init__(interval, **kwargs)
        self.lock = lock

    def setup(self) -> None:
        self._engine = new_engine(settings().database_url, pool_size=1)
        self._guard: Connection | None = None

    def stop(self) -> None:
        super().stop()
        self._release()

    def kill(self) -> None:
        super().kill()
        self._release()

    def handle_timer_tick(self) -> None:
        if self._holds_lock():
            super().handle_timer_tick()
        else:
            self.worker_complete.send()

    def _holds_lock(self) -> bool:
        try:
            if self._guard is None:
                return self._acquire()
            self._guard.execute(text("SELECT 1"))  # the lock lives as long as this connection
        except (SQLAlchemyError, OSError) as error:
            log.warning("timer_database_away", timer=self.lock, error=first_line(error))
            self._release()
            return False
        return True

    def _acquire(self) -> bool:
        self._guard = self._engine.connect().execution_options(isolation_level="AUTOCOMMIT")
        statement = text("SELECT pg_try_advisory_lock(hashtext(:name))")
        taken = self._guard.execute(statement, {"name": f"timer:{self.lock}"}).scalar()
        if not taken:
            self._release()
        return bool(taken)

    def _release(self) -> None:
        guard, self._guard = self._guard, None
        if guard is not None:
            guard.invalidate()  # in the pool it would hold the lock
            guard.close()


def every(seconds: float, lock: str) -> Any:
    """Run a method every `seconds`, in whichever replica gets the lock `lock` of the service's database."""
    return GuardedTimer.decorator(seconds, lock=lock)
