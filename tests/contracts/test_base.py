"""The shapes every contract is made of."""

from __future__ import annotations

import dataclasses

import pytest

from contracts import base
from contracts.base import Conflict, Event, NotFound, ServiceError, TooMany, error_from_wire, new_id


class NameTaken(Conflict):
    code = "name_taken"
    detail = "Somebody has that name."


@pytest.mark.parametrize("kind", base.KINDS.values(), ids=base.KINDS)
def test_error_of_every_kind_survives_the_wire(kind: type[ServiceError]) -> None:
    sent = kind("Why.", code="some_code", limit=3)
    got = error_from_wire(sent.to_wire())
    assert (type(got), got.code, got.detail, got.facts) == (kind, "some_code", "Why.", {"limit": 3})


def test_specific_error_arrives_as_its_kind_with_its_own_code() -> None:
    got = error_from_wire(NameTaken().to_wire())
    assert type(got) is Conflict
    assert (got.code, got.detail) == ("name_taken", "Somebody has that name.")


def test_error_of_a_kind_not_known_yet_is_internal() -> None:
    got = error_from_wire({"kind": "new_kind", "code": "later", "detail": "Later."})
    assert type(got) is ServiceError
    assert got.code == "later"


def test_error_without_words_has_its_classes() -> None:
    assert NotFound().to_wire()["detail"] == NotFound.detail


def test_facts_travel_beside_the_code() -> None:
    assert TooMany(retry_after_s=2).to_wire()["facts"] == {"retry_after_s": 2}


def test_facts_named_like_our_own_arguments_do_not_break_the_caller() -> None:
    body: base.ErrorBody = {"kind": "invalid", "code": "c", "detail": "d", "facts": {"detail": "x", "code": "y"}}
    got = error_from_wire(body)
    assert (got.code, got.detail, got.facts) == ("c", "d", {"detail": "x", "code": "y"})


def test_ids_sort_by_time() -> None:
    ids = [new_id() for _ in range(1_000)]
    assert ids == sorted(set(ids))


def test_events_are_frozen() -> None:
    @dataclasses.dataclass(frozen=True, kw_only=True)
    class ThingHappened(Event):
        name = "thing_happened"
        source = "tests"

    with pytest.raises(dataclasses.FrozenInstanceError):
        ThingHappened().event_id = "another"  # type: ignore[misc]
