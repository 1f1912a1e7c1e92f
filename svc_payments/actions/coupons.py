"""Coupons: a channel's owner gives something off the first periods of the channel's plans.

A coupon takes 1 to 99 percent off. Access is opened by money in the ledger alone, and nothing can be posted for
nothing, so nothing is given away here; for the same reason a period never costs less than the least payment.
"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import delete, func, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from contracts.payments import MAX_COUPONS, CouponTaken, TooManyCoupons, UnknownCoupon, limits_of
from svc_payments.actions.plans import lock_sales
from svc_payments.plan_models import Coupon, CouponUse

MAX_PERCENT = 99


def price(amount: int, percent: int, currency: str) -> int:
    """Return what a period costs with `percent` off: rounded half up, and at least what can be paid."""
    least, _ = limits_of(currency)
    return max(amount - (amount * percent + 50) // 100, min(least, amount))


def create_coupon(
    session: Session,
    channel_id: str,
    owner_id: str,
    code: str,
    percent: int,
    periods: int,
    max_uses: int | None,
    expires_at: datetime | None,
    now: datetime,
) -> Coupon:
    """Make a coupon. Codes are kept in upper case, and found however they are typed.

    Raises:
        CouponTaken: The channel has one of that code.
        TooManyCoupons: It has as many as it can have.
    """
    lock_sales(session, channel_id, owner_id)
    if session.get(Coupon, (channel_id, code.upper())) is not None:
        raise CouponTaken
    here = select(func.count()).select_from(Coupon).where(Coupon.channel_id == channel_id)
    if session.scalars(here).one() >= MAX_COUPONS:
        raise TooManyCoupons
    coupon = Coupon(
        channel_id=channel_id,
        code=code.upper(),
        percent=percent,
        periods=periods,
        max_uses=max_uses,
        uses=0,
        expires_at=expires_at,
        created_at=now,
    )
    session.add(coupon)
    return coupon


def list_coupons(session: Session, channel_id: str) -> list[Coupon]:
    """Return a channel's coupons, the newest first."""
    query = select(Coupon).where(Coupon.channel_id == channel_id)
    return list(session.scalars(query.order_by(Coupon.created_at.desc(), Coupon.code)))


def delete_coupon(session: Session, channel_id: str, code: str) -> None:
    """End a coupon; whoever used it keeps what it gave.

    Raises:
        UnknownCoupon: The channel has none of that code.
    """
    there = (Coupon.channel_id == channel_id, Coupon.code == code.upper())
    if session.scalar(delete(Coupon).where(*there).returning(Coupon.code)) is None:
        raise UnknownCoupon
    session.execute(delete(CouponUse).where(CouponUse.channel_id == channel_id, CouponUse.code == code.upper()))


def check_coupon(session: Session, channel_id: str, code: str, user_id: str, now: datetime) -> Coupon:
    """Return a coupon that somebody could use now.

    Raises:
        UnknownCoupon: There is none, it was used up or has expired, or they have used it.
    """
    coupon = session.get(Coupon, (channel_id, code.upper()))
    if session.get(CouponUse, (channel_id, code.upper(), user_id)) is not None:
        raise UnknownCoupon
    return _usable(coupon, now)


def take_coupon(
    session: Session, channel_id: str, code: str, user_id: str, subscription_id: str, now: datetime
) -> Coupon:
    """Use a coupon; its row is locked, so that it is not used more often than it may be.

    Raises:
        UnknownCoupon: There is none, it was used up or has expired, or they have used it.
    """
    coupon = session.get(Coupon, (channel_id, code.upper()), with_for_update=True, populate_existing=True)
    taken = _usable(coupon, now)
    use = {"channel_id": channel_id, "code": taken.code, "user_id": user_id}
    noted = insert(CouponUse).values(**use, subscription_id=subscription_id, used_at=now).on_conflict_do_nothing()
    if session.scalar(noted.returning(CouponUse.code)) is None:
        raise UnknownCoupon
    taken.uses += 1
    return taken


def give_back(session: Session, channel_id: str, code: str, subscription_id: str) -> None:
    """Undo the use of a coupon by a subscription that was never paid; a coupon that has ended stays so."""
    coupon = session.get(Coupon, (channel_id, code), with_for_update=True, populate_existing=True)
    mine = (CouponUse.channel_id == channel_id, CouponUse.code == code, CouponUse.subscription_id == subscription_id)
    if session.scalar(delete(CouponUse).where(*mine).returning(CouponUse.code)) is not None and coupon is not None:
        coupon.uses -= 1


def _usable(coupon: Coupon | None, now: datetime) -> Coupon:
    if coupon is None or (coupon.expires_at is not None and coupon.expires_at <= now):
        raise UnknownCoupon
    if coupon.max_uses is not None and coupon.uses >= coupon.max_uses:
        raise UnknownCoupon
    return coupon
