"""What campaigns show, and what moderators say of it."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any, Literal

from sqlalchemy.orm import Session

from contracts.ads import CreativeKind, CreativeView, ReviewStatus
from contracts.base import Invalid, Page
from contracts.media import UnknownMedia
from plumbing import checks
from plumbing.idempotency import once
from plumbing.rpc import rpc
from svc_ads import ad_checks
from svc_ads.actions import campaigns, creatives
from svc_ads.doors.base import Door
from svc_ads.views import creative_view

MAX_PAGE = 100
MAX_ASKED = 500
REVIEWS = ("pending", "approved", "rejected")
#: Who may ask which creatives' media somebody may see.
ASKING = ("media",)


class Creatives(Door):
    """Creatives of one's own campaigns, and everybody's for moderators."""

    @rpc
    def create_creative(
        self, *, campaign_id: str, kind: CreativeKind, title: str, body: str, url: str, media_id: str | None = None
    ) -> CreativeView:
        """Add a creative to a campaign; it waits for its review. Once for each Idempotency-Key."""
        me, campaign_id, now = self.me(), checks.an_id(campaign_id, "campaign_id"), datetime.now(UTC)
        facts = ad_checks.creative_facts({"kind": kind, "title": title, "body": body, "url": url, "media_id": media_id})
        creatives.demand_media_fits(facts["kind"], facts["media_id"])
        self._demand_own_media(facts["kind"], facts["media_id"])
        request = ["create_creative", campaign_id, facts]

        def make(session: Session) -> str:
            return creatives.create(session, campaign_id, me, facts, now)

        made = self.write(lambda session: once(session, me, request, lambda: make(session)))
        return self._show_creative(campaign_id, str(made))

    @rpc
    def update_creative(self, *, campaign_id: str, creative_id: str, changes: dict[str, object]) -> CreativeView:
        """Change a creative; it waits for another review."""
        me, now = self.me(), datetime.now(UTC)
        campaign_id, creative_id = checks.an_id(campaign_id, "campaign_id"), checks.an_id(creative_id, "creative_id")
        facts = ad_checks.creative_facts(changes)
        before = self._show_creative(campaign_id, creative_id)
        kind, media_id = facts.get("kind", before["kind"]), facts.get("media_id", before["media_id"])
        creatives.demand_media_fits(kind, media_id)
        if (kind, media_id) != (before["kind"], before["media_id"]):
            self._demand_own_media(kind, media_id)
        self.write(lambda session: creatives.update(session, campaign_id, creative_id, me, facts, now))
        return self._show_creative(campaign_id, creative_id)

    @rpc
    def delete_creative(self, *, campaign_id: str, creative_id: str) -> None:
        """Remove a creative."""
        me, now = self.me(), datetime.now(UTC)
        campaign_id, creative_id = checks.an_id(campaign_id, "campaign_id"), checks.an_id(creative_id, "creative_id")
        self.write(lambda session: creatives.remove(session, campaign_id, creative_id, me, now))

    @rpc
    def list_creatives(
        self, *, review: ReviewStatus = "pending", limit: int = 50, after: str | None = None
    ) -> Page[CreativeView]:
        """Return creatives by their review, the longest waiting first; for the platform's moderators."""
        me, limit, now = self.moderator(), checks.a_limit(limit, MAX_PAGE), datetime.now(UTC)
        wanted, place = checks.one_of(review, "review", REVIEWS), _a_place(after)
        self.write(lambda session: creatives.note_reviewer(session, me, now))
        with self.db.reading() as session:
            found = creatives.list_by_review(session, wanted, limit + 1, place)
        items = [creative_view(row, name) for row, name in found[:limit]]
        last = found[limit - 1][0] if len(found) > limit else None
        following = checks.to_cursor(last.created_at.isoformat(), last.creative_id) if last else None
        return {"items": items, "next": following}

    @rpc
    def review_creative(
        self, *, campaign_id: str, creative_id: str, review: Literal["approved", "rejected"], note: str = ""
    ) -> CreativeView:
        """Say whether a creative may be shown; for the platform's moderators."""
        me, now = self.moderator(), datetime.now(UTC)
        campaign_id, creative_id = checks.an_id(campaign_id, "campaign_id"), checks.an_id(creative_id, "creative_id")
        verdict, note = checks.one_of(review, "review", ("approved", "rejected")), ad_checks.a_note(note)
        reviewed = self.write(
            lambda session: creatives.review(session, campaign_id, creative_id, me, verdict, note, now)
        )
        return creative_view(*reviewed)

    @rpc
    def find_shown_creatives(self, *, user_id: str, creative_ids: list[str]) -> list[str]:
        """Return those of the creatives whose media somebody may see; svc_media asks."""
        self.caller.service(*ASKING)
        user_id, asked = checks.an_id(user_id, "user_id"), checks.ids(creative_ids, "creative_ids", MAX_ASKED)
        with self.db.reading() as session:
            return creatives.shown(session, user_id, asked, datetime.now(UTC))

    def _show_creative(self, campaign_id: str, creative_id: str) -> CreativeView:
        me = self.me()
        with self.db.reading() as session:
            campaigns.find(session, campaign_id, me)
            return creative_view(creatives.find(session, campaign_id, creative_id))

    def _demand_own_media(self, kind: str, media_id: str | None) -> None:
        """Demand a media of the caller's own that can be shown as what the creative says it is.

        Raises:
            UnknownMedia: It is none of theirs.
            Invalid: It is of another kind, or not ready.
        """
        if media_id is None:
            return
        media: dict[str, Any] = self.media.get_media(media_id=media_id)
        if media["owner_id"] != self.me():
            raise UnknownMedia
        if media["kind"] != kind:
            raise Invalid("That media is of another kind.", code="media_kind_mismatch", field="media_id")
        if media["state"] != "ready":
            raise Invalid("That media is not ready yet.", code="media_not_ready", field="media_id")


def _a_place(after: object) -> tuple[datetime, str] | None:
    cursor = checks.from_cursor(after, str, str)
    if cursor is None:
        return None
    return checks.a_moment(cursor[0], "after"), checks.an_id(cursor[1], "after")
