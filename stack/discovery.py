"""The registry of instances (a Eureka server), a sidecar beside every program, and the balancer that follows it.

Charla works without: where there is no Java, or `CHARLA_DISCOVERY` is `off`, Nginx keeps the fixed list.
"""

from __future__ import annotations

import base64
import fcntl
import json
import os
import re
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from contextlib import contextmanager, suppress
from functools import cache
from typing import TYPE_CHECKING, Any, NamedTuple

from stack import environment, sources, topology
from stack.credentials import Passwords
from stack.errors import StackError
from stack.places import address
from stack.process import Process
from stack.rundir import ROOT

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from pathlib import Path

    from stack.rundir import RunDir
    from stack.topology import Program

HOME = ROOT / "discovery" / "server"
SERVER, BALANCER, SIDECAR = "discovery", "balancer", "-sidecar"
USER = "charla"
OLDEST_JAVA = 17
# Few ask, and seldom: it is to be small, and to start soon.
_JAVA_OPTIONS = ("-Xmx160m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-XX:+ExitOnOutOfMemoryError")


def is_wanted() -> bool:
    """Whether instances register at all."""
    return os.environ.get("CHARLA_DISCOVERY", "on") != "off" and _java() is not None


def names(run: RunDir, programs: Iterable[Program]) -> list[str]:
    """Returns the processes of discovery: the registry first, then who tells it and who follows it."""
    return [*environment.registries(run), *(f"{each.name}{SIDECAR}" for each in programs), BALANCER]


def is_one(name: str) -> bool:
    """Whether the process is one of discovery."""
    return is_server(name) or name == BALANCER or name.endswith(SIDECAR)


def is_server(name: str) -> bool:
    """Whether the process is the registry, or one of its peers."""
    return name.partition("-")[0] == SERVER


def processes(run: RunDir, ports: dict[str, int], programs: list[Program]) -> list[Process]:
    """Returns them all, as the supervisor is told of them."""
    code = sources.digest((ROOT / "discovery").glob("**/*.py"))
    return [
        *(_server(run, ports, each) for each in environment.registries(run)),
        *(_sidecar(run, ports, each, code) for each in programs),
        _balancer(run, ports, code),
    ]


def _server(run: RunDir, ports: dict[str, int], name: str) -> Process:
    peers = environment.registry_url(run, ports, without=name)
    around = environment.basic() | {
        "EUREKA_BIND_HOST": environment.HOST,
        "EUREKA_PORT": str(ports[name]),
        "EUREKA_USER": USER,
        "EUREKA_PASSWORD": Passwords(run).get("eureka"),
    }
    if peers:
        # Eureka takes a peer of its own name for itself.
        around |= {"EUREKA_PEERED": "true", "EUREKA_PEERS": peers, "EUREKA_HOSTNAME": name}
        # They stand in it themselves.
        number = name.rpartition("-")[2] if name != SERVER else "1"
        around |= {
            "EUREKA_INSTANCE_INSTANCE_ID": f"{socket.gethostname()}:{SERVER}:{number}",
            "EUREKA_INSTANCE_METADATA_MAP_NUMBER": number,
        }
    command = [str(_java()), *_JAVA_OPTIONS, "-jar", str(_published(run))]
    return Process(name, run.folder(name), command, around, settings=_stamp())


def _sidecar(run: RunDir, ports: dict[str, int], program: Program, code: str) -> Process:
    around = environment.basic() | of_sidecar(run, ports, program)
    return _python(f"{program.name}{SIDECAR}", "discovery.sidecar", around, code)


def of_sidecar(run: RunDir, ports: dict[str, int], program: Program) -> dict[str, str]:
    """Returns what a program's sidecar is told: which instance it looks after, and whom it tells."""
    port = ports.get(program.name, ports[f"{program.name}-health"])
    # Only of the gateway does the door for people know whether it drains.
    asked = port if program.service == "gateway" else ports[f"{program.name}-health"]
    return {
        "EUREKA_URLS": environment.registry_url(run, ports),
        "SIDECAR_APP": program.base,
        "SIDECAR_NUMBER": str(program.number),
        "SIDECAR_PORT": str(port),
        "SIDECAR_METRICS_PORT": str(ports[f"{program.name}-health"]),
        "SIDECAR_HEALTH_URL": f"http://{environment.HOST}:{asked}/readyz",
        "SIDECAR_VERSION": sources.mark(ROOT, program.package)[:12],
    }


def _balancer(run: RunDir, ports: dict[str, int], code: str) -> Process:
    home = run.path / "nginx"
    around = environment.basic() | {
        "EUREKA_URLS": environment.registry_url(run, ports),
        "BALANCER_FOLDER": str(home / "upstreams"),
        "BALANCER_PID_FILE": str(home / "nginx.pid"),
        "BALANCER_KEPT": str(run.folder(BALANCER) / "registry.json"),
    }
    return _python(BALANCER, "discovery.balancer", around, code)


