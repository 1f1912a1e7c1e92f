"""Cases are made of the seed alone, and are what they are meant to be."""

from __future__ import annotations

import random
from itertools import islice
from math import inf

from hypothesis import strategies as st

from fuzz import files, openapi
from fuzz.__main__ import arguments
from fuzz.budget import _throw
from fuzz.corpus import PNG_MARK, png
from fuzz.messages import methods
from fuzz.mutations import MUTATIONS, swap
from fuzz.parts import PARTS
from fuzz.raw_socket import TEXT, frame
from fuzz.sockets import _fragments
from fuzz.tokens import _same


def _drawn(seed: int) -> list[int]:
    found: list[int] = []
    _throw(st.integers(), found.append, seed, inf)
    return found


def test_the_same_seed_draws_the_same() -> None:
    assert _drawn(7) == _drawn(7) != _drawn(8)


def test_each_mutation_follows_from_its_dice() -> None:
    data = png(8, 8)
    for mutation in MUTATIONS:
        one, other = (mutation(random.Random(3), data, [data]) for _ in range(2))
        assert one == other


def test_chunks_are_swapped_and_not_lost() -> None:
    swapped = swap(random.Random(1), png(8, 8), [])
    assert swapped.startswith(PNG_MARK)
    assert sorted(swapped) == sorted(png(8, 8))


def test_fragments_are_one_text() -> None:
    whole = _fragments(b"hello there", [3, 7])
    assert whole.startswith(frame(b"hel", TEXT, flags=0))
    assert whole.endswith(frame(b"here", 0))


def test_pictures_of_each_form_are_made() -> None:
    made = list(files.pictures(random.Random(1)))
    assert {each.mime for each in made} >= {"image/png", "image/jpeg", "image/gif", "image/webp", "image/avif"}
    assert all(each.data for each in made)
    assert [each.what for each in islice(files.harmful(), 2)] == list(files._BOMBS)[:2]


def test_every_contract_is_called() -> None:
    services = {service for service, _, _ in methods()}
    assert services == {"auth", "messaging", "subscriptions", "media", "payments", "ads"}
    assert ("auth", "get_user", ["user_id"]) in methods()


def test_the_same_bytes_are_no_forgery() -> None:
    assert _same("YQ.YQ.YR", "YQ.YQ.YQ")
    assert not _same("YQ.YQ.Yg", "YQ.YQ.YQ")
    assert not _same("/media/b?t=YQ", "/media/a?t=YQ")


def test_a_number_follows_from_the_value() -> None:
    assert openapi._number({"a": 1}) == openapi._number({"a": 1}) != openapi._number({"a": 2})


def test_quick_is_short_and_only_is_a_part() -> None:
    assert arguments(["--quick"]).minutes < arguments([]).minutes
    assert arguments(["--only", "tus", "--seed", "4"]).seed == 4
    assert set(PARTS) == {"http", "websocket", "amqp", "tus", "media", "tokens"}
