"""Money on its way to people's banks."""

# ruff: noqa: D103 - each summary stands in `@operation`
from __future__ import annotations

from typing import Annotated, Any

import flask
from msgspec import Meta

from contracts import payments as contract
from contracts.base import Page
from gateway_flask.fields import Cursor, Limit, Request
from gateway_flask.operation import Call, operation
from gateway_flask.routes.payments_fields import PROVIDER_PATIENCE_S, Amount, Currency, ReturnPath

bp = flask.Blueprint("payouts", __name__, url_prefix="/v1")


class PayoutAccountBody(Request):
    """Where one lives, for the provider's questions."""

    country: Annotated[str, Meta(pattern="^[A-Z]{2}$", max_length=2, description="ISO 3166-1 alpha-2")]
    return_path: ReturnPath = "/"


class PayoutBody(Request):
    """How much to pay out."""

    amount: Amount
    currency: Currency


class PayoutsQuery(Request):
    """The newest first."""

    limit: Limit = 50
    after: Cursor | None = None


@bp.get("/payout-account")
@operation(
    summary="See where one's payouts go", returns=contract.PayoutAccountView, patience_s=PROVIDER_PATIENCE_S,
    errors=(contract.ProviderAway,),
)  # fmt: skip
def get_payout_account(call: Call) -> Any:
    return call.ask("payments", "get_payout_account")


@bp.post("/payout-account")
@operation(
    summary="Say where one's payouts shall go", body=PayoutAccountBody, returns=contract.PayoutAccountView,
    limit="pay", patience_s=PROVIDER_PATIENCE_S, errors=(contract.ProviderAway,),
    description="One goes on at `onboarding_url`; again, for a fresh one.",
)  # fmt: skip
def open_payout_account(call: Call) -> Any:
    body: PayoutAccountBody = call.body
    return call.ask("payments", "open_payout_account", country=body.country, return_path=body.return_path)


@bp.post("/payouts")
@operation(
    summary="Have money paid out", body=PayoutBody, returns=contract.PayoutView, status=201, limit="pay",
    key_required=True, patience_s=PROVIDER_PATIENCE_S,
    errors=(contract.AmountInvalid, contract.CurrencyUnknown, contract.BalanceTooLow, contract.PayoutAccountMissing,
            contract.ProviderAway),
)  # fmt: skip
def create_payout(call: Call) -> Any:
    return call.ask("payments", "create_payout", amount=call.body.amount, currency=call.body.currency)


@bp.get("/payouts")
@operation(summary="List one's payouts", query=PayoutsQuery, returns=Page[contract.PayoutView])
def list_payouts(call: Call) -> Any:
    return call.ask("payments", "list_payouts", limit=call.query.limit, after=call.query.after)
