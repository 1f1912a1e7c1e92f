"""Storing: a file lies in the storage once, a person pays for it once, and each media comes to one end."""

from __future__ import annotations

from pathlib import Path

import eventlet
import pytest
from sqlalchemy import select

from contracts.base import new_id
from contracts.media import OffsetMismatch, UnknownUpload
from plumbing import codec
from plumbing.database import Transactions
from svc_media.actions import accounting, blobs, finishing, quotas, removing, storing, uploading
from svc_media.models import Media, Outbox, Upload, Variant
from svc_media.places import upload_path, uploads_dir
from svc_media.processing.refusals import Refused
from svc_media.storage import key_of
from svc_media.storage.local import LocalStorage
from svc_media.writing import Writer
from tests.services import FakePush
from tests.svc_media.carriers import Result, Sniffed, a_file, append, processed, receive, stored

ADA, BOB = new_id(), new_id()


def events(db: Transactions) -> list[tuple[str, str]]:
    with db.reading() as session:
        rows = session.scalars(select(Outbox).order_by(Outbox.enqueued_at, Outbox.version)).all()
    return [(row.name, codec.decode(bytes(row.body))["media_id"]) for row in rows]


def agree(db: Transactions, files: LocalStorage) -> dict[str, object]:
    found = accounting.report(db, files)
    assert found["differences"] == []
    assert found["missing"] == []
    return found


def used(db: Transactions, user_id: str) -> tuple[int, int]:
    with db.reading() as session:
        found = quotas.view(session, user_id)
    return found["used_bytes"], found["reserved_bytes"]


def test_a_complete_upload_is_stored_and_waits_for_its_processing(
    db: Transactions, push: FakePush, files: LocalStorage
) -> None:
    media = stored(db, push, files, ADA, b"content")
    assert (media.state, media.kind, media.size) == ("queued", "file", 7)
    assert media.sha256 is not None
    assert b"".join(files.open_range(key_of(media.sha256), 0, 6)) == b"content"
    assert events(db) == [("media_stored", media.id)]
    assert used(db, ADA) == (7, 0)
    assert list(uploads_dir().iterdir()) == []
    assert push.on(f"user:{ADA}")[-1]["data"]["state"] == "queued"
    assert agree(db, files)["file_bytes"] == 7


def test_a_video_is_also_announced_to_its_queue(db: Transactions, push: FakePush, files: LocalStorage) -> None:
    media = stored(db, push, files, ADA, b"content", "video")
    assert sorted(events(db)) == [("media_stored", media.id), ("video_queued", media.id)]


def test_storing_again_changes_nothing(db: Transactions, push: FakePush, files: LocalStorage) -> None:
    media = stored(db, push, files, ADA, b"content")
    again = storing.store(db, push, files, media.id, sniff=lambda *_: Sniffed())
    assert (again.id, again.ver) == (media.id, media.ver)
    assert len(events(db)) == 1
    with db.reading() as session:
        upload = uploading.find(session, media.id, ADA)
        assert (upload.offset, upload.stored) == (7, True)


def test_many_who_store_the_same_upload_at_once_store_it_once(
    db: Transactions, push: FakePush, files: LocalStorage
) -> None:
    upload = receive(db, ADA, b"content")

    def store(_: int) -> None:
        storing.store(db, push, files, upload.id, sniff=lambda *_: Sniffed())

    list(eventlet.GreenPool(6).imap(store, range(6)))
    assert events(db) == [("media_stored", upload.id)]
    assert agree(db, files)["file_bytes"] == 7


def test_bytes_beyond_the_acknowledged_ones_are_cut_off(db: Transactions, push: FakePush, files: LocalStorage) -> None:
    upload = receive(db, ADA, b"content")
    with upload_path(upload.id).open("ab") as file:
        file.write(b" and what a crash left")
    media = storing.store(db, push, files, upload.id, sniff=lambda *_: Sniffed())
    assert media.size == 7
    assert agree(db, files)["file_bytes"] == 7


