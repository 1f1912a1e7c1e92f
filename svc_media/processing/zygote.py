"""A small process that starts sandboxed ones.

It begins with an empty environment, loads the decoders once, leaves the network, and forks for every
job: so a job costs milliseconds, and no secret of the worker is in its memory. One job at a time.

On its control socket come `{"call"|"argv", "workdir", "limits"}` with the job's output pipes; when the
job has ended it answers `{"status", "cpu_s", "max_rss"}`. Any other word, or the end of the socket,
kills the job.
"""

from __future__ import annotations

import errno
import importlib
import json
import os
import select
import signal
import socket
import sys
import traceback
from pathlib import Path
from typing import Any, NoReturn

from svc_media.processing import confinement, landlock, seccomp
from svc_media.processing.refusals import INVALID, TOO_COSTLY, Refused

_MESSAGE = 65_536
# Our own trouble, of which the file is innocent.
_OURS = frozenset({"ENOSPC", "EIO", "EDQUOT", "EMFILE", "ENFILE"})


def main(control_fd: int, modules: list[str]) -> None:
    """Serve jobs until the other end of the control socket is closed."""
    confinement.die_with_parent()
    for name in modules:
        importlib.import_module(name)
    has_own_network = confinement.leave_the_network()
    with socket.socket(fileno=control_fd) as control:
        control.setblocking(True)
        control.send(json.dumps(_described(has_own_network)).encode())
        while True:
            message, descriptors, _, _ = socket.recv_fds(control, _MESSAGE, 2)
            if not message:
                return
            job = json.loads(message)
            if descriptors:  # or else it is a word to kill a job that has just ended
                _serve(control, job, descriptors)


def _described(has_own_network: bool) -> dict[str, Any]:
    """Tell how tightly jobs are locked in on this machine."""
    refused = seccomp.is_offered()
    return {
        "network": "its own" if has_own_network else "no sockets" if refused else "ours",
        "user": "its own" if confinement.own_user() else "ours",
        "files": "its own folder" if landlock.version() else "all that the user may read",
        "calls": "some refused" if refused else "all",
    }


def _serve(control: socket.socket, job: dict[str, Any], descriptors: list[int]) -> None:
    keeper = os.fork()
    if keeper == 0:
        _keep(control, job, descriptors)
    for each in descriptors:
        os.close(each)
    _, status = os.waitpid(keeper, 0)
    if status:
        control.send(json.dumps({"lost": status}).encode())


def _keep(control: socket.socket, job: dict[str, Any], descriptors: list[int]) -> NoReturn:
    """Start the job, wait for it or for the word that it must end, and tell what it used."""
    try:
        confinement.die_with_parent()
        confinement.adopt_orphans()
        user, folder = confinement.own_user(), Path(job["workdir"])
        if user is not None:
            confinement.give_away(folder, user)
        confinement.leave_other_processes()
        first = os.fork()
        if first == 0:
            _work(control, job, descriptors, user)
        for each in descriptors:
            os.close(each)
        control.send(json.dumps(_ended(control, first)).encode())
    except BaseException:  # noqa: BLE001 - nothing may get back into the zygote's own loop
        traceback.print_exc()
        os._exit(1)
    os._exit(0)


def _ended(control: socket.socket, first: int) -> dict[str, Any]:
    watched = select.poll()
    watched.register(os.pidfd_open(first), select.POLLIN)
    watched.register(control, select.POLLIN)
    if any(descriptor == control.fileno() for descriptor, _ in watched.poll()):
        control.recv(_MESSAGE)
    confinement.kill_all(first)  # not reaped yet, so its number is still its own
    _, status, used = os.wait4(first, 0)
    confinement.kill_orphans()
    return {"status": status, "cpu_s": used.ru_utime + used.ru_stime, "max_rss": used.ru_maxrss * 1024}


def _work(control: socket.socket, job: dict[str, Any], descriptors: list[int], user: int | None) -> NoReturn:
    """Be the job."""
    code = 1
    try:
        os.setsid()
        for number, target in zip(descriptors, (1, 2), strict=True):
            os.dup2(number, target)
        control.detach()
        os.closerange(3, 4096)
        confinement.lock_in(Path(job["workdir"]), user, job["limits"])
        if "argv" in job:
            os.execv(job["argv"][0], job["argv"])  # noqa: S606
        code = _call(job["call"], job["arguments"])
    except BaseException:  # noqa: BLE001 - the same
        traceback.print_exc()
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)


def _call(name: str, arguments: dict[str, Any]) -> int:
    """Call `module:function` and print its result, or why there is none, as one line of JSON."""
    module, _, function = name.partition(":")
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)  # a write that is too long is an error then, with a name
    try:
        answer = {"result": getattr(sys.modules[module], function)(**arguments)}
    except Refused as refusal:
        answer = {"refused": refusal.code}
    except MemoryError:
        answer = {"refused": TOO_COSTLY}
    except OSError as error:
        traceback.print_exc()
        ours = _errno_name(error) in _OURS
        costly = _errno_name(error) == "EFBIG"
        answer = {"failed": str(error)} if ours else {"refused": TOO_COSTLY if costly else INVALID}
    except Exception:  # noqa: BLE001 - a decoder fed by a stranger raises anything
        traceback.print_exc()
        answer = {"refused": INVALID}
    sys.stdout.write(json.dumps(answer) + "\n")
    return 0


def _errno_name(error: OSError) -> str:
    """Return e.g. `ENOSPC`; nothing when the operating system has no part in the error."""
    return errno.errorcode.get(error.errno or 0, "")
