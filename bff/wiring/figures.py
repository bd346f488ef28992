"""What Prometheus is told: counted where it happens, or looked up when it asks."""

from collections.abc import Iterator, Mapping, Sequence

from bff.booking.ports import Ledger
from bff.booking.standing import Standing, standing
from bff.clock import Clock
from bff.metrics import Counter, Family, Histogram, exposition, gauge
from clients.breaker import State
from clients.caching import Stats
from clients.guard import Guard
from clients.watching import Ended

# What is looked at of the backlog; more than this is an alarm whatever its exact size.
MOST_UNFINISHED = 1000
_STATES = {State.CLOSED: 0, State.HALF_OPEN: 1, State.OPEN: 2}


class UpstreamFigures:
    """`clients.watching.Watch`."""

    def __init__(self) -> None:
        self.calls = Counter(
            "bff_upstream_calls_total", "Calls to an upstream by how they ended for their caller."
        )
        self.repeated = Counter(
            "bff_upstream_repetitions_total", "Calls that were made a second time."
        )
        self.seconds = Histogram(
            "bff_upstream_call_seconds", "How long callers waited, queueing and repeating included."
        )
        self.turns = Counter(
            "bff_upstream_circuit_changes_total", "Openings and closings of an upstream's breaker."
        )

    def call_ended(self, call: Ended) -> None:
        by = {"upstream": call.upstream, "operation": call.operation}
        self.calls.add(**by, outcome=call.outcome)
        self.seconds.observe(call.seconds, upstream=call.upstream)
        if call.attempts > 1:
            self.repeated.add(**by)

    def circuit_changed(self, upstream: str, state: State) -> None:
        self.turns.add(upstream=upstream, state=state.value)

    def families(self) -> list[Family]:
        counted = (self.calls, self.repeated, self.seconds, self.turns)
        return [each.family() for each in counted]


class Figures:
    """All that this process tells. `guards` and `caches` by what they are called."""

    def __init__(
        self,
        upstreams: UpstreamFigures,
        guards: Sequence[Guard],
        caches: Mapping[str, Stats],
        ledger: Ledger,
        clock: Clock,
    ) -> None:
        self._upstreams = upstreams
        self._guards = guards
        self._caches = caches
        self._ledger = ledger
        self._clock = clock

    async def text(self) -> str:
        """Errors: those of the ledger."""
        now = self._clock.now()
        bookings = standing(await self._ledger.unfinished(MOST_UNFINISHED), now)
        return exposition(
            [
                *self._upstreams.families(),
                *_of_guards(self._guards),
                *_of_caches(self._caches),
                *_of_bookings(bookings),
            ]
        )


def _of_guards(guards: Sequence[Guard]) -> Iterator[Family]:
    by = [(guard, {"upstream": guard.upstream}) for guard in guards]
    yield gauge(
        "bff_upstream_circuit_state",
        "0 closed, 1 a probe is out, 2 open.",
        [(_STATES[guard.breaker.state], labels) for guard, labels in by],
    )
    yield gauge(
        "bff_upstream_retry_budget",
        "Repetitions that are left at this moment.",
        [(guard.budget.left, labels) for guard, labels in by],
    )
    yield gauge(
        "bff_upstream_calls_under_way",
        "Calls begun and not ended, those that wait for a slot included.",
        [(guard.under_way, labels) for guard, labels in by],
    )
    yield gauge(
        "bff_upstream_calls_at_once",
        "Slots of the bulkhead.",
        [(guard.limit, labels) for guard, labels in by],
    )


def _of_caches(caches: Mapping[str, Stats]) -> Iterator[Family]:
    counts = Counter("bff_cache_answers_total", "Answers by how the cache came to them.").family()
    samples = [
        sample
        for name, stats in caches.items()
        for sample in gauge(
            "",
            "",
            [
                (stats.fresh, {"cache": name, "how": "fresh"}),
                (stats.stale, {"cache": name, "how": "stale"}),
                (stats.loaded, {"cache": name, "how": "loaded"}),
            ],
        ).samples
    ]
    yield Family(counts.name, counts.kind, counts.text, samples)
    yield gauge(
        "bff_cache_age_seconds",
        "Age of the newest entry.",
        [
            (age, {"cache": name})
            for name, stats in caches.items()
            if (age := stats.age()) is not None
        ],
    )
    yield gauge(
        "bff_cache_entries",
        "Entries that are kept.",
        [(stats.entries(), {"cache": name}) for name, stats in caches.items()],
    )


def _of_bookings(found: Standing) -> Iterator[Family]:
    yield gauge("bff_bookings_backlog", "Bookings that we are to move.", [(found.backlog, {})])
    yield gauge(
        "bff_bookings_oldest_seconds",
        "Since the longest unchanged of them has changed.",
        [(found.oldest_seconds, {})],
    )
    yield gauge("bff_bookings_in_doubt", "Bookings that wait for a person.", [(found.in_doubt, {})])
    yield gauge(
        "bff_bookings_overdue", "Bookings past their deadline and stuck.", [(found.overdue, {})]
    )
