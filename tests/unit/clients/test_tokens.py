import asyncio
import datetime as dt
from collections.abc import Awaitable, Callable

import pytest

from clients.errors import Malformed, NotSent, OutcomeUnknown, Refused, Unauthorised
from clients.tokens import EARLY_RETRY_SECONDS, FetchedToken, TokenKeeper, with_token

START = dt.datetime(2026, 3, 1, 12, tzinfo=dt.UTC)
HOUR = dt.timedelta(hours=1)


class Issuer:
    """Issues t1, t2, ... once `gate` is open; `fails` is raised instead."""

    def __init__(self, lifetime: dt.timedelta | None = HOUR) -> None:
        self.at = START
        self.lifetime = lifetime
        self.fetches = 0
        self.fails: Exception | None = None
        self.gate = asyncio.Event()
        self.gate.set()

    def now(self) -> dt.datetime:
        return self.at

    def passes(self, seconds: float) -> None:
        self.at += dt.timedelta(seconds=seconds)

    async def fetch(self) -> FetchedToken:
        self.fetches += 1
        number = self.fetches
        await self.gate.wait()
        if self.fails:
            raise self.fails
        return FetchedToken(f"t{number}", self.at + self.lifetime if self.lifetime else None)

    def keeper(self) -> TokenKeeper:
        return TokenKeeper(self.fetch, self.now, renew_ahead_seconds=300)


class Shelf:
    """A token store; `token` is what another copy may have put there."""

    def __init__(self, token: FetchedToken | None = None) -> None:
        self.token = token

    async def load(self) -> FetchedToken | None:
        return self.token

    async def take_turn(self) -> bool:
        return True

    async def save(self, token: FetchedToken) -> None:
        self.token = token

    async def end_turn(self) -> None: ...


async def turns(count: int = 5) -> None:
    for _ in range(count):
        await asyncio.sleep(0)


async def test_many_callers_cost_one_fetch() -> None:
    issuer = Issuer()
    keeper = issuer.keeper()
    assert set(await asyncio.gather(*(keeper.current() for _ in range(50)))) == {"t1"}
    assert await keeper.current() == "t1"
    assert issuer.fetches == 1


async def test_a_token_that_is_over_is_never_given_out() -> None:
    issuer = Issuer()
    keeper = issuer.keeper()
    await keeper.current()
    issuer.passes(3600)
    assert await keeper.current() == "t2"


async def test_ahead_of_its_end_the_old_token_serves_while_a_new_one_is_fetched() -> None:
    issuer = Issuer()
    keeper = issuer.keeper()
    await keeper.current()
    issuer.passes(3600 - 299)
    issuer.gate.clear()
    assert [await keeper.current() for _ in range(3)] == ["t1"] * 3
    issuer.gate.set()
    await turns()
    assert await keeper.current() == "t2"
    assert issuer.fetches == 2


async def test_before_the_margin_nothing_is_renewed() -> None:
    issuer = Issuer()
    keeper = issuer.keeper()
    await keeper.current()
    issuer.passes(3600 - 301)
    await keeper.current()
    await turns()
    assert issuer.fetches == 1


async def test_a_token_that_lives_shorter_than_the_margin_is_not_renewed_with_every_call() -> None:
    issuer = Issuer(dt.timedelta(seconds=60))
    keeper = issuer.keeper()
    for _ in range(10):
        await keeper.current()
        await turns()
    assert issuer.fetches == 1
    issuer.passes(31)
    await keeper.current()
    await turns()
    assert issuer.fetches == 2


async def test_a_failed_early_renewal_disturbs_nobody_and_is_tried_again_later() -> None:
    issuer = Issuer()
    keeper = issuer.keeper()
    await keeper.current()
    issuer.passes(3600 - 200)
    issuer.fails = OutcomeUnknown("up", "authenticate")
    for _ in range(10):
        assert await keeper.current() == "t1"
        await turns()
    assert issuer.fetches == 2
    issuer.fails = None
    issuer.passes(EARLY_RETRY_SECONDS)
    await keeper.current()
    await turns()
    assert await keeper.current() == "t3"


async def test_a_token_without_an_end_lasts_until_it_is_refused() -> None:
    issuer = Issuer(lifetime=None)
    keeper = issuer.keeper()
    await keeper.current()
    issuer.passes(10**8)
    assert await keeper.current() == "t1"
    assert await keeper.renew("t1") == "t2"


async def test_many_callers_with_the_same_refused_token_cost_one_fetch() -> None:
    issuer = Issuer()
    keeper = issuer.keeper()
    await keeper.current()
    renewed = await asyncio.gather(*(keeper.renew("t1") for _ in range(50)))
    assert set(renewed) == {"t2"}
    assert issuer.fetches == 2


