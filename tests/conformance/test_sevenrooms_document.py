"""Every answer of the SevenRooms stand-in is one that the vendor's document allows, in full."""

import json
from collections.abc import Mapping
from typing import Any

import httpx
import pytest

from tests.conformance.vendor_document import Misfit, VendorDocument, load_or_skip
from tests.sevenrooms_desk import ASK, CONCIERGE, GROUP, MEI, SEED, Desk, of, place, venue

DAY = "2027-06-18"
SINGAPORE, TUSCANY, PERTH = (
    venue(slug) for slug in ("lantern-and-reed", "podere-vigna-lunga", "saltbush-exchange")
)
ON_REQUEST = {**MEI, "date": DAY, "time": "7:30 PM", "party_size": "2", "external_user_id": "bk-1"}
BOOKING = {"external_id": "bk-1", "email": "mei.tan@example.test", "notes": "By the window"}


@pytest.fixture
def document() -> VendorDocument:
    return load_or_skip()


class Judged:
    """A desk whose every request and answer is compared with the document."""

    def __init__(self, desk: Desk, document: VendorDocument) -> None:
        self.desk = desk
        self.document = document

    async def get(self, path: str, query: Mapping[str, str] | None = None) -> Any:
        self.document.check_request("GET", path, query)
        return self._judged("GET", path, await self.desk.get(path, query))

    async def send(self, method: str, path: str, form: Mapping[str, str] | None = None) -> Any:
        self.document.check_request(method, path, form=form)
        return self._judged(method, path, await self.desk.send(method, path, form))

    def _judged(self, method: str, path: str, answer: httpx.Response) -> Any:
        body = answer.json() if answer.content else None
        known = answer.status_code in {200, 204}
        if known:
            self.document.check_response(method, path, answer.status_code, body)
        return body


@pytest.fixture
async def judged(document: VendorDocument) -> Judged:
    desk = Desk()
    await desk.sign_in()
    return Judged(desk, document)


async def test_a_token_is_issued_as_documented(document: VendorDocument) -> None:
    form = {"client_id": SEED.client_id, "client_secret": SEED.client_secret}
    document.check_request("POST", "/auth", form=form)
    answer = await Desk().http.post("/auth", data=form)
    document.check_response("POST", "/auth", 200, answer.json())


async def test_venues_and_experiences_are_as_documented(judged: Judged) -> None:
    listed = await judged.get(f"{CONCIERGE}/venues", {"limit": "400", "venue_class": "DINING"})
    assert len(listed["data"]) == 12
    for each in SEED.venues:
        await judged.get(f"{CONCIERGE}/venues/{each.id}")
        offers = await judged.get(f"/experiences/{each.id}")
        assert len(offers["data"]["experience"]) == 5
    for offer in SEED.experiences:
        await judged.get(f"/experiences/{offer.venue_id}/details/{offer.id}")


@pytest.mark.parametrize("options", ["true", "false"])
async def test_availability_is_as_documented(judged: Judged, options: str) -> None:
    asked = {**ASK, "date": DAY, "party_size": "2", "supports_slot_options": options}
    for each in SEED.venues:
        one = f"{CONCIERGE}/venues/{each.id}/availability"
        await judged.get(f"{one}/dining", {**asked, "include_reservation_redirect_uri": "true"})
        await judged.get(f"{one}/range", {**asked, "days_out": "3"})
    many = {**asked, "venue_ids": ",".join(each.id for each in SEED.venues)}
    found = await judged.get(f"{CONCIERGE}/availability/dining/venues", many)
    assert {shift["venue"]["id"] for shift in found["data"]["availability"]} == set(
        judged.desk.state.venues
    )


async def test_nothing_free_is_204_and_an_object_without_slots(judged: Judged) -> None:
    asked = {**ASK, "date": "2027-06-10", "party_size": "2"}
    many = f"{CONCIERGE}/availability/dining/venues"
    assert await judged.get(many, {**asked, "venue_ids": SINGAPORE.id}) is None
    one = await judged.get(f"{CONCIERGE}/venues/{SINGAPORE.id}/availability/dining", asked)
    assert [each["timeslots"] for each in one["data"]["availability"]] == [[]]


