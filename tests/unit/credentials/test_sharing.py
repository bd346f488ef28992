import asyncio

import pytest

from bff.credentials import sharing
from bff.credentials.sharing import Forgiving, Readable
from bff.credentials.vault import CannotOpen
from clients.tokens import FetchedToken, TokenKeeper
from tests.fake_clock import FakeClock


class Broken:
    """A ledger that is away, or that holds what cannot be opened."""

    def __init__(self, failure: Exception) -> None:
        self.failure = failure

    async def load(self) -> FetchedToken | None:
        raise self.failure

    async def take_turn(self) -> bool:
        raise self.failure

    async def save(self, token: FetchedToken) -> None:
        raise self.failure

    async def end_turn(self) -> None:
        raise self.failure


class Hanging(Broken):
    def __init__(self) -> None:
        super().__init__(OSError())

    async def load(self) -> FetchedToken | None:
        await asyncio.Event().wait()
        return None


def keeper(store: Broken) -> TokenKeeper:
    async def fetch() -> FetchedToken:
        return FetchedToken("own")

    return TokenKeeper(fetch, FakeClock().now, store=Forgiving("rooms", store))


async def test_without_the_ledger_a_copy_fetches_a_token_of_its_own(
    caplog: pytest.LogCaptureFixture,
) -> None:
    assert await keeper(Broken(OSError("canary of the ledger"))).current() == "own"
    assert {record.message for record in caplog.records} == {"token_not_shared"}
    assert not any("canary" in repr(vars(record)) for record in caplog.records)


async def test_nobody_waits_for_a_ledger_that_hangs(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sharing, "LONGEST_SECONDS", 0.01)
    assert await keeper(Hanging()).current() == "own"


async def test_a_token_that_cannot_be_opened_counts_as_none() -> None:
    readable = Readable("rooms", Broken(CannotOpen()))
    assert await readable.load() is None


async def test_other_failures_are_told_where_nobody_forgives_them() -> None:
    readable = Readable("rooms", Broken(OSError()))
    for ask in (readable.load, readable.take_turn, readable.end_turn):
        with pytest.raises(OSError, match=r"^$"):
            await ask()
