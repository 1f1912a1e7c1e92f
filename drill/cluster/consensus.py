"""etcd on each machine: where Patroni's servers agree on who leads."""

from __future__ import annotations

import http.client
from collections.abc import Sequence

from drill.cluster.machines import Machine
from drill.cluster.servers import Server
from stack.environment import basic
from stack.rundir import RunDir

PORT, BETWEEN = 2379, 2380
PORTS = (PORT, BETWEEN)
#: How often a leader is heard of, and how long nobody waits without; long, because three machines share two cores. An
#: election takes up to twice as long, and has to be over before Patroni's `retry_timeout` is: after that the database's
#: leader steps down.
_BEAT_MS, ELECTION_MS = 200, 1_500


def member(machine: Machine, machines: Sequence[Machine], run: RunDir) -> Server:
    """Return a machine's member."""
    own, peer = (f"http://{machine.address}:{port}" for port in (PORT, BETWEEN))
    everybody = ",".join(f"{each.name}=http://{each.address}:{BETWEEN}" for each in machines)
    command = ["etcd", "--name", machine.name, "--data-dir", str(run.folder(machine.name, "etcd"))]
    command += ["--listen-client-urls", own, "--advertise-client-urls", own]
    command += ["--listen-peer-urls", peer, "--initial-advertise-peer-urls", peer, "--initial-cluster", everybody]
    command += ["--initial-cluster-token", run.path.name, "--initial-cluster-state", "new"]
    command += ["--heartbeat-interval", str(_BEAT_MS), "--election-timeout", str(ELECTION_MS)]
    # A member that was cut off asks first whether an election is wanted; else it would depose the leader, coming back.
    command += ["--pre-vote"]
    command += ["--log-level", "warn", "--auto-compaction-retention", "1"]
    return Server(machine, "etcd", command, basic(), run.folder(machine.name))


def is_well(machine: Machine) -> bool:
    """Tell whether the member of a machine knows a leader."""
    link = http.client.HTTPConnection(machine.address, PORT, timeout=2)
    try:
        link.request("GET", "/health")
        return b"true" in link.getresponse().read()
    except (OSError, http.client.HTTPException):
        return False
    finally:
        link.close()
