"""TLS at both doors, where `CHARLA_TLS=on` asks for it: with a certificate that is given, or one made here.

What was asked for last holds until something else is, so that `status` and a later `up` know of it, too.
"""

from __future__ import annotations

import datetime
import hashlib
import json
import os
import re
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from cryptography import x509
from cryptography.hazmat.primitives import serialization

from stack import certificates
from stack.errors import StackError
from stack.rundir import write_private

if TYPE_CHECKING:
    from collections.abc import Callable

    from cryptography.hazmat.primitives.asymmetric.types import PublicKeyTypes

    from stack.rundir import RunDir

# Before this, Nginx takes `http2` as a word of `listen`; since then it warns of it there.
_HTTP2_DIRECTIVE_SINCE = (1, 25, 1)
#: What certificate and key are called where they are copied for a container.
INSIDE = ("server.pem", "server.key")


@dataclass(frozen=True)
class Choice:
    """What was asked for.

    Attributes:
        on: whether the doors speak TLS.
        certificate: a PEM file of the certificate, and of those that lead to its authority; made here if empty.
        key: a PEM file of its private key.
    """

    on: bool = False
    certificate: str = ""
    key: str = ""


def decide(run: RunDir) -> None:
    """Takes note of what the environment asks for, once it is seen to work.

    Raises:
        StackError: it cannot be done; nothing has changed.
    """
    wanted = _wanted(run)
    if wanted.on and wanted.certificate:
        _check(Path(wanted.certificate), Path(wanted.key))
    elif wanted.on:
        certificates.bring_up_to_date(run.folder("tls"), _hosts())
    _check_url("PUBLIC_URL", wanted)
    _check_url("MEDIA_URL", wanted)
    write_private(_notes(run), json.dumps(asdict(wanted)) + "\n")


def chosen(run: RunDir) -> Choice:
    """Returns what was decided last."""
    notes = _notes(run)
    return Choice(**json.loads(notes.read_text())) if notes.exists() else Choice()


def scheme(run: RunDir) -> str:
    """Returns that of the doors' addresses."""
    return "https" if chosen(run).on else "http"


def authority(run: RunDir) -> Path | None:
    """Returns the certificate that browsers have to be told to trust; None where there is none of ours."""
    choice = chosen(run)
    return certificates.authority(run.folder("tls")) if choice.on and not choice.certificate else None


def files(run: RunDir) -> tuple[Path, Path] | None:
    """Returns the files of the doors' certificate and key; None while they speak plain HTTP."""
    choice = chosen(run)
    if not choice.on:
        return None
    return (
        (Path(choice.certificate), Path(choice.key)) if choice.certificate else certificates.server(run.folder("tls"))
    )


def settings(run: RunDir, says: Callable[[], str], folder: str = "") -> dict[str, str]:
    """Returns what stands in the places of Nginx's template: the words after `listen ADDRESS`, and the rest.

    Args:
        run: the run directory.
        says: returns what Nginx says of its version.
        folder: where Nginx finds both files by the names of `INSIDE`; where they are, when empty.
    """
    found = files(run)
    if found is None:
        return {"LISTEN_AS": "", "TLS": ""}
    old = _version(says()) < _HTTP2_DIRECTIVE_SINCE
    certificate, key = [f"{folder}/{name}" for name in INSIDE] if folder else found
    # The mark makes another certificate another file of settings, for which Nginx is started anew.
    mark = hashlib.sha256(found[0].read_bytes()).hexdigest()[:16]
    lines = [f'ssl_certificate "{certificate}";', f'ssl_certificate_key "{key}";', f"# {mark}"]
    return {
        "LISTEN_AS": " ssl http2" if old else " ssl",
        "TLS": "\n  ".join(lines if old else [*lines, "http2 on;"]),
    }


def _hosts() -> list[str]:
    """Returns the hosts of the addresses that people are told."""
    found = (urlsplit(os.environ.get(name, "")).hostname for name in ("PUBLIC_URL", "MEDIA_URL"))
    return [each for each in found if each]


def _notes(run: RunDir) -> Path:
    return run.path / "tls.json"


def _wanted(run: RunDir) -> Choice:
    word = os.environ.get("CHARLA_TLS")
    given = [os.environ.get(name, "") for name in ("CHARLA_TLS_CERT", "CHARLA_TLS_KEY")]
    if word not in (None, "on", "off"):
        raise _refusal(f"CHARLA_TLS is on or off, not {word!r}")
    if any(given) and not all(given):
        raise _refusal("CHARLA_TLS_CERT and CHARLA_TLS_KEY are given together")
    if word is None:
        if any(given) and not chosen(run).on:
            raise _refusal("CHARLA_TLS_CERT is given without CHARLA_TLS=on")
        return Choice(True, *map(_absolute, given)) if any(given) else chosen(run)
    return Choice(True, *map(_absolute, given)) if word == "on" else Choice()


def _absolute(path: str) -> str:
    return str(Path(path).absolute()) if path else ""


def _check(certificate: Path, key: Path) -> None:
    try:
        found = x509.load_pem_x509_certificates(_read(certificate))[0]
    except (ValueError, IndexError):
        raise _refusal(f"{certificate} holds no certificate (PEM)") from None
    try:
        private = serialization.load_pem_private_key(_read(key), password=None)
    except (ValueError, TypeError):
        raise _refusal(f"{key} holds no private key (PEM) that opens without a password") from None
    if _public(private.public_key()) != _public(found.public_key()):
        raise _refusal(f"the key {key} is not that of the certificate {certificate}")
    now = datetime.datetime.now(datetime.UTC)
    if now > found.not_valid_after_utc:
        raise _refusal(f"the certificate {certificate} ended on {found.not_valid_after_utc:%Y-%m-%d}")
    if now < found.not_valid_before_utc:
        raise _refusal(f"the certificate {certificate} begins on {found.not_valid_before_utc:%Y-%m-%d}")


def _public(key: PublicKeyTypes) -> bytes:
    return key.public_bytes(serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)


def _check_url(name: str, wanted: Choice) -> None:
    if wanted.on and os.environ.get(name, "").startswith("http:"):
        raise _refusal(f"{name} begins with http: while CHARLA_TLS is on")


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as failure:
        raise _refusal(f"{path} cannot be read: {failure.strerror}") from None


def _refusal(why: str) -> StackError:
    return StackError(f"TLS: {why}")


def _version(said: str) -> tuple[int, ...]:
    found = re.search(r"nginx/(\d+)\.(\d+)\.(\d+)", said)
    return tuple(int(each) for each in found.groups()) if found else (0,)
