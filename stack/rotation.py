"""Changes secrets while everything runs: what is new is good before anybody uses it, and what was is until nobody does.

PostgreSQL and RabbitMQ know one password for a name, so each service has two names, of which one is good; Redis
knows several passwords for a name. Then the programs of that one service are replaced, one after the other.
"""

from __future__ import annotations

import hashlib
import json
import secrets
import subprocess
import sys
from contextlib import closing
from typing import TYPE_CHECKING

from stack import backup, environment, postgres, rabbitmq, redis, topology, upgrade
from stack.credentials import KEY_FOLDERS, Passwords
from stack.errors import StackError
from stack.lifecycle import alone
from stack.rundir import ROOT, write_private

if TYPE_CHECKING:
    from collections.abc import Callable

    from stack.lifecycle import Stack

_JOB = "import sys; from svc_auth.jobs import rotate_keys; rotate_keys.run(float(sys.argv[1]), *sys.argv[2:])"
#: So long until everybody has looked at the public keys again (`svc_auth.actions.keys.SPREAD_S`).
SPREAD_S = 90.0


def rotate(stack: Stack, what: str, service: str, *, spread_s: float = SPREAD_S) -> None:
    """Changes a secret of a service.

    Args:
        stack: the stack, which is up.
        what: one of `KINDS`.
        service: whose.
        spread_s: how long a new key is public before it signs.

    Raises:
        StackError: there is no such secret, or a program did not become ready; what was good before still is then.
    """
    if service not in WHOSE[what]:
        message = f"{what} is rotated for one of: {', '.join(WHOSE[what])}"
        raise StackError(message)
    if what == "jwt":
        _rotate_keys(stack, service, spread_s)
    else:
        _ROTATIONS[what](stack, service)
    backup.note_secrets(stack.run)
    stack.say(f"The {what} secret of {service} is a new one.")


def _rotate_keys(stack: Stack, service: str, spread_s: float) -> None:
    """Has the signing keys' owner do it: `svc_auth.actions.keys` says how."""
    folder = folder_of(service)
    around = environment.of_program(stack.run, stack.ports, topology.program("auth"))
    command = [sys.executable, "-W", "ignore", "-c", _JOB, str(spread_s), folder, KEY_FOLDERS[folder]]
    done = subprocess.run(command, cwd=ROOT, env=around, capture_output=True, text=True, check=False)
    if done.returncode:
        message = f"the key could not be changed: {done.stderr.strip()[-500:]}"
        raise StackError(message)
    stack.say(f"  {done.stdout.strip()}")


def folder_of(who: str) -> str:
    """Returns the folder of somebody's signing keys; `people` stands for their access tokens."""
    return {"auth": "auth-service", "people": "auth"}.get(who, who)


def _rotate_database(stack: Stack, service: str) -> None:
    def begin(passwords: Passwords) -> None:
        _in_database(stack, lambda cursor: postgres.make_role(cursor, service, passwords))

    def end(old: str) -> None:
        _in_database(stack, lambda cursor: postgres.end_login(cursor, service, old))

    _take_other_name(stack, "postgres", service, begin, end)
    owner = topology.owner(service)
    if owner != service:
        # Only migrations sign in as it, and none runs now.
        with alone(stack.run):
            passwords = Passwords(stack.run)
            passwords.put({f"postgres-{owner}": secrets.token_urlsafe(32)})
            _in_database(stack, lambda cursor: postgres.make_role(cursor, owner, passwords))


def _rotate_broker(stack: Stack, service: str) -> None:
    home = stack.run.folder("rabbitmq")

    def begin(_passwords: Passwords) -> None:
        path = home / "user.json"
        write_private(path, json.dumps(rabbitmq.definitions_of(stack.run, service)))
        try:
            stack.control_broker("import_definitions", str(path))
        finally:
            path.unlink()

    def end(old: str) -> None:
        stack.control_broker("delete_user", old)

    _take_other_name(stack, "rabbitmq", service, begin, end)


def _rotate_cache(stack: Stack, service: str) -> None:
    passwords = Passwords(stack.run)
    name, ending = f"redis-{service}", f"redis-{service}-ending"
    if not passwords.find(ending):
        passwords.put({ending: passwords.get(name), name: secrets.token_urlsafe(32)})
    old = passwords.find(ending)  # perhaps of a rotation that did not come to its end
    redis.tell(stack.run, stack.ports, f"ACL SETUSER {service} #{_digest(passwords.get(name))}")
    _replace_programs(stack, service)
    redis.tell(stack.run, stack.ports, f"ACL SETUSER {service} !{_digest(old)}")
    passwords.put({ending: ""})


def _rotate_tokens(stack: Stack, service: str) -> None:
    """What was sealed with the secret of before is still opened with it; what is new is sealed with the new one."""
    passwords = Passwords(stack.run)
    before = [passwords.get(f"token-{service}"), *passwords.find(f"token-{service}-before").split()]
    passwords.put({f"token-{service}": secrets.token_urlsafe(32), f"token-{service}-before": " ".join(before)})
    _replace_programs(stack, service)


def _take_other_name(
    stack: Stack, server: str, service: str, begin: Callable[[Passwords], None], end: Callable[[str], None]
) -> None:
    """Lets a service sign in by its other name, and ends the first when nobody uses it."""
    passwords = Passwords(stack.run)
    ending = f"{server}-{service}-ending"
    if not passwords.find(ending):
        old = passwords.login(server, service)
        new = f"{service}_2" if old == service else service
        values = {f"{server}-{new}": secrets.token_urlsafe(32), f"{server}-{service}-login": new, ending: old}
        passwords.put(values)
    old = passwords.find(ending)  # perhaps of a rotation that did not come to its end
    begin(passwords)
    try:
        _replace_programs(stack, service)
    except BaseException:
        stack.say(f"  {service} may sign in to {server} as {old}, too, until this is done again and comes to its end")
        raise
    end(old)
    passwords.put({f"{server}-{old}": "", ending: ""})


def _replace_programs(stack: Stack, service: str) -> None:
    names = [each.name for each in topology.PROGRAMS if each.service == service and not each.alone]
    for each in upgrade.replace(stack, names):
        stack.say(f"  {each.program}: uses it")


def _in_database(stack: Stack, work: Callable[..., None]) -> None:
    with closing(postgres.connect(stack.run, stack.ports)) as connection:
        connection.autocommit = True
        with connection.cursor() as cursor:
            work(cursor)


def _digest(password: str) -> str:
    return hashlib.sha256(password.encode()).hexdigest()


_ROTATIONS: dict[str, Callable[[Stack, str], None]] = {
    "database": _rotate_database,
    "broker": _rotate_broker,
    "redis": _rotate_cache,
    "tokens": _rotate_tokens,
}
_EVERYBODY = (*topology.SERVICES, *topology.CLIENTS)
#: Whose secrets there are, of each kind.
WHOSE: dict[str, tuple[str, ...]] = {
    "jwt": ("people", *_EVERYBODY),
    "database": topology.SERVICES,
    "broker": _EVERYBODY,
    "redis": _EVERYBODY,
    "tokens": topology.SERVICES,
}
KINDS = tuple(WHOSE)
