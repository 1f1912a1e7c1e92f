"""docs/security/asvs.md: every requirement has one verdict, and what it names as proof is there."""

import csv
import re
import subprocess
from collections import Counter
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
FOLDER = ROOT / "docs" / "security"
PAGES = sorted(FOLDER.glob("*.md"))
VERDICTS = {"met", "n/a", "not met"}
_ROW = re.compile(r"^\| (\d+\.\d+\.\d+) \| ([12]) \| ([^|]+) \| ([^|]+) \| (.+) \|$", re.MULTILINE)
_TEST = re.compile(r"`(tests/[\w/]+\.py)::(\w+)`")
_NAMED = re.compile(r"`([\w.-]+(?:/[\w.-]+)+/?)`")
_COUNTS = re.compile(r"^\| ([12]) \| (\d+) \| (\d+) \| (\d+) \|$", re.MULTILINE)


def levels() -> dict[str, str]:
    with (FOLDER / "asvs-5.0.0.csv").open() as lines:
        return {row["number"]: row["level"] for row in csv.DictReader(lines)}


def rows() -> list[tuple[str, str, str, str, str]]:
    return _ROW.findall((FOLDER / "asvs.md").read_text())


def test_there_are_as_many_requirements_as_the_standard_has() -> None:
    assert Counter(levels().values()) == {"1": 70, "2": 183}


def test_every_requirement_is_there_once_with_its_level() -> None:
    assert [(number, level) for number, level, *_ in rows()] == list(levels().items())


def test_every_verdict_is_one_and_is_counted() -> None:
    counted = Counter((level, verdict) for _, level, verdict, *_ in rows())
    assert {verdict for _, verdict in counted} == VERDICTS
    told = {level: tuple(map(int, rest)) for level, *rest in _COUNTS.findall((FOLDER / "asvs.md").read_text())}
    assert told == {
        level: tuple(counted[level, verdict] for verdict in ("met", "n/a", "not met")) for level in ("1", "2")
    }


def test_what_is_met_names_its_proof_or_its_place() -> None:
    bare = [number for number, _, verdict, _, why in rows() if verdict == "met" and "`" not in why and "](" not in why]
    # Nothing but what browsers, and the libraries of the locks, are.
    assert bare == ["3.7.1"]


def test_what_is_not_met_says_what_would_meet_it() -> None:
    silent = [number for number, _, verdict, _, why in rows() if verdict == "not met" and len(why) < 30]
    assert not silent


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_test_that_is_named_exists(page: Path) -> None:
    missing = [
        f"{path}::{name}"
        for path, name in sorted(set(_TEST.findall(page.read_text())))
        if not (ROOT / path).exists() or not re.search(rf"^\s*(async )?def {name}\(", (ROOT / path).read_text(), re.M)
    ]
    assert not missing


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_file_that_is_named_exists(page: Path) -> None:
    named = {each for each in _NAMED.findall(page.read_text()) if (ROOT / each.partition("/")[0]).is_dir()}
    assert not sorted(each for each in named if not (ROOT / each).exists())


def test_the_list_of_numbers_is_no_copy_of_the_standard() -> None:
    listed = subprocess.run(["git", "ls-files", "docs/security"], cwd=ROOT, capture_output=True, text=True, check=True)
    assert all(each.endswith((".md", ".csv")) for each in listed.stdout.splitlines())
    assert all(re.fullmatch(r"\d+\.\d+\.\d+", number) for number in levels())