async def test_a_late_refusal_of_an_older_token_renews_nothing() -> None:
    issuer = Issuer()
    keeper = issuer.keeper()
    await keeper.current()
    await keeper.renew("t1")
    assert await keeper.renew("t1") == "t2"
    assert issuer.fetches == 2


@pytest.mark.parametrize(
    "failure",
    [
        OutcomeUnknown("up", "authenticate"),
        Unauthorised("up", "authenticate", status=401),
        Refused("up", "authenticate", status=400),
        Malformed("up", "authenticate"),
        NotSent("up", "authenticate"),
    ],
)
async def test_without_a_token_the_call_was_not_sent_however_the_fetch_failed(
    failure: Exception,
) -> None:
    issuer = Issuer()
    issuer.fails = failure
    with pytest.raises(NotSent):
        await issuer.keeper().current()


async def test_a_failure_answers_all_who_wait_and_is_not_kept() -> None:
    issuer = Issuer()
    keeper = issuer.keeper()
    issuer.fails = OutcomeUnknown("up", "authenticate")
    outcomes = await asyncio.gather(*(keeper.current() for _ in range(50)), return_exceptions=True)
    assert {type(outcome) for outcome in outcomes} == {NotSent}
    assert issuer.fetches == 1
    issuer.fails = None
    assert await keeper.current() == "t2"


async def test_a_waiter_who_leaves_takes_nobody_along() -> None:
    issuer = Issuer()
    keeper = issuer.keeper()
    issuer.gate.clear()
    first, *others = [asyncio.create_task(keeper.current()) for _ in range(3)]
    await turns()
    first.cancel()
    await turns()
    issuer.gate.set()
    assert await asyncio.gather(*others) == ["t1", "t1"]
    assert first.cancelled()
    assert issuer.fetches == 1


async def test_a_fetch_that_everybody_left_still_serves_the_next() -> None:
    issuer = Issuer()
    keeper = issuer.keeper()
    issuer.gate.clear()
    only = asyncio.create_task(keeper.current())
    await turns()
    only.cancel()
    await turns()
    issuer.gate.set()
    assert await keeper.current() == "t1"
    assert issuer.fetches == 1


async def test_a_token_in_the_store_saves_the_fetch() -> None:
    issuer = Issuer()
    shelf = Shelf(FetchedToken("shared", START + HOUR))
    keeper = TokenKeeper(issuer.fetch, issuer.now, store=shelf)
    assert await keeper.current() == "shared"
    assert issuer.fetches == 0


@pytest.mark.parametrize("end", [START, START - HOUR])
async def test_a_stored_token_that_is_over_is_fetched_anew_and_stored(end: dt.datetime) -> None:
    issuer = Issuer()
    shelf = Shelf(FetchedToken("shared", end))
    keeper = TokenKeeper(issuer.fetch, issuer.now, store=shelf)
    assert await keeper.current() == "t1"
    assert shelf.token == FetchedToken("t1", START + HOUR)


async def test_a_refused_token_is_not_taken_from_the_store_again() -> None:
    issuer = Issuer()
    shelf = Shelf(FetchedToken("shared", START + HOUR))
    keeper = TokenKeeper(issuer.fetch, issuer.now, store=shelf)
    await keeper.current()
    assert await keeper.renew("shared") == "t1"


async def test_a_token_that_another_copy_renewed_is_taken_from_the_store() -> None:
    issuer = Issuer()
    shelf = Shelf(FetchedToken("shared", START + HOUR))
    keeper = TokenKeeper(issuer.fetch, issuer.now, store=shelf)
    await keeper.current()
    shelf.token = FetchedToken("newer", START + HOUR)
    assert await keeper.renew("shared") == "newer"
    assert issuer.fetches == 0


def refusing(*refused: str) -> tuple[list[str], Callable[[str], Awaitable[str]]]:
    tried: list[str] = []

    async def attempt(token: str) -> str:
        tried.append(token)
        if token in refused:
            raise Unauthorised("up", "call", status=401)
        return f"done with {token}"

    return tried, attempt


async def test_a_call_whose_token_is_refused_is_repeated_once_with_a_new_one() -> None:
    tried, attempt = refusing("t1")
    assert await with_token(Issuer().keeper(), attempt) == "done with t2"
    assert tried == ["t1", "t2"]


async def test_a_second_refusal_is_told() -> None:
    tried, attempt = refusing("t1", "t2")
    with pytest.raises(Unauthorised):
        await with_token(Issuer().keeper(), attempt)
    assert tried == ["t1", "t2"]


async def test_another_failure_renews_nothing() -> None:
    issuer = Issuer()

    async def attempt(_: str) -> str:
        raise OutcomeUnknown("up", "call")

    with pytest.raises(OutcomeUnknown):
        await with_token(issuer.keeper(), attempt)
    assert issuer.fetches == 1


def test_a_token_does_not_show_in_its_repr() -> None:
    assert "canary" not in repr(FetchedToken("canary", START))
