"""Rehearses a disaster: fill, back up, go on, remember a moment, go on, restore to that moment, and compare.

`./charla drill --restore` does so into a run directory beside the running stack's, and asks what was restored through
its API, too. What is compared is every row of every table.
"""

from __future__ import annotations

import secrets
import shutil
import tempfile
import time
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any

import psycopg2

from drill.calm import Account, patiently
from drill.contents import Digests, digests, held, snapshots
from stack import backup, backup_archive, postgres, restore, topology
from stack.backup_archive import Target
from stack.lifecycle import Stack
from stack.private_server import PrivateServer, serving
from stack.rundir import RunDir
from stack.supervisor import wait_for

_FEW = 12


@dataclass
class Rehearsal:
    """What was there at the moment, and how long each step took.

    Attributes:
        stack: The running stack.
        folder: The backup folder.
        at: The moment that is restored to.
        wanted: What every table held then.
        before, after: Texts written up to the moment, and after it.
        seconds: Of each step.
    """

    stack: Stack
    folder: Path
    at: datetime = field(default_factory=lambda: datetime.now(UTC))
    wanted: Digests = field(default_factory=dict)
    before: list[str] = field(default_factory=list)
    after: list[str] = field(default_factory=list)
    seconds: dict[str, float] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.archived_before = backup_archive.target(self.stack.run)

    def play(self) -> None:
        """Fill, back up, go on, remember the moment, go on, and archive the log."""
        media = f"http://127.0.0.1:{self.stack.ports['media-http']}"
        self.ana = Account.register(self.stack.url, media)
        body = {"kind": "group", "title": "Before", "member_ids": [Account.register(self.stack.url, media).id]}
        self.room = patiently(lambda: self.ana.ask("POST", "/v1/conversations", body))["id"]
        patiently(lambda: self.ana.upload(secrets.token_hex(40_000).encode()))
        self._write(self.before)
        self._timed("backup", lambda: backup.make(self.stack, Target(str(self.folder))))
        self._write(self.before)
        patiently(lambda: self.ana.upload(secrets.token_hex(40_000).encode()))
        self.wanted = self._remember()
        # What came until now and what comes are in different files of the log, so that a test can take the last away.
        backup.archive_now(self.stack)
        self._write(self.after)
        # Media are no part of the log: those of after the base backup come with the next look.
        self._timed("media", lambda: backup.copy_media(self.stack.run, Target(str(self.folder))))
        self._timed("archive", lambda: backup.archive_now(self.stack))

    def _write(self, texts: list[str]) -> None:
        for _ in range(_FEW):
            text = secrets.token_hex(8)
            path = f"/v1/conversations/{self.room}/messages"
            patiently(partial(self.ana.ask, "POST", path, {"client_msg_id": text, "text": text}))
            texts.append(text)

    def _remember(self) -> Digests:
        """Hold everybody for a moment, so that nothing happens between the time and what is seen then."""
        states = self.stack.supervisor.states()
        programs = {each.name for each in self.stack.programs}
        pids = [state["pid"] for name, state in states.items() if name in programs and state["pid"]]
        with ExitStack() as kept:
            with held(pids):
                time.sleep(0.2)  # what was sent to the server is done
                cursors = kept.enter_context(snapshots(self._connect, topology.SERVICES))
                cursors["auth"].execute("SELECT clock_timestamp()")
                self.at = cursors["auth"].fetchone()[0].astimezone(UTC)
            return digests(cursors)

    def _connect(self, database: str) -> Any:
        return postgres.connect(self.stack.run, self.stack.ports, database)

    def restored(self, run: RunDir) -> Digests:
        """Restore to the moment into a run directory; return what every table holds there."""
        wish = restore.Wish(self.folder, self.at)
        self._timed("restore", lambda: restore.restore(run, wish, lambda _line: None))
        with serving(run, postgres.data_folder(run), {}) as server:
            wait_for(lambda: _lets_in(server), 60)
            with snapshots(server.connect, topology.SERVICES) as cursors:
                return digests(cursors)

    def _timed(self, name: str, work: Callable[[], object]) -> None:
        begun = time.monotonic()
        work()
        self.seconds[name] = time.monotonic() - begun


