"""Clients that know more than there is, because older data was restored, are told to begin anew."""

from __future__ import annotations

from typing import Any

from gateway_flask.missed import _missed_in_conversations
from tests.gateway.client import Person


def test_sync_says_which_restored_data_it_speaks_of_and_what_was_undone(group: str, ana: Person) -> None:
    first = ana.ask("POST", "/v1/sync", {"heads": {}}).json
    assert isinstance(first["epoch"], str)
    assert first["epoch"]
    (item,) = [each for each in first["items"] if each["conv"] == group]
    assert "reset" not in item
    ahead = ana.ask("POST", "/v1/sync", {"heads": {group: item["ver"] + 5}}).json
    assert {**item, "reset": True} in ahead["items"]
    assert ahead["epoch"] == first["epoch"]


def test_whoever_asks_for_changes_after_what_there_is_hears_so(group: str, ana: Person) -> None:
    ver = ana.ask("GET", f"/v1/conversations/{group}").json["ver"]
    level = ana.ask("GET", f"/v1/conversations/{group}/changes?after_ver={ver}").json
    assert level == {"items": [], "ver": ver, "more": False}
    ahead = ana.ask("GET", f"/v1/conversations/{group}/changes?after_ver={ver + 5}").json
    assert ahead == {"items": [], "ver": ver, "more": False, "reset": True}


class Undone:
    """A call of somebody whose conversation was restored to an older state."""

    def ask(self, _service: str, method: str, **_arguments: Any) -> dict[str, Any]:
        if method == "sync":
            return {"items": [{"conv": "c", "ver": 2, "seq": 2, "unread": 0, "reset": True}]}
        return {"items": [], "ver": 2, "more": False, "reset": True}


def test_a_long_poll_that_is_ahead_is_told_to_ask_anew_and_goes_on_from_there() -> None:
    heads = {"c": 7}
    assert _missed_in_conversations(Undone(), heads) == [{"t": "resync"}]  # type: ignore[arg-type]
    assert heads == {"c": 2}
