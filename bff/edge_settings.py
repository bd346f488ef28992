"""What the GraphQL edge lets in: documents, their cost, how often, for how long, and from where."""

from dataclasses import dataclass
from pathlib import Path
from typing import Literal, cast

from bff.environment import Reader, at_least, one_of, switch, whole

TrustedDocuments = Literal["off", "allow", "require"]


@dataclass(frozen=True, slots=True, kw_only=True)
class RateSettings:
    """Requests a minute; 0 is without a bound."""

    member_requests: int = 0
    address_requests: int = 0
    member_bookings: int = 0
    address_sign_ins: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class EdgeSettings:
    persisted_queries: bool = True
    trusted_documents: TrustedDocuments = "off"
    trusted_document_files: tuple[Path, ...] = ()
    max_cost: int = 5000
    deadline_seconds: float = 20
    max_requests: int = 400
    rates: RateSettings = RateSettings()
    cors_origins: tuple[str, ...] = ()
    app_names: tuple[str, ...] = ()


def read_edge(read: Reader) -> EdgeSettings:
    trusted = read.parsed("BFF_TRUSTED_DOCUMENTS", "off", one_of("off", "allow", "require"))
    return EdgeSettings(
        persisted_queries=read.parsed("BFF_PERSISTED_QUERIES", "on", switch),
        trusted_documents=cast("TrustedDocuments", trusted),
        trusted_document_files=tuple(map(Path, _listed(read, "BFF_TRUSTED_DOCUMENT_FILES"))),
        max_cost=read.parsed("BFF_MAX_COST", "5000", whole(1)),
        deadline_seconds=read.parsed("BFF_DEADLINE_SECONDS", "20", at_least(0.1)),
        max_requests=read.parsed("BFF_MAX_REQUESTS", "400", whole(1)),
        rates=_rates(read),
        cors_origins=_listed(read, "BFF_CORS_ORIGINS"),
        app_names=_listed(read, "BFF_APP_NAMES", "como-club-ios,como-club-android"),
    )


def _rates(read: Reader) -> RateSettings:
    # A developer's machine is one address for everything that is tried on it.
    bounded = read.text("BFF_MODE", "production") != "development"

    def rate(name: str, default: str) -> int:
        return read.parsed(name, default if bounded else "0", whole(0))

    return RateSettings(
        member_requests=rate("BFF_MEMBER_REQUESTS_PER_MINUTE", "600"),
        # A hotel's guests, or a mobile network's, share one address.
        address_requests=rate("BFF_ADDRESS_REQUESTS_PER_MINUTE", "6000"),
        member_bookings=rate("BFF_MEMBER_BOOKINGS_PER_MINUTE", "20"),
        address_sign_ins=rate("BFF_ADDRESS_SIGN_INS_PER_MINUTE", "60"),
    )


def _listed(read: Reader, name: str, default: str = "") -> tuple[str, ...]:
    return tuple(part.strip() for part in read.text(name, default).split(",") if part.strip())
