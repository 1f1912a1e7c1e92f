"""A filter in the kernel on what a process may ask of it. Standard library only.

A decoder opens no socket, traces nobody and mounts nothing, so these calls fail from now on, whoever
the user is. Everything else is allowed: Python, ffmpeg and their libraries ask for a lot.
"""

from __future__ import annotations

import ctypes
import errno
import platform
import struct

_PR_SET_SECCOMP, _PR_GET_SECCOMP, _MODE_FILTER = 22, 21, 2
_LOAD, _EQUAL, _NOT_BELOW, _RETURN = 0x20, 0x15, 0x35, 0x06
_ALLOW, _KILL, _ERRNO = 0x7FFF0000, 0x80000000, 0x00050000
_NUMBER_AT, _ARCHITECTURE_AT = 0, 4
_X32 = 0x40000000  # the same calls under other numbers
# io_uring_setup, _enter and _register, open_tree, move_mount, fsopen, pidfd_getfd
_EVERYWHERE = (425, 426, 427, 428, 429, 430, 438)
# socket, socketpair, ptrace, process_vm_readv, process_vm_writev, mount, umount2, unshare, setns, bpf, keyctl,
# add_key, request_key, perf_event_open, userfaultfd, kexec_load
_REFUSED = {
    "x86_64": (0xC000003E, (41, 53, 101, 310, 311, 165, 166, 272, 308, 321, 250, 248, 249, 298, 323, 246)),
    "aarch64": (0xC00000B7, (198, 199, 117, 270, 271, 40, 39, 97, 268, 280, 219, 217, 218, 241, 282, 104)),
}

_libc = ctypes.CDLL(None, use_errno=True)


class _Program(ctypes.Structure):
    _fields_ = (("length", ctypes.c_ushort), ("filter", ctypes.c_char_p))


def is_offered() -> bool:
    """Tell whether this kernel and processor have the filter."""
    return platform.machine() in _REFUSED and _libc.prctl(_PR_GET_SECCOMP, 0, 0, 0, 0) >= 0


def refuse_calls() -> bool:
    """Refuse those calls to this process and its children for good; tell whether the kernel does.

    `no_new_privs` must be set.
    """
    if not is_offered():
        return False
    code = _filter(*_REFUSED[platform.machine()])
    program = _Program(len(code) // 8, code)
    return _libc.prctl(_PR_SET_SECCOMP, _MODE_FILTER, ctypes.byref(program), 0, 0) == 0


def _filter(architecture: int, refused: tuple[int, ...]) -> bytes:
    numbers = (*refused, *_EVERYWHERE)
    steps = [
        (_LOAD, 0, 0, _ARCHITECTURE_AT),
        (_EQUAL, 1, 0, architecture),
        (_RETURN, 0, 0, _KILL),
        (_LOAD, 0, 0, _NUMBER_AT),
        (_NOT_BELOW, len(numbers) + 1, 0, _X32),
        *((_EQUAL, len(numbers) - place, 0, number) for place, number in enumerate(numbers)),
        (_RETURN, 0, 0, _ALLOW),
        (_RETURN, 0, 0, _ERRNO | errno.EACCES),
    ]
    return b"".join(struct.pack("HBBI", *step) for step in steps)
