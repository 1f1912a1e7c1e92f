"""A small disk for media, which can be full: a file system in memory, mounted where media lie. Takes root."""

from __future__ import annotations

import asyncio
import errno
import os
import shutil
import subprocess
from contextlib import suppress
from pathlib import Path

from stack.errors import StackError
from stack.running import RunningStack

_MIB = 1024 * 1024
#: So much fits besides what was there before, and what is uploaded in each minute: more than two people come to.
ROOM = 192 * _MIB
ROOM_A_MINUTE = 40 * _MIB
#: Who has files of it open.
PROGRAMS = ("media-edge", "media-celery", "media-celery-long", "media-worker", "media")
READY_S = 180.0
_FILLER = "filler-of-a-drill"


class SmallDisk:
    """The folder of media on a disk of its own, from `open` to `close`.

    Args:
        stack: Whose media.
        minutes: How long people upload to it.
    """

    def __init__(self, stack: RunningStack, minutes: float = 0.0) -> None:
        self._stack = stack
        self._room = ROOM + int(minutes * ROOM_A_MINUTE)
        self._folder = Path(stack.env("media-edge")["MEDIA_DIR"])
        self._aside = self._folder.with_name("media-before-drill")

    @property
    def mounted(self) -> bool:
        """Whether it is there, perhaps since a drill that was killed."""
        return self._folder.is_mount()

    def open(self) -> None:
        """Put the small disk in place, with what was there before."""
        if os.geteuid() != 0 or self.mounted:
            return
        self._stop()
        try:
            self._folder.rename(self._aside)
            self._folder.mkdir(mode=0o700)
            size = self._room + sum(path.stat().st_size for path in self._aside.rglob("*") if path.is_file())
            _run("mount", "-t", "tmpfs", "-o", f"size={size}", "charla-drill", str(self._folder))
            _copy(self._aside, self._folder)
        finally:
            self._start()

    def close(self) -> None:
        """Put everything back where it was, with what has come since."""
        if not self.mounted:
            return
        self._stop()
        try:
            (self._folder / _FILLER).unlink(missing_ok=True)
            shutil.rmtree(self._aside, ignore_errors=True)
            self._aside.mkdir()
            _copy(self._folder, self._aside)
            _run("umount", str(self._folder))
            self._folder.rmdir()
            self._aside.rename(self._folder)
        finally:
            self._start()

    async def fill(self, seconds: float) -> None:
        """Let nothing more fit for a while."""
        path = self._folder / _FILLER
        try:
            await asyncio.to_thread(_fill, path)
            await asyncio.sleep(seconds)
        finally:
            path.unlink(missing_ok=True)

    def _stop(self) -> None:
        for program in PROGRAMS:
            self._stack.stop(program)

    def _start(self) -> None:
        for program in PROGRAMS[::-1]:
            with suppress(StackError):  # one that is slow keeps none of the others away
                self._stack.start(program)
        self._stack.wait_until_ready(*PROGRAMS, seconds=READY_S)


def _fill(path: Path) -> None:
    """Write until nothing more is taken."""
    piece = b"\0" * 65_536
    with path.open("wb", buffering=0) as file:
        try:
            while True:
                file.write(piece)
        except OSError as error:
            if error.errno != errno.ENOSPC:
                raise


def _copy(source: Path, target: Path) -> None:
    """Copy a folder with its owners and modes: Nginx serves files of it as a user of its own."""
    _run("cp", "-a", f"{source}/.", str(target))


def _run(*command: str) -> None:
    subprocess.run(command, check=True)  # noqa: S603 - fixed programs, our own folder