def test_an_unfinished_upload_is_not_stored(db: Transactions, push: FakePush, files: LocalStorage) -> None:
    with db.transaction() as session:
        upload = uploading.begin(session, ADA, length=10)
    append(db, upload, 0, b"abc")
    with pytest.raises(OffsetMismatch):
        storing.store(db, push, files, upload.id, sniff=lambda *_: Sniffed())
    with pytest.raises(UnknownUpload):
        storing.store(db, push, files, new_id(), sniff=lambda *_: Sniffed())


def test_parts_are_joined_in_their_order(db: Transactions, push: FakePush, files: LocalStorage) -> None:
    parts = []
    for content in (b"one ", b"two ", b"three"):
        with db.transaction() as session:
            part = uploading.begin(session, ADA, length=len(content), partial=True)
        append(db, part, 0, content)
        parts.append(part.id)
    with db.transaction() as session:
        final = uploading.begin_final(session, ADA, part_ids=parts)
    media = storing.store(db, push, files, final.id, sniff=lambda *_: Sniffed())
    assert media.sha256 is not None
    assert b"".join(files.open_range(key_of(media.sha256), 0, 100)) == b"one two three"
    assert list(uploads_dir().iterdir()) == []
    assert used(db, ADA) == (13, 0)


def test_the_same_bytes_lie_on_the_disk_once_and_cost_each_person_once(
    db: Transactions, push: FakePush, files: LocalStorage
) -> None:
    first = stored(db, push, files, ADA, b"content")
    second = stored(db, push, files, ADA, b"content")
    theirs = stored(db, push, files, BOB, b"content")
    assert (used(db, ADA), used(db, BOB)) == ((7, 0), (7, 0))
    assert agree(db, files)["files"] == 1
    for owner, media in ((ADA, first), (BOB, theirs)):
        with db.transaction() as session:
            removing.delete_media(session, owner, media.id)
    assert (used(db, ADA), used(db, BOB)) == ((7, 0), (0, 0))
    assert second.sha256 is not None
    assert files.size(key_of(second.sha256)) == 7
    agree(db, files)


def test_a_refused_file_leaves_nothing_but_its_refusal(db: Transactions, push: FakePush, files: LocalStorage) -> None:
    def sniff(_: Path, declared: str) -> Sniffed:
        raise Refused("media_type_refused")

    upload = receive(db, ADA, b"<svg/>")
    media = storing.store(db, push, files, upload.id, sniff=sniff)
    assert (media.state, media.error, media.sha256) == ("failed", "media_type_refused", None)
    assert events(db) == [("media_failed", media.id)]
    assert used(db, ADA) == (0, 0)
    assert list(uploads_dir().iterdir()) == []
    assert agree(db, files)["files"] == 0


def test_whoever_ended_the_upload_meanwhile_wins(db: Transactions, push: FakePush, files: LocalStorage) -> None:
    upload = receive(db, ADA, b"content")

    def sniff(_: Path, declared: str) -> Sniffed:
        with db.transaction() as session:
            uploading.end(session, upload.id, ADA)
        return Sniffed()

    with pytest.raises(UnknownUpload):
        storing.store(db, push, files, upload.id, sniff=sniff)
    assert events(db) == []
    assert used(db, ADA) == (0, 0)
    agree(db, files)


def test_a_file_that_was_collected_before_it_was_held_is_stored_again(
    db: Transactions, push: FakePush, files: LocalStorage, monkeypatch: pytest.MonkeyPatch
) -> None:
    real, puts = blobs.put, []

    def put_then_lose(*args: object) -> None:
        real(*args)  # type: ignore[arg-type]
        puts.append(args)
        if len(puts) == 1:
            files.delete(key_of(str(args[-1])))

    monkeypatch.setattr(blobs, "put", put_then_lose)
    media = stored(db, push, files, ADA, b"content")
    assert len(puts) == 2
    assert media.state == "queued"
    agree(db, files)


