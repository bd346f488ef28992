import asyncio
import datetime as dt

import pytest

from clients.errors import OutcomeUnknown, Unauthorised
from clients.token_turns import PATIENCE_SECONDS
from clients.tokens import EARLY_RETRY_SECONDS, FetchedToken, TokenKeeper, with_token
from tests.fake_clock import FakeClock

HOUR = dt.timedelta(hours=1)


class Shelf:
    """A store of which another copy may have the turn; `does` notes what it is asked to do."""

    def __init__(self) -> None:
        self.token: FetchedToken | None = None
        self.taken = False
        self.does: list[str] = []

    async def load(self) -> FetchedToken | None:
        return self.token

    async def take_turn(self) -> bool:
        self.does.append("take")
        return not self.taken

    async def save(self, token: FetchedToken) -> None:
        self.does.append("save")
        self.token = token

    async def end_turn(self) -> None:
        self.does.append("end")


class Copy:
    def __init__(self, shelf: Shelf, clock: FakeClock) -> None:
        self.clock = clock
        self.fetched = 0
        self.fails: Exception | None = None
        self.keeper = TokenKeeper(self.fetch, clock.now, store=shelf, sleep=clock.sleep)

    async def fetch(self) -> FetchedToken:
        self.fetched += 1
        if self.fails:
            raise self.fails
        return FetchedToken(f"t{self.fetched}", self.clock.now() + HOUR)


@pytest.fixture
def shelf() -> Shelf:
    return Shelf()


@pytest.fixture
def copy(shelf: Shelf) -> Copy:
    return Copy(shelf, FakeClock())


def others(copy: Copy) -> FetchedToken:
    now = copy.clock.now()
    return FetchedToken("theirs", now + HOUR, fetched_at=now)


async def turns() -> None:
    for _ in range(10):
        await asyncio.sleep(0)


async def test_what_is_fetched_in_our_turn_is_saved_before_the_turn_ends(
    copy: Copy, shelf: Shelf
) -> None:
    assert await copy.keeper.current() == "t1"
    assert shelf.does == ["take", "save", "end"]


async def test_a_fetch_that_fails_ends_the_turn(copy: Copy, shelf: Shelf) -> None:
    copy.fails = OutcomeUnknown("up", "authenticate")
    with pytest.raises(Exception, match="no token"):
        await copy.keeper.current()
    assert shelf.does == ["take", "end"]
    assert copy.keeper.stats.failed == 1


async def test_whoever_waits_for_anothers_turn_takes_over_what_was_fetched(
    copy: Copy, shelf: Shelf
) -> None:
    shelf.taken = True
    waiting = asyncio.create_task(copy.keeper.current())
    await turns()
    shelf.token = others(copy)
    assert await waiting == "theirs"
    assert copy.fetched == 0
    assert copy.keeper.stats.taken_over == 1


async def test_whoever_has_waited_long_enough_helps_itself(copy: Copy, shelf: Shelf) -> None:
    shelf.taken = True
    began = copy.clock.now()
    assert await copy.keeper.current() == "t1"
    waited = (copy.clock.now() - began).total_seconds()
    assert PATIENCE_SECONDS <= waited < PATIENCE_SECONDS + 0.2
    assert "save" in shelf.does


async def test_ahead_of_its_end_nobody_waits_for_anothers_turn(copy: Copy, shelf: Shelf) -> None:
    await copy.keeper.current()
    shelf.taken = True
    copy.clock.advance(3600 - 200)
    for _ in range(3):
        assert await copy.keeper.current() == "t1"
        await turns()
    assert copy.fetched == 1
    shelf.token = others(copy)
    copy.clock.advance(EARLY_RETRY_SECONDS)
    await copy.keeper.current()
    await turns()
    assert await copy.keeper.current() == "theirs"
    assert copy.fetched == 1


async def test_a_refusal_while_another_renews_ahead_gives_no_refused_token(
    copy: Copy, shelf: Shelf
) -> None:
    await copy.keeper.current()
    shelf.taken = True
    copy.clock.advance(3600 - 200)
    await copy.keeper.current()
    renewed = asyncio.create_task(copy.keeper.renew("t1"))
    await turns()
    shelf.token = others(copy)
    assert await renewed == "theirs"
    assert copy.keeper.stats.refused == 1


async def test_the_version_of_the_token_in_use_is_known(copy: Copy, shelf: Shelf) -> None:
    shelf.token = FetchedToken("theirs", copy.clock.now() + HOUR, version="new")
    token = await copy.keeper.current()
    assert copy.keeper.version_of(token) == "new"
    assert copy.keeper.version_of("another") is None


@pytest.mark.parametrize(
    ("dead", "tried"),
    [
        (("t1",), ["t1", "theirs"]),
        # Renewed ahead by somebody, then all were revoked: the one in the store has ended too.
        (("t1", "theirs"), ["t1", "theirs", "t2"]),
    ],
)
async def test_a_token_that_was_taken_over_and_is_refused_too_is_renewed(
    copy: Copy, shelf: Shelf, dead: tuple[str, ...], tried: list[str]
) -> None:
    await copy.keeper.current()
    shelf.token = others(copy)
    met: list[str] = []

    async def attempt(token: str) -> str:
        met.append(token)
        if token in dead:
            raise Unauthorised("up", "call", status=401)
        return token

    assert await with_token(copy.keeper, attempt) == tried[-1]
    assert met == tried


async def test_a_token_of_our_own_that_is_refused_anew_is_told(copy: Copy) -> None:
    async def attempt(_: str) -> str:
        raise Unauthorised("up", "call", status=401)

    with pytest.raises(Unauthorised):
        await with_token(copy.keeper, attempt)
    assert copy.fetched == 2


async def test_what_was_fetched_in_the_turn_before_ours_is_not_fetched_again(
    copy: Copy, shelf: Shelf
) -> None:
    """Whoever had the turn saved and ended it between our look and our turn."""
    theirs = others(copy)
    looks = iter([None, theirs])

    async def load() -> FetchedToken | None:
        return next(looks)

    shelf.load = load  # type: ignore[method-assign]  # what another copy does meanwhile
    assert await copy.keeper.current() == "theirs"
    assert copy.fetched == 0
    assert shelf.does == ["take", "end"]
