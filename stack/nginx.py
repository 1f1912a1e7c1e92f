"""The load balancer, out of the template `nginx.conf` at the repository's root."""

from __future__ import annotations

import os
import re
import shutil
import signal
import socket
import subprocess
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from stack import media, tls, web
from stack.environment import HOST, basic, media_url, public_url
from stack.errors import StackError
from stack.process import Process
from stack.rundir import ROOT, write_private

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from stack.rundir import RunDir

_PLACE = re.compile(r"\$\{CHARLA_([A-Z_]+)\}")

# Those whose instances Nginx chooses from.
UPSTREAMS = ("gateway", "media-edge")

# Of one address: requests a second and at once; of the second kind those that sign in. The gateway's own limits by
# address come to as much together.
_ALLOWED = {"API_RATE": 500, "API_BURST": 1000, "SIGN_IN_RATE": 10, "SIGN_IN_BURST": 600}
# What it may hold open, and how much of it Nginx can count.
_HELD = {"SOCKETS": 2000, "TRANSFERS": 1000, "ASKING": 64}
# Requests under way to the gateway, of all addresses together: no more than is answered soon, and of them as many that
# have a password hashed as are hashed in the time that they have.
_IN_FLIGHT = 512
_HASHING_SHARE = 4
_MOST_CONNECTIONS = 65_535
# Benches, tests, and a proxy on this machine, behind which everybody has its address.
_UNCOUNTED = "127.0.0.0/8 ::1"
_REAL_ADDRESSES = ("real_ip_header X-Forwarded-For;", "real_ip_recursive on;")


def fill(template: str, values: dict[str, str]) -> str:
    """Returns the template with each `${CHARLA_NAME}` replaced; KeyError if one is unknown."""
    return _PLACE.sub(lambda place: values[place.group(1)], template)


def prepare(run: RunDir, ports: dict[str, int]) -> Process:
    """Writes the settings of this stack's load balancer."""
    home = run.folder("nginx")
    for name in ("body", "proxy", "fastcgi", "uwsgi", "scgi"):
        run.folder("nginx", name)
    settings = fill((ROOT / "nginx.conf").read_text(), values(run, ports))
    write_private(home / "nginx.conf", settings)
    for name in UPSTREAMS:
        choose_from(run, name, [port for known, port in ports.items() if re.fullmatch(rf"{name}(-\d+)?", known)])
    return Process("nginx", home, command(run), basic(), settings, stop_signal="QUIT", stop_seconds=10)


def values(run: RunDir, ports: dict[str, int], secured: Mapping[str, str] | None = None) -> dict[str, str]:
    """Returns what stands in the template's places.

    Args:
        run: the run directory.
        ports: those of all.
        secured: of these what concerns TLS, for an Nginx that is not this machine's.
    """
    listen = os.environ.get("CHARLA_HTTP_BIND", HOST)
    own = {
        "HOME": str(run.path / "nginx"),
        # Only a master that is root can give up its rights; the workers read no file but stored media and the client.
        "USER": f"user nobody {media.NGINX_GROUP};" if os.getuid() == 0 else "",
        "LISTEN": f"{listen}:{ports['http']}",
        "MEDIA_LISTEN": f"{listen}:{ports['media-http']}",
        "MEDIA_ACCEL": media.ACCEL,
        "WEB": str(web.published(run)),
        # Named by the client's Content-Security-Policy.
        "MEDIA_ORIGIN": _origin(media_url(run, ports)),
        "HSTS": _hsts(public_url(run, ports)),
        "MEDIA_BLOBS": str(media.folder(run) / "blobs"),
        "THIS_MACHINE": "",  # it has its own address here
    }
    return own | _limits() | dict(secured or tls.settings(run, _says))


def _limits() -> dict[str, str]:
    """Returns what one address may do; what multiplies the gateway's own limits multiplies these."""
    factor = float(os.environ.get("GATEWAY_LIMITS_FACTOR", "1"))
    allowed = {name: max(1, round(each * factor)) for name, each in _ALLOWED.items()}
    held = {name: max(1, min(_MOST_CONNECTIONS, round(each * factor))) for name, each in _HELD.items()}
    in_flight = int(os.environ.get("CHARLA_IN_FLIGHT", _IN_FLIGHT))
    uncounted = os.environ.get("CHARLA_UNCOUNTED_ADDRESSES", _UNCOUNTED).split()
    return {name: str(each) for name, each in (allowed | held).items()} | {
        "IN_FLIGHT": str(in_flight),
        "HASHING": str(max(1, in_flight // _HASHING_SHARE)),
        "NOT_COUNTED": " ".join(f"{each} 0;" for each in uncounted),
        "REAL_ADDRESSES": real_addresses(trusted_proxies()),
    }


def trusted_proxies() -> list[str]:
    """Returns the networks of proxies whose word is taken for who has come."""
    return os.environ.get("CHARLA_TRUSTED_PROXIES", "").split()


def real_addresses(proxies: Sequence[str]) -> str:
    """Returns the settings by which Nginx takes the word of these proxies."""
    return " ".join([*(f"set_real_ip_from {each};" for each in proxies), *_REAL_ADDRESSES]) if proxies else ""


def choose_from(run: RunDir, name: str, own: Sequence[int]) -> None:
    """Writes the ports of an upstream's instances; where it knows better, `discovery.balancer` does so soon."""
    # Of several, one that does not answer is passed over for a moment; a single one is all there is.
    patience = "max_fails=1 fail_timeout=2s" if len(own) > 1 else "max_fails=0"
    write_private(upstream(run, name), "".join(f"server {HOST}:{port} {patience};\n" for port in own))


def upstream(run: RunDir, name: str) -> Path:
    """Returns the file of the instances that Nginx chooses from."""
    return run.folder("nginx", "upstreams") / f"{name}.conf"


def reload(run: RunDir) -> None:
    """Has a running Nginx read its settings again; what it does already goes on."""
    os.kill(int((run.path / "nginx" / "nginx.pid").read_text()), signal.SIGHUP)


def _hsts(url: str) -> str:
    """Returns what has browsers come back by HTTPS alone; the same rules as those of `plumbing.https`."""
    below = os.environ.get("HSTS_SUBDOMAINS", "off")
    if below not in ("on", "off"):
        message = f"HSTS_SUBDOMAINS is on or off, not {below!r}"
        raise StackError(message)
    if not url.startswith("https:") or urlsplit(url).hostname == "localhost":
        return ""
    told = "max-age=31536000" + ("; includeSubDomains" if below == "on" else "")
    return f'add_header Strict-Transport-Security "{told}" always;'


def _origin(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}"


def command(run: RunDir) -> list[str]:
    """Returns the command line of the server."""
    home = str(run.path / "nginx")
    return [_binary(), "-p", home, "-c", f"{home}/nginx.conf", "-e", "stderr"]


def _binary() -> str:
    found = shutil.which("nginx") or shutil.which("nginx", path="/usr/sbin:/usr/local/sbin")
    if not found:
        message = "Nginx is not installed"
        raise StackError(message)
    return found


def _says() -> str:
    """Returns what this machine's Nginx says of its version."""
    return subprocess.run([_binary(), "-v"], capture_output=True, text=True, check=False).stderr  # noqa: S603


def answers(_run: RunDir, ports: dict[str, int]) -> bool:
    """Tells whether the door is open."""
    try:
        socket.create_connection((HOST, ports["http"]), 2).close()
    except OSError:
        return False
    return True
