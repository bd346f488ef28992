"""The invariants of bookings and money, read from the upstreams' own books.

Statuses are what guests are told over GraphQL; everything else is the upstreams' word.
"""

import datetime as dt
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from tests.chaos.guests import PLENTY, Told
from tests.sandbox_process import Sandbox

KEPT = frozenset({"CONFIRMED", "REQUESTED"})
GIVEN_UP = frozenset({"FAILED", "CANCELLED"})
_CAPTURE = "/v1/payment_intents/*/capture"


@dataclass
class Books:
    """The books of all upstreams at one instant, by booking."""

    reservations: dict[str, list[dict[str, Any]]]
    requests: dict[str, list[dict[str, Any]]]
    redemptions: dict[str, list[dict[str, Any]]]
    points: Counter[str]
    intents: dict[str, list[dict[str, Any]]]
    captures: dict[str, list[str]]
    live_holds: list[dict[str, Any]]
    holds: dict[str, dict[str, Any]]
    oversold: list[str]
    balances: dict[str, float]


def read_books(sandbox: Sandbox) -> Books:
    rooms, crm, cards = (sandbox.books(name) for name in ("sevenrooms", "memberson", "stripe"))
    asked_for = {row["id"]: row["external_user_id"] for row in rooms["requests"]}
    reservations, redemptions = defaultdict(list), defaultdict(list)
    for row in rooms["reservations"]:
        owner = row["external_id"] or asked_for.get(row["request_id"]) or "nobody"
        if row["status_code"] != "CANCELED":
            reservations[owner].append(row)
    points: Counter[str] = Counter()
    for entry in crm["ledger"]:
        owner = entry["receipt_no"].rpartition("-")[0]
        points[owner] -= entry["amount"]
        if entry["type"] == "REDEEM":
            redemptions[owner].append(entry)
    return Books(
        reservations=reservations,
        requests=_by(
            [row for row in rooms["requests"] if row["status"] == "UNAPPROVED"], "external_user_id"
        ),
        redemptions=redemptions,
        points=points,
        intents=_intents(cards),
        captures=_captures(sandbox),
        live_holds=[hold for hold in rooms["holds"] if hold["status"] == "LIVE"],
        holds={hold["id"]: hold for hold in rooms["holds"]},
        oversold=_oversold(rooms),
        balances={number: sum(accounts.values()) for number, accounts in crm["balances"].items()},
    )


def _by(rows: Iterable[dict[str, Any]], name: str) -> dict[str, list[dict[str, Any]]]:
    sorted_out = defaultdict(list)
    for row in rows:
        sorted_out[row[name] or "nobody"].append(row)
    return sorted_out


def _intents(cards: Mapping[str, Any]) -> dict[str, list[dict[str, Any]]]:
    found = defaultdict(list)
    for intent in cards["payment_intents"]:
        found[intent["metadata"].get("booking_id", "nobody")].append(intent)
    return found


def _captures(sandbox: Sandbox) -> dict[str, list[str]]:
    """When each payment was asked to be captured: by the calls, as Stripe's books know seconds."""
    found = defaultdict(list)
    for call in sandbox.calls("stripe", "POST", _CAPTURE):
        found[call["path"].split("/")[3]].append(call["at"])
    return found


def _oversold(rooms: Mapping[str, Any]) -> list[str]:
    """Seatings with more guests than covers; what a venue approved itself does not count."""
    approved: Counter[tuple[str, str, str]] = Counter()
    for row in rooms["reservations"]:
        if row["request_id"] and row["status_code"] != "CANCELED":
            approved[row["venue_id"], row["date"], row["time"]] += row["party_size"]
    return [
        f"{one['venue_id']} {one['date']} {one['time']}: {one['reserved']} of {one['covers']}"
        for one in rooms["seatings"]
        if one["reserved"] - approved[one["venue_id"], one["date"], one["time"]] > one["covers"]
    ]


