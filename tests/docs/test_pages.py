"""The documents hang together: links lead somewhere, commands exist, both languages show the same."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
_LINK = re.compile(r"\[[^\]]*\]\(([^)#\s]+)(?:#[^)]*)?\)")
_BLOCK = re.compile(r"^```(\w*)\n(.*?)^```", re.DOTALL | re.MULTILINE)
_COMMAND = re.compile(r"\./charla ([a-z]+)")


def pages() -> list[Path]:
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard", "*.md"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    return [ROOT / line for line in listed.stdout.splitlines() if (ROOT / line).exists()]


def blocks(page: Path, language: str) -> list[str]:
    return [text for name, text in _BLOCK.findall(page.read_text()) if name == language]


@pytest.fixture(scope="session")
def commands() -> set[str]:
    shown = subprocess.run(
        [sys.executable, "-m", "stack.cli", "--help"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    itself = {"install", "lock"}  # what the script does before it has Python packages
    return set(re.findall(r"^    ([a-z]+) ", shown.stdout, re.MULTILINE)) | itself


@pytest.mark.parametrize("page", pages(), ids=lambda page: str(page.relative_to(ROOT)))
def test_every_link_inside_the_repository_leads_somewhere(page: Path) -> None:
    targets = [link for link in _LINK.findall(page.read_text()) if "://" not in link and not link.startswith("mailto:")]
    missing = [link for link in targets if not (page.parent / link).exists()]
    assert not missing


@pytest.mark.parametrize("page", pages(), ids=lambda page: str(page.relative_to(ROOT)))
def test_every_charla_command_that_is_named_exists(page: Path, commands: set[str]) -> None:
    assert set(_COMMAND.findall(page.read_text())) <= commands


def test_both_readmes_show_the_same_commands() -> None:
    english, spanish = (blocks(ROOT / name, "sh") for name in ("README.md", "README.es.md"))
    assert english == spanish


def test_decisions_are_numbered_and_have_three_parts() -> None:
    records = sorted((ROOT / "docs" / "adr").glob("*.md"))
    assert [int(record.name[:4]) for record in records] == list(range(1, len(records) + 1))
    for record in records:
        headings = re.findall(r"^## (.*)$", record.read_text(), re.MULTILINE)
        assert headings[:3] == ["Context", "Decision", "Consequences"], record.name
