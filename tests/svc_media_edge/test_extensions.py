"""The extensions of tus 1.0.0, one after the other, and the limits."""

from __future__ import annotations

import os
from collections.abc import Callable
from email.utils import parsedate_to_datetime
from pathlib import Path
from typing import Any

import pytest
from edge_client import OFFSET_STREAM, Client, checksum, pairs
from sqlalchemy import text

QuotaOf = Callable[[str], tuple[int, int]]


# creation-with-upload


def test_a_file_can_come_with_its_creation(ana: Client) -> None:
    data = os.urandom(50_000)
    reply = ana.tus("POST", "/uploads", data, Upload_Length=str(len(data)), Content_Type=OFFSET_STREAM)
    assert (reply.status, reply.offset) == (201, len(data))
    assert reply.headers["Location"] == f"/uploads/{reply.headers['Charla-Media-Id']}"
    assert ana.read(reply.headers["Charla-Media-Id"]).raw == data


def test_the_beginning_of_a_file_can_come_with_its_creation(ana: Client) -> None:
    reply = ana.tus("POST", "/uploads", b"12345", Upload_Length="8", Content_Type=OFFSET_STREAM)
    assert (reply.status, reply.offset) == (201, 5)
    assert ana.patch(reply.headers["Location"], 5, b"678").headers["Charla-Media-State"] == "queued"


def test_what_is_refused_at_its_creation_leaves_nothing(ana: Client, quota_of: QuotaOf, media_dir: Path) -> None:
    before = set((media_dir / "uploads").iterdir())
    headers = {"Upload_Length": "5", "Content_Type": OFFSET_STREAM}
    assert ana.tus("POST", "/uploads", b"1234567", **headers).code == "upload_length_invalid"
    reply = ana.tus("POST", "/uploads", b"12345", **headers, Upload_Checksum=checksum("sha1", b"54321"))
    assert (reply.status, reply.code) == (460, "checksum_mismatch")
    assert ana.tus("POST", "/uploads", b"12345", Upload_Length="5", Content_Type="text/plain").status == 415
    assert quota_of(ana.user_id) == (0, 0)
    assert set((media_dir / "uploads").iterdir()) <= before


# creation-defer-length


def test_the_length_may_come_later(ana: Client, quota_of: QuotaOf) -> None:
    path = ana.begin(None, Upload_Defer_Length="1")
    assert ana.head(path).headers["Upload-Defer-Length"] == "1"
    assert ana.patch(path, 0, b"12345").offset == 5
    assert quota_of(ana.user_id) == (0, 5)
    last = ana.patch(path, 5, b"678", Upload_Length="8")
    assert (last.offset, last.headers["Charla-Media-State"]) == (8, "queued")
    assert quota_of(ana.user_id) == (8, 0)


def test_a_length_is_told_once(ana: Client) -> None:
    path = ana.begin(None, Upload_Defer_Length="1")
    ana.patch(path, 0, b"12345")
    assert ana.patch(path, 5, b"", Upload_Length="4").code == "upload_length_invalid"
    assert ana.patch(path, 5, b"", Upload_Length="10").status == 204
    assert ana.patch(path, 5, b"", Upload_Length="11").code == "upload_length_invalid"


# expiration


def test_an_upload_says_when_it_ends_and_lives_on_with_each_piece(ana: Client, database: Any) -> None:
    path = ana.begin(10)
    with database() as connection:
        connection.execute(text("UPDATE uploads SET expires_at = now() + interval '9 s' WHERE id = :id"), _id(path))
    soon = parsedate_to_datetime(ana.head(path).headers["Upload-Expires"])
    later = parsedate_to_datetime(ana.patch(path, 0, b"12345").headers["Upload-Expires"])
    assert (later - soon).total_seconds() > 3_600


def test_an_expired_upload_is_gone(ana: Client, database: Any) -> None:
    path = ana.begin(10)
    with database() as connection:
        connection.execute(text("UPDATE uploads SET expires_at = now() - interval '1 s' WHERE id = :id"), _id(path))
    assert ana.head(path).status == 410
    assert ana.patch(path, 0, b"12345").code == "upload_expired"


# checksum


