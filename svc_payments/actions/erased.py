"""People whose accounts are gone: what comes of them late is not kept."""

from __future__ import annotations

from sqlalchemy import exists, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from svc_payments.actions import calls
from svc_payments.plan_models import ErasedPerson, Erasure

#: The kind of call by which the provider forgets somebody's cards.
FORGET_CARDS = "forget_cards"


def remember(session: Session, user_id: str) -> None:
    """Note for good that somebody's account is gone; nobody knows any more whose id that was."""
    session.execute(insert(ErasedPerson).values(user_id=user_id).on_conflict_do_nothing())


def is_erased(session: Session, user_id: str) -> bool:
    """Tell whether somebody's account is gone, or is being removed."""
    going, gone = exists().where(Erasure.user_id == user_id), exists().where(ErasedPerson.user_id == user_id)
    return bool(session.scalar(select(going | gone)))


def want_cards_forgotten(session: Session, user_id: str, customer_id: str, occasion: str = "") -> None:
    """Want the provider to forget somebody's cards, once for each occasion."""
    calls.want(
        session,
        call_id=calls.call_id(user_id, f"{FORGET_CARDS}{occasion}"),
        kind=FORGET_CARDS,
        subject_id=user_id,
        arguments={"customer_id": customer_id},
    )
