"""A picture and a film, from a connection that breaks to the other person's screen, and to the end of their access."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable
from io import BytesIO
from operator import itemgetter
from pathlib import Path
from typing import Any

import pytest
import requests
from PIL import Image

from tests.e2e.people import Person, Socket, eventually
from tests.e2e.uploading import SECRET, Upload, film, holiday_picture, origin, read

_STATES = ("uploading", "queued", "processing", "ready")

pytestmark = pytest.mark.timeout(240)


def _until_ready(screen: Socket, room: str, wanted: set[str]) -> dict[str, list[Any]]:
    """Return what a socket shows of each media until all are ready, by `ver`: frames overtake each other."""
    seen: dict[str, list[Any]] = {media_id: [] for media_id in wanted}
    for frame in screen.follow("media_event", 90.0):
        assert (frame["conv"], frame["type"]) == (room, "media.changed"), frame
        media = frame["data"]
        assert media["state"] != "failed", media
        seen[media["id"]].append(media)
        if all(any(each["state"] == "ready" for each in shown) for shown in seen.values()):
            break
    return {media_id: sorted(shown, key=itemgetter("ver")) for media_id, shown in seen.items()}


def _names(media: Any) -> set[str]:
    return {each["name"] for each in media["variants"]}


def _probe(url: str) -> Any:
    """Return what a player finds at an address: it reads by Range."""
    command = ["ffprobe", "-v", "error", "-show_entries", "stream=codec_name,height", "-of", "json", url]
    done = subprocess.run(command, capture_output=True, check=True)  # noqa: S603 - our own arguments
    return json.loads(done.stdout)["streams"]


def test_a_picture_and_a_film_reach_the_other_person(
    ana: Person, ben: Person, person: Callable[[str], Person], room: str, screen: Socket, tmp_path: Path
) -> None:
    picture = Upload(ana, holiday_picture(tmp_path / "sea.jpg"), "sea.jpg", "image/jpeg")
    clip = Upload(ana, film(tmp_path / "waves.mp4"), "waves.mp4", "video/mp4")

    # The message is sent at once, before a byte of them has come.
    sent = ana.write(room, "Look!", media_ids=[picture.id, clip.id])
    assert sent.status_code == 201, sent.text
    shown = screen.next("message.created")["data"]
    assert (shown["id"], shown["media_ids"]) == (sent.json()["id"], [picture.id, clip.id])

    # Both come in pieces, and the connection breaks in the middle of one.
    for upload in (picture, clip):
        assert upload.patch(1_000).status_code == 204
        upload.drop_in(len(upload.content) * 3 // 4)
        done = upload.go_on(beyond=1_000)
        assert (done.status_code, done.headers["Charla-Media-State"]) == (204, "queued"), done.text

    seen = _until_ready(screen, room, {picture.id, clip.id})
    for shown_states in seen.values():
        order = [_STATES.index(media["state"]) for media in shown_states]
        assert order == sorted(order), shown_states
    # A picture may be ready before the room hears that a message carries it.
    assert "processing" in {media["state"] for media in seen[clip.id]}

    _check_picture(ben, seen[picture.id][-1])
    _check_film(ben, seen[clip.id][-1])

    looked_up = ben.ask("POST", "/media/lookup", {"ids": [picture.id, clip.id]}).json()["items"]
    assert looked_up == [seen[picture.id][-1], seen[clip.id][-1]]

    eve = person("eve")
    for media_id in (picture.id, clip.id):
        assert eve.ask("GET", f"/media/{media_id}").status_code == 404
        assert eve.ask("POST", f"/media/{media_id}/link").status_code == 404
        assert read(media_id, "original", eve).status_code == 404
        assert read(media_id).status_code == 401
    assert eve.ask("POST", "/media/lookup", {"ids": [picture.id, clip.id]}).json()["items"] == []


def _check_picture(reader: Person, media: Any) -> None:
    """It stands upright, has thumbnails, and says nothing of where it was taken."""
    assert (media["kind"], media["width"], media["height"]) == ("picture", 800, 1200)
    assert media["thumbhash"]
    thumbnails = {name for name in _names(media) if name.startswith("thumb_")}
    assert {name.rpartition(".")[2] for name in thumbnails} == {"webp", "jpg"}
    for name in ("original", *thumbnails):
        answer = read(media["id"], name, reader)
        assert answer.status_code == 200, answer.text
        assert SECRET.encode() not in answer.content
        with Image.open(BytesIO(answer.content)) as image:
            assert len(image.getexif()) == 0
            assert image.width < image.height


def _check_film(reader: Person, media: Any) -> None:
    """It has a poster and a preview, and plays by Range."""
    assert media["kind"] == "video"
    assert media["duration_s"] == pytest.approx(3.0, abs=0.3)
    assert {"poster.webp", "poster.jpg", "preview", "video_360", "video_720"} <= _names(media)
    with Image.open(BytesIO(read(media["id"], "poster.jpg", reader).content)) as poster:
        assert poster.format == "JPEG"
    whole = read(media["id"], "video_360", reader)
    part = read(media["id"], "video_360", reader, Range="bytes=100-299")
    assert (part.status_code, part.content) == (206, whole.content[100:300])
    assert part.headers["Content-Range"] == f"bytes 100-299/{len(whole.content)}"
    link = reader.ask("POST", f"/media/{media['id']}/link").json()
    streams = _probe(f"{origin()}/media/{media['id']}/video_360?t={link['token']}")
    assert [(each["codec_name"], each.get("height")) for each in streams] == [("h264", 360), ("aac", None)]


def test_access_ends_with_the_place_in_the_conversation(ana: Person, ben: Person, room: str, tmp_path: Path) -> None:
    upload = Upload(ana, holiday_picture(tmp_path / "sea.jpg"), "sea.jpg", "image/jpeg")
    assert upload.patch().status_code == 204
    assert ana.write(room, "Look!", media_ids=[upload.id]).status_code == 201
    eventually(lambda: read(upload.id, "original", ben).status_code == 200, 60)
    link = ben.ask("POST", f"/media/{upload.id}/link").json()["url"]
    assert requests.get(link, timeout=60).status_code == 200

    assert ana.ask("DELETE", f"/conversations/{room}/members/{ben.id}").status_code == 204
    ways = (
        lambda: read(upload.id, "original", ben).status_code,
        lambda: requests.get(link, timeout=60).status_code,
        lambda: ben.ask("GET", f"/media/{upload.id}").status_code,
    )
    eventually(lambda: [way() for way in ways] == [404, 404, 404])
    assert read(upload.id, "original", ana).status_code == 200


def test_a_deleted_media_is_gone_for_everybody_live(
    ana: Person, ben: Person, room: str, screen: Socket, tmp_path: Path
) -> None:
    upload = Upload(ana, holiday_picture(tmp_path / "sea.jpg"), "sea.jpg", "image/jpeg")
    assert upload.patch().status_code == 204
    assert ana.write(room, "Look!", media_ids=[upload.id]).status_code == 201
    _until_ready(screen, room, {upload.id})
    assert ana.ask("DELETE", f"/media/{upload.id}").status_code == 204
    frame = screen.next("media.removed")
    assert (frame["t"], frame["conv"], frame["data"]) == ("media_event", room, {"id": upload.id})
    eventually(lambda: [read(upload.id, "original", reader).status_code for reader in (ana, ben)] == [404, 404])
