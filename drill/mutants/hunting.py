"""`./charla drill --mutants`: each mistake into the copy, its proof, and out again."""

from __future__ import annotations

import tempfile
from collections.abc import Iterable, Sequence
from pathlib import Path

from drill.mutants.catalogue import MUTANTS
from drill.mutants.mutant import Mutant
from drill.mutants.proving import Outcome, prove
from drill.mutants.tree import Tree
from stack.suite import runner


def main(names: Sequence[str]) -> int:
    """Hunt the mutants of those names, or all; return 1 where one survives, or a proof proves nothing."""
    if unknown := set(names) - set(MUTANTS):
        print(f"there is no mutant {', '.join(sorted(unknown))}; there are: {', '.join(MUTANTS)}")
        return 2
    chosen = [MUTANTS[name] for name in names or MUTANTS]
    with tempfile.TemporaryDirectory(prefix="charla-mutants-") as folder:
        tree = Tree(Path(folder))
        if not _proofs_pass(tree, chosen):
            print("VERDICT: FAILED: the tests must pass without mutants first")
            return 1
        caught = sum([_is_caught(tree, mutant) for mutant in chosen])
    verdict = "all are caught" if caught == len(chosen) else f"FAILED: {len(chosen) - caught} not caught"
    print(f"VERDICT: {len(chosen)} mutants, {verdict}")
    return int(caught != len(chosen))


def _proofs_pass(tree: Tree, mutants: Iterable[Mutant]) -> bool:
    """Tell whether all proofs pass on the sources as they are."""
    kinds: dict[tuple[str, ...], set[str]] = {}
    for test in {test for mutant in mutants for test in mutant.proof}:
        kinds.setdefault(tuple(runner(test)), set()).add(test)
    outcomes = [prove(tree.path, sorted(tests)) for tests in kinds.values()]
    for outcome in outcomes:
        print(f"{'pass' if outcome.passed else 'FAIL':<9}{outcome.seconds:5.1f} s  without any mutant", flush=True)
        if not outcome.passed:
            print(outcome.words)
    return all(outcome.passed for outcome in outcomes)


def _is_caught(tree: Tree, mutant: Mutant) -> bool:
    with tree.having(mutant):
        outcome = prove(tree.path, mutant.proof)
        if not outcome.passed and not outcome.failed:  # a busy machine may have kept a server from starting in time
            outcome = prove(tree.path, mutant.proof)
    word, told = _verdict(outcome)
    print(f"{word:<9}{outcome.seconds:5.1f} s  {mutant.name}: {told}", flush=True)
    return bool(outcome.failed)


def _verdict(outcome: Outcome) -> tuple[str, str]:
    if outcome.failed:
        return "caught", f"by {', '.join(outcome.failed)}"
    if outcome.passed:
        return "SURVIVED", "all its tests pass"
    return "BROKEN", f"its tests did not run\n{outcome.words}"
