"""A private PostgreSQL with a database and a role for each service."""

from __future__ import annotations

import os
import pwd
import shutil
import subprocess
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING

import psycopg2
from psycopg2 import sql

from stack import backup_archive, environment, topology
from stack.credentials import Passwords
from stack.errors import StackError
from stack.places import address
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
    "max_connections": "600",
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
    # Statements have in them what people wrote: none is logged, neither a slow one nor one that failed, and no row.
    "log_min_duration_statement": "-1",
    "log_min_error_statement": "panic",
    "log_error_verbosity": "terse",
    "log_parameter_max_length": "0",
    "log_parameter_max_length_on_error": "0",
}
# What becomes of the log is in `archive.conf`, which can change while the server runs.
_ARCHIVED = {"archive_mode": "on", "include_if_exists": "'archive.conf'"}
_ACCESS = f"""\
host all all {environment.HOST}/32 scram-sha-256
host replication {_ACCOUNT} {environment.HOST}/32 scram-sha-256
"""


def data_folder(run: RunDir) -> Path:
    """Returns the folder of the cluster."""
    return run.path / "postgres" / "data"


def binaries(run: RunDir) -> Path:
    """Returns the folder of the server's programs that fits the existing data."""
    version = data_folder(run) / "PG_VERSION"
    return binaries_of(version.read_text().strip() if version.exists() else None)


def binaries_of(wanted: str | None) -> Path:
    """Returns the folder of the programs of a major version; of the newest when none is asked for.

    Raises:
        StackError: there is none.
    """
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
        [*as_unprivileged(data.parent), server, "-D", str(data)],
        environment.basic(),
        settings(ports, **_ARCHIVED),
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
    _write(data / "charla.conf", settings(ports, **_ARCHIVED))
    _write(data / "archive.conf", backup_archive.settings(run))
    _write(data / "pg_hba.conf", _ACCESS)
    return missing


def change_archive(run: RunDir, ports: dict[str, int]) -> None:
    """Lets a running server know where its log goes now."""
    _write(data_folder(run) / "archive.conf", backup_archive.settings(run))
    with closing(connect(run, ports)) as connection, connection, connection.cursor() as cursor:
        cursor.execute("SELECT pg_reload_conf()")


def settings(ports: dict[str, int], **others: str) -> str:
    """Returns the server's settings; `others` take the place of those of the same name."""
    chosen = _SETTINGS | {"port": str(ports["postgres"])} | others
    return "".join(f"{name} = {value}\n" for name, value in chosen.items())


def _init(run: RunDir) -> None:
    """Makes the cluster beside its final place, so that half of one is never used."""
    home = run.folder("postgres")
    draft, password = home / "draft", home / "password"
    shutil.rmtree(draft, ignore_errors=True)
    draft.mkdir(mode=0o700)
    write_private(password, Passwords(run).get("postgres-postgres") + "\n")
    own(home, draft, password)
    choices = ["--encoding=UTF8", "--locale=C.UTF-8", "--data-checksums", "--auth=scram-sha-256"]
    command = [*as_unprivileged(home), str(binaries(run) / "initdb"), "--pgdata", str(draft)]
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
    own(path)


def own(*paths: Path) -> None:
    """Gives files to the account that the server runs as."""
    if os.getuid() == 0:
        account = pwd.getpwnam(_ACCOUNT)
        for path in paths:
            os.chown(path, account.pw_uid, account.pw_gid)


def as_unprivileged(home: Path) -> list[str]:
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
        connect(run, ports).close()
    except psycopg2.OperationalError:
        return False
    return True


def make_databases(run: RunDir, ports: dict[str, int]) -> None:
    """Gives each service its role and its database, closed to all others."""
    connection = connect(run, ports)
    connection.autocommit = True
    with connection.cursor() as cursor:
        for service in topology.SERVICES:
            for role in {service, topology.owner(service)}:
                make_role(cursor, role, Passwords(run))
            _make_database(cursor, service, topology.owner(service))
    connection.close()


def make_role(cursor: psycopg2.extensions.cursor, role: str, passwords: Passwords) -> None:
    """Makes a role, and lets it sign in by the name that the passwords say: its own, or another that becomes it."""
    login = passwords.login("postgres", role)
    password = passwords.get(f"postgres-{login}")
    names = {"role": sql.Identifier(role), "login": sql.Identifier(login)}
    for each in dict.fromkeys((role, login)):
        cursor.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", [each])
        if not cursor.fetchone():
            cursor.execute(sql.SQL("CREATE ROLE {}").format(sql.Identifier(each)))
    cursor.execute(sql.SQL("ALTER ROLE {login} LOGIN PASSWORD %s").format(**names), [password])
    if login != role:
        cursor.execute(sql.SQL("GRANT {role} TO {login}").format(**names))
        # What it makes belongs to the role, and so outlives the name.
        cursor.execute(sql.SQL("ALTER ROLE {login} SET role = {role}").format(**names))


def end_login(cursor: psycopg2.extensions.cursor, role: str, login: str) -> None:
    """Lets nobody sign in by that name any more, and ends whoever did."""
    name = sql.Identifier(login)
    cursor.execute(sql.SQL("ALTER ROLE {} NOLOGIN PASSWORD NULL").format(name))
    cursor.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = %s", [login])
    if login != role:
        cursor.execute(sql.SQL("DROP ROLE {}").format(name))


def _make_database(cursor: psycopg2.extensions.cursor, service: str, owner: str) -> None:
    """Makes the service's database; where its tables belong to another role, it may only sign in to it."""
    names = {"database": sql.Identifier(service), "service": sql.Identifier(service), "owner": sql.Identifier(owner)}
    cursor.execute("SELECT 1 FROM pg_database WHERE datname = %s", [service])
    verb = (
        "ALTER DATABASE {database} OWNER TO {owner}"
        if cursor.fetchone()
        else "CREATE DATABASE {database} OWNER {owner}"
    )
    cursor.execute(sql.SQL(verb).format(**names))
    cursor.execute(sql.SQL("REVOKE ALL ON DATABASE {database} FROM PUBLIC").format(**names))
    if owner != service:
        cursor.execute(sql.SQL("GRANT CONNECT ON DATABASE {database} TO {service}").format(**names))


def connect(run: RunDir, ports: dict[str, int], database: str = "postgres") -> psycopg2.extensions.connection:
    """Returns the operator's connection."""
    host, _, port = address(ports, "postgres").partition(":")
    return psycopg2.connect(
        host=host,
        port=port,
        user=_ACCOUNT,
        password=Passwords(run).get("postgres-postgres"),
        dbname=database,
        connect_timeout=2,
    )
