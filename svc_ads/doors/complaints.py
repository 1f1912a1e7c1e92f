"""Ads that somebody does not want to see again, and what they say is wrong with them."""

from __future__ import annotations

from datetime import UTC, datetime

from contracts.ads import AdReportView, ReportReason
from contracts.base import Page
from plumbing import checks
from plumbing.rpc import rpc
from svc_ads import ad_checks
from svc_ads.actions import complaints, preferences
from svc_ads.doors.base import Door
from svc_ads.tickets import open_ticket

MAX_PAGE = 100
MAX_TICKET = 2_000


class Complaints(Door):
    """About an ad that was shown to the caller, by its ticket; moderators read what was reported."""

    @rpc
    def hide_ad(self, *, ad_id: str, ticket: str) -> None:
        """Never show the caller the campaign of an ad again."""
        me, now = self.me(), datetime.now(UTC)
        shown = _shown(ticket, ad_id, me)
        self.write(lambda session: preferences.hide(session, me, shown[0], now))

    @rpc
    def report_ad(self, *, ad_id: str, ticket: str, reason: ReportReason, note: str = "") -> None:
        """Tell the platform's moderators what is wrong with an ad; its campaign is hidden too."""
        me, now = self.me(), datetime.now(UTC)
        why, note = checks.one_of(reason, "reason", complaints.REASONS), ad_checks.a_note(note)
        shown = _shown(ticket, ad_id, me)
        self.write(lambda session: complaints.report(session, me, shown, why, note, now))

    @rpc
    def list_ad_reports(self, *, limit: int = 50, after: str | None = None) -> Page[AdReportView]:
        """Return reports of ads, the newest first; for the platform's moderators."""
        self.moderator()
        limit, cursor = checks.a_limit(limit, MAX_PAGE), checks.from_cursor(after, str, str)
        before = (checks.a_moment(cursor[0], "after"), checks.an_id(cursor[1], "after")) if cursor else None
        with self.db.reading() as session:
            found = complaints.list_all(session, limit + 1, before)
        last = found[limit - 1][0] if len(found) > limit else None
        following = checks.to_cursor(last.at.isoformat(), last.decision_id) if last else None
        return {"items": [complaints.report_view(each) for each in found[:limit]], "next": following}


def _shown(ticket: object, ad_id: object, user_id: str) -> tuple[str, str, str]:
    """Return the campaign, the creative and the decision of an ad that somebody was shown.

    Raises:
        TicketInvalid: It was not shown to them.
    """
    text = checks.a_text(ticket, "ticket", MAX_TICKET)
    found = open_ticket(text, checks.an_id(ad_id, "ad_id"), user_id)
    return str(found.campaign), str(found.creative), str(found.decision)