def _lets_in(server: PrivateServer) -> bool:
    try:
        server.connect().close()
    except psycopg2.OperationalError:
        return False
    return True


def differences(wanted: Digests, found: Digests) -> list[str]:
    """Return the tables that differ."""
    return [
        f"{database}.{table}: {wanted.get((database, table))} became {found.get((database, table))}"
        for database, table in sorted(wanted.keys() | found.keys())
        if wanted.get((database, table)) != found.get((database, table))
    ]


def ask_restored(rehearsal: Rehearsal, origin: str, media: str) -> list[str]:
    """Ask a restored Charla as the person who wrote; return what is wrong."""
    ana, room = rehearsal.ana, rehearsal.room
    there = Account(origin, media, ana.id, ana.token)
    page = there.ask("GET", f"/v1/conversations/{room}/messages?limit=100")["items"]
    texts = [each["text"] for each in page]
    wrong = []
    if texts != rehearsal.before:
        wrong.append(f"of {len(rehearsal.before)} messages from before the moment {len(texts)} are there")
    if set(texts) & set(rehearsal.after):
        wrong.append("there are messages from after the moment")
    ahead = ana.ask("GET", f"/v1/conversations/{room}")["ver"]
    (item,) = [
        each for each in there.ask("POST", "/v1/sync", {"heads": {room: ahead}})["items"] if each["conv"] == room
    ]
    if not item.get("reset"):
        wrong.append("whoever knows more than was restored is not told to begin anew")
    if not there.ask("GET", f"/v1/conversations/{room}/changes?after_ver={ahead}").get("reset"):
        wrong.append("whoever asks for changes after what was restored is not told to begin anew")
    there.ask("POST", f"/v1/conversations/{room}/messages", {"client_msg_id": "anew", "text": "anew"})
    return wrong


def open_folder() -> Path:
    """Make a folder for backups that PostgreSQL's own account can reach, wherever the run directory is."""
    folder = Path(tempfile.mkdtemp(prefix="charla-rehearsal-", dir="/var/tmp"))  # noqa: S108 - a name nobody else has
    folder.chmod(0o711)
    return folder


def main() -> int:
    """Rehearse it all; return 1 where anything was lost or made up."""
    stack = Stack(RunDir.current(), say=lambda _line: None)
    folder, run = open_folder(), RunDir(stack.run.path / "rehearsal")
    shutil.rmtree(run.path, ignore_errors=True)
    rehearsal = Rehearsal(stack, folder)
    rehearsal.play()
    wrong = differences(rehearsal.wanted, rehearsal.restored(run))
    print(f"{len(rehearsal.wanted)} tables compared at {rehearsal.at.isoformat()}", flush=True)
    restored = Stack(run, say=lambda _line: None)
    try:
        begun = time.monotonic()
        restored.up()
        rehearsal.seconds["start"] = time.monotonic() - begun
        wrong += ask_restored(rehearsal, restored.url, f"http://127.0.0.1:{restored.ports['media-http']}")
    finally:
        restored.down()
        backup_archive.remember(stack.run, rehearsal.archived_before)
        postgres.change_archive(stack.run, stack.ports)
        shutil.rmtree(run.path, ignore_errors=True)
        shutil.rmtree(folder, ignore_errors=True)
    for name, seconds in rehearsal.seconds.items():
        print(f"  {name:<10}{seconds:6.1f} s")
    for each in wrong:
        print(f"FOUND {each}")
    print("VERDICT: FAILED" if wrong else "VERDICT: all that was there is there, and nothing else")
    return int(bool(wrong))
