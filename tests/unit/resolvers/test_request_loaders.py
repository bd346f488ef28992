"""Loaders: what is looked up, once a request, whoever leaves early."""

import asyncio
import datetime as dt
from collections.abc import Sequence

import pytest

from bff.catalogue.model import CatalogueView
from bff.money import Rate
from clients.errors import NotSent
from resolvers import loaders
from resolvers.context import SignedInMember
from resolvers.loaders import Loaders, MemberLoaders
from tests.unit.resolvers.fakes import FakeCatalogue, FakeCrm
from tests.unit.resolvers.front import Front
from tests.unit.resolvers.samples import ADA, TODAY


class SlowCatalogue(FakeCatalogue):
    """Answers when it is let go."""

    def __init__(self) -> None:
        super().__init__()
        self.go = asyncio.Event()

    async def view(self) -> CatalogueView:
        await self.go.wait()
        return await super().view()

    async def days(self, *given, **named):  # type: ignore[no-untyped-def]  # noqa: ANN002, ANN003, ANN201 - as its parent
        await self.go.wait()
        return await super().days(*given, **named)


class SilentCrm(FakeCrm):
    async def rates(self) -> Sequence[Rate]:
        await asyncio.Event().wait()
        raise AssertionError


async def test_one_who_leaves_takes_nobody_along_and_poisons_no_key() -> None:
    catalogue = SlowCatalogue()
    front = Front(catalogue=catalogue)
    asked = Loaders(front.services)
    impatient = asyncio.create_task(asked.day("v1", TODAY, 2))
    patient = asyncio.create_task(asked.day("v1", TODAY, 2))
    await asyncio.sleep(0)
    impatient.cancel()
    with pytest.raises(asyncio.CancelledError):
        await impatient
    catalogue.go.set()
    assert (await patient).venue_id == "v1"
    assert (await asked.day("v1", TODAY, 2)).venue_id == "v1"
    assert catalogue.calls["days"] == 1


async def test_one_who_leaves_the_catalogue_takes_nobody_along() -> None:
    catalogue = SlowCatalogue()
    asked = Loaders(Front(catalogue=catalogue).services)
    impatient = asyncio.create_task(asked.shelf())
    patient = asyncio.create_task(asked.shelf())
    await asyncio.sleep(0)
    impatient.cancel()
    catalogue.go.set()
    assert len((await patient).experiences) == 40
    assert catalogue.calls["view"] == 1


async def test_a_lookup_that_takes_too_long_is_an_upstream_that_is_away(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(loaders, "PATIENCE_SECONDS", 0.01)
    asked = Loaders(Front(catalogue=SlowCatalogue()).services)
    for lookup in (asked.shelf(), asked.day("v1", TODAY, 2)):
        with pytest.raises(NotSent, match="took too long"):
            await lookup


async def test_rates_that_take_too_long_count_as_none(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(loaders, "RATES_PATIENCE_SECONDS", 0.01)
    assert await Loaders(Front(crm=SilentCrm()).services).rates() == ()


async def test_a_failure_is_shared_by_all_who_asked_and_asked_for_once() -> None:
    front = Front()
    front.catalogue.days_away = NotSent("sevenrooms", "availability")
    asked = Loaders(front.services)
    answers = await asyncio.gather(
        *(asked.day("v1", TODAY, 2) for _ in range(3)), return_exceptions=True
    )
    assert [type(answer) for answer in answers] == [NotSent] * 3
    with pytest.raises(NotSent):
        await asked.day("v1", TODAY, 2)
    assert front.catalogue.calls["days"] == 1


async def test_one_dates_failure_leaves_the_other_dates_alone() -> None:
    class OnlyToday(FakeCatalogue):
        async def days(self, venue_ids, day, party_size, *, fresh=False):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN202 - as its parent
            if day != TODAY:
                raise NotSent("sevenrooms", "availability")
            return await super().days(venue_ids, day, party_size, fresh=fresh)

    asked = Loaders(Front(catalogue=OnlyToday()).services)
    tomorrow = TODAY + dt.timedelta(days=1)
    good, bad = await asyncio.gather(
        asked.day("v1", TODAY, 2), asked.day("v1", tomorrow, 2), return_exceptions=True
    )
    assert not isinstance(good, BaseException)
    assert isinstance(bad, NotSent)


async def test_two_requests_share_no_lookup() -> None:
    front = Front()
    await asyncio.gather(Loaders(front.services).shelf(), Loaders(front.services).shelf())
    assert front.catalogue.calls["view"] == 2


async def test_a_members_loaders_come_with_their_member_only() -> None:
    member = await Front().context(ADA).member()
    assert isinstance(member, SignedInMember)
    assert isinstance(member.loaders, MemberLoaders)
    assert not any(isinstance(it, MemberLoaders) for it in vars(Front().context().loaders).values())
