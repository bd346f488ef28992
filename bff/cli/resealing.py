"""Counts what each data key seals, and seals anew what an older one has sealed."""

from collections import Counter
from dataclasses import dataclass, field

from bff.credentials.vault import CannotOpen, Vault
from bff.ledger.sealed_rows import SealedRow, SealedRows


@dataclass(slots=True)
class Tally:
    """`by_key`: rows by the name of the key that seals them. `unreadable`: no key opens them."""

    by_key: Counter[str] = field(default_factory=Counter)
    resealed: int = 0
    unreadable: int = 0


async def counted(rows: SealedRows, vault: Vault) -> Tally:
    tally = Tally()
    async for page in rows.pages():
        tally.by_key.update(vault.name_of(row.sealed) for row in page)
    tally.unreadable = sum(
        number for name, number in tally.by_key.items() if name not in vault.names
    )
    return tally


async def reseal(rows: SealedRows, vault: Vault) -> Tally:
    """What nobody can open stays as it is, and is counted."""
    tally = Tally()
    async for page in rows.pages():
        for row in page:
            if not vault.is_current(row.sealed):
                await _one(rows, row, vault, tally)
            tally.by_key[vault.name_of(row.sealed)] += 1
    return tally


async def _one(rows: SealedRows, row: SealedRow, vault: Vault, tally: Tally) -> None:
    try:
        data = vault.open(row.sealed, row.context)
    except CannotOpen:
        tally.unreadable += 1
        return
    if await rows.replace(row, vault.seal(data, row.context)):
        tally.resealed += 1
