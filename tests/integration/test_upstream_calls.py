"""How many upstream calls the app's screens cost: what is not pinned grows."""

import datetime as dt
from collections import Counter
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.running_bff import App, running_bff
from tests.sandbox_process import Sandbox

VENUES = 12
EXPERIENCES = "{ experiences(first: 20) { edges { node { id name venue { id name city } } } } }"
AVAILABILITY = """query($day: Date!) { experiences(first: 20) { edges { node {
    id availability(date: $day, partySize: 2) { slots { id price { points } } } } } } }"""
MINE = """{ me { firstName membership { number } points { balance }
    bookings(first: 10) { edges { node { id venue { name } experience { name } } } } } }"""


@pytest.fixture
async def app(sandbox: Sandbox, tmp_path: Path) -> AsyncIterator[App]:
    async with running_bff(sandbox, tmp_path) as running:
        yield running


def calls(app: App) -> Counter[str]:
    """Calls by the last words of their paths; those for tokens are left out."""
    made = app.sandbox.calls()
    paths = [call["path"] for call in made if "/auth" not in call["path"]]
    names = {"/experiences/": "experiences of a venue", "/summary": "summary"}
    found = [next((name for key, name in names.items() if key in path), path) for path in paths]
    return Counter(name.rsplit("/", 2)[-1] if name.startswith("/") else name for name in found)


def tomorrow() -> str:
    now = dt.datetime.now(dt.UTC)  # noqa: TID251 - the sandbox's own time
    return (now + dt.timedelta(days=2)).date().isoformat()


async def test_the_start_reads_the_catalogue_once_and_no_guest_pays_for_it(app: App) -> None:
    at_start = {"venues": 1, "experiences of a venue": VENUES, "conversion-rate": 1, "jwks.json": 1}
    assert calls(app) == at_start
    data = await app.data(EXPERIENCES)
    assert len(data["experiences"]["edges"]) == 20
    assert calls(app) == at_start


async def test_twenty_experiences_with_free_times_on_one_date_cost_one_availability_call(
    app: App,
) -> None:
    await app.data(EXPERIENCES)
    app.sandbox.forget_calls()
    data = await app.data(AVAILABILITY, day=tomorrow())
    assert any(edge["node"]["availability"]["slots"] for edge in data["experiences"]["edges"])
    assert calls(app) == {"venues": 1}
    asked = app.sandbox.calls("sevenrooms", path="*/availability/dining/venues")
    assert len(asked) == 1


async def test_a_member_with_their_bookings_costs_one_summary_and_one_search(app: App) -> None:
    await app.sign_in()
    await app.data(EXPERIENCES)
    app.sandbox.forget_calls()
    await app.data(MINE)
    assert calls(app) == {"summary": 1, "reservations": 1}
