"""Connected accounts: where payouts go, once their owner has answered the questions."""

from __future__ import annotations

import re
import time

from svc_payments.sandbox.calls import Call
from svc_payments.sandbox.events import emit
from svc_payments.sandbox.refusals import wrong
from svc_payments.sandbox.store import Store, Thing, random_text

_COUNTRIES = (
    "AT AU BE BG BR CA CH CY CZ DE DK EE ES FI FR GB GI GR HR HU IE IT JP LI LT LU LV MT MX NL NO NZ PL PT RO SE "
    "SG SI SK US"
)
_ASKED = [
    "external_account",
    "individual.dob.day",
    "individual.first_name",
    "individual.last_name",
    "tos_acceptance.date",
]
_LINK_LIFE_S = 600


def create(call: Call) -> Thing:
    """Make an Express account that may receive transfers later."""
    params = call.params
    if params.text("type") != "express":
        raise wrong("type", "The sandbox knows Express accounts only.")
    country = params.needed("country")
    if not re.fullmatch(r"[A-Z]{2}", country) or country not in _COUNTRIES.split():
        raise wrong("country", f"{country[:10]} is not currently supported by Stripe.", "country_unsupported")
    params.part("capabilities").part("transfers").flag("requested")
    made = call.store.add(
        "account",
        business_profile={"mcc": None, "name": None, "url": None},
        business_type=None,
        capabilities={"transfers": "inactive"},
        charges_enabled=False,
        controller={"is_controller": True, "type": "application"},
        country=country,
        default_currency="eur",
        details_submitted=False,
        email=None,
        external_accounts={"object": "list", "data": [], "has_more": False, "url": "/v1/accounts/external_accounts"},
        metadata=params.metadata(),
        payouts_enabled=False,
        requirements=_requirements(_ASKED),
        settings={},
        tos_acceptance={"date": None},
        type="express",
    )
    made.pop("livemode")
    return call.store.put(made)


def _requirements(due: list[str]) -> Thing:
    return {
        "alternatives": [],
        "current_deadline": None,
        "currently_due": due,
        "disabled_reason": "requirements.past_due" if due else None,
        "errors": [],
        "eventually_due": due,
        "past_due": due,
        "pending_verification": [],
    }


def retrieve(call: Call) -> Thing:
    """Return an account."""
    return call.store.get("account", call.ids[0])


def create_link(call: Call) -> Thing:
    """Return the page of questions; it works once, for ten minutes."""
    params = call.params
    account = call.store.get("account", params.needed("account"))
    if params.needed("type") != "account_onboarding":
        raise wrong("type", "The sandbox only knows onboarding.")
    token, now = random_text(32), int(time.time())
    account["_link"] = {
        "token": token,
        "expires_at": now + _LINK_LIFE_S,
        "return_url": params.needed_address("return_url"),
        "refresh_url": params.needed_address("refresh_url"),
    }
    call.store.put(account)
    url = f"{call.pages}/onboard/{account['id']}/{token}"
    return {"object": "account_link", "created": now, "expires_at": now + _LINK_LIFE_S, "url": url}


def answered(store: Store, account: Thing, *, all_of_it: bool) -> None:
    """Write down what the account's owner has told."""
    due = [] if all_of_it else ["external_account"]
    account.update(
        capabilities={"transfers": "inactive" if due else "active"},
        details_submitted=not due,
        payouts_enabled=not due,
        requirements=_requirements(due),
        _link=None,
    )
    emit(store, "account.updated", store.put(account), account=account["id"])
