"""Reservation requests at the SevenRooms stand-in: asked by a guest, answered by the venue."""

import pytest

from tests.sevenrooms_desk import CONCIERGE, MEI, Desk, venue

DAY = "2027-06-18"
TOKYO, TUSCANY, PERTH = (
    venue(slug) for slug in ("kumo-counter", "podere-vigna-lunga", "saltbush-exchange")
)
REQUEST = {**MEI, "date": DAY, "time": "7:30 PM", "party_size": "2", "external_user_id": "bk-9"}


@pytest.fixture
async def desk() -> Desk:
    desk = Desk()
    await desk.sign_in()
    return desk


async def request(desk: Desk, **form: str) -> str:
    sent = {**REQUEST, **form}
    answer = await desk.send("PUT", f"{CONCIERGE}/venues/{TUSCANY.id}/request", sent)
    assert answer.status_code == 200, answer.text
    return str(answer.json()["data"]["request_id"])


async def test_a_request_waits_until_the_venue_answers(desk: Desk) -> None:
    first, second = await request(desk), await request(desk)
    path = f"{CONCIERGE}/venues/{TUSCANY.id}/request"
    row = (await desk.get(f"{path}/{first}")).json()["data"]
    assert (row["status"], row["reservation_id"]) == ("UNAPPROVED", None)
    assert row["time_range"] == ["2027-06-18T17:30:00+00:00", "2027-06-18T18:30:00+00:00"]
    assert row["expiration"] == "6/18/27 7:26 PM"
    made = (await desk.control.post(f"/requests/{first}/approve")).json()["reservation_id"]
    assert (await desk.control.post(f"/requests/{second}/decline")).status_code == 200
    rows = [(await desk.get(f"{path}/{each}")).json()["data"] for each in (first, second)]
    assert [row["status"] for row in rows] == ["APPROVED", "DECLINED"]
    assert [row["reservation_id"] for row in rows] == [made, None]
    reservation = (await desk.get(f"{CONCIERGE}/reservations/{made}")).json()["data"]
    assert reservation["request_id"] == first
    again = await desk.control.post(f"/requests/{first}/decline")
    assert again.status_code == 409


async def test_an_unanswered_request_expires(desk: Desk) -> None:
    name = await request(desk)
    desk.clock.advance(3 * 24 * 3600)
    await desk.sign_in()
    row = (await desk.get(f"{CONCIERGE}/venues/{TUSCANY.id}/request/{name}")).json()["data"]
    assert (row["status"], row["is_expired"]) == ("EXPIRED", True)
    assert (await desk.control.post(f"/requests/{name}/approve")).status_code == 409


async def test_a_withdrawn_request_cannot_be_approved(desk: Desk) -> None:
    first, second = await request(desk), await request(desk)
    await desk.control.post(f"/requests/{second}/approve")
    gone = await desk.send(
        "POST",
        f"{CONCIERGE}/venues/{TUSCANY.id}/requests/delete",
        {"request_ids": f"{first}, {second},{first},unknown"},
    )
    assert gone.json()["data"] == {"count": 1, "deleted_ids": [first]}
    assert (await desk.control.post(f"/requests/{first}/approve")).status_code == 409
    row = (await desk.get(f"{CONCIERGE}/venues/{TUSCANY.id}/request/{first}")).json()["data"]
    assert row["deleted"] is not None


async def test_requests_are_refused_where_they_are_off_and_in_the_past(desk: Desk) -> None:
    off = await desk.send("PUT", f"{CONCIERGE}/venues/{PERTH.id}/request", REQUEST)
    assert off.status_code == 403
    past = {**REQUEST, "date": "2027-06-15"}
    answer = await desk.send("PUT", f"{CONCIERGE}/venues/{TUSCANY.id}/request", past)
    assert answer.status_code == 400


async def test_the_request_search_finds_our_reference_until_it_is_switched_off(desk: Desk) -> None:
    first, other = await request(desk), await request(desk, external_user_id="bk-10")
    query = {"venue_id": TUSCANY.id, "from_date": DAY, "to_date": DAY, "limit": "400"}
    rows = (await desk.get("/requests", query)).json()["data"]["results"]
    assert {row["external_user_id"]: row["id"] for row in rows} == {"bk-9": first, "bk-10": other}
    assert (await desk.get("/requests", {**query, "venue_id": TOKYO.id})).json()["data"][
        "results"
    ] == []
    await desk.control.post("/switches", json={"request_search": False})
    assert (await desk.get("/requests", query)).status_code == 404
