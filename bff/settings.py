"""The environment, read once, typed and frozen; secrets stay out of its repr."""

import base64
import json
import os
import zoneinfo
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal, TypeVar, cast

T = TypeVar("T")


class BadSettings(Exception):
    """The environment does not say what we need to start; the message is for the operator."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SevenRoomsSettings:
    url: str
    client_id: str
    client_secret: str = field(repr=False)
    concierge_id: str
    concierge_group_id: str
    request_search: bool
    time_zones: Mapping[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class MembersonSettings:
    url: str
    api_user: str
    api_password: str = field(repr=False)
    point_type: str
    location: str
    time_zone: str
    history: bool
    cancel: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class StripeSettings:
    url: str
    secret_key: str = field(repr=False)
    publishable_key: str
    webhook_secrets: tuple[str, ...] = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class CognitoSettings:
    region: str
    pool_id: str
    client_id: str
    client_secret: str | None = field(repr=False)
    issuer: str
    jwks_url: str
    password_key: bytes = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    host: str
    port: int
    mode: Literal["development", "production"]
    trusted_proxies: int
    booking_budget_seconds: float
    upstream_timeout_seconds: float
    ledger_path: Path
    data_keys: tuple[bytes, ...] = field(repr=False)
    slot_keys: tuple[bytes, ...] = field(repr=False)
    slot_ttl_seconds: int
    hold_seconds: int
    sevenrooms: SevenRoomsSettings
    memberson: MembersonSettings
    stripe: StripeSettings
    cognito: CognitoSettings


# Prefixes that are ours: an unknown name under one of them is a typing error, not an extra.
_PREFIXES = (
    *("BFF_", "LEDGER_", "DATA_KEY", "SLOT_", "HOLD_SEC", "VENUE_TIME"),
    *("SEVENROOMS_", "MEMBERSON_", "STRIPE_", "COGNITO_"),
)
# Other tools' names under our prefixes: the Stripe CLI's.
_FOREIGN = frozenset({"STRIPE_API_KEY", "STRIPE_DEVICE_NAME"})


class _Reader:
    """Reads names from the environment and remembers what is wrong, to say it all at once."""

    def __init__(self, env: Mapping[str, str]) -> None:
        self._env = env
        self._known: set[str] = set()
        self._missing: list[str] = []
        self._wrong: list[str] = []

    def text(self, name: str, default: str | None = None) -> str:
        self._known.add(name)
        value = self._env.get(name, "").strip() or default
        if value is None:
            self._missing.append(name)
            return ""
        return value

    def parsed(self, name: str, default: str | None, parse: Callable[[str], T]) -> T:
        value = self.text(name, default)
        # What is returned for a bad value is never seen: `check` raises before it is used.
        if not value:
            return cast("T", None)
        try:
            return parse(value)
        except (ValueError, TypeError, OSError, zoneinfo.ZoneInfoNotFoundError) as problem:
            self._wrong.append(f"{name} ({problem})")
            return cast("T", None)

    def check(self) -> None:
        unknown = sorted(
            name
            for name in self._env
            if name.startswith(_PREFIXES) and name not in self._known | _FOREIGN
        )
        problems = [
            *([f"set {', '.join(self._missing)}"] if self._missing else []),
            *([f"cannot read {'; '.join(self._wrong)}"] if self._wrong else []),
            *([f"unknown: {', '.join(unknown)}"] if unknown else []),
        ]
        if problems:
            raise BadSettings("; ".join(problems) + " (.env.example lists every setting)")


def _at_least(smallest: float) -> Callable[[str], float]:
    def parse(value: str) -> float:
        number = float(value)
        if not smallest <= number < float("inf"):
            raise ValueError(f"must be {smallest:g} or more")
        return number

    return parse


def _whole(smallest: int) -> Callable[[str], int]:
    def parse(value: str) -> int:
        number = int(value)
        if number < smallest:
            raise ValueError(f"must be {smallest} or more")
        return number

    return parse


def _port(value: str) -> int:
    number = int(value)
    if not 0 < number < 65536:  # noqa: PLR2004 - the range of TCP ports
        raise ValueError("must be a port from 1 to 65535")
    return number


def _switch(value: str) -> bool:
    switches = {"on": True, "off": False}
    if value.lower() not in switches:
        raise ValueError("must be on or off")
    return switches[value.lower()]


def _key(value: str) -> bytes:
    key = base64.b64decode(value.strip(), validate=True)
    if len(key) != 32:  # noqa: PLR2004 - AES-256 and HMAC-SHA256 want 32 bytes
        raise ValueError("must be 32 bytes in base64")
    return key


def _keys(value: str) -> tuple[bytes, ...]:
    return tuple(_key(part) for part in value.split(",") if part.strip())


def _zone(value: str) -> str:
    return zoneinfo.ZoneInfo(value).key


def _time_zones(path: str) -> Mapping[str, str]:
    table = json.loads(Path(path).read_text(encoding="utf-8"))
    if not isinstance(table, dict):
        raise TypeError("must be a JSON object")
    return {str(venue): _zone(str(zone)) for venue, zone in table.items()}


def _url(value: str) -> str:
    if not value.startswith(("http://", "https://")):
        raise ValueError("must start with http:// or https://")
    return value.rstrip("/")


def _mode(value: str) -> Literal["development", "production"]:
    if value not in {"development", "production"}:
        raise ValueError("must be development or production")
    return cast("Literal['development', 'production']", value)


def _sevenrooms(read: _Reader) -> SevenRoomsSettings:
    return SevenRoomsSettings(
        url=read.parsed("SEVENROOMS_URL", None, _url),
        client_id=read.text("SEVENROOMS_CLIENT_ID"),
        client_secret=read.text("SEVENROOMS_CLIENT_SECRET"),
        concierge_id=read.text("SEVENROOMS_CONCIERGE_ID"),
        concierge_group_id=read.text("SEVENROOMS_CONCIERGE_GROUP_ID"),
        request_search=read.parsed("SEVENROOMS_REQUEST_SEARCH", "on", _switch),
        time_zones=read.parsed("VENUE_TIME_ZONES_FILE", None, _time_zones),
    )


def _memberson(read: _Reader) -> MembersonSettings:
    return MembersonSettings(
        url=read.parsed("MEMBERSON_URL", None, _url),
        api_user=read.text("MEMBERSON_API_USER"),
        api_password=read.text("MEMBERSON_API_PASSWORD"),
        point_type=read.text("MEMBERSON_POINT_TYPE", "C21 Points"),
        location=read.text("MEMBERSON_LOCATION", "HQ"),
        time_zone=read.parsed("MEMBERSON_TIME_ZONE", "Asia/Singapore", _zone),
        history=read.parsed("MEMBERSON_HISTORY", "on", _switch),
        cancel=read.parsed("MEMBERSON_CANCEL", "on", _switch),
    )


def _stripe(read: _Reader) -> StripeSettings:
    secrets = read.text("STRIPE_WEBHOOK_SECRETS")
    return StripeSettings(
        url=read.parsed("STRIPE_URL", None, _url),
        secret_key=read.text("STRIPE_SECRET_KEY"),
        publishable_key=read.text("STRIPE_PUBLISHABLE_KEY"),
        webhook_secrets=tuple(part.strip() for part in secrets.split(",") if part.strip()),
    )


def _cognito(read: _Reader) -> CognitoSettings:
    region, pool = read.text("COGNITO_REGION"), read.text("COGNITO_POOL_ID")
    issuer = read.parsed(
        "COGNITO_ISSUER", f"https://cognito-idp.{region}.amazonaws.com/{pool}", _url
    )
    return CognitoSettings(
        region=region,
        pool_id=pool,
        client_id=read.text("COGNITO_CLIENT_ID"),
        client_secret=read.text("COGNITO_CLIENT_SECRET", "") or None,
        issuer=issuer,
        jwks_url=read.parsed("COGNITO_JWKS_URL", f"{issuer}/.well-known/jwks.json", _url),
        password_key=read.parsed("COGNITO_PASSWORD_KEY", None, _key),
    )


def _main(read: _Reader) -> dict[str, Any]:
    return {
        "host": read.text("BFF_HOST", "127.0.0.1"),
        "port": read.parsed("BFF_PORT", "8000", _port),
        "mode": read.parsed("BFF_MODE", "production", _mode),
        "trusted_proxies": read.parsed("BFF_TRUSTED_PROXIES", "0", _whole(0)),
        "booking_budget_seconds": read.parsed("BFF_BOOKING_BUDGET_SECONDS", "8", _at_least(0.1)),
        "upstream_timeout_seconds": read.parsed(
            "BFF_UPSTREAM_TIMEOUT_SECONDS", "5", _at_least(0.1)
        ),
        "ledger_path": read.parsed("LEDGER_PATH", ".run/ledger.db", Path),
        "data_keys": read.parsed("DATA_KEYS", None, _keys),
        "slot_keys": read.parsed("SLOT_KEYS", None, _keys),
        "slot_ttl_seconds": read.parsed("SLOT_TTL_SECONDS", "900", _whole(30)),
        "hold_seconds": read.parsed("HOLD_SECONDS", "600", _whole(30)),
    }


def read_settings(env: Mapping[str, str] | None = None) -> Settings:
    """Settings from the environment. Errors: `BadSettings`, which names all that is wrong."""
    read = _Reader(os.environ if env is None else env)
    settings = Settings(
        **_main(read),
        sevenrooms=_sevenrooms(read),
        memberson=_memberson(read),
        stripe=_stripe(read),
        cognito=_cognito(read),
    )
    read.check()
    return settings
