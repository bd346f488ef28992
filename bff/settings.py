"""The environment, read once, typed and frozen; secrets stay out of its repr."""

import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from bff.edge_settings import EdgeSettings, read_edge
from bff.environment import (
    BadSettings,
    Reader,
    at_least,
    days,
    in_file,
    key,
    keys,
    ledger_file,
    one_of,
    port,
    sealed_keys,
    switch,
    time_zones,
    url,
    whole,
    zone,
)
from bff.secret_settings import SecretSettings, read_secrets
from bff.trace_settings import TraceSettings, read_traces

__all__ = [
    "BadSettings",
    "CognitoSettings",
    "KeyFile",
    "MembersonSettings",
    "Settings",
    "SevenRoomsSettings",
    "StripeSettings",
    "read_key_file",
    "read_settings",
]


@dataclass(frozen=True, slots=True, kw_only=True)
class SevenRoomsSettings:
    url: str
    concierge_id: str
    concierge_group_id: str
    request_search: bool
    time_zones: Mapping[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class MembersonSettings:
    url: str
    point_type: str
    location: str
    time_zone: str
    history: bool
    cancel: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class StripeSettings:
    url: str
    publishable_key: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CognitoSettings:
    region: str
    pool_id: str
    client_id: str
    issuer: str
    jwks_url: str
    password_key: bytes = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    host: str
    port: int
    metrics_port: int | None  # a worker's; None: it listens nowhere
    mode: Literal["development", "production"]
    trusted_proxies: int
    booking_budget_seconds: float
    upstream_timeout_seconds: float
    serve_on_seconds: float
    stop_seconds: float
    keep_alive_seconds: int
    ledger_path: Path
    ledger_table: str | None  # None: the ledger is the SQLite file
    keep_bookings_days: int  # beyond their end; 0: for ever
    wakeups_queue_url: str | None  # None: wake-ups stay within the process
    data_keys: tuple[bytes, ...] = field(repr=False)
    data_keys_file: Path | None  # None: they were given by DATA_KEYS
    data_keys_kms_key: str | None  # has sealed the data keys; None: they are as they are
    slot_keys: tuple[bytes, ...] = field(repr=False)
    slot_ttl_seconds: int
    hold_seconds: int
    sevenrooms: SevenRoomsSettings
    memberson: MembersonSettings
    stripe: StripeSettings
    cognito: CognitoSettings
    secrets: SecretSettings
    edge: EdgeSettings
    traces: TraceSettings


# Prefixes that are ours: an unknown name under one of them is a typing error, not an extra.
_PREFIXES = (
    *("BFF_", "LEDGER", "KEEP_", "WAKEUPS", "DATA_KEY", "SLOT_", "HOLD_SEC", "VENUE_TIME"),
    "SECRETS",
    *("SEVENROOMS_", "MEMBERSON_", "STRIPE_", "COGNITO_"),
)
# Other tools' names under our prefixes: the Stripe CLI's.
_FOREIGN = frozenset({"STRIPE_API_KEY", "STRIPE_DEVICE_NAME"})


def _sevenrooms(read: Reader) -> SevenRoomsSettings:
    return SevenRoomsSettings(
        url=read.parsed("SEVENROOMS_URL", None, url),
        concierge_id=read.text("SEVENROOMS_CONCIERGE_ID"),
        concierge_group_id=read.text("SEVENROOMS_CONCIERGE_GROUP_ID"),
        request_search=read.parsed("SEVENROOMS_REQUEST_SEARCH", "on", switch),
        time_zones=read.parsed("VENUE_TIME_ZONES_FILE", None, time_zones),
    )


def _memberson(read: Reader) -> MembersonSettings:
    return MembersonSettings(
        url=read.parsed("MEMBERSON_URL", None, url),
        point_type=read.text("MEMBERSON_POINT_TYPE", "C21 Points"),
        location=read.text("MEMBERSON_LOCATION", "HQ"),
        time_zone=read.parsed("MEMBERSON_TIME_ZONE", "Asia/Singapore", zone),
        history=read.parsed("MEMBERSON_HISTORY", "on", switch),
        cancel=read.parsed("MEMBERSON_CANCEL", "on", switch),
    )


def _stripe(read: Reader) -> StripeSettings:
    return StripeSettings(
        url=read.parsed("STRIPE_URL", None, url),
        publishable_key=read.text("STRIPE_PUBLISHABLE_KEY"),
    )


def _cognito(read: Reader) -> CognitoSettings:
    region, pool = read.text("COGNITO_REGION"), read.text("COGNITO_POOL_ID")
    issuer = read.parsed(
        "COGNITO_ISSUER", f"https://cognito-idp.{region}.amazonaws.com/{pool}", url
    )
    return CognitoSettings(
        region=region,
        pool_id=pool,
        client_id=read.text("COGNITO_CLIENT_ID"),
        issuer=issuer,
        jwks_url=read.parsed("COGNITO_JWKS_URL", f"{issuer}/.well-known/jwks.json", url),
        password_key=read.parsed("COGNITO_PASSWORD_KEY", None, key),
    )


def _main(read: Reader) -> dict[str, Any]:
    return {
        "host": read.text("BFF_HOST", "127.0.0.1"),
        "port": read.parsed("BFF_PORT", "8000", port),
        "metrics_port": read.parsed("BFF_METRICS_PORT", "", port),
        "mode": read.parsed("BFF_MODE", "production", one_of("development", "production")),
        "trusted_proxies": read.parsed("BFF_TRUSTED_PROXIES", "0", whole(0)),
        "booking_budget_seconds": read.parsed("BFF_BOOKING_BUDGET_SECONDS", "8", at_least(0.1)),
        "upstream_timeout_seconds": read.parsed("BFF_UPSTREAM_TIMEOUT_SECONDS", "5", at_least(0.1)),
        "serve_on_seconds": read.parsed("BFF_SERVE_ON_SECONDS", "5", at_least(0)),
        "stop_seconds": read.parsed("BFF_STOP_SECONDS", "30", at_least(1)),
        "keep_alive_seconds": read.parsed("BFF_KEEP_ALIVE_SECONDS", "75", whole(1)),
        "slot_keys": read.parsed("SLOT_KEYS", None, keys),
        "slot_ttl_seconds": read.parsed("SLOT_TTL_SECONDS", "900", whole(30)),
        "hold_seconds": read.parsed("HOLD_SECONDS", "600", whole(30)),
    }


def _storage(read: Reader) -> dict[str, Any]:
    ledger = read.parsed("LEDGER", "sqlite", one_of("sqlite", "dynamodb"))
    wakeups = read.parsed("WAKEUPS", "inprocess", one_of("inprocess", "sqs"))
    table = read.text("LEDGER_TABLE", None if ledger == "dynamodb" else "")
    queue = read.parsed("WAKEUPS_QUEUE_URL", None if wakeups == "sqs" else "", url)
    kms_key = read.text("DATA_KEYS_KMS_KEY", "") or None
    file = read.text("DATA_KEYS_FILE", "")
    return {
        "ledger_path": read.parsed("LEDGER_PATH", ".run/ledger.db", ledger_file),
        "ledger_table": table if ledger == "dynamodb" else None,
        "keep_bookings_days": read.parsed("KEEP_BOOKINGS_DAYS", "730", days),
        "wakeups_queue_url": queue if wakeups == "sqs" else None,
        "data_keys": _data_keys(read, sealed_keys if kms_key else keys),
        "data_keys_file": Path(file) if file else None,
        "data_keys_kms_key": kms_key,
    }


def _data_keys(read: Reader, parse: Callable[[str], tuple[bytes, ...]]) -> tuple[bytes, ...]:
    name = read.name_of("DATA_KEYS_FILE", "DATA_KEYS")
    return read.parsed(name, "", in_file(parse) if name == "DATA_KEYS_FILE" else parse)


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyFile:
    """Where the data keys are kept, and the KMS key that seals them, if there is one."""

    path: Path
    kms_key: str | None


def read_key_file(env: Mapping[str, str] | None = None) -> KeyFile:
    """Of a file that may not be there yet; no other setting is needed. Errors: BadSettings."""
    read = Reader(os.environ if env is None else env)
    path = read.text("DATA_KEYS_FILE")
    kms_key = read.text("DATA_KEYS_KMS_KEY", "") or None
    read.check((), frozenset())
    return KeyFile(path=Path(path), kms_key=kms_key)


def read_settings(env: Mapping[str, str] | None = None) -> Settings:
    """Settings from the environment. Errors: `BadSettings`, which names all that is wrong."""
    read = Reader(os.environ if env is None else env)
    settings = Settings(
        **_main(read),
        **_storage(read),
        sevenrooms=_sevenrooms(read),
        memberson=_memberson(read),
        stripe=_stripe(read),
        cognito=_cognito(read),
        secrets=read_secrets(read),
        edge=read_edge(read),
        traces=read_traces(read),
    )
    read.check(_PREFIXES, _FOREIGN)
    return settings
