"""gunicorn's gevent worker with less work for each request: see docs/adr/0013-what-a-send-no-longer-pays-for.md."""

from __future__ import annotations

import socket
import time
from contextlib import suppress
from typing import Any

import gevent
from gunicorn import util
from gunicorn.http import wsgi

from plumbing.gevent_worker import DrainingWorker


class Settled:
    """gunicorn's settings as plain attributes.

    It asks for some twenty of them with each request, and looks each up in a dictionary of objects by `__getattr__`,
    which costs a fifth of all that it does for a request.

    Args:
        config: The settings, which do not change any more.
    """

    _METHODS = ("is_ssl", "forwarded_allow_networks", "proxy_allow_networks")

    def __init__(self, config: Any) -> None:
        self._config = config
        for name in (*config.settings, *self._METHODS):
            setattr(self, name, getattr(config, name))

    def __getattr__(self, name: str) -> Any:
        """Return what is no setting, and rarely asked for."""
        return getattr(self._config, name)


class OneWrite(wsgi.Response):
    """Sends an answer's head and the first piece of its body in one packet, not in two."""

    headers_sent: bool
    _head = b""
    _date, _date_at = "", 0

    def default_headers(self) -> list[str]:
        """Return the first lines, with a date that is made once a second."""
        now = int(time.time())
        if OneWrite._date_at != now:
            OneWrite._date, OneWrite._date_at = util.http_date(now), now
        major, minor = self.req.version
        lines = [
            f"HTTP/{major}.{minor} {self.status}\r\n",
            f"Server: {self.version}\r\n",
            f"Date: {OneWrite._date}\r\n",
            f"Connection: {'close' if self.should_close() else 'keep-alive'}\r\n",
        ]
        return [*lines, "Transfer-Encoding: chunked\r\n"] if self.chunked else lines

    def send_headers(self) -> None:
        """Make the head; it leaves with the body, or at the end where there is none."""
        if not self.headers_sent:
            lines = self.default_headers()
            lines += [f"{name}: {value}\r\n" for name, value in self.headers]
            self._head = util.to_bytestring("".join([*lines, "\r\n"]), "latin-1")
            self.headers_sent = True

    def _emit_body(self, data: bytes) -> None:
        if self.chunked:
            self._send_head()
            super()._emit_body(data)
        else:
            head, self._head = self._head, b""
            self._send(head + data)

    def _send(self, packet: bytes) -> None:
        # gevent's `sendall` first asks the kernel for the size of its buffer; nearly always all fits into it.
        sent = self.sock.send(packet)
        if sent < len(packet):
            util.write(self.sock, packet[sent:])

    def _send_head(self) -> None:
        head, self._head = self._head, b""
        if head:
            self._send(head)

    def close(self) -> None:
        """Send what has not left yet."""
        self.send_headers()
        self._send_head()
        super().close()


class Worker(DrainingWorker):
    """Answers with `OneWrite`, and without gunicorn's access log, hooks and count of requests."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.cfg = Settled(vars(self)["cfg"])

    def handle_request(self, listener_name: Any, req: Any, sock: Any, addr: Any) -> None:
        """Answer one request.

        Raises:
            StopIteration: gunicorn's sign that the connection is done with.
            Exception: The application failed before it began to answer.
        """
        answer, environ = wsgi.create(req, sock, addr, listener_name, self.cfg, response_class=OneWrite)
        environ["wsgi.multithread"] = True
        if not self.alive:
            answer.force_close()
        with suppress(gevent.GreenletExit, SystemExit):
            self._answer(answer, environ, sock)
            if answer.should_close():
                raise StopIteration

    def _answer(self, answer: OneWrite, environ: dict[str, Any], sock: Any) -> None:
        pieces = self.wsgi(environ, answer.start_response)
        try:
            for piece in pieces:
                answer.write(piece)
            answer.close()
        except OSError:
            raise
        except Exception:
            if not answer.headers_sent:
                raise
            # What has left cannot be taken back: the client has to notice that the rest is missing.
            self.log.exception("Error handling request")
            with suppress(OSError):
                sock.shutdown(socket.SHUT_RDWR)
            raise StopIteration from None
        finally:
            if hasattr(pieces, "close"):
                pieces.close()
