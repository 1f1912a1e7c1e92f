"""A private PostgreSQL with a database and a role for each service."""

from __future__ import annotations

import os
import pwd
import shutil
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING

import psycopg2
from psycopg2 import sql

from stack import environment, topology
from stack.credentials import Passwords
from stack.errors import StackError
from stack.process import Process
from stack.rundir import write_private

if TYPE_CHECKING:
    from stack.rundir import RunDir

_ACCOUNT = "postgres"
_SERVERS = Path("/usr/lib/postgresql")
# For a small machine that must not lose an acknowledged write.
_SETTINGS = {
    "listen_addresses": f"'{environment.HOST}'",
    "unix_socket_directories": "''",
    "password_encryption": "'scram-sha-256'",
    "fsync": "on",
    "synchronous_commit": "on",
    "full_page_writes": "on",
    "max_connections": "200",
    "shared_buffers": "'256MB'",
    "effective_cache_size": "'1GB'",
    "work_mem": "'8MB'",
    "maintenance_work_mem": "'64MB'",
    "wal_buffers": "'16MB'",
    "wal_compression": "on",
    "min_wal_size": "'256MB'",
    "max_wal_size": "'2GB'",
    "checkpoint_timeout": "'15min'",
    "random_page_cost": "1.5",
    "autovacuum_naptime": "'15s'",
    "jit": "off",
    "idle_in_transaction_session_timeout": "'60s'",
    "log_timezone": "'UTC'",
    "timezone": "'UTC'",
    "log_line_prefix": "'%m [%p] %u@%d '",
    "log_min_duration_statement": "'1s'",
    "log_parameter_max_length": "0",
    "log_parameter_max_length_on_error": "0",
}
_ACCESS = f"host all all {environment.HOST}/32 scram-sha-256\n"


def data_folder(run: RunDir) -> Path:
    """Returns the folder of the cluster."""
    return run.path / "postgres" / "data"


def binaries(run: RunDir) -> Path:
    """Returns the folder of the server's programs that fits the existing data."""
    version = data_folder(run) / "PG_VERSION"
    wanted = version.read_text().strip() if version.exists() else None
    found = [each for each in _SERVERS.glob("*/bin") if (each / "initdb").exists()]
    fitting = [each for each in found if wanted in (None, each.parent.name)]
    if fitting:
        return max(fitting, key=lambda each: float(each.parent.name))
    on_path = shutil.which("initdb")
    if on_path and wanted is None:
        return Path(on_path).resolve().parent
    message = f"PostgreSQL {wanted or ''} is not installed"
    raise StackError(message)


def prepare(run: RunDir, ports: dict[str, int]) -> Process:
    """Returns the server's process; `make_cluster` must come before its start."""
    data = data_folder(run)
    run.folder("postgres")
    server = str(binaries(run) / "postgres")
    return Process(
        "postgres",
        data,
        [*_as_unprivileged(data.parent), server, "-D", str(data)],
        environment.basic(),
        _settings(ports),
        stop_signal="INT",  # a "fast" shutdown: sessions are ended, the data is flushed
        stop_seconds=60,
    )


def make_cluster(run: RunDir, ports: dict[str, int]) -> bool:
    """Makes the cluster when there is none, and writes its settings.

    Returns:
        Whether it was made now.
    """
    data = data_folder(run)
    missing = not (data / "PG_VERSION").exists()
    if missing:
        _init(run)
    _write(data / "charla.conf", _settings(ports))
    _write(data / "pg_hba.conf", _ACCESS)
    return missing


def _settings(ports: dict[str, int]) -> str:
    settings = _SETTINGS | {"port": str(ports["postgres"])}
    return "".join(f"{name} = {value}\n" for name, value in settings.items())


def _init(run: RunDir) -> None:
    """Makes the cluster beside its final place, so that half of one is never used."""
    home = run.folder("postgres")
    draft, password = home / "draft", home / "password"
    shutil.rmtree(draft, ignore_errors=True)
    draft.mkdir(mode=0o700)
    write_private(password, Passwords(run).get("postgres-postgres") + "\n")
    _own(home, draft, password)
    choices = ["--encoding=UTF8", "--locale=C.UTF-8", "--data-checksums", "--auth=scram-sha-256"]
    command = [*_as_unprivileged(home), str(binaries(run) / "initdb"), "--pgdata", str(draft)]
    secret = [f"--username={_ACCOUNT}", f"--pwfile={password}"]
    done = subprocess.run(  # noqa: S603
        [*command, *secret, *choices], capture_output=True, text=True, cwd="/", check=False
    )
    password.unlink()
    if done.returncode:
        message = f"initdb failed: {done.stderr.strip()}"
        raise StackError(message)
    with (draft / "postgresql.conf").open("a") as settings:
        settings.write("include 'charla.conf'\n")
    draft.rename(data_folder(run))


def _write(path: Path, text: str) -> None:
    write_private(path, text)
    _own(path)


def _own(*paths: Path) -> None:
    if os.getuid() == 0:
        account = pwd.getpwnam(_ACCOUNT)
        for path in paths:
            os.chown(path, account.pw_uid, account.pw_gid)


def _as_unprivileged(home: Path) -> list[str]:
    """Returns the prefix that gives up root, which PostgreSQL refuses to run as.

    A clone may lie in a folder that only root can enter, such as /root; then
    the server keeps the one capability that lets it reach its own data.
    """
    if os.getuid() != 0:
        return []
    home.parent.chmod(0o711)  # others may pass through the run directory, and see nothing in it
    prefix = ["setpriv", f"--reuid={_ACCOUNT}", f"--regid={_ACCOUNT}", "--init-groups"]
    reaches = subprocess.run([*prefix, "test", "-x", str(home)], cwd="/", check=False)  # noqa: S603
    if reaches.returncode:
        prefix += ["--inh-caps=+dac_override", "--ambient-caps=+dac_override"]
    return prefix


def answers(run: RunDir, ports: dict[str, int]) -> bool:
    """Tells whether the server lets the operator in."""
    try:
        _connect(run, ports).close()
    except psycopg2.OperationalError:
        return False
    return True


def make_databases(run: RunDir, ports: dict[str, int]) -> None:
    """Gives each service its role and its database, closed to all others."""
    connection = _connect(run, ports)
    connection.autocommit = True
    with connection.cursor() as cursor:
        for service in topology.SERVICES:
            _make_database(cursor, service, Passwords(run).get(f"postgres-{service}"))
    connection.close()


def _make_database(cursor: psycopg2.extensions.cursor, service: str, password: str) -> None:
    name = sql.Identifier(service)
    cursor.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", [service])
    verb = "ALTER" if cursor.fetchone() else "CREATE"
    cursor.execute(sql.SQL(verb + " ROLE {} LOGIN PASSWORD %s").format(name), [password])
    cursor.execute("SELECT 1 FROM pg_database WHERE datname = %s", [service])
    if not cursor.fetchone():
        cursor.execute(sql.SQL("CREATE DATABASE {0} OWNER {0}").format(name))
    cursor.execute(sql.SQL("REVOKE ALL ON DATABASE {} FROM PUBLIC").format(name))


def _connect(run: RunDir, ports: dict[str, int]) -> psycopg2.extensions.connection:
    return psycopg2.connect(
        host=environment.HOST,
        port=ports["postgres"],
        user=_ACCOUNT,
        password=Passwords(run).get("postgres-postgres"),
        dbname="postgres",
        connect_timeout=2,
    )
