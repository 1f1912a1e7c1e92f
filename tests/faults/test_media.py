"""Media whose parts die: uploads resume, each file is processed to its end once, and the books fit the disk."""

from __future__ import annotations

import asyncio
import hashlib
import os
import secrets
import signal
import uuid
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import psutil
import pytest

from drill.faults import Fault, strike
from stack.running import RunningStack
from tests.e2e.people import Person, eventually
from tests.e2e.uploading import Upload, film, holiday_picture, read
from tests.faults.media_books import announced, books, followed

pytestmark = [pytest.mark.faults, pytest.mark.timeout(300)]

ENDED_S = 150.0
#: A film that takes so long to transcode that its worker can die in the middle.
FILM_S = 12.0
Strike = Callable[[RunningStack], None]


def _family(stack: RunningStack, program: str) -> list[psutil.Process]:
    master = psutil.Process(stack.pid(program))
    return [*master.children(recursive=True), master]


def _kill(processes: list[psutil.Process]) -> None:
    for each in processes:
        with suppress(psutil.NoSuchProcess):
            each.send_signal(signal.SIGKILL)


def _worker(stack: RunningStack) -> None:
    """The process that the supervisor knows; what it had begun is left without it."""
    os.kill(stack.pid("media-celery-long"), signal.SIGKILL)


def _whole_worker(stack: RunningStack) -> None:
    """With everything that it had begun, as if the machine had gone."""
    _kill(_family(stack, "media-celery-long"))


def _child(stack: RunningStack) -> None:
    """The child that has the task, as the kernel does to whoever takes too much memory."""
    _kill(psutil.Process(stack.pid("media-celery-long")).children())


def _broker(stack: RunningStack) -> None:
    asyncio.run(strike(stack, Fault("kill", "rabbitmq")))


STRIKES: dict[str, Strike] = {
    "worker": _worker, "whole worker": _whole_worker, "child": _child, "broker": _broker,
}  # fmt: skip


@pytest.fixture
def ana(stack: RunningStack) -> Person:
    return Person.register(stack.url, "ana")


@pytest.fixture
def on_record(stack: RunningStack) -> Iterator[None]:
    """Every event of media is written down."""
    with followed(stack):
        yield


def _media(person: Person, media_id: str) -> Any:
    """Return a media, or an empty dict while nobody can say."""
    answer = person.ask("GET", f"/media/{media_id}")
    return answer.json() if answer.status_code == 200 else {}


def _ended(person: Person, media_id: str) -> Any:
    """Return a media that has come to its end."""
    ends = ("ready", "failed")
    return eventually(
        lambda: media if (media := _media(person, media_id)).get("state") in ends else None, ENDED_S
    )  # fmt: skip


def _agree(found: dict[str, Any]) -> bool:
    return (
        found["differences"] == []
        and found["missing"] == []
        and (found["files"], found["file_bytes"]) == (found["blobs"], found["blob_bytes"])
    )


@pytest.mark.parametrize("victim", STRIKES)
def test_a_film_is_transcoded_to_its_end_once(
    victim: str, stack: RunningStack, ana: Person, on_record: None, tmp_path: Path
) -> None:
    upload = Upload(ana, film(tmp_path / "waves.mp4", FILM_S), "waves.mp4", "video/mp4")
    assert upload.patch().status_code == 204
    eventually(lambda: 0 < _media(ana, upload.id).get("progress", 0) < 90, ENDED_S)

    STRIKES[victim](stack)

    media = _ended(ana, upload.id)
    assert (media["state"], media["error"]) == ("ready", None)
    names = [each["name"] for each in media["variants"]]
    assert len(names) == len(set(names))
    assert {"poster.webp", "poster.jpg", "preview", "video_360", "video_720"} <= set(names)
    stack.wait_until_ready()
    assert announced(stack, upload.id) == ["media_processed", "media_stored", "video_queued"]
    for each in media["variants"]:
        assert len(read(upload.id, each["name"], ana).content) == each["size"]
    found = books(stack)
    assert _agree(found), found


def test_an_upload_goes_on_after_the_death_of_the_edge(
    stack: RunningStack, ana: Person, on_record: None
) -> None:  # fmt: skip
    content = secrets.token_bytes(24 * 1024 * 1024)
    upload = Upload(ana, content, "notes.bin", "application/octet-stream")
    assert upload.patch(1_000_000).status_code == 204
    with upload.half_sent(at=16 * 1024 * 1024):
        eventually(lambda: upload.offset > 1_000_000)
        _kill(_family(stack, "media-edge"))
    stack.wait_until_ready("media-edge")
    assert 1_000_000 < upload.offset < len(content)
    done = upload.go_on(beyond=0)
    assert (done.status_code, done.headers["Upload-Offset"]) == (204, str(len(content)))

    assert _ended(ana, upload.id)["state"] == "ready"
    whole = read(upload.id, "original", ana).content
    assert hashlib.sha256(whole).hexdigest() == hashlib.sha256(content).hexdigest()
    assert announced(stack, upload.id) == ["media_processed", "media_stored"]
    assert ana.get("/media/quota")["used_bytes"] == len(content)
    found = books(stack)
    assert _agree(found), found


def test_pictures_that_come_while_the_broker_is_away_are_processed_when_it_is_back(
    stack: RunningStack, ana: Person, on_record: None, tmp_path: Path
) -> None:
    stack.stop("rabbitmq")
    try:
        uploads = []
        for number in range(4):
            content = holiday_picture(tmp_path / f"{number}.jpg")
            uploads.append(Upload(ana, content, f"{number}.jpg", "image/jpeg"))
            assert uploads[-1].patch().headers["Charla-Media-State"] == "queued"
    finally:
        stack.start("rabbitmq")
    for upload in uploads:
        assert _ended(ana, upload.id)["state"] == "ready"
        assert announced(stack, upload.id) == ["media_processed", "media_stored"]
    stack.wait_until_ready()
    found = books(stack)
    assert _agree(found), found


def test_without_media_its_routes_answer_503_and_everything_else_goes_on(stack: RunningStack, ana: Person) -> None:
    room = ana.ask("POST", "/conversations", {"kind": "group", "title": "Alone", "member_ids": []}).json()["id"]
    upload = Upload(ana, b"some bytes of no kind", "notes.bin", "application/octet-stream")
    needs_it = (
        ("GET", "/media", None), ("GET", "/media/quota", None), ("GET", f"/media/{upload.id}", None),
        ("POST", "/media/lookup", {"ids": [upload.id]}), ("POST", "/link-previews", {"url": "https://example.org/"}),
        ("DELETE", f"/media/{uuid.uuid4()}", None),
    )  # fmt: skip
    stack.stop("media")
    try:
        for method, path, body in needs_it:
            answer = ana.ask(method, path, body)
            assert (answer.status_code, answer.headers["Retry-After"]) == (503, "1"), path
        sent = ana.write(room, "Does this go on?", media_ids=[upload.id])
        assert (sent.status_code, sent.json()["media_ids"]) == (201, [upload.id])
        assert ana.get(f"/conversations/{room}/messages")["items"][-1]["media_ids"] == [upload.id]
        assert upload.patch().status_code == 204  # the bytes have a door of their own
    finally:
        stack.start("media")
    assert _ended(ana, upload.id)["state"] == "ready"
