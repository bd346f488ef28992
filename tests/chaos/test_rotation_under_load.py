"""Tokens revoked, renewed ahead, and all secrets replaced while guests book: nobody notices."""

import asyncio
import datetime as dt
import itertools
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path

import httpx
import pytest

from bff.clock import SystemClock
from bff.credentials.rotation import NEXT
from tests.aws_stand_ins import distributed
from tests.chaos.audit import Audit, read_books
from tests.chaos.copies import Copy, running
from tests.chaos.crowd import Crowd, busy
from tests.chaos.guests import (
    Guest,
    make_merciless,
    make_room,
    seed_guests,
    sign_all_in,
    slots_over_days,
)
from tests.rotation_rig import CRM_PASSWORD, ROOMS_SECRET, Kept, kept_in_secrets_manager
from tests.sandbox_process import Sandbox

COPIES = ("serve", "serve", "work")
GUESTS = 8
ROUNDS = 3
# Nobody looks for new secrets by the clock: what a copy learns here, a refusal has made it learn.
SETTINGS = {
    "SECRETS_REFRESH_SECONDS": "3600",
    "BFF_BOOKING_BUDGET_SECONDS": "15",
    "BFF_UPSTREAM_TIMEOUT_SECONDS": "15",
}


@pytest.fixture
def kept(sandbox: Sandbox, aws: str, tmp_path: Path) -> Iterator[Kept]:
    with kept_in_secrets_manager(sandbox, aws, tmp_path) as made:
        yield made


@pytest.fixture(params=["sqlite", "dynamodb"])
def settings(request: pytest.FixtureRequest, kept: Kept, aws: str) -> dict[str, str]:
    own = {
        name: value
        for name, value in kept.environment.items()
        if name.startswith(("SECRETS", "AWS_ENDPOINT_URL_SECRETS"))
    } | SETTINGS
    if request.param == "sqlite":
        return own
    return own | distributed(request.getfixturevalue("dynamodb"), aws)


@asynccontextmanager
async def town(
    kept: Kept, folder: Path, settings: dict[str, str]
) -> AsyncIterator[tuple[list[Copy], list[Guest]]]:
    copies = [Copy(command, kept.sandbox, folder, settings=settings) for command in COPIES]
    async with httpx.AsyncClient(trust_env=False, timeout=60) as http, running(*copies):
        urls = [copy.url for copy in copies if copy.command == "serve"]
        for copy in copies:
            await copy.is_ready()
        yield copies, seed_guests(kept.sandbox, urls, http, GUESTS)


async def crowd_of(sandbox: Sandbox, guests: list[Guest]) -> Crowd:
    make_merciless(sandbox)
    await sign_all_in(guests)
    slots = await slots_over_days(guests[0], on_request=False, count=4)
    for slot in slots:
        make_room(sandbox, slot, parties=2000)
    today = SystemClock().now().date()
    days = ((today + dt.timedelta(days=10 + n % 60)).isoformat() for n in itertools.count())
    return Crowd(sandbox, guests, itertools.cycle(slots), days)


async def said(copy: Copy, *arguments: str) -> str:
    """What a command of ours says in this copy's environment."""
    answer, code = await copy.said(*arguments)
    assert code == 0, answer
    return answer


async def books_are_clean(sandbox: Sandbox, guests: list[Guest]) -> Audit:
    audit, books, known = Audit(), read_books(sandbox), set()
    for guest in guests:
        for booking in await guest.bookings():
            known.add(booking.id)
            audit.booking(booking, books)
    audit.whole(known, books)
    return audit


async def test_copies_that_start_together_cost_each_upstream_one_token(
    kept: Kept, tmp_path: Path, settings: dict[str, str]
) -> None:
    async with town(kept, tmp_path, settings) as (_, guests):
        await sign_all_in(guests)
        assert kept.authentications() == (1, 1)


async def test_a_rotation_in_the_middle_of_load_loses_nothing(
    kept: Kept, tmp_path: Path, settings: dict[str, str]
) -> None:
    sandbox = kept.sandbox
    async with town(kept, tmp_path, settings) as (copies, guests):
        crowd = await crowd_of(sandbox, guests)
        async with busy(crowd):
            await crowd.went_on(ROUNDS)

            # A token is refused before its end, twice: one copy renews it for all.
            before = kept.authentications()
            for _ in range(2):
                revoke(sandbox)
                await crowd.went_on(ROUNDS)
            few(before, kept.authentications(), times=2)

            # The schedule renews ahead, twice at once.
            before = kept.authentications()
            told = await asyncio.gather(*(said(copies[0], "rotate-tokens", "--now") for _ in "ab"))
            assert all("not renewed" not in each for each in told)
            await crowd.went_on(ROUNDS)
            few(before, kept.authentications(), times=1)

            # The secrets: pending, proven, current, while old and new are taken; then new alone.
            old_and_new_are_taken(kept)
            for secret in ("sevenrooms", "memberson", "stripe"):
                await said(copies[0], "rotate-secret", secret)
                await crowd.went_on(1)
            only_new_is_taken(kept)
            revoke(sandbox)
            await crowd.went_on(ROUNDS)
        assert crowd.odd == []
        audit = await books_are_clean(sandbox, guests)
        assert audit.problems == []
        paid = crowd.did["pays_by_points"] + crowd.did["pays_by_card"]
        assert audit.statuses == {"CONFIRMED": paid}


def revoke(sandbox: Sandbox) -> None:
    for upstream in ("sevenrooms", "memberson"):
        sandbox.fault(upstream, "revoke")


def few(before: tuple[int, int], after: tuple[int, int], *, times: int) -> None:
    """One token each time would do; no more than one a copy is what we promise."""
    for asked in (after[0] - before[0], after[1] - before[1]):
        assert times <= asked <= times * len(COPIES)


def old_and_new_are_taken(kept: Kept) -> None:
    kept.accept_rooms(kept.old_rooms, "new")
    kept.accept_crm(kept.old_crm, "new")
    kept.accept_stripe(kept.sandbox.environment["STRIPE_SECRET_KEY"], "sk_test_new")
    for secret, changed in (
        ("sevenrooms", {ROOMS_SECRET: "new"}),
        ("memberson", {CRM_PASSWORD: "new"}),
        ("stripe", {"STRIPE_SECRET_KEY": "sk_test_new"}),
    ):
        kept.vaulted.put(secret, kept.fields(secret, **changed), NEXT)


def only_new_is_taken(kept: Kept) -> None:
    kept.accept_rooms("new")
    kept.accept_crm("new")
    kept.accept_stripe("sk_test_new")
