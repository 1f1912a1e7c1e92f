"""What the worker asks others from time to time, because an event may have been missed, or was never told."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from contracts.base import ServiceError
from plumbing.database import Transactions
from plumbing.doors import Writing
from plumbing.logs import get_logger
from plumbing.rpc import ServiceRpc
from plumbing.timers import every
from svc_ads.actions import approvals, channels, chores, preferences, running
from svc_ads.looking_up import look_up_topics

log = get_logger(__name__)

PAGE = 200
DAILY = timedelta(days=1)


class Asking(Writing):
    """Timers; each fires in one replica at a time. While nobody answers, a walk waits where it is."""

    payments: Any = ServiceRpc("payments")
    subscriptions: Any = ServiceRpc("subscriptions")

    @every(5.0, lock="look_up_topics")
    def look_up_topics(self) -> None:
        """Look up what people follow who agreed to that, each at most once a day."""
        with self.db.reading() as session:
            found = preferences.to_look_up(session, datetime.now(UTC), PAGE)
        for user_id, changed_at in found:
            try:
                look_up_topics(self, user_id, changed_at)
            except ServiceError as error:
                log.warning("topics_wait", code=error.code)
                return

    @every(10.0, lock="rebuild_channels")
    def rebuild_channels(self) -> None:
        """Compare all public channels with what svc_subscriptions says of them, at first and then daily."""
        self._walk("channels_listed", self.hear_page)
        self._walk("channels_known", self.forget_page)

    @every(10.0, lock="ask_owners")
    def ask_owners(self) -> None:
        """Let campaigns ask owners whom they did not ask when they began, daily: so many of them at once."""
        self._walk("owners_asked", self.ask_page)

    @every(10.0, lock="repair_ad_free")
    def repair_ad_free(self) -> None:
        """Compare who sees no ads with the ledger, daily."""
        self._walk("ad_free", self.repair_page)

    def _walk(self, name: str, page: Any) -> None:
        with self.db.reading() as session:
            if not chores.is_due(session, name, DAILY, datetime.now(UTC)):
                return
            place = chores.place(session, name)
        try:
            walk(self, name, page, place)
        except ServiceError as error:
            log.warning("walk_waits", walk=name, code=error.code)

    def hear_page(self, after: str | None) -> str | None:
        """Take up a page of all public channels; return where the next one begins."""
        page = self.subscriptions.as_service().list_public_channels(limit=PAGE, after=after)
        with self.db.transaction() as session:
            for each in page["items"]:
                channels.hear(session, each)
        following: str | None = page["next"]
        return following

    def forget_page(self, after: str | None) -> str | None:
        """Take a page of channels off that are public no longer; return where the next one begins."""
        with self.db.reading() as session:
            known = channels.listed_after(session, after, PAGE)
        if not known:
            return None
        asked = [channel_id for channel_id, _ in known]
        page = self.subscriptions.as_service().list_public_channels(channel_ids=asked, limit=PAGE)
        listed = {each["channel_id"] for each in page["items"]}
        with self.db.transaction() as session:
            gone = channels.forget_unlisted(session, known, listed)
        if gone:
            log.error("channels_mended", number=gone)
        return asked[-1] if len(known) == PAGE else None

    def ask_page(self, after: str | None) -> str | None:
        """Let a page of campaigns ask owners; return where the next one begins."""
        with self.db.transaction() as session:
            found = running.running(session, after, PAGE)
            for campaign in found:
                approvals.ask(session, campaign, datetime.now(UTC))
        return found[-1].campaign_id if len(found) == PAGE else None

    def repair_page(self, after: str | None) -> str | None:
        """Compare a page of people with the ledger; return where the next one begins."""
        with self.db.reading() as session:
            known = preferences.told_of_ad_free(session, after, PAGE)
        for user_id, version in known:
            found = self.payments.as_service().find_entitlements(
                user_id=user_id, subject_kind="ad_free", subject_ids=[user_id]
            )
            until = datetime.fromisoformat(found[0]["until"]) if found and found[0]["until"] else None
            with self.db.transaction() as session:
                if preferences.repair_ad_free(session, user_id, version, active=bool(found), until=until):
                    log.error("ad_free_mended", user_id=user_id)
        return known[-1][0] if len(known) == PAGE else None


def begin_again(db: Transactions, *names: str) -> None:
    """Let walks be made at once, by the worker."""
    with db.transaction() as session:
        chores.begin_again(session, names)


def walk(desk: Any, name: str, page: Any, place: str | None = None) -> None:
    """Walk through all pages from `place` on, and remember each step.

    Raises:
        ServiceError: Somebody did not answer; the walk goes on later where it is.
    """
    while True:
        place = page(place)
        with desk.db.transaction() as session:
            chores.move(session, name, place, datetime.now(UTC))
        if place is None:
            return
