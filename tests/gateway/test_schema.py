"""Schemathesis walks the OpenAPI document: nothing answers 5xx, and answers are as described."""

from __future__ import annotations

import secrets
from typing import Any

import ad_rights
import channel_rights
import media_rights
import payment_rights
import pytest
import requests
import schemathesis
from client import Person, base_url
from hypothesis import HealthCheck, given, settings
from rights import TABLE
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)

_CHECKS = [
    not_a_server_error, content_type_conformance, response_headers_conformance, response_schema_conformance,
    status_code_conformance,
]  # fmt: skip
_OPERATIONS = {
    *TABLE,
    *(row.partition(":")[0] for row in channel_rights.TABLE),
    *media_rights.TABLE,
    *payment_rights.TABLE,
    *ad_rights.TABLE,
}
#: They end the session that the walk needs, send e-mail, or wait.
_LEFT_OUT = {"logout", "delete_other_sessions", "change_password", "poll_by_query", "poll_by_body", "register"}


def _load() -> Any:
    document = requests.get(f"{base_url()}/v1/openapi.json", timeout=60).json()
    found = schemathesis.openapi.from_dict(document)
    found.config.update(base_url=base_url())
    return found


@pytest.fixture(scope="session")
def schema(stack: str) -> Any:
    """The document of the running gateway."""
    return _load()


@pytest.fixture(scope="session")
def walker(stack: str) -> Person:
    """Who sends the generated requests."""
    return Person.register(f"walk{secrets.token_hex(5)}")


@pytest.mark.parametrize("operation", sorted(_OPERATIONS - _LEFT_OUT))
def test_answers_are_as_described(operation: str, schema: Any, walker: Person) -> None:
    strategy = schema.find_operation_by_id(operation).as_strategy()
    headers = {"Authorization": f"Bearer {walker.token}"}

    @given(case=strategy)
    @settings(max_examples=10, deadline=None, database=None, derandomize=True, suppress_health_check=list(HealthCheck))
    def walk(case: Any) -> None:
        case.call_and_validate(headers=headers, checks=_CHECKS, timeout=20)

    walk()
