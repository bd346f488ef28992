"""Whether traces are recorded. The variables are OpenTelemetry's own, and most its SDK reads."""

from dataclasses import dataclass

from bff.environment import Reader, one_of

SERVICE_NAME = "como-club-bff"


@dataclass(frozen=True, slots=True, kw_only=True)
class TraceSettings:
    is_on: bool = False
    service_name: str = SERVICE_NAME


def read_traces(read: Reader) -> TraceSettings:
    base = read.text("OTEL_EXPORTER_OTLP_ENDPOINT", "")
    own = read.text("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "")
    exporter = read.parsed("OTEL_TRACES_EXPORTER", "otlp", one_of("otlp", "none"))
    is_disabled = read.text("OTEL_SDK_DISABLED", "false").lower() == "true"
    return TraceSettings(
        is_on=bool(base or own) and exporter == "otlp" and not is_disabled,
        service_name=read.text("OTEL_SERVICE_NAME", SERVICE_NAME),
    )
