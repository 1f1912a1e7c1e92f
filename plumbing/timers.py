"""Timers that fire in one replica at a time."""

from __future__ import annotations

from typing import Any

from nameko.timer import Timer
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError

from plumbing.database import new_engine
from plumbing.logs import get_logger
from plumbing.settings import settings

log = get_logger(__name__)


class GuardedTimer(Timer):
    """nameko's timer, held back where another replica holds the database's advisory lock of that name."""

    def __init__(self, interval: float, lock: str, **kwargs: Any) -> None:
        super().__init__(interval, **kwargs)
        self.lock = lock

    def setup(self) -> None:
        self._engine = new_engine(settings().database_url, pool_size=1)
        self._guard: Any = None

    def stop(self) -> None:
        super().stop()
        self._release()
        self._engine.dispose()

    def handle_timer_tick(self) -> None:
        if self._acquire():
            super().handle_timer_tick()
        else:
            self.worker_complete.send()

    def handle_result(self, worker_ctx: Any, result: Any, exc_info: Any) -> Any:
        self._release()
        return super().handle_result(worker_ctx, result, exc_info)

    def _acquire(self) -> bool:
        try:
            self._guard = self._engine.connect()
            taken = self._guard.execute(
                text("SELECT pg_try_advisory_xact_lock(hashtext(:name))"),
                {"name": f"timer:{self.lock}"},
            ).scalar()
        except (SQLAlchemyError, OSError) as error:
            log.warning("timer_database_away", timer=self.lock, error=str(error).splitlines()[0])
            self._release()
            return False
        if not taken:
            self._release()
        return bool(taken)

    def _release(self) -> None:
        guard, self._guard = self._guard, None
        if guard is None:
            return
        try:
            guard.close()
        except (SQLAlchemyError, OSError) as error:
            log.warning("timer_lock_lost", timer=self.lock, error=str(error).splitlines()[0])


def every(seconds: float, lock: str) -> Any:
    """Run a method every `seconds`, in whichever replica gets the lock `lock` of the service's database."""
    return GuardedTimer.decorator(seconds, lock=lock)
