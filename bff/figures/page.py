"""All that this process tells a collector: counted where it happens, or looked up when asked."""

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence

from prometheus_client import CollectorRegistry, disable_created_metrics
from prometheus_client.core import Metric
from prometheus_client.exposition import choose_encoder
from prometheus_client.registry import Collector

from bff.booking.ports import Ledger
from bff.clock import Clock
from bff.figures.bookings import found, of_bookings, writing
from bff.figures.process import ProcessFigures, of_loop
from bff.figures.requests import RequestFigures
from bff.figures.tokens import of_tokens
from bff.figures.upstreams import CacheFigures, UpstreamFigures, of_caches, of_guards
from bff.figures.work import DeadLetterFigures, of_worker
from bff.worker import Worker
from clients.caching import Stats
from clients.guard import Guard
from clients.tokens import TokenStats


class Figures:
    """A registry of its own: two houses in one process do not mix theirs."""

    def __init__(self) -> None:
        # Else every counter has a second figure beside it: when it was begun.
        disable_created_metrics()  # type: ignore[no-untyped-call]  # it ships without
        self._registry = CollectorRegistry()
        self.upstreams = UpstreamFigures(self._registry)
        self.requests = RequestFigures(self._registry)
        self.process = ProcessFigures(self._registry)
        self.dead_letters = DeadLetterFigures(self._registry)
        self._looked_up = _LookedUp()
        self._registry.register(self._looked_up)
        self._looks: list[Callable[[], Iterable[Metric]]] = [of_loop]
        self._bookings: tuple[Ledger, Callable[[], Awaitable[bool]], Clock] | None = None

    def watch_upstreams(self, guards: Sequence[Guard], caches: Sequence[Stats]) -> None:
        CacheFigures(caches, self._registry)
        self._looks += [lambda: of_guards(guards), lambda: of_caches(caches)]

    def watch_tokens(self, tokens: Mapping[str, TokenStats], clock: Clock) -> None:
        self._looks.append(lambda: of_tokens(tokens, clock.now()))

    def watch_bookings(
        self, ledger: Ledger, takes_writes: Callable[[], Awaitable[bool]], clock: Clock
    ) -> None:
        self._bookings = (ledger, takes_writes, clock)

    def watch_worker(self, worker: Worker, clock: Clock) -> None:
        self._looks.append(lambda: of_worker(worker, clock))

    async def page(self, accept: str) -> tuple[bytes, str]:
        """The page and its media type, as the collector's `Accept` wants it."""
        seen = [each for look in self._looks for each in look()]
        if self._bookings is not None:
            ledger, takes_writes, clock = self._bookings
            standing, writes = await asyncio.gather(found(ledger, clock), writing(takes_writes))
            seen += of_bookings(standing, writes=writes)
        self._looked_up.seen = seen
        encode, media_type = choose_encoder(accept)
        # Some thousand lines take some ten milliseconds, which no guest shall wait for.
        return await asyncio.to_thread(encode, self._registry), media_type


class _LookedUp(Collector):
    """What was seen in the event loop, for the thread that writes it down."""

    def __init__(self) -> None:
        self.seen: Sequence[Metric] = ()

    def collect(self) -> Iterable[Metric]:
        return self.seen