@pytest.mark.parametrize("algorithm", ["sha1", "sha256"])
def test_bytes_with_their_checksum_are_taken(ana: Client, algorithm: str) -> None:
    data = os.urandom(600_000)
    path = ana.begin(len(data))
    assert ana.patch(path, 0, data[:7], Upload_Checksum=checksum(algorithm, data[:7])).offset == 7
    last = ana.patch(path, 7, data[7:], Upload_Checksum=checksum(algorithm, data[7:]))
    assert ana.read(last.headers["Charla-Media-Id"]).raw == data


def test_bytes_with_another_checksum_leave_nothing(ana: Client, media_dir: Path) -> None:
    data = os.urandom(1_000_000)
    path = ana.begin(2 * len(data))
    ana.patch(path, 0, data)
    reply = ana.patch(path, len(data), data, Upload_Checksum=checksum("sha256", b"others"))
    assert (reply.status, reply.code) == (460, "checksum_mismatch")
    assert ana.head(path).offset == len(data)
    assert (media_dir / path[1:]).stat().st_size == len(data)
    last = ana.patch(path, len(data), data, Upload_Checksum=checksum("sha256", data))
    assert ana.read(last.headers["Charla-Media-Id"]).raw == data + data


@pytest.mark.parametrize(
    ("value", "code"),
    [
        ("md5 1B2M2Y8AsgTpgAmY7PhCfg==", "checksum_unsupported"),
        ("sha1", "header_invalid"),
        ("sha1 !!!", "header_invalid"),
        ("sha256 2jmj7l5rSw0yVb/vlWAYkK/YBwk=", "header_invalid"),
        ("", "checksum_unsupported"),
    ],
)
def test_a_checksum_that_is_none_is_refused(ana: Client, value: str, code: str) -> None:
    path = ana.begin(10)
    reply = ana.patch(path, 0, b"12345", Upload_Checksum=value)
    assert (reply.status, reply.code) == (400, code)
    assert ana.head(path).offset == 0


# termination


def test_an_ended_upload_frees_what_it_took(ana: Client, quota_of: QuotaOf, media_dir: Path) -> None:
    path = ana.begin(1_000_000)
    ana.patch(path, 0, b"12345")
    assert quota_of(ana.user_id) == (0, 1_000_000)
    assert ana.tus("DELETE", path).status == 204
    assert quota_of(ana.user_id) == (0, 0)
    assert not (media_dir / path[1:]).exists()
    assert ana.head(path).status == 404
    assert ana.tus("DELETE", path).status == 404


def test_ending_an_upload_stops_who_sends_to_it(ana: Client, quota_of: QuotaOf, media_dir: Path) -> None:
    path = ana.begin(1_000_000)
    body = ana.slow_patch(path, 0, 1_000_000)
    body.send(b"x" * 10_000)
    assert ana.tus("DELETE", path).status == 204
    assert body.answer().status == 404
    assert not (media_dir / path[1:]).exists()
    assert quota_of(ana.user_id) == (0, 0)


def test_who_sends_hears_that_another_process_ended_the_upload(
    stack: Any, ana: Client, database: Any, media_dir: Path
) -> None:
    path = ana.begin(1_000_000)
    body = ana.slow_patch(path, 0, 1_000_000)
    body.send(b"x" * 10_000)
    assert stack.wait_for(lambda: (media_dir / path[1:]).exists())
    with database() as connection:
        connection.execute(text("DELETE FROM uploads WHERE id = :id"), _id(path))
        connection.execute(text("UPDATE quotas SET reserved_bytes = 0 WHERE user_id = :id"), {"id": ana.user_id})
    body.socket.settimeout(10)
    assert body.answer().status == 404


def test_a_stored_upload_is_a_media_and_ends_no_more(ana: Client) -> None:
    media_id = ana.upload(b"some bytes")
    assert ana.tus("DELETE", f"/uploads/{media_id}").status == 404
    assert ana.read(media_id).raw == b"some bytes"


# concatenation


