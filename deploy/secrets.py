"""Makes the secrets that the manifests name, and prints them for `kubectl apply -f -`.

    python -m deploy.secrets FOLDER | kubectl --namespace charla apply -f -

What it makes is kept in FOLDER, so that the same call prints the same; keep that folder as safe as the cluster's own
secrets, or use none of this and let whatever holds your secrets provide objects of these names and keys.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import yaml
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec

from stack import redis, topology
from stack.credentials import KEY_FOLDERS, Passwords, keys_folder, make_keys
from stack.environment import OPERATOR
from stack.rundir import RunDir, write_private

if TYPE_CHECKING:
    from collections.abc import Iterator

Object = dict[str, Any]
_PUSH = "subscriptions-push"
WATCHER = "watcher"


def objects(run: RunDir) -> Iterator[Object]:
    """Yields every secret, out of what is kept in a run directory; what is missing there is made."""
    secret = Passwords(run).get
    make_keys(run)
    people = (*topology.SERVICES, *topology.CLIENTS)
    for role in dict.fromkeys(role for each in topology.SERVICES for role in (each, topology.owner(each))):
        password = {"username": role, "password": secret(f"postgres-{role}")}
        yield _object(f"postgres-{role.replace('_', '-')}", password, "kubernetes.io/basic-auth")
    for name in (*people, WATCHER):
        yield _object(f"rabbitmq-{name}", _of_broker(name, secret(f"rabbitmq-{name}")))
    for name in (*people, OPERATOR):
        yield _object(f"redis-{name}", {"password": secret(f"redis-{name}")})
    yield _object("redis-users", _of_cache(run))
    for name in people:
        yield _object(f"token-{name}", {"secret": secret(f"token-{name}")})
    yield _object("jwks", {"jwks.json": (keys_folder(run) / "jwks.json").read_text()})
    for folder in KEY_FOLDERS:
        pems = (keys_folder(run) / folder).glob("*.pem")
        yield _object(f"keys-{folder}", {each.name: each.read_text() for each in sorted(pems)})
    yield _object(f"keys-{_PUSH}", {"vapid.pem": _push_key(run)})


def of_sandbox(run: RunDir) -> Object:
    """Returns what payments and the sandbox share, under the names that both read."""
    key, secret = (f"{kind}_{Passwords(run).get(f'stripe-{kind}')}" for kind in ("sk_test", "whsec"))
    values = {"STRIPE_SECRET_KEY": key, "STRIPE_WEBHOOK_SECRET": secret}
    return _object("stripe", values | {"SANDBOX_KEY": key, "SANDBOX_WEBHOOK_SECRET": secret})


def _of_broker(name: str, password: str) -> dict[str, str]:
    found = {"username": name, "password": password}
    if name == WATCHER:
        found["host"] = f"http://{name}:{password}@rabbitmq.charla:15672"
    return found


def _of_cache(run: RunDir) -> dict[str, str]:
    """Returns the users of the cache, and as whom its replicas sign in at their masters."""
    passwords = Passwords(run)
    names = (*topology.SERVICES, *topology.CLIENTS, OPERATOR)
    rules = [redis.user_rule(name, passwords.get(f"redis-{name}")) for name in names]
    replication = f"masteruser {OPERATOR}\nmasterauth {passwords.get(f'redis-{OPERATOR}')}\n"
    users = "\n".join(["user default off nopass nocommands", *rules])
    return {"users.acl": f"{users}\n", "replication.conf": replication}


def _push_key(run: RunDir) -> str:
    path = keys_folder(run) / _PUSH / "vapid.pem"
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        key = ec.generate_private_key(ec.SECP256R1())
        form = (serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
        write_private(path, key.private_bytes(*form).decode())
    return path.read_text()


def _object(name: str, values: dict[str, str], kind: str = "Opaque") -> Object:
    return {
        "apiVersion": "v1",
        "kind": "Secret",
        "metadata": {"name": name, "labels": {"app.kubernetes.io/part-of": "charla"}},
        "type": kind,
        "stringData": values,
    }


def main(folder: str, sandbox: str = "") -> None:
    """Prints them; with the word `sandbox`, also what the sandbox of payments needs."""
    run = RunDir(Path(folder).resolve())
    run.folder()
    found = [*objects(run), *([of_sandbox(run)] if sandbox == "sandbox" else [])]
    sys.stdout.write(yaml.safe_dump_all(found, sort_keys=False))


if __name__ == "__main__":
    main(*sys.argv[1:])
