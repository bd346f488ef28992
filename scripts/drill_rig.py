"""The sandbox and the BFF as processes of their own, and guests who ask all the time."""

import asyncio
import base64
import contextlib
import datetime as dt
import itertools
import json
import os
import secrets
import socket
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx

from scripts import drill_names

ROOT = Path(__file__).resolve().parent.parent
START_SECONDS = 60.0
STOP_SECONDS = 40
PLENTY = 100_000_000

CATALOGUE = "{ experiences(first: 20) { edges { node { id name venue { name } } } } }"
TIMES = """query($id: ID!, $day: Date!, $party: Int!) { experience(id: $id) {
    availability(date: $day, partySize: $party) { isStale slots { id } } } }"""
BALANCE = "{ me { points { balance } } }"
SLOTS = """query($day: Date!) { experiences(first: 60) { edges { node {
    availability(date: $day, partySize: 2) { slots { id kind price { points } } } } } } }"""
REFRESH = """mutation($input: RefreshSessionInput!) { done: refreshSession(input: $input) {
    __typename ... on Session { accessToken } } }"""
SIGN_IN = """mutation($input: SignInInput!) { done: signIn(input: $input) {
    __typename ... on Session { accessToken refreshToken } } }"""
POINTS = (
    "mutation($input: BookWithPointsInput!) { done: bookWithPoints(input: $input) { __typename } }"
)
CARD = "mutation($input: BookWithCardInput!) { done: bookWithCard(input: $input) { __typename } }"


@dataclass(slots=True)
class Tally:
    """What guests were answered. `good` and `asked` by question; times in seconds.

    `wrong`: what they got instead, by question and code; `broken`: where that was no answer of
    ours at all.
    """

    asked: Counter[str] = field(default_factory=Counter)
    good: Counter[str] = field(default_factory=Counter)
    wrong: Counter[tuple[str, str]] = field(default_factory=Counter)
    broken: int = 0
    seconds: list[float] = field(default_factory=list)

    def share(self, *questions: str) -> float:
        asked = sum(self.asked[name] for name in questions or self.asked)
        good = sum(self.good[name] for name in questions or self.asked)
        return good / asked if asked else 1.0

    def percentile(self, share: float) -> float:
        ordered = sorted(self.seconds)
        return ordered[min(len(ordered) - 1, int(share * len(ordered)))] if ordered else 0.0


class Control:
    """The sandbox's control port."""

    def __init__(self, http: httpx.AsyncClient) -> None:
        self._http = http

    async def fault(self, upstream: str, kind: str, **settings: Any) -> None:
        body = {"upstream": upstream, "kind": kind, **settings}
        (await self._http.post("/faults", json=body)).raise_for_status()

    async def clear(self, *, pace_milliseconds: float) -> None:
        """All faults away but the upstreams' usual pace."""
        await self._http.delete("/faults")
        await self.fault("*", "latency", milliseconds=pace_milliseconds)

    async def forget_calls(self) -> None:
        await self._http.delete("/calls")

    async def calls(self, **asked: str) -> int:
        return int((await self._http.get("/calls", params=asked)).json()["count"])

    async def seed(self, **member: Any) -> None:
        (await self._http.post("/seed", json={"members": [member]})).raise_for_status()


