"""Copies of people's data: asked for, made page by page whatever stops it, and fetched by a link."""

from __future__ import annotations

import base64
import io
import json
import zipfile
from dataclasses import dataclass, field
from datetime import timedelta

import pytest
from nameko.testing.services import worker_factory
from sqlalchemy import func, select

from contracts.auth import ExportRunning, TooManyExports, UnknownExport
from contracts.base import KeyMismatch, Unavailable
from plumbing.context import CallContext, working_on
from plumbing.identity import CallerIdentity
from svc_auth.actions import exports, links
from svc_auth.actions.collecting import SECTIONS
from svc_auth.models import DataExport, ExportPart, ExportPiece, Mail, User
from svc_auth.service import AuthService
from tests.services import FakePush


@dataclass
class FakeKeeper:
    """Stands in for a service that keeps three pages of each section; it may be away."""

    name: str
    away: bool = False
    asked: list[tuple[str, str | None]] = field(default_factory=list)

    def as_service(self) -> FakeKeeper:
        return self

    def list_own_data(self, *, user_id: str, section: str, after: str | None) -> dict:
        if self.away:
            raise Unavailable
        self.asked.append((section, after))
        page = int(after or 0)
        items = [{"of": user_id, "section": section, "page": page}]
        return {"items": items, "next": str(page + 1) if page < 2 else None}


@pytest.fixture
def keepers():
    return {name: FakeKeeper(name) for name in ("messaging", "subscriptions", "media", "payments", "ads")}


@pytest.fixture
def service(db, configured, keepers):
    return worker_factory(AuthService, db=db, push=FakePush(), caller=CallerIdentity(), **keepers)


def as_person(person, key=None):
    return working_on(CallContext(token=person.access_token, idempotency_key=key))


def begin(service, person, key=None):
    with as_person(person, key):
        return service.start_export()


def state(service, person):
    with as_person(person):
        return service.list_exports()["items"]


def test_a_copy_has_every_section_with_all_of_its_pages(service, person, keepers):
    ada = person()
    begin(service, ada)
    service.make_exports()
    (made,) = state(service, ada)
    assert made["state"] == "ready"
    token = made["url"].partition("token=")[2]
    found = service.open_export(link_token=token)
    pieces = [service.read_export(link_token=token, number=each) for each in range(found["pieces"])]
    raw = b"".join(base64.b64decode(piece) for piece in pieces)
    assert len(raw) == found["size"] == made["size"]
    archive = zipfile.ZipFile(io.BytesIO(raw))
    assert archive.testzip() is None
    assert set(archive.namelist()) == {"README.txt", *(section.path for section in SECTIONS)}
    messages = json.loads(archive.read("messaging/messages.json"))
    assert [item["page"] for item in messages] == [0, 1, 2]
    account = json.loads(archive.read("auth/account.json"))
    assert [item["username"] for item in account] == ["ada"]
    everything = b"".join(archive.read(name) for name in archive.namelist())
    assert b"argon2" not in everything
    assert b"password_hash" not in everything
    for keeper in keepers.values():
        assert len(set(keeper.asked)) == len(keeper.asked), "each page was asked for once"


def test_one_at_a_time_and_three_a_day(service, person, db, now):
    ada = person()
    begin(service, ada)
    with pytest.raises(ExportRunning):
        begin(service, ada)
    for _ in range(2):
        service.make_exports()
        begin(service, ada)
    service.make_exports()
    with pytest.raises(TooManyExports) as refused:
        begin(service, ada)
    assert 0 < refused.value.facts["retry_after_s"] <= 86_401
    with db.transaction() as session:
        user = session.get_one(User, ada.user_id)
        assert exports.ask(session, user, now + timedelta(days=1, minutes=1)).state == "waiting"


def test_the_same_key_asks_once(service, person):
    ada = person()
    assert begin(service, ada, "k1")["id"] == begin(service, ada, "k1")["id"]
    service.make_exports()
    assert begin(service, ada, "k1")["state"] == "waiting", "the first answer again"
    assert len(state(service, ada)) == 1
    with as_person(ada, "k1"), pytest.raises(KeyMismatch):
        _other_request(service)


def _other_request(service):
    from plumbing.idempotency import once

    with service.writing() as session:
        once(session, service.caller.user().user_id, ["something else"], dict)


def test_a_killed_maker_leaves_a_copy_that_the_next_one_completes(service, person, db, keepers):
    ada = person()
    key = (ada.user_id, begin(service, ada)["id"])
    for _ in range(9):  # as far as somebody came who was killed then
        assert service._one_page(key)
    asked = sum(len(keeper.asked) for keeper in keepers.values())
    other = worker_factory(AuthService, db=db, push=FakePush(), caller=CallerIdentity(), **keepers)
    other.make_exports()
    assert state(service, ada)[0]["state"] == "ready"
    pages = sum(len(keeper.asked) for keeper in keepers.values())
    assert pages == 3 * sum(section.service != "auth" for section in SECTIONS)
    assert 0 < asked < pages


def test_a_page_that_another_maker_stored_is_not_stored_twice(service, person, db, keepers):
    ada = person()
    key = (ada.user_id, begin(service, ada)["id"])
    slow = keepers["messaging"].list_own_data

    def overtaken(**asked):
        page = slow(**asked)
        if asked["after"] is None and asked["section"] == "conversations" and not keepers["media"].asked:
            keepers["messaging"].list_own_data = slow
            service.make_exports()
        return page

    keepers["messaging"].list_own_data = overtaken
    while service._one_page(key):
        pass
    assert state(service, ada)[0]["state"] == "ready"
    with db.reading() as session:
        assert session.scalar(select(func.count()).select_from(ExportPart)) == 0


def test_a_service_that_is_away_only_costs_time(service, person, db, keepers, now):
    ada = person()
    keepers["media"].away = True
    key = (ada.user_id, begin(service, ada)["id"])
    service.make_exports()
    assert state(service, ada)[0]["state"] == "waiting"
    keepers["media"].away = False
    service.make_exports()
    assert state(service, ada)[0]["state"] == "waiting", "it rests before it asks again"
    with db.transaction() as session:
        session.get_one(DataExport, key).next_at = now
    service.make_exports()
    assert state(service, ada)[0]["state"] == "ready"


def test_a_copy_is_forgotten_after_a_week_and_its_link_after_an_hour(service, person, db, now):
    ada = person(email="ada@example.org")
    with db.transaction() as session:
        session.get_one(User, ada.user_id).email_verified_at = now
    begin(service, ada)
    service.make_exports()
    token = state(service, ada)[0]["url"].partition("token=")[2]
    with db.reading() as session:
        assert "export_ready" in session.scalars(select(Mail.kind)).all()
        exports.open_link(session, token, now)
        with pytest.raises(UnknownExport):
            exports.open_link(session, token, now + timedelta(days=8))
        other = links.sign("verify email", {"u": ada.user_id, "e": state(service, ada)[0]["id"]})
        with pytest.raises(UnknownExport):
            exports.open_link(session, other, now)
    with db.transaction() as session:
        exports.sweep(session, now + timedelta(days=8))
        assert session.scalar(select(func.count()).select_from(ExportPiece)) == 0
    assert [(each["state"], each["url"]) for each in state(service, ada)] == [("expired", None)]
    with db.transaction() as session:
        exports.sweep(session, now + timedelta(days=31))
    assert state(service, ada) == []


def test_nobody_sees_another_ones_copies(service, person):
    ada, bob = person(), person("bob")
    begin(service, ada)
    assert state(service, bob) == []
