"""Every write over HTTP whose answer is lost: it was done, it was not, it is done later."""

from pathlib import Path

import pytest

from tests.chaos.lost import LOST, lose_answers
from tests.sandbox_process import Sandbox


@pytest.mark.parametrize("kind", LOST)
async def test_a_write_whose_answer_is_lost_has_one_effect(
    sandbox: Sandbox, tmp_path: Path, kind: str
) -> None:
    assert await lose_answers(sandbox, tmp_path, kind) == []
