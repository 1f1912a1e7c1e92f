"""All mutants."""

from __future__ import annotations

from drill.mutants import of_delivery, of_locks, of_rights
from drill.mutants.mutant import Mutant

MUTANTS: dict[str, Mutant] = {each.name: each for each in (*of_delivery.MUTANTS, *of_locks.MUTANTS, *of_rights.MUTANTS)}
