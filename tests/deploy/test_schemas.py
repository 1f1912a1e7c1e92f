"""Each object is what Kubernetes, or the operator that it is for, understands."""

from __future__ import annotations

import json
import os
import sys
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import yaml
from jsonschema import Draft7Validator
from manifests import committed, name_of, objects_of

if TYPE_CHECKING:
    from manifests import Object

SCHEMAS = Path(__file__).parent / "schemas"
sys.path.insert(0, str(SCHEMAS))

import trim  # noqa: E402 - beside the schemas, which it makes


@cache
def _validators() -> dict[str, Draft7Validator]:
    found = {}
    for path in SCHEMAS.glob("*.json"):
        content = json.loads(path.read_text())
        shared = {"definitions": content.get("definitions", {})}
        found |= {kind: Draft7Validator(shared | schema) for kind, schema in content["kinds"].items()}
    return found


def _kind(thing: Object) -> str:
    return f"{thing['apiVersion']}/{thing['kind']}"


def _mistakes(validator: Draft7Validator, thing: Object) -> list[str]:
    return [f"{name_of(thing)}: {each.json_path}: {each.message[:300]}" for each in validator.iter_errors(thing)]


def test_every_object_has_the_fields_of_its_kind(objects: tuple[dict[str, Any], ...]) -> None:
    assert objects
    assert not [mistake for each in objects for mistake in _mistakes(_validators()[_kind(each)], each)]


@pytest.mark.parametrize(
    ("path", "value"),
    [
        (("spec", "template", "spec", "containers", 0, "readOnly"), True),
        (("spec", "template", "spec", "terminationGracePeriodSeconds"), "20"),
        (("spec", "strategy", "rollingUpdate"), [1]),
    ],
)
def test_a_mistake_is_found(path: tuple[Any, ...], value: Any) -> None:
    thing = json.loads(json.dumps(next(each for each in committed() if each["kind"] == "Deployment")))
    place = thing
    for step in path[:-1]:
        place = place[step]
    place[path[-1]] = value
    assert _mistakes(_validators()[_kind(thing)], thing)


@pytest.mark.parametrize("kind", ["RabbitmqCluster", "Cluster", "ScaledObject", "HTTPRoute"])
def test_an_unknown_field_is_found(kind: str) -> None:
    thing = json.loads(json.dumps(next(each for each in committed() if each["kind"] == kind)))
    thing["spec"]["replica_count"] = 3
    assert _mistakes(_validators()[_kind(thing)], thing)


@pytest.mark.skipif("CHARLA_CRDS" not in os.environ, reason="CHARLA_CRDS names no folder of the operators' definitions")
def test_operators_understand_theirs(overlay: str) -> None:
    whole: dict[str, Any] = {}
    for path in Path(os.environ["CHARLA_CRDS"]).rglob("*.yaml"):
        for each in yaml.safe_load_all(path.read_text()):
            if each and each.get("kind") == "CustomResourceDefinition":
                whole |= trim.custom(each)
    theirs = [each for each in objects_of(overlay) if _kind(each) in whole]
    assert {"Cluster", "ObjectStore", "Permission", "RabbitmqCluster", "User", "Vhost"} <= {
        each["kind"] for each in theirs
    }
    assert not [mistake for each in theirs for mistake in _mistakes(Draft7Validator(whole[_kind(each)]), each)]
