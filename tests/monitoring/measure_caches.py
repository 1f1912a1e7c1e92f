"""What caches gain: `CHARLA_RUN_DIR=… python -m tests.monitoring.measure_caches [ROUNDS]`, on a running stack.

With and without the cache in turn, in one process, so that both meet the same machine; medians and their ratio.
Callers and stores are the real ones: svc_media's own role, broker user and Redis user.
"""

from __future__ import annotations

import os
import statistics
import sys
import threading
import time
from collections.abc import Callable, Collection
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from uuid import uuid4

import requests
import uuid_utils

from stack import environment
from stack.lifecycle import Stack
from stack.rundir import RunDir

Asking = Callable[[], Any]


def people_who_talk(url: str) -> tuple[str, str, str]:
    """Returns who writes, who reads, and the message."""
    people = []
    for _ in range(2):
        said = {"username": f"m{uuid4().hex[:12]}", "password": "violet-kettle-42", "display_name": "M"}
        people.append(_told(requests.post(f"{url}/auth/register", json=said, timeout=30)))
    head = {"Authorization": f"Bearer {people[0]['access_token']}"}
    room = {"kind": "direct", "member_ids": [people[1]["user"]["id"]]}
    place = _told(requests.post(f"{url}/conversations", json=room, headers=head, timeout=30))
    said = {"client_msg_id": "1", "text": "look"}
    message = _told(requests.post(f"{url}/conversations/{place['id']}/messages", json=said, headers=head, timeout=30))
    return people[0]["user"]["id"], people[1]["user"]["id"], message["id"]


def _told(answer: requests.Response) -> Any:
    answer.raise_for_status()
    return answer.json()


def page() -> str:
    """Serves a page of a usual size; returns where."""

    class Door(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            body = b"<html><head><title>A page</title></head><body>" + b"<p>words</p>" * 5_000 + b"</body></html>"
            self.send_response(200)
            self.send_header("Content-Type", "text/html; charset=utf-8")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: Any) -> None:
            return

    server = ThreadingHTTPServer(("127.0.0.1", 0), Door)
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return f"127.0.0.1:{server.server_port}"


def in_turn(name: str, without: Asking, within: Asking, rounds: int) -> None:
    """Prints the medians of both, and how many times faster the second is."""
    times: dict[Asking, list[float]] = {without: [], within: []}
    for number in range(rounds + 5):
        for each in (without, within):
            begun = time.perf_counter()
            each()
            if number >= 5:  # the first ones connect
                times[each].append((time.perf_counter() - begun) * 1000)
    slow, fast = (statistics.median(times[each]) for each in (without, within))
    print(f"{name:<34} without {slow:8.2f} ms   with {fast:8.2f} ms   {slow / fast:6.1f} times", flush=True)


def main(rounds: int) -> None:
    stack = Stack(RunDir.current())
    where = page()
    os.environ.update(environment.read(stack.run.env_file("media")) | {"OUTGOING_ALLOW": where})
    from contracts.clock import utc_now
    from plumbing.cache import CacheAside, Key
    from plumbing.caller import RpcCaller
    from plumbing.database import transactions
    from plumbing.redis_client import new_redis
    from plumbing.rpc import ServiceClient
    from plumbing.settings import settings
    from svc_media import previews
    from svc_media.access_cache import AccessCache
    from svc_media.actions.access import Access
    from svc_media.models import Attachment, Media

    class Nothing(AccessCache):
        """A cache that knows nothing."""

        def known(self, user_id: str, media_ids: Collection[str]) -> tuple[set[str], dict[str, bytes]]:
            return set(), {}

    class NoPictures:
        def keep(self, url: str, total_s: float) -> str | None:
            return None

    writer, reader, message = people_who_talk(f"{stack.url}/v1")
    conf = settings()
    redis, database = new_redis(conf.redis_url), transactions(conf.database_url)
    caller = RpcCaller(conf.amqp_uri, "measure")
    caller.start()
    media = str(uuid_utils.uuid7())
    row = {"owner_id": writer, "media_id": media, "carrier": "message", "carrier_id": message, "place_id": message}
    with database.transaction() as session:
        session.add(Media(owner_id=writer, id=media, kind="file", state="ready"))
        session.add(Attachment(**row))
    others = [ServiceClient(caller, each).as_service() for each in ("messaging", "subscriptions", "ads")]
    bare, cached = (Access(database, *others, cache(redis)) for cache in (Nothing, AccessCache))
    assert bare.may_read(reader, media)
    in_turn(
        "media_access: may a person read it",
        lambda: bare.may_read(reader, media),
        lambda: cached.may_read(reader, media),
        rounds,
    )

    cache, url = CacheAside(redis, "media"), f"http://{where}/{uuid4().hex}"
    fetched = lambda: previews._fetch(url, 5.0, NoPictures())  # noqa: E731
    in_turn("page: what a web page says", fetched, lambda: previews.preview(cache, NoPictures(), url, 5.0), rounds)

    auth = ServiceClient(caller, "auth").as_service()
    looked_up = lambda: auth.find_users(user_ids=[reader])  # noqa: E731
    key = Key.public("measured", utc_now())
    in_turn("(not cached) a person's profile", looked_up, lambda: cache.get_or_load(key, 60, looked_up), rounds)
    jwks = Key.public("measured", "jwks", utc_now())
    in_turn("(not cached) public keys", auth.get_jwks, lambda: cache.get_or_load(jwks, 60, auth.get_jwks), rounds)
    with database.transaction() as session:
        session.delete(session.get(Attachment, (writer, media, "message", message)))
        session.delete(session.get(Media, (writer, media)))
    caller.stop()


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 200)
