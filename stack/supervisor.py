"""The supervisor that keeps every process of the stack alive."""

from __future__ import annotations

import os
import resource
import shlex
import subprocess
import sys
import time
from contextlib import suppress
from typing import TYPE_CHECKING, Any
from xmlrpc.client import Fault, ServerProxy

from supervisor.xmlrpc import SupervisorTransport

from stack import environment
from stack.credentials import Passwords
from stack.errors import StackError
from stack.launch import is_dead
from stack.rundir import ROOT, RunDir, write_private

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from stack.process import Process

_USER = "charla"
_OPEN_FILES = 65_536
_STARTED = ("STARTING", "RUNNING", "BACKOFF")
_STOPPED = ("STOPPED", "EXITED", "FATAL")


class Supervisor:
    """Speaks with the supervisor of one run directory."""

    def __init__(self, run: RunDir) -> None:
        """Remembers where it listens; it need not be running."""
        self._run = run
        self._password = Passwords(run).get("supervisor")

    def _ask(self, method: str, *arguments: Any) -> Any:
        """Calls a method of the supervisor, on a connection of its own."""
        transport = SupervisorTransport(_USER, self._password, f"unix://{self._run.socket}")
        with ServerProxy("http://127.0.0.1", transport=transport) as proxy:
            return getattr(proxy.supervisor, method)(*arguments)

    @property
    def is_up(self) -> bool:
        """Whether it answers."""
        try:
            return self._ask("getState")["statename"] == "RUNNING"
        except (OSError, Fault):
            return False

    def apply(self, processes: list[Process]) -> set[str]:
        """Makes it know exactly these processes, and starts it when it is not there.

        Returns:
            The names of those that were added or changed, and so are stopped.
        """
        path = self._write(processes)
        if self.is_up:
            return self._reload()
        self._start(path)
        return {process.name for process in processes}

    def _write(self, processes: list[Process]) -> Path:
        for process in processes:
            environment.write(self._run, process.name, process.environment)
        path = self._run.folder() / "supervisord.conf"
        write_private(path, _settings(self._run, processes))
        return path

    def learn(self, processes: list[Process]) -> set[str]:
        """Makes it know these processes, and touches none that runs.

        What was added can be started, and what was changed replaced, one at a time.

        Returns:
            The names of those that were changed and still run as they were.
        """
        self._write(processes)
        added, changed, _ = self._ask("reloadConfig")[0]
        for name in added:
            self._ask("addProcessGroup", name)
        return set(changed)

    def replace(self, name: str) -> None:
        """Stops the process, letting it drain, and starts it as it was learned last."""
        self.stop(name)
        self._ask("removeProcessGroup", name)
        self._ask("addProcessGroup", name)
        self.start(name)

    def forget(self, *names: str) -> None:
        """Stops the processes, where they are known, and knows them no more."""
        known = [name for name in names if name in self.states()]
        self.stop(*known)
        for name in known:
            self._ask("removeProcessGroup", name)

    def _start(self, path: Path) -> None:
        # Its own processes write private files only.
        _raise_open_files()
        self._run.socket.unlink(missing_ok=True)
        done = subprocess.run(  # noqa: S603
            [sys.executable, "-m", "supervisor.supervisord", "-c", str(path)],
            cwd=ROOT,
            env=environment.basic() | {"PYTHONWARNINGS": "ignore"},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            umask=0o077,
            check=False,
        )
        if done.returncode or not wait_for(lambda: self.is_up, 15):
            message = f"the supervisor did not start: {done.stderr.strip()}"
            raise StackError(message)

    def _reload(self) -> set[str]:
        added, changed, removed = self._ask("reloadConfig")[0]
        self.stop(*changed, *removed)
        for name in (*changed, *removed):
            self._ask("removeProcessGroup", name)
        for name in (*added, *changed):
            self._ask("addProcessGroup", name)
        return {*added, *changed}

    def start(self, *names: str) -> None:
        """Starts those of the processes that are not running."""
        states = self.states()
        for name in names:
            if states[name]["statename"] not in _STARTED:
                self._ask("startProcess", name, False)  # noqa: FBT003

    def stop(self, *names: str) -> None:
        """Stops the processes, all at the same time, and waits until they are gone."""
        for name in names:
            with suppress(Fault):
                self._ask("stopProcess", name, False)  # noqa: FBT003
        wait_for(lambda: all(self.states()[name]["statename"] in _STOPPED for name in names), 90)

    def signal(self, name: str, number: int) -> None:
        """Sends a signal to the process."""
        os.kill(self.pid(name), number)

    def pid(self, name: str) -> int:
        """Returns the process's id; 0 when it is not running."""
        return int(self.states()[name]["pid"])

    def states(self) -> dict[str, dict[str, Any]]:
        """Returns what the supervisor knows, by process."""
        return {each["name"]: each for each in self._ask("getAllProcessInfo")}

    def shut_down(self) -> None:
        """Ends the supervisor itself, and all that still runs under it."""
        pid = self._ask("getPID")
        self._ask("shutdown")
        wait_for(lambda: is_dead(pid), 90)


def wait_for(fact: Callable[[], bool], seconds: float, step: float = 0.05) -> bool:
    """Waits until the fact is true; tells whether it became so in time."""
    deadline = time.monotonic() + seconds
    while not fact():
        if time.monotonic() > deadline:
            return False
        time.sleep(step)
    return True


def _raise_open_files() -> None:
    """Lets the processes open as many sockets as this user may give them."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wish = _OPEN_FILES if hard == resource.RLIM_INFINITY else min(_OPEN_FILES, hard)
    resource.setrlimit(resource.RLIMIT_NOFILE, (max(soft, wish), hard))


def _settings(run: RunDir, processes: list[Process]) -> str:
    password = Passwords(run).get("supervisor")
    head = f"""\
[unix_http_server]
file = {_plain(run.socket)}
chmod = 0600
username = {_USER}
password = {_plain(password)}

[supervisord]
logfile = {_plain(run.logs / "supervisor.log")}
logfile_maxbytes = 5MB
logfile_backups = 1
pidfile = {_plain(run.path / "supervisor.pid")}
childlogdir = {_plain(run.logs)}
directory = {_plain(ROOT)}
minfds = 1024
umask = 077

[rpcinterface:supervisor]
supervisor.rpcinterface_factory = supervisor.rpcinterface:make_main_rpcinterface
"""
    return head + "".join(_program(run, each) for each in processes)


def _program(run: RunDir, process: Process) -> str:
    """Returns a process's section.

    `startsecs = 0` takes a started process as running, so that it is started
    again for ever; `stack.launch` keeps the starts apart. Readiness is asked
    from the process itself.
    """
    launch = [sys.executable, "-m", "stack.launch", process.name, str(run.path)]
    command = shlex.join([*launch, str(process.folder), "--", *process.command])
    return f"""
[program:{process.name}]
command = {_plain(command)}
environment = CHARLA_DIGEST="{process.digest}"
autostart = false
autorestart = true
startsecs = 0
startretries = 1000000
stopsignal = {process.stop_signal}
stopwaitsecs = {process.stop_seconds}
killasgroup = true
redirect_stderr = true
stdout_logfile = {_plain(run.logs / process.name)}.log
stdout_logfile_maxbytes = 10MB
stdout_logfile_backups = 2
"""


def _plain(text: object) -> str:
    """Returns the text so that the supervisor takes it literally."""
    return str(text).replace("%", "%%")
