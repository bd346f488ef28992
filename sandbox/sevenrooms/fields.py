"""Query and form fields, read strictly: what does not parse is a 400 that names the field."""

import re
from collections.abc import Mapping
from datetime import date
from urllib.parse import parse_qsl

from starlette.requests import Request

from sandbox.sevenrooms import times
from sandbox.sevenrooms.replies import Refusal

FORM = "application/x-www-form-urlencoded"
_WHOLE = re.compile(r"\d{1,9}", re.ASCII)
_PHONE = re.compile(r"\+[1-9]\d{6,14}", re.ASCII)
_TRUTH = {"true": True, "1": True, "false": False, "0": False}
_FIELDS_AT_MOST = 500


class Fields:
    """The last of repeated fields counts; an empty field counts as absent."""

    def __init__(self, pairs: Mapping[str, str]) -> None:
        self._pairs = pairs

    def text(self, name: str) -> str | None:
        return self._pairs.get(name) or None

    def needed(self, name: str) -> str:
        value = self.text(name)
        if value is None:
            raise Refusal(400, f"{name} is required")
        return value

    def whole(self, name: str, *, least: int = 0, most: int = 10**9) -> int | None:
        value = self.text(name)
        if value is None:
            return None
        if not _WHOLE.fullmatch(value) or not least <= int(value) <= most:
            raise Refusal(400, f"{name} is not valid")
        return int(value)

    def needed_whole(self, name: str, *, least: int = 0, most: int = 10**9) -> int:
        self.needed(name)
        return self.whole(name, least=least, most=most) or 0

    def truth(self, name: str, *, default: bool = False) -> bool:
        value = self.text(name)
        if value is None:
            return default
        try:
            return _TRUTH[value.lower()]
        except KeyError:
            raise Refusal(400, f"{name} is not valid") from None

    def day(self, name: str) -> date | None:
        value = self.text(name)
        if value is None:
            return None
        day = times.parse_date(value)
        if day is None:
            raise Refusal(400, f"{name} is not valid")
        return day

    def needed_day(self, name: str) -> date:
        self.needed(name)
        return self.day(name) or date.min

    def clock(self, name: str) -> int | None:
        """Minutes since midnight."""
        value = self.text(name)
        if value is None:
            return None
        clock = times.parse_clock(value)
        if clock is None:
            raise Refusal(400, f"{name} is not valid")
        return clock

    def needed_clock(self, name: str) -> int:
        self.needed(name)
        return self.clock(name) or 0

    def phone(self, name: str) -> str:
        """E.164 (CONFIRMED-V)."""
        value = self.needed(name)
        if not _PHONE.fullmatch(value):
            raise Refusal(400, f"{name} is not valid")
        return value


async def read_form(request: Request) -> Fields:
    """Form bodies only (CONFIRMED-V): anything else with content is refused."""
    body = await request.body()
    if not body:
        return Fields({})
    content_type = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if content_type != FORM:
        raise Refusal(400, f"Content-Type must be {FORM}")
    try:
        pairs = parse_qsl(
            body.decode("utf-8", "replace"),
            keep_blank_values=True,
            max_num_fields=_FIELDS_AT_MOST,
        )
    except ValueError:
        raise Refusal(400, "The form is not valid") from None
    return Fields(dict(pairs))
