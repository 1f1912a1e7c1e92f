"""What svc_auth asks each service for a person who wants a copy of what is kept of them."""

from __future__ import annotations

from collections.abc import Callable, Collection
from typing import Any, ClassVar

from contracts.base import Page
from plumbing import checks
from plumbing.rows import from_page, to_page
from plumbing.rpc import rpc

#: Who may ask; it knows that the person themselves wants it.
ASKING = ("auth",)


class OwnData:
    """Mixin of doors, for services alone, by their own token.

    Attributes:
        sections: The words under which things are kept.
        list_own: Returns a page of one of them as `plumbing.rows.page_of` does.
    """

    db: Any
    caller: Any
    sections: ClassVar[Collection[str]]
    list_own: ClassVar[Callable[..., Any]]

    @rpc
    def list_own_data(self, *, user_id: str, section: str, after: str | None = None) -> Page[dict[str, Any]]:
        """Return a page of what is kept of somebody under one word."""
        self.caller.service(*ASKING)
        user_id, section = checks.an_id(user_id, "user_id"), checks.one_of(section, "section", self.sections)
        cursor = from_page(after)
        with self.db.reading() as session:
            return to_page(self.list_own(session, user_id, section, cursor))
