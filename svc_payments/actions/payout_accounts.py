"""Where people's payouts go: accounts at the provider, on whose pages they say who they are."""

from __future__ import annotations

from datetime import UTC, datetime
from uuid import UUID, uuid5

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from contracts.payments import PayoutAccountView, ProviderAway
from svc_payments.actions.calling import Desk
from svc_payments.plan_models import PayoutAccount
from svc_payments.provider.base import AccountSnapshot


def find(session: Session, user_id: str) -> PayoutAccount | None:
    """Return where somebody's payouts go, or None."""
    return session.get(PayoutAccount, user_id)


def view(account: PayoutAccount | None, onboarding_url: str | None = None) -> PayoutAccountView:
    """Return a payout account as its owner sees it."""
    if account is None:
        return {"ready": False, "country": None, "missing": []}
    shown: PayoutAccountView = {"ready": account.ready, "country": account.country, "missing": account.missing}
    if onboarding_url is not None and not account.ready:
        shown["onboarding_url"] = onboarding_url
    return shown


def open_account(desk: Desk, user_id: str, country: str, return_url: str) -> PayoutAccountView:
    """Make somebody's account at the provider, or go on with it; outside any transaction.

    Another country makes another account, while the first is not ready: the provider changes no countries.

    Raises:
        ProviderAway: It could not be asked.
        ProviderRefused: It has no accounts in that country.
    """
    account = desk.write(lambda session: _begin(session, user_id, country))
    account_id = account.account_id
    if account_id is None:
        call_id = str(uuid5(UUID(user_id), f"account {account.country}"))
        account_id = desk.provider.make_account(call_id=call_id, user_id=user_id, country=account.country)
        account = desk.write(lambda session: _keep(session, user_id, country, account_id))
    if account.ready:
        return view(account)
    return view(refresh(desk, user_id), desk.provider.onboarding_url(account_id, return_url))


def _begin(session: Session, user_id: str, country: str) -> PayoutAccount:
    now = datetime.now(UTC)
    made = insert(PayoutAccount).values(user_id=user_id, country=country, created_at=now).on_conflict_do_nothing()
    session.execute(made)
    account = session.get_one(PayoutAccount, user_id, with_for_update=True, populate_existing=True)
    if account.country != country and not account.ready:
        account.country, account.account_id, account.missing = country, None, []
    return account


def _keep(session: Session, user_id: str, country: str, account_id: str) -> PayoutAccount:
    account = session.get_one(PayoutAccount, user_id, with_for_update=True, populate_existing=True)
    if account.country == country and account.account_id is None:
        account.account_id = account_id
    return account


def refresh(desk: Desk, user_id: str) -> PayoutAccount | None:
    """Ask the provider how somebody's account stands, unless it is away; outside any transaction."""
    with desk.db.reading() as session:
        known = find(session, user_id)
    if known is None or known.account_id is None:
        return known
    try:
        found = desk.provider.fetch_account(known.account_id)
    except ProviderAway:
        return known
    return desk.write(lambda session: settle_account(session, found)) or known


def settle_account(session: Session, snapshot: AccountSnapshot) -> PayoutAccount | None:
    """Keep what the provider says of an account; None where it is nobody's here."""
    query = select(PayoutAccount).where(PayoutAccount.account_id == snapshot.account_id).with_for_update()
    account = session.scalars(query.execution_options(populate_existing=True)).first()
    if account is not None:
        account.ready, account.missing = snapshot.ready, list(snapshot.missing)
        account.country = snapshot.country or account.country
        account.asked_at = datetime.now(UTC)
    return account


def look_at_account(desk: Desk, account_id: str) -> bool:
    """Keep what the provider says of an account now; False where it is nobody's here."""
    with desk.db.reading() as session:
        known = session.scalar(select(PayoutAccount.user_id).where(PayoutAccount.account_id == account_id))
    if known is None:
        return False
    snapshot = desk.provider.fetch_account(account_id)
    return desk.write(lambda session: settle_account(session, snapshot)) is not None
