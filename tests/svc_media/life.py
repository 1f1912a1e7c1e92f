"""The whole life of a media in a process that kills itself at a chosen step.

`python -m tests.svc_media.life [GRACE_S]` reads lines `OWNER STEP` and answers each with the exit status of a process
of its own. There every change of a file in MEDIA_DIR and both sides of every commit are steps; at number
STEP the process dies by SIGKILL, as if the power had gone. It ends by itself where its life has fewer steps.
Files without a name are swept away once they are GRACE_S old, at once without it: lives that run beside each
other need some, as all processes do that make files.
"""

from __future__ import annotations

import itertools
import os
import signal
import sys
from typing import Any

from sqlalchemy import Engine, event

from plumbing.database import transactions
from plumbing.settings import settings
from svc_media.actions import removing, uploading
from svc_media.models import Upload
from svc_media.options import options
from svc_media.places import uploads_dir, work_dir, work_path
from svc_media.storage import storage
from svc_media.workers.cleaning import collect, sweep
from svc_media.writing import Writer
from tests.services import FakePush
from tests.svc_media.carriers import append, processed, receive, stored

_CHANGES = ("open", "os.link", "os.rename", "os.remove", "os.truncate", "os.chmod", "os.mkdir")


def die_at(step: int) -> None:
    """Make this process kill itself at its step number `step` from now on."""
    numbers, folder = itertools.count(1), str(options().dir)

    def passing() -> None:
        if next(numbers) == step:
            os.kill(os.getpid(), signal.SIGKILL)

    def on_audit(name: str, arguments: tuple[Any, ...]) -> None:
        if name in _CHANGES and str(arguments[0]).startswith(folder):
            passing()

    sys.addaudithook(on_audit)
    event.listen(Engine, "commit", lambda _: passing())
    event.listen(Engine, "checkin", lambda *_: passing())  # right after a commit


def live(owner: str, grace_s: float) -> None:
    """Upload, store, process, replace, delete and collect."""
    db, push, files = transactions(settings().database_url), FakePush(), storage()
    picture = stored(db, push, files, owner, b"a picture with its metadata", "picture")
    folder = work_path(picture.id)
    folder.mkdir()
    made = {"original": b"a clean picture", "thumb_320": b"a thumbnail", "thumb_80": b"a thumbnail"}
    for name, content in made.items():
        (folder / name).write_bytes(content)
    processed(db, push, files, picture, {name: folder / name for name in made})
    stored(db, push, files, owner, b"a clean picture")
    parts = [_part(db, owner, content).id for content in (b"one and ", b"two")]
    with db.transaction() as session:
        uploading.begin_final(session, owner, part_ids=parts)
    receive(db, owner, b"never stored")
    Writer(db, push).write(lambda session: removing.delete_media(session, owner, picture.id))
    collect(db, push, files, 0)
    sweep(db, files, grace_s)


def _part(db: Any, owner: str, content: bytes) -> Upload:
    with db.transaction() as session:
        part = uploading.begin(session, owner, length=len(content), partial=True)
    return append(db, part, 0, content)


def main() -> None:
    """Begin a life for each line."""
    grace_s = float(sys.argv[1]) if len(sys.argv) > 1 else 0.0
    storage()
    uploads_dir()
    work_dir()
    for line in sys.stdin:
        owner, step = line.split()
        child = os.fork()
        if child == 0:
            die_at(int(step))
            live(owner, grace_s)
            os._exit(0)
        print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), flush=True)


if __name__ == "__main__":
    main()
