"""What svc_auth asks for a person who wants a copy of what is kept of them."""

from __future__ import annotations

from typing import Any

from contracts.base import Page
from plumbing import checks
from plumbing.rows import from_page, to_page
from plumbing.rpc import rpc
from svc_messaging.actions import own_data
from svc_messaging.doors.base import Door

#: Who may ask; it knows that the person themselves wants it.
ASKING = ("auth",)


class OwnData(Door):
    """For services alone, by their own token."""

    @rpc
    def list_own_data(self, *, user_id: str, section: str, after: str | None = None) -> Page[dict[str, Any]]:
        """Return a page of what is kept of somebody under one word."""
        self.caller.service(*ASKING)
        user_id, section = checks.an_id(user_id, "user_id"), checks.one_of(section, "section", own_data.SECTIONS)
        cursor = from_page(after)
        with self.db.reading() as session:
            return to_page(own_data.list_own(session, user_id, section, cursor))
