"""What a person does with their own media, and how much they may have."""

from __future__ import annotations

from contracts.media import MediaView, QuotaView
from plumbing import checks
from plumbing.rpc import rpc
from svc_media import views
from svc_media.actions import quotas, removing, storing
from svc_media.doors.base import Door


class Owning(Door):
    """One's own media and quota."""

    @rpc
    def delete_media(self, *, media_id: str) -> None:
        """Delete one's own media for everybody, at whatever stage it is; the same again does nothing."""
        me, media_id = self.me(), checks.an_id(media_id, "media_id")
        self.write(lambda session: removing.delete_media(session, me, media_id))
        self.answers.forget(media_id)

    @rpc
    def retry_media(self, *, media_id: str) -> MediaView:
        """Have one's own media that failed processed again."""
        me, media_id = self.me(), checks.an_id(media_id, "media_id")
        return self.write(lambda session: views.media_view(session, storing.retry(session, me, media_id)))

    @rpc
    def get_quota(self) -> QuotaView:
        """Return how much one has stored and may store."""
        me = self.me()
        with self.db.reading() as session:
            return quotas.view(session, me)

    @rpc
    def find_quota(self, *, user_id: str) -> QuotaView:
        """Return how much somebody has stored and may store; for the platform's admins."""
        self.demand_admin()
        user_id = checks.an_id(user_id, "user_id")
        with self.db.reading() as session:
            return quotas.view(session, user_id)

    @rpc
    def set_quota(self, *, user_id: str, limit_bytes: int | None) -> QuotaView:
        """Give somebody a limit of their own, or the usual one again; for the platform's admins."""
        self.demand_admin()
        user_id = checks.an_id(user_id, "user_id")
        limit = checks.an_optional_number(limit_bytes, "limit_bytes")
        return self.write(lambda session: quotas.set_limit(session, user_id, limit))
