"""Uploads that run: twins, broken connections, restarts and kills in the middle, and what they cost."""

from __future__ import annotations

import fcntl
import hashlib
import os
import random
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import psutil
import pytest
from edge_client import Client
from sqlalchemy import text

MIB = 1024 * 1024

pytestmark = pytest.mark.faults
NewClient = Callable[[], Client]


def _durable(client: Client, path: str) -> int:
    return client.head(path).offset


@pytest.fixture
def written(database: Any) -> Callable[[str], int]:
    """Returns the offset of an upload's row, without the edge being asked (which would end a silent request)."""

    def look(path: str) -> int:
        with database() as connection:
            sql = text('SELECT "offset" FROM uploads WHERE id = :id')
            return int(connection.execute(sql, {"id": path.rpartition("/")[2]}).scalar_one())

    return look


def test_of_two_that_send_to_one_upload_one_wins(stack: Any, ana: Client, written: Callable[[str], int]) -> None:
    data = os.urandom(MIB)
    path = ana.begin(len(data))
    first = ana.slow_patch(path, 0, len(data))
    first.send(data[:400_000])
    assert stack.wait_for(lambda: written(path) == 400_000)
    second = ana.patch(path, 0, data)
    assert (second.status, second.code) == (423, "upload_locked")
    first.send(data[400_000:])
    done = first.answer()
    assert (done.status, int(done.headers["Upload-Offset"])) == (204, len(data))
    assert ana.read(done.headers["Charla-Media-Id"]).raw == data


def test_many_that_send_the_same_at_once_store_it_once(ana: Client) -> None:
    data = os.urandom(2 * MIB)
    path = ana.begin(len(data))
    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(lambda _: Client(ana.url, ana.user_id, ana.token).patch(path, 0, data).status, range(8)))
    assert found.count(204) == 1
    assert set(found) <= {204, 409, 423}
    assert ana.read(path.rpartition("/")[2]).raw == data


def test_another_process_that_holds_the_file_is_respected(ana: Client, media_dir: Path) -> None:
    path = ana.begin(10)
    ana.patch(path, 0, b"12345")
    with (media_dir / path[1:]).open("rb") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        assert ana.patch(path, 5, b"67890").status == 423
    assert ana.patch(path, 5, b"67890").status == 204


def test_who_hangs_up_in_the_middle_goes_on_where_it_broke(stack: Any, ana: Client, media_dir: Path) -> None:
    data = os.urandom(5 * MIB)
    path = ana.begin(len(data))
    body = ana.slow_patch(path, 0, len(data))
    body.send(data[: 3 * MIB])
    file = media_dir / path[1:]
    # What is still with Nginx when its client has gone never arrives.
    assert stack.wait_for(lambda: file.exists() and file.stat().st_size == 3 * MIB)
    body.hang_up()
    assert stack.wait_for(lambda: _durable(ana, path) == 3 * MIB)
    last = ana.patch(path, 3 * MIB, data[3 * MIB :])
    assert ana.read(last.headers["Charla-Media-Id"]).raw == data


def test_what_broke_off_with_a_checksum_is_not_kept(stack: Any, ana: Client, media_dir: Path) -> None:
    path = ana.begin(MIB)
    body = ana.slow_patch(path, 0, MIB, Upload_Checksum="sha1 2jmj7l5rSw0yVb/vlWAYkK/YBwk=")
    body.send(b"x" * 500_000)
    assert stack.wait_for(lambda: (media_dir / path[1:]).exists() and (media_dir / path[1:]).stat().st_size == 500_000)
    body.hang_up()
    assert stack.wait_for(lambda: ana.patch(path, 0, b"").status == 204)
    assert _durable(ana, path) == 0


def test_a_silent_connection_makes_way_for_its_successor(
    stack: Any, ana: Client, written: Callable[[str], int]
) -> None:
    """A phone that changed its network cannot tell the server that the old connection is dead."""
    data = os.urandom(MIB)
    path = ana.begin(len(data))
    old = ana.slow_patch(path, 0, len(data))
    old.send(data[:300_000])
    assert stack.wait_for(lambda: written(path) == 300_000)
    assert ana.patch(path, 300_000, b"").status == 423  # it may only be slow
    assert stack.wait_for(lambda: ana.patch(path, 300_000, b"").status == 204)
    last = ana.patch(path, 300_000, data[300_000:])
    assert last.status == 204
    assert ana.read(last.headers["Charla-Media-Id"]).raw == data
    old.hang_up()


