"""The way out of mails without signing in (RFC 8058): mail programs POST; people open a page that does."""

# ruff: noqa: D103 - each summary stands in `@operation`
from __future__ import annotations

from typing import Annotated

import flask
from msgspec import Meta

from contracts import subscriptions as contract
from gateway_flask.fields import Request
from gateway_flask.operation import Call, operation
from gateway_flask.reply import Header, Reply

bp = flask.Blueprint("unsubscribing", __name__, url_prefix="/v1/notifications")

_HTML = "text/html; charset=utf-8"
#: No script and no style at all; the one form may go nowhere but here.
_POLICY: Header = (
    "Content-Security-Policy",
    "default-src 'none'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
)
_WORDS = {
    "en": ("No more of these mails?", "No more of these mails", "Done: you will get no more of these mails."),
    "es": ("¿No recibir más correos?", "No recibir más correos", "Hecho: no recibirás más correos como estos."),
}


class LinkQuery(Request):
    """The token of the link in the mail."""

    token: Annotated[str, Meta(min_length=1, max_length=1_000)]


@bp.get("/unsubscribe")
@operation(
    summary="Open the link of a mail: a page that asks", query=LinkQuery, auth=False, status=200,
    content_type="text/html", description="It changes nothing: mail scanners follow links too. Its button POSTs.",
)  # fmt: skip
def show_unsubscribe(call: Call) -> Reply:
    question, button, _ = _words(call)
    return _page(call, question, f'<form method="post"><button>{button}</button></form>')


@bp.post("/unsubscribe")
@operation(
    summary="End the digests of whom the link was made for", query=LinkQuery, auth=False, status=200,
    content_type="text/html", limit="unsubscribe", errors=(contract.UnsubscribeLinkInvalid,),
    description="One click (RFC 8058): no sign-in, no cookie; the same again changes nothing. A body is not read.",
)  # fmt: skip
def unsubscribe_by_link(call: Call) -> Reply:
    call.ask("subscriptions", "unsubscribe_by_link", token=call.query.token)
    return _page(call, _words(call)[2], "")


def _language(call: Call) -> str:
    return "es" if call.environ.get("HTTP_ACCEPT_LANGUAGE", "").lower().startswith("es") else "en"


def _words(call: Call) -> tuple[str, str, str]:
    return _WORDS[_language(call)]


def _page(call: Call, heading: str, more: str) -> Reply:
    """Return a page of our own words alone: nothing of the request stands in it."""
    text = (
        f'<!doctype html><html lang="{_language(call)}"><meta charset="utf-8"><meta name="viewport" '
        f'content="width=device-width"><title>Charla</title><h1>{heading}</h1>{more}</html>'
    )
    return Reply(200, text.encode(), [_POLICY], _HTML)