def test_partial_uploads_become_one(ana: Client, quota_of: QuotaOf, media_dir: Path, edge_url: str) -> None:
    pieces = [os.urandom(70_000), os.urandom(1), os.urandom(300_000)]
    paths = []
    for piece in pieces:
        path = ana.begin(len(piece), Upload_Concat="partial")
        assert "Charla-Media-Id" not in ana.patch(path, 0, piece).headers
        assert ana.head(path).headers["Upload-Concat"] == "partial"
        paths.append(path)
    concat = f"final;{edge_url}{paths[0]} {paths[1]} {paths[2]}"
    reply = ana.tus("POST", "/uploads", Upload_Concat=concat, Upload_Metadata=pairs(filename="all.bin"))
    assert (reply.status, reply.offset) == (201, 370_001)
    assert ana.read(reply.headers["Charla-Media-Id"]).raw == b"".join(pieces)
    told = ana.head(reply.headers["Location"])
    assert told.headers["Upload-Concat"] == f"final;{' '.join(paths)}"
    assert (told.offset, told.headers["Upload-Length"]) == (370_001, "370001")
    assert not any((media_dir / path[1:]).exists() for path in paths)
    assert quota_of(ana.user_id) == (370_001, 0)


def test_a_final_upload_takes_no_bytes(ana: Client) -> None:
    part = ana.begin(5, Upload_Concat="partial")
    ana.patch(part, 0, b"12345")
    path = str(ana.tus("POST", "/uploads", Upload_Concat=f"final;{part}").headers["Location"])
    assert ana.patch(path, 5, b"6").status in {400, 403}
    assert ana.head(path).offset == 5


def test_what_cannot_be_put_together_is_refused(ana: Client, eve: Client) -> None:
    finished, unfinished = ana.begin(1, Upload_Concat="partial"), ana.begin(9, Upload_Concat="partial")
    whole, others = ana.begin(3), eve.begin(1, Upload_Concat="partial")
    ana.patch(finished, 0, b"1")
    eve.patch(others, 0, b"1")
    for rest in (unfinished, whole, others, f"{finished} {finished}", "", "/uploads/x", "https://evil/media/1"):
        reply = ana.tus("POST", "/uploads", Upload_Concat=f"final;{rest}")
        assert (reply.status, reply.code) == (400, "concatenation_invalid"), rest
    assert ana.tus("POST", "/uploads", Upload_Length="1", Upload_Concat="whole").code == "header_invalid"
    assert ana.tus("POST", "/uploads", Upload_Concat=f"final;{finished}").status == 201


# limits


def test_what_does_not_fit_into_the_quota_is_refused(ana: Client, database: Any, quota_of: QuotaOf) -> None:
    ana.begin(10)
    with database() as connection:
        connection.execute(text("UPDATE quotas SET limit_bytes = 100 WHERE user_id = :id"), {"id": ana.user_id})
    reply = ana.create(91)
    assert (reply.status, reply.code) == (413, "quota_exceeded")
    assert ana.create(90).status == 201
    assert quota_of(ana.user_id) == (0, 100)


def test_an_upload_without_a_length_stops_at_the_quota(ana: Client, database: Any) -> None:
    path = ana.begin(None, Upload_Defer_Length="1")
    with database() as connection:
        connection.execute(text("UPDATE quotas SET limit_bytes = 10 WHERE user_id = :id"), {"id": ana.user_id})
    assert ana.patch(path, 0, b"12345").status == 204
    reply = ana.patch(path, 5, b"123456")
    assert (reply.status, reply.code) == (413, "quota_exceeded")
    assert ana.head(path).offset == 5


def test_what_is_too_large_is_refused_before_any_byte_comes(ana: Client) -> None:
    most = int(ana.ask("OPTIONS", "/uploads").headers["Tus-Max-Size"])
    reply = ana.create(most + 1)
    assert (reply.status, reply.code) == (413, "media_too_large")
    body = ana.slow_patch(ana.begin(None, Upload_Defer_Length="1"), 0, most + 1)
    reply = body.answer()
    assert (reply.status, reply.code) == (413, "media_too_large")


def test_a_body_that_is_longer_than_the_upload_is_refused(ana: Client) -> None:
    path = ana.begin(5)
    assert ana.patch(path, 0, b"123456").code == "upload_length_invalid"
    assert ana.patch(path, 0, iter([b"123", b"456"])).code == "upload_length_invalid"
    assert ana.head(path).offset == 0
    assert ana.patch(path, 0, b"12345").status == 204


def _id(path: str) -> dict[str, str]:
    return {"id": path.rpartition("/")[2]}
