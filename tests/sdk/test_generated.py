"""What the SDKs have of the API is true to the code of the gateway, and the packages stand by themselves."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from gateway_flask.app import create_flask
from gateway_flask.openapi import document

ROOT = Path(__file__).resolve().parents[2]
PYTHON = ROOT / "sdk" / "python"


@pytest.fixture(scope="module")
def openapi(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The document, as the gateway answers with it."""
    path = tmp_path_factory.mktemp("openapi") / "openapi.json"
    path.write_text(json.dumps(document(create_flask())))
    return path


def test_the_python_sdk_is_true_to_the_gateway(openapi: Path, tmp_path: Path) -> None:
    """Where this fails, sdk/generate brings the SDKs up to date."""
    subprocess.run([sys.executable, PYTHON / "scripts" / "generate.py", openapi, "--to", tmp_path], check=True)
    for name in ("models.py", "operations.py"):
        kept = PYTHON / "src" / "charla_sdk" / "generated" / name
        assert kept.read_text() == (tmp_path / name).read_text(), f"{kept} is stale: run sdk/generate"


def test_the_python_sdk_passes_its_own_tests_without_charla_around_it() -> None:
    around = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    around["PYTEST_DISABLE_PLUGIN_AUTOLOAD"] = "1"  # of what Charla itself is tested with
    command = [sys.executable, "-m", "pytest", "-q", "--rootdir", str(PYTHON), "-c", str(PYTHON / "pyproject.toml")]
    done = subprocess.run([*command, "tests"], cwd=PYTHON, env=around, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
