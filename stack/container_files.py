"""Writes what the containers of compose/compose.yaml are given: settings, keys, and one secret file for each.

They come out of the same code as those of the native stack. What differs is where things are: every process has a
machine of its own, its ports are always the same, and the run directory is called `/var/lib/charla`.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
from collections import defaultdict
from ipaddress import ip_network
from typing import TYPE_CHECKING

from stack import discovery, environment, media, nginx, postgres, rabbitmq, redis, tls, topology
from stack.credentials import KEY_FOLDERS, Passwords, keys_folder, make_keys
from stack.places import HOST, Places
from stack.rundir import ROOT, write_private

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from stack.rundir import RunDir

#: What the run directory is called in a container, and the folder of a store's settings.
INSIDE, SETTINGS = "/var/lib/charla", "/etc/charla"
#: Whoever starts Charla as root gives its containers this account; the images know it.
UNPRIVILEGED = 10_001
#: All parts of compose/compose.yaml.
PROFILES = ("core", "media", "observability")
_HEALTH = 9000
_PORTS = {
    "postgres": 5432,
    "rabbitmq": 5672,
    "rabbitmq-metrics": 15692,
    "redis": 6379,
    "gateway": 8000,
    "media-edge": 8001,
    "payments-sandbox": 8090,
    "discovery": 8761,
    **{name: _HEALTH for name in topology.PORTS if name.endswith("-health")},
}
#: The ports of this machine that lead to containers.
PUBLISHED = ("http", "media-http", "payments-sandbox")
#: Nginx's own doors, in its container.
_DOOR, _MEDIA_DOOR = 8080, 8081
#: Who stands in the network of Nginx finds the registry by this name, and so tells of its address there.
_FRONT = "registry.front"
_AT_THE_FRONT = ("gateway", "media-edge")
#: Containers reach the gateway from networks of their own, which Docker takes from these.
_PRIVATE = "127.0.0.1,::1,,10.0.0.0/8,172.16.0.0/12,192.168.0.0/16"
# In halves: Nginx takes the whole for what it has a default for already, and warns of it.
_ANYWHERE = ("0.0.0.0/1", "128.0.0.0/1", "::/1", "8000::/1")
#: Keys that a service makes by itself.
_MADE_LATER = ("subscriptions-push",)
#: What an image knows better than this machine.
_OF_IMAGES = frozenset({"PATH", "HOME", "PYTHONPATH", "LANG", "TZ", "PYTHONUNBUFFERED"})


def account() -> int:
    """Returns the number of the account that containers run as: this user's own, so that it can read its files."""
    return os.getuid() or UNPRIVILEGED


def places(ports: Mapping[str, int], hosts: Mapping[str, str] | None = None) -> Places:
    """Returns where everything is as containers see it; with `hosts`, as this machine sees it."""
    outside = {name: ports[name] for name in PUBLISHED}
    # Replicas have the ports of the first, each on a host of its own; who has a port for operators has it there, too.
    replicas = {f"{name}-health": _HEALTH for name in hosts or {}}
    known = {f"{name}-health": host for name, host in (hosts or {}).items()} | dict(hosts or {})
    if "rabbitmq" in known:
        known["rabbitmq-metrics"] = known["rabbitmq"]
    every = {**_PORTS, **replicas, "http": ports["http"], "media-http": ports["media-http"]}
    return Places(every, known, outside)


def write(run: RunDir, ports: Mapping[str, int], nginx_says: Callable[[], str] = str) -> dict[str, str]:
    """Writes all of it, and returns the variables of compose/compose.yaml.

    Args:
        run: the run directory.
        ports: this machine's.
        nginx_says: returns what the image's Nginx says of its version, which is asked where it is to speak TLS.
    """
    found = places(ports)
    keys = _write_keys(run)
    _copy_monitoring(run)
    return {
        "CHARLA_UID": str(account()),
        "CHARLA_FILES": str(run.folder("compose")),
        "CHARLA_KEYS": str(keys),
        "CHARLA_HTTP_PORT": str(ports["http"]),
        "CHARLA_MEDIA_HTTP_PORT": str(ports["media-http"]),
        "CHARLA_SANDBOX_PORT": str(ports["payments-sandbox"]),
        **_write_secrets(run, found),
        "CHARLA_BROKER": _write_rabbitmq(run, found),
        "CHARLA_CACHE": _write(run, "redis", "redis.conf", _inside(run, redis.settings(run, found)) + _NOT_PROTECTED),
        "CHARLA_STORE": _write(run, "postgres", "postgresql.conf", _of_postgres(found)),
        "CHARLA_DOOR": _write(run, "nginx", "nginx.conf", _of_nginx(run, found, nginx_says)),
    }


