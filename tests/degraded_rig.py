"""What the app can ask while upstreams are away, and what it is answered, in a few words."""

import datetime as dt
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

from tests.integration.test_journeys import CANCEL, CARD, CONFIRM, POINTS, pay, slots
from tests.running_bff import App, new_key

EXPERIENCES = "{ experiences(first: 5) { edges { node { id name venue { name } } } } }"
TIMES = """query($id: ID!, $day: Date!, $party: Int!) { experience(id: $id) {
    availability(date: $day, partySize: $party) {
      isStale slots { id price { amount points } } } } }"""
CALENDAR = """query($id: ID!, $day: Date!) { experience(id: $id) {
    calendar(from: $day, days: 7, partySize: 7) { isStale } } }"""
NAME = "{ me { firstName email } }"
MEMBERSHIP = "{ me { membership { status } } }"
BALANCE = "{ me { points { balance } } }"
BOOKINGS = "{ me { bookings { isPartial edges { node { id } } } } }"
BOOKING = "query($id: ID!) { booking(id: $id) { status } }"
REFRESH = """mutation($input: RefreshSessionInput!) { refreshSession(input: $input) {
    __typename ... on UpstreamUnavailable { upstream } } }"""
SIGN_IN = """mutation($input: SignInInput!) { signIn(input: $input) {
    __typename ... on UpstreamUnavailable { upstream } } }"""

# A booking reaches us as this in each of its unions.
_UPSTREAM = " ... on UpstreamUnavailable { upstream }"


@dataclass(frozen=True)
class Guest:
    """A member who has looked around and booked while all was well."""

    app: App
    refresh_token: str
    slots: list[dict[str, Any]]
    experience_id: str
    day: str
    booked: str
    paid: str


async def a_guest(app: App) -> Guest:
    session = await app.sign_in()
    found = await slots(app)
    booked = await app.data(POINTS, input=wish(found.pop()))
    card = (await app.data(CARD, input=wish(found.pop())))["bookWithCard"]
    experiences = await app.data(EXPERIENCES)
    day = dt.datetime.now(dt.UTC) + dt.timedelta(days=4)  # noqa: TID251 - the sandbox's own time
    guest = Guest(
        app=app,
        refresh_token=session["refreshToken"],
        slots=found,
        experience_id=experiences["experiences"]["edges"][0]["node"]["id"],
        day=day.date().isoformat(),
        booked=booked["bookWithPoints"]["booking"]["id"],
        paid=card["booking"]["id"],
    )
    await app.ask(TIMES, id=guest.experience_id, day=guest.day, party=2)
    await app.data(BALANCE)
    # No webhook tells of it: only a confirmation by the app will.
    await app.sandbox.post_aside("/stripe/webhook", {"url": "http://127.0.0.1:9", "secret": "x"})
    await pay(app, card["paymentSheet"]["paymentIntentClientSecret"])
    return guest


def wish(slot: dict[str, Any]) -> dict[str, str]:
    return {"idempotencyKey": new_key(), "slotId": slot["id"]}


Ask = Callable[[Guest], Awaitable[str]]


def query(text: str, *path: str, **variables: Callable[[Guest], object]) -> Ask:
    async def ask(guest: Guest) -> str:
        given = {name: value(guest) for name, value in variables.items()}
        return read(await guest.app.ask(text, **given), *path)

    return ask


def mutation(text: str, made: Callable[[Guest], dict[str, str]]) -> Ask:
    async def ask(guest: Guest) -> str:
        answer = await guest.app.ask(text, input=made(guest))
        (outcome,) = answer["data"].values()
        return told(outcome)

    return ask


def read(answer: dict[str, Any], *path: str) -> str:
    """The field at `path`: answered, how far it is the last known one, or null and why."""
    value = answer["data"]
    for name in path:
        value = None if value is None else value[name]
    errors = [error["extensions"] for error in answer.get("errors", ())]
    if value is None:
        why = ", ".join(sorted({f"`{each['code']}` ({each.get('upstream')})" for each in errors}))
        return f"null, {why}"
    if isinstance(value, dict) and value.get("isStale"):
        return "answered, `isStale`"
    if isinstance(value, dict) and value.get("isPartial"):
        return "answered, `isPartial`"
    assert not errors, answer
    return "answered"


def told(outcome: dict[str, Any]) -> str:
    name = f"`{outcome['__typename']}`"
    if "upstream" in outcome:
        return f"{name} ({outcome['upstream']})"
    return f"{name}, {outcome['booking']['status']}" if "booking" in outcome else name


def unavailable(text: str) -> str:
    """The mutation, asking also for the upstream that is away."""
    return text.replace("{ __typename", "{ __typename" + _UPSTREAM, 1)


def credentials(guest: Guest) -> dict[str, str]:
    return dict(guest.app.sandbox.member)


def _id(guest: Guest) -> str:
    return guest.experience_id


def _day(guest: Guest) -> str:
    return guest.day


ROWS: dict[str, Ask] = {
    "`experiences`, `experience`": query(EXPERIENCES, "experiences"),
    "`availability`, shown before": query(
        TIMES, "experience", "availability", id=_id, day=_day, party=lambda _: 2
    ),
    "`availability`, never shown": query(
        TIMES, "experience", "availability", id=_id, day=_day, party=lambda _: 5
    ),
    "`calendar`, never shown": query(CALENDAR, "experience", "calendar", id=_id, day=_day),
    "`me`: name, email": query(NAME, "me"),
    "`me.membership`": query(MEMBERSHIP, "me", "membership"),
    "`me.points`": query(BALANCE, "me", "points"),
    "`me.bookings`": query(BOOKINGS, "me", "bookings"),
    "`booking`": query(BOOKING, "booking", id=lambda guest: guest.booked),
    "`signIn`": mutation(SIGN_IN, credentials),
    "`refreshSession`": mutation(REFRESH, lambda guest: {"refreshToken": guest.refresh_token}),
    "`bookWithPoints`": mutation(unavailable(POINTS), lambda guest: wish(guest.slots[0])),
    "`bookWithCard`": mutation(unavailable(CARD), lambda guest: wish(guest.slots[1])),
    "`confirmCardBooking`, paid": mutation(
        unavailable(CONFIRM), lambda guest: {"bookingId": guest.paid}
    ),
    "`cancelBooking`": mutation(unavailable(CANCEL), lambda guest: {"bookingId": guest.booked}),
}
