"""OpenTelemetry's SDK: what records spans and sends them to a collector, by OTLP over HTTP.

Sending happens in a thread of its own, from a bounded queue: a collector that is away, slow or
broken costs spans, and nothing else.
"""

import asyncio
import logging
import threading
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

from bff.trace_settings import TraceSettings
from clients.tracing import Tracer

# At the end of the process, for the last spans; a collector that is away shall not hold it up.
FLUSH_SECONDS = 2.0

log = logging.getLogger(__name__)


@asynccontextmanager
async def open_traces(settings: TraceSettings) -> AsyncIterator[Tracer | None]:
    """None where traces are off."""
    if not settings.is_on:
        yield None
        return
    tracer, shut_down = await asyncio.to_thread(_opened, settings.service_name)
    try:
        yield tracer
    finally:
        await asyncio.to_thread(_flushed, shut_down)


def _opened(service_name: str) -> tuple[Tracer, Callable[[], None]]:
    # A third of a second and ten megabytes, for those only who want traces.
    from opentelemetry.exporter.otlp.proto.http.trace_exporter import (  # noqa: PLC0415
        OTLPSpanExporter,
    )
    from opentelemetry.sdk.resources import SERVICE_NAME, Resource  # noqa: PLC0415
    from opentelemetry.sdk.trace import TracerProvider  # noqa: PLC0415
    from opentelemetry.sdk.trace.export import BatchSpanProcessor  # noqa: PLC0415

    provider = TracerProvider(
        resource=Resource.create({SERVICE_NAME: service_name}), shutdown_on_exit=False
    )
    # Where to, with which headers, how much and how often: the SDK reads OTEL_* by itself.
    provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter()))
    return provider.get_tracer(service_name), provider.shutdown


def _flushed(shut_down: Callable[[], None]) -> None:
    thread = threading.Thread(target=shut_down, name="last spans", daemon=True)
    thread.start()
    thread.join(FLUSH_SECONDS)
    if thread.is_alive():
        log.warning("last_spans_lost")
