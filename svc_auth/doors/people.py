"""The door for looking people up, for admins, and for the other services."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from contracts.auth import AccountView, OwnUserView, RevocationView, Role, UserView
from contracts.base import Page
from plumbing.rpc import rpc
from plumbing.settings import settings
from svc_auth import checks, policy
from svc_auth.actions import accounts, audit, keys, people, revocations, throttling
from svc_auth.doors.base import Door, now_utc
from svc_auth.views import account_view, audit_view, own_user_view, revocation_view, user_view


class People(Door):
    """Look-ups, roles, audit, public keys and revocations."""

    @rpc
    def get_user(self, *, user_id: str) -> UserView:
        """Return a person as everybody may see them."""
        wanted = checks.identifier(user_id, "user_id")
        self.anybody_known()
        with self.db.reading() as session:
            return user_view(people.get(session, wanted))

    @rpc
    def find_users(self, *, user_ids: list[str]) -> list[UserView]:
        """Return the people of at most 1,000 ids; unknown ones are left out."""
        wanted = checks.identifiers(user_ids, "user_ids", 1_000)
        self.anybody_known()
        with self.db.reading() as session:
            return [user_view(user) for user in people.find(session, wanted)]

    @rpc
    def search_users(self, *, query: str, limit: int = 20) -> Page[UserView]:
        """Return people one of whose names begins with `query` (2 to 80 characters)."""
        prefix, most = checks.text(query, "query", 2, 80).strip(), checks.limit(limit, 50)
        throttling.demand(policy.SEARCH_PER_ACCOUNT, self.caller.user().user_id)
        with self.db.reading() as session:
            self.me(session)
            found = people.search(session, checks.text(prefix, "query", 2, 80), most)
            return {"items": [user_view(user) for user in found], "next": None}

    @rpc
    def set_roles(self, *, user_id: str, roles: list[Role]) -> OwnUserView:
        """Give a person roles (admins only); who loses one is signed out."""
        wanted, given = checks.identifier(user_id, "user_id"), checks.roles(roles)
        with self.writing() as session:
            actor = self.admin(session)
            user = people.set_roles(session, wanted, given, actor.user_id, now_utc())
            return own_user_view(user, accounts.factor_kinds(session, user.user_id))

    @rpc
    def set_deactivated(self, *, user_id: str, deactivated: bool) -> UserView:
        """Close or open an account (admins only)."""
        wanted, closed = checks.identifier(user_id, "user_id"), checks.truth(deactivated, "deactivated")
        with self.writing() as session:
            actor = self.admin(session)
            return user_view(people.set_deactivated(session, wanted, closed, actor.user_id, now_utc()))

    @rpc
    def search_accounts(self, *, query: str, limit: int = 20) -> Page[AccountView]:
        """Return people with their roles, closed accounts too, one of whose names begins with `query` (admins only)."""
        prefix, most = checks.text(checks.text(query, "query", 2, 80).strip(), "query", 2, 80), checks.limit(limit, 50)
        with self.db.reading() as session:
            self.admin(session)
            found = people.search_accounts(session, prefix, most)
            kinds = {user.user_id: accounts.factor_kinds(session, user.user_id) for user in found}
            return {"items": [account_view(user, kinds[user.user_id]) for user in found], "next": None}

    @rpc
    def list_audit(
        self,
        *,
        limit: int = 50,
        after: str | None = None,
        user_id: str | None = None,
        actor_id: str | None = None,
        action: str | None = None,
    ) -> Page[dict[str, Any]]:
        """Return audit entries, newest first, about one person, by one or of one kind if so asked (admins only)."""
        most = checks.limit(limit, 200)
        wanted = {
            "user_id": checks.identifier(user_id, "user_id") if user_id is not None else None,
            "actor_id": checks.identifier(actor_id, "actor_id") if actor_id is not None else None,
            "action": checks.maybe_text(action, "action", 40),
        }
        cursor = checks.identifier(after, "after") if after is not None else None
        with self.db.reading() as session:
            self.admin(session)
            rows, following = audit.list_entries(session, most, cursor, **wanted)
            return {"items": [audit_view(row) for row in rows], "next": following}

    @rpc
    def get_jwks(self) -> dict[str, Any]:
        """Return the public keys of people's access tokens."""
        return keys.public_jwks(Path(settings().keys_dir), settings().auth_issuer)

    @rpc
    def list_revocations(self, *, since: str | None = None) -> list[RevocationView]:
        """Return what was revoked since a moment (the last 20 minutes without one), for who lets people in."""
        self.caller.service("gateway", "media")
        start = checks.moment(since, "since")
        with self.db.reading() as session:
            return [revocation_view(row) for row in revocations.list_since(session, start, now_utc())]
