"""Which addresses on the internet this installation may call, and which URLs it takes from people.

`plumbing.outgoing` asks here before each connection, and connects to the very address that was judged.
"""

from __future__ import annotations

import re
import socket
from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from typing import Any
from urllib.parse import SplitResult, urlsplit

from plumbing.settings import settings

Address = IPv4Address | IPv6Address

MAX_URL = 2_048
DEFAULT_PORTS = {"http": 80, "https": 443}
#: Not for us although Python calls some of them global: old relays, and ways around what is refused.
_NEVER: tuple[IPv4Network | IPv6Network, ...] = tuple(
    ip_network(each)
    for each in (
        "0.0.0.0/8", "100.64.0.0/10", "192.0.0.0/24", "192.88.99.0/24", "198.18.0.0/15", "240.0.0.0/4",
        "::/96", "64:ff9b:1::/48", "100::/64", "2001::/23", "3fff::/20", "5f00::/16", "fec0::/10",
    )
)  # fmt: skip
_SIX_TO_FOUR = IPv6Network("2002::/16")
_NAT64 = IPv6Network("64:ff9b::/96")
_host = re.compile(r"^[a-z0-9]([a-z0-9._-]{0,251}[a-z0-9.])?\Z")


class OutgoingRefused(Exception):
    """This installation does not call such an address.

    Attributes:
        reason: A short code: `scheme`, `credentials`, `host`, `unlisted`, `port`, `address` or `unresolved`.
    """

    def __init__(self, reason: str) -> None:
        self.reason = reason
        super().__init__(reason)


@dataclass(frozen=True, slots=True)
class Target:
    """A URL taken apart: whom to ask for what. `host` is in lower case and in ASCII."""

    scheme: str
    host: str
    port: int
    path: str

    @property
    def origin(self) -> str:
        """Return scheme, host and, where it is not the usual one, port."""
        usual = DEFAULT_PORTS[self.scheme] == self.port
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{self.scheme}://{host}" if usual else f"{self.scheme}://{host}:{self.port}"


def parse(url: object) -> Target:
    """Return the parts of a URL that may be called, as far as its text tells.

    Raises:
        OutgoingRefused: It may not be.
    """
    if not isinstance(url, str) or len(url) > MAX_URL or not url.isprintable() or " " in url or "\\" in url:
        raise OutgoingRefused("host")
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        raise OutgoingRefused("host") from None
    if parts.scheme not in DEFAULT_PORTS:
        raise OutgoingRefused("scheme")
    if "@" in parts.netloc:
        raise OutgoingRefused("credentials")
    target = Target(parts.scheme, _ascii_host(parts), port or DEFAULT_PORTS[parts.scheme], _path(parts))
    _demand_listed(target.host)
    _demand_port(target)
    return target


def _ascii_host(parts: SplitResult) -> str:
    host = (parts.hostname or "").lower()
    if ":" in host:
        return host
    try:
        host = host.encode("idna").decode()
    except UnicodeError:
        raise OutgoingRefused("host") from None
    if not _host.match(host):
        raise OutgoingRefused("host")
    return host


def _path(parts: SplitResult) -> str:
    path = f"{parts.path or '/'}?{parts.query}" if parts.query else parts.path or "/"
    if not path.isascii():
        raise OutgoingRefused("host")
    return path


def _demand_listed(host: str) -> None:
    """Refuse a host that OUTGOING_HOSTS does not name, where that names any."""
    items = (item.strip().strip("[]").rstrip(".").lower() for item in settings().outgoing_hosts.split(","))
    listed = [item if item.isascii() else item.encode("idna").decode() for item in items if item]
    if listed and not any(_names(each, host.rstrip(".")) for each in listed):
        raise OutgoingRefused("unlisted")


def _names(listed: str, host: str) -> bool:
    """Whether an entry of the list names a host: `*.example.org` names those below it."""
    return host.endswith(listed[1:]) if listed.startswith("*.") else host == listed


def _demand_port(target: Target) -> None:
    if any(low <= target.port <= high for low, high in _ports()) or target.port in {port for _, port in _exceptions()}:
        return
    raise OutgoingRefused("port")


def _ports() -> Iterator[tuple[int, int]]:
    for item in settings().outgoing_ports.split(","):
        low, _, high = item.strip().partition("-")
        yield int(low), int(high or low)


def _exceptions() -> set[tuple[str, int]]:
    """Return the (address, port) pairs of OUTGOING_ALLOW."""
    pairs = (item.strip().rpartition(":") for item in settings().outgoing_allow.split(",") if item.strip())
    return {(host.strip("[]"), int(port)) for host, _, port in pairs}


def resolve(target: Target) -> list[str]:
    """Return the numeric addresses of `target`, each of which may be called.

    One address that may not be called refuses them all: who mixes them wants to get around this.

    Raises:
        OutgoingRefused: There is none, or one may not be called.
    """
    try:
        found = _look_up(target)
    except (OSError, UnicodeError):
        raise OutgoingRefused("unresolved") from None
    numbers = list(dict.fromkeys(str(item[4][0]) for item in found))
    if not numbers:
        raise OutgoingRefused("unresolved")
    for number in numbers:
        _demand_callable(number, target.port)
    return numbers


def _look_up(target: Target) -> list[Any]:
    """Ask the resolver, in a native thread where greenlets would wait for it."""
    from eventlet import tpool
    from eventlet.patcher import is_monkey_patched

    ask = partial(socket.getaddrinfo, target.host, target.port, type=socket.SOCK_STREAM)
    found: list[Any] = tpool.execute(ask) if is_monkey_patched("socket") else ask()
    return found


def _demand_callable(number: str, port: int) -> None:
    if (number, port) in _exceptions():
        return
    try:
        address = ip_address(number)
    except ValueError:
        raise OutgoingRefused("address") from None
    if not is_public(address) or not any(low <= port <= high for low, high in _ports()):
        raise OutgoingRefused("address")


def is_public(address: Address) -> bool:
    """Tell whether `address` is one of the public internet, also by what it stands for."""
    if isinstance(address, IPv6Address):
        inner = _inner(address)
        if inner is not None:
            return is_public(inner)
        if address.scope_id or address.is_site_local:
            return False
    if any(address in net for net in _NEVER if net.version == address.version):
        return False
    special = address.is_multicast or address.is_reserved or address.is_loopback or address.is_link_local
    return address.is_global and not special and not address.is_private and not address.is_unspecified


def _inner(address: IPv6Address) -> IPv4Address | None:
    """Return the IPv4 address that an IPv6 address stands for: mapped, 6to4 or NAT64."""
    if address.ipv4_mapped is not None:
        return address.ipv4_mapped
    if address in _SIX_TO_FOUR:
        return address.sixtofour
    if address in _NAT64:
        return IPv4Address(int(address) & 0xFFFF_FFFF)
    return None
