"""Every write over HTTP whose answer is lost: it was done, it was not, it is done later."""

from pathlib import Path

import pytest

from tests.chaos.lost import Loss, lose_answers
from tests.sandbox_process import Sandbox

# Those that have shown the most; `make chaos` has all of them.
SAMPLED = (
    Loss(how="drop_after"),
    Loss(how="drop_before"),
    Loss(how="late"),
    *(Loss(how=f"garbage: {shape}") for shape in ("html", "nulls", "swapped")),
    Loss(how="drop_after", shape="object"),
    Loss(how="garbage: html", shape="nulls"),
)


@pytest.mark.parametrize("loss", SAMPLED, ids=str)
async def test_a_write_whose_answer_is_lost_has_one_effect(
    sandbox: Sandbox, tmp_path: Path, loss: Loss
) -> None:
    assert await lose_answers(sandbox, tmp_path, loss) == []


async def test_where_nobody_can_be_asked_an_operator_ends_it_with_one_effect(
    sandbox: Sandbox, tmp_path: Path
) -> None:
    assert await lose_answers(sandbox, tmp_path, Loss(how="drop_after"), is_bare=True) == []
