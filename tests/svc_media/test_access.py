"""Who may read a media: its owner, and whoever may read what carries it. Revocation ends it within 5 s."""

from __future__ import annotations

import pytest

from contracts.base import Unavailable, new_id
from contracts.media import MediaNotReady, UnknownMedia, UnknownVariant
from plumbing.database import Transactions
from svc_media import access_cache
from svc_media.access_cache import AccessCache
from svc_media.actions import attaching, finishing, reading
from svc_media.actions.access import MAX_CARRIERS, Access
from svc_media.actions.attaching import Carrier
from svc_media.models import Media
from svc_media.storage.local import LocalStorage
from svc_media.writing import Writer
from tests.services import FakePush
from tests.svc_media.carriers import FakeOwner, stored

ADA, BOB, EVE = new_id(), new_id(), new_id()


@pytest.fixture
def access(db: Transactions, messaging: FakeOwner, subscriptions: FakeOwner, answers: AccessCache) -> Access:
    return Access(db, messaging, subscriptions, FakeOwner(), answers)


@pytest.fixture
def media(db: Transactions, push: FakePush, files: LocalStorage) -> Media:
    return stored(db, push, files, ADA, b"content", "picture")


def carry(db: Transactions, media: Media, kind: str = "message", carrier_id: str | None = None) -> Carrier:
    carrier = Carrier(kind, carrier_id or new_id(), new_id())
    with db.transaction() as session:
        attaching.attach(session, carrier, [media.id])
    return carrier


def test_only_the_owner_reads_what_nothing_carries(access: Access, media: Media, messaging: FakeOwner) -> None:
    assert access.may_read(ADA, media.id)
    assert not access.may_read(BOB, media.id)
    assert messaging.asked == []
    with pytest.raises(UnknownMedia):
        access.demand(BOB, media.id)
    with pytest.raises(UnknownMedia):
        access.demand(ADA, new_id())


@pytest.mark.parametrize("kind", ["message", "post", "channel"])
def test_whoever_reads_the_carrier_reads_the_media(
    db: Transactions, access: Access, media: Media, messaging: FakeOwner, subscriptions: FakeOwner, kind: str
) -> None:
    carrier = carry(db, media, kind)
    owner = messaging if kind == "message" else subscriptions
    owner.let_read(carrier.id, BOB)
    assert access.may_read(BOB, media.id)
    assert not access.may_read(EVE, media.id)


def test_many_are_asked_about_by_one_question(
    db: Transactions, push: FakePush, files: LocalStorage, access: Access, messaging: FakeOwner
) -> None:
    found = [stored(db, push, files, ADA, f"content {number}".encode()) for number in range(4)]
    carriers = [carry(db, each) for each in found]
    for carrier in carriers[:3]:
        messaging.let_read(carrier.id, BOB)
    assert access.readable(BOB, [each.id for each in found]) == {each.id for each in found[:3]}
    assert len(messaging.asked) == 1
    assert access.readable(BOB, [each.id for each in found[:3]]) == {each.id for each in found[:3]}
    assert len(messaging.asked) == 1  # what was allowed is remembered
    assert access.readable(BOB, [found[3].id]) == set()
    assert len(messaging.asked) == 2  # what was not is asked again


def test_the_newest_carriers_count(db: Transactions, access: Access, media: Media, messaging: FakeOwner) -> None:
    carriers = [carry(db, media) for _ in range(MAX_CARRIERS + 1)]
    messaging.let_read(carriers[-1].id, BOB)
    messaging.let_read(carriers[0].id, EVE)
    assert access.may_read(BOB, media.id)
    assert not access.may_read(EVE, media.id)


def test_a_revoked_right_ends_at_once_where_it_is_told(
    db: Transactions, access: Access, media: Media, messaging: FakeOwner, answers: AccessCache
) -> None:
    carrier = carry(db, media)
    messaging.let_read(carrier.id, BOB, EVE)
    assert access.may_read(BOB, media.id)
    assert access.may_read(EVE, media.id)
    messaging.readers[carrier.id].discard(BOB)
    answers.forget(BOB)
    assert not access.may_read(BOB, media.id)
    asked = len(messaging.asked)
    assert access.may_read(EVE, media.id)
    assert len(messaging.asked) == asked
    answers.forget(media.id)
    messaging.readers[carrier.id].clear()
    assert not access.may_read(EVE, media.id)


