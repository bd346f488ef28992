"""Log lines: one JSON object each, and nothing personal or secret in any of them.

Log an event with its facts, `logger.info("booking.moved", extra={"booking_id": id})`, never prose
with values inside. Values under a telling name are hidden whatever they are; all text, that of
exceptions included, is cleaned of what looks like a secret or like a person.
"""

import datetime as dt
import enum
import hashlib
import json
import logging
import re
import traceback
from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Any, TextIO

from bff.personal import PERSONAL_NAMES, plain_name

HIDDEN = "[hidden]"

# Long enough for a traceback; a longer text is a body that somebody logged.
_MAX_TEXT = 8000
_MAX_SECRET = 2000
_MAX_DEPTH = 4
_MAX_ITEMS = 50
# Numbers of 13 digits and more may be a card's; milliseconds since 1970 are lost with them.
_CARD_NUMBERS = 10**12

# Whatever the schema calls personal is hidden (`bff.personal`), and whatever has one of these
# within its name: upstreams and libraries have names of their own.
_TELLING = re.compile(
    r"pass(word|wd|phrase|code)|pwd|token|secret|auth|cookie|credential|signature|apikey|sheet"
    r"|name|mail|phone|mobile|address|birth|dob|nric|notes|guest|card|cvc|cvv|iban|jwt"
    r"|session|body|payload"
)

_WORDS = r"pass(?:word|wd)|token|secret|api_?key|authorization|svcauth|email|phone|notes"

# What is hidden wherever it stands. Repetitions are bounded, so that no text takes long.
_PATTERNS = tuple(
    re.compile(pattern, re.IGNORECASE)
    for pattern in (
        r"(?<=://)[^\s/@]{1,256}(?=@)",  # user and password of an address
        r"[^\s\"'<>,;:=/?&()\[\]{}\\]{1,64}(?:@|%40)[a-z0-9.-]{1,253}",  # email addresses
        r"eyJ[\w-]{4,}(?:\.[\w-]*){0,4}",  # JSON web tokens
        r"\b(?:sk|rk|pk|ek|whsec)_\w+",  # Stripe keys
        r"\b(?:pi|seti|cs)_\w{1,255}_secret_\w+",  # and what opens a payment sheet
        r"[0-9a-f]{64,}",  # SevenRooms tokens (128), digests
        r"\b(?:AKIA|ASIA)[0-9A-Z]{16}",  # AWS access keys
        r"\b(?:bearer|basic)\s{1,8}[\w.~+/=-]+",
        r"(?<![\w.-])(?:\d[ -]?){13,19}(?![\w-])",  # card numbers
        r"\+\d[\d -]{6,18}\d",  # phone numbers
    )
)
# In free text only: under a name of its own a booking's id may well be a UUID, but Memberson's
# tokens are UUIDs too.
_UUID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)
_ASSIGNED = re.compile(
    rf"((?:{_WORDS})\w{{0,32}}[\"']?\s{{0,4}}[=:]\s{{0,4}})"
    r"(?:\"[^\"]*\"?|'[^']*'?|[^\s\"',;&}\])]+)",
    re.IGNORECASE,
)

_STANDARD = frozenset(
    {
        *vars(logging.LogRecord("", 0, "", 0, "", (), None)),
        *("message", "asctime", "taskName", "color_message"),
    }
)

# Libraries that log whole requests at their chattier levels.
_CHATTY = ("aiohttp", "asyncio", "boto3", "botocore", "httpcore", "httpx", "stripe", "urllib3")


def member_hash(sub: str) -> str:
    """Names a member in logs: the same for the same member, and no way back to the person."""
    return hashlib.sha256(f"member:{sub}".encode()).hexdigest()[:12]


def cleaned(text: str) -> str:
    """Free text without what looks like a secret or a person."""
    return _UUID.sub(HIDDEN, _cleaned_value(text))


