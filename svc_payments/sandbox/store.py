"""All state of the sandbox, in one SQLite file that outlives the process."""

from __future__ import annotations

import json
import secrets
import sqlite3
import string
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from svc_payments.sandbox.refusals import missing

Thing = dict[str, Any]

_SCHEMA = """
CREATE TABLE IF NOT EXISTS objects (
    seq INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, object TEXT NOT NULL, created INTEGER NOT NULL,
    body TEXT NOT NULL);
CREATE INDEX IF NOT EXISTS objects_by_kind ON objects (object, seq);
CREATE INDEX IF NOT EXISTS objects_by_intent ON objects (json_extract(body, '$.payment_intent'));
CREATE INDEX IF NOT EXISTS objects_by_customer ON objects (json_extract(body, '$.customer'));
CREATE TABLE IF NOT EXISTS replies (
    key TEXT PRIMARY KEY, asked TEXT NOT NULL, status INTEGER NOT NULL, body TEXT NOT NULL, request_id TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS deliveries (
    seq INTEGER PRIMARY KEY, event_id TEXT NOT NULL, due REAL NOT NULL, tries INTEGER NOT NULL DEFAULT 0,
    state TEXT NOT NULL DEFAULT 'waiting');
CREATE INDEX IF NOT EXISTS deliveries_due ON deliveries (state, due, seq);
CREATE TABLE IF NOT EXISTS later (
    seq INTEGER PRIMARY KEY, due REAL NOT NULL, verb TEXT NOT NULL, id TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS balances (currency TEXT PRIMARY KEY, amount INTEGER NOT NULL);
CREATE TABLE IF NOT EXISTS webhook_faults (kind TEXT PRIMARY KEY, count INTEGER NOT NULL, seconds REAL NOT NULL);
CREATE TABLE IF NOT EXISTS call_faults (
    seq INTEGER PRIMARY KEY, method TEXT NOT NULL, path TEXT NOT NULL, how TEXT NOT NULL, moment TEXT NOT NULL,
    seconds REAL NOT NULL, code TEXT NOT NULL, count INTEGER NOT NULL);
"""

_PREFIXES = {
    "account": "acct",
    "balance_transaction": "txn",
    "charge": "ch",
    "checkout.session": "cs_test",
    "customer": "cus",
    "dispute": "du",
    "event": "evt",
    "payment_intent": "pi",
    "payment_method": "pm",
    "refund": "re",
    "setup_intent": "seti",
    "transfer": "tr",
    "transfer_reversal": "trr",
}
_LETTERS = string.ascii_letters + string.digits


def random_text(length: int = 24) -> str:
    """Return letters and digits that nobody can guess."""
    return "".join(secrets.choice(_LETTERS) for _ in range(length))


class Store:
    """One connection, which threads use one after the other.

    Names of fields that begin with `_` are the sandbox's own, and never leave it (`shown`).
    """

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self._db = sqlite3.connect(folder / "sandbox.sqlite3", check_same_thread=False, isolation_level=None)
        self._db.row_factory = sqlite3.Row
        self._db.execute("PRAGMA journal_mode = WAL")
        self._db.execute("PRAGMA synchronous = NORMAL")
        self._db.executescript(_SCHEMA)
        self._lock = threading.RLock()
        #: Called after each commit: there may be something to deliver.
        self.on_commit: Callable[[], None] = lambda: None

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """Do all of it, or nothing."""
        with self._lock:
            self._db.execute("BEGIN IMMEDIATE")
            try:
                yield
            except BaseException:
                self._db.execute("ROLLBACK")
                raise
            self._db.execute("COMMIT")
        self.on_commit()

    def rows(self, sql: str, *values: Any) -> list[sqlite3.Row]:
        """Return what a statement finds."""
        with self._lock:
            return self._db.execute(sql, values).fetchall()

    def run(self, sql: str, *values: Any) -> int:
        """Run a statement, and return how many rows it changed."""
        with self._lock:
            return self._db.execute(sql, values).rowcount

    def add(self, kind: str, **fields: Any) -> Thing:
        """Store a new object, with the fields that all of Stripe's have."""
        thing = {
            "id": f"{_PREFIXES[kind]}_{random_text()}",
            "object": kind,
            "created": int(time.time()),
            "livemode": False,
            **fields,
        }
        self.run(
            "INSERT INTO objects (id, object, created, body) VALUES (?, ?, ?, ?)",
            thing["id"],
            kind,
            thing["created"],
            json.dumps(thing),
        )
        return thing

    def put(self, thing: Thing) -> Thing:
        """Store what has become of an object."""
        self.run("UPDATE objects SET body = ? WHERE id = ?", json.dumps(thing), thing["id"])
        return thing

    def get(self, kind: str, wanted: str) -> Thing:
        """Return an object.

        Raises:
            Refusal: There is none.
        """
        found = self.rows("SELECT body FROM objects WHERE id = ? AND object = ?", wanted, kind)
        if not found:
            raise missing(kind, wanted)
        body: Thing = json.loads(found[0]["body"])
        return body

    def find(self, wanted: str) -> Thing | None:
        """Return an object of any kind."""
        found = self.rows("SELECT body FROM objects WHERE id = ?", wanted)
        return json.loads(found[0]["body"]) if found else None

    def all(self, kind: str, **fields: str) -> list[Thing]:
        """Return the objects whose fields are so, oldest first."""
        wheres = "".join(f" AND json_extract(body, '$.{name}') = ?" for name in fields)
        sql = f"SELECT body FROM objects WHERE object = ?{wheres} ORDER BY seq"  # noqa: S608 - names of ours
        return [json.loads(row["body"]) for row in self.rows(sql, kind, *fields.values())]

    def later(self, seconds: float, verb: str, wanted: str) -> None:
        """Have something done by itself (`svc_payments.sandbox.later`)."""
        self.run("INSERT INTO later (due, verb, id) VALUES (?, ?, ?)", time.time() + seconds, verb, wanted)


def shown(thing: Any) -> Any:
    """Return an object as Stripe would show it."""
    if isinstance(thing, dict):
        return {name: shown(value) for name, value in thing.items() if not name.startswith("_")}
    if isinstance(thing, list):
        return [shown(value) for value in thing]
    return thing
