"""From an upload to a ready media, through the running stack; also where a part of it dies in the middle."""

from __future__ import annotations

import os
import signal
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from kombu import Connection, Exchange, Queue
from sqlalchemy import create_engine, text

from contracts.media import MediaStored
from fuzz import corpus
from plumbing import codec
from plumbing.identity import TokenSigner
from stack.running import RunningStack, load
from tests.svc_media_edge.edge_client import Client

pytestmark = [pytest.mark.stack, pytest.mark.slow, pytest.mark.faults]
Row = dict[str, Any]


class Events:
    """What svc_media tells, heard on a queue of the test's own."""

    def __init__(self, uri: str) -> None:
        self._connection = Connection(uri)
        exchange = Exchange("media.events", type="topic", durable=True, no_declare=True)
        self._queue = Queue("", exchange, "#", exclusive=True, auto_delete=True)(self._connection.default_channel)
        self._queue.declare()
        self._heard: list[Row] = []

    def of(self, media_id: str) -> Counter[str]:
        while (message := self._queue.get(no_ack=True)) is not None:
            event = codec.decode(message.body)
            self._heard.append({**event, "name": message.delivery_info["routing_key"]})
        return Counter(each["name"].partition(".")[0] for each in self._heard if each["media_id"] == media_id)

    def close(self) -> None:
        self._connection.release()


class Place:
    """The running stack as seen by Ana, who sends things, and by an operator."""

    def __init__(self, stack: RunningStack) -> None:
        self.stack, values = stack, stack.env("media-edge")
        self.folder = Path(values["MEDIA_DIR"])
        self._engine = create_engine(values["DATABASE_URL"])
        self.events = Events(stack.env("ops")["AMQP_URI"])
        user_id = os.urandom(16).hex()
        user_id = f"{user_id[:8]}-{user_id[8:12]}-7{user_id[13:16]}-8{user_id[17:20]}-{user_id[20:]}"
        claims = {"aud": values["TOKEN_AUDIENCE"], "sub": user_id, "sid": user_id, "roles": ["user"], "jti": user_id}
        token = TokenSigner(Path(values["KEYS_DIR"]) / "auth", values["AUTH_ISSUER"]).sign(claims, 1_800)
        self.ana = Client(f"http://127.0.0.1:{stack.ports['media-http']}", user_id, token)

    def close(self) -> None:
        self.events.close()
        self._engine.dispose()

    def reconnect(self) -> None:
        """Forget connections that died with their server."""
        self._engine.dispose()

    def send(self, content: bytes, mime: str) -> str:
        return self.ana.upload(content, filename="sent", filetype=mime).rpartition("/")[2]

    def rows(self, sql: str, **values: object) -> list[Row]:
        with self._engine.begin() as connection:
            return [dict(row) for row in connection.execute(text(sql), values).mappings()]

    def media(self, media_id: str) -> Row:
        return self.rows("SELECT * FROM media WHERE id = :id", id=media_id)[0]

    def variants(self, media_id: str) -> list[str]:
        found = self.rows("SELECT name FROM variants WHERE media_id = :id ORDER BY name", id=media_id)
        return [row["name"] for row in found]

    def wait(self, media_id: str, fact: Callable[[Row], bool], seconds: float = 90) -> Row:
        assert self.stack.wait_for(lambda: fact(self.media(media_id)), seconds), self.media(media_id)
        return self.media(media_id)

    def ended(self, media_id: str) -> Row:
        return self.wait(media_id, lambda row: row["state"] in ("ready", "failed"))


@pytest.fixture(scope="module")
def place() -> Iterator[Place]:
    stack = load(os.environ.get("CHARLA_RUN_DIR"))
    stack.wait_until_ready("media-edge", "media-relay", "media-worker", "media-celery", "media-celery-long")
    place = Place(stack)
    yield place
    place.close()


@pytest.fixture
def film(tmp_path: Path) -> bytes:
    """Long enough to be killed in the middle of it."""
    return corpus.film(tmp_path / "film.mp4", seconds=40, size="640x480").read_bytes()


