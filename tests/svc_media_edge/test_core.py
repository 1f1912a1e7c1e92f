"""tus 1.0.0: the core protocol and creation, through Nginx."""

from __future__ import annotations

import os
from uuid import uuid4

import pytest
from edge_client import OFFSET_STREAM, Client, pairs

#: What a media is once its bytes have come; its processing goes on meanwhile.
STORED = {"queued", "processing", "ready"}


def test_options_tells_what_the_server_can_do(nobody: Client) -> None:
    reply = nobody.ask("OPTIONS", "/uploads")
    assert reply.status == 204
    assert reply.headers["Tus-Version"] == "1.0.0"
    wanted = {"creation", "creation-with-upload", "expiration", "checksum", "termination", "concatenation"}
    assert wanted <= set(reply.headers["Tus-Extension"].split(","))
    assert set(reply.headers["Tus-Checksum-Algorithm"].split(",")) == {"sha1", "sha256"}
    assert int(reply.headers["Tus-Max-Size"]) > 0


def test_a_file_is_uploaded_in_pieces(ana: Client) -> None:
    data = os.urandom(300_000)
    path = ana.begin(len(data), Upload_Metadata=pairs(filename="noise.bin", filetype="application/octet-stream"))
    assert ana.head(path).offset == 0
    first = ana.patch(path, 0, data[:100_000])
    assert (first.status, first.offset) == (204, 100_000)
    assert "Upload-Expires" in first.headers
    halfway = ana.head(path)
    assert (halfway.offset, halfway.headers["Upload-Length"]) == (100_000, "300000")
    assert halfway.headers["Cache-Control"] == "no-store"
    last = ana.patch(path, 100_000, data[100_000:])
    assert (last.status, last.offset) == (204, 300_000)
    assert last.headers["Charla-Media-State"] == "queued"
    assert ana.read(last.headers["Charla-Media-Id"]).raw == data


def test_every_answer_of_tus_names_its_version(ana: Client) -> None:
    path = ana.begin(10)
    for reply in (ana.head(path), ana.patch(path, 0, b"12345"), ana.patch(path, 3, b"1"), ana.ask("HEAD", path)):
        assert reply.headers["Tus-Resumable"] == "1.0.0"


def test_metadata_comes_back(ana: Client) -> None:
    path = ana.begin(10, Upload_Metadata=f"{pairs(filename='año.txt')},is_confidential")
    assert ana.head(path).headers["Upload-Metadata"] == f"{pairs(filename='año.txt')},is_confidential"


@pytest.mark.parametrize("version", [None, "0.2.2", "1.0.1", "2.0.0", ""])
@pytest.mark.parametrize("method", ["POST", "HEAD", "PATCH", "DELETE"])
def test_another_version_is_refused(ana: Client, method: str, version: str | None) -> None:
    path = "/uploads" if method == "POST" else f"/uploads/{uuid4()}"
    reply = ana.ask(method, path, **({} if version is None else {"Tus_Resumable": version}))
    assert reply.status == 412
    assert reply.headers["Tus-Version"] == "1.0.0"


def test_bytes_at_another_offset_are_refused(ana: Client) -> None:
    path = ana.begin(10)
    ana.patch(path, 0, b"12345")
    for offset in (0, 4, 6, 10, 11):
        reply = ana.patch(path, offset, b"x")
        assert (reply.status, reply.code, reply.offset) == (409, "offset_mismatch", 5)
    assert ana.head(path).offset == 5


@pytest.mark.parametrize("value", ["-1", "", "x", "1.5", "0x10", "1e3", "99999999999999999999", "+1", "0,0"])
@pytest.mark.parametrize("name", ["Upload_Offset", "Upload_Length"])
def test_what_is_no_number_of_bytes_is_refused(ana: Client, name: str, value: str) -> None:
    if name == "Upload_Length":
        reply = ana.tus("POST", "/uploads", Upload_Length=value)
    else:
        reply = ana.patch(ana.begin(10), 0, b"x", Upload_Offset=value)
    assert (reply.status, reply.code) == (400, "header_invalid")


def test_an_offset_is_needed(ana: Client) -> None:
    reply = ana.tus("PATCH", ana.begin(10), b"x", Content_Type=OFFSET_STREAM)
    assert (reply.status, reply.code) == (400, "header_invalid")


@pytest.mark.parametrize(
    "headers", [{}, {"Upload_Length": "5", "Upload_Defer_Length": "1"}, {"Upload_Defer_Length": "2"}]
)
def test_a_length_is_needed_once(ana: Client, headers: dict[str, str]) -> None:
    reply = ana.tus("POST", "/uploads", **headers)
    assert (reply.status, reply.code) == (400, "header_invalid")


