"""Fixtures of the tests of the manifests."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

sys.path.insert(0, str(Path(__file__).parent))

from manifests import COMMITTED, OVERLAYS, objects_of

if TYPE_CHECKING:
    from manifests import Object


@pytest.fixture(params=[COMMITTED, *OVERLAYS])
def objects(request: pytest.FixtureRequest) -> tuple[Object, ...]:
    """All objects: as they are committed, then of each overlay."""
    return objects_of(request.param)


@pytest.fixture(params=OVERLAYS)
def overlay(request: pytest.FixtureRequest) -> str:
    """Each overlay's name."""
    return request.param
