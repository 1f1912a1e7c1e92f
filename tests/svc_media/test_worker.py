"""The worker: what carries media, what is handed to Celery, and what is cleared away."""

from __future__ import annotations

import os
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from nameko.testing.services import worker_factory
from sqlalchemy import select, update

from contracts.ads import AdCreativeChanged
from contracts.base import new_id
from contracts.media import MediaStored, VideoQueued
from contracts.messaging import MemberRemoved, MessageCreated, MessageDeleted
from contracts.payments import EntitlementChanged
from contracts.subscriptions import ChannelPictureChanged, ChannelUnsubscribed, PostDeleted, PostPublished
from plumbing.database import Transactions
from svc_media.access_cache import AccessCache
from svc_media.actions import accounting, finishing, orphans, retrying, uploading
from svc_media.actions.access import Access
from svc_media.models import Attachment, Media, Upload
from svc_media.options import options
from svc_media.places import upload_path, uploads_dir, work_path
from svc_media.storage import key_of
from svc_media.storage.local import LocalStorage
from svc_media.worker import MediaWorker
from svc_media.workers.cleaning import collect, sweep
from svc_media.writing import Writer
from tests.services import FakePush
from tests.svc_media.carriers import FakeOwner, FakeTasks, append, receive, stored

ADA, BOB, EVE = new_id(), new_id(), new_id()


@pytest.fixture
def tasks() -> FakeTasks:
    return FakeTasks()


@pytest.fixture
def worker(
    db: Transactions,
    push: FakePush,
    messaging: FakeOwner,
    subscriptions: FakeOwner,
    ads: FakeOwner,
    answers: AccessCache,
    tasks: FakeTasks,
    files: LocalStorage,
) -> MediaWorker:
    made: MediaWorker = worker_factory(
        MediaWorker,
        db=db,
        push=push,
        messaging=messaging,
        subscriptions=subscriptions,
        ads=ads,
        answers=answers,
        tasks=tasks,
        files=files,
    )
    return made


@pytest.fixture
def media(db: Transactions, push: FakePush, files: LocalStorage) -> Media:
    return stored(db, push, files, ADA, b"content", "picture")


@pytest.fixture
def access(
    db: Transactions, messaging: FakeOwner, subscriptions: FakeOwner, ads: FakeOwner, answers: AccessCache
) -> Access:
    return Access(db, messaging, subscriptions, ads, answers)


def message(author: str, *media_ids: str) -> MessageCreated:
    return MessageCreated(
        conversation_id=new_id(),
        ver=1,
        message_id=new_id(),
        seq=1,
        author_id=author,
        mentions=[],
        reply_to=None,
        media_ids=list(media_ids),
    )


def deleted(event: MessageCreated) -> MessageDeleted:
    return MessageDeleted(
        conversation_id=event.conversation_id, ver=2, message_id=event.message_id, seq=1, carried_media=True
    )


def attachments(db: Transactions) -> set[tuple[str, str]]:
    with db.reading() as session:
        rows = session.execute(select(Attachment.media_id, Attachment.carrier_id)).all()
    return {(media_id, carrier_id) for media_id, carrier_id in rows}


def test_a_message_gives_its_readers_what_it_carries(
    worker: MediaWorker, access: Access, media: Media, messaging: FakeOwner, push: FakePush
) -> None:
    event = message(ADA, media.id, new_id())
    messaging.let_read(event.message_id, ADA, BOB)
    for _ in range(2):
        worker.on_message_with_media(event)
    assert access.may_read(BOB, media.id)
    assert not access.may_read(EVE, media.id)
    assert push.on(f"conv:{event.conversation_id}")[-1]["data"]["id"] == media.id


def creative(owner: str, media_id: str | None, version: int = 0, creative_id: str | None = None) -> AdCreativeChanged:
    return AdCreativeChanged(creative_id=creative_id or new_id(), version=version, owner_id=owner, media_id=media_id)


def test_an_ad_shows_its_media_to_whom_svc_ads_names(
    worker: MediaWorker, access: Access, media: Media, ads: FakeOwner, db: Transactions
) -> None:
    event = creative(ADA, media.id)
    ads.let_read(event.creative_id, BOB)
    for _ in range(2):
        worker.on_ad_creative_changed(event)
    assert access.may_read(BOB, media.id)
    assert not access.may_read(EVE, media.id)
    worker.on_ad_creative_changed(creative(ADA, None, 1, event.creative_id))
    worker.on_ad_creative_changed(event)
    assert attachments(db) == set()
    assert not access.may_read(BOB, media.id)


def test_an_ad_gives_nobody_a_way_to_anothers_media(
    worker: MediaWorker, access: Access, media: Media, ads: FakeOwner, db: Transactions
) -> None:
    event = creative(EVE, media.id)
    ads.let_read(event.creative_id, EVE, BOB)
    worker.on_ad_creative_changed(event)
    assert attachments(db) == set()
    assert not access.may_read(EVE, media.id)