def test_a_processed_media_has_its_variants_and_its_clean_original(
    db: Transactions, push: FakePush, files: LocalStorage, tmp_path: Path
) -> None:
    media = stored(db, push, files, ADA, b"with metadata", "picture")
    made = {"original": a_file(tmp_path, b"clean"), "thumb_320": a_file(tmp_path, b"tiny")}
    assert processed(db, push, files, media, made)
    with db.reading() as session:
        found = session.get(Media, (ADA, media.id))
        names = list(session.scalars(select(Variant.name)))
    assert found is not None
    assert (found.state, found.size, found.progress, found.width, names) == ("ready", 5, 100, 4, ["thumb_320"])
    assert events(db)[-1] == ("media_processed", media.id)
    assert used(db, ADA) == (9, 0)
    report = agree(db, files)
    assert report["blobs"] == 3  # what was uploaded waits for the collector, and nobody pays for it
    assert push.on(f"user:{ADA}")[-1]["data"]["variants"][0]["name"] == "thumb_320"


def test_a_media_comes_to_one_end(db: Transactions, push: FakePush, files: LocalStorage, tmp_path: Path) -> None:
    media = stored(db, push, files, ADA, b"content", "picture")
    writer, kept = Writer(db, push), finishing.keep_files(db, files, [("thumb", a_file(tmp_path, b"t"), "x", 1, 1)])
    writer.write(lambda session: finishing.begin(session, media.id))

    def end(number: int) -> bool:
        if number % 2:
            return writer.write(lambda session: finishing.fail(session, media.id, "media_invalid"))
        return writer.write(lambda session: finishing.finish(session, media.id, Result(), kept))

    assert sum(eventlet.GreenPool(6).imap(end, range(6))) == 1
    assert len([name for name, _ in events(db) if name in ("media_processed", "media_failed")]) == 1
    assert writer.write(lambda session: finishing.begin(session, media.id)) is None
    agree(db, files)


def test_a_poster_is_shown_before_the_rest_is_done(
    db: Transactions, push: FakePush, files: LocalStorage, tmp_path: Path
) -> None:
    media = stored(db, push, files, ADA, b"content", "video")
    writer = Writer(db, push)
    for content in (b"poster", b"better"):
        kept = finishing.keep_files(db, files, [("poster", a_file(tmp_path, content), "image/jpeg", 4, 3)])
        assert writer.write(lambda session, kept=kept: finishing.add_variants(session, media.id, kept))
    writer.write(lambda session: finishing.begin(session, media.id))
    writer.write(lambda session: finishing.note_progress(session, media.id, 40))
    view = push.on(f"user:{ADA}")[-1]["data"]
    assert (view["state"], view["progress"], view["variants"][0]["size"]) == ("processing", 40, 6)
    assert used(db, ADA) == (13, 0)
    agree(db, files)


def test_what_kills_its_worker_each_time_is_given_up(db: Transactions, push: FakePush, files: LocalStorage) -> None:
    media = stored(db, push, files, ADA, b"content")
    writer = Writer(db, push)
    begun = [writer.write(lambda session: finishing.begin(session, media.id)) for _ in range(7)]
    assert [each is not None for each in begun] == [True] * finishing.MAX_ATTEMPTS + [False] * 2
    with db.reading() as session:
        found = session.get(Media, (ADA, media.id))
    assert found is not None
    assert (found.state, found.error) == ("failed", "processing_failed")


def test_a_failed_media_is_tried_again(db: Transactions, push: FakePush, files: LocalStorage) -> None:
    media = stored(db, push, files, ADA, b"content")
    writer = Writer(db, push)
    writer.write(lambda session: finishing.fail(session, media.id, "processing_failed"))
    again = writer.write(lambda session: storing.retry(session, ADA, media.id))
    assert (again.state, again.error, again.attempts) == ("queued", None, 0)
    assert [name for name, _ in events(db)] == ["media_stored", "media_failed", "media_stored"]


def test_the_row_of_a_stored_upload_goes_with_its_media_only_when_it_expires(
    db: Transactions, push: FakePush, files: LocalStorage
) -> None:
    media = stored(db, push, files, ADA, b"content")
    with db.transaction() as session:
        uploading.end(session, media.id, ADA)
    with db.reading() as session:
        assert session.get(Media, (ADA, media.id)) is not None
        assert session.get(Upload, (ADA, media.id)) is not None
