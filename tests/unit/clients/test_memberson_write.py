import datetime as dt
from typing import Any

import httpx
import pytest

from clients.errors import Malformed, OutcomeUnknown, Refused
from clients.memberson.models import Redemption
from tests.memberson_wire import CANCEL, REDEEM, SIGNIN, ZONE, Crm, linked, refuses, says, writes

REDEMPTION = Redemption(
    member_number="CT0000001A",
    point_type="C21 Points",
    location="HQ",
    amount=300,
    receipt_no="bk-1-1",
    redemption_code="BFF-9f2c1a",
    description="Dinner",
    at=dt.datetime(2018, 12, 7, 4, 2, 0, 999999, tzinfo=dt.UTC),
)


@pytest.mark.parametrize("key", ["ExpiryDate", "TokenExpiryDate"])
async def test_signing_in_gives_the_member_s_token_and_its_end(key: str) -> None:
    crm = Crm()
    crm.on(SIGNIN, says({"Token": "p-1", key: "2025-03-03T09:00:00", "NeedPasswordChange": 1}))
    async with linked(crm) as link:
        signed_in = await writes(link).sign_in("00012345", "hunter2")
    assert signed_in.profile_token == "p-1"
    assert signed_in.expires_at == dt.datetime(2025, 3, 3, 9, tzinfo=ZONE)
    assert signed_in.must_change_password
    assert crm.body(SIGNIN) == {"Password": "hunter2"}
    assert "p-1" not in repr(signed_in)


async def test_a_session_without_an_end_says_none() -> None:
    crm = Crm()
    crm.on(SIGNIN, says({"Token": "p-1", "ExpiryDate": None, "NeedPasswordChange": None}))
    async with linked(crm) as link:
        signed_in = await writes(link).sign_in("00012345", "hunter2")
    assert (signed_in.expires_at, signed_in.must_change_password) == (None, False)


@pytest.mark.parametrize(
    "answer", [None, [], {}, {"Token": None}, {"Token": 12}, {"Token": "a\r\nb: c"}, "p-1"]
)
async def test_a_session_without_a_usable_token_is_malformed(answer: object) -> None:
    crm = Crm()
    crm.on(SIGNIN, says(answer))
    async with linked(crm) as link:
        with pytest.raises(Malformed):
            await writes(link).sign_in("00012345", "hunter2")


async def test_a_redemption_is_sent_as_the_crm_wants_it() -> None:
    crm = Crm()
    crm.on(REDEEM, says({}))
    async with linked(crm) as link:
        await writes(link).redeem_point(REDEMPTION, "p-1")
    assert crm.body(REDEEM) == {
        "MemberNo": "CT0000001A",
        "PointType": "C21 Points",
        "TransactionDate": "2018-12-07T12:02:00+08:00",
        "Location": "HQ",
        "Amount": 300,
        "RedemptionCode": "BFF-9f2c1a",
        "Description": "Dinner",
        "ReceiptNo": "bk-1-1",
    }
    assert crm.sent(REDEEM)[0].headers["profiletoken"] == "p-1"


@pytest.mark.parametrize(
    ("content", "redemption_id"),
    [
        (b'{"TransactionId": "t-1", "Balance": 7}', "t-1"),
        (b'{"TransactionId": 4711}', "4711"),
        (b'{"TransactionId": null}', None),
        (b'"t-1"', "t-1"),
        (b'" "', None),
        (b"", None),
        (b"null", None),
        (b"[1]", None),
    ],
)
@pytest.mark.parametrize("status", [200, 201, 204])
async def test_any_2xx_means_that_the_points_are_taken(
    content: bytes, redemption_id: str | None, status: int
) -> None:
    crm = Crm()
    crm.on(REDEEM, httpx.Response(status, content=content))
    async with linked(crm) as link:
        assert await writes(link).redeem_point(REDEMPTION, "p-1") == redemption_id


async def test_a_2xx_in_plain_text_means_so_too() -> None:
    crm = Crm()
    crm.on(REDEEM, httpx.Response(200, text="OK"))
    async with linked(crm) as link:
        assert await writes(link).redeem_point(REDEMPTION, "p-1") is None


@pytest.mark.parametrize(
    "page",
    [
        httpx.Response(200, html="<html>please sign in to this network</html>"),
        httpx.Response(200, content=b"\xff\xfe"),
        httpx.Response(200, content=b"it wor", headers={"content-type": "application/json"}),
    ],
)
async def test_a_2xx_that_is_not_the_crms_means_nothing(page: httpx.Response) -> None:
    crm = Crm()
    crm.on(REDEEM, page)
    async with linked(crm) as link:
        with pytest.raises(OutcomeUnknown):
            await writes(link).redeem_point(REDEMPTION, "p-1")


@pytest.mark.parametrize(
    "answer",
    [
        httpx.Response(500),
        httpx.Response(504),
        refuses(9000, 400),
        httpx.ReadTimeout("lost"),
        httpx.RemoteProtocolError("dropped"),
    ],
)
@pytest.mark.parametrize("route", [REDEEM, CANCEL])
async def test_a_lost_answer_to_a_write_is_unknown_and_not_repeated(
    answer: Any, route: str
) -> None:
    crm = Crm()
    crm.on(route, answer)
    async with linked(crm) as link:
        write = writes(link)
        sent = (
            write.redeem_point(REDEMPTION, "p-1")
            if route == REDEEM
            else write.cancel_redeem_point(REDEMPTION, None)
        )
        with pytest.raises(OutcomeUnknown):
            await sent
    assert crm.calls[route] == 1


async def test_a_redemption_refused_for_its_token_is_repeated_with_a_new_one() -> None:
    crm = Crm()
    crm.on(REDEEM, refuses("2", 401), says({"TransactionId": "t-1"}))
    async with linked(crm) as link:
        assert await writes(link).redeem_point(REDEMPTION, "p-1") == "t-1"
    first, second = crm.sent(REDEEM)
    assert first.content == second.content
    assert (first.headers["token"], second.headers["token"]) == ("token-1", "token-2")


async def test_a_redemption_with_a_bad_member_token_is_refused() -> None:
    crm = Crm()
    crm.on(REDEEM, httpx.Response(400))
    async with linked(crm) as link:
        with pytest.raises(Refused):
            await writes(link).redeem_point(REDEMPTION, "p-1")


async def test_giving_back_names_the_receipt_and_no_amount() -> None:
    crm = Crm()
    crm.on(CANCEL, httpx.Response(200))
    async with linked(crm) as link:
        await writes(link).cancel_redeem_point(REDEMPTION, None)
        await writes(link).cancel_redeem_point(REDEMPTION, "p-1")
    body = crm.body(CANCEL)
    assert body["ReceiptNo"] == "bk-1-1"
    assert "Amount" not in body
    assert [request.headers.get("profiletoken") for request in crm.sent(CANCEL)] == [None, "p-1"]


@pytest.mark.parametrize("body", [b"<html>", b"null", b"[]", b'"done"', b'{"Status": "REV'])
async def test_points_are_not_taken_for_given_back_by_an_answer_that_says_nothing(
    body: bytes,
) -> None:
    crm = Crm()
    crm.on(CANCEL, httpx.Response(200, content=body))
    async with linked(crm) as link:
        with pytest.raises(OutcomeUnknown):
            await writes(link).cancel_redeem_point(REDEMPTION, None)
