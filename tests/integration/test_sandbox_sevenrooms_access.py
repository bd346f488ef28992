"""Tokens, envelopes and odd input at the SevenRooms stand-in."""

import re

import httpx
import pytest

from tests.sevenrooms_desk import ASK, BASE, CONCIERGE, GROUP, SEED, Desk, venue

SINGAPORE = venue("lantern-and-reed")
CREDENTIALS = {"client_id": SEED.client_id, "client_secret": SEED.client_secret}
VENUES = f"{CONCIERGE}/venues"


@pytest.fixture
async def desk() -> Desk:
    desk = Desk()
    await desk.sign_in()
    return desk


async def test_a_token_is_128_hex_characters_and_lives_a_day(desk: Desk) -> None:
    data = (await desk.http.post("/auth", data=CREDENTIALS)).json()["data"]
    assert re.fullmatch("[0-9a-f]{128}", data["token"])
    assert data["token_expiration_datetime"] == "2027-06-17T11:00:00.000000"
    desk.clock.advance(24 * 3600 - 1)
    assert (await desk.get(VENUES)).status_code == 200
    desk.clock.advance(1)
    assert (await desk.get(VENUES)).status_code == 401


async def test_only_the_bare_token_is_taken(desk: Desk) -> None:
    token = desk.token
    for header in (f"Bearer {token}", "", token.upper(), token[:-1]):
        desk.token = header
        assert (await desk.get(VENUES)).status_code == 401, header
    desk.token = token
    assert (await desk.get(VENUES)).status_code == 200


async def test_the_token_is_looked_at_before_everything_else(desk: Desk) -> None:
    desk.token = "unknown"
    for method, path in (
        ("GET", f"{CONCIERGE}/venues/unknown"),
        ("GET", "/concierge/unknown/venues"),
        ("PUT", f"{CONCIERGE}/venues/{SINGAPORE.id}/book"),
        ("GET", "/requests"),
    ):
        answer = await desk.send(method, path)
        assert (answer.status_code, answer.json()["msg"]) == (401, "Token is not valid"), path


async def test_an_unknown_route_is_404_even_without_a_token(desk: Desk) -> None:
    desk.token = ""
    for path in ("/venues", "/concierge", f"{VENUES}/", "/experiences", "/pictures/x.png"):
        answer = await desk.get(path)
        assert (answer.status_code, answer.json()["status"]) == (404, 404), path


async def test_auth_takes_forms_with_the_right_credentials_only(desk: Desk) -> None:
    as_json = await desk.http.post("/auth", json=CREDENTIALS)
    wrong = await desk.http.post("/auth", data={**CREDENTIALS, "client_secret": "x"})
    missing = await desk.http.post("/auth", data={"client_id": "x"})
    assert [each.status_code for each in (as_json, wrong, missing)] == [400, 401, 400]
    assert wrong.json()["msg"] == "Invalid client credentials"


@pytest.mark.parametrize("path", ["/holds", "/book", "/request", "/requests/delete"])
async def test_json_bodies_are_refused_on_writes(desk: Desk, path: str) -> None:
    method = "POST" if path.endswith("delete") else "PUT"
    answer = await desk.http.request(
        method,
        f"{VENUES}/{SINGAPORE.id}{path}",
        json={"date": "2027-06-18"},
        headers={"authorization": desk.token},
    )
    assert answer.status_code == 400
    assert "application/x-www-form-urlencoded" in answer.json()["msg"]


async def test_revoking_ends_every_token(desk: Desk) -> None:
    assert (await desk.control.post("/revoke")).status_code == 200
    assert (await desk.get(VENUES)).status_code == 401
    await desk.sign_in()
    assert (await desk.get(VENUES)).status_code == 200


async def test_switches_change_lifetime_and_overlap_of_tokens(desk: Desk) -> None:
    body = {"token_lifetime_seconds": 30, "single_token": True}
    assert (await desk.control.post("/switches", json=body)).status_code == 200
    first = desk.token
    await desk.sign_in()
    second, desk.token = desk.token, first
    assert (await desk.get(VENUES)).status_code == 401
    desk.token = second
    desk.clock.advance(29)
    assert (await desk.get(VENUES)).status_code == 200
    desk.clock.advance(1)
    assert (await desk.get(VENUES)).status_code == 401


