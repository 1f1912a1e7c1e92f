"""The web client: built when its sources changed, and published where Nginx reads it."""

from __future__ import annotations

import fcntl
import hashlib
import os
import re
import shutil
import subprocess
import time
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from stack.errors import StackError
from stack.rundir import ROOT

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from stack.rundir import RunDir

HOME = ROOT / "web"
LANGUAGES = ("en", "es")
#: What Angular's command line demands of Node.
OLDEST_NODE = (20, 19)
_MADE = frozenset({"node_modules", "dist", ".angular", "out-tsc"})
_HASHED = re.compile(r"-[A-Za-z0-9_-]{8}\.(js|css)(\.gz)?$")
#: So long a page that was opened before may ask for the parts of its own build.
_OLD_PARTS_S = 7 * 24 * 3600.0
# The bootstrap has put one into PATH where the system's is too old, unless this machine has no such package.
_NODE_ADVICE = """the web client is not built: it needs Node.js 20.19 or newer, and here is {found}.
  Please install the package that the Node.js project has for this system. The API is served all the same."""


def published(run: RunDir) -> Path:
    """Returns the folder that Nginx serves; one outside where its workers cannot reach the run directory."""
    if os.getuid() != 0 or all(each.stat().st_mode & 0o001 for each in run.path.parents):
        return run.path / "web"
    mark = hashlib.sha256(os.fsencode(run.path)).hexdigest()[:12]
    return Path("/var/tmp") / f"charla-web-{mark}"  # noqa: S108 - root's own, see `_own`


def bring_up_to_date(run: RunDir, say: Callable[[str], None]) -> bool:
    """Builds and publishes the client where its sources changed.

    Returns:
        Whether there is a client. Where there is none, `say` was told why: the rest of Charla works without.
    """
    if _read(published(run) / "stamp") == _stamp():
        return True
    try:
        with _alone():
            _publish(published(run), _build_if_stale(say))
    except StackError as failure:
        say(f"  web: {failure}")
        return False
    return True


def build_if_stale(say: Callable[[str], None]) -> None:
    """Builds the client into `web/dist`, unless that is what it was built of.

    Raises:
        StackError: it cannot be built.
    """
    with _alone():
        _build_if_stale(say)


def _build_if_stale(say: Callable[[str], None]) -> str:
    """Returns the stamp of what is in `web/dist` now."""
    stamp = _stamp()
    if _read(HOME / "dist" / "stamp") != stamp:
        _build(say)
        (HOME / "dist" / "stamp").write_text(stamp)
    return stamp


def _build(say: Callable[[str], None]) -> None:
    install(say)
    begun = time.monotonic()
    say("  web: building the client (a minute or less)")
    npm("run", "build")
    say(f"  web: built ({time.monotonic() - begun:.1f} s)")


def install(say: Callable[[str], None], home: Path = HOME) -> None:
    """Brings `node_modules` of the client, or of another package of ours, to what its lock file says.

    Raises:
        StackError: Node is missing or too old, or a package cannot be had.
    """
    _demand_node()
    wanted, note = _hash_of(home / "package-lock.json"), home / "node_modules" / ".charla-lock"
    if _read(note) == wanted:
        return
    begun = time.monotonic()
    say(f"  web: installing the packages that {os.path.relpath(home, ROOT)}/package-lock.json names")
    npm("ci", "--no-audit", "--no-fund", home=home)
    note.write_text(wanted)
    say(f"  web: installed ({time.monotonic() - begun:.1f} s)")


def npm(*words: str, home: Path = HOME) -> None:
    """Runs npm in `web/`, or in the folder of another package of ours.

    Raises:
        StackError: it failed; with the end of what it said.
    """
    around = dict(os.environ) | {"CI": "1", "NG_CLI_ANALYTICS": "false", "NO_COLOR": "1"}
    done = subprocess.run(
        ["npm", *words],
        cwd=home,
        env=around,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    if done.returncode:
        end = "\n".join(done.stdout.strip().splitlines()[-40:])
        message = f"`npm {' '.join(words)}` failed in {os.path.relpath(home, ROOT)}/:\n{end}"
        raise StackError(message)


def _demand_node() -> None:
    found = _node()
    numbers = tuple(int(each) for each in re.findall(r"\d+", found)[:2])
    if numbers < OLDEST_NODE or not shutil.which("npm"):
        raise StackError(_NODE_ADVICE.format(found=f"Node.js {found}" if found else "none"))


def _node() -> str:
    """Returns the version of Node; nothing where there is none."""
    try:
        done = subprocess.run(["node", "--version"], capture_output=True, text=True, check=False)
    except OSError:
        return ""
    return done.stdout.strip()


def _stamp() -> str:
    """Returns a hash of all that the build is made of."""
    digest = hashlib.sha256()
    for path in sorted(_sources(HOME)):
        digest.update(f"{path.relative_to(HOME)}\0{_hash_of(path)}\n".encode())
    return digest.hexdigest()


def _sources(folder: Path) -> Iterator[Path]:
    for each in folder.iterdir():
        if each.is_dir():
            if each.name not in _MADE:
                yield from _sources(each)
        elif not each.name.endswith((".spec.ts", ".md")):
            yield each


def _hash_of(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def _read(path: Path) -> str:
    try:
        return path.read_text()
    except OSError:
        return ""


@contextmanager
def _alone() -> Iterator[None]:
    """Lets one stack at a time build; `web/dist` is everybody's."""
    folder = ROOT / ".run"
    folder.mkdir(mode=0o700, exist_ok=True)
    with (folder / "web.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _publish(folder: Path, stamp: str) -> None:
    """Copies the build to where it is served from, its pages last: they name the parts."""
    _own(folder)
    (folder / "stamp").unlink(missing_ok=True)  # whoever is interrupted leaves nothing that looks whole
    for language in LANGUAGES:
        files = [each for each in (HOME / "dist" / language).rglob("*") if each.is_file()]
        for source in sorted(files, key=lambda each: each.name.startswith(("index.html", "ngsw"))):
            _place(source, folder / source.relative_to(HOME / "dist"))
        _drop_others(folder / language, {each.relative_to(HOME / "dist" / language) for each in files})
    (folder / "stamp").write_text(stamp)


def _own(folder: Path) -> None:
    folder.mkdir(mode=0o755, parents=True, exist_ok=True)
    if folder.is_symlink() or folder.stat().st_uid != os.getuid():
        message = f"{folder} belongs to somebody else"
        raise StackError(message)
    folder.chmod(0o755)


def _place(source: Path, target: Path) -> None:
    """Puts one file in its place in one step, readable for Nginx's workers."""
    target.parent.mkdir(exist_ok=True)
    target.parent.chmod(0o755)
    draft = target.with_name(f".{target.name}.new")
    shutil.copyfile(source, draft)
    draft.chmod(0o644)
    draft.replace(target)


def _drop_others(folder: Path, wanted: set[Path]) -> None:
    """Removes what the build has no more, but for parts that a page opened before may still ask for."""
    horizon = time.time() - _OLD_PARTS_S
    for path in [each for each in folder.rglob("*") if each.is_file() and each.relative_to(folder) not in wanted]:
        if not _HASHED.search(path.name) or path.stat().st_mtime < horizon:
            path.unlink()
