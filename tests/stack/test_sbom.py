"""The bill of materials is CycloneDX, and names all that the lock files name."""

import json
import re
from pathlib import Path
from typing import Any

import pytest
from cyclonedx.schema import SchemaVersion
from cyclonedx.validation.json import JsonStrictValidator

from stack import cli, components, maven_lock, sbom
from stack.rundir import ROOT


@pytest.fixture(scope="module")
def bill() -> dict[str, Any]:
    return sbom.document(components.every())


def named(bill: dict[str, Any], kind: str) -> dict[str, dict[str, Any]]:
    return {each["purl"]: each for each in bill["components"] if each["purl"].startswith(f"pkg:{kind}/")}


def test_it_is_what_the_schema_of_cyclonedx_says(bill: dict[str, Any]) -> None:
    assert JsonStrictValidator(SchemaVersion.V1_6).validate_str(json.dumps(bill)) is None


def test_the_schema_finds_a_mistake(bill: dict[str, Any]) -> None:
    wrong = bill | {
        "components": [{"type": "library", "name": "one without a version or a name", "scope": "sometimes"}]
    }
    assert JsonStrictValidator(SchemaVersion.V1_6).validate_str(json.dumps(wrong)) is not None


def test_every_package_is_there_once(bill: dict[str, Any]) -> None:
    references = [each["bom-ref"] for each in bill["components"]]
    assert len(set(references)) == len(references)
    assert bill["dependencies"] == [{"ref": "charla", "dependsOn": references}]


def test_python_has_every_pin_of_every_lock(bill: dict[str, Any]) -> None:
    pins = {
        (re.sub(r"[-_.]+", "-", line.partition("==")[0]).lower(), line.partition("==")[2].split()[0])
        for lock in (ROOT / "locks").glob("*.txt")
        for line in lock.read_text().splitlines()
        if re.match(r"[A-Za-z0-9]", line)
    }
    assert {tuple(purl.removeprefix("pkg:pypi/").split("@")) for purl in named(bill, "pypi")} == pins


def test_npm_has_every_package_of_the_lock(bill: dict[str, Any]) -> None:
    places = json.loads((ROOT / "web" / "package-lock.json").read_text())["packages"]
    wanted = {(place.rpartition("node_modules/")[2], each["version"]) for place, each in places.items() if place}
    have = {
        (f"{each['group']}/{each['name']}" if "group" in each else each["name"], each["version"])
        for each in named(bill, "npm").values()
    }
    assert have == wanted


def test_what_only_builds_and_tests_is_told_apart(bill: dict[str, Any]) -> None:
    scopes = {purl.partition("@")[0]: each["scope"] for purl, each in named(bill, "pypi").items()}
    assert (scopes["pkg:pypi/nameko"], scopes["pkg:pypi/ruff"]) == ("required", "excluded")
    scopes = {purl.rpartition("@")[0]: each["scope"] for purl, each in named(bill, "npm").items()}
    assert (scopes["pkg:npm/%40angular/core"], scopes["pkg:npm/eslint"]) == ("required", "excluded")


def test_the_same_locks_make_the_same_bill(bill: dict[str, Any]) -> None:
    assert sbom.document(components.every()) == bill
    assert sbom.document(components.every()[1:])["serialNumber"] != bill["serialNumber"]


def test_no_address_of_a_download_is_named(bill: dict[str, Any]) -> None:
    assert "://" not in json.dumps(bill["components"])


def test_the_registry_is_packed_with_the_jars_that_are_named() -> None:
    if not maven_lock.JAR.exists():
        pytest.skip("the registry was not built here")
    named_jars = {(each.name, each.version): dict(each.hashes)["SHA-256"] for each in components.maven()}
    assert maven_lock.packed() == named_jars, "build the registry, then run: python -m stack.maven_lock"


def test_it_is_written_where_it_is_wanted(tmp_path: Path, bill: dict[str, Any]) -> None:
    assert cli.main(["sbom", "--output", str(tmp_path / "bill.json")]) == 0
    assert json.loads((tmp_path / "bill.json").read_text()) == bill


def test_a_place_that_cannot_be_written_is_an_error(tmp_path: Path) -> None:
    assert cli.main(["sbom", "--output", str(tmp_path / "nowhere" / "bill.json")]) == 1