def test_a_slow_upload_is_kept_as_it_comes(stack: Any, ana: Client, written: Callable[[str], int]) -> None:
    path = ana.begin(10 * MIB)
    body = ana.slow_patch(path, 0, 10 * MIB)

    def trickle() -> bool:
        body.send(b"x" * 1_000)
        return written(path) > 0

    assert stack.wait_for(trickle)
    body.hang_up()


def test_what_came_before_a_pause_is_kept_in_it(stack: Any, ana: Client, written: Callable[[str], int]) -> None:
    path = ana.begin(MIB)
    body = ana.slow_patch(path, 0, MIB)
    body.send(b"x" * 1_234)
    assert stack.wait_for(lambda: written(path) == 1_234)
    body.send(b"x" * (MIB - 1_234))
    assert body.answer().status == 204


@pytest.mark.slow
def test_a_killed_edge_loses_nothing_that_it_acknowledged(stack: Any, ana: Client) -> None:
    """kill -9 at random moments of an upload; the client asks for the offset each time and goes on."""
    data = os.urandom(64 * MIB)
    path, kills, offset = ana.begin(len(data)), 0, 0
    while offset < len(data):
        ending = _send_from(ana, path, data, offset, kill=stack if kills < 6 else None)
        kills += 1
        stack.wait_until_ready("media-edge")
        told = _durable(ana, path)
        assert told >= offset
        offset = told
    assert kills > 3, ending
    digest = hashlib.sha256(ana.read(path.rpartition("/")[2]).raw).hexdigest()
    assert digest == hashlib.sha256(data).hexdigest()


def _send_from(client: Client, path: str, data: bytes, offset: int, kill: Any) -> str:
    """Send the rest; kill the edge after a random stretch of it, if told to. Returns how it ended."""
    body = client.slow_patch(path, offset, len(data) - offset)
    try:
        stop = offset + random.randrange(1, 16 * MIB)
        body.send(data[offset:stop])
        if kill is not None:
            for process in _with_children(kill.pid("media-edge")):
                process.kill()
            kill.wait_for(lambda: not kill.is_ready("media-edge"))
        body.send(data[stop:])
        return str(body.answer().status)
    except OSError as error:
        return type(error).__name__
    finally:
        body.hang_up()


@pytest.mark.slow
def test_who_is_cut_off_does_not_go_on_sending_into_the_void(stack: Any, ana: Client) -> None:
    body = ana.slow_patch(ana.begin(1024 * MIB), 0, 1024 * MIB)
    body.send(b"x" * MIB)
    for process in _with_children(stack.pid("media-edge")):
        process.kill()

    def is_cut_off() -> bool:
        try:
            body.send(b"x" * 10_000)
        except OSError:
            return True
        return False

    assert stack.wait_for(is_cut_off, seconds=8)
    stack.wait_until_ready("media-edge")


@pytest.mark.slow
def test_a_database_that_is_away_for_a_moment_ends_no_upload(stack: Any, ana: Client) -> None:
    data = os.urandom(40 * MIB)
    path = ana.begin(len(data))
    body = ana.slow_patch(path, 0, len(data))
    body.send(data[: 18 * MIB])
    stack.kill("postgres")
    body.send(data[18 * MIB : 36 * MIB])  # a checkpoint falls into its absence
    stack.wait_until_ready("postgres")
    body.send(data[36 * MIB :])
    assert body.answer().status == 204
    assert ana.read(path.rpartition("/")[2]).raw == data
    stack.wait_until_ready()


