"""How a process locks itself in before it touches a stranger's file.

Standard library only, and imported by the zygote. Each measure is tried and told of: a machine that
does not permit one still has the others (see svc_media/README.md).
"""

from __future__ import annotations

import ctypes
import os
import resource
import signal
from contextlib import suppress
from pathlib import Path
from typing import Any

from svc_media.processing import landlock, seccomp

_CLONE_NEWUSER, _CLONE_NEWPID, _CLONE_NEWNET = 0x10000000, 0x20000000, 0x40000000
_CLONE_NEWIPC, _CLONE_NEWUTS = 0x08000000, 0x04000000
_PR_SET_PDEATHSIG, _PR_SET_DUMPABLE, _PR_SET_CHILD_SUBREAPER, _PR_SET_NO_NEW_PRIVS = 1, 4, 36, 38
# systemd leaves these user ids to nobody, so neither a person nor a service has one.
_FIRST_USER, _USERS = 60_578, 606

_libc = ctypes.CDLL(None, use_errno=True)


def _unshare(flags: int) -> bool:
    return _libc.unshare(flags) == 0


def _prctl(option: int, value: int) -> bool:
    return _libc.prctl(option, value, 0, 0, 0) == 0


def die_with_parent() -> None:
    """Have the kernel kill this process when its parent ends. Changing the user id takes it back."""
    _prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)


def adopt_orphans() -> None:
    """Become the parent of descendants whose own parent ends."""
    _prctl(_PR_SET_CHILD_SUBREAPER, 1)


def leave_the_network() -> bool:
    """Move to an empty network, for this process and all that it starts; tell whether that is permitted."""
    if _unshare(_CLONE_NEWNET | _CLONE_NEWIPC | _CLONE_NEWUTS):
        return True
    user, group = os.geteuid(), os.getegid()
    if user == 0:  # a container's root; in a user namespace it could not change to another user any more
        return False
    if not _unshare(_CLONE_NEWUSER | _CLONE_NEWNET | _CLONE_NEWIPC | _CLONE_NEWUTS):
        return False
    Path("/proc/self/setgroups").write_text("deny")
    Path("/proc/self/uid_map").write_text(f"{user} {user} 1")
    Path("/proc/self/gid_map").write_text(f"{group} {group} 1")
    return True


def leave_other_processes() -> bool:
    """Have the next child be the first process of a world of its own: it dies, and all in it die."""
    return _unshare(_CLONE_NEWPID)


def own_user() -> int | None:
    """Return a user id that hardly any other process has, or None where only root may take one."""
    return _FIRST_USER + os.getpid() % _USERS if os.geteuid() == 0 else None


def give_away(folder: Path, user: int) -> None:
    """Let `user` own the folder and what lies in it."""
    for path in (folder, *folder.iterdir()):
        os.chown(path, user, user, follow_symlinks=False)


def lock_in(folder: Path, user: int | None, limits: dict[str, Any]) -> None:
    """Go to `folder` and give up everything else, for good.

    Args:
        folder: The only place where files may be made or read, apart from the system's programs.
        user: The user id to take, None to keep the present one.
        limits: The fields of `Limits`.
    """
    os.chdir(folder)
    os.umask(0o077)
    _prctl(_PR_SET_NO_NEW_PRIVS, 1)
    landlock.restrict_to(folder)
    if user is not None:
        os.setgroups([])
        os.setresgid(user, user, user)
        os.setresuid(user, user, user)
    _set_limits(limits, alone=user is not None)
    _prctl(_PR_SET_DUMPABLE, 0)
    die_with_parent()
    seccomp.refuse_calls()


def _set_limits(limits: dict[str, Any], *, alone: bool) -> None:
    cpu_s = int(limits["cpu_s"])
    wanted = {
        resource.RLIMIT_CORE: (0, 0),
        # At the lower of two limits comes SIGXCPU, which the first process of a world of its own never hears.
        resource.RLIMIT_CPU: (cpu_s, cpu_s),
        resource.RLIMIT_AS: (limits["memory"],) * 2,
        resource.RLIMIT_FSIZE: (limits["file_size"],) * 2,
        resource.RLIMIT_NOFILE: (limits["open_files"],) * 2,
        resource.RLIMIT_MSGQUEUE: (0, 0),
    }
    if alone:  # it counts all processes of the user id
        wanted[resource.RLIMIT_NPROC] = (limits["processes"],) * 2
    for number, (soft, hard) in wanted.items():
        resource.setrlimit(number, (soft, hard))


def kill_all(first: int) -> None:
    """Kill the process, its group, and whatever else this process has become the parent of."""
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(first, signal.SIGKILL)
    with suppress(ProcessLookupError):
        os.kill(first, signal.SIGKILL)


def kill_orphans() -> None:
    """Kill the children that are left, and theirs as they arrive, until there is none."""
    children = Path(f"/proc/self/task/{os.getpid()}/children")
    while pids := children.read_text().split():
        for pid in pids:
            with suppress(ProcessLookupError):
                os.kill(int(pid), signal.SIGKILL)
        with suppress(ChildProcessError):
            os.waitpid(-1, 0)