async def test_hold_and_release_are_as_documented(judged: Judged) -> None:
    slot = of(await judged.desk.slots(SINGAPORE, DAY), "lantern-chefs-table")[0]
    shift = {"shift_persistent_id": slot["shift_persistent_id"]}
    path = f"{CONCIERGE}/venues/{SINGAPORE.id}/holds"
    form = {**place(DAY, slot, 2), **shift, "hold_wait_time_sec": "600"}
    held = (await judged.send("PUT", path, form))["data"]
    assert held["hold_duration_sec"] == 600
    released = await judged.send(
        "POST", f"{path}/{held['reservation_hold_id']}/release", {"date": DAY, **shift}
    )
    assert set(released) == {"status", "message"}


async def test_reservations_are_as_documented(judged: Judged) -> None:
    slot = of(await judged.desk.slots(SINGAPORE, DAY), "lantern-chefs-table")[0]
    paid = {"payment_subtotal": "36000", "payment_tax": "3564", "payment_service_charge": "3600"}
    booked = await judged.send(
        "PUT",
        f"{CONCIERGE}/venues/{SINGAPORE.id}/book",
        {**place(DAY, slot, 2), **MEI, **BOOKING, **paid},
    )
    name = booked["data"]["reservation_id"]
    found = await judged.get(f"{GROUP}/reservations", {"from_date": DAY, "to_date": DAY})
    assert [row["id"] for row in found["data"]["results"]] == [name]
    await judged.get(f"{GROUP}/reservations/bk-1")
    one = await judged.get(f"{CONCIERGE}/reservations/{name}")
    assert one["data"]["prepayment_total"] == 431.64
    gone = {"send_client_email": "false"}
    await judged.send("DELETE", f"{CONCIERGE}/reservations/{name}", gone)
    await judged.get(f"{CONCIERGE}/reservations/{name}")


async def test_requests_are_as_documented(judged: Judged) -> None:
    path = f"{CONCIERGE}/venues/{TUSCANY.id}/request"
    first, second = [
        (await judged.send("PUT", path, ON_REQUEST))["data"]["request_id"] for _ in range(2)
    ]
    await judged.get(f"{path}/{first}")
    await judged.desk.control.post(f"/requests/{first}/approve")
    approved = await judged.get(f"{path}/{first}")
    await judged.get(f"{CONCIERGE}/reservations/{approved['data']['reservation_id']}")
    gone = await judged.send("POST", f"{path}s/delete", {"request_ids": second})
    assert gone["data"]["deleted_ids"] == [second]
    await judged.get(f"{path}/{second}")


async def test_the_documented_refusals_have_their_status(judged: Judged) -> None:
    document = judged.document
    request = f"{CONCIERGE}/venues/{PERTH.id}/request"
    refused = await judged.desk.send("PUT", request, ON_REQUEST)
    assert refused.status_code == 403
    document.check_response("PUT", request, 403, None)
    reservation = f"{CONCIERGE}/reservations/unknown"
    for method in ("GET", "DELETE"):
        answer = await judged.desk.send(method, reservation)
        assert (answer.status_code, answer.json()["msg"]) == (400, "Invalid reservation ID")
        document.check_response(method, reservation, 400, None)


def test_a_missing_property_is_seen(document: VendorDocument) -> None:
    body = {"status": 200, "data": {"count": 1}, "request_id": None}
    path = f"{CONCIERGE}/venues/v/requests/delete"
    with pytest.raises(Misfit, match="'deleted_ids' is a required property"):
        document.check_response("POST", path, 200, body)
    with pytest.raises(Misfit, match="'1' is not of type"):
        document.check_response("POST", path, 200, json.loads('{"status": "1"}'))
    document.check_response("POST", path, 200, {**body, "data": None})


@pytest.mark.parametrize(
    ("query", "reason"),
    [
        ({"limit": "ten"}, "query parameter limit does not parse"),
        ({"guest": "Mei"}, "unknown query parameter guest"),
    ],
)
def test_a_query_that_does_not_fit_is_seen(
    document: VendorDocument, query: dict[str, str], reason: str
) -> None:
    with pytest.raises(Misfit, match=reason):
        document.check_request("GET", f"{GROUP}/reservations", query)


def test_a_form_that_does_not_fit_is_seen(document: VendorDocument) -> None:
    path = f"{CONCIERGE}/venues/v/holds"
    with pytest.raises(Misfit) as seen:
        document.check_request("PUT", path, form={"date": "8.3.25", "party_size": "0", "who": "x"})
    for reason in ("unknown form field who", "missing form field time", "date does", "size does"):
        assert reason in str(seen.value)
    with pytest.raises(Misfit, match="not in the document"):
        document.check_request("GET", "/requests", {"venue_id": "v"})
