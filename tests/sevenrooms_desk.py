"""The SevenRooms stand-in in the test's own process, with a clock that stands still."""

import datetime as dt
from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

import httpx
from starlette.applications import Starlette
from starlette.routing import Mount

from sandbox import seed
from sandbox.seed.model import Venue
from sandbox.sevenrooms import app, controls
from sandbox.sevenrooms.state import SevenRoomsState

BASE = "http://sandbox.test"
SEED = seed.load()
CONCIERGE = f"/concierge/{SEED.concierge_id}"
GROUP = f"/concierge_group/{SEED.concierge_group_id}"
# A Wednesday noon in London; summer time everywhere north of the equator.
START = dt.datetime(2027, 6, 16, 11, 0, tzinfo=dt.UTC)
ASK = {
    "start_time": "00:00",
    "end_time": "23:59",
    "supports_paid_reservations": "true",
    "supports_slot_options": "true",
}
MEI = {"first_name": "Mei", "last_name": "Tan", "phone": "+6580000001"}
Answer = httpx.Response


class StillClock:
    """Moves only when told."""

    def __init__(self, moment: dt.datetime = START) -> None:
        self.moment = moment

    def now(self) -> dt.datetime:
        return self.moment

    def advance(self, seconds: float) -> None:
        self.moment += dt.timedelta(seconds=seconds)


class Desk:
    """One stand-in, a token for it, and short words for its calls."""

    def __init__(self, moment: dt.datetime = START) -> None:
        self.clock = StillClock(moment)
        self.state = SevenRoomsState(self.clock, SEED)
        wire = httpx.ASGITransport(app.build(self.state, self.clock))
        self.http = httpx.AsyncClient(transport=wire, base_url=BASE)
        control = Starlette(routes=[Mount("/", routes=controls.routes(self.state))])
        self.control = httpx.AsyncClient(transport=httpx.ASGITransport(control), base_url=BASE)
        self.token = ""

    async def sign_in(self) -> None:
        form = {"client_id": SEED.client_id, "client_secret": SEED.client_secret}
        answer = await self.http.post("/auth", data=form)
        self.token = answer.json()["data"]["token"]

    async def get(self, path: str, query: Mapping[str, str] | None = None) -> Answer:
        return await self.http.get(path, params=dict(query or {}), headers=self._headers())

    async def send(self, method: str, path: str, form: Mapping[str, str] | None = None) -> Answer:
        data = dict(form) if form else None
        return await self.http.request(method, path, data=data, headers=self._headers())

    async def slots(
        self, venue: Venue, day: str, party_size: int = 2, **query: str
    ) -> list[dict[str, Any]]:
        """All free slots of a venue's day, in the order they were told."""
        asked = {**ASK, "date": day, "party_size": str(party_size), **query}
        answer = await self.get(f"{CONCIERGE}/venues/{venue.id}/availability/dining", asked)
        assert answer.status_code == 200, answer.text
        shifts = answer.json()["data"]["availability"]
        return [slot for shift in shifts for slot in shift["timeslots"]]

    async def hold(
        self, venue: Venue, day: str, slot: Mapping[str, Any], party_size: int = 2, **form: str
    ) -> Answer:
        sent = {**place(day, slot, party_size), "shift_persistent_id": slot["shift_persistent_id"]}
        return await self.send("PUT", f"{CONCIERGE}/venues/{venue.id}/holds", {**sent, **form})

    async def book(
        self, venue: Venue, day: str, slot: Mapping[str, Any], party_size: int = 2, **form: Any
    ) -> Answer:
        sent = {**place(day, slot, party_size), **MEI, **form}
        return await self.send("PUT", f"{CONCIERGE}/venues/{venue.id}/book", sent)

    def _headers(self) -> dict[str, str]:
        return {"authorization": self.token}


def place(day: str, slot: Mapping[str, Any], party_size: int) -> dict[str, str]:
    return {
        "date": day,
        "time": slot["time"],
        "party_size": str(party_size),
        "access_persistent_id": slot["access_persistent_id"] or "",
    }


def guest(number: int) -> dict[str, Any]:
    """Somebody else for every number."""
    return {"first_name": "Guest", "last_name": f"No {number}", "phone": f"+65810{number:05d}"}


def venue(slug: str) -> Venue:
    return next(each for each in SEED.venues if each.slug == slug)


def of(slots: list[dict[str, Any]], slug: str) -> list[dict[str, Any]]:
    """The slots of one experience."""
    wanted = next(each.id for each in SEED.experiences if each.slug == slug)
    return [slot for slot in slots if slot["experience_id"] == wanted]


def escaped(identifier: str) -> str:
    return quote(identifier, safe="")
