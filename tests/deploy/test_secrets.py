"""Every secret that the manifests name can be made, and holds the keys that they ask for."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from manifests import WORKLOADS, committed, containers, of_kind, pod_of

from deploy import secrets
from stack.rundir import RunDir

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

# What only the installation itself can know; README.md says what is in each.
OF_THE_INSTALLATION = {"stripe", "media-s3", "oidc", "backups-s3", "tls-chat", "tls-media"}


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> dict[str, dict[str, str]]:
    run = RunDir(tmp_path_factory.mktemp("secrets"))
    return {each["metadata"]["name"]: each["stringData"] for each in secrets.objects(run)}


def _asked() -> Iterator[tuple[str, str, str]]:
    """Yields (secret, key, where), with no key where all of it is mounted."""
    for where, _pod, each in containers(committed()):
        for variable in each.get("env", []):
            reference = variable.get("valueFrom", {}).get("secretKeyRef")
            if reference:
                yield reference["name"], reference["key"], where
    for thing in of_kind(committed(), *WORKLOADS):
        for each in pod_of(thing)["spec"].get("volumes", []):
            if "secret" in each:
                yield each["secret"]["secretName"], "", thing["metadata"]["name"]
    for thing in of_kind(committed(), "User"):
        for key in ("username", "password"):
            yield thing["spec"]["importCredentialsSecret"]["name"], key, thing["metadata"]["name"]
    for thing in of_kind(committed(), "Cluster"):
        initial = thing["spec"]["bootstrap"]["initdb"].get("secret")
        roles = [each["passwordSecret"] for each in thing["spec"].get("managed", {}).get("roles", [])]
        for each in (*([initial] if initial else []), *roles):
            yield each["name"], "password", thing["metadata"]["name"]
    for thing in of_kind(committed(), "TriggerAuthentication"):
        for each in thing["spec"]["secretTargetRef"]:
            yield each["name"], each["key"], thing["metadata"]["name"]


def test_what_is_asked_for_is_made(made: dict[str, dict[str, str]]) -> None:
    asked = list(_asked())
    assert len(asked) > 100
    for secret, key, where in asked:
        if secret not in OF_THE_INSTALLATION:
            assert made[secret], f"{where}: {secret}"
            assert not key or made[secret][key], f"{where}: {secret}.{key}"


def test_nothing_is_made_that_nobody_asks_for(made: dict[str, dict[str, str]]) -> None:
    assert set(made) <= {secret for secret, _key, _where in _asked()}


def test_the_same_folder_makes_the_same(tmp_path: Path) -> None:
    run = RunDir(tmp_path)
    assert list(secrets.objects(run)) == list(secrets.objects(run))


def test_passwords_can_stand_in_addresses(made: dict[str, dict[str, str]]) -> None:
    passwords = [values["password"] for values in made.values() if "password" in values]
    assert passwords
    assert all(each.replace("-", "").replace("_", "").isalnum() for each in passwords)
    assert len(set(passwords)) == len(passwords)
