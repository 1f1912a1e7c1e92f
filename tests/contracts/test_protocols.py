"""What a contract promises, the service of that name has."""

from __future__ import annotations

import importlib
import inspect
from pathlib import Path
from typing import Any

import pytest
from nameko.extensions import ENTRYPOINT_EXTENSIONS_ATTR

from plumbing.rpc import SafeRpc

ROOT = Path(__file__).parents[2]
SERVICES = {
    "auth": "AuthService",
    "messaging": "MessagingService",
    "subscriptions": "SubscriptionsService",
    "media": "MediaService",
    "payments": "PaymentsService",
    "ads": "AdsService",
}


def methods_of(protocol: type[Any]) -> dict[str, Any]:
    return {name: each for name, each in vars(protocol).items() if inspect.isfunction(each) and name[0] != "_"}


def is_rpc(method: Any) -> bool:
    return any(isinstance(each, SafeRpc) for each in getattr(method, ENTRYPOINT_EXTENSIONS_ATTR, ()))


def shape_of(method: Any) -> dict[str, tuple[Any, Any]]:
    """Return kind and default of each parameter but self."""
    parameters = list(inspect.signature(method).parameters.values())[1:]
    return {each.name: (each.kind, each.default) for each in parameters}


def classes(service: str) -> tuple[type[Any], type[Any]]:
    if not (ROOT / f"svc_{service}" / "service.py").exists():
        pytest.skip(f"svc_{service}/service.py is not written yet")
    contract = importlib.import_module(f"contracts.{service}")
    module = importlib.import_module(f"svc_{service}.service")
    return getattr(contract, SERVICES[service]), getattr(module, SERVICES[service])


@pytest.mark.parametrize("service", SERVICES)
def test_every_promised_method_is_an_rpc_with_the_same_parameters(service: str) -> None:
    promised, real = classes(service)
    wrong = {
        name: shape_of(getattr(real, name)) if hasattr(real, name) else "missing"
        for name, method in methods_of(promised).items()
        if not is_rpc(getattr(real, name, None)) or shape_of(getattr(real, name)) != shape_of(method)
    }
    assert wrong == {}


@pytest.mark.parametrize("service", SERVICES)
def test_every_rpc_is_promised(service: str) -> None:
    promised, real = classes(service)
    offered = {name for name, method in inspect.getmembers(real, inspect.isfunction) if is_rpc(method)}
    assert offered - set(methods_of(promised)) == set()


@pytest.mark.parametrize("service", SERVICES)
def test_arguments_have_names_only(service: str) -> None:
    promised, _ = classes(service)
    for method in methods_of(promised).values():
        assert {kind for kind, _ in shape_of(method).values()} <= {inspect.Parameter.KEYWORD_ONLY}
