"""The OpenAPI document is whole, whatever the stack does."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest

from gateway_flask.app import create_flask
from gateway_flask.openapi import document


@pytest.fixture(scope="module")
def api() -> dict[str, Any]:
    """The document, as a client reads it."""
    return json.loads(json.dumps(document(create_flask())))


def _operations(api: dict[str, Any]) -> list[dict[str, Any]]:
    return [operation for path in api["paths"].values() for operation in path.values()]


def test_every_reference_leads_somewhere(api: dict[str, Any]) -> None:
    names = set(re.findall(r'"#/components/schemas/([^"]+)"', json.dumps(api)))
    assert names <= set(api["components"]["schemas"])


def test_operation_ids_are_unique(api: dict[str, Any]) -> None:
    names = [operation["operationId"] for operation in _operations(api)]
    assert len(names) == len(set(names))


def test_bodies_refuse_unknown_fields(api: dict[str, Any]) -> None:
    for operation in _operations(api):
        content = operation.get("requestBody", {}).get("content", {})
        for found in content.values():
            if found["schema"] == {}:
                assert operation["operationId"] == "receive_webhook"  # the provider's own, taken as it comes
                continue
            name = found["schema"]["$ref"].rpartition("/")[2]
            assert api["components"]["schemas"][name]["additionalProperties"] is False, name


def test_every_route_of_the_app_is_described() -> None:
    app = create_flask()
    undescribed = [
        rule.rule for rule in app.url_map.iter_rules() if not hasattr(app.view_functions[rule.endpoint], "operation")
    ]
    assert undescribed == []


def test_signed_in_operations_say_401(api: dict[str, Any]) -> None:
    for operation in _operations(api):
        if operation.get("security") == [{"bearer": []}]:
            assert "401" in operation["responses"], operation["operationId"]
