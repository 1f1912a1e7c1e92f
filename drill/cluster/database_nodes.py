"""PostgreSQL on each machine under Patroni: one leads, a commit is acknowledged once a second one has it."""

from __future__ import annotations

import http.client
import json
import os
import pwd
import signal
import subprocess
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

import psycopg2
from psycopg2 import sql

from drill.cluster import consensus
from drill.cluster.machines import Machine
from drill.cluster.servers import Server
from stack import postgres
from stack.credentials import Passwords
from stack.environment import basic
from stack.rundir import ROOT, RunDir, write_private

PORT, REST = 5432, 8008
#: What a server hears and is heard on; Patroni goes on talking.
PORTS = (PORT,)
ACCOUNT = "postgres"
#: In an environment of its own. Debian 12 has 3.0.2, which may not come back: a leader that was cut off took the lease
#: back from its successor, by what it remembered of it.
PATRONI = ROOT / ".run" / "venv-patroni" / "bin" / "patroni"
_LOCK = ROOT / "drill" / "cluster" / "patroni.txt"
#: Who leads has to say so again within so many seconds; Patroni takes no fewer, and says so in its log alone.
TTL_S = 20
#: So long Patroni asks etcd before it gives up, and its leader steps down; and how often it looks.
RETRY_S, LOOP_S = 5, 3
_ROLES = ["leader", "quorum_standby", "quorum_standby"]
#: A server that lacks fewer bytes than these follows closely.
_NEAR = 1_000_000


def install(say: Callable[[str], None]) -> None:
    """Install Patroni where it is missing, as its lock says.

    Raises:
        subprocess.CalledProcessError: It cannot be.
    """
    done = PATRONI.parent.parent / "lock"
    if done.exists() and done.read_bytes() == _LOCK.read_bytes():
        return
    say("  installing Patroni")
    subprocess.run(["/usr/bin/python3", "-m", "venv", "--clear", PATRONI.parent.parent], check=True)  # noqa: S603
    pip = [
        str(PATRONI.with_name("pip")),
        "install",
        "--quiet",
        "--no-deps",
        "--use-pep517",
        "--require-hashes",
        "-r",
        str(_LOCK),
    ]
    subprocess.run(pip, check=True)  # noqa: S603 - fixed arguments
    done.write_bytes(_LOCK.read_bytes())


def member(machine: Machine, machines: Sequence[Machine], run: RunDir) -> Server:
    """Write Patroni's settings on a machine, and return it."""
    home = run.folder(machine.name, "postgres")
    settings = home / "patroni.json"
    write_private(settings, json.dumps(_settings(machine, machines, run, home), indent=1))
    account = pwd.getpwnam(ACCOUNT)
    for path in (home, settings):
        os.chown(path, account.pw_uid, account.pw_gid)
    run.folder(machine.name).chmod(0o711)
    command = [str(PATRONI), str(settings)]
    around = {name: value for name, value in basic().items() if name != "PYTHONPATH"} | {"HOME": str(home)}
    return Server(machine, "patroni", command, around, home, ACCOUNT)


def _settings(machine: Machine, machines: Sequence[Machine], run: RunDir, home: Path) -> dict[str, Any]:
    secret = Passwords(run).get
    network = f"{machine.network}.0/24"
    return {
        "scope": "charla",
        "name": machine.name,
        "log": {"level": "INFO"},
        "restapi": {"listen": f"{machine.address}:{REST}", "connect_address": f"{machine.address}:{REST}"},
        "etcd3": {"hosts": [f"{each.address}:{consensus.PORT}" for each in machines]},
        "bootstrap": {
            "dcs": _agreed(),
            "initdb": [{"encoding": "UTF8"}, {"locale": "C.UTF-8"}, "data-checksums"],
        },
        "postgresql": {
            "listen": f"{machine.address}:{PORT}",
            "connect_address": f"{machine.address}:{PORT}",
            "data_dir": str(home / "data"),
            "bin_dir": str(postgres.binaries(run)),
            "pgpass": str(home / "pgpass"),
            "parameters": {"unix_socket_directories": "", "listen_addresses": machine.address},
            "authentication": {
                "superuser": {"username": ACCOUNT, "password": secret("postgres-postgres")},
                "replication": {"username": "replicator", "password": secret("postgres-replicator")},
            },
            "pg_hba": [
                f"host all all {network} scram-sha-256",
                f"host replication replicator {network} scram-sha-256",
            ],
            "remove_data_directory_on_rewind_failure": True,
            "remove_data_directory_on_diverged_timelines": True,
        },
    }