def test_naming_anothers_media_gives_nobody_a_way_to_it(
    worker: MediaWorker, access: Access, media: Media, messaging: FakeOwner, db: Transactions
) -> None:
    event = message(EVE, media.id)
    messaging.let_read(event.message_id, EVE, BOB)
    worker.on_message_with_media(event)
    assert attachments(db) == set()
    assert not access.may_read(EVE, media.id)


def test_whoever_may_read_it_may_send_it_on(
    worker: MediaWorker, access: Access, media: Media, messaging: FakeOwner
) -> None:
    first, forwarded = message(ADA, media.id), message(BOB, media.id)
    messaging.let_read(first.message_id, ADA, BOB)
    messaging.let_read(forwarded.message_id, BOB, EVE)
    worker.on_message_with_media(first)
    worker.on_message_with_media(forwarded)
    assert access.may_read(EVE, media.id)


def test_a_deleted_message_takes_its_media_along(
    worker: MediaWorker, access: Access, media: Media, messaging: FakeOwner, db: Transactions, files: LocalStorage
) -> None:
    event = message(ADA, media.id)
    messaging.let_read(event.message_id, BOB)
    worker.on_message_with_media(event)
    assert access.may_read(BOB, media.id)
    messaging.readers.clear()
    worker.on_message_with_media_deleted(deleted(event))
    assert not access.may_read(BOB, media.id)
    collect(db, worker.push, files, 3600)
    assert access.may_read(ADA, media.id)
    collect(db, worker.push, files, 0)
    assert not access.may_read(ADA, media.id)
    assert accounting.report(db, files)["files"] == 0


def test_a_message_whose_deletion_is_told_first_carries_nothing(
    worker: MediaWorker, media: Media, db: Transactions
) -> None:
    event = message(ADA, media.id)
    worker.on_message_with_media_deleted(deleted(event))
    worker.on_message_with_media(event)
    assert attachments(db) == set()


def test_a_post_gives_its_readers_what_it_carries(
    worker: MediaWorker, access: Access, media: Media, subscriptions: FakeOwner, push: FakePush
) -> None:
    place = {"channel_id": new_id(), "seq": 1, "post_id": new_id()}
    event = PostPublished(**place, author_id=ADA, mentions=[], media_ids=[media.id], silent=True)  # type: ignore[arg-type]
    subscriptions.let_read(event.post_id, BOB)
    worker.on_post_with_media(event)
    assert access.may_read(BOB, media.id)
    assert push.on(f"chan:{event.channel_id}")[-1]["data"]["id"] == media.id
    subscriptions.readers.clear()
    worker.on_post_with_media_deleted(PostDeleted(**place, carried_media=True))  # type: ignore[arg-type]
    assert not access.may_read(BOB, media.id)


def test_what_a_closed_post_carries_is_told_to_none_of_its_channel_and_ends_with_the_access(
    worker: MediaWorker, access: Access, media: Media, subscriptions: FakeOwner, push: FakePush
) -> None:
    place = {"channel_id": new_id(), "seq": 1, "post_id": new_id()}
    facts = {"author_id": ADA, "mentions": [], "media_ids": [media.id], "silent": True, "closed": True}
    worker.on_post_with_media(PostPublished(**place, **facts))  # type: ignore[arg-type]
    subscriptions.let_read(str(place["post_id"]), BOB)
    assert access.may_read(BOB, media.id)
    assert push.on(f"chan:{place['channel_id']}") == []
    assert push.on(f"user:{ADA}")[-1]["data"]["id"] == media.id
    subscriptions.readers.clear()
    assert access.may_read(BOB, media.id)  # as was answered a moment ago
    ended = {"user_id": BOB, "active": False, "until": None, "version": 2}
    worker.on_channel_entitlement_changed(
        EntitlementChanged(subject_kind="channel", subject_id=str(place["channel_id"]), **ended)  # type: ignore[arg-type]
    )
    assert not access.may_read(BOB, media.id)
    worker.on_post_with_media_deleted(PostDeleted(**place, carried_media=True))  # type: ignore[arg-type]
    assert not access.may_read(BOB, media.id)


def shown(channel_id: str, seq: int, media_id: str | None, actor_id: str = ADA) -> ChannelPictureChanged:
    return ChannelPictureChanged(channel_id=channel_id, seq=seq, actor_id=actor_id, media_id=media_id)


