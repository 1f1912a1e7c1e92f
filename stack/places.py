"""Where processes find each other: on this machine by ports, among containers by names."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

#: This machine, for itself alone.
HOST = "127.0.0.1"


class Places(dict[str, int]):
    """Ports by name, of processes that are not all on this machine; a plain dict stands for those that are."""

    #: The address that a process listens on.
    listen = "0.0.0.0"  # noqa: S104 - inside its container, which says who gets there

    def __init__(
        self,
        ports: Mapping[str, int],
        hosts: Mapping[str, str] | None = None,
        published: Mapping[str, int] | None = None,
    ) -> None:
        """Takes note.

        Args:
            ports: as each process itself has them.
            hosts: who has them; the names themselves are hosts where it says nothing.
            published: the ports of this machine that lead to them.
        """
        super().__init__(ports)
        self._hosts, self._published = hosts or {}, published or {}

    def host(self, name: str) -> str:
        """Returns the host of whoever has the port of that name."""
        return self._hosts.get(name, name)

    def outside(self, name: str) -> int:
        """Returns the port at which this machine's people reach it."""
        return self._published.get(name, self[name])


def address(ports: Mapping[str, int], name: str) -> str:
    """Returns where others reach whoever has the port of that name."""
    return f"{ports.host(name) if isinstance(ports, Places) else HOST}:{ports[name]}"


def bind(ports: Mapping[str, int], name: str) -> str:
    """Returns where the process itself listens on that port."""
    return f"{ports.listen if isinstance(ports, Places) else HOST}:{ports[name]}"


def outside(ports: Mapping[str, int], name: str) -> str:
    """Returns where this machine's people reach it."""
    return f"{HOST}:{ports.outside(name) if isinstance(ports, Places) else ports[name]}"