@pytest.mark.slow
def test_a_restart_lets_quick_uploads_finish_and_slow_ones_go_on(
    stack: Any, new_client: NewClient, written: Callable[[str], int]
) -> None:
    quick, slow = new_client(), new_client()
    data = os.urandom(4 * MIB)
    quick_path, slow_path = quick.begin(len(data)), slow.begin(len(data))
    quick_body, slow_body = quick.slow_patch(quick_path, 0, len(data)), slow.slow_patch(slow_path, 0, len(data))
    for body in (quick_body, slow_body):
        body.send(data[:MIB])
    assert stack.wait_for(lambda: written(slow_path) == written(quick_path) == MIB)
    restarting = threading.Thread(target=stack.restart, args=("media-edge",))
    restarting.start()
    assert stack.wait_for(lambda: not stack.is_ready("media-edge"))
    quick_body.send(data[MIB:])
    assert quick_body.answer().status == 204
    reply = slow_body.answer()
    assert (reply.status, int(reply.headers["Retry-After"]) > 0) == (503, True)
    restarting.join()
    assert _durable(slow, slow_path) == MIB
    assert slow.patch(slow_path, MIB, data[MIB:]).status == 204
    for client, path in ((quick, quick_path), (slow, slow_path)):
        assert client.read(path.rpartition("/")[2]).raw == data


@pytest.mark.slow
def test_many_upload_at_the_same_time(new_client: NewClient) -> None:
    files = [os.urandom(random.randrange(1, 3 * MIB)) for _ in range(40)]
    clients = [new_client() for _ in range(8)]

    def upload(number: int) -> bool:
        client = Client(clients[number % 8].url, clients[number % 8].user_id, clients[number % 8].token)
        data = files[number]
        path, offset = client.begin(len(data)), 0
        while offset < len(data):
            reply = client.patch(path, offset, data[offset : offset + 500_000])
            assert reply.status == 204, reply.raw
            offset = reply.offset
        return client.read(path.rpartition("/")[2]).raw == data

    with ThreadPoolExecutor(20) as pool:
        assert all(pool.map(upload, range(len(files))))


@pytest.fixture
def running(stack: Any, new_client: NewClient) -> Iterator[list[Any]]:
    """Uploads that stand still in the middle of a fast body."""
    opened: list[Any] = []
    yield opened
    for body in opened:
        body.hang_up()


@pytest.mark.slow
def test_a_running_upload_costs_two_mebibytes_at_most(
    stack: Any, new_client: NewClient, running: list[Any], written: Callable[[str], int]
) -> None:
    # The first ones make what is kept for all: threads, connections, compiled patterns.
    _run_some(stack, new_client(), 5, running, written)
    before, count = _memory(stack), 60
    _run_some(stack, new_client(), count, running, written)
    each = (_memory(stack) - before) / count
    print(f"a running upload costs {each / 1024:.0f} KiB")  # noqa: T201
    assert 100_000 < each <= 2 * MIB


def _run_some(stack: Any, client: Client, count: int, running: list[Any], written: Callable[[str], int]) -> None:
    paths = [client.begin(20 * MIB) for _ in range(count)]
    for path in paths:
        body = client.slow_patch(path, 0, 20 * MIB)
        body.send(b"x" * (MIB + 100_000))
        running.append(body)
    assert stack.wait_for(lambda: all(written(path) > MIB for path in paths))


def _memory(stack: Any) -> int:
    """Return the resident bytes of the edge and of Nginx, which holds a buffer of each upload too."""
    total = 0
    for name in ("media-edge", "nginx"):
        for process in _with_children(stack.pid(name)):
            total += process.memory_info().rss
    return total


def _with_children(pid: int) -> list[psutil.Process]:
    process = psutil.Process(pid)
    return [process, *process.children(recursive=True)]


def test_a_process_receives_only_so_many_uploads() -> None:
    from svc_media.door.refusals import Draining, Overloaded, UploadLocked
    from svc_media.door.running import Register

    register = Register(most=1)
    with register.enter("one", None):
        with pytest.raises(UploadLocked), register.enter("one", None):
            pass
        with pytest.raises(Overloaded), register.enter("two", None):
            pass
    with register.enter("two", None):
        assert len(register) == 1
    register.refuse_more()
    with pytest.raises(Draining), register.enter("two", None):
        pass


def test_the_edge_says_how_it_is(stack: Any) -> None:
    import requests

    health = f"http://127.0.0.1:{stack.ports['media-edge-health']}"
    assert requests.get(f"{health}/healthz", timeout=60).status_code == 200
    ready = requests.get(f"{health}/readyz", timeout=60).json()
    assert ready["ready"], ready
    assert {"database", "storage", "bus"} <= set(ready["checks"])
    assert "charla_media_edge_uploads_running" in requests.get(f"{health}/metrics", timeout=60).text
    assert stack.pid("media-edge") > 0