def _python(name: str, module: str, around: dict[str, str], code: str) -> Process:
    return Process(name, ROOT, ["nice", "-n", "5", sys.executable, "-m", module], around, code, stop_seconds=10)


def answers(ports: dict[str, int], name: str = SERVER) -> bool:
    """Tells whether a server of the registry answers."""
    try:
        asked = f"http://{address(ports, name)}/actuator/health"
        with urllib.request.urlopen(asked, timeout=2) as answer:  # noqa: S310
            return bool(answer.status == 200)  # noqa: PLR2004
    except (OSError, ValueError):
        return False


class Standing(NamedTuple):
    """What the registry says of an instance: on which host, which program, and whether it is up."""

    host: str
    name: str
    status: str


def standings(run: RunDir, ports: dict[str, int]) -> dict[str, str]:
    """Returns what the registry says of each program of this machine, by its name; nothing where it is away."""
    return {each.name: each.status for each in instances(run, ports)}


def instances(run: RunDir, ports: dict[str, int]) -> list[Standing]:
    """Returns every instance that the registry knows, as the first of its servers says that answers."""
    for server in environment.registries(run):
        if server in ports:
            with suppress(OSError, ValueError, KeyError):
                return list(_instances(_ask(run, f"http://{address(ports, server)}/eureka/apps")))
    return []


def _ask(run: RunDir, url: str) -> Any:
    request = urllib.request.Request(url, headers={"Accept": "application/json"})  # noqa: S310
    secret = base64.b64encode(f"{USER}:{Passwords(run).get('eureka')}".encode()).decode()
    request.add_header("Authorization", f"Basic {secret}")
    with urllib.request.urlopen(request, timeout=2) as answer:  # noqa: S310
        return json.load(answer)


def _instances(found: dict[str, dict[str, list[dict[str, list[dict[str, str]]]]]]) -> Iterator[Standing]:
    for app in found["applications"]["application"]:
        for instance in app["instance"]:
            host, base, number = instance["instanceId"].rsplit(":", 2)
            yield Standing(host, topology.name_of(base, int(number)), instance["status"])


def bring_up_to_date(run: RunDir, say: Callable[[str], None]) -> bool:
    """Builds the server where its sources changed, and puts it where it is started from.

    Returns:
        Whether there is one. Where there is none, `say` was told why: the rest of Charla works without.
    """
    try:
        with _alone():
            built = _build_if_stale(say)
    except StackError as failure:
        say(f"  discovery: {failure}")
        return False
    wanted = _published(run)
    if not wanted.exists() or wanted.stat().st_mtime_ns != built.stat().st_mtime_ns:
        # A server that runs keeps the old file open.
        fresh = wanted.with_suffix(".new")
        shutil.copy2(built, fresh)
        fresh.replace(wanted)
    return True


@contextmanager
def _alone() -> Iterator[None]:
    """Lets one command at a time build."""
    (HOME / "target").mkdir(exist_ok=True)
    with (HOME / "target" / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _build_if_stale(say: Callable[[str], None]) -> Path:
    jar, note, stamp = HOME / "target" / "discovery-server.jar", HOME / "target" / "stamp", _stamp()
    if jar.exists() and note.exists() and note.read_text() == stamp:
        return jar
    begun = time.monotonic()
    say("  discovery: building the registry (a minute or less)")
    _maven("package")
    note.write_text(stamp)
    say(f"  discovery: built ({time.monotonic() - begun:.1f} s)")
    return jar


def _maven(goal: str) -> None:
    maven = shutil.which("mvn")
    if not maven:
        message = "the registry is not built: Maven is missing (Debian's package `maven`)"
        raise StackError(message)
    done = subprocess.run(
        [maven, "--batch-mode", "--quiet", goal],
        cwd=HOME,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    if done.returncode:
        message = f"the registry could not be built:\n{done.stdout[-2000:].strip()}"
        raise StackError(message)


def _published(run: RunDir) -> Path:
    return run.folder(SERVER) / "server.jar"


def _stamp() -> str:
    return sources.digest([HOME / "pom.xml", *(HOME / "src").glob("**/*")])


@cache
def _java() -> str | None:
    """Returns a Java that is new enough. Each is started to be asked, so it is asked once."""
    home = os.environ.get("JAVA_HOME")
    for found in (f"{home}/bin/java" if home else None, shutil.which("java")):
        if found and os.access(found, os.X_OK) and _major(found) >= OLDEST_JAVA:
            return found
    return None


def _major(java: str) -> int:
    said = subprocess.run([java, "-version"], capture_output=True, text=True, check=False).stderr  # noqa: S603
    version = re.search(r'version "(\d+)', said)
    return int(version.group(1)) if version else 0
