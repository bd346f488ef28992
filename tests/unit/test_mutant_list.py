"""A mutant whose text has left the code, or whose proof has, would say nothing."""

from pathlib import Path

import pytest

from scripts.mutant_list import MUTANTS, Mutant

ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize("mutant", MUTANTS, ids=lambda mutant: mutant.name)
def test_a_mutant_changes_code_that_is_there(mutant: Mutant) -> None:
    assert (ROOT / mutant.file).read_text(encoding="utf-8").count(mutant.old) == 1


@pytest.mark.parametrize("mutant", MUTANTS, ids=lambda mutant: mutant.name)
def test_the_proofs_of_a_mutant_exist(mutant: Mutant) -> None:
    for proof in mutant.proofs:
        file, *names = proof.partition("[")[0].split("::")
        path = ROOT / file
        assert path.exists()
        assert not names or f"def {names[-1]}(" in path.read_text(encoding="utf-8")
