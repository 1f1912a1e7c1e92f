from pathlib import Path

import pytest

from stack import sources

FILES = ("svc_auth/service.py", "svc_auth/config.yml", "svc_ads/service.py", "plumbing/rpc.py", "stack/serve.py")


@pytest.fixture
def code(tmp_path: Path) -> Path:
    for name in (*FILES, "svc_auth/README.md", "svc_auth/__pycache__/service.pyc"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text("before")
    return tmp_path


@pytest.mark.parametrize(
    ("name", "is_noticed"),
    [
        ("svc_auth/service.py", True), ("svc_auth/config.yml", True), ("plumbing/rpc.py", True),
        ("plumbing/new.py", True), ("stack/serve.py", True), ("svc_ads/service.py", False),
        ("svc_auth/README.md", False), ("svc_auth/__pycache__/service.pyc", False),
    ],
)  # fmt: skip
def test_a_program_is_started_anew_when_its_code_changed(code: Path, name: str, is_noticed: bool) -> None:
    before = sources.digest(sources.of_program(code, "svc_auth"))
    (code / name).write_text("after")
    assert (sources.digest(sources.of_program(code, "svc_auth")) != before) == is_noticed
