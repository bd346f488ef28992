"""The breaker by itself, on a clock of the test's own."""

import pytest

from clients.breaker import MINIMUM_CALLS, PROBE_SECONDS, WINDOW_SECONDS, Breaker, Ended, State

PAUSE = 2.0  # longer than any pause with its jitter


class Stage:
    def __init__(self) -> None:
        self.seconds = 0.0
        self.heard: list[State] = []
        self.breaker = Breaker(now=lambda: self.seconds, on_change=self.heard.append)

    def calls(self, *ends: Ended) -> None:
        for ended in ends:
            given = self.breaker.enter()
            assert given is not None
            self.breaker.leave(given, ended)

    def opened(self) -> "Stage":
        self.calls(*[Ended.BADLY] * MINIMUM_CALLS)
        assert self.breaker.state is State.OPEN
        return self

    def half_opened(self) -> "Stage":
        self.opened()
        self.seconds += PAUSE
        return self


@pytest.fixture
def stage() -> Stage:
    return Stage()


def test_few_failures_say_nothing(stage: Stage) -> None:
    stage.calls(*[Ended.BADLY] * (MINIMUM_CALLS - 1))
    assert stage.breaker.state is State.CLOSED


def test_four_failures_of_five_open_it(stage: Stage) -> None:
    stage.calls(*[Ended.WELL] * 5, *[Ended.BADLY] * 19)
    assert stage.breaker.state is State.CLOSED
    stage.calls(Ended.BADLY)
    assert stage.heard == [State.OPEN]


def test_an_upstream_that_answers_every_second_call_is_asked_on(stage: Stage) -> None:
    stage.calls(*[Ended.BADLY, Ended.WELL] * 200)
    assert stage.breaker.state is State.CLOSED


def test_what_says_nothing_of_the_upstream_is_not_counted(stage: Stage) -> None:
    stage.calls(*[Ended.UNJUDGED] * 500)
    assert stage.breaker.state is State.CLOSED


def test_old_failures_are_forgotten(stage: Stage) -> None:
    stage.calls(*[Ended.BADLY] * (MINIMUM_CALLS - 1))
    stage.seconds += WINDOW_SECONDS + 1
    stage.calls(Ended.BADLY)
    assert stage.breaker.state is State.CLOSED


def test_an_open_one_lets_nobody_through_and_says_for_how_long(stage: Stage) -> None:
    stage.opened()
    assert stage.breaker.enter() is None
    wait = stage.breaker.opens_in()
    assert wait is not None
    assert 0 < wait < PAUSE


def test_one_of_ten_is_the_probe(stage: Stage) -> None:
    stage.half_opened()
    passes = [stage.breaker.enter() for _ in range(10)]
    assert [given is not None for given in passes] == [True] + [False] * 9
    assert stage.breaker.state is State.HALF_OPEN


def test_a_good_probe_closes_it_for_all(stage: Stage) -> None:
    stage.half_opened().calls(Ended.WELL)
    assert stage.heard == [State.OPEN, State.CLOSED]
    stage.calls(*[Ended.WELL] * 10)


def test_a_bad_probe_leaves_it_open_for_another_while(stage: Stage) -> None:
    stage.half_opened().calls(Ended.BADLY)
    assert stage.breaker.enter() is None
    stage.seconds += PAUSE
    assert stage.breaker.enter() is not None


def test_a_probe_that_says_nothing_makes_way_for_the_next_at_once(stage: Stage) -> None:
    stage.half_opened().calls(Ended.UNJUDGED)
    assert stage.breaker.enter() is not None


def test_a_probe_that_hangs_does_not_keep_the_door_shut(stage: Stage) -> None:
    stage.half_opened()
    hanging = stage.breaker.enter()
    assert hanging is not None
    stage.seconds += PROBE_SECONDS
    stage.calls(Ended.WELL)
    assert stage.breaker.state is State.CLOSED
    stage.breaker.leave(hanging, Ended.BADLY)
    assert stage.breaker.state is State.CLOSED


def test_calls_from_before_it_opened_say_nothing_of_now(stage: Stage) -> None:
    early = [stage.breaker.enter() for _ in range(MINIMUM_CALLS)]
    stage.half_opened()
    for given in early:
        assert given is not None
        stage.breaker.leave(given, Ended.WELL)
    assert stage.breaker.state is State.OPEN


def test_after_closing_it_starts_with_a_clean_sheet(stage: Stage) -> None:
    stage.half_opened().calls(Ended.WELL, *[Ended.BADLY] * (MINIMUM_CALLS - 1))
    assert stage.breaker.state is State.CLOSED