@pytest.mark.parametrize(
    "metadata",
    [
        "filename not-base64!",
        "filename YQ==,filename Yg==",
        ",a YQ==",
        "filename YQ== extra",
        "filename //79",  # not UTF-8
        "filename AGE=",  # NUL
        "ñ YQ==",
        ",",
        "a" * 101 + " YQ==",
        "filename " + "YWFh" * 1_001,
    ],
)
def test_metadata_that_is_none_is_refused(ana: Client, metadata: str) -> None:
    reply = ana.create(10, Upload_Metadata=metadata.encode().decode("latin-1"))
    assert (reply.status, reply.code) == (400, "header_invalid")


@pytest.mark.parametrize("type_", ["application/octet-stream", "", "application/json", "text/plain"])
def test_a_body_of_another_type_is_refused(ana: Client, type_: str) -> None:
    path = ana.begin(10)
    reply = ana.patch(path, 0, b"12345", Content_Type=type_)
    assert (reply.status, reply.code) == (415, "unsupported_media_type")
    assert ana.head(path).offset == 0


def test_anothers_upload_does_not_exist(ana: Client, eve: Client) -> None:
    path = ana.begin(10)
    for reply in (eve.head(path), eve.patch(path, 0, b"12345"), eve.tus("DELETE", path)):
        assert reply.status == 404
    assert ana.head(path).offset == 0
    assert eve.patch(path, 0, b"12345").code == "unknown_upload"


@pytest.mark.parametrize("path", ["/uploads/x", "/uploads/../media", "/uploads/00000000-0000-0000-0000-00000000000G"])
def test_what_is_no_id_is_no_path(ana: Client, path: str) -> None:
    assert ana.tus("HEAD", path).status == 404


def test_who_is_not_signed_in_uploads_nothing(nobody: Client, ana: Client) -> None:
    reply = nobody.create(10)
    assert (reply.status, reply.code) == (401, "unauthenticated")
    assert nobody.patch(ana.begin(10), 0, b"12345").status == 401
    reply = ana.create(10, Authorization="Bearer nonsense")
    assert (reply.status, reply.headers["WWW-Authenticate"]) == (401, 'Bearer error="invalid_token"')


def test_a_method_may_be_named_in_a_header(ana: Client) -> None:
    path = ana.begin(5)
    reply = ana.tus(
        "POST", path, b"12345", X_HTTP_Method_Override="PATCH", Upload_Offset="0", Content_Type=OFFSET_STREAM
    )
    assert (reply.status, reply.offset) == (204, 5)


def test_other_methods_are_refused(ana: Client) -> None:
    reply = ana.tus("PUT", ana.begin(5), b"12345")
    assert (reply.status, reply.code) == (405, "method_not_allowed")
    assert "PATCH" in reply.headers["Allow"]


def test_an_empty_piece_changes_nothing(ana: Client) -> None:
    path = ana.begin(10)
    reply = ana.patch(path, 0, b"")
    assert (reply.status, reply.offset) == (204, 0)


def test_who_lost_the_last_answer_learns_that_all_came(ana: Client) -> None:
    path = ana.begin(5)
    assert ana.patch(path, 0, b"12345").status == 204
    told = ana.head(path)
    assert (told.offset, told.headers["Upload-Length"]) == (5, "5")
    assert told.headers["Charla-Media-State"] in STORED
    again = ana.patch(path, 5, b"")
    assert (again.status, again.offset) == (204, 5)
    assert again.headers["Charla-Media-State"] in STORED
    assert ana.patch(path, 0, b"12345").code == "offset_mismatch"
    assert ana.patch(path, 5, b"6").code == "upload_length_invalid"


def test_bytes_sent_in_chunks_are_taken(ana: Client) -> None:
    data = os.urandom(700_000)
    path = ana.begin(len(data))
    reply = ana.patch(path, 0, iter([data[:1], data[1:400_000], data[400_000:]]))
    assert (reply.status, reply.offset) == (204, len(data))
    assert ana.read(reply.headers["Charla-Media-Id"]).raw == data


def test_an_empty_file_is_refused_once_it_is_looked_at(ana: Client) -> None:
    reply = ana.create(0)
    assert (reply.status, reply.headers["Charla-Media-State"]) == (201, "failed")
    assert reply.headers["Charla-Media-Error"] == "media_invalid"


def test_a_file_of_another_type_than_declared_is_refused(ana: Client) -> None:
    path = ana.begin(20, Upload_Metadata=pairs(filename="a.png", filetype="image/png"))
    reply = ana.patch(path, 0, b"%PDF-1.7 not a png..")
    assert (reply.status, reply.headers["Charla-Media-State"]) == (204, "failed")
    assert reply.headers["Charla-Media-Error"].startswith("media_type_")
