"""Three machines on one: network namespaces at a switch, each with an address and a cable that can be pulled.

The switch is a bridge in a namespace of its own, where no rules apply that this machine has for its own bridges.
"""

from __future__ import annotations

import hashlib
import os
import signal
import subprocess
import time
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from stack.rundir import RunDir

NAMES = ("north", "east", "west")
#: The drill itself, with its writers and readers.
OUTSIDE = 254
_IP = "/usr/sbin/ip"
_NAMES_OF = Path("/etc/netns")


@dataclass(frozen=True)
class Machine:
    """One of them.

    Attributes:
        name: What the others call it: it is in the hosts file of each.
        mark: Tells this drill's machines from those of others.
        number: Which one, from 1.
        network: The first three bytes of its address.
    """

    name: str
    mark: str
    number: int
    network: str

    @property
    def address(self) -> str:
        """Its address."""
        return f"{self.network}.{self.number}"

    @property
    def namespace(self) -> str:
        """Its network namespace."""
        return f"charla-{self.mark}-{self.name}"

    @property
    def cable(self) -> str:
        """The end of its cable that is at the switch."""
        return f"port{self.number}"

    @property
    def switch(self) -> str:
        """The namespace at the other end."""
        return f"charla-{self.mark}-switch"

    def cut(self) -> None:
        """Pull the cable: nobody is told, nothing is refused, nothing arrives."""
        _ip("-n", self.switch, "link", "set", self.cable, "down")

    def mend(self) -> None:
        """Put the cable back."""
        _ip("-n", self.switch, "link", "set", self.cable, "up")

    def cut_ports(self, ports: Sequence[int]) -> None:
        """Keep what comes from or goes to these TCP ports inside: servers that only their own machine hears."""
        for port in ports:
            for way in ("sport", "dport"):
                _ip("-n", self.namespace, "rule", "add", "pref", "5", "ipproto", "tcp", way, str(port), "blackhole")

    def mend_ports(self, ports: Sequence[int]) -> None:
        """Let them be heard again."""
        for _ in range(2 * len(ports)):
            _ip("-n", self.namespace, "rule", "del", "pref", "5")

    def pids(self) -> list[int]:
        """Return every process that runs there."""
        return [int(each) for each in _ip("netns", "pids", self.namespace, must=False).split()]

    def kill(self) -> None:
        """Kill everything that runs there, as losing its power does; wait until nothing does."""
        while pids := [pid for pid in self.pids() if not _is_dead(pid)]:
            for pid in pids:
                with suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGKILL)
            time.sleep(0.05)

    def inside(self, command: Sequence[str]) -> list[str]:
        """Return `command` as it is started on this machine."""
        return [_IP, "netns", "exec", self.namespace, *command]


class Network:
    """The switch and its machines.

    Args:
        run: Its run directory, from which names and addresses come, so that a later drill finds an earlier one's.
    """

    def __init__(self, run: RunDir) -> None:
        digest = hashlib.sha256(os.fsencode(run.path)).digest()
        self.mark = digest.hex()[:6]
        self.prefix = f"10.{64 + digest[4] % 64}.{digest[5]}"
        self.machines = [Machine(name, self.mark, number, self.prefix) for number, name in enumerate(NAMES, 1)]

    @property
    def switch(self) -> str:
        """The namespace of the switch."""
        return self.machines[0].switch

    @property
    def cable(self) -> str:
        """This machine's own end of its cable to the switch."""
        return f"ch{self.mark}"

    def up(self) -> None:
        """Make everything anew."""
        self.down()
        _ip("netns", "add", self.switch)
        _ip("-n", self.switch, "link", "add", "bridge", "type", "bridge")
        _ip("-n", self.switch, "link", "set", "bridge", "up")
        _ip("link", "add", self.cable, "type", "veth", "peer", "name", "outside", "netns", self.switch)
        _ip("-n", self.switch, "link", "set", "outside", "master", "bridge", "up")
        _ip("addr", "add", f"{self.prefix}.{OUTSIDE}/24", "dev", self.cable)
        _ip("link", "set", self.cable, "up")
        for machine in self.machines:
            self._connect(machine)

    def _connect(self, machine: Machine) -> None:
        space = machine.namespace
        _ip("netns", "add", space)
        _ip("-n", space, "link", "add", "eth0", "type", "veth", "peer", "name", machine.cable, "netns", self.switch)
        _ip("-n", self.switch, "link", "set", machine.cable, "master", "bridge", "up")
        _ip("-n", space, "addr", "add", f"{machine.address}/24", "dev", "eth0")
        for device in ("lo", "eth0"):
            _ip("-n", space, "link", "set", device, "up")
        names = _NAMES_OF / space
        names.mkdir(parents=True, exist_ok=True)
        lines = ["127.0.0.1 localhost", *(f"{each.address} {each.name}" for each in self.machines)]
        (names / "hosts").write_text("\n".join(lines) + "\n")

    def down(self) -> None:
        """End every process of the machines, and take all of it away, whatever is there of it."""
        for machine in self.machines:
            machine.kill()
            _ip("netns", "del", machine.namespace, must=False)
            names = _NAMES_OF / machine.namespace
            (names / "hosts").unlink(missing_ok=True)
            with suppress(OSError):
                names.rmdir()
        _ip("link", "del", self.cable, must=False)
        _ip("netns", "del", self.switch, must=False)


def _is_dead(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] in "ZX"
    except OSError:
        return True


def _ip(*words: str, must: bool = True) -> str:
    done = subprocess.run([_IP, *words], capture_output=True, text=True, check=False)  # noqa: S603 - fixed arguments
    if must and done.returncode:
        msg = f"ip {' '.join(words)}: {done.stderr.strip()}"
        raise OSError(msg)
    return done.stdout if done.returncode == 0 else ""
