"""Entitlements are what the ledger says, are told when they change, and are mended where they were told wrongly."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import delete, update
from sqlalchemy.orm import Session

from contracts.base import Forbidden, new_id
from svc_payments.actions import entitlements
from svc_payments.ledger import accounts
from svc_payments.ledger.access import Access
from svc_payments.ledger.posting import Cause, Move, post, transaction_id
from svc_payments.plan_models import EntitlementMark
from svc_payments.service import PaymentsService
from svc_payments.worker import PaymentsWorker
from svc_payments.workers.entitling import repair_all
from tests.services import calling, calling_as_service
from tests.svc_payments_plans.world import World

NOW = datetime.now(UTC)
CAUSE = Cause("command", "test")


def opened(session: Session, user_id: str, post_id: str, until: datetime | None, key: str = "") -> str:
    """Let the ledger open a post to somebody."""
    key = key or new_id()
    moves = [Move(accounts.PROVIDER, -100), Move(accounts.FEES, 100)]
    access = Access(user_id, "post", post_id, NOW - timedelta(days=1), until)
    post(session, kind="charge", key=key, cause=CAUSE, currency="EUR", moves=moves, access=access)
    return key


def told(world: World) -> list[tuple[bool, int]]:
    return [(each["active"], each["version"]) for each in world.events("entitlement_changed")]


def worker_of(world: World) -> PaymentsWorker:
    worker = PaymentsWorker()
    worker.db, worker.push = world.db, world.desk.push
    return worker


def test_what_did_not_change_is_not_told_again(world: World) -> None:
    ada, post_id = new_id(), new_id()
    assert not world.do(entitlements.announce, ada, "post", post_id)
    world.do(opened, ada, post_id, None)
    assert world.do(entitlements.announce, ada, "post", post_id)
    assert not world.do(entitlements.announce, ada, "post", post_id)
    assert told(world) == [(True, 1)]
    assert world.events("entitlement_changed")[0]["until"] is None


def test_what_runs_out_is_told_once_in_the_second_that_it_does(world: World) -> None:
    ada, post_id = new_id(), new_id()
    world.do(opened, ada, post_id, NOW + timedelta(days=1))
    world.do(entitlements.announce, ada, "post", post_id)
    worker = worker_of(world)
    assert worker.announce_ended(NOW + timedelta(hours=23)) == 0
    assert worker.announce_ended(NOW + timedelta(days=1)) == 1
    assert worker.announce_ended(NOW + timedelta(days=2)) == 0
    assert told(world) == [(True, 1), (False, 2)]


def test_a_refund_ends_it_and_taking_that_back_opens_it_again(world: World) -> None:
    ada, post_id = new_id(), new_id()
    key = world.do(opened, ada, post_id, None)
    world.do(entitlements.announce, ada, "post", post_id)

    def refund(session: Session) -> None:
        back = [Move(accounts.PROVIDER, 100), Move(accounts.FEES, -100)]
        ends = transaction_id("charge", key)
        post(session, kind="refund", key=key, cause=CAUSE, currency="EUR", moves=back, ends_access_of=ends)
        assert entitlements.announce(session, ada, "post", post_id)

    def failed(session: Session) -> None:
        moves = [Move(accounts.PROVIDER, -100), Move(accounts.FEES, 100)]
        ends = transaction_id("refund", key)
        post(session, kind="refund_failed", key=key, cause=CAUSE, currency="EUR", moves=moves, ends_access_of=ends)
        assert entitlements.announce(session, ada, "post", post_id)

    world.do(refund)
    assert world.look(entitlements.find, ada, "post", [post_id]) == []
    world.do(failed)
    assert told(world) == [(True, 1), (False, 2), (True, 3)]


def test_what_was_told_wrongly_or_never_is_mended(world: World) -> None:
    people = [new_id() for _ in range(3)]
    post_id = new_id()
    for person in people:
        world.do(opened, person, post_id, None)
    right, wrong, never = people
    for person in (right, wrong):
        world.do(entitlements.announce, person, "post", post_id)

    def break_it(session: Session) -> None:
        session.execute(update(EntitlementMark).where(EntitlementMark.user_id == wrong).values(active=False))
        made_up = {"user_id": new_id(), "subject_kind": "post", "subject_id": post_id, "active": True, "version": 7}
        session.add(EntitlementMark(**made_up))

    world.do(break_it)
    assert repair_all(world.db) == 3
    assert repair_all(world.db) == 0
    newest = world.events("entitlement_changed")[-3:]
    assert {each["user_id"]: each["active"] for each in newest if each["user_id"] in people} == {
        wrong: True,
        never: True,
    }
    world.do(lambda session: session.execute(delete(EntitlementMark)))
    assert repair_all(world.db) == 3


def test_batches_leave_nobody_out(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("svc_payments.workers.entitling.BATCH", 2)
    for _ in range(7):
        world.do(opened, new_id(), new_id(), None)
    assert repair_all(world.db) == 7


def test_one_sees_ones_own_and_the_gates_ask_about_anybody(world: World, service: PaymentsService) -> None:
    ada, bob, post_id = new_id(), new_id(), new_id()
    world.do(opened, ada, post_id, None)
    with calling(ada):
        assert service.list_entitlements()["items"] == [{"subject_kind": "post", "subject_id": post_id, "until": None}]
    with calling(bob):
        assert service.list_entitlements()["items"] == []
        with pytest.raises(Forbidden):
            service.find_entitlements(user_id=ada, subject_kind="post", subject_ids=[post_id])
    for gate in ("subscriptions", "media"):
        with calling_as_service(gate):
            found = service.find_entitlements(user_id=ada, subject_kind="post", subject_ids=[post_id, new_id()])
            assert [each["subject_id"] for each in found] == [post_id]
            assert service.find_entitlements(user_id=bob, subject_kind="post", subject_ids=[post_id]) == []
            assert service.find_entitlements(user_id=ada, subject_kind="channel", subject_ids=[post_id]) == []
    with calling_as_service("messaging"), pytest.raises(Forbidden):
        service.find_entitlements(user_id=ada, subject_kind="post", subject_ids=[post_id])
