"""The CRM's stand-in, by the public record: sessions, members, and how it says no."""

from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from tests.memberson_caller import CUSTOMER, MEMBER_NO, MembersonCaller, signed_in, svc_auth
from tests.sandbox_process import Sandbox

HOUR = 3600


@pytest.fixture
def crm(sandbox: Sandbox) -> Iterator[MembersonCaller]:
    with signed_in(sandbox) as caller:
        yield caller


def refusal(answer: httpx.Response) -> tuple[int, int]:
    body = answer.json()
    assert set(body) == {"ErrorCode", "Message"}
    return answer.status_code, int(body["ErrorCode"])


def test_the_service_token_is_a_bare_text_in_quotes(crm: MembersonCaller) -> None:
    token = crm.authenticate()
    answer = crm.post("user/authenticate", {"username": crm.user, "PASSWORD": crm.password})
    assert answer.text == f'"{answer.json()}"'
    assert len(token) == 36


def test_authenticate_takes_a_form_too(crm: MembersonCaller) -> None:
    answer = crm.http.post(
        f"{crm.url}/api/user/authenticate",
        data={"UserName": crm.user, "Password": crm.password},
        headers=crm.headers,
    )
    assert answer.status_code == 200


@pytest.mark.parametrize("between", [",", ", "])
def test_svc_auth_may_have_a_blank_after_its_comma(crm: MembersonCaller, between: str) -> None:
    header = svc_auth(crm.user, crm.password, between)
    assert crm.get("type/conversion-rate", SvcAuth=header).status_code == 200


@pytest.mark.parametrize("header", ["", "x", "a,b", "===,===", svc_auth("bff", "guess")])
def test_every_call_wants_svc_auth(crm: MembersonCaller, header: str) -> None:
    for path in ("type/conversion-rate", f"profile/{CUSTOMER}"):
        assert refusal(crm.get(path, SvcAuth=header)) == (401, 2)
    body = {"UserName": crm.user, "Password": crm.password}
    assert refusal(crm.post("user/authenticate", body, SvcAuth=header)) == (401, 2)


def test_a_wrong_service_password_gets_no_token(crm: MembersonCaller) -> None:
    answer = crm.post("user/authenticate", {"UserName": crm.user, "Password": "guess"})
    assert refusal(answer) == (401, 2)


def test_the_service_token_ends_after_six_hours(sandbox: Sandbox, crm: MembersonCaller) -> None:
    sandbox.advance(6 * HOUR - 60)
    assert crm.get("type/conversion-rate").status_code == 200
    sandbox.advance(61)
    assert refusal(crm.get("type/conversion-rate")) == (401, 2)
    sandbox.switch("memberson", token_seconds=60)
    crm.authenticate()
    sandbox.advance(61)
    assert refusal(crm.get("type/conversion-rate")) == (401, 2)


def test_a_new_token_revokes_the_old_one_only_by_switch(
    sandbox: Sandbox, crm: MembersonCaller
) -> None:
    old = crm.authenticate()
    crm.authenticate()
    assert crm.get("type/conversion-rate", Token=old).status_code == 200
    sandbox.switch("memberson", new_token_revokes_old=True)
    crm.authenticate()
    assert refusal(crm.get("type/conversion-rate", Token=old)) == (401, 2)


def test_the_error_code_is_now_a_number_now_a_text(sandbox: Sandbox, crm: MembersonCaller) -> None:
    def codes() -> list[Any]:
        return [crm.get("type/conversion-rate", Token="").json()["ErrorCode"] for _ in range(4)]

    assert sorted(codes(), key=repr) == ["2", "2", 2, 2]
    sandbox.switch("memberson", error_code_style="int")
    assert codes() == [2, 2, 2, 2]
    sandbox.switch("memberson", error_code_style="string")
    assert codes() == ["2", "2", "2", "2"]


def test_search_finds_by_email_and_by_phone_and_answers_a_bare_list(crm: MembersonCaller) -> None:
    def found(**body: str) -> list[str]:
        hits = crm.post("profile/search-simple", body).json()
        return [hit["CustomerNumber"] for hit in hits]

    assert found(EmailAddress="MEI.tan@example.test") == [CUSTOMER]
    assert found(emailaddress="mei.tan@example.test") == [CUSTOMER]
    assert found(MobileNumber="80000001", MobileNumberCountryCode="65") == [CUSTOMER]
    assert found(MobileNumber="80000001") == [CUSTOMER]
    assert found(MobileNumber="80000001", MobileNumberCountryCode="44") == []
    assert found(EmailAddress="nobody@example.test") == []
    assert found(NRIC="S0000000A") == []


def test_one_email_can_belong_to_two_members(crm: MembersonCaller) -> None:
    body = {"EmailAddress": "ferri.family@example.test"}
    hits = crm.post("profile/search-simple", body).json()
    assert [hit["FirstName"] for hit in hits] == ["Luca", "Giulia"]


