"""Uploads: rows say what is surely on the disk, and quotas hold before a byte comes."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import eventlet
import pytest
from sqlalchemy import update

from contracts.base import ServiceError, new_id
from contracts.media import (
    ConcatenationInvalid,
    MediaTooLarge,
    OffsetMismatch,
    QuotaExceeded,
    TooManyUploads,
    UnknownUpload,
    UploadLengthInvalid,
)
from plumbing.database import Transactions
from svc_media.actions import accounting, quotas, uploading
from svc_media.models import Media, Upload
from svc_media.storage.local import LocalStorage
from tests.svc_media.carriers import append, receive

ADA, BOB = new_id(), new_id()


def reserved(db: Transactions, user_id: str) -> int:
    with db.reading() as session:
        return quotas.view(session, user_id)["reserved_bytes"]


def begin(db: Transactions, owner_id: str = ADA, length: int | None = 10, *, partial: bool = False) -> Upload:
    with db.transaction() as session:
        return uploading.begin(session, owner_id, length=length, partial=partial)


def test_an_upload_is_a_media_from_its_first_moment(db: Transactions) -> None:
    metadata = {"filename": "holiday.png", "filetype": "image/png"}
    with db.transaction() as session:
        upload = uploading.begin(session, ADA, length=10, metadata=metadata)
    with db.reading() as session:
        media = session.get(Media, (ADA, upload.id))
        assert media is not None
        assert (media.state, media.name, media.declared_mime, media.size) == (
            "uploading", "holiday.png", "image/png", 10,
        )  # fmt: skip
    assert reserved(db, ADA) == 10


def test_what_cannot_be_kept_of_metadata_is_left_out(db: Transactions) -> None:
    names = {"filename": "a\x00b\ud800c\n.png" + "x" * 1000}
    with db.transaction() as session:
        upload = uploading.begin(session, ADA, length=1, metadata=names)
    with db.reading() as session:
        media = session.get(Media, (ADA, upload.id))
        assert media is not None
        assert len(media.name) <= 200
        assert "\x00" not in upload.metadata_["filename"]
        assert upload.metadata_["filename"].startswith("abc.png")


def test_bytes_are_counted_only_where_the_upload_stands(db: Transactions) -> None:
    upload = begin(db)
    append(db, upload, 0, b"abcd")
    with pytest.raises(OffsetMismatch) as refused:
        append(db, upload, 0, b"abcd")
    assert refused.value.facts["offset"] == 4
    with pytest.raises(UploadLengthInvalid):
        append(db, upload, 4, b"more than its length")
    assert append(db, upload, 4, b"efghij").offset == 10


def test_of_two_that_append_at_once_one_is_refused(db: Transactions) -> None:
    upload = begin(db)

    def advance(_: int) -> str:
        try:
            with db.transaction() as session:
                uploading.advance(session, upload.id, ADA, start=0, end=5)
        except ServiceError as error:
            return error.code
        return "ok"

    assert sorted(eventlet.GreenPool(8).imap(advance, range(8))) == ["offset_mismatch"] * 7 + ["ok"]


def test_nobody_sees_anothers_upload(db: Transactions) -> None:
    upload = begin(db)
    for action in (uploading.find, uploading.lock):
        with db.reading() as session, pytest.raises(UnknownUpload):
            action(session, upload.id, BOB)
    with db.transaction() as session:
        uploading.end(session, upload.id, BOB)
    assert reserved(db, ADA) == 10


def test_a_length_may_come_later_and_only_once(db: Transactions) -> None:
    upload = begin(db, length=None)
    append(db, upload, 0, b"abcd")
    assert reserved(db, ADA) == 4
    with db.transaction() as session, pytest.raises(UploadLengthInvalid):
        uploading.declare_length(session, upload.id, ADA, 3)
    for _ in range(2):
        with db.transaction() as session:
            uploading.declare_length(session, upload.id, ADA, 9)
    assert reserved(db, ADA) == 9
    with db.transaction() as session, pytest.raises(UploadLengthInvalid):
        uploading.declare_length(session, upload.id, ADA, 10)
    with db.transaction() as session, pytest.raises(UploadLengthInvalid):
        uploading.advance(session, upload.id, ADA, start=4, end=10)


def test_an_upload_without_a_length_cannot_outgrow_limit_and_quota(db: Transactions) -> None:
    upload = begin(db, length=None)
    with db.transaction() as session:
        uploading.advance(session, upload.id, ADA, start=0, end=800)
    with db.transaction() as session, pytest.raises(MediaTooLarge):
        uploading.advance(session, upload.id, ADA, start=800, end=801)
    other = begin(db, length=None)
    with db.transaction() as session, pytest.raises(QuotaExceeded):
        uploading.advance(session, other.id, ADA, start=0, end=201)
    assert reserved(db, ADA) == 800


def test_a_media_has_a_largest_size(db: Transactions) -> None:
    with pytest.raises(MediaTooLarge):
        begin(db, length=801)
    assert reserved(db, ADA) == 0


def test_reservations_never_exceed_the_quota_however_many_begin_at_once(db: Transactions) -> None:
    def attempt(_: int) -> str:
        try:
            begin(db, length=300)
        except ServiceError as error:
            return error.code
        return "ok"

    outcomes = sorted(eventlet.GreenPool(8).imap(attempt, range(8)))
    assert outcomes == ["ok"] * 3 + ["quota_exceeded"] * 5
    assert reserved(db, ADA) == 900


def test_unfinished_uploads_have_a_number(db: Transactions) -> None:
    for _ in range(5):
        begin(db, length=1)
    with pytest.raises(TooManyUploads):
        begin(db, length=1)
    begin(db, BOB, length=1)


def test_ending_gives_everything_back_however_often(db: Transactions) -> None:
    upload = begin(db)
    for _ in range(2):
        with db.transaction() as session:
            uploading.end(session, upload.id, ADA)
    assert reserved(db, ADA) == 0
    with db.reading() as session:
        assert session.get(Media, (ADA, upload.id)) is None
        assert accounting.differences(session) == []


def test_an_expired_upload_is_unknown(db: Transactions) -> None:
    upload = begin(db)
    with db.transaction() as session:
        session.execute(update(Upload).values(expires_at=datetime.now(UTC) - timedelta(seconds=1)))
    with db.reading() as session, pytest.raises(UnknownUpload):
        uploading.find(session, upload.id, ADA)


def test_parts_become_one_upload_once(db: Transactions) -> None:
    parts = []
    for content in (b"one ", b"two"):
        part = begin(db, length=len(content), partial=True)
        append(db, part, 0, content)
        parts.append(part.id)
    made = set()
    for _ in range(2):
        with db.transaction() as session:
            final = uploading.begin_final(session, ADA, part_ids=parts, metadata={"filename": "a.txt"})
            made.add(final.id)
            assert (final.length, final.offset) == (7, 7)
            assert uploading.is_complete(final)
    assert len(made) == 1
    assert reserved(db, ADA) == 7
    with db.reading() as session:
        assert session.query(Media).count() == 1
        assert accounting.differences(session) == []


def test_only_finished_parts_of_ones_own_are_put_together(db: Transactions, files: LocalStorage) -> None:
    unfinished = begin(db, partial=True)
    whole = receive(db, ADA, b"whole")
    other = begin(db, BOB, length=1, partial=True)
    append(db, other, 0, b"x")
    for parts in ([], [unfinished.id], [whole.id], [other.id], [new_id()], [unfinished.id, unfinished.id]):
        with db.transaction() as session, pytest.raises(ConcatenationInvalid):
            uploading.begin_final(session, ADA, part_ids=parts)