def test_whoever_may_know_a_channel_sees_its_picture_until_there_is_another(
    worker: MediaWorker, access: Access, media: Media, subscriptions: FakeOwner, push: FakePush, db: Transactions
) -> None:
    channel_id = new_id()
    subscriptions.let_read(channel_id, BOB)
    for _ in range(2):
        worker.on_channel_picture_changed(shown(channel_id, 3, media.id))
    assert access.may_read(BOB, media.id)
    assert not access.may_read(EVE, media.id)
    assert push.on(f"chan:{channel_id}")[-1]["data"]["id"] == media.id
    worker.on_channel_picture_changed(shown(channel_id, 4, None))
    assert not access.may_read(BOB, media.id)
    with db.reading() as session:
        assert session.scalars(select(Media.abandoned_at)).one() is not None


def test_the_latest_picture_holds_in_whatever_order_they_come(
    worker: MediaWorker, media: Media, db: Transactions, push: FakePush, files: LocalStorage
) -> None:
    channel_id, second = new_id(), stored(db, push, files, ADA, b"another", "picture")
    worker.on_channel_picture_changed(shown(channel_id, 9, second.id))
    worker.on_channel_picture_changed(shown(channel_id, 5, media.id))
    assert attachments(db) == {(second.id, channel_id)}
    worker.on_channel_picture_changed(shown(channel_id, 12, media.id))
    assert attachments(db) == {(media.id, channel_id)}


def test_a_channel_does_not_show_what_its_admin_may_not_read(
    worker: MediaWorker, access: Access, media: Media, subscriptions: FakeOwner, db: Transactions
) -> None:
    channel_id = new_id()
    subscriptions.let_read(channel_id, EVE, BOB)
    worker.on_channel_picture_changed(shown(channel_id, 1, media.id, actor_id=EVE))
    assert attachments(db) == set()
    assert not access.may_read(BOB, media.id)


@pytest.mark.parametrize("left", ["conversation", "channel"])
def test_whoever_leaves_is_asked_about_anew(
    worker: MediaWorker, access: Access, media: Media, messaging: FakeOwner, left: str
) -> None:
    event = message(ADA, media.id)
    messaging.let_read(event.message_id, BOB)
    worker.on_message_with_media(event)
    assert access.may_read(BOB, media.id)
    messaging.readers.clear()
    if left == "conversation":
        worker.on_member_removed(MemberRemoved(conversation_id=event.conversation_id, ver=3, user_id=BOB))
    else:
        worker.on_follower_left(ChannelUnsubscribed(channel_id=new_id(), user_id=BOB))
    assert not access.may_read(BOB, media.id)


def test_videos_have_a_queue_of_their_own(worker: MediaWorker, tasks: FakeTasks) -> None:
    facts = {"owner_id": ADA, "ver": 1, "mime": "x/y", "size": 1}
    picture, video = new_id(), new_id()
    worker.on_media_stored(MediaStored(media_id=picture, kind="picture", **facts))  # type: ignore[arg-type]
    worker.on_media_stored(MediaStored(media_id=video, kind="video", **facts))  # type: ignore[arg-type]
    worker.on_video_queued(VideoQueued(media_id=video, kind="video", **facts))  # type: ignore[arg-type]
    assert (tasks.quick, tasks.long) == ([picture], [video])


def test_what_was_lost_is_handed_over_again_once(
    worker: MediaWorker, tasks: FakeTasks, db: Transactions, push: FakePush, files: LocalStorage, media: Media
) -> None:
    video = stored(db, push, files, ADA, b"film", "video")
    fresh = stored(db, push, files, ADA, b"fresh", "picture")
    Writer(db, push).write(lambda session: finishing.begin(session, video.id))
    whole = receive(db, ADA, b"whole")
    receive(db, ADA, b"just came")
    with db.transaction() as session:
        old = datetime.now(UTC) - timedelta(hours=1)
        session.execute(update(Media).where(Media.id.in_([media.id, video.id])).values(changed_at=old))
        earlier = datetime.now(UTC) + timedelta(seconds=options().upload_ttl_s - 300)
        session.execute(update(Upload).where(Upload.id == whole.id).values(expires_at=earlier))
    worker.hand_over_again()
    assert (tasks.quick, tasks.long, tasks.stores) == ([media.id], [video.id], [whole.id])
    worker.hand_over_again()
    assert (tasks.quick, tasks.long, tasks.stores) == ([media.id], [video.id], [whole.id] * 2)
    assert fresh.id not in tasks.quick


def expire(db: Transactions, upload_id: str) -> None:
    with db.transaction() as session:
        session.execute(update(Upload).where(Upload.id == upload_id).values(expires_at=datetime.now(UTC)))


def test_expired_uploads_go_with_their_files(worker: MediaWorker, db: Transactions, files: LocalStorage) -> None:
    with db.transaction() as session:
        upload = uploading.begin(session, ADA, length=10)
    append(db, upload, 0, b"abc")
    kept = receive(db, ADA, b"kept")
    expire(db, upload.id)
    worker.expire_uploads()
    assert [path.name for path in uploads_dir().iterdir()] == [kept.id]
    with db.reading() as session:
        assert session.get(Media, (ADA, upload.id)) is None
        assert accounting.differences(session) == []


