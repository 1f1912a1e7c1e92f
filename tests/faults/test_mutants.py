"""The list of mutants does not rot: each fits the sources of today, and has a proof that is there."""

from __future__ import annotations

import ast
import re

import pytest

from drill.mutants.catalogue import MUTANTS
from drill.mutants.mutant import Mutant, NotThere
from stack.rundir import ROOT
from stack.suite import runner

ALL = pytest.mark.parametrize("mutant", MUTANTS.values(), ids=lambda mutant: mutant.name)


@ALL
def test_it_fits_todays_sources_and_is_python(mutant: Mutant) -> None:
    right = mutant.source(ROOT)
    wrong = mutant.applied_to(right)
    assert ast.dump(ast.parse(wrong)) != ast.dump(ast.parse(right))


@ALL
def test_its_proof_is_there(mutant: Mutant) -> None:
    assert mutant.proof
    assert len({tuple(runner(test)) for test in mutant.proof}) == 1, "they are of one kind"
    for test in mutant.proof:
        file, *names = test.split("::")
        found: list[ast.stmt] = ast.parse((ROOT / file).read_text(encoding="utf-8")).body
        for name in names:
            (there,) = [each for each in found if getattr(each, "name", None) == name]
            found = getattr(there, "body", [])


def test_each_has_a_name_of_its_own() -> None:
    from drill.mutants import of_delivery, of_locks, of_rights  # noqa: PLC0415

    names = [each.name for group in (of_delivery, of_locks, of_rights) for each in group.MUTANTS]
    assert sorted(names) == sorted(MUTANTS)


def test_a_mutant_that_no_longer_fits_says_so() -> None:
    mutant = next(iter(MUTANTS.values()))
    with pytest.raises(NotThere):
        mutant.applied_to("")
    with pytest.raises(NotThere):
        mutant.applied_to(mutant.old * 2)


def test_the_page_tells_of_all() -> None:
    page = (ROOT / "docs" / "drills.md").read_text(encoding="utf-8")
    section = page.partition("## Mutants")[2].partition("\n## ")[0]
    assert re.findall(r"^\| `([a-z-]+)` \|", section, re.MULTILINE) == list(MUTANTS)