def children(pid: int) -> list[int]:
    return [int(each) for each in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


def test_a_picture_becomes_ready(place: Place) -> None:
    media_id = place.send(corpus.jpeg(800, 600, comment=b"where it was taken"), "image/jpeg")
    media = place.ended(media_id)
    assert (media["state"], media["kind"], media["width"], media["error"]) == ("ready", "picture", 800, None)
    wanted = [f"thumb_{side}.{form}" for side in (1280, 160, 640) for form in ("jpg", "webp")]
    assert place.variants(media_id) == sorted(wanted)
    kept = place.folder / "blobs" / media["sha256"][:2] / media["sha256"]
    assert b"where it was taken" not in kept.read_bytes()
    assert place.stack.wait_for(lambda: place.events.of(media_id) == {"media_stored": 1, "media_processed": 1})


def test_a_film_is_seen_before_it_can_be_played(place: Place, film: bytes) -> None:
    media_id = place.send(film, "video/mp4")
    early = place.wait(media_id, lambda row: row["thumbhash"] is not None)
    assert early["state"] in ("queued", "processing")
    assert (early["width"], early["height"]) == (640, 480)
    assert "poster.jpg" in place.variants(media_id)
    assert place.wait(media_id, lambda row: 0 < row["progress"] < 100)["state"] == "processing"
    assert place.ended(media_id)["state"] == "ready"
    names = place.variants(media_id)
    assert {"poster.jpg", "poster.webp", "preview", "video_360"} <= set(names)
    once = {"media_stored": 1, "video_queued": 1, "media_processed": 1}
    assert place.stack.wait_for(lambda: place.events.of(media_id) == once)


def test_a_recording_of_a_browser_does_not_wait_behind_films(place: Place, film: bytes, tmp_path: Path) -> None:
    """Browsers record sound into WebM, which is a container of films."""
    busy = place.send(film + os.urandom(8), "video/mp4")
    place.wait(busy, lambda row: row["progress"] > 0)
    sound = corpus.tone(tmp_path / "voice.webm", "-c:a", "libopus", "-f", "webm", "-live", "1").read_bytes()
    media_id = place.send(sound, "audio/webm;codecs=opus")
    assert place.media(media_id)["kind"] == "voice"
    media = place.ended(media_id)
    assert (media["state"], media["kind"], media["mime"]) == ("ready", "voice", "audio/ogg")
    assert place.media(busy)["state"] == "processing"
    assert place.stack.wait_for(lambda: place.events.of(media_id) == {"media_stored": 1, "media_processed": 1})


def test_a_film_that_is_said_to_be_a_sound_waits_with_the_films(place: Place, tmp_path: Path) -> None:
    source = corpus.film(tmp_path / "film.webm", "-c:v", "libvpx", "-c:a", "libopus", seconds=1)
    media_id = place.send(source.read_bytes() + os.urandom(8), "audio/webm")
    media = place.ended(media_id)
    assert (media["state"], media["kind"], media["mime"]) == ("ready", "video", "video/mp4")
    once = {"media_stored": 1, "video_queued": 1, "media_processed": 1}
    assert place.stack.wait_for(lambda: place.events.of(media_id) == once)


def test_a_file_made_to_do_harm_fails_and_the_next_one_is_served(place: Place) -> None:
    bomb, picture = place.send(corpus.huge_png(), "image/png"), place.send(corpus.jpeg(), "image/jpeg")
    assert (place.ended(bomb)["state"], place.ended(bomb)["error"]) == ("failed", "picture_too_large")
    assert place.ended(picture)["state"] == "ready"
    assert place.stack.wait_for(lambda: place.events.of(bomb)["media_failed"] == 1)
    assert not list((place.folder / "work").iterdir())


def test_what_was_processed_is_left_alone(place: Place) -> None:
    """A task that is delivered once more changes nothing."""
    media_id = place.send(corpus.jpeg(900, 500), "image/jpeg")
    before = place.ended(media_id)
    stored = MediaStored(
        media_id=media_id, owner_id=before["owner_id"], kind="picture", ver=before["ver"], mime="image/jpeg", size=1
    )
    with Connection(place.stack.env("ops")["AMQP_URI"]) as connection:
        producer = connection.Producer(serializer="json")
        body = codec.decode(codec.encode(stored))
        producer.publish(body, exchange="media.events", routing_key="media_stored")
    after = place.send(corpus.jpeg(901, 500), "image/jpeg")  # queued behind it
    place.ended(after)
    assert place.media(media_id) == before


@pytest.mark.parametrize("victim", ["worker", "its child", "its sandbox"])
def test_a_film_whose_worker_is_killed_is_processed_to_the_end_once(place: Place, film: bytes, victim: str) -> None:
    unique = film + os.urandom(8)
    media_id = place.send(unique, "video/mp4")
    place.wait(media_id, lambda row: row["progress"] > 0)
    worker = place.stack.pid("media-celery-long")
    child = children(worker)[0]
    sandbox = children(child)[0]
    os.kill({"worker": worker, "its child": child, "its sandbox": sandbox}[victim], signal.SIGKILL)
    media = place.ended(media_id)
    assert (media["state"], media["attempts"]) == ("ready", 2)
    names = place.variants(media_id)
    assert len(names) == len(set(names))
    assert {"poster.jpg", "preview", "video_360"} <= set(names)
    once = {"media_stored": 1, "video_queued": 1, "media_processed": 1}
    assert place.stack.wait_for(lambda: place.events.of(media_id) == once)
    place.stack.wait_until_ready("media-celery-long")


def test_a_film_is_processed_once_although_the_database_dies_in_the_middle(place: Place, film: bytes) -> None:
    media_id = place.send(film + os.urandom(8), "video/mp4")
    place.wait(media_id, lambda row: row["progress"] > 0)
    place.stack.kill("postgres")
    place.stack.wait_until_ready(seconds=120)
    place.reconnect()
    assert place.ended(media_id)["state"] == "ready"
    once = {"media_stored": 1, "video_queued": 1, "media_processed": 1}
    assert place.stack.wait_for(lambda: place.events.of(media_id) == once)


def test_a_film_is_processed_once_although_the_broker_dies_in_the_middle(place: Place, film: bytes) -> None:
    media_id = place.send(film + os.urandom(8), "video/mp4")
    place.wait(media_id, lambda row: row["progress"] > 0)
    place.stack.kill("rabbitmq")
    place.stack.wait_until_ready(seconds=120)
    media = place.ended(media_id)
    assert media["state"] == "ready"
    names = place.variants(media_id)
    assert len(names) == len(set(names))
    place.events.close()
    place.events = Events(place.stack.env("ops")["AMQP_URI"])


def test_a_worker_that_is_stopped_hands_its_film_back(place: Place, film: bytes) -> None:
    media_id = place.send(film + os.urandom(8), "video/mp4")
    place.wait(media_id, lambda row: row["progress"] > 0)
    place.stack.restart("media-celery-long")
    assert place.ended(media_id)["state"] == "ready"
    assert place.media(media_id)["attempts"] <= 2
