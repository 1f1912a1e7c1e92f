"""Sending: once and only once, and how refusals look."""

from __future__ import annotations

import uuid
from datetime import UTC, datetime, timedelta

from client import Person


def _send(person: Person, conversation: str, **body: object) -> tuple[int, dict[str, object], str | None]:
    reply = person.ask("POST", f"/v1/conversations/{conversation}/messages", body)
    return reply.status, reply.json, reply.headers.get("Idempotent-Replayed")


def test_same_id_with_the_same_body_is_replayed(ana: Person, group: str) -> None:
    body = {"client_msg_id": str(uuid.uuid4()), "text": "once"}
    status, first, replayed = _send(ana, group, **body)
    assert (status, replayed) == (201, None)
    status, again, replayed = _send(ana, group, **body)
    assert (status, again["id"], replayed) == (200, first["id"], "true")


def test_same_id_with_another_body_is_refused(ana: Person, group: str) -> None:
    client_msg_id = str(uuid.uuid4())
    _send(ana, group, client_msg_id=client_msg_id, text="one")
    status, problem, _ = _send(ana, group, client_msg_id=client_msg_id, text="two")
    assert (status, problem["code"]) == (409, "idempotency_mismatch")


def test_a_scheduled_message_is_accepted(ana: Person, group: str) -> None:
    later = (datetime.now(UTC) + timedelta(hours=1)).isoformat()
    status, scheduled, _ = _send(ana, group, client_msg_id=str(uuid.uuid4()), text="later", send_at=later)
    assert status == 202
    assert ana.ask("DELETE", f"/v1/scheduled/{scheduled['id']}").status == 204


def test_history_pages_in_both_directions(ana: Person, group: str) -> None:
    for number in range(5):
        assert ana.send(group, f"m{number}").status == 201
    path = f"/v1/conversations/{group}/messages"
    latest = ana.ask("GET", f"{path}?limit=2").json
    assert [item["text"] for item in latest["items"]] == ["m3", "m4"]
    earlier = ana.ask("GET", f"{path}?limit=2&before_seq={latest['next']}").json
    assert [item["text"] for item in earlier["items"]] == ["m1", "m2"]
    first = earlier["items"][0]["seq"]
    onward = ana.ask("GET", f"{path}?limit=2&after_seq={first}").json
    assert [item["text"] for item in onward["items"]] == ["m2", "m3"]
    assert ana.ask("GET", f"{path}?before_seq=1&after_seq=2").code == "invalid_field"


def test_entities_travel_without_empty_fields(ana: Person, group: str) -> None:
    entities = [{"type": "bold", "offset": 0, "length": 4}]
    reply = ana.send(group, "bold", entities=entities)
    assert (reply.status, reply.json["entities"]) == (201, entities)


def test_a_repeated_key_makes_one_group(ana: Person, ben: Person) -> None:
    key = {"Idempotency-Key": str(uuid.uuid4())}
    body = {"kind": "group", "title": "once", "member_ids": [ben.id]}
    first = ana.ask("POST", "/v1/conversations", body, headers=key)
    again = ana.ask("POST", "/v1/conversations", body, headers=key)
    assert (first.status, again.status) == (201, 201)
    assert again.json["id"] == first.json["id"]
    other = ana.ask("POST", "/v1/conversations", {**body, "title": "twice"}, headers=key)
    assert (other.status, other.json["code"]) == (409, "idempotency_mismatch")
    theirs = ben.ask("POST", "/v1/conversations", {**body, "member_ids": [ana.id]}, headers=key)
    assert theirs.status == 201, "a key belongs to one person"
    assert theirs.json["id"] != first.json["id"]


def test_a_malformed_key_is_refused(ana: Person, ben: Person) -> None:
    body = {"kind": "group", "title": "once", "member_ids": [ben.id]}
    reply = ana.ask("POST", "/v1/conversations", body, headers={"Idempotency-Key": "k" * 201})
    assert (reply.status, reply.json["code"]) == (400, "idempotency_key_invalid")
