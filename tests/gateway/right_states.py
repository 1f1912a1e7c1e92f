"""What each role gets of a thing that is not (any more) as it should be: cells of OpenAPI, expectations by rules.

A cell is an operation, one of its path ids, the state of what that names, and who asks. Requests, and what each role
gets of a thing that is as it should be, are in the tables of the other rights' modules.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

import ad_rights
import channel_rights
import media_rights
import payment_rights
import rights
from rights import Cell as Expected

ROLES = ("anonymous", "stranger", "removed", "member", "moderator", "owner", "admin")
#: What a path id names, by its name; for some operations another thing.
THINGS = {
    "user_id": "person", "campaign_id": "campaign", "creative_id": "creative", "handle": "handle",
    "channel_id": "channel", "code": "coupon", "invite_id": "invite", "observer_id": "observer",
    "conversation_id": "conversation", "webhook_id": "webhook", "media_id": "media", "message_id": "message",
    "subscription_id": "subscription", "method_id": "method", "request_id": "request", "payment_id": "payment",
    "plan_id": "plan", "post_id": "post", "endpoint_id": "endpoint", "report_id": "report",
    "scheduled_id": "scheduled", "export_id": "export", "ad_id": "ad", "factor_id": "factor",
    "identity_id": "identity", "session_id": "session", "provider": "provider",
}  # fmt: skip
OTHER_THINGS = {
    ("vote_poll", "message_id"): "poll", ("list_poll_votes", "message_id"): "poll",
    ("close_poll", "message_id"): "poll", ("cancel_scheduled_post", "post_id"): "scheduled_post",
}  # fmt: skip
#: They say how and not what.
NO_THINGS = {"emoji", "secret"}
#: What a thing may be but as it should be. All may be unknown.
STATES: dict[str, tuple[str, ...]] = {
    "message": ("deleted",), "poll": ("closed",), "webhook": ("deleted",), "scheduled": ("cancelled",),
    "channel": ("deleted",), "post": ("deleted", "of nothing"), "invite": ("revoked",), "observer": ("deleted",),
    "scheduled_post": ("cancelled",), "media": ("deleted",), "request": ("cancelled",), "payment": ("cancelled",),
    "plan": ("retired",), "campaign": ("deleted",), "creative": ("deleted",), "person": ("deactivated",),
}  # fmt: skip


@dataclass(frozen=True)
class Operation:
    """An operation of the OpenAPI document."""

    name: str
    method: str
    path: str
    signed: bool

    @property
    def parameters(self) -> list[str]:
        return re.findall(r"{(\w+)}", self.path)


@dataclass(frozen=True)
class Cell:
    """What is asked, in which state a thing is that it names, and by whom."""

    operation: Operation
    parameter: str
    state: str
    role: str

    @property
    def thing(self) -> str:
        return thing_of(self.operation.name, self.parameter)

    def __str__(self) -> str:
        return f"{self.operation.name} of a {self.thing} that is {self.state}, by {self.role}"


def thing_of(operation: str, parameter: str) -> str:
    return OTHER_THINGS.get((operation, parameter), THINGS[parameter])


def operations(document: Any) -> list[Operation]:
    """Return the document's operations."""
    return [
        Operation(found["operationId"], method.upper(), path, found.get("security") == [{"bearer": []}])
        for path, methods in document["paths"].items()
        for method, found in methods.items()
    ]


def cells(document: Any) -> list[Cell]:
    """Return all cells, in the order in which they are asked."""
    return [
        Cell(operation, parameter, state, role)
        for operation in operations(document)
        for parameter in operation.parameters
        if parameter not in NO_THINGS
        for state in ("unknown", *STATES.get(thing_of(operation.name, parameter), ()))
        for role in _roles(operation, state)
    ]


def _roles(operation: Operation, state: str) -> tuple[str, ...]:
    """Return who is asked as: of what does not exist, and is in nothing that does, nobody is a member."""
    alone = len([name for name in operation.parameters if name not in NO_THINGS]) == 1
    return ("anonymous", "stranger", "admin") if alone and state == "unknown" else ROLES


#: A role's name in each table.
_NAMES: list[tuple[dict[str, Any], dict[str, str]]] = [
    (rights.TABLE, {}),
    (channel_rights.TABLE, {"member": "follower", "moderator": "channel_admin", "admin": "site_admin"}),
    (media_rights.TABLE, {"member": "reader", "moderator": "reader"}),
    (payment_rights.TABLE, {"removed": "stranger", "member": "payer", "moderator": "member", "owner": "payee"}),
    (ad_rights.TABLE, {"removed": "stranger", "member": "follower", "moderator": "follower", "admin": "moderator"}),
]


def row_of(operation: str) -> Any:
    """Return the row with the operation's request."""
    return next(table[operation] for table, _ in _NAMES if operation in table)


def rows_of(operation: str) -> list[Any]:
    """Return all rows of an operation, which may have several."""
    return [row for table, _ in _NAMES for key, row in table.items() if key.partition(":")[0] == operation]


