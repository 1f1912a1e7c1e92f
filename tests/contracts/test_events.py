"""Rules that every event of every contract keeps."""

from __future__ import annotations

import dataclasses
import importlib
import pkgutil
import re
import types
import typing
from typing import Any

import pytest

import contracts
from contracts.base import Event
from plumbing import codec

#: Participles that do not end in -ed.
IRREGULAR = {"sent", "left", "read", "paid", "bought", "sold", "lost", "made", "kept", "met", "won", "held", "begun"}


def modules() -> list[types.ModuleType]:
    return [importlib.import_module(f"contracts.{each.name}") for each in pkgutil.iter_modules(contracts.__path__)]


def events() -> list[type[Event]]:
    found = {each for module in modules() for each in vars(module).values() if isinstance(each, type)}
    return sorted(
        (each for each in found if issubclass(each, Event) and isinstance(vars(each).get("name"), str)),
        key=lambda each: each.name,
    )


def example(kind: Any) -> Any:
    """Return some value of an annotated type."""
    origin, inner = typing.get_origin(kind), typing.get_args(kind)
    if origin is typing.Literal:
        return inner[0]
    if origin in (types.UnionType, typing.Union):
        return example(next(each for each in inner if each is not type(None)))
    if origin in (list, tuple):
        return [example(inner[0])] if origin is list else tuple(example(each) for each in inner if each is not ...)
    if origin is dict or kind is dict:
        return {"key": example(inner[1])} if inner else {}
    if typing.is_typeddict(kind):
        return {key: example(each) for key, each in typing.get_type_hints(kind).items()}
    return {str: "ü \U0001f600", int: 3, float: 0.5, bool: True, Any: "anything"}[kind]


def example_of(event_class: type[Event]) -> Event:
    hints = typing.get_type_hints(event_class)
    names = [each.name for each in dataclasses.fields(event_class) if each.name not in ("event_id", "occurred_at")]
    return event_class(**{each: example(hints[each]) for each in names})


def test_there_are_events() -> None:
    assert len(events()) >= 5


def test_every_event_has_a_name_of_its_own() -> None:
    names = [each.name for each in events()]
    assert sorted(set(names)) == sorted(names)


@pytest.mark.parametrize("event_class", events(), ids=lambda each: each.name)
class TestEvery:
    def test_name_is_noun_past(self, event_class: type[Event]) -> None:
        assert re.fullmatch(r"[a-z]+(_[a-z]+)+", event_class.name)
        last = event_class.name.rpartition("_")[2]
        assert last.endswith("ed") or last in IRREGULAR

    def test_name_is_that_of_its_class(self, event_class: type[Event]) -> None:
        assert event_class.name == re.sub(r"(?<!^)(?=[A-Z])", "_", event_class.__name__).lower()

    def test_name_and_source_fit_the_outbox(self, event_class: type[Event]) -> None:
        assert len(event_class.name) <= 64
        assert len(event_class.source) <= 64

    def test_source_is_the_service_of_its_contract(self, event_class: type[Event]) -> None:
        assert event_class.__module__ == f"contracts.{event_class.source}"

    def test_is_frozen(self, event_class: type[Event]) -> None:
        with pytest.raises(dataclasses.FrozenInstanceError):
            example_of(event_class).event_id = "another"  # type: ignore[misc]

    def test_survives_the_codec(self, event_class: type[Event]) -> None:
        sent = example_of(event_class)
        assert codec.decode_as(codec.encode(sent), event_class) == sent

    def test_can_be_read_by_a_process_that_knows_fewer_fields(self, event_class: type[Event]) -> None:
        sent = example_of(event_class)
        later = codec.to_plain(sent) | {"added_later": 1}
        assert codec.decode_as(codec.encode(later), event_class) == sent

    def test_has_an_aggregate_and_a_version(self, event_class: type[Event]) -> None:
        aggregate_id, version = example_of(event_class).aggregate()
        assert isinstance(aggregate_id, str)
        assert aggregate_id
        assert isinstance(version, int)