def test_signing_in_gives_a_member_session_for_a_day(
    sandbox: Sandbox, crm: MembersonCaller
) -> None:
    answers = [crm.sign_in().json() for _ in range(2)]
    assert {*answers[0], *answers[1]} == {
        *("Token", "CustomerNumber", "ExpiryDate", "TokenExpiryDate", "NeedPasswordChange")
    }
    assert answers[0]["CustomerNumber"] == CUSTOMER
    sandbox.switch("memberson", token_seconds=48 * HOUR)
    crm.authenticate()
    sandbox.advance(24 * HOUR + 1)
    assert refusal(crm.get(f"profile/{CUSTOMER}")) == (401, 9)


def test_a_wrong_password_and_one_to_be_reset_have_codes_of_their_own(
    crm: MembersonCaller,
) -> None:
    assert refusal(crm.sign_in(password="guess")) == (400, 1001)
    assert refusal(crm.sign_in("00010013", "bronte-likes-points-13")) == (400, 1002)
    assert refusal(crm.sign_in("00010013", "guess")) == (400, 1001)
    assert refusal(crm.sign_in("99999999", "guess")) == (404, 3005)


def test_a_profile_has_every_documented_field_and_no_password(crm: MembersonCaller) -> None:
    profile = crm.get(f"profile/{CUSTOMER}").json()
    assert profile["Phones"] == [
        {"Type": "MOBILE", "Number": "80000001", "CountryCode": "65", "IsVerified": True}
    ]
    assert (profile["DOB"], profile["Password"]) == ("1990-01-31T00:00:00", None)
    assert {"Title", "NickName", "JoinDate", "Addresses", "CustomProperties"} < set(profile)


def test_profile_reads_want_a_member_session_by_switch_only(
    sandbox: Sandbox, crm: MembersonCaller
) -> None:
    del crm.headers["ProfileToken"]
    paths = [f"profile/{CUSTOMER}{tail}" for tail in ("", "/summary", "/memberships")]
    assert [crm.get(path).status_code for path in paths] == [200, 200, 200]
    assert refusal(crm.get(paths[0], ProfileToken="stale")) == (401, 9)
    sandbox.switch("memberson", profile_reads_need_profile_token=True)
    assert [refusal(crm.get(path)) for path in paths] == [(401, 9)] * 3
    crm.sign_in()
    assert crm.get(paths[0]).status_code == 200


def test_a_members_session_does_not_open_anothers_profile(crm: MembersonCaller) -> None:
    assert refusal(crm.get("profile/00010002")) == (401, 9)


def test_the_summary_holds_the_balance_by_point_type(crm: MembersonCaller) -> None:
    [membership] = crm.get(f"profile/{CUSTOMER}/summary").json()["MembershipSummaries"]
    assert membership["AccountSummaries"] == [{"PointType": "C21 Points", "Balance": 250000.0}]
    assert (membership["MemberNo"], membership["Status"]) == (MEMBER_NO, "ACTIVE")
    [bare] = crm.get(f"profile/{CUSTOMER}/memberships").json()
    assert bare["MemberNo"] == MEMBER_NO


def test_the_seed_has_the_oddities_of_the_record(crm: MembersonCaller) -> None:
    del crm.headers["ProfileToken"]
    memberships = [
        one
        for number in range(10001, 10021)
        for one in crm.get(f"profile/{number:08d}/summary").json()["MembershipSummaries"]
    ]
    dates = {one["ExpiryDate"] for one in memberships}
    balances = [one["AccountSummaries"][0]["Balance"] for one in memberships]
    assert {one["Status"] for one in memberships} >= {"ACTIVE", "EXPIRED", "TERMINATED"}
    assert {(date or "")[19:] for date in dates} == {"", "+08:00"}
    assert None in dates
    assert any(balance % 1 for balance in balances)


def test_conversion_rates_are_a_bare_list(crm: MembersonCaller) -> None:
    rates = crm.get("type/conversion-rate").json()
    assert {"ToCurrency": "SGD", "FromRate": 50.0, "ToRate": 1.0} in rates


def test_an_unknown_path_is_no_error_of_the_crm(crm: MembersonCaller) -> None:
    answer = crm.get("transaction/undo")
    assert (answer.status_code, set(answer.json())) == (404, {"Message"})


@pytest.mark.parametrize("body", [b"", b"nonsense", b"[]", b"null", b"\xff", b"[" * 9000])
def test_a_body_that_is_no_object_is_refused(crm: MembersonCaller, body: bytes) -> None:
    for path in ("profile/search-simple", f"profile/{CUSTOMER}/signin"):
        answer = crm.http.post(f"{crm.url}/api/{path}", content=body, headers=crm.headers)
        assert refusal(answer) == (400, 9000)
