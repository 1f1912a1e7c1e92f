"""What svc_auth does for copies and erasures on its own; each step is a transaction, found again by its row."""

from __future__ import annotations

from typing import Any

from eventlet import tpool

from contracts.auth import LastAdmin
from contracts.base import ServiceError
from plumbing.logs import get_logger
from plumbing.rpc import ServiceRpc
from plumbing.timers import every
from svc_auth.actions import collecting, erasing, exports
from svc_auth.actions.collecting import SECTIONS
from svc_auth.doors.base import Door, now_utc
from svc_auth.models import DataExport
from svc_auth.packing import pack

log = get_logger(__name__)

Key = tuple[str, str]


class Chores(Door):
    """Timers; each fires in one replica at a time."""

    messaging = ServiceRpc("messaging")
    subscriptions = ServiceRpc("subscriptions")
    media = ServiceRpc("media")
    payments = ServiceRpc("payments")
    ads = ServiceRpc("ads")

    @every(2, lock="exports")
    def make_exports(self) -> None:
        """Bring the copies that people asked for to their end, or as far as the services answer."""
        with self.db.reading() as session:
            keys = exports.due(session, now_utc())
        for key in keys:
            while self._one_page(key):
                pass

    def _one_page(self, key: Key) -> bool:
        """Fetch the next page of a copy, or finish it; tell whether there is more to do at once."""
        with self.db.reading() as session:
            row = session.get(DataExport, key)
            place = None if row is None or row.state != "waiting" else (row.section, row.cursor)
        if place is None:
            return False
        if place[0] >= len(SECTIONS):
            self._pack(key)
            return False
        try:
            page = self._fetch(key[0], *place)
        except ServiceError as error:
            log.warning("export_waits", section=SECTIONS[place[0]].path, code=error.code)
            self._put_off(key)
            return False
        with self.db.transaction() as session:
            locked = exports.lock(session, key)
            if locked is None or (locked.section, locked.cursor) != place:
                return False
            exports.store_page(session, locked, page["items"], page["next"])
        return True

    def _fetch(self, user_id: str, section: int, cursor: str | None) -> Any:
        wanted = SECTIONS[section]
        if wanted.service == "auth":
            with self.db.reading() as session:
                items, following = collecting.list_own(session, user_id, wanted.name, cursor)
            return {"items": items, "next": following}
        client = getattr(self, wanted.service).as_service()
        return client.list_own_data(user_id=user_id, section=wanted.name, after=cursor)

    def _put_off(self, key: Key) -> None:
        with self.db.transaction() as session:
            locked = exports.lock(session, key)
            if locked is not None:
                exports.put_off(locked, now_utc())

    def _pack(self, key: Key) -> None:
        with self.db.transaction() as session:
            locked = exports.lock(session, key)
            if locked is None:
                return
            pages = list(exports.pages(session, locked))
            with tpool.execute(pack, pages) as file:
                exports.finish(session, locked, file, now_utc())

    @every(5, lock="erasures")
    def erase_accounts(self) -> None:
        """Erase the accounts whose grace is over."""
        with self.db.reading() as session:
            found = erasing.due(session, now_utc())
        for user_id in found:
            try:
                with self.writing() as session:
                    erasing.erase(session, user_id, now_utc())
            except LastAdmin:
                log.warning("erasure_waits_for_another_admin", user_id=user_id)
            except Exception:
                log.exception("erasure_failed", user_id=user_id)
