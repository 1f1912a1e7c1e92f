"""People as the provider knows them, and the cards that it keeps for them."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID, uuid5

from sqlalchemy import delete, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from contracts.payments import PaymentMethodView, UnknownPaymentMethod
from svc_payments.actions.calling import Desk
from svc_payments.payment_models import Customer, SavedCard
from svc_payments.provider.base import SavedMethod


def find(session: Session, user_id: str) -> Customer | None:
    """Return a person as the provider knows them, or None."""
    return session.get(Customer, user_id)


def ensure(desk: Desk, user_id: str) -> str:
    """Return the provider's id of a person, which is made if there is none; outside any transaction.

    Raises:
        ProviderAway: It could not be asked.
    """
    with desk.db.reading() as session:
        known = find(session, user_id)
    if known is not None:
        return known.customer_id
    made = desk.provider.make_customer(call_id=str(uuid5(UUID(user_id), "customer")), user_id=user_id)
    return str(desk.write(lambda session: _keep(session, user_id, made)))


def _keep(session: Session, user_id: str, customer_id: str) -> str:
    """Keep the first id; of two that were made at once, one is used and the other stays empty."""
    session.execute(insert(Customer).values(user_id=user_id, customer_id=customer_id).on_conflict_do_nothing())
    return str(session.scalar(select(Customer.customer_id).where(Customer.user_id == user_id)))


def refresh(desk: Desk, user_id: str) -> None:
    """Make our copy of somebody's cards the provider's; outside any transaction.

    Raises:
        ProviderAway: It could not be asked.
    """
    with desk.db.reading() as session:
        known = find(session, user_id)
    if known is not None:
        found = desk.provider.list_methods(known.customer_id)
        desk.write(lambda session: _keep_cards(session, user_id, found))


def _keep_cards(session: Session, user_id: str, found: Sequence[SavedMethod]) -> None:
    customer = session.get(Customer, user_id, with_for_update=True)
    session.execute(delete(SavedCard).where(SavedCard.user_id == user_id))
    for place, card in enumerate(found):
        session.add(
            SavedCard(
                user_id=user_id,
                id=card.method_id,
                brand=card.brand,
                last4=card.last4,
                exp_month=card.exp_month,
                exp_year=card.exp_year,
                place=place,
            )
        )
    if customer is not None and customer.default_method_id not in {card.method_id for card in found}:
        customer.default_method_id = found[0].method_id if found else None


def list_cards(session: Session, user_id: str) -> list[PaymentMethodView]:
    """Return somebody's cards, the newest first."""
    customer = find(session, user_id)
    rows = session.scalars(select(SavedCard).where(SavedCard.user_id == user_id).order_by(SavedCard.place))
    default = customer.default_method_id if customer else None
    return [card_view(row, default) for row in rows]


def card_view(card: SavedCard, default: str | None) -> PaymentMethodView:
    """Return a card as its holder sees it."""
    return {
        "id": card.id,
        "brand": card.brand,
        "last4": card.last4,
        "exp_month": card.exp_month,
        "exp_year": card.exp_year,
        "default": card.id == default,
    }


def has_card(session: Session, user_id: str, method_id: str) -> bool:
    """Tell whether a card is somebody's own, as far as we know."""
    return session.get(SavedCard, (user_id, method_id)) is not None


def set_default(session: Session, user_id: str, method_id: str) -> PaymentMethodView:
    """Make a card the one that is proposed first.

    Raises:
        UnknownPaymentMethod: It is not theirs.
    """
    customer = session.get(Customer, user_id, with_for_update=True)
    card = session.get(SavedCard, (user_id, method_id))
    if customer is None or card is None:
        raise UnknownPaymentMethod
    customer.default_method_id = method_id
    return card_view(card, method_id)


def forget_card(session: Session, user_id: str, method_id: str) -> None:
    """Forget a card that the provider has forgotten; the newest of the others is the default then."""
    customer = session.get(Customer, user_id, with_for_update=True)
    session.execute(delete(SavedCard).where(SavedCard.user_id == user_id, SavedCard.id == method_id))
    if customer is not None and customer.default_method_id == method_id:
        newest = select(SavedCard.id).where(SavedCard.user_id == user_id).order_by(SavedCard.place).limit(1)
        customer.default_method_id = session.scalar(newest)