def test_an_expired_upload_that_was_sent_is_shown_as_failed(
    worker: MediaWorker, db: Transactions, push: FakePush, files: LocalStorage
) -> None:
    with db.transaction() as session:
        upload = uploading.begin(session, ADA, length=10)
    event = message(ADA, upload.id)
    worker.on_message_with_media(event)
    expire(db, upload.id)
    worker.expire_uploads()
    assert push.on(f"conv:{event.conversation_id}")[-1]["data"]["error"] == "upload_expired"


def test_the_media_of_an_expired_row_that_is_stored_stays(worker: MediaWorker, db: Transactions, media: Media) -> None:
    expire(db, media.id)
    worker.expire_uploads()
    with db.reading() as session:
        assert session.get(Upload, (ADA, media.id)) is None
        found = session.get(Media, (ADA, media.id))
    assert found is not None
    assert found.state == "queued"


def test_old_files_without_a_name_go_and_young_ones_stay(
    db: Transactions, files: LocalStorage, media: Media, tmp_path: Path
) -> None:
    assert media.sha256 is not None
    stray = tmp_path / "stray"
    stray.write_bytes(b"stray")
    files.put_file(stray, key_of("a" * 64))
    (files.making / "half").write_bytes(b"x")
    work_path("old").mkdir()
    work_path("old").joinpath("file").write_bytes(b"x")
    upload_path(new_id()).write_bytes(b"x")
    assert sweep(db, files, 3600) == {"unnamed": 0, "leftovers": 0}
    assert sweep(db, files, 0) == {"unnamed": 1, "leftovers": 3}
    assert [file.key for file in files.list_files()] == [key_of(media.sha256)]


def test_a_file_that_is_being_stored_is_not_collected(db: Transactions, files: LocalStorage, tmp_path: Path) -> None:
    made = tmp_path / "made"
    made.write_bytes(b"made")
    (kept,) = finishing.keep_files(db, files, [("thumb", made, "x/y", None, None)])
    old = time.time() - 7200
    path = files.local_path(key_of(kept.sha256))
    assert path is not None
    os.utime(path, (old, old))
    assert sweep(db, files, 0)["unnamed"] == 0  # its row names it
    assert orphans.collect_blobs(db, files, 3600) == 0  # somebody announced it a moment ago
    assert orphans.collect_blobs(db, files, 0) == 1
    assert files.size(key_of(kept.sha256)) is None


def test_failed_media_that_nothing_carries_go_after_a_week(
    db: Transactions, push: FakePush, files: LocalStorage, worker: MediaWorker, media: Media
) -> None:
    sent = stored(db, push, files, ADA, b"sent", "picture")
    worker.on_message_with_media(message(ADA, sent.id))
    writer = Writer(db, push)
    for each in (media, sent):
        writer.write(lambda session, each=each: finishing.fail(session, each.id, "media_invalid"))  # type: ignore[misc]
    assert orphans.remove_abandoned(db, push, 0) == 0
    with db.transaction() as session:
        session.execute(update(Media).values(changed_at=datetime.now(UTC) - timedelta(days=8)))
    assert orphans.remove_abandoned(db, push, 0) == 1
    with db.reading() as session:
        assert list(session.scalars(select(Media.id))) == [sent.id]
        assert accounting.differences(session) == []


def test_what_failed_through_our_fault_is_queued_again(
    db: Transactions, push: FakePush, files: LocalStorage, media: Media
) -> None:
    theirs = stored(db, push, files, ADA, b"theirs", "picture")
    writer = Writer(db, push)
    writer.write(lambda session: finishing.fail(session, media.id, "processing_failed"))
    writer.write(lambda session: finishing.fail(session, theirs.id, "media_invalid"))
    assert retrying.retry_all(db, push) == 1
    with db.reading() as session:
        states = dict(session.execute(select(Media.id, Media.state)).all())  # type: ignore[arg-type]
    assert states == {media.id: "queued", theirs.id: "failed"}


def test_books_that_are_wrong_are_told(db: Transactions, files: LocalStorage, media: Media) -> None:
    """The comparison itself is worth something: it sees what was changed behind its back."""
    from svc_media.models import Blob, Holding, Quota

    assert media.sha256 is not None
    with db.transaction() as session:
        session.execute(update(Quota).values(used_bytes=1, reserved_bytes=1))
        session.execute(update(Blob).values(holders=2))
        session.execute(update(Holding).values(uses=2))
    files.delete(key_of(media.sha256))
    report = accounting.report(db, files)
    assert len(report["differences"]) == 4  # type: ignore[arg-type]
    assert report["missing"] == [media.sha256]
