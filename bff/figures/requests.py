"""What was asked of us, by whose app, and how it ended."""

from collections import Counter as Counts
from collections.abc import Iterable

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram
from prometheus_client.core import CounterMetricFamily, Metric
from prometheus_client.registry import Collector

from resolvers.apps import App
from resolvers.telling import Account, Outcome

# Seconds. An answer from what is known takes milliseconds; a paying request at most eight seconds.
DURATIONS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 20.0)
# Points of `resolvers.costs`; 5,000 is the most by default.
COSTS = (5, 25, 100, 250, 500, 1000, 2500, 5000)


_Series = tuple[Counter, Histogram, Histogram, Counter]


class RequestFigures:
    """`resolvers.telling.Watch`."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self._requests = Counter(
            "bff_graphql_requests",
            "Requests by how they ended for their caller.",
            ("operation", "kind", "outcome"),
            registry=registry,
        )
        self._seconds = Histogram(
            "bff_graphql_request_seconds",
            "From the head of a request to its answer, or to a stream's opening.",
            ("operation",),
            buckets=DURATIONS,
            registry=registry,
        )
        self._costs = Histogram(
            "bff_graphql_cost",
            "What operations cost by the schema's own price list.",
            ("operation",),
            buckets=COSTS,
            registry=registry,
        )
        self._errors = Counter(
            "bff_graphql_errors", "Errors of answers by their code.", ("code",), registry=registry
        )
        self._problems = Counter(
            "bff_graphql_problems",
            "Expected refusals of mutations by their type.",
            ("operation", "problem"),
            registry=registry,
        )
        self._limited = Counter(
            "bff_graphql_rate_limited",
            "Requests sent away with 429, by the rate that was used up.",
            ("limit",),
            registry=registry,
        )
        self._apps = Counter(
            "bff_graphql_app_requests",
            "Requests by the app that sent them.",
            ("app", "version", "operation"),
            registry=registry,
        )
        self._under_way = Gauge(
            "bff_graphql_requests_under_way", "Requests begun and not ended.", registry=registry
        )
        self._series: dict[tuple[str, App, str, Outcome], _Series] = {}
        self._uses = FieldUses()
        registry.register(self._uses)

    def shall_go(self, fields: frozenset[str]) -> None:
        """Mark these fields wherever they are told of."""
        self._uses.deprecated = fields

    def request_began(self) -> None:
        self._under_way.inc()

    def request_ended(self, account: Account) -> None:
        self._under_way.dec()
        name, app = account.operation, account.app
        requests, seconds, costs, apps = self._series_of(account)
        requests.inc()
        seconds.observe(account.seconds)
        costs.observe(account.cost)
        apps.inc()
        self._uses.count(app, account.facts.fields)
        for code in account.codes:
            self._errors.labels(code).inc()
        for problem in account.problems:
            self._problems.labels(name, problem).inc()
        if account.limit is not None:
            self._limited.labels(account.limit).inc()

    def _series_of(self, account: Account) -> _Series:
        """Found by their labels once; finding them takes longer than counting."""
        name, app, kind, outcome = account.operation, account.app, account.kind, account.outcome
        key = (name, app, kind, outcome)
        series = self._series.get(key)
        if series is None:
            series = self._series[key] = (
                self._requests.labels(name, kind, outcome.value),
                self._seconds.labels(name),
                self._costs.labels(name),
                self._apps.labels(app.name, app.version, name),
            )
        return series


class FieldUses(Collector):
    """Requests that asked for a field, by app and version.

    As many figures as the schema has fields, for each version: once a request a number goes up for
    each field of its document, however often it is resolved.
    """

    def __init__(self) -> None:
        self._counts: dict[App, Counts[str]] = {}
        self.deprecated: frozenset[str] = frozenset()

    def count(self, app: App, fields: Iterable[str]) -> None:
        self._counts.setdefault(app, Counts()).update(fields)

    def collect(self) -> Iterable[Metric]:
        family = CounterMetricFamily(
            "bff_graphql_field_uses",
            "Requests that asked for a field.",
            labels=("app", "version", "field", "deprecated"),
        )
        # Copied at once, since requests go on being counted while a thread writes this down.
        for app, counts in list(self._counts.items()):
            for name, count in list(counts.items()):
                shall_go = "yes" if name in self.deprecated else "no"
                family.add_metric((app.name, app.version, name, shall_go), count)
        yield family
