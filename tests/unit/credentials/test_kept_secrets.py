import asyncio
from collections.abc import Mapping, Sequence

import pytest

from bff.credentials.kept import BEHIND_SECONDS, LEAST_SECONDS, KeptSecret
from bff.credentials.ports import SecretsAway, SecretVersion
from clients.errors import OutcomeUnknown, Unauthorised
from clients.secret_versions import NoSecret, Version, version_called, with_version
from clients.until import reads_ending_within, seconds_left
from tests.fake_clock import FakeClock

WHERE = ("up", "call")


class Shelf:
    """A source whose versions a test sets; None: it is away."""

    def __init__(self, *ids: str) -> None:
        self.ids: Sequence[str] | None = ids
        self.looks = 0
        self.gate = asyncio.Event()
        self.gate.set()
        self.seconds_left: float | None = None

    async def versions(self, name: str) -> Sequence[SecretVersion]:
        self.looks += 1
        self.seconds_left = seconds_left(writes=False)
        await self.gate.wait()
        if self.ids is None:
            raise SecretsAway(name, "gone")
        return [SecretVersion(each, {"value": f"canary-{each}"}) for each in self.ids]


def parse(fields: Mapping[str, str]) -> str:
    if fields["value"] == "canary-bad":
        raise ValueError("canary")
    return fields["value"]


class Upstream:
    """Takes the versions in `taken`; each call is noted."""

    def __init__(self, *taken: str) -> None:
        self.taken = set(taken)
        self.asked: list[str] = []

    async def call(self, version: Version[str]) -> str:
        self.asked.append(version.id)
        if version.id not in self.taken:
            raise Unauthorised(*WHERE, status=401)
        return version.value


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


async def opened(shelf: Shelf, clock: FakeClock) -> KeptSecret[str]:
    kept = KeptSecret("rooms", shelf, parse, clock)
    await kept.look()
    return kept


def ids(kept: KeptSecret[str]) -> list[str]:
    return [each.id for each in kept.known()]


async def test_a_look_ends_with_no_request_that_began_it(clock: FakeClock) -> None:
    """All who use the secret wait for it."""
    shelf = Shelf("new")
    with reads_ending_within(10):
        await opened(shelf, clock)
    assert shelf.seconds_left is None


async def test_the_current_version_is_tried_first_and_alone(clock: FakeClock) -> None:
    kept, up = await opened(Shelf("new", "old"), clock), Upstream("new", "old")
    assert await with_version(WHERE, kept, up.call) == "canary-new"
    assert up.asked == ["new"]


async def test_where_the_new_one_is_refused_the_one_before_serves(clock: FakeClock) -> None:
    shelf = Shelf("new", "old")
    kept, up = await opened(shelf, clock), Upstream("old")
    assert await with_version(WHERE, kept, up.call) == "canary-old"
    assert up.asked == ["new", "old"]
    assert shelf.looks == 1


async def test_a_refused_version_waits_behind_for_a_while_and_then_has_its_turn(
    clock: FakeClock,
) -> None:
    kept, up = await opened(Shelf("new", "old"), clock), Upstream("old")
    await with_version(WHERE, kept, up.call)
    up.asked.clear()
    await with_version(WHERE, kept, up.call)
    assert up.asked == ["old"]
    clock.advance(BEHIND_SECONDS)
    assert ids(kept) == ["new", "old"]


async def test_when_all_known_are_refused_newer_ones_are_looked_for_and_tried(
    clock: FakeClock,
) -> None:
    shelf = Shelf("old")
    kept, up = await opened(shelf, clock), Upstream("new")
    shelf.ids = ("new", "old")
    clock.advance(LEAST_SECONDS)
    assert await with_version(WHERE, kept, up.call) == "canary-new"
    assert up.asked == ["old", "new"]
    assert shelf.looks == 2


async def test_a_refusal_of_all_versions_puts_none_behind(clock: FakeClock) -> None:
    """It may be the upstream that is wrong, and the order is a hint worth keeping."""
    kept, up = await opened(Shelf("new", "old"), clock), Upstream()
    with pytest.raises(Unauthorised):
        await with_version(WHERE, kept, up.call)
    assert up.asked == ["new", "old"]
    assert ids(kept) == ["new", "old"]


async def test_a_storm_of_refusals_looks_once_a_second(clock: FakeClock) -> None:
    shelf = Shelf("old")
    kept, up = await opened(shelf, clock), Upstream()
    clock.advance(LEAST_SECONDS)
    for _ in range(20):
        with pytest.raises(Unauthorised):
            await with_version(WHERE, kept, up.call)
    assert shelf.looks == 2


async def test_looks_at_once_are_one_look(clock: FakeClock) -> None:
    shelf = Shelf("old")
    kept = KeptSecret("rooms", shelf, parse, clock)
    shelf.gate.clear()
    looks = [asyncio.create_task(kept.look()) for _ in range(10)]
    await asyncio.sleep(0)
    shelf.gate.set()
    await asyncio.gather(*looks)
    assert shelf.looks == 1


async def test_another_failure_tries_no_other_version(clock: FakeClock) -> None:
    kept = await opened(Shelf("new", "old"), clock)

    async def call(_: Version[str]) -> str:
        raise OutcomeUnknown(*WHERE)

    with pytest.raises(OutcomeUnknown):
        await with_version(WHERE, kept, call)


async def test_while_the_source_is_away_what_is_known_serves_on(clock: FakeClock) -> None:
    shelf = Shelf("old")
    kept = await opened(shelf, clock)
    shelf.ids = None
    await kept.look()
    assert ids(kept) == ["old"]


async def test_without_any_version_nothing_is_sent(clock: FakeClock) -> None:
    shelf = Shelf()
    shelf.ids = None
    kept, up = await opened(shelf, clock), Upstream("new")
    assert not kept.is_known
    with pytest.raises(NoSecret):
        await with_version(WHERE, kept, up.call)
    assert up.asked == []


async def test_an_unusable_version_is_left_out_and_never_quoted(
    clock: FakeClock, caplog: pytest.LogCaptureFixture
) -> None:
    kept = await opened(Shelf("bad", "old"), clock)
    assert ids(kept) == ["old"]
    assert "secret_unusable" in caplog.text
    assert not any("canary" in repr(vars(record)) for record in caplog.records)
    assert "canary" not in repr(kept.known())


async def test_a_version_that_another_copy_knows_is_looked_for_by_its_name(
    clock: FakeClock,
) -> None:
    shelf = Shelf("old")
    kept = await opened(shelf, clock)
    shelf.ids = ("new", "old")
    clock.advance(LEAST_SECONDS)
    found = await version_called(kept, "new")
    assert found is not None
    assert found.id == "new"
    assert shelf.looks == 2


async def test_a_version_that_nobody_knows_is_the_first_to_try(clock: FakeClock) -> None:
    kept = await opened(Shelf("new", "old"), clock)
    for name in ("gone", None):
        found = await version_called(kept, name)
        assert found is not None
        assert found.id == "new"
