"""The way to the mail server: plain, or by TLS where SMTP_TLS says so."""

from __future__ import annotations

import smtplib
import ssl
from typing import Any

from plumbing.settings import settings


def connected(host: str, port: int, timeout_s: float) -> smtplib.SMTP:
    """Return a connection to a mail server, to be used by `with`.

    Where TLS is asked for nothing is handed over without: not to a server that does not offer it (any more), nor to one
    whose certificate is not for `host` or of nobody that this machine, or SSL_CERT_FILE, trusts.

    Raises:
        OSError: There is none, or none that can be believed (errors of smtplib and ssl are OSErrors).
    """
    wanted = settings().smtp_tls
    if wanted == "on":
        return smtplib.SMTP_SSL(host, port, timeout=timeout_s, context=_trusted())
    server = smtplib.SMTP(host, port, timeout=timeout_s)
    if wanted == "starttls":
        try:
            server.starttls(context=_trusted())
        except BaseException:
            server.close()
            raise
    return server


class _Context(ssl.SSLContext):
    """As smtplib uses it, but that a refused handshake leaves no socket behind."""

    def wrap_socket(self, *words: Any, **named: Any) -> ssl.SSLSocket:
        """Return the socket, once both sides believe each other."""
        link = super().wrap_socket(*words, **named | {"do_handshake_on_connect": False})
        try:
            link.do_handshake()
        except BaseException:
            link.close()
            raise
        return link


def _trusted() -> ssl.SSLContext:
    """Return what demands a certificate for the host's name, of an authority that this machine trusts."""
    context = _Context(ssl.PROTOCOL_TLS_CLIENT)
    context.load_default_certs()
    return context