def test_a_revoked_right_ends_by_time_where_nobody_tells(
    db: Transactions, access: Access, media: Media, messaging: FakeOwner, answers: AccessCache
) -> None:
    carrier = carry(db, media)
    messaging.let_read(carrier.id, BOB)
    assert access.may_read(BOB, media.id)
    left_ms = answers._redis.pttl(access_cache._answer(BOB, media.id))
    assert 0 < int(left_ms) <= 4_000  # type: ignore[arg-type]


def test_an_answer_from_before_the_revocation_is_not_remembered_after_it(
    db: Transactions, media: Media, messaging: FakeOwner, subscriptions: FakeOwner, answers: AccessCache
) -> None:
    carrier = carry(db, media)
    messaging.let_read(carrier.id, BOB)

    class Late(FakeOwner):
        def find_readable_messages(self, *, user_id: str, message_ids: list[str]) -> list[str]:
            found = messaging.find_readable_messages(user_id=user_id, message_ids=message_ids)
            messaging.readers[carrier.id].clear()
            answers.forget(BOB)
            return found

    assert Access(db, Late(), subscriptions, FakeOwner(), answers).may_read(BOB, media.id)
    assert not Access(db, messaging, subscriptions, FakeOwner(), answers).may_read(BOB, media.id)


def test_without_the_owning_service_only_what_is_known_is_shown(
    db: Transactions, access: Access, media: Media, messaging: FakeOwner
) -> None:
    carrier = carry(db, media)
    messaging.let_read(carrier.id, BOB)
    assert access.may_read(BOB, media.id)
    messaging.away = True
    assert access.may_read(BOB, media.id)
    assert access.may_read(ADA, media.id)
    with pytest.raises(Unavailable):
        access.may_read(EVE, media.id)


def test_a_deleted_carrier_carries_no_more_and_abandons_the_media(
    db: Transactions, access: Access, media: Media, messaging: FakeOwner
) -> None:
    first, second = carry(db, media), carry(db, media)
    for carrier in (first, second):
        messaging.let_read(carrier.id, BOB)
        with db.transaction() as session:
            assert attaching.detach(session, carrier) == [media.id]
        with db.reading() as session:
            found = session.get(Media, (ADA, media.id))
            assert found is not None
            assert (found.abandoned_at is not None) == (carrier is second)
    assert not access.may_read(BOB, media.id)
    carry(db, media)
    with db.reading() as session:
        again = session.get(Media, (ADA, media.id))
        assert again is not None
        assert again.abandoned_at is None


def test_a_deletion_that_is_told_first_wins(db: Transactions, access: Access, media: Media) -> None:
    carrier = Carrier("message", new_id(), new_id())
    with db.transaction() as session:
        attaching.detach(session, carrier)
    with db.transaction() as session:
        attaching.attach(session, carrier, [media.id])
    with db.reading() as session:
        assert attaching._lock(session, [media.id])[0].abandoned_at is None
        assert session.query(attaching.Attachment).count() == 0


def test_what_was_uploaded_is_shown_to_others_only_once_it_is_clean(
    db: Transactions, push: FakePush, media: Media
) -> None:
    with db.reading() as session:
        assert reading.locate(session, media.id, "original", ADA).size == 7
        with pytest.raises(MediaNotReady):
            reading.locate(session, media.id, "original", BOB)
        with pytest.raises(MediaNotReady):
            reading.locate(session, media.id, "thumb_320", BOB)
    Writer(db, push).write(lambda session: finishing.fail(session, media.id, "media_invalid"))
    with db.reading() as session:
        with pytest.raises(UnknownVariant):
            reading.locate(session, media.id, "thumb_320", BOB)
        with pytest.raises(MediaNotReady):
            reading.locate(session, media.id, "original", BOB)
