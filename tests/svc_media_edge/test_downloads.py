"""Reading media: ranges, conditions, who may, and what browsers are told."""

from __future__ import annotations

import hashlib
import os
import shutil
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from edge_client import PNG, Client, Reply

DATA = bytes(range(256)) * 40
SIZE = len(DATA)
#: A request that Nginx does not answer itself, so that the edge sends the bytes.
BY_EDGE = {"If_Match": "*"}


@pytest.fixture(scope="module")
def owner(new_client: Any) -> Client:
    client: Client = new_client()
    return client


@pytest.fixture(scope="module")
def media_id(owner: Client) -> str:
    return owner.upload(DATA, filename="café & co.bin")


@pytest.fixture(params=["nginx", "edge"])
def by(request: pytest.FixtureRequest) -> dict[str, str]:
    return {} if request.param == "nginx" else BY_EDGE


def _read(owner: Client, media_id: str, by: dict[str, str], **headers: str) -> Reply:
    return owner.read(media_id, **{**by, **headers})


RANGES = [
    ("bytes=0-0", (0, 0)),
    ("bytes=0-99", (0, 99)),
    ("bytes=100-", (100, SIZE - 1)),
    ("bytes=-1", (SIZE - 1, SIZE - 1)),
    ("bytes=-100", (SIZE - 100, SIZE - 1)),
    (f"bytes=-{SIZE * 2}", (0, SIZE - 1)),
    (f"bytes=0-{SIZE * 2}", (0, SIZE - 1)),
    (f"bytes={SIZE - 1}-", (SIZE - 1, SIZE - 1)),
    ("BYTES=1-2", (1, 2)),
    (f"bytes=5-9,{SIZE}-", (5, 9)),
]


@pytest.mark.parametrize(("header", "span"), RANGES)
def test_a_range_is_served(
    owner: Client, media_id: str, by: dict[str, str], header: str, span: tuple[int, int]
) -> None:
    reply = _read(owner, media_id, by, Range=header)
    first, last = span
    assert reply.status == 206
    assert reply.headers["Content-Range"] == f"bytes {first}-{last}/{SIZE}"
    assert reply.raw == DATA[first : last + 1]


@pytest.mark.parametrize(
    "header", ["bytes=0-1,3-4", "bytes=5-2", "bytes=", "bytes=a-b", "bytes=--1", "lines=0-5", "0-5"]
)
def test_what_is_not_one_range_gets_the_whole(owner: Client, media_id: str, by: dict[str, str], header: str) -> None:
    reply = _read(owner, media_id, by, Range=header)
    assert (reply.status, reply.raw) == (200, DATA)
    assert reply.headers["Accept-Ranges"] == "bytes"


@pytest.mark.parametrize(
    "header", [f"bytes={SIZE}-", f"bytes={SIZE}-{SIZE + 5}", "bytes=-0", f"bytes={SIZE}-,{SIZE + 1}-"]
)
def test_a_range_behind_the_end_is_told(owner: Client, media_id: str, by: dict[str, str], header: str) -> None:
    reply = _read(owner, media_id, by, Range=header)
    assert (reply.status, reply.code) == (416, "range_not_satisfiable")
    assert reply.headers["Content-Range"] == f"bytes */{SIZE}"


def test_head_tells_what_get_would(owner: Client, media_id: str, by: dict[str, str]) -> None:
    head, get = owner.ask("HEAD", f"/media/{media_id}", **by), _read(owner, media_id, by)
    assert (head.status, head.raw) == (200, b"")
    for name in ("Content-Length", "Content-Type", "ETag", "Last-Modified", "Content-Disposition", "Cache-Control"):
        assert head.headers[name] == get.headers[name]


def test_who_has_it_already_gets_nothing(owner: Client, media_id: str) -> None:
    first = owner.read(media_id)
    for etag in (first.headers["ETag"], f"W/{first.headers['ETag']}", f'"x", {first.headers["ETag"]}', "*"):
        reply = owner.read(media_id, If_None_Match=etag)
        assert (reply.status, reply.raw, reply.headers["ETag"]) == (304, b"", first.headers["ETag"])
    assert owner.read(media_id, If_Modified_Since=first.headers["Last-Modified"]).status == 304
    assert owner.read(media_id, If_None_Match='"x"', If_Modified_Since=first.headers["Last-Modified"]).raw == DATA
    assert owner.read(media_id, If_Modified_Since="Mon, 01 Jan 2001 00:00:00 GMT").raw == DATA


def test_who_wants_another_one_is_told(owner: Client, media_id: str) -> None:
    first = owner.read(media_id)
    assert owner.read(media_id, If_Match='"x"').code == "precondition_failed"
    assert owner.read(media_id, If_Match=first.headers["ETag"]).raw == DATA
    assert owner.read(media_id, If_Unmodified_Since="Mon, 01 Jan 2001 00:00:00 GMT").status == 412
    assert owner.read(media_id, If_Unmodified_Since=first.headers["Last-Modified"]).raw == DATA


