"""What one has and has earned."""

# ruff: noqa: D103 - each summary stands in `@operation`
from __future__ import annotations

from typing import Annotated, Any

import flask
from msgspec import Meta

from contracts import payments as contract
from contracts.base import Page
from contracts.subscriptions import ChannelRoleTooLow, UnknownChannel
from gateway_flask.fields import Cursor, Id, Limit, Request
from gateway_flask.operation import Call, operation
from gateway_flask.reply import Reply
from gateway_flask.routes.payments_fields import PROVIDER_PATIENCE_S, Currency

bp = flask.Blueprint("balance", __name__, url_prefix="/v1")

_CSV = "text/csv"


class LinesQuery(Request):
    """A page of one's account, the newest first."""

    currency: Currency
    limit: Limit = 50
    after: Cursor | None = None


class StatementQuery(Request):
    """Of which month (UTC)."""

    currency: Currency
    month: Annotated[str, Meta(pattern="^[0-9]{4}-(0[1-9]|1[0-2])$", max_length=7, description="`YYYY-MM`")]


class EarningsQuery(Request):
    """Of how many days, today included, and perhaps of one channel."""

    currency: Currency
    days: Annotated[int, Meta(ge=1, le=366)] = 30
    channel_id: Id | None = None


@bp.get("/balance")
@operation(
    summary="See one's money", returns=Page[contract.BalanceView], description="One item for each currency.",
)  # fmt: skip
def get_balances(call: Call) -> Any:
    return {"items": call.ask("payments", "get_balances"), "next": None}


@bp.get("/balance/lines")
@operation(
    summary="List the lines of one's account", query=LinesQuery, returns=Page[contract.LineView],
    errors=(contract.CurrencyUnknown,),
)  # fmt: skip
def list_lines(call: Call) -> Any:
    query: LinesQuery = call.query
    return call.ask("payments", "list_lines", currency=query.currency, limit=query.limit, after=query.after)


@bp.get("/balance/statement")
@operation(
    summary="Get the statement of a month", query=StatementQuery, status=200, content_type=_CSV,
    patience_s=PROVIDER_PATIENCE_S, errors=(contract.CurrencyUnknown,),
)  # fmt: skip
def get_statement(call: Call) -> Reply:
    found = call.ask("payments", "get_statement", currency=call.query.currency, month=call.query.month)
    named = ("Content-Disposition", f'attachment; filename="{found["name"]}"')
    return Reply(200, found["body"].encode(), [named], f"{_CSV}; charset=utf-8")


@bp.get("/earnings")
@operation(
    summary="See what one has earned", query=EarningsQuery, returns=contract.EarningsView,
    errors=(contract.CurrencyUnknown, UnknownChannel, ChannelRoleTooLow),
)  # fmt: skip
def get_earnings(call: Call) -> Any:
    query: EarningsQuery = call.query
    return call.ask(
        "payments", "get_earnings", currency=query.currency, days=query.days, channel_id=query.channel_id
    )  # fmt: skip
