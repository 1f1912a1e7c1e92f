"""People: oneself, others, and what administrators do with accounts."""

# ruff: noqa: D103 - each summary stands in `@operation`
from __future__ import annotations

from typing import Annotated, Any

import flask
from msgspec import UNSET, Meta, UnsetType

from contracts import auth as contract
from contracts.base import Invalid, Page
from gateway_flask.body import fit
from gateway_flask.fields import Cursor, Id, Limit, Password, Request, given
from gateway_flask.operation import HASHING_PATIENCE_S, Call, operation
from gateway_flask.routes.factors import PROOF_ERRORS

bp = flask.Blueprint("users", __name__, url_prefix="/v1")


class ProfileBody(Request):
    """What to change; fields left out stay as they are."""

    username: Annotated[str, Meta(min_length=1, max_length=64)] | UnsetType = UNSET
    display_name: Annotated[str, Meta(min_length=1, max_length=100)] | UnsetType = UNSET
    email: Annotated[str, Meta(max_length=254)] | None | UnsetType = UNSET
    locale: Annotated[str, Meta(min_length=1, max_length=20)] | UnsetType = UNSET
    time_zone: Annotated[str, Meta(min_length=1, max_length=64)] | UnsetType = UNSET
    password: Password | None = None


class UsersQuery(Request):
    """Either words to look for, or up to 100 ids, separated by commas."""

    query: Annotated[str, Meta(min_length=1, max_length=100)] | None = None
    ids: Annotated[str, Meta(min_length=1, max_length=3_700)] | None = None
    limit: Limit = 20


class RolesBody(Request):
    """The roles on the platform."""

    roles: Annotated[list[contract.Role], Meta(max_length=3)]


class DeactivatedBody(Request):
    """Whether the account is closed."""

    deactivated: bool


class AccountsQuery(Request):
    """Words to look for."""

    query: Annotated[str, Meta(min_length=2, max_length=80)]
    limit: Annotated[int, Meta(ge=1, le=50)] = 20


class AuditQuery(Request):
    """A page of the audit log: all of it, or what is about a person, by a person, or of a kind."""

    user_id: Id | None = None
    actor_id: Id | None = None
    action: Annotated[str, Meta(min_length=1, max_length=40)] | None = None

    limit: Limit = 50
    after: Cursor | None = None


@bp.get("/users/me")
@operation(summary="Get one's own account", returns=contract.OwnUserView)
def get_me(call: Call) -> Any:
    return call.ask("auth", "get_me")


@bp.patch("/users/me")
@operation(
    summary="Change one's own account", body=ProfileBody, returns=contract.OwnUserView, limit="write",
    patience_s=HASHING_PATIENCE_S, errors=(contract.UsernameTaken, contract.InvalidUsername, *PROOF_ERRORS),
    description="A former username stays its owner's, and nobody else can take it. Another `email` asks for the "
    "password again; an account without one leaves it out, and has signed in within ten minutes.",
)  # fmt: skip
def update_me(call: Call) -> Any:
    changes = given(call.body)
    password = changes.pop("password")
    return call.ask("auth", "update_me", changes=changes, password=password)


@bp.get("/users")
@operation(summary="Look for people", query=UsersQuery, returns=Page[contract.UserView], limit="search")
def list_users(call: Call) -> Any:
    query: UsersQuery = call.query
    if (query.query is None) == (query.ids is None):
        raise Invalid("Give either 'query' or 'ids'.", code="invalid_field", field="query")
    if query.query is not None:
        return call.ask("auth", "search_users", query=query.query, limit=query.limit)
    ids = fit((query.ids or "").split(","), list[Id])
    return {"items": call.ask("auth", "find_users", user_ids=ids[:100]), "next": None}


@bp.get("/users/<id:user_id>")
@operation(summary="Get a person", returns=contract.UserView, errors=(contract.UnknownUser,))
def get_user(call: Call, user_id: str) -> Any:
    return call.ask("auth", "get_user", user_id=user_id)


@bp.put("/users/<id:user_id>/roles")
@operation(
    summary="Set a person's roles on the platform (administrators)", body=RolesBody, returns=contract.OwnUserView,
    errors=(contract.UnknownUser,),
)  # fmt: skip
def set_roles(call: Call, user_id: str) -> Any:
    return call.ask("auth", "set_roles", user_id=user_id, roles=call.body.roles)


@bp.put("/users/<id:user_id>/deactivated")
@operation(
    summary="Close or open an account (administrators)", body=DeactivatedBody, returns=contract.UserView,
    errors=(contract.UnknownUser,),
)  # fmt: skip
def set_deactivated(call: Call, user_id: str) -> Any:
    return call.ask("auth", "set_deactivated", user_id=user_id, deactivated=call.body.deactivated)


@bp.get("/audit")
@operation(summary="Read the audit log (administrators)", query=AuditQuery, returns=Page[dict[str, Any]])
def list_audit(call: Call) -> Any:
    query: AuditQuery = call.query
    return call.ask(
        "auth", "list_audit", limit=query.limit, after=query.after,
        user_id=query.user_id, actor_id=query.actor_id, action=query.action,
    )  # fmt: skip


@bp.get("/accounts")
@operation(
    summary="Look for accounts, closed ones too (administrators)", query=AccountsQuery,
    returns=Page[contract.AccountView], limit="search",
)  # fmt: skip
def search_accounts(call: Call) -> Any:
    return call.ask("auth", "search_accounts", query=call.query.query, limit=call.query.limit)
