import datetime as dt

from bff.figures.page import Figures
from clients.tokens import TokenStats
from tests.fake_clock import NOON, FakeClock


async def test_tokens_are_told_by_how_they_came_and_how_old_they_are() -> None:
    rooms = TokenStats(fetched=2, taken_over=5, failed=1, refused=3)
    rooms.fetched_at = NOON - dt.timedelta(minutes=5)
    figures = Figures()
    figures.watch_tokens({"sevenrooms": rooms, "memberson": TokenStats()}, FakeClock())
    lines = (await figures.page(""))[0].decode().splitlines()
    for told in (
        'bff_upstream_tokens_total{how="fetched",upstream="sevenrooms"} 2.0',
        'bff_upstream_tokens_total{how="taken_over",upstream="sevenrooms"} 5.0',
        'bff_upstream_tokens_total{how="failed",upstream="sevenrooms"} 1.0',
        'bff_upstream_tokens_refused_total{upstream="sevenrooms"} 3.0',
        'bff_upstream_token_age_seconds{upstream="sevenrooms"} 300.0',
    ):
        assert told in lines
    assert not any(line.startswith('bff_upstream_token_age_seconds{upstream="m') for line in lines)
