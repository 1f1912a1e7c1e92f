"""gunicorn's gevent worker, but for the way it closes its door.

Only processes that run under gunicorn import this (the gateway, and the edge of media).
"""

from __future__ import annotations

import time
from functools import partial
from typing import Any

import gevent
from gevent.pool import Pool
from gevent.server import StreamServer
from gunicorn.workers.ggevent import GeventWorker

_LOOK_S = 1.0
_AT_ONCE = 16


class Door(StreamServer):
    """A server that lets everybody in who has knocked, before it closes.

    The kernel resets whoever has connected and was not accepted yet. Nginx may have sent that one a request, which it
    sends nobody else when it is unsafe: a process that ends in good order would lose it.
    """

    def close(self) -> None:
        """Accept what waits, and then no more."""
        if not self.closed:
            while (arrived := self.do_read()) is not None:
                self.do_handle(*arrived)
        super().close()


class DrainingWorker(GeventWorker):
    """Ends without a reset: takes in who has come, answers them, and closes each connection with its answer."""

    def run(self) -> None:
        """Serve until told to end, and then for `graceful_timeout` whoever is still here."""
        doors = [self._open(each) for each in self.sockets]
        while self.alive:
            self.notify()
            gevent.sleep(_LOOK_S)
        for door in doors:
            door.close()
        if not self._emptied(doors):
            self.log.warning("Worker graceful timeout (pid:%s)", self.pid)
            for door in doors:
                door.stop(timeout=1)

    def _open(self, listener: Any) -> Door:
        listener.setblocking(1)
        door = Door(listener, handle=partial(self.handle, listener), spawn=Pool(self.worker_connections))
        # Of several workers each takes a few at a time, so that all get some. One at a time is too few: where much is
        # going on they look seldom, and whoever comes would wait at the door until it is too late.
        door.max_accept = _AT_ONCE if self.cfg.workers > 1 else door.max_accept
        door.start()
        return door

    def _emptied(self, doors: list[Door]) -> bool:
        """Wait for those inside; return whether all have left in time."""
        ends_at = time.monotonic() + self.cfg.graceful_timeout
        while time.monotonic() <= ends_at:
            if all(door.pool.free_count() == door.pool.size for door in doors):
                return True
            self.notify()
            gevent.sleep(_LOOK_S)
        return False