def configure_logging(
    stream: TextIO, level: str = "INFO", *, about: Callable[[], Mapping[str, str]] = dict
) -> None:
    """Make every logger of the process write JSON lines to `stream`, and nothing elsewhere.

    `about`: what each line says of the request that it was written for.
    """
    handler = logging.StreamHandler(stream)
    handler.setFormatter(JsonLines(about))
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level.upper())
    for name in _CHATTY:
        logging.getLogger(name).setLevel(logging.WARNING)


class JsonLines(logging.Formatter):
    """One record to one JSON object on one line. It never raises: that would print the record."""

    def __init__(self, about: Callable[[], Mapping[str, str]] = dict) -> None:
        super().__init__()
        self._about = about

    def format(self, record: logging.LogRecord) -> str:
        try:
            return json.dumps(_line(record) | dict(self._about()))
        except Exception:  # noqa: BLE001 - any argument may fail to format itself
            return json.dumps({**_head(record), "event": "a log line that cannot be written"})


def _head(record: logging.LogRecord) -> dict[str, Any]:
    at = dt.datetime.fromtimestamp(record.created, dt.UTC)
    return {
        "time": at.isoformat(timespec="milliseconds"),
        "level": record.levelname.lower(),
        "logger": record.name,
    }


def _line(record: logging.LogRecord) -> dict[str, Any]:
    line = {**_head(record), "event": cleaned(record.getMessage())}
    facts = {name: value for name, value in vars(record).items() if name not in _STANDARD}
    if facts:
        line["fields"] = _safe(facts)
    if record.exc_info and record.exc_info[1] is not None:
        line["error"] = _error(record.exc_info[1])
    return line


def _error(error: BaseException) -> dict[str, str]:
    trace = "".join(traceback.format_exception(error))
    if len(trace) > _MAX_TEXT:
        # From a whole line on, lest half a secret be left that no pattern knows.
        trace = trace[-_MAX_TEXT:].partition("\n")[2]
    return {"type": type(error).__name__, "text": cleaned(str(error)), "trace": cleaned(trace)}


def _safe(value: object, depth: int = 0) -> Any:
    """A value as it may be logged; of a type that we do not know, only the type's name."""
    if depth > _MAX_DEPTH:
        return "[deep]"
    if isinstance(value, enum.Enum):
        value = value.value
    if value is None or isinstance(value, int):
        return value if value is None or abs(value) < _CARD_NUMBERS else HIDDEN
    if isinstance(value, Mapping):
        return _safe_mapping(value, depth)
    if isinstance(value, (list, tuple, set, frozenset)):
        return [_safe(item, depth + 1) for item in list(value)[:_MAX_ITEMS]]
    return _safe_scalar(value)


def _safe_scalar(value: object) -> str:
    if isinstance(value, str):
        return _cleaned_value(value)
    if isinstance(value, (float, Decimal)):
        return str(value)
    if isinstance(value, (dt.date, dt.time)):
        return value.isoformat()
    if isinstance(value, BaseException):
        return type(value).__name__
    return f"<{type(value).__name__}>"


def _safe_mapping(facts: Mapping[Any, object], depth: int) -> dict[str, Any]:
    return {
        _cleaned_value(str(name)): HIDDEN
        if _is_telling(str(name), value)
        else _safe(value, depth + 1)
        for name, value in list(facts.items())[:_MAX_ITEMS]
    }


def _is_telling(name: str, value: object) -> bool:
    """Whether the name says that its value must not be seen; yes, no and nothing may be."""
    if value is None or isinstance(value, bool):
        return False
    plain = plain_name(name)
    return plain in PERSONAL_NAMES or _TELLING.search(plain) is not None


def _cleaned_value(text: str) -> str:
    # Cut after cleaning: half a secret is one that no pattern knows.
    text = text[: _MAX_TEXT + _MAX_SECRET]
    for pattern in _PATTERNS:
        text = pattern.sub(HIDDEN, text)
    return _ASSIGNED.sub(rf"\1{HIDDEN}", text)[:_MAX_TEXT]