def _agreed() -> dict[str, Any]:
    """Return what holds for all servers.

    Quorum: a commit waits for whichever of the others is first, so that none stands still when one of them is lost.

    Strict: a commit waits for a second server even while there is none. So what was acknowledged is on two disks,
    whatever dies next. It costs nothing here: alone of three, a server may not lead anyway.
    """
    return {
        "ttl": TTL_S,
        "loop_wait": LOOP_S,
        "retry_timeout": RETRY_S,
        "synchronous_mode": "quorum",
        "synchronous_mode_strict": True,
        "primary_start_timeout": 0,
        "maximum_lag_on_failover": 16_777_216,
        "postgresql": {
            "use_pg_rewind": True,
            "use_slots": True,
            "parameters": {
                "password_encryption": "scram-sha-256",
                "max_connections": 300,
                "shared_buffers": "64MB",
                "wal_level": "replica",
                "hot_standby": "on",
                "max_wal_senders": 8,
                "max_replication_slots": 8,
                "wal_keep_size": "512MB",
                "max_wal_size": "512MB",
                "synchronous_commit": "on",
                "wal_sender_timeout": "6s",
                "wal_receiver_timeout": "6s",
                "wal_receiver_status_interval": "1s",
                # A replica that found no leader sleeps so long, be it that it is to lead itself now.
                "wal_retrieve_retry_interval": "1s",
                "jit": "off",
                "tcp_keepalives_idle": 5,
                "tcp_keepalives_interval": 2,
                "tcp_keepalives_count": 3,
                "tcp_user_timeout": 6_000,
                "autovacuum_naptime": "15s",
                "timezone": "UTC",
                "log_timezone": "UTC",
            },
        },
    }


def url(machines: Sequence[Machine], run: RunDir, role: str, database: str) -> str:
    """Return the DATABASE_URL of a role: all servers, of which the one that takes writes is meant."""
    hosts = "&".join(f"host={each.address}:{PORT}" for each in machines)
    secret = Passwords(run).get(f"postgres-{role}")
    return f"postgresql+psycopg2://{role}:{secret}@/{database}?{hosts}&target_session_attrs=read-write"


def connect(machines: Sequence[Machine], run: RunDir, database: str = ACCOUNT) -> Any:
    """Return the operator's connection to the leader.

    Raises:
        psycopg2.Error: There is none.
    """
    return psycopg2.connect(
        host=",".join(each.address for each in machines),
        port=PORT,
        user=ACCOUNT,
        password=Passwords(run).get("postgres-postgres"),
        dbname=database,
        target_session_attrs="read-write",
        connect_timeout=2,
        tcp_user_timeout=3_000,
    )


def make_databases(machines: Sequence[Machine], run: RunDir, services: Sequence[str]) -> None:
    """Give each of `services` its role and its database."""
    connection = connect(machines, run)
    connection.autocommit = True
    with connection.cursor() as cursor:
        for service in services:
            name = sql.Identifier(service)
            secret = Passwords(run).get(f"postgres-{service}")
            cursor.execute(sql.SQL("CREATE ROLE {} LOGIN PASSWORD %s").format(name), [secret])
            cursor.execute(sql.SQL("CREATE DATABASE {} OWNER {}").format(name, name))
            cursor.execute(sql.SQL("REVOKE ALL ON DATABASE {} FROM PUBLIC").format(name))
    connection.close()


def members(machines: Sequence[Machine]) -> list[dict[str, Any]]:
    """Return what Patroni knows of its servers, from whichever answers; nothing where none does."""
    for machine in machines:
        link = http.client.HTTPConnection(machine.address, REST, timeout=2)
        try:
            link.request("GET", "/cluster")
            found: list[dict[str, Any]] = json.loads(link.getresponse().read())["members"]
        except (OSError, http.client.HTTPException, ValueError, KeyError):
            continue
        finally:
            link.close()
        return found
    return []


def leader(machines: Sequence[Machine]) -> Machine | None:
    """Return the machine whose server leads."""
    names = [each["name"] for each in members(machines) if each["role"] == "leader" and each["state"] == "running"]
    return next((each for each in machines if each.name in names), None)


def is_whole(machines: Sequence[Machine]) -> bool:
    """Tell whether one leads, the others follow it closely, and commits wait for any one of those."""
    found = members(machines)
    followers = [each for each in found if each["role"] != "leader"]
    well = all(each["state"] == "streaming" and each.get("lag", 0) < _NEAR for each in followers)
    lines = {each.get("timeline") for each in found}
    return sorted(each["role"] for each in found) == _ROLES and well and len(lines) == 1


def kill(machine: Machine, run: RunDir) -> None:
    """Kill the server, and leave Patroni alive."""
    pid = int((run.path / machine.name / "postgres" / "data" / "postmaster.pid").read_text().split()[0])
    with suppress(ProcessLookupError):
        os.kill(pid, signal.SIGKILL)