# Everybody signs in by the rules of users; without this, Redis would turn away whoever is not on its own machine.
_NOT_PROTECTED = "protected-mode no\n"


def _of_postgres(found: Places) -> str:
    return postgres.settings(found, listen_addresses="'*'", unix_socket_directories="'/var/run/postgresql'")


def _write_rabbitmq(run: RunDir, found: Places) -> str:
    home = run.folder("compose", "rabbitmq")
    people = json.dumps(rabbitmq.definitions(run), indent=1) + "\n"
    chosen = rabbitmq.settings(home, found).replace(str(home), SETTINGS).replace(HOST, found.listen)
    marks = [
        _write(run, "rabbitmq", "definitions.json", people),
        _write(run, "rabbitmq", "rabbitmq.conf", chosen),
        _write(run, "rabbitmq", "enabled_plugins", "[rabbitmq_prometheus].\n"),
    ]
    return _mark("".join(marks))


def _of_nginx(run: RunDir, found: Places, says: Callable[[], str]) -> str:
    _copy_certificate(run)
    here = {
        "USER": "",  # it has no rights to give up
        "LISTEN": f"{found.listen}:{_DOOR}",
        "MEDIA_LISTEN": f"{found.listen}:{_MEDIA_DOOR}",
        "WEB": "/srv/web",
    }
    values = nginx.values(run, found, tls.settings(run, says, SETTINGS)) | _who_has_come()
    chosen = {name: value.replace(str(run.path), INSIDE) for name, value in values.items()}
    return nginx.fill((ROOT / "nginx.conf").read_text(), chosen | here)


def _who_has_come() -> dict[str, str]:
    """Returns what Nginx takes the addresses of clients for.

    Docker hands on what comes from this machine itself as if it came from the network's own address. Where the doors
    are open to this machine alone, everybody comes from it: people, tools, or a proxy on it.
    """
    if not _is_this_machine(os.environ.get("CHARLA_HTTP_BIND", HOST)):
        return {}
    if proxies := nginx.trusted_proxies():
        here = any(map(_is_this_machine, proxies))
        return {"REAL_ADDRESSES": nginx.real_addresses([*proxies, *(_ANYWHERE if here else ())])}
    told = {"THIS_MACHINE": f"~. {HOST};"}
    if "CHARLA_UNCOUNTED_ADDRESSES" not in os.environ:
        told["NOT_COUNTED"] = " ".join(f"{each} 0;" for each in _ANYWHERE)
    return told


def _is_this_machine(address: str) -> bool:
    try:
        return ip_network(address.strip("[]"), strict=False).is_loopback
    except ValueError:
        return False  # a name


def _copy_certificate(run: RunDir) -> None:
    """Puts certificate and key where Nginx's account may read them, beside its settings; nothing without TLS."""
    sources = tls.files(run)
    for number, name in enumerate(tls.INSIDE):
        if sources:
            _write(run, "nginx", name, sources[number].read_text())
        else:
            (run.folder("compose", "nginx") / name).unlink(missing_ok=True)


def _write_keys(run: RunDir) -> Path:
    """Makes the signing keys, with the public set in a folder that holds nothing else: all containers read it."""
    home = keys_folder(run)
    public = run.folder("secrets", "keys", "public")
    make_keys(run, public)
    for name in (*KEY_FOLDERS, *_MADE_LATER):
        run.folder("secrets", "keys", name)
        run.folder("secrets", "keys", "public", name)  # where the container's own are mounted
    # For what runs on this machine beside the containers: tests and jobs.
    link = home / "jwks.json"
    if not link.is_symlink():
        link.symlink_to("public/jwks.json")
    _give(home)
    return home


def _write_secrets(run: RunDir, found: Places) -> dict[str, str]:
    """Writes the environment of every process; returns variables with a mark of all those of each service."""
    marks: dict[str, list[str]] = defaultdict(list)
    for each in topology.PROGRAMS:
        marks[each.service].append(_write_environment(run, each.name, of_program(run, found, each)))
    for service in topology.SERVICES:
        owner = environment.database_url(run, found, topology.owner(service), service)
        around = of_program(run, found, topology.program(service)) | {"DATABASE_URL": owner}
        alone = {name: value for name, value in around.items() if not name.startswith(("SIDECAR_", "EUREKA_"))}
        marks[service].append(_write_environment(run, f"migrate-{service}", alone))
    marks["discovery"] = [
        _write_environment(run, discovery.SERVER, _of_registry(run, found)),
        _write_environment(run, discovery.BALANCER, _of_balancer(run, found)),
    ]
    _write(run, "secrets", "postgres.password", Passwords(run).get("postgres-postgres"))
    _write(run, "secrets", "grafana.password", Passwords(run).get("grafana"))
    _write(run, "secrets", "databases.json", json.dumps(_of_databases(run)))
    return {f"CHARLA_SETTINGS_{name.upper()}": _mark("".join(each)) for name, each in marks.items()}


