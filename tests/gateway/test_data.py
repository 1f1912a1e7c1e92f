"""A copy of one's data, and leaving for good, over the wire and through all services of a running stack."""

from __future__ import annotations

import io
import json
import time
import zipfile
from collections.abc import Callable
from typing import Any

import pytest
import requests
from client import PASSWORD, Person, ask, base_url
from sqlalchemy import NullPool, create_engine, text

NOBODY = "00000000-0000-0000-0000-000000000000"
DATA = "/v1/users/me/data"


def until(fact: Callable[[], Any], seconds: float = 40) -> Any:
    """Wait until `fact()` holds, and return it."""
    deadline = time.monotonic() + seconds
    while not (found := fact()):
        assert time.monotonic() < deadline, "it did not come true"
        time.sleep(0.2)
    return found


def ready(person: Person) -> dict[str, Any] | None:
    (newest, *_) = person.ask("GET", f"{DATA}/exports").json["items"]
    return newest if newest["state"] == "ready" else None


def test_a_copy_holds_what_one_wrote_and_not_what_others_wrote(ana: Person, ben: Person, group: str) -> None:
    ana.send(group, "hello from ana")
    ben.send(group, "a secret of ben")
    asked = ana.ask("POST", f"{DATA}/exports", headers={"Idempotency-Key": "copy-1"})
    assert asked.status == 202, asked.raw
    again = ana.ask("POST", f"{DATA}/exports", headers={"Idempotency-Key": "copy-1"})
    assert again.json["id"] == asked.json["id"]
    made = until(lambda: ready(ana))
    answer = requests.get(base_url() + made["url"], timeout=20)
    assert (answer.status_code, answer.headers["Content-Type"]) == (200, "application/zip")
    assert answer.headers["Content-Disposition"].startswith('attachment; filename="charla-')
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert len(answer.content) == made["size"]
    archive = zipfile.ZipFile(io.BytesIO(answer.content))
    said = [each["text"] for each in json.loads(archive.read("messaging/messages.json"))]
    assert "hello from ana" in said
    assert b"a secret of ben" not in b"".join(archive.read(name) for name in archive.namelist())
    assert json.loads(archive.read("auth/account.json"))[0]["username"] == ana.username


@pytest.mark.parametrize("token", ["x", "x" * 900, "WyJ1Il0.aaaa.bbbb"])
def test_a_link_that_is_not_ours_opens_nothing(stack: str, unknown_id: str, token: str) -> None:
    assert ask("GET", f"{DATA}/exports/{unknown_id}/file?token={token}").code == "unknown_export"


def test_erasure_is_asked_for_with_the_password_and_can_be_called_off(new_person: Callable[[str], Person]) -> None:
    eve = new_person("eve")
    assert eve.ask("POST", f"{DATA}/erasure", {"password": "wrong"}).code == "wrong_credentials"
    assert eve.ask("POST", f"{DATA}/erasure", {"password": PASSWORD, "messages": "some"}).status == 400
    asked = eve.ask("POST", f"{DATA}/erasure", {"password": PASSWORD})
    assert (asked.status, asked.json["messages"]) == (202, "keep")
    assert eve.ask("POST", f"{DATA}/erasure", {"password": PASSWORD}).code == "erasure_asked"
    back = Person.login(eve.username)
    assert back.ask("GET", f"{DATA}/erasure").json == asked.json
    assert back.ask("DELETE", f"{DATA}/erasure").status == 204
    after = back.ask("GET", f"{DATA}/erasure").json
    assert (after["asked_at"], after["due_at"], after["messages"]) == (None, None, None)


def test_whose_grace_is_over_is_gone_everywhere(
    new_person: Callable[[str], Person], ben: Person, environment_of: Callable[[str], dict[str, str]]
) -> None:
    zoe = new_person("zoe")
    group = zoe.make_group([ben])
    zoe.send(group, "hello from zoe")
    channel = zoe.ask("POST", "/v1/channels", {"title": "Zoe's", "visibility": "public"}).json["id"]
    assert ben.ask("POST", f"/v1/channels/{channel}/subscription", {"level": "all"}).status in (200, 201)
    assert zoe.ask("POST", f"{DATA}/erasure", {"password": PASSWORD}).status == 202
    _let_grace_end(environment_of("auth")["DATABASE_URL"], zoe.id)
    until(lambda: zoe.ask("GET", "/v1/users/me").status == 401)
    assert ask("POST", "/v1/auth/login", {"username": zoe.username, "password": PASSWORD}).code == "wrong_credentials"
    assert ben.ask("GET", f"/v1/users/{zoe.id}").status == 404
    until(lambda: ben.ask("GET", f"/v1/channels/{channel}").status == 404)

    def unsigned() -> bool:
        items = ben.ask("GET", f"/v1/conversations/{group}/messages").json["items"]
        found = {each["text"]: each["author_id"] for each in items}
        return found["hello from zoe"] == NOBODY

    until(unsigned)
    members = ben.ask("GET", f"/v1/conversations/{group}/members").json["items"]
    assert [(each["user_id"], each["role"]) for each in members] == [(ben.id, "owner")]
    body = {"username": zoe.username, "password": PASSWORD, "display_name": "Not Zoe"}
    assert ask("POST", "/v1/auth/register", body).code == "username_taken"


def _let_grace_end(database_url: str, user_id: str) -> None:
    engine = create_engine(database_url, poolclass=NullPool)
    with engine.begin() as connection:
        connection.execute(text("UPDATE erasures SET due_at = now() WHERE user_id = :id"), {"id": user_id})
