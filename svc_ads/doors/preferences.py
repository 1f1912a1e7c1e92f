"""What people decide about ads."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any, Literal

from contracts.ads import MAX_INTERESTS, AdPreferencesView
from contracts.base import ServiceError
from plumbing import checks
from plumbing.logs import get_logger
from plumbing.rpc import rpc
from svc_ads import ad_checks
from svc_ads.actions import preferences
from svc_ads.doors.base import Door
from svc_ads.looking_up import look_up_topics

log = get_logger(__name__)


class Preferences(Door):
    """One's own."""

    @rpc
    def get_ad_preferences(self) -> AdPreferencesView:
        """Return what the caller decided, and everything that is used for it."""
        me = self.me()
        with self.db.reading() as session:
            return preferences.view(session, me, datetime.now(UTC))

    @rpc
    def set_ad_preferences(
        self,
        *,
        consent: Literal["contextual", "personal"] | None = None,
        region: str | None = None,
        interests: list[str] | None = None,
        removed_topics: list[str] | None = None,
    ) -> AdPreferencesView:
        """Decide something; what is not given stays as it is. It counts from the next ad on."""
        me, changes, now = self.me(), _checked(consent, region, interests, removed_topics), datetime.now(UTC)
        changed_at = self.write(lambda session: preferences.save(session, me, changes, now)) if changes else None
        if changed_at is not None:
            self._look_up(me, changed_at)
        with self.db.reading() as session:
            return preferences.view(session, me, datetime.now(UTC))

    @rpc
    def unhide_campaign(self, *, campaign_id: str) -> None:
        """Let a campaign be shown to the caller again."""
        me, campaign_id = self.me(), checks.an_id(campaign_id, "campaign_id")
        self.write(lambda session: preferences.unhide(session, me, campaign_id))

    def _look_up(self, user_id: str, changed_at: datetime) -> None:
        """Look the topics up now, or, where nobody answers, by the worker in a moment."""
        try:
            look_up_topics(self, user_id, changed_at)
        except ServiceError as error:
            log.warning("topics_wait", code=error.code)


def _checked(consent: object, region: object, interests: object, removed_topics: object) -> dict[str, Any]:
    changes: dict[str, Any] = {}
    if consent is not None:
        changes["consent"] = checks.one_of(consent, "consent", ("contextual", "personal"))
    if region is not None:
        changes["region"] = ad_checks.a_region(region)
    if interests is not None:
        changes["interests"] = ad_checks.topics(interests, "interests", MAX_INTERESTS)
    if removed_topics is not None:
        changes["removed_topics"] = ad_checks.topics(removed_topics, "removed_topics", MAX_INTERESTS)
    return changes
