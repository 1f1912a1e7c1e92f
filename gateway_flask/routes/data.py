"""A copy of one's data, and leaving for good."""

# ruff: noqa: D103 - each summary stands in `@operation`
from __future__ import annotations

import base64
from collections.abc import Iterator
from typing import Any

import flask

from contracts import auth as contract
from contracts.base import Page
from gateway_flask.fields import Password, Request, Secret
from gateway_flask.operation import HASHING_PATIENCE_S, Call, operation
from gateway_flask.reply import Reply

bp = flask.Blueprint("data", __name__, url_prefix="/v1/users/me/data")

_ZIP = "application/zip"


class ErasureBody(Request):
    """The password, asked for again (left out where the account has none), and what becomes of what one wrote."""

    password: Password | None = None
    messages: contract.LeftBehind = "keep"


class FileQuery(Request):
    """The token of a link to a copy."""

    token: Secret


@bp.post("/exports")
@operation(
    summary="Ask for a copy of one's data", returns=contract.ExportView, status=202, limit="create", keyed=True,
    errors=(contract.ExportRunning, contract.TooManyExports),
    description="It is made in the background; one at a time, three a day. `GET` tells when it is ready.",
)  # fmt: skip
def start_export(call: Call) -> Any:
    return call.ask("auth", "start_export")


@bp.get("/exports")
@operation(
    summary="List the copies of one's data", returns=Page[contract.ExportView],
    description="The newest first. A ready one has a `url` for an hour, and is kept for seven days.",
)  # fmt: skip
def list_exports(call: Call) -> Any:
    return call.ask("auth", "list_exports")


@bp.get("/exports/<id:export_id>/file")
@operation(
    summary="Fetch a copy by its link", query=FileQuery, auth=False, status=200, content_type=_ZIP,
    errors=(contract.UnknownExport,),
    description="A ZIP of JSON files. Whoever has the link fetches it, without signing in.",
)  # fmt: skip
def get_export_file(call: Call, export_id: str) -> Reply:
    token = call.query.token
    found = call.ask("auth", "open_export", link_token=token)
    named = ("Content-Disposition", f'attachment; filename="{found["name"]}"')
    return Reply(200, b"", [named], _ZIP, pieces=_pieces(call, token, found["pieces"]), size=found["size"])


def _pieces(call: Call, token: str, count: int) -> Iterator[bytes]:
    for number in range(count):
        yield base64.b64decode(call.ask("auth", "read_export", link_token=token, number=number))


@bp.post("/erasure")
@operation(
    summary="Have one's account erased", body=ErasureBody, returns=contract.ErasureView, status=202,
    patience_s=HASHING_PATIENCE_S,
    errors=(contract.WrongCredentials, contract.RecentSignInRequired, contract.ErasureAsked, contract.LastAdmin),
    description="Not before `due_at`; until then one can sign in and call it off. One's other devices are signed out. "
    "`messages` says what becomes of what one wrote: `keep` it without one's name, or `delete` it.",
)  # fmt: skip
def start_erasure(call: Call) -> Any:
    body: ErasureBody = call.body
    return call.ask("auth", "start_erasure", password=body.password, messages=body.messages)


@bp.get("/erasure")
@operation(
    summary="Get when one's account is to be erased", returns=contract.ErasureView,
    description="Its fields are null where it is not, but for `grace_s`.",
)  # fmt: skip
def get_erasure(call: Call) -> Any:
    return call.ask("auth", "get_erasure")


@bp.delete("/erasure")
@operation(summary="Keep one's account after all", description="Where it was not to be erased nothing happens.")
def cancel_erasure(call: Call) -> None:
    call.ask("auth", "cancel_erasure")
