"""How the upstreams do: every call, the breakers before them, and the caches that spare calls."""

from collections.abc import Callable, Iterator, Sequence

from prometheus_client import CollectorRegistry, Counter, Histogram
from prometheus_client.core import GaugeMetricFamily, Metric

from clients.breaker import State
from clients.caching import Stats
from clients.guard import Guard
from clients.watching import Ended, Read

# Seconds. Calls are cut at five.
DURATIONS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)
# Seconds: free times are kept for ten, the catalogue is for a day at worst.
AGES = (1, 5, 10, 30, 60, 300, 900, 3600, 6 * 3600, 24 * 3600)
_STATES = {State.CLOSED: 0, State.HALF_OPEN: 1, State.OPEN: 2}


class UpstreamFigures:
    """`clients.watching.Watch`."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self.calls = Counter(
            "bff_upstream_calls",
            "Calls to an upstream by how they ended for their caller.",
            ("upstream", "operation", "outcome"),
            registry=registry,
        )
        self.repeated = Counter(
            "bff_upstream_repetitions",
            "Calls that were made a second time.",
            ("upstream", "operation"),
            registry=registry,
        )
        self.seconds = Histogram(
            "bff_upstream_call_seconds",
            "How long callers waited, queueing and repeating included.",
            ("upstream",),
            buckets=DURATIONS,
            registry=registry,
        )
        self.turns = Counter(
            "bff_upstream_circuit_changes",
            "Openings and closings of an upstream's breaker.",
            ("upstream", "state"),
            registry=registry,
        )

    def call_ended(self, call: Ended) -> None:
        self.calls.labels(call.upstream, call.operation, call.outcome).inc()
        self.seconds.labels(call.upstream).observe(call.seconds)
        if call.attempts > 1:
            self.repeated.labels(call.upstream, call.operation).inc()

    def circuit_changed(self, upstream: str, state: State) -> None:
        self.turns.labels(upstream, state.value).inc()


class CacheFigures:
    """Hears of every answer of `caches`."""

    def __init__(self, caches: Sequence[Stats], registry: CollectorRegistry) -> None:
        self._answers = Counter(
            "bff_cache_answers",
            "Answers by how the cache came to them.",
            ("cache", "how"),
            registry=registry,
        )
        self._ages = Histogram(
            "bff_cache_answer_age_seconds",
            "How old what was answered was.",
            ("cache",),
            buckets=AGES,
            registry=registry,
        )
        self._series: dict[tuple[str, str], tuple[Counter, Histogram]] = {}
        for stats in caches:
            stats.heard = self._heard

    def _heard(self, read: Read) -> None:
        key = (read.cache, read.how)
        series = self._series.get(key)
        if series is None:
            # Once: finding them by their labels takes longer than counting, and a calendar reads
            # dozens.
            made = (self._answers.labels(*key), self._ages.labels(read.cache))
            series = self._series[key] = made
        answers, ages = series
        answers.inc()
        ages.observe(read.age_seconds)


def of_guards(guards: Sequence[Guard]) -> Iterator[Metric]:
    def gauge(name: str, text: str, value: Callable[[Guard], float]) -> Metric:
        family = GaugeMetricFamily(name, text, labels=("upstream",))
        for guard in guards:
            family.add_metric((guard.upstream,), value(guard))
        return family

    yield gauge(
        "bff_upstream_circuit_state",
        "0 closed, 1 a probe is out, 2 open.",
        lambda guard: _STATES[guard.breaker.state],
    )
    yield gauge(
        "bff_upstream_retry_budget",
        "Repetitions that are left at this moment.",
        lambda guard: guard.budget.left,
    )
    yield gauge(
        "bff_upstream_calls_under_way",
        "Calls begun and not ended, those that wait for a slot included.",
        lambda guard: guard.under_way,
    )
    yield gauge("bff_upstream_calls_at_once", "Slots of the bulkhead.", lambda guard: guard.limit)


def of_caches(caches: Sequence[Stats]) -> Iterator[Metric]:
    ages = GaugeMetricFamily("bff_cache_age_seconds", "Age of the newest entry.", labels=("cache",))
    entries = GaugeMetricFamily("bff_cache_entries", "Entries that are kept.", labels=("cache",))
    for stats in caches:
        entries.add_metric((stats.name,), stats.entries())
        age = stats.age()
        if age is not None:
            ages.add_metric((stats.name,), age)
    yield ages
    yield entries
