"""The load balancer, out of the template `nginx.conf` at the repository's root."""

from __future__ import annotations

import os
import re
import shutil
import socket
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from stack import media, web
from stack.environment import HOST, basic, media_url, public_url
from stack.errors import StackError
from stack.process import Process
from stack.rundir import ROOT, write_private

if TYPE_CHECKING:
    from stack.rundir import RunDir

_PLACE = re.compile(r"\$\{CHARLA_([A-Z_]+)\}")

_HSTS = 'add_header Strict-Transport-Security "max-age=31536000" always;'


def fill(template: str, values: dict[str, str]) -> str:
    """Returns the template with each `${CHARLA_NAME}` replaced; KeyError if one is unknown."""
    return _PLACE.sub(lambda place: values[place.group(1)], template)


def prepare(run: RunDir, ports: dict[str, int]) -> Process:
    """Writes the settings of this stack's load balancer."""
    home = run.folder("nginx")
    for name in ("body", "proxy", "fastcgi", "uwsgi", "scgi"):
        run.folder("nginx", name)
    listen = os.environ.get("CHARLA_HTTP_BIND", HOST)
    values = {
        "HOME": str(home),
        # Only a master that is root can give up its rights; the workers read no file but stored media and the client.
        "USER": f"user nobody {media.NGINX_GROUP};" if os.getuid() == 0 else "",
        "LISTEN": f"{listen}:{ports['http']}",
        "GATEWAYS": f"server {HOST}:{ports['gateway']} max_fails=0;",
        "MEDIA_LISTEN": f"{listen}:{ports['media-http']}",
        "MEDIA_EDGES": f"server {HOST}:{ports['media-edge']} max_fails=0;",
        "MEDIA_ACCEL": media.ACCEL,
        "WEB": str(web.published(run)),
        # Named by the client's Content-Security-Policy.
        "MEDIA_ORIGIN": _origin(media_url(ports)),
        "HSTS": _HSTS if public_url(ports).startswith("https:") else "",
        "MEDIA_BLOBS": str(media.folder(run) / "blobs"),
    }
    settings = fill((ROOT / "nginx.conf").read_text(), values)
    write_private(home / "nginx.conf", settings)
    return Process("nginx", home, command(run), basic(), settings, stop_signal="QUIT", stop_seconds=10)


def _origin(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}"


def command(run: RunDir) -> list[str]:
    """Returns the command line of the server."""
    binary = shutil.which("nginx") or shutil.which("nginx", path="/usr/sbin:/usr/local/sbin")
    if not binary:
        message = "Nginx is not installed"
        raise StackError(message)
    home = str(run.path / "nginx")
    return [binary, "-p", home, "-c", f"{home}/nginx.conf", "-e", "stderr"]


def answers(_run: RunDir, ports: dict[str, int]) -> bool:
    """Tells whether the door is open."""
    try:
        socket.create_connection((HOST, ports["http"]), 2).close()
    except OSError:
        return False
    return True