@pytest.mark.parametrize("by_edge", [False, True])
def test_a_range_of_what_the_client_has_not_is_the_whole(owner: Client, media_id: str, by_edge: bool) -> None:
    by = BY_EDGE if by_edge else {}
    first = owner.read(media_id)
    for fits in (first.headers["ETag"], first.headers["Last-Modified"]):
        assert _read(owner, media_id, by, Range="bytes=0-9", If_Range=fits).raw == DATA[:10]
    for other in ('"x"', f"W/{first.headers['ETag']}", "Mon, 01 Jan 2001 00:00:00 GMT"):
        assert _read(owner, media_id, by, Range="bytes=0-9", If_Range=other).raw == DATA
        assert _read(owner, media_id, by, Range=f"bytes={SIZE}-", If_Range=other).raw == DATA


def test_nothing_in_a_file_can_act_as_the_application(owner: Client, media_id: str, by: dict[str, str]) -> None:
    for headers in ({}, {"Range": "bytes=0-9"}):
        reply = _read(owner, media_id, by, **headers)
        assert reply.headers["X-Content-Type-Options"] == "nosniff"
        assert "sandbox" in reply.headers["Content-Security-Policy"]
        assert "default-src 'none'" in reply.headers["Content-Security-Policy"]
        assert reply.headers["Content-Type"] == "application/octet-stream"
        assert reply.headers["Cache-Control"].startswith("private")
        assert "Set-Cookie" not in reply.headers
        assert "X-Accel-Redirect" not in reply.headers


def test_names_survive_in_both_forms(owner: Client, media_id: str) -> None:
    found = owner.read(media_id).headers["Content-Disposition"]
    assert found == "attachment; filename=\"caf_ & co.bin\"; filename*=UTF-8''caf%C3%A9%20%26%20co.bin"


def test_a_page_is_saved_and_never_shown(owner: Client) -> None:
    page = b"<!doctype html><script>alert(1)</script>"
    path = owner.begin(len(page))
    reply = owner.patch(path, 0, page)
    if reply.headers["Charla-Media-State"] == "failed":
        return  # its content is refused as such
    shown = owner.read(reply.headers["Charla-Media-Id"])
    assert shown.headers["Content-Type"] == "application/octet-stream"
    assert shown.headers["Content-Disposition"].startswith("attachment")


def test_a_picture_is_shown(owner: Client) -> None:
    media_id = owner.upload(PNG + b"...", filename="a.png", filetype="image/png")
    reply = owner.read(media_id)
    assert reply.headers["Content-Type"] == "image/png"
    assert reply.headers["Content-Disposition"] == 'inline; filename="a.png"'


def test_bytes_that_nobody_knows_are_not_saved_as_a_picture(owner: Client, by: dict[str, str]) -> None:
    media_id = owner.upload(DATA, filename="picture.jpg")
    assert _read(owner, media_id, by).headers["Content-Disposition"] == 'attachment; filename="picture.jpg.bin"'


def test_a_page_of_ours_has_its_browser_forget(stack: Any, nobody: Client) -> None:
    app = stack.env("media-edge")["PUBLIC_URL"]
    told = nobody.ask("POST", "/media/forget", Origin=app)
    assert (told.status, told.headers["Clear-Site-Data"], told.raw) == (204, '"cache"', b"")
    for headers in ({"Origin": "https://evil.example"}, {"Origin": "null"}, {}):
        refused = nobody.ask("POST", "/media/forget", **headers)
        assert (refused.status, refused.code) == (403, "origin_refused")
        assert "Clear-Site-Data" not in refused.headers
    assert "Clear-Site-Data" not in nobody.ask("GET", "/media/forget", Origin=app).headers


def test_a_file_larger_than_any_buffer_comes_whole(owner: Client, by: dict[str, str]) -> None:
    data = os.urandom(3_000_000)
    media_id = owner.upload(data)
    assert _read(owner, media_id, by).raw == data
    assert _read(owner, media_id, by, Range="bytes=1000000-2999998").raw == data[1_000_000:2_999_999]


# who may


def test_what_one_may_not_read_does_not_exist(owner: Client, media_id: str, eve: Client, nobody: Client) -> None:
    assert (eve.read(media_id).status, eve.read(media_id).code) == (404, "unknown_media")
    assert eve.read(str(uuid4())).code == "unknown_media"
    assert nobody.read(media_id).status == 401
    assert owner.read(media_id, "thumb_320.webp").code in {"media_not_ready", "unknown_variant"}
    assert owner.read(media_id, "no/such").status == 404
    assert owner.ask("POST", f"/media/{media_id}").status == 405


def test_a_media_whose_bytes_have_not_come_is_not_ready(ana: Client) -> None:
    reply = ana.read(ana.begin(10).rpartition("/")[2])
    assert (reply.status, reply.code) == (409, "media_not_ready")


