"""What docs/scale.md says so many people take is what the model comes to."""

from __future__ import annotations

from dataclasses import replace

import pytest
from manifests import ROOT

from bench.cost import Assumed, Measured, needs, table


def test_the_page_shows_what_the_model_comes_to() -> None:
    rows = table(Measured(), Assumed()).splitlines()[2:]
    page = (ROOT / "docs" / "scale.md").read_text()
    assert [each for each in rows if each not in page] == [], "run: python -m bench.cost"


@pytest.mark.parametrize("name", ["active", "sends", "months"])
def test_who_does_more_needs_more(name: str) -> None:
    usual = Assumed()
    more = replace(usual, **{name: getattr(usual, name) * 2})
    before, after = (needs(100_000, Measured(), each) for each in (usual, more))
    assert after.database_gib > before.database_gib


def test_ten_times_the_people_need_ten_times_as_much() -> None:
    few, many = (needs(people, Measured(), Assumed()) for people in (10_000, 100_000))
    assert many.cores == pytest.approx(10 * few.cores)
    assert many.database_gib == pytest.approx(10 * few.database_gib)
