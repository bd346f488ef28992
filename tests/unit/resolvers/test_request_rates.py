"""How often one may ask: each member and each stranger's address for itself."""

import datetime as dt
from dataclasses import replace

import httpx
import pytest

from bff.auth.principal import Principal
from bff.edge_settings import EdgeSettings, RateSettings
from resolvers import rates
from resolvers.rates import Buckets, TooOften
from tests.fake_clock import NOON
from tests.unit.resolvers.front import Front
from tests.unit.resolvers.samples import ADA, BOB

LOOK = "{ __typename }"
SIGN_IN = 'mutation { signIn(input: {email: "a", password: "b"}) { __typename } }'
REFRESH = """mutation { ...F }
    fragment F on Mutation { refreshSession(input: {refreshToken: "a"}) { __typename } }"""
BOOK = 'mutation { cancelBooking(input: {bookingId: "a"}) { __typename } }'


def edge(**bounds: int) -> EdgeSettings:
    return EdgeSettings(rates=RateSettings(**bounds))


async def asked(
    times: int, query: str, bounds: EdgeSettings, by: Principal | None = None
) -> list[httpx.Response]:
    async with Front().http(by, edge=bounds) as client:
        return [await client.post("/graphql", json={"query": query}) for _ in range(times)]


@pytest.mark.parametrize(
    ("query", "bounds", "by"),
    [
        (LOOK, edge(member_requests=3), ADA),
        (LOOK, edge(address_requests=3), None),
        (BOOK, edge(member_bookings=3), ADA),
        (SIGN_IN, edge(address_sign_ins=3), None),
        (REFRESH, edge(address_sign_ins=3), ADA),
    ],
)
async def test_who_asks_too_often_is_told_when_to_come_back(
    query: str, bounds: EdgeSettings, by: Principal | None
) -> None:
    responses = await asked(5, query, bounds, by)
    assert [it.status_code for it in responses] == [200, 200, 200, 429, 429]
    (error,) = responses[3].json()["errors"]
    assert error["extensions"]["code"] == "TOO_MANY_REQUESTS"
    assert error["extensions"]["retryable"] is True
    assert error["extensions"]["retryAfterMs"] == 20_000
    assert responses[3].headers["retry-after"] == "20"


@pytest.mark.parametrize(
    ("query", "bounds", "by"),
    [
        (LOOK, edge(member_requests=1), None),
        (LOOK, edge(address_requests=1), ADA),
        (LOOK, edge(member_bookings=1, address_sign_ins=1), ADA),
        (SIGN_IN, edge(member_bookings=1), None),
        (BOOK, edge(address_sign_ins=1), ADA),
    ],
)
async def test_each_bound_counts_its_own(
    query: str, bounds: EdgeSettings, by: Principal | None
) -> None:
    assert {it.status_code for it in await asked(3, query, bounds, by)} == {200}


async def test_a_refused_password_try_reaches_nobody() -> None:
    front = Front()
    async with front.http(edge=edge(address_sign_ins=1)) as client:
        for _ in range(3):
            await client.post("/graphql", json={"query": SIGN_IN})
    assert len(front.sign_in.asked) == 1


async def test_members_do_not_use_up_each_others_share() -> None:
    one = rates.Rates(RateSettings(member_requests=1))
    caller = Front().context(ADA).caller
    one.take(caller, NOON)
    one.take(replace(caller, principal=BOB), NOON)
    with pytest.raises(TooOften):
        one.take(caller, NOON)


def test_a_bucket_fills_again_as_time_passes_and_never_over() -> None:
    buckets = Buckets(60)
    for _ in range(60):
        buckets.take("a", NOON)
    with pytest.raises(TooOften) as refused:
        buckets.take("a", NOON)
    assert refused.value.retry_after_seconds == pytest.approx(1)
    buckets.take("a", NOON + dt.timedelta(seconds=1))
    with pytest.raises(TooOften):
        buckets.take("a", NOON + dt.timedelta(seconds=1))
    for _ in range(60):
        buckets.take("a", NOON + dt.timedelta(days=1))
    with pytest.raises(TooOften):
        buckets.take("a", NOON + dt.timedelta(days=1))


def test_a_clock_that_is_set_back_gives_nothing_and_takes_nothing() -> None:
    buckets = Buckets(2)
    buckets.take("a", NOON)
    buckets.take("a", NOON - dt.timedelta(days=1))
    with pytest.raises(TooOften):
        buckets.take("a", NOON - dt.timedelta(days=1))


def test_callers_are_remembered_within_bounds(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rates, "MAX_CALLERS", 10)
    buckets = Buckets(1)
    for number in range(100):
        buckets.take(str(number), NOON)
    assert len(buckets._buckets) == 10