class Guests:
    """Members on their phones. A question gives what is wrong with its answer; None for nothing."""

    def __init__(self, http: httpx.AsyncClient, member: dict[str, str]) -> None:
        self._http = http
        self._member = member
        self._headers: dict[str, str] = {}
        self._refresh = ""
        self._experience = ""
        self._slots: Iterator[str] = iter(())
        self._fresh_days = itertools.count(20)
        self.day = _day(4)

    async def settle_in(self) -> None:
        """Sign in, look around, and note down what can be booked."""
        session = (await self.ask(SIGN_IN, input=self._member))["data"]["done"]
        self._headers = {"authorization": f"Bearer {session['accessToken']}"}
        self._refresh = session["refreshToken"]
        edges = (await self.ask(CATALOGUE))["data"]["experiences"]["edges"]
        self._experience = edges[0]["node"]["id"]
        await self.times(self.day)
        found = [await self.ask(SLOTS, day=_day(ahead)) for ahead in range(3, 8)]
        self._slots = itertools.cycle([slot for answer in found for slot in _free(answer)])

    async def ask(self, query: str, **variables: Any) -> dict[str, Any]:
        body = {"query": query, "variables": variables}
        answer = await self._http.post("/graphql", json=body, headers=self._headers)
        answer.raise_for_status()
        return answer.json()  # type: ignore[no-any-return]

    async def catalogue(self) -> str | None:
        return _wrong(await self.ask(CATALOGUE))

    async def times(self, day: str | None = None, party: int = 2) -> str | None:
        asked = {"id": self._experience, "day": day or self.day, "party": party}
        return _wrong(await self.ask(TIMES, **asked))

    async def new_times(self) -> str | None:
        """Free times that nobody has asked for: they cost a call."""
        number = next(self._fresh_days)
        return await self.times(_day(20 + number % 300), 1 + number // 300 % 8)

    async def balance(self) -> str | None:
        return _wrong(await self.ask(BALANCE))

    async def refresh(self) -> str | None:
        return await self._done(REFRESH, {"refreshToken": self._refresh})

    async def book_with_points(self) -> str | None:
        return await self._done(POINTS, self._wish())

    async def book_with_card(self) -> str | None:
        return await self._done(CARD, self._wish())

    async def repetitions(self) -> int:
        """How often a call to an upstream was made once more so far."""
        page = (await self._http.get("/metrics")).text
        lines = [it for it in page.splitlines() if it.startswith("bff_upstream_repetitions_total")]
        return int(sum(float(line.rsplit(" ", 1)[1]) for line in lines))

    def _wish(self) -> dict[str, str]:
        return {"idempotencyKey": secrets.token_hex(12), "slotId": next(self._slots)}

    async def _done(self, query: str, given: dict[str, str]) -> str | None:
        answer = await self.ask(query, input=given)
        if "errors" in answer:
            return _wrong(answer)
        name = str(answer["data"]["done"]["__typename"])
        return name if name == "UpstreamUnavailable" else None


def _wrong(answer: dict[str, Any]) -> str | None:
    codes = {str(it.get("extensions", {}).get("code")) for it in answer.get("errors", ())}
    return ", ".join(sorted(codes)) or None


def _free(answer: dict[str, Any]) -> list[str]:
    days = [edge["node"]["availability"] for edge in answer["data"]["experiences"]["edges"]]
    slots = [slot for day in days if day for slot in day["slots"]]
    return [
        slot["id"]
        for slot in slots
        if slot["kind"] == "INSTANT" and (slot["price"] or {}).get("points")
    ]


def _day(ahead: int) -> str:
    return (dt.datetime.now(dt.UTC) + dt.timedelta(days=ahead)).date().isoformat()


@dataclass(frozen=True, slots=True)
class Rig:
    control: Control
    guests: Guests
    names: "Names"


@dataclass(frozen=True, slots=True)
class Names:
    """The upstreams' host names, which the BFF's machine finds while the file is not there."""

    gone: Path

    def go(self) -> None:
        self.gone.touch()

    def return_(self) -> None:
        self.gone.unlink(missing_ok=True)

    def settings(self, environment: dict[str, str]) -> dict[str, str]:
        """The sandbox's addresses by name; but for the issuer, which tokens carry."""
        named = {
            key: value.replace("//127.0.0.1:", f"//upstream{drill_names.DOMAIN}:")
            for key, value in environment.items()
            if key != "COGNITO_ISSUER"
        }
        return {**environment, **named, drill_names.GONE: str(self.gone)}


@asynccontextmanager
async def open_rig() -> AsyncIterator[Rig]:
    """Both processes, started and warm; stopped whatever happens."""
    with contextlib.ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        stack.enter_context(_running("sandbox", {}, "--state-dir", str(folder)))
        hand_over = await _hand_over(folder / "sandbox.json")
        port = _free_port()
        names = Names(folder / "no-names")
        settings = names.settings(hand_over["environment"]) | _own_settings(folder, port)
        stack.enter_context(_running("scripts.drill_names", settings, "dev"))
        url = f"http://127.0.0.1:{port}"
        limits = httpx.Limits(max_connections=1000)
        async with (
            httpx.AsyncClient(base_url=url, timeout=30, trust_env=False, limits=limits) as http,
            httpx.AsyncClient(base_url=hand_over["control"], timeout=30, trust_env=False) as desk,
        ):
            await _until_ready(http)
            control = Control(desk)
            await control.seed(customer_number="00010001", balance=PLENTY)
            yield Rig(control, Guests(http, hand_over["member"]), names)


@contextlib.contextmanager
def _running(module: str, settings: dict[str, str], *options: str) -> Iterator[None]:
    environment = {**os.environ, **settings}
    command = [sys.executable, "-m", module, *options]
    quiet = subprocess.DEVNULL
    with subprocess.Popen(  # noqa: S603 - our own module
        command, cwd=ROOT, env=environment, stdout=quiet, stderr=quiet
    ) as process:
        try:
            yield
        finally:
            process.terminate()
            try:
                process.wait(STOP_SECONDS)
            except subprocess.TimeoutExpired:
                process.kill()


def _own_settings(folder: Path, port: int) -> dict[str, str]:
    names = ("DATA_KEYS", "SLOT_KEYS", "COGNITO_PASSWORD_KEY")
    limits = (
        *("BFF_MEMBER_REQUESTS_PER_MINUTE", "BFF_ADDRESS_REQUESTS_PER_MINUTE"),
        *("BFF_MEMBER_BOOKINGS_PER_MINUTE", "BFF_ADDRESS_SIGN_INS_PER_MINUTE"),
    )
    return {
        **{name: base64.b64encode(secrets.token_bytes(32)).decode() for name in names},
        # One member at one address stands for many.
        **dict.fromkeys(limits, "1000000"),
        "BFF_MAX_REQUESTS": "2000",
        "BFF_PORT": str(port),
        "BFF_SERVE_ON_SECONDS": "0",
        "BFF_BOOKING_BUDGET_SECONDS": "2",
        "LEDGER_PATH": str(folder / "ledger.db"),
    }


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return int(listener.getsockname()[1])


async def _hand_over(path: Path) -> dict[str, Any]:
    async with asyncio.timeout(START_SECONDS):
        while not path.exists():  # noqa: ASYNC110, ASYNC240 - written by another process
            await asyncio.sleep(0.05)
    return json.loads(path.read_text("utf-8"))  # type: ignore[no-any-return] # noqa: ASYNC240


async def _until_ready(http: httpx.AsyncClient) -> None:
    async with asyncio.timeout(START_SECONDS):
        while True:
            with contextlib.suppress(httpx.TransportError):
                if (await http.get("/readyz")).is_success:
                    return
            await asyncio.sleep(0.05)


def now() -> float:
    return time.monotonic()
