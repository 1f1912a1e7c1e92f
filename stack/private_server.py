"""A PostgreSQL that nobody but this process can reach: on a socket in a folder of its own, without passwords."""

from __future__ import annotations

import os
import signal
import subprocess
import tempfile
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import psycopg2

from stack import postgres

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from stack.rundir import RunDir

_STOP_SECONDS = 120


class PrivateServer:
    """One that runs; made by `serving`."""

    def __init__(self, process: subprocess.Popen[bytes], folder: Path) -> None:
        """Takes note of it."""
        self._process = process
        self._folder = folder

    @property
    def runs(self) -> bool:
        """Whether it has not ended by itself."""
        return self._process.poll() is None

    @property
    def log(self) -> str:
        """What it said."""
        return (self._folder / "log").read_text(errors="replace")

    def connect(self, database: str = "postgres") -> Any:
        """Returns a connection as the operator.

        Raises:
            OperationalError: it lets nobody in yet.
        """
        # Its file is named after the port, which the settings of the data folder chose.
        names = [each.name for each in self._folder.glob(".s.PGSQL.*") if not each.name.endswith(".lock")]
        port = names[0].rpartition(".")[2] if names else "5432"
        return psycopg2.connect(host=str(self._folder), port=port, user="postgres", dbname=database, connect_timeout=2)


@contextmanager
def serving(run: RunDir, data: Path, settings: Mapping[str, str]) -> Iterator[PrivateServer]:
    """Runs a server on a data folder inside the block; it may not let anybody in at once.

    Args:
        run: the run directory that the folder is in.
        data: the folder of a cluster.
        settings: take the place of its own.
    """
    with tempfile.TemporaryDirectory(prefix="charla-postgres-") as name:
        folder = Path(name)
        access = folder / "access.conf"
        access.write_text("local all postgres trust\n")
        postgres.own(folder, access)
        chosen = {
            "listen_addresses": "",
            "unix_socket_directories": name,
            "hba_file": str(access),
            "archive_mode": "off",
            **settings,
        }
        words = [word for key, value in chosen.items() for word in ("-c", f"{key}={value}")]
        binary = str(postgres.binaries_of((data / "PG_VERSION").read_text().strip()) / "postgres")
        command = [*postgres.as_unprivileged(run.folder("postgres")), binary, "-D", str(data), *words]
        with (folder / "log").open("wb") as out:
            process = subprocess.Popen(command, cwd="/", stdout=out, stderr=out, env=dict(os.environ))
            try:
                yield PrivateServer(process, folder)
            finally:
                if process.poll() is None:
                    process.send_signal(signal.SIGINT)
                    process.wait(_STOP_SECONDS)