def _copy_monitoring(run: RunDir) -> None:
    """Copies what Prometheus and Grafana read to where their account may: a checkout may be closed to it."""
    home, source = run.folder("compose"), ROOT / "monitoring"
    for name in ("provisioning", "dashboards"):
        shutil.copytree(source / "grafana" / name, home / "grafana" / name, dirs_exist_ok=True)
    for path in (*(source / "prometheus").glob("*.yml"), ROOT / "compose" / "prometheus.yml"):
        shutil.copyfile(path, run.folder("compose", "prometheus") / path.name)
    _give(home / "grafana")
    _give(home / "prometheus")


def of_program(run: RunDir, found: Places, program: topology.Program) -> dict[str, str]:
    """Returns the environment of an application process in its container."""
    around = environment.of_program(run, found, program)
    around |= {
        "HEALTH_HOST": found.listen,  # the network's other containers measure it
        "MEDIA_EDGE_ACCEL": media.ACCEL,
    }
    if "PROMETHEUS_MULTIPROC_DIR" in around:
        around["PROMETHEUS_MULTIPROC_DIR"] = "/tmp"  # noqa: S108 - its own, in memory, and there before anything is loaded
    if is_registered():
        around |= discovery.of_sidecar(run, found, program) | {"SIDECAR_HOST": ""}
    else:
        around.pop("EUREKA_URLS", None)
    if "observability" in profiles():
        around.setdefault("OTEL_ENDPOINT", "http://jaeger:4318")
    if program.service == "gateway":
        around["GATEWAY_TRUSTED_PROXIES"] = os.environ.get("GATEWAY_TRUSTED_PROXIES", _PRIVATE)
    if program.name in _AT_THE_FRONT and "EUREKA_URLS" in around:
        around["EUREKA_URLS"] = _at_the_front(around["EUREKA_URLS"])
    kept = {name: value for name, value in around.items() if name not in _OF_IMAGES}
    return {name: value.replace(str(run.path), INSIDE) for name, value in kept.items()}


def is_registered() -> bool:
    """Whether instances register: without, Nginx has those that Docker's names tell of."""
    return os.environ.get("CHARLA_DISCOVERY", "on") != "off"


def profiles() -> tuple[str, ...]:
    """Returns the parts of compose/compose.yaml that run: all of Charla, and what CHARLA_PROFILES adds."""
    return ("core", "media", *os.environ.get("CHARLA_PROFILES", "").split())


def _at_the_front(urls: str) -> str:
    return urls.replace(f"@{discovery.SERVER}:", f"@{_FRONT}:")


def _of_registry(run: RunDir, found: Places) -> dict[str, str]:
    return {
        "EUREKA_BIND_HOST": found.listen,
        "EUREKA_PORT": str(found[discovery.SERVER]),
        "EUREKA_USER": discovery.USER,
        "EUREKA_PASSWORD": Passwords(run).get("eureka"),
    }


def _of_balancer(run: RunDir, found: Places) -> dict[str, str]:
    return {
        "EUREKA_URLS": _at_the_front(environment.registry_url(run, found)),
        "BALANCER_FOLDER": f"{INSIDE}/nginx/upstreams",
        "BALANCER_PID_FILE": f"{INSIDE}/nginx/nginx.pid",
        "BALANCER_KEPT": "/tmp/registry.json",  # noqa: S108 - its container's own
    }


def _of_databases(run: RunDir) -> dict[str, str]:
    """Returns the passwords that the databases and roles are made with, and no others."""
    roles = {"postgres", *topology.SERVICES, *(topology.owner(each) for each in topology.SERVICES)}
    return {f"postgres-{each}": Passwords(run).get(f"postgres-{each}") for each in sorted(roles)}


def _write_environment(run: RunDir, name: str, values: dict[str, str]) -> str:
    return _write(run, "secrets", f"{name}.env", environment.lines(values))


def _write(run: RunDir, folder: str, name: str, text: str) -> str:
    """Writes a file that one account reads, that of the containers; returns a mark of what it says."""
    home = run.folder("compose", folder)
    write_private(home / name, text)
    _give(home)
    return _mark(text)


def _give(folder: Path) -> None:
    """Makes a folder, and all in it, the containers' own."""
    if os.getuid() == 0:
        for path in (folder, *folder.rglob("*")):
            os.chown(path, account(), account(), follow_symlinks=False)


def _mark(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def _inside(run: RunDir, text: str) -> str:
    """Returns a store's settings as they are in its container."""
    return text.replace(f"bind {HOST}", f"bind {Places.listen}").replace(str(run.path / "redis"), "/data")