def live(cell: Cell) -> Expected:
    """Return what the role gets of a thing that is as it should be; channels of the scene are private ones."""
    name = cell.operation.name
    table, names = next(each for each in _NAMES if name in each[0])
    role = names.get(cell.role, cell.role)
    if table is ad_rights.TABLE and cell.role == "owner" and "channel_id" not in cell.operation.parameters:
        role = "advertiser"
    row = table[name]
    found: Expected = (row.private if isinstance(row, channel_rights.Row) else row.cells)[role]
    return found


#: Whatever is so is not there for anybody: 404.
_GONE = {"unknown", "deleted", "revoked", "of nothing"} | {("scheduled", "cancelled"), ("scheduled_post", "cancelled")}
#: What those get who may do it at all, where it is something else, by operation and state.
_OTHERWISE: dict[tuple[str, str], Expected] = {
    # Done is done: whoever asks that something be gone is not told whether it was there.
    ("unblock_user", "unknown"): 204, ("choose_ad", "unknown"): 204, ("choose_ad", "deleted"): 204,
    ("unsubscribe", "unknown"): 204, ("unsubscribe", "deleted"): 204,
    ("delete_media", "unknown"): 204, ("delete_media", "deleted"): 204,
    ("delete_push_endpoint", "unknown"): 204, ("unhide_campaign", "unknown"): 204,
    ("unhide_campaign", "deleted"): 204, ("delete_observer", "unknown observer"): 204,
    ("delete_observer", "deleted observer"): 204,
    ("revoke_invite", "revoked"): 204, ("delete_message", "deleted"): 204,
    ("click_ad", "unknown"): 200, ("view_ad", "unknown"): 200,
    ("come_back", "unknown"): 303,
    # A place that was kept: a tombstone, and the answers to it.
    ("get_message", "deleted"): 200, ("list_thread", "deleted"): 200, ("get_post", "deleted"): 200,
    ("buy_post", "deleted"): "409 not_for_sale",
    # Media know no accounts, and auth says of a stranger's block no more than that there is no such person.
    ("find_media_quota", "unknown"): 200, ("set_media_quota", "unknown"): 200,
    ("block_user", "unknown"): "400 unknown_person",
    # What is over can be read, and not changed.
    ("vote_poll", "closed"): "409 poll_closed", ("list_poll_votes", "closed"): 200, ("close_poll", "closed"): 200,
    ("get_payment_request", "cancelled"): 200, ("cancel_payment_request", "cancelled"): 200,
    ("decline_payment_request", "cancelled"): "409 payment_request_not_open",
    ("pay_request", "cancelled"): "409 payment_request_not_open",
    ("get_payment", "cancelled"): 200, ("cancel_payment", "cancelled"): 200, ("list_refunds", "cancelled"): 200,
    ("get_receipt", "cancelled"): "404 unknown_payment",
    ("update_plan", "retired"): 200, ("subscribe_to_plan", "retired"): "409 not_for_sale",
    ("check_coupon", "retired"): "404 unknown_coupon",
    # An account that is closed for now is an account; it is in no conversation and no channel of these.
    ("get_user", "deactivated"): 200, ("block_user", "deactivated"): 200, ("unblock_user", "deactivated"): 204,
    ("set_roles", "deactivated"): 200, ("set_deactivated", "deactivated"): 200,
    ("find_media_quota", "deactivated"): 200, ("set_media_quota", "deactivated"): 200,
    ("suspend_advertiser", "deactivated"): "404 unknown_advertiser",
    ("remove_member", "deactivated"): "404 unknown_member", ("set_member_role", "deactivated"): "404 unknown_member",
    ("set_channel_role", "deactivated"): "404 unknown_follower",
    ("remove_follower", "deactivated"): "404 unknown_follower",
    ("answer_join_request", "deactivated"): "404 unknown_join_request",
}  # fmt: skip


def expected(cell: Cell) -> Expected | None:
    """Return what the cell has to be answered, by the first rule that says so; None where none does."""
    usual = live(cell)
    if cell.role == "anonymous" and cell.operation.signed:
        return 401
    name, state = cell.operation.name, cell.state
    otherwise = _OTHERWISE.get((name, f"{state} {cell.thing}"), _OTHERWISE.get((name, state)))
    if _refused(usual):
        # Nobody gets more of a thing in another state than of one that is as it should be. Who may do it at all, and
        # only not now, may as well be told first what it is.
        more = () if otherwise is None or str(usual).startswith(_NO_RIGHT) else (otherwise,)
        return (*(usual if isinstance(usual, tuple) else (usual,)), 404, *more)
    if otherwise is not None:
        return otherwise
    return 404 if {state, (cell.thing, state)} & _GONE else None


_NO_RIGHT = ("401", "403", "404")


def _refused(usual: Expected) -> bool:
    return str(usual if not isinstance(usual, tuple) else usual[0]).startswith("4")
