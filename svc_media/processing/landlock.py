"""Landlock: the kernel keeps this process to some folders, whoever it is. Standard library only."""

from __future__ import annotations

import ctypes
import os
import sys
from pathlib import Path

_CREATE_RULESET, _ADD_RULE, _RESTRICT_SELF = 444, 445, 446
_RULE_PATH_BENEATH = 1
_EXECUTE, _WRITE_FILE, _READ_FILE, _READ_DIR = 1, 2, 4, 8
_READING = _EXECUTE | _READ_FILE | _READ_DIR
_FIRST_KINDS = (1 << 13) - 1  # everything that version 1 knows
_REFER, _TRUNCATE, _IOCTL = 1 << 13, 1 << 14, 1 << 15
_CONNECT_AND_BIND = 3
_ON_FILES = _EXECUTE | _WRITE_FILE | _READ_FILE | _TRUNCATE
#: What a program needs to start: the system's own files, none of anybody's data.
_SYSTEM = ("/usr", "/lib", "/lib64", "/bin", "/etc/ld.so.cache", "/etc/alternatives", "/sys/devices/system/cpu")
_DEVICES = ("/dev/null", "/dev/zero", "/dev/urandom")

_libc = ctypes.CDLL(None, use_errno=True)


class _Ruleset(ctypes.Structure):
    _fields_ = (("files", ctypes.c_uint64), ("network", ctypes.c_uint64), ("scoped", ctypes.c_uint64))


class _PathBeneath(ctypes.Structure):
    _pack_ = 1
    _fields_ = (("allowed", ctypes.c_uint64), ("parent", ctypes.c_int32))


def version() -> int:
    """Return what the kernel offers; 0 where it has no Landlock."""
    return max(0, int(_libc.syscall(_CREATE_RULESET, None, 0, 1)))


def restrict_to(folder: Path) -> bool:
    """Keep this process and its children to `folder` and the system's programs; no TCP either.

    Returns:
        Whether the kernel does so. `no_new_privs` must be set.
    """
    offered = version()
    if not offered:
        return False
    files = _FIRST_KINDS | (_REFER if offered >= 2 else 0) | (_TRUNCATE if offered >= 3 else 0)
    network = _CONNECT_AND_BIND if offered >= 4 else 0
    wanted = _Ruleset(files | (_IOCTL if offered >= 5 else 0), network, 3 if offered >= 6 else 0)
    size = 24 if offered >= 6 else 16 if offered >= 4 else 8
    ruleset = _libc.syscall(_CREATE_RULESET, ctypes.byref(wanted), ctypes.c_size_t(size), 0)
    if ruleset < 0:
        return False
    try:
        return _add_rules(ruleset, folder, files) and _libc.syscall(_RESTRICT_SELF, ruleset, 0) == 0
    finally:
        os.close(ruleset)


def _add_rules(ruleset: int, folder: Path, files: int) -> bool:
    reading = {*_SYSTEM, sys.base_prefix, sys.prefix}
    return (
        _allow(ruleset, folder, files)
        and all(_allow(ruleset, Path(each), _READING) for each in reading if Path(each).exists())
        and all(_allow(ruleset, Path(each), _READ_FILE | _WRITE_FILE) for each in _DEVICES if Path(each).exists())
    )


def _allow(ruleset: int, path: Path, access: int) -> bool:
    place = os.open(path, os.O_PATH | os.O_CLOEXEC)
    try:
        rule = _PathBeneath(access if path.is_dir() else access & _ON_FILES, place)
        return _libc.syscall(_ADD_RULE, ruleset, _RULE_PATH_BENEATH, ctypes.byref(rule), 0) == 0
    finally:
        os.close(place)
