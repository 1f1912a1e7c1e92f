"""A day is computed again, and whatever was changed in its log is found."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import select, update

from contracts.base import new_id
from plumbing import codec
from svc_ads.models import CampaignVersion, Decision
from svc_ads.workers.checking import verify_day
from tests.svc_ads_serving.shop import DAY, Shop, now


@pytest.fixture
def day(shop: Shop) -> Shop:
    """A shop that has decided something."""
    for number in range(4):
        shop.campaign(bid_micros=100_000 + number * 1_000, languages=("es",), channel_topics=("music", "sea"))
    channel = shop.channel()
    shop.fresh()
    for _ in range(10):
        assert shop.choose(channel, new_id()) is not None
    return shop


def differences(shop: Shop) -> list[str]:
    return verify_day(shop.db, now().date())[:-1]


def test_what_was_decided_is_computed_again(day: Shop) -> None:
    *wrong, counts = verify_day(day.db, now().date())
    assert wrong == []
    assert "10 decisions, 10 ads" in counts
    assert verify_day(day.db, (now() - DAY).date())[-1].endswith("0 decisions, 0 ads, 0 candidates, 0 differences")


def _winner(row: Decision) -> dict[str, Any]:
    winner: dict[str, Any] = next(each for each in row.inputs["candidates"] if each["campaign_id"] == row.campaign_id)
    return winner


def _in_inputs(change: Any) -> Any:
    def tamper(row: Decision) -> None:
        kept = codec.decode(codec.encode(row.inputs))
        row.inputs = kept
        change(kept, _winner(row))

    return tamper


TAMPERED: dict[str, Any] = {
    "winner": lambda row: setattr(row, "campaign_id", new_id()),
    "creative": lambda row: setattr(row, "creative_id", new_id()),
    "price": lambda row: setattr(row, "price_micros", row.price_micros + 1),
    "fates": _in_inputs(lambda kept, _: kept.update(fates=["outbid"] * len(kept["fates"]))),
    "floor": _in_inputs(lambda kept, _: kept.update(floor=1)),
    "bid of": _in_inputs(lambda _, winner: winner.update(bid=winner["bid"] + 1)),
    "cap of": _in_inputs(lambda _, winner: winner.update(cap=7)),
    "creatives of": _in_inputs(lambda _, winner: winner.update(creatives=[new_id()])),
    "version of": _in_inputs(lambda _, winner: winner.update(version=9)),
    "rules of": _in_inputs(lambda kept, _: kept["facts"].update(language="fr")),
    "inputs": _in_inputs(lambda kept, _: kept.pop("facts")),
}


@pytest.mark.parametrize("what", TAMPERED)
def test_what_was_tampered_with_is_found(day: Shop, what: str) -> None:
    with day.db.transaction() as session:
        row = session.scalars(select(Decision).where(Decision.campaign_id.is_not(None)).limit(1)).one()
        TAMPERED[what](row)
        tampered = row.decision_id
    found = differences(day)
    assert found
    assert all(line.startswith(tampered) for line in found)
    assert any(f": {what} " in line for line in found)


def test_terms_that_were_not_valid_then_are_found(day: Shop) -> None:
    with day.db.transaction() as session:
        session.execute(update(CampaignVersion).values(at=now() + DAY))
    assert any(": time of " in line for line in differences(day))