@dataclass
class Audit:
    """`violations` name the invariant's number and the booking; `stuck` are not final."""

    violations: list[str] = field(default_factory=list)
    stuck: list[str] = field(default_factory=list)
    in_doubt: list[str] = field(default_factory=list)
    statuses: Counter[str] = field(default_factory=Counter)
    suspects: set[str] = field(default_factory=set)

    @property
    def problems(self) -> list[str]:
        return [*self.violations, *self.stuck, *(f"{one} in doubt" for one in self.in_doubt)]

    def broken(self, number: int, booking: str, what: str) -> None:
        self.violations.append(f"invariant {number}: {booking}: {what}")
        self.suspects.add(booking)

    def booking(self, told: Told, books: Books) -> None:
        if told.is_foreign:
            # `whole` finds out whose it is.
            return
        self.statuses[told.status] += 1
        if told.in_doubt:
            self.in_doubt.append(told.id)
            self._charged_once_at_most(told, books)
        elif told.status in KEPT:
            self._kept(told, books)
        elif told.status in GIVEN_UP:
            self._given_up(told, books)
        else:
            self.stuck.append(f"{told.id} {told.status}: {told.reason}")

    def _kept(self, told: Told, books: Books) -> None:
        made, asked = books.reservations[told.id], books.requests[told.id]
        if len(made) + len(asked) != 1 or (told.status == "CONFIRMED" and asked):
            self.broken(1, told.id, f"{told.status}, {len(made)} reservations, {len(asked)} asked")
        if told.points is not None:
            self._points_taken(told, books)
        else:
            self._card_charged(told, books)
        if made:
            self._money_after_place(told, books, made[0])

    def _points_taken(self, told: Told, books: Books) -> None:
        taken = books.redemptions[told.id]
        if books.points[told.id] != told.points or books.intents[told.id]:
            self.broken(1, told.id, f"{books.points[told.id]} of {told.points} points")
        if len({entry["receipt_no"] for entry in taken}) != len(taken):
            self.broken(1, told.id, "one receipt twice")

    def _card_charged(self, told: Told, books: Books) -> None:
        intents = books.intents[told.id]
        paid = [intent for intent in intents if intent["status"] != "canceled"]
        if len(paid) != 1 or books.points[told.id]:
            self.broken(1, told.id, f"{len(paid)} card payments")
            return
        reserved = told.status == "REQUESTED"
        got = paid[0]["amount_capturable"] if reserved else paid[0]["net"]
        if got != told.amount:
            self.broken(1, told.id, f"{told.status}: {got} of {told.amount}, {paid[0]['status']}")

    def _money_after_place(self, told: Told, books: Books, made: Mapping[str, Any]) -> None:
        hold = books.holds.get(made["hold_id"] or "")
        for entry in books.redemptions[told.id]:
            if hold and _at(entry["at"]) < _at(hold["created"]):
                self.broken(5, told.id, "points taken before the place was held")
        for intent in books.intents[told.id]:
            if intent["capture_method"] != "manual":
                self.broken(5, told.id, "charged as soon as it was paid")
            for captured in books.captures.get(intent["id"], ()):
                if _at(captured) < _at(made["created"]):
                    self.broken(5, told.id, "captured before the place was booked")

    def _given_up(self, told: Told, books: Books) -> None:
        places = len(books.reservations[told.id]) + len(books.requests[told.id])
        if places:
            self.broken(2, told.id, f"{told.status} with {places} places")
        if books.points[told.id]:
            taken = len(books.redemptions[told.id])
            said = f"{books.points[told.id]} points not back of {taken} redemptions"
            self.broken(2, told.id, f"{told.status}, {said}")
        for intent in books.intents[told.id]:
            if intent["net"] or intent["amount_capturable"]:
                self.broken(2, told.id, f"{told.status}, a card {intent['status']}")
            elif intent["status"] not in {"canceled", "succeeded"}:
                self.broken(2, told.id, f"{told.status}, a card can still pay")

    def _charged_once_at_most(self, told: Told, books: Books) -> None:
        if told.points is not None and books.points[told.id] not in {0, told.points}:
            self.broken(1, told.id, f"in doubt with {books.points[told.id]} points taken")
        if len(books.reservations[told.id]) > 1:
            self.broken(1, told.id, "in doubt with more than one reservation")

    def whole(self, known: Iterable[str], books: Books) -> None:
        """What no single booking shows: nothing on the books is nobody's, nothing sold twice."""
        ours = set(known)
        for what, rows in (
            ("reservation", books.reservations),
            ("request", books.requests),
            ("redemption", books.redemptions),
            ("card payment", books.intents),
        ):
            for owner in {owner for owner, found in rows.items() if found} - ours:
                self.broken(2, owner, f"a {what} of no known booking")
        for seating in books.oversold:
            self.broken(4, seating, "sold more than once")
        for hold in books.live_holds:
            self.broken(2, hold["id"], "a place still held")

    def balance(self, customer_number: str, kept: float, books: Books) -> None:
        """A member has what they started with, less what their kept bookings cost."""
        (found,) = (
            amount for member, amount in books.balances.items() if customer_number[-7:] in member
        )
        if found != PLENTY - kept:
            self.broken(2, customer_number, f"{PLENTY - found} points gone, {kept} spent")


def _at(text: str) -> dt.datetime:
    return dt.datetime.fromisoformat(text)
