"""The page that a collector gets: it is there whatever the ledger does."""

from bff.booking.listing import Listing
from bff.figures.page import Figures
from clients.watching import Ended
from tests.fake_clock import FakeClock

CALL = Ended(
    upstream="memberson",
    operation="summary",
    outcome="answered",
    status=None,
    seconds=0.02,
    attempts=2,
)


class DeadLedger:
    async def unfinished(self, limit: int) -> Listing:
        raise OSError("the disk is gone")


class FullLedger:
    async def unfinished(self, limit: int) -> Listing:
        return Listing()


async def well() -> bool:
    return True


async def full() -> bool:
    return False


async def test_a_ledger_that_takes_no_writes_does_not_count_as_answering() -> None:
    figures = Figures()
    figures.watch_bookings(FullLedger(), full, FakeClock())  # type: ignore[arg-type]  # the one call made
    lines = (await figures.page(""))[0].decode().splitlines()
    assert "bff_ledger_answers 0.0" in lines
    assert "bff_bookings_backlog 0.0" in lines


async def test_without_a_ledger_all_other_figures_are_told() -> None:
    figures = Figures()
    figures.watch_bookings(DeadLedger(), well, FakeClock())  # type: ignore[arg-type]  # the one call made
    figures.upstreams.call_ended(CALL)
    page, _ = await figures.page("")
    lines = page.decode().splitlines()
    assert "bff_ledger_answers 0.0" in lines
    assert not any(line.startswith("bff_bookings_backlog") for line in lines)
    assert 'bff_upstream_repetitions_total{operation="summary",upstream="memberson"} 1.0' in lines


async def test_no_figure_is_told_twice_for_when_it_was_begun() -> None:
    figures = Figures()
    figures.upstreams.call_ended(CALL)
    assert b"_created" not in (await figures.page(""))[0]


async def test_a_collector_may_ask_in_openmetrics() -> None:
    page, media_type = await Figures().page("application/openmetrics-text; version=1.0.0")
    assert media_type.startswith("application/openmetrics-text")
    assert page.endswith(b"# EOF\n")
