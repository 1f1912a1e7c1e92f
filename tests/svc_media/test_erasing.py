"""The files of somebody whose account is gone, and the list of them in a copy of their data."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import Text, Uuid, cast, func, or_, select

from contracts.auth import AccountErased
from contracts.base import ServiceError, new_id
from contracts.media import LinkInvalid
from plumbing.context import CallContext, working_on
from plumbing.database import Transactions
from svc_media import links
from svc_media.actions import erasing, own_data, uploading
from svc_media.models import Base, Erasure
from svc_media.places import uploads_dir
from svc_media.service import MediaService
from svc_media.storage.local import LocalStorage
from svc_media.workers.cleaning import collect
from svc_media.writing import Writer
from tests.services import FakePush, calling, calling_as_service, service_token, times_killed
from tests.svc_media.carriers import append, receive, stored


def life(db: Transactions, push: FakePush, files: LocalStorage, owner: str) -> None:
    """Store two files, one of them twice, and leave two uploads unfinished."""
    for content in (b"a file", b"another", b"another"):
        stored(db, push, files, owner, content, "file")
    receive(db, owner, b"never stored")
    with db.transaction() as session:
        part = uploading.begin(session, owner, length=9, partial=True)
    append(db, part, 0, b"one part")


def erase(db: Transactions, push: FakePush, person: str) -> None:
    with db.transaction() as session:
        erasing.erasures.begin(session, AccountErased(user_id=person, messages="keep"))
    go_on(db, push, person)


def go_on(db: Transactions, push: FakePush, person: str) -> None:
    while Writer(db, push).write(lambda session: erasing.erasures.erase_piece(session, person)):
        pass


def kept(files: LocalStorage) -> list[bytes]:
    return [path.read_bytes() for path in files._root.rglob("*") if path.is_file()]


def traces(db: Transactions, person: str) -> set[str]:
    found = set()
    with db.reading() as session:
        for table in Base.metadata.sorted_tables:
            ids = [each == person for each in table.columns if isinstance(each.type, Uuid)]
            words = [cast(each, Text).contains(person) for each in table.columns if not isinstance(each.type, Uuid)]
            if session.scalar(select(func.count()).select_from(table).where(or_(*ids, *words))):
                found.add(table.name)
    return found


def test_nothing_is_left_but_what_somebody_else_holds_too(
    db: Transactions, push: FakePush, files: LocalStorage
) -> None:
    ada, ben = new_id(), new_id()
    life(db, push, files, ada)
    stored(db, push, files, ben, b"another", "file")
    erase(db, push, ada)
    collect(db, push, files, -1)
    assert traces(db, ada) <= {"outbox"}
    assert kept(files) == [b"another"]
    assert list(uploads_dir().iterdir()) == []


WORK = """
from svc_media.actions import erasing
erasing.BATCH = 1
more = True
while more:
    with db.transaction() as session:
        more = erasing.erasures.erase_piece(session, sys.argv[2])
"""


def test_workers_that_are_killed_in_the_middle_leave_the_rest_to_the_next_one(
    db: Transactions, push: FakePush, files: LocalStorage
) -> None:
    ada = new_id()
    life(db, push, files, ada)
    event = AccountErased(user_id=ada, messages="keep")
    for _ in range(2):  # told twice
        with db.transaction() as session:
            erasing.erasures.begin(session, event)
    assert times_killed(WORK, (1, 2, 1, 3, 1), ada) >= 4
    go_on(db, push, ada)
    with db.transaction() as session:
        erasing.erasures.begin(session, event)  # and once more, too late
        assert session.scalar(select(func.count()).select_from(Erasure)) == 0
    collect(db, push, files, -1)
    assert traces(db, ada) <= {"outbox"}
    assert kept(files) == []


def everything(service: MediaService, person: str) -> list[Any]:
    items: list[Any] = []
    after = None
    with calling_as_service("auth"):
        while True:
            page = service.list_own_data(user_id=person, section="media", after=after)
            items += page["items"]
            after = page["next"]
            if after is None:
                return items


@pytest.mark.parametrize("page", [1, 3, 200])
def test_a_copy_lists_all_files_with_a_link_to_each(
    service: MediaService, db: Transactions, push: FakePush, files: LocalStorage, monkeypatch: Any, page: int
) -> None:
    monkeypatch.setattr(own_data, "PAGE", page)
    ada = new_id()
    life(db, push, files, ada)
    stored(db, push, files, new_id(), b"not hers", "file")
    found = everything(service, ada)
    assert len(found) == 4
    for item in found:
        if item["url"] is None:
            assert item["state"] == "uploading"
            continue
        claims = links.read(item["url"].partition("?t=")[2])
        assert (claims.media_id, claims.user_id, claims.download) == (item["id"], ada, True)


def test_a_link_of_a_copy_lives_a_week(configured: Any, monkeypatch: Any) -> None:
    import time

    token = links.sign_copy(new_id(), new_id()).partition("?t=")[2]
    now = time.time()
    monkeypatch.setattr(time, "time", lambda: now + links.COPY_LIFE_S - 60)
    links.read(token)
    monkeypatch.setattr(time, "time", lambda: now + links.COPY_LIFE_S + 60)
    with pytest.raises(LinkInvalid):
        links.read(token)


def test_people_and_other_services_do_not_ask(service: MediaService) -> None:
    for token in (None, service_token("gateway"), service_token("messaging")):
        with working_on(CallContext(token=token)), pytest.raises(ServiceError) as refused:
            service.list_own_data(user_id=new_id(), section="media")
        assert refused.value.kind in ("unauthenticated", "forbidden")
    with calling(new_id(), "admin"), pytest.raises(ServiceError) as refused:
        service.list_own_data(user_id=new_id(), section="media")
    assert refused.value.kind == "forbidden"