async def test_every_answer_has_a_trace_id(desk: Desk) -> None:
    trace = r"1813143600\.[0-9a-f]{8}-[0-9a-f-]{27}"
    for path in (VENUES, f"{VENUES}/unknown", "/unknown"):
        assert re.fullmatch(trace, (await desk.get(path)).json()["request_id"]), path


async def test_venues_are_paged_by_an_integer_cursor(desk: Desk) -> None:
    seen: list[str] = []
    cursor: int | None = 0
    while cursor is not None:
        body = (await desk.get(VENUES, {"limit": "5", "cursor": str(cursor)})).json()
        seen += [each["id"] for each in body["data"]]
        cursor = body["cursor"]
        assert body["limit"] == 5
    assert seen == [each.id for each in SEED.venues]


async def test_deep_paging_ends_at_4000_rows_and_limits_are_capped(desk: Desk) -> None:
    path = f"{GROUP}/reservations"
    deep = await desk.get(path, {"cursor": "4000"})
    assert (deep.status_code, deep.json()["msg"]) == (400, "Result set limited to 4000 results")
    assert (await desk.get(path, {"limit": "9999"})).json()["data"]["limit"] == 400
    assert (await desk.get(path)).json()["data"]["limit"] == 50


@pytest.mark.parametrize(
    "query",
    [
        {"date": "2027-6-1"},
        {"date": "20270618"},
        {"date": "2027-02-30"},
        {"date": "9999-12-31"},
        {"start_time": "25:00"},
        {"start_time": "13:00 PM"},
        {"end_time": ""},
        {"party_size": "0"},
        {"party_size": "-2"},
        {"party_size": "٢"},
        {"party_size": "two"},
        {"party_size": "9" * 40},
        {"supports_slot_options": "maybe"},
        {"duration": "1e3"},
    ],
)
async def test_a_field_that_does_not_parse_is_400(desk: Desk, query: dict[str, str]) -> None:
    asked = {**ASK, "date": "2027-06-18", "party_size": "2", **query}
    answer = await desk.get(f"{VENUES}/{SINGAPORE.id}/availability/dining", asked)
    name = next(iter(query))
    assert answer.status_code == 400
    assert answer.json()["msg"] in {f"{name} is not valid", f"{name} is required"}


@pytest.mark.parametrize(
    "body",
    [b"%ff%fe=%00&date=%f0", b"&&&==;", b"date=" + b"x" * 100_000, b"a=1&" * 2000, b"\xff\x00{"],
)
async def test_no_body_is_odd_enough_to_crash_it(desk: Desk, body: bytes) -> None:
    headers = {
        "authorization": desk.token,
        "content-type": "application/x-www-form-urlencoded; charset=utf-8",
        "host": 'a"b',
    }
    for method, path in (("PUT", "book"), ("PUT", "holds"), ("PUT", "request")):
        answer = await desk.http.request(
            method, f"{VENUES}/{SINGAPORE.id}/{path}", content=body, headers=headers
        )
        assert answer.status_code == 400


async def test_pictures_need_no_token_and_every_photo_address_opens(desk: Desk) -> None:
    body = (await desk.get(VENUES)).text
    for each in SEED.venues:
        body += (await desk.get(f"/experiences/{each.id}")).text
    addresses = set(re.findall(rf'"({BASE}/pictures/[^"]+)"', body))
    assert len(addresses) > 100
    async with httpx.AsyncClient(transport=desk.http._transport) as phone:
        for address in addresses:
            answer = await phone.get(address)
            assert answer.headers["content-type"].startswith("image/svg+xml"), address
            assert answer.text.startswith("<svg "), address


async def test_a_picture_comes_in_the_width_asked_for_and_is_always_the_same(desk: Desk) -> None:
    path = f"/pictures/{SEED.pictures[0].name}.svg"
    small, again = [(await desk.http.get(path, params={"width": "120"})).text for _ in range(2)]
    assert 'width="120" height="80"' in small
    assert small == again
    odd = await desk.http.get(path, params={"width": "-1"})
    assert 'width="1200" height="800"' in odd.text
    assert (await desk.http.get("/pictures/none.svg")).status_code == 404
