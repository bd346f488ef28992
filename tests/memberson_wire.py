"""A Memberson made of one answer a route, behind the real transport and client."""

import contextlib
import datetime as dt
import json
from collections import Counter
from collections.abc import AsyncIterator
from typing import Any
from zoneinfo import ZoneInfo

import httpx

from clients.memberson.auth import ServiceUser, kept_token
from clients.memberson.link import Link
from clients.memberson.read import MembersonReads
from clients.memberson.write import MembersonWrites
from clients.secret_versions import Fixed
from clients.transport import open_transport
from tests.fake_clock import FakeClock

ZONE = ZoneInfo("Asia/Singapore")
USER = ServiceUser("bff", "service-password")
AUTHENTICATE = "POST /api/user/authenticate"
SIGNIN = "POST /api/profile/00012345/signin"
PROFILE = "GET /api/profile/00012345"
SUMMARY = "GET /api/profile/00012345/summary"
RATES = "GET /api/type/conversion-rate"
SEARCH = "POST /api/profile/search-simple"
REDEEM = "POST /api/transaction/redeem-point"
CANCEL = "POST /api/transaction/cancel-redeem-point"
HISTORY = "GET /api/member/CT0000001A/transactions"

Answer = httpx.Response | Exception


def says(value: Any, status: int = 200) -> httpx.Response:
    return httpx.Response(status, json=value)


def refuses(code: object, status: int = 400) -> httpx.Response:
    return says({"ErrorCode": code, "Message": "canary of the CRM"}, status)


class Crm:
    """`answers[route]` are given in turn, the last one for good."""

    def __init__(self) -> None:
        self.answers: dict[str, list[Answer]] = {}
        self.requests: list[httpx.Request] = []
        self.issued = 0

    def on(self, route: str, *answers: Answer) -> None:
        self.answers[route] = list(answers)

    @property
    def calls(self) -> Counter[str]:
        return Counter(map(_route, self.requests))

    def sent(self, route: str) -> list[httpx.Request]:
        return [request for request in self.requests if _route(request) == route]

    def body(self, route: str) -> Any:
        return json.loads(self.sent(route)[-1].content)

    def __call__(self, request: httpx.Request) -> httpx.Response:
        self.requests.append(request)
        route = _route(request)
        if route == AUTHENTICATE and route not in self.answers:
            self.issued += 1
            return says(f"token-{self.issued}")
        answers = self.answers[route]
        answer = answers.pop(0) if len(answers) > 1 else answers[0]
        if isinstance(answer, Exception):
            raise answer
        return httpx.Response(
            answer.status_code, content=answer.content, headers=dict(answer.headers)
        )


def _route(request: httpx.Request) -> str:
    return f"{request.method} {request.url.path}"


@contextlib.asynccontextmanager
async def linked(crm: Crm, clock: FakeClock | None = None) -> AsyncIterator[Link]:
    clock = clock or FakeClock()
    wire = httpx.MockTransport(crm)
    async with open_transport(
        "memberson", "https://crm.test", timeout_seconds=5, wire=wire
    ) as transport:
        users = Fixed(USER)
        yield Link(transport, kept_token(transport, users, clock.now), users)


def reads(link: Link, zone: dt.tzinfo = ZONE) -> MembersonReads:
    return MembersonReads(link, zone)


def writes(link: Link, zone: dt.tzinfo = ZONE) -> MembersonWrites:
    return MembersonWrites(link, zone)
