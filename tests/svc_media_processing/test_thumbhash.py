"""Held against what the format's author's own code made of the same pictures (vectors.json)."""

from __future__ import annotations

import base64
import json
from pathlib import Path

import pytest

from svc_media.processing.inside.thumbhash import thumbhash

VECTORS = json.loads((Path(__file__).parent / "vectors.json").read_text())


@pytest.mark.parametrize("name", VECTORS)
def test_it_is_the_hash_that_the_reference_makes(name: str) -> None:
    vector = VECTORS[name]
    rgba = base64.b64decode(vector["rgba"])
    assert base64.b64encode(thumbhash(vector["width"], vector["height"], rgba)).decode() == vector["hash"]