def test_a_link_reads_one_media_for_its_person(stack: Any, owner: Client, media_id: str, nobody: Client) -> None:
    show, save, foreign, eves = _links(stack, media_id, owner.user_id)
    assert nobody.ask("GET", f"/media/{media_id}/original?t={show}").raw == DATA
    saved = nobody.ask("GET", f"/media/{media_id}?t={save}")
    assert saved.headers["Content-Disposition"].startswith("attachment")
    assert nobody.ask("GET", f"/media/{media_id}?t={foreign}").code == "link_invalid"
    assert nobody.ask("GET", f"/media/{media_id}?t={show[:-2]}xx").status == 403
    assert nobody.ask("GET", f"/media/{media_id}?t=").status == 401
    assert nobody.ask("GET", f"/media/{media_id}?t={eves}").code == "unknown_media"


def test_a_link_ends(stack: Any, owner: Client, media_id: str, nobody: Client) -> None:
    (old,) = _in_service(stack, media_id, owner.user_id, _OLD)
    assert nobody.ask("GET", f"/media/{media_id}?t={old}").code == "link_invalid"


# other pages


def test_only_the_application_may_use_it_from_a_page(
    stack: Any, owner: Client, media_id: str, by: dict[str, str]
) -> None:
    app = stack.env("media-edge")["PUBLIC_URL"]
    allowed = _read(owner, media_id, by, Origin=app)
    assert allowed.headers["Access-Control-Allow-Origin"] == app
    assert "Content-Range" in allowed.headers["Access-Control-Expose-Headers"]
    assert "Origin" in allowed.headers["Vary"]
    assert "Access-Control-Allow-Origin" not in _read(owner, media_id, by, Origin="https://evil.example").headers


def test_a_browser_that_asks_before_learns_what_it_may_send(stack: Any, nobody: Client) -> None:
    app = stack.env("media-edge")["PUBLIC_URL"]
    asks = {"Access_Control_Request_Method": "PATCH", "Access_Control_Request_Headers": "upload-offset"}
    told = nobody.ask("OPTIONS", f"/uploads/{uuid4()}", Origin=app, **asks)
    assert (told.status, told.headers["Access-Control-Allow-Origin"]) == (204, app)
    assert "PATCH" in told.headers["Access-Control-Allow-Methods"]
    assert {"Upload-Offset", "Tus-Resumable", "Authorization"} <= set(
        told.headers["Access-Control-Allow-Headers"].split(", ")
    )
    other = nobody.ask("OPTIONS", f"/uploads/{uuid4()}", Origin="https://evil.example", **asks)
    assert "Access-Control-Allow-Methods" not in other.headers


def test_stored_files_cannot_be_asked_for_directly(nobody: Client, media_dir: Path) -> None:
    blob = next(each for each in (media_dir / "blobs").rglob("*") if each.is_file())
    reply = nobody.ask("GET", f"/_blobs/{blob.parent.name}/{blob.name}")
    assert (reply.status, reply.code) == (404, "unknown_path")
    assert nobody.ask("GET", "/anything").code == "unknown_path"


def test_a_stored_file_that_is_missing_is_told_as_our_fault(
    owner: Client, media_dir: Path, tmp_path: Path, by: dict[str, str]
) -> None:
    data = os.urandom(1_000)
    media_id = owner.upload(data)
    digest = hashlib.sha256(data).hexdigest()
    blob, away = media_dir / "blobs" / digest[:2] / digest, tmp_path / digest
    shutil.move(blob, away)
    try:
        reply = _read(owner, media_id, by)
    finally:
        shutil.move(away, blob)  # the books of this stack are looked at later
    assert (reply.status, reply.code) == (503, "storage_away")


_LINKS = """
from svc_media.links import sign
from uuid import uuid4
print(sign(media, user)["token"], sign(media, user, download=True)["token"], sign(str(uuid4()), user)["token"],
      sign(media, str(uuid4()))["token"])
"""
_OLD = """
import time
real, ago = time.time, time.time() - 1_000_000
time.time = lambda: ago
from svc_media.links import sign
print(sign(media, user)["token"])
"""


def _links(stack: Any, media_id: str, user_id: str) -> list[str]:
    return _in_service(stack, media_id, user_id, _LINKS)


def _in_service(stack: Any, media_id: str, user_id: str, code: str) -> list[str]:
    """Run a script with the settings of svc_media and return the words that it prints."""
    import subprocess
    import sys

    from stack.rundir import ROOT

    script = f"media, user = {media_id!r}, {user_id!r}\n{code}"
    done = subprocess.run(
        [sys.executable, "-c", script],
        cwd=ROOT,
        env=stack.env("media-edge"),
        capture_output=True,
        text=True,
        check=True,
    )
    return done.stdout.split()
