"""What people may use by having paid: for themselves, and for the services that keep the gates."""

from __future__ import annotations

from contracts.base import Page
from contracts.payments import EntitlementView
from plumbing import checks
from plumbing.rpc import rpc
from svc_payments.actions import entitlements
from svc_payments.doors.base import Door
from svc_payments.plan_views import entitlement_view

#: Who may ask about other people.
ASKING = ("subscriptions", "media", "ads")
MAX_ASKED = 500


class Entitlements(Door):
    """Read from the ledger each time: nothing here can be out of date."""

    @rpc
    def list_entitlements(self) -> Page[EntitlementView]:
        """Return what the caller may use now."""
        me = self.me()
        with self.db.reading() as session:
            return {"items": [entitlement_view(each) for each in entitlements.list_all(session, me)], "next": None}

    @rpc
    def find_entitlements(self, *, user_id: str, subject_kind: str, subject_ids: list[str]) -> list[EntitlementView]:
        """Return which of some subjects somebody may use now; `ad_free` has the person's own id as its subject."""
        self.caller.service(*ASKING)
        user_id, kind = (
            checks.an_id(user_id, "user_id"),
            checks.one_of(subject_kind, "subject_kind", entitlements.KINDS),
        )
        asked = checks.ids(subject_ids, "subject_ids", MAX_ASKED)
        with self.db.reading() as session:
            return [entitlement_view(each) for each in entitlements.find(session, user_id, kind, asked)]
