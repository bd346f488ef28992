"""What is sealed in a ledger, row by row, so that it can be sealed anew."""

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol


@dataclass(frozen=True, slots=True, kw_only=True)
class SealedRow:
    """`context`: what the sealed part is bound to. `kept`: the row in its ledger's own words."""

    context: str
    sealed: bytes = field(repr=False)
    kept: Any = field(repr=False)


class SealedRows(Protocol):
    def pages(self) -> AsyncIterator[Sequence[SealedRow]]: ...

    async def replace(self, row: SealedRow, sealed: bytes) -> bool:
        """False where somebody has written the row since: they have sealed it themselves."""
        ...
