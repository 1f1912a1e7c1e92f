"""Passwords and keys in a backup: one private file, sealed where there is a passphrase."""

from __future__ import annotations

import base64
import json
import os
import secrets
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cryptography.fernet import Fernet, InvalidToken
from cryptography.hazmat.primitives.kdf.scrypt import Scrypt

from stack.errors import StackError
from stack.rundir import write_private

if TYPE_CHECKING:
    from stack.rundir import RunDir

_COST = 2**15
_SHORTEST = 8


def passphrase(path: str) -> str:
    """Returns what the file holds, without the end of its line; nothing where no file is named.

    Raises:
        StackError: it cannot be read, or is too short.
    """
    if not path:
        return ""
    try:
        found = Path(path).read_text().rstrip("\n")
    except OSError as failure:
        message = f"the passphrase cannot be read: {failure}"
        raise StackError(message) from failure
    if len(found) < _SHORTEST:
        message = f"the passphrase in {path} is shorter than {_SHORTEST} characters"
        raise StackError(message)
    return found


def pack(run: RunDir, path: Path, words: str) -> None:
    """Writes all secrets of a stack into a file; the moment of each goes along, since the newest key signs."""
    home = run.secrets
    files = sorted(each for each in home.rglob("*") if each.is_file() and each.suffix in (".json", ".pem"))
    content = {str(each.relative_to(home)): {"text": each.read_text(), "mtime": each.stat().st_mtime} for each in files}
    plain = json.dumps(content)
    if words:
        salt = secrets.token_bytes(16)
        sealed = Fernet(_key(words, salt)).encrypt(plain.encode()).decode()
        plain = json.dumps({"sealed": sealed, "salt": salt.hex()})
    write_private(path, plain)


def unpack(path: Path, words: str) -> dict[str, dict[str, Any]]:
    """Returns each file of the secrets by its name: what it says, and its time.

    Raises:
        StackError: it is damaged, or the passphrase is missing or wrong.
    """
    try:
        found = json.loads(path.read_text())
        if "sealed" in found:
            if not words:
                message = "the secrets of this backup are sealed: name the passphrase with --passphrase-file FILE"
                raise StackError(message)
            key = _key(words, bytes.fromhex(found["salt"]))
            found = json.loads(Fernet(key).decrypt(found["sealed"].encode()))
    except InvalidToken as failure:
        message = f"the passphrase does not open {path}, or the file is damaged"
        raise StackError(message) from failure
    except (OSError, ValueError, KeyError) as failure:
        message = f"{path} is damaged: {failure}"
        raise StackError(message) from failure
    return dict(found)


def place(run: RunDir, found: dict[str, dict[str, Any]]) -> None:
    """Writes the secrets into a run directory."""
    for name, file in found.items():
        path = run.secrets / name
        run.folder("secrets", *Path(name).parent.parts)
        write_private(path, file["text"])
        os.utime(path, (file["mtime"], file["mtime"]))


def _key(words: str, salt: bytes) -> bytes:
    raw = Scrypt(salt=salt, length=32, n=_COST, r=8, p=1).derive(words.encode())
    return base64.urlsafe_b64encode(raw)
