"""One running service as a stranger, one member and another use it; all is the first member's."""

import contextlib
import datetime as dt
import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx

from resolvers.ids import global_id
from sandbox.seed.members import MEMBERS
from tests.running_bff import new_key
from tests.sandbox_process import Sandbox
from tests.security.object_rules import asking
from tests.served_bff import served_bff

OWNER, OTHER = MEMBERS[0], MEMBERS[1]
_SLOTS = """query ($day: Date!) { experiences(first: 40) { edges { node { id venue { id }
    availability(date: $day, partySize: 2) { slots { id kind price { points } } } } } } }"""


class Told(AssertionError):
    """Somebody was told what is the owner's."""


@dataclass(kw_only=True)
class House:
    http: httpx.Client
    tokens: dict[str, str | None]
    refresh_token: str
    ids: dict[str, str]
    elsewhere: str
    reservation: str
    booking_input: dict[str, str]
    secrets: tuple[str, ...]

    def ask(self, who: str, document: str, **variables: Any) -> dict[str, Any]:
        """The answer, or the first of a stream. Errors: `Told`."""
        token = self.tokens[who]
        headers = {"authorization": f"Bearer {token}"} if token else {}
        if document.startswith("subscription"):
            headers["accept"] = "text/event-stream"
        body = {"query": document, "variables": variables}
        with self.http.stream("POST", "/graphql", json=body, headers=headers) as response:
            lines = response.iter_lines()
            text = next(it.removeprefix("data:") for it in lines if it.startswith(("data:", "{")))
        told = [secret for secret in self.secrets if secret in text]
        if told and who != "owner":
            raise Told(f"{who} was told {told}: {text}")
        return json.loads(text)  # type: ignore[no-any-return]

    def code(self, who: str, document: str, **variables: Any) -> str | None:
        """The code of the answer's error; None where it has none."""
        errors = self.ask(who, document, **variables).get("errors", [{}])
        return errors[0].get("extensions", {}).get("code")  # type: ignore[no-any-return]


@contextlib.contextmanager
def open_house(sandbox: Sandbox, folder: Path) -> Iterator[House]:
    """The owner has booked here, and through another copy, whose ledger this one never sees."""
    with _house(sandbox, folder / "elsewhere") as other:
        _book(other)
    with _house(sandbox, folder / "here") as house:
        (foreign,) = _bookings(house)
        house.elsewhere = foreign
        booking = _book(house)
        house.ids["Booking"] = booking["id"]
        house.reservation = _as_reservation(sandbox, booking["confirmationCode"])
        house.secrets = (OWNER.email, OWNER.memberships[0].number, booking["confirmationCode"])
        yield house


@contextlib.contextmanager
def _house(sandbox: Sandbox, folder: Path) -> Iterator[House]:
    folder.mkdir()
    with (
        served_bff(sandbox, folder, BFF_MODE="production") as bff,
        httpx.Client(base_url=bff.url, timeout=30, trust_env=False) as http,
    ):
        house = House(
            http=http,
            tokens={"stranger": None, "owner": None, "other": None},
            refresh_token="",
            ids={},
            elsewhere="",
            reservation="",
            booking_input={},
            secrets=(),
        )
        for who, member in (("owner", OWNER), ("other", OTHER)):
            credentials = {"email": member.email, "password": member.password}
            session = house.ask("stranger", asking("Mutation.signIn"), input=credentials)
            session = session["data"]["signIn"]
            house.tokens[who] = session["accessToken"]
            if who == "owner":
                house.ids["Member"] = session["member"]["id"]
                house.refresh_token = session["refreshToken"]
        yield house


def _book(house: House) -> dict[str, Any]:
    day = (dt.datetime.now(dt.UTC) + dt.timedelta(days=4)).date()  # noqa: TID251 - the sandbox's time
    answer = house.ask("owner", _SLOTS, day=day.isoformat())
    for edge in answer["data"]["experiences"]["edges"]:
        node = edge["node"]
        for slot in (node["availability"] or {"slots": []})["slots"]:
            if (
                slot["kind"] == "INSTANT"
                and 0 < ((slot["price"] or {}).get("points") or 0) < 90_000
            ):
                house.ids |= {"Experience": node["id"], "Venue": node["venue"]["id"]}
                house.booking_input = {"idempotencyKey": new_key(), "slotId": slot["id"]}
                document = asking("Mutation.bookWithPoints")
                booked = house.ask("owner", document, input=house.booking_input)
                return booked["data"]["bookWithPoints"]["booking"]  # type: ignore[no-any-return]
    raise LookupError("no slot takes points")


def _bookings(house: House) -> list[str]:
    answer = house.ask("owner", asking("Query.me"))
    return [edge["node"]["id"] for edge in answer["data"]["me"]["bookings"]["edges"]]


def _as_reservation(sandbox: Sandbox, code: str) -> str:
    """The id that the booking would have, had another system made it."""
    rows = sandbox.books("sevenrooms")["reservations"]
    (found,) = [row for row in rows if row["reference_code"] == code]
    return str(global_id("Booking", f"sr~{found['id']}"))
