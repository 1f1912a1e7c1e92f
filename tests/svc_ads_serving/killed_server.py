"""A process with some servers of ads that choose and bill until they are killed, or told by a second line to end.

python -m tests.svc_ads_serving.killed_server SERVERS CHANNEL
"""

from __future__ import annotations

import sys
import time
from threading import Event, Thread

import msgspec

from contracts.base import new_id
from plumbing.database import Transactions, transactions
from plumbing.redis_client import new_redis
from plumbing.settings import settings
from svc_ads import tickets
from svc_ads.serving import billing
from svc_ads.serving.deciding import Request
from svc_ads.serving.server import Server
from tests.svc_ads_serving.shop import now


def serve(db: Transactions, ending: Event, channel_id: str) -> None:
    """Choose and bill."""
    server = Server(db, new_redis(settings().redis_url), every=8)
    while not ending.is_set():
        turn(server, db, channel_id)
        time.sleep(0.02)


def turn(server: Server, db: Transactions, channel_id: str) -> None:
    """Choose a few, and bill them."""
    server.tick()
    for _ in range(5):
        person = new_id()
        ad = server.choose(Request(person, channel_id, 1, "es"))
        if ad is not None:
            mine = tickets.read(ad["ticket"], ad["id"], person)
            bill(db, msgspec.structs.replace(mine, issued_ms=mine.issued_ms - 2_000))


def bill(db: Transactions, ticket: tickets.Ticket) -> None:
    """Bill a view; what is refused costs nothing."""
    try:
        with db.transaction() as session:
            billing.bill(session, ticket, 1_000, now())
    except billing.NotCounted:
        pass


def main() -> None:
    """Run the servers of the command line."""
    servers, channel_id = int(sys.argv[1]), sys.argv[2]
    db, ending = transactions(settings().database_url, pool_size=servers), Event()
    # msgspec learns a type when it first converts to it; a second thread that does so meanwhile crashes the process.
    # No process of Charla has such threads.
    turn(Server(db, new_redis(settings().redis_url), every=8), db, channel_id)
    threads = [Thread(target=serve, args=(db, ending, channel_id), daemon=True) for _ in range(servers)]
    print("ready", flush=True)
    sys.stdin.readline()  # all begin together
    for thread in threads:
        thread.start()
    sys.stdin.readline()
    ending.set()
    for thread in threads:
        thread.join()


if __name__ == "__main__":
    main()
