"""What outlives the process: messages on their way, and how far each conversation and channel was handled."""

from __future__ import annotations

import asyncio
import json
import sqlite3
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from charla_sdk.errors import StoreInUse, StoreOfAnother
from charla_sdk.transport import as_json

T = TypeVar("T")

_TABLES = """
CREATE TABLE IF NOT EXISTS outbox (
  position INTEGER PRIMARY KEY AUTOINCREMENT,
  client_msg_id TEXT NOT NULL UNIQUE,
  conversation_id TEXT NOT NULL,
  body TEXT NOT NULL,
  problem TEXT
);
CREATE TABLE IF NOT EXISTS heads (place TEXT PRIMARY KEY, number INTEGER NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS facts (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
"""
_ENTRY = "SELECT client_msg_id, conversation_id, body, problem FROM outbox"


@dataclass(frozen=True, slots=True)
class Entry:
    """A message on its way.

    Attributes:
        client_msg_id: the id under which it is stored once.
        conversation_id: where it goes.
        body: of `POST …/messages`, with `client_msg_id`.
        problem: why it was refused; None while it waits.
    """

    client_msg_id: str
    conversation_id: str
    body: dict[str, Any]
    problem: dict[str, Any] | None


class Store:
    """A SQLite file that one process has open at a time; all work is done in one thread of its own.

    Args:
        path: the file; `:memory:` for a store that ends with the process.
    """

    def __init__(self, path: str | Path = ":memory:") -> None:
        self._path = str(path)
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="charla-store")
        self._connection: sqlite3.Connection | None = None

    async def open(self) -> None:
        """Opens the file, and makes its tables where they are missing.

        Raises:
            StoreInUse: another process has it open.
        """
        await self._run(self._open)

    async def close(self) -> None:
        """Closes the file."""
        await self._run(self._close)
        self._thread.shutdown()

    async def belong_to(self, user_id: str) -> None:
        """Keeps one account's messages from being sent by another.

        Raises:
            StoreOfAnother: the store is another account's.
        """
        if await self.fact("user_id") is None:
            await self.set_fact("user_id", user_id)
        elif await self.fact("user_id") != user_id:
            raise StoreOfAnother(self._path)

    async def add(self, conversation_id: str, body: dict[str, Any]) -> None:
        """Stores a message; one that is there already stays as it is. It is on the disk when this returns."""
        await self._write(
            "INSERT OR IGNORE INTO outbox (client_msg_id, conversation_id, body) VALUES (?, ?, ?)",
            (body["client_msg_id"], conversation_id, as_json(body)),
        )

    async def remove(self, client_msg_id: str) -> None:
        """Forgets a message."""
        await self._write("DELETE FROM outbox WHERE client_msg_id = ?", (client_msg_id,))

    async def refuse(self, client_msg_id: str, problem: dict[str, Any] | None) -> None:
        """Keeps why a message was refused; None lets it wait again."""
        told = None if problem is None else as_json(problem)
        await self._write("UPDATE outbox SET problem = ? WHERE client_msg_id = ?", (told, client_msg_id))

    async def entries(self) -> list[Entry]:
        """Returns all messages, in the order in which they were added."""
        return [_entry(row) for row in await self._read(f"{_ENTRY} ORDER BY position")]

    async def first_waiting(self, conversation_id: str) -> Entry | None:
        """Returns the oldest message that waits for a conversation."""
        query = f"{_ENTRY} WHERE conversation_id = ? AND problem IS NULL ORDER BY position LIMIT 1"
        rows = await self._read(query, (conversation_id,))
        return _entry(rows[0]) if rows else None

    async def heads(self) -> dict[str, int]:
        """Returns the last handled number of each place."""
        return dict(await self._read("SELECT place, number FROM heads"))

    async def set_head(self, place: str, number: int | None) -> None:
        """Keeps how far a place was handled; None forgets the place."""
        if number is None:
            await self._write("DELETE FROM heads WHERE place = ?", (place,))
        else:
            await self._write("INSERT OR REPLACE INTO heads VALUES (?, ?)", (place, number))

    async def fact(self, name: str) -> str | None:
        """Returns a single value."""
        rows = await self._read("SELECT value FROM facts WHERE name = ?", (name,))
        return rows[0][0] if rows else None

    async def set_fact(self, name: str, value: str) -> None:
        """Keeps a single value."""
        await self._write("INSERT OR REPLACE INTO facts VALUES (?, ?)", (name, value))

    def _open(self) -> None:
        connection = sqlite3.connect(self._path, isolation_level=None, timeout=0)
        try:
            # The lock lives as long as the process does, however it ends.
            connection.execute("PRAGMA locking_mode = EXCLUSIVE")
            connection.execute("PRAGMA journal_mode = WAL")
            connection.execute("PRAGMA synchronous = FULL")
            connection.executescript(f"BEGIN EXCLUSIVE; {_TABLES} COMMIT;")
        except sqlite3.OperationalError as failure:
            connection.close()
            if "locked" in str(failure):
                raise StoreInUse(self._path) from failure
            raise
        self._connection = connection

    def _close(self) -> None:
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    @property
    def _open_connection(self) -> sqlite3.Connection:
        if self._connection is None:
            message = "the store is closed"
            raise RuntimeError(message)
        return self._connection

    async def _read(self, query: str, values: tuple[Any, ...] = ()) -> list[Any]:
        return await self._run(lambda: self._open_connection.execute(query, values).fetchall())

    async def _write(self, query: str, values: tuple[Any, ...]) -> None:
        await self._run(lambda: self._open_connection.execute(query, values))

    async def _run(self, work: Callable[[], T]) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._thread, work)


def _entry(row: tuple[str, str, str, str | None]) -> Entry:
    client_msg_id, conversation_id, body, problem = row
    return Entry(client_msg_id, conversation_id, json.loads(body), None if problem is None else json.loads(problem))
