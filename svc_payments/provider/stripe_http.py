"""The connection to Stripe, or to the sandbox: one client, short waits, and errors in Charla's words."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import requests
import stripe
from requests.adapters import HTTPAdapter

from svc_payments.provider.base import CardDeclined, ProviderAway, ProviderRefused

#: The shapes that `stripe_shapes` reads are of this version; a newer package must not change them by itself.
API_VERSION = "2026-10-28.endive"
CONNECT_S = 3.05
#: One more try, at once and under the same key: what still fails then is left to the worker, which waits longer.
RETRIES = 1
#: Calls at a time that keep their connection; more are made, and closed after use.
CONNECTIONS = 16


def new_client(secret_key: str, api_base: str | None, timeout_s: float) -> stripe.StripeClient:
    """Return a client that all workers of a process share.

    Its sockets are the process's: under nameko they are eventlet's, so that a call that waits holds up no other.
    """
    session = requests.Session()
    session.trust_env = not api_base  # a proxy leads to Stripe, but not to a sandbox beside us
    for scheme in ("https://", "http://"):
        session.mount(scheme, HTTPAdapter(pool_connections=2, pool_maxsize=CONNECTIONS))
    return stripe.StripeClient(
        secret_key,
        stripe_version=API_VERSION,
        base_addresses={"api": api_base.rstrip("/")} if api_base else {},
        max_network_retries=RETRIES,
        http_client=stripe.RequestsClient(timeout=(min(CONNECT_S, timeout_s), timeout_s), session=session),
    )


@contextmanager
def asking() -> Iterator[None]:
    """Turn Stripe's errors into ours.

    A wrong key counts as being away: it says nothing of the payment, and an operator will mend it.

    Raises:
        ProviderAway: It is not known whether it was done.
        ProviderRefused: It was not done, and will not be.
        CardDeclined: The card was asked, and said no.
    """
    try:
        yield
    except stripe.CardError as error:
        raise _declined(error) from error
    except (stripe.InvalidRequestError, stripe.IdempotencyError, stripe.PermissionError) as error:
        if error.code in ("lock_timeout", "idempotency_key_in_use"):
            raise ProviderAway from error
        raise ProviderRefused(_code(error), error.user_message or "") from error
    except stripe.StripeError as error:
        raise ProviderAway from error


def _code(error: stripe.StripeError) -> str:
    if error.code:
        return error.code
    return "idempotency_error" if isinstance(error, stripe.IdempotencyError) else "refused"


def _declined(error: stripe.CardError) -> CardDeclined:
    """The bank's reason says more than `card_declined`; fraud's is not told to whoever tries cards."""
    body = error.json_body
    details = body.get("error") if isinstance(body, dict) else None
    details = details if isinstance(details, dict) else {}
    intent = details.get("payment_intent")
    intent_id = intent.get("id") if isinstance(intent, dict) else None
    return CardDeclined(decline_code(error.code, details.get("decline_code")), intent_id)


def decline_code(code: str | None, reason: str | None) -> str:
    """Return the one machine code of a refusal of a card."""
    if code == "card_declined" and reason and reason not in ("generic_decline", "fraudulent", "stolen_card"):
        return reason
    return code or "card_declined"
