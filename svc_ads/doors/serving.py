"""The door of people who see ads."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, cast

from sqlalchemy.orm import Session

from contracts.ads import AdView, CampaignPublished, CampaignStopped, CountedView, Refusal, TicketInvalid, WhyView
from plumbing import checks
from plumbing.broadcast import observes_everywhere
from plumbing.rpc import rpc
from svc_ads import metrics, tickets
from svc_ads.ad_checks import now_utc
from svc_ads.codes import LANGUAGES
from svc_ads.doors.base import Door
from svc_ads.serving import billing, explaining
from svc_ads.serving.deciding import Request
from svc_ads.serving.server import AdServer
from svc_ads.tickets import Ticket

_MAX_TICKET = 1_000


class Serving(Door):
    """Mixin of `AdsService`."""

    server: Any = AdServer()

    @rpc
    def choose_ad(self, *, channel_id: str, at_seq: int, language: str) -> AdView | None:
        """Return an ad to be shown after the post `at_seq` of a public channel, or None."""
        place = checks.an_id(channel_id, "channel_id")
        request = Request(
            self.me(), place, checks.a_number(at_seq, "at_seq"), checks.one_of(language, "language", LANGUAGES)
        )
        return cast(AdView | None, self.server.choose(request))

    @rpc
    def view_ad(self, *, ad_id: str, ticket: str, visible_ms: int) -> CountedView:
        """Bill a view, once; what costs nothing is answered with the reason."""
        visible = checks.a_number(visible_ms, "visible_ms")
        return self._count("view", ad_id, ticket, lambda session, mine: billing.bill(session, mine, visible, now_utc()))

    @rpc
    def click_ad(self, *, ad_id: str, ticket: str) -> CountedView:
        """Count a click, once and after the view."""
        return self._count("click", ad_id, ticket, lambda session, mine: billing.count_click(session, mine, now_utc()))

    @rpc
    def explain_ad(self, *, ad_id: str, ticket: str) -> WhyView:
        """Return why somebody got an ad."""
        mine = tickets.open_ticket(_a_ticket(ticket), checks.an_id(ad_id, "ad_id"), self.me())
        with self.db.reading() as session:
            found = explaining.explain(session, mine)
        if found is None:
            raise TicketInvalid(why="forged")
        return found

    @observes_everywhere(CampaignPublished)
    def take_campaign(self, event: CampaignPublished) -> None:
        """Take a campaign into this server's index."""
        self.server.published(event.campaign_id, event.version)

    @observes_everywhere(CampaignStopped)
    def drop_campaign(self, event: CampaignStopped) -> None:
        """Drop a campaign from this server's index."""
        self.server.stopped(event.campaign_id, event.version)

    def _count(self, what: str, ad_id: str, ticket: str, count: Callable[[Session, Ticket], None]) -> CountedView:
        why: Refusal | None = None
        mine: Ticket | None = None
        try:
            mine = tickets.read(_a_ticket(ticket), checks.an_id(ad_id, "ad_id"), self.me())
            counted = mine
            self.write(lambda session: count(session, counted))
        except (tickets.Refused, billing.NotCounted) as refused:
            why, mine = refused.why, getattr(refused, "ticket", mine)
        if why is not None and mine is not None:
            self._count_refused(mine, what, why)
        (metrics.VIEWS if what == "view" else metrics.CLICKS).labels(why or "counted").inc()
        return {"counted": why is None, "refused": why}

    def _count_refused(self, ticket: Ticket, what: str, why: Refusal) -> None:
        campaign_id = str(ticket.campaign)
        self.write(lambda session: billing.count_refused(session, campaign_id, what, why, now_utc()))


def _a_ticket(value: object) -> str:
    return checks.a_text(value, "ticket", _MAX_TICKET)
