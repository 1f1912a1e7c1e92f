"""What is done to the machines: each is killed and cut off, and so is each kind of server."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from drill.cluster import broker_nodes, cache_nodes, consensus, database_nodes, programs
from drill.cluster.machines import NAMES, Machine
from drill.cluster.rig import Rig

Way = Literal["kill", "cut"]
MACHINE = "machine"
LEADER = "leader"
#: The ports that a cut of a server closes.
_PORTS = {
    "rabbitmq": broker_nodes.PORTS,
    "redis": cache_nodes.PORTS,
    "postgres": database_nodes.PORTS,
    "etcd": consensus.PORTS,
    "gateway": (programs.GATEWAY_PORT,),
}


@dataclass(frozen=True)
class Fault:
    """One of them.

    Attributes:
        what: A machine, or a kind of server.
        where: A machine's name; or the one where the database's leader, or most of the queues' or keys', is.
        has_remedy: Whether others take over; if not, nothing is acknowledged for as long as it lasts.
    """

    way: Way
    what: str
    where: str = LEADER
    has_remedy: bool = True

    @property
    def is_brief(self) -> bool:
        """Whether it is over as soon as everybody could write again: what a supervisor starts anew at once."""
        return self.way == "kill" and self.what != MACHINE

    def __str__(self) -> str:
        return f"{self.way} {self.what}"


#: Patroni, which nobody has cut off, says on that its server leads, and so no other one may.
_UNHEARD_LEADER = Fault("cut", "postgres", has_remedy=False)
ALL = (
    # One way after the other: so each meets the machine of the database's leader, wherever that has gone.
    *(Fault(way, MACHINE, name) for way in ("cut", "kill") for name in NAMES),
    Fault("kill", "postgres"),
    _UNHEARD_LEADER,
    *(Fault(way, what) for what in ("rabbitmq", "redis", "gateway") for way in ("kill", "cut")),
    Fault("kill", "etcd"),
    Fault("kill", "messaging"),
    Fault("kill", "messaging-relay"),
)
QUICK = (
    Fault("cut", MACHINE),
    Fault("kill", MACHINE),
    Fault("kill", "rabbitmq"),
    Fault("kill", "postgres"),
    Fault("cut", "redis"),
    Fault("cut", "gateway"),
)


def victim(fault: Fault, rig: Rig) -> Machine:
    """Return the machine that a fault strikes: where it hurts most."""
    if fault.where != LEADER:
        return next(each for each in rig.machines if each.name == fault.where)
    if fault.what in (MACHINE, "postgres", "etcd"):
        return database_nodes.leader(rig.machines) or rig.machines[0]
    if fault.what == "rabbitmq":
        return _leads_most_queues(rig)
    if fault.what == "redis":
        return max(rig.machines, key=lambda each: len(cache_nodes.masters_of(each, rig.run)))
    return rig.machines[0]


def _leads_most_queues(rig: Rig) -> Machine:
    leaders: Counter[object] = Counter()
    for queue in broker_nodes.queues(rig.machines[0], rig.run):
        leaders[queue.get("leader") or str(queue["pid"])] += 1
    return max(
        rig.machines, key=lambda each: sum(number for who, number in leaders.items() if each.address in str(who))
    )


def strike(fault: Fault, machine: Machine, rig: Rig) -> None:
    """Let it happen."""
    if fault.what == MACHINE:
        machine.cut() if fault.way == "cut" else machine.kill()
    elif fault.way == "cut":
        machine.cut_ports(_PORTS[fault.what])
    elif fault.what == "postgres":
        database_nodes.kill(machine, rig.run)
    else:
        for name in _servers_of(fault):
            rig.servers.kill(rig.servers.find(machine, name))


def mend(fault: Fault, machine: Machine, rig: Rig) -> None:
    """Put things right again; they come together by themselves."""
    if fault.what == MACHINE and fault.way == "cut":
        machine.mend()
    elif fault.way == "cut":
        machine.mend_ports(_PORTS[fault.what])
    elif fault.what == MACHINE:
        rig.servers.start(*rig.servers.of(machine))
    elif fault.what != "postgres":  # which Patroni starts
        rig.servers.start(*(rig.servers.find(machine, name) for name in _servers_of(fault)))


def _servers_of(fault: Fault) -> Sequence[str]:
    return tuple(cache_nodes.NAMES) if fault.what == "redis" else (fault.what,)
