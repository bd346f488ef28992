import asyncio
import datetime as dt
from dataclasses import replace

import pytest

from bff.members.attempts import ADDRESS_FAILURES, EMAIL_FAILURES, WINDOW
from bff.members.outcomes import (
    AttemptsExceeded,
    CredentialProblem,
    SignedIn,
    UnknownMember,
    UpstreamAway,
    WrongCredentials,
)
from bff.members.ports import WrongPassword
from bff.members.sign_in import normal_email
from clients.errors import (
    Malformed,
    NotSent,
    OutcomeUnknown,
    Refused,
    Unauthorised,
    UpstreamError,
)
from tests.sign_in_house import ADDRESS, EMAIL, NUMBER, PASSWORD, PROFILE, STANDING, House
from tests.token_forge import NOW

ONE_SIGN_IN = {
    "find": 1,
    "sign_in": 1,
    "profile": 1,
    "standing": 1,
    "find_or_create": 1,
    "issue": 1,
}


async def test_a_member_signs_in() -> None:
    house = House()
    outcome = await house.sign_in().sign_in(EMAIL, PASSWORD, ADDRESS)
    assert isinstance(outcome, SignedIn)
    assert outcome.tokens.access_token == f"access-{NUMBER}"
    assert outcome.expires_at == NOW + dt.timedelta(hours=1)
    session = outcome.session
    assert session.sub == f"sub-{NUMBER}"
    assert session.profile == PROFILE
    assert session.member_number == "CT0000001A"
    assert session.profile_token == "profile-token"
    assert session.expires_at == NOW + dt.timedelta(hours=24)
    assert house.sessions.kept == {session.sub: session}
    assert house.upstream_calls == ONE_SIGN_IN


async def test_a_wrong_password_costs_no_cognito_call() -> None:
    house = House()
    outcome = await house.sign_in().sign_in(EMAIL, "wrong", ADDRESS)
    assert outcome == WrongCredentials()
    assert house.upstream_calls == {"find": 1, "sign_in": 1}
    assert not house.sessions.kept


async def test_a_password_to_reset_says_so() -> None:
    house = House()
    house.crm.faults["sign_in"] = WrongPassword(must_reset=True)
    outcome = await house.sign_in().sign_in(EMAIL, PASSWORD, ADDRESS)
    assert outcome == WrongCredentials(problem=CredentialProblem.MUST_RESET)


async def test_an_unknown_email_costs_one_search() -> None:
    house = House()
    assert await house.sign_in().sign_in("no@example.test", "x", ADDRESS) == UnknownMember()
    assert house.upstream_calls == {"find": 1}


async def test_two_members_with_one_email_are_answered_like_none() -> None:
    house = House()
    house.crm.emails[EMAIL] = [NUMBER, "00099999"]
    assert await house.sign_in().sign_in(EMAIL, PASSWORD, ADDRESS) == UnknownMember()
    assert house.upstream_calls == {"find": 1}


async def test_one_member_named_twice_is_one() -> None:
    house = House()
    house.crm.emails[EMAIL] = [NUMBER, NUMBER]
    assert isinstance(await house.sign_in().sign_in(EMAIL, PASSWORD, ADDRESS), SignedIn)


@pytest.mark.parametrize("failing", ["standing", "no membership"])
async def test_without_a_known_membership_a_member_still_gets_in(failing: str) -> None:
    house = House()
    if failing == "standing":
        house.down("standing", NotSent("memberson", "summary"))
    else:
        house.crm.standing_of_all = replace(STANDING, membership=None)
    outcome = await house.sign_in().sign_in(EMAIL, PASSWORD, ADDRESS)
    assert isinstance(outcome, SignedIn)
    assert outcome.session.member_number is None


FAILURES = {
    "not sent": NotSent("an-upstream", "call"),
    "unknown": OutcomeUnknown("an-upstream", "call"),
    "malformed": Malformed("an-upstream", "call"),
    "our credentials": Unauthorised("an-upstream", "call", status=401),
}


@pytest.mark.parametrize("call", ["find", "sign_in", "profile", "find_or_create", "issue"])
@pytest.mark.parametrize("failure", FAILURES.values(), ids=FAILURES)
async def test_an_upstream_that_is_away_costs_the_member_no_attempt(
    call: str, failure: UpstreamError
) -> None:
    house = House()
    house.down(call, failure)
    outcome = await house.sign_in().sign_in(EMAIL, PASSWORD, ADDRESS)
    assert outcome == UpstreamAway(upstream="an-upstream")
    assert house.attempts.total() == 0
    assert not house.sessions.kept


async def test_a_refusal_that_we_do_not_know_costs_an_attempt() -> None:
    house = House()
    house.crm.faults["sign_in"] = Refused("memberson", "signin", status=400, code="1077")
    service = house.sign_in()
    for _ in range(EMAIL_FAILURES):
        outcome = await service.sign_in(EMAIL, "guess", ADDRESS)
        assert outcome == UpstreamAway(upstream="memberson")
    assert isinstance(await service.sign_in(EMAIL, "guess", ADDRESS), AttemptsExceeded)


@pytest.mark.parametrize(
    ("email", "password"), [(EMAIL, "wrong"), ("no@example.test", PASSWORD)], ids=["known", "not"]
)
async def test_five_failures_lock_an_email_whether_it_exists_or_not(
    email: str, password: str
) -> None:
    house = House()
    service = house.sign_in()
    for _ in range(EMAIL_FAILURES):
        assert not isinstance(await service.sign_in(email, password, ADDRESS), AttemptsExceeded)
    house.clock.pass_by(60)
    calls = house.upstream_calls
    locked = await service.sign_in(email, PASSWORD, ADDRESS)
    assert locked == AttemptsExceeded(retry_after_seconds=14 * 60)
    assert house.upstream_calls == calls


async def test_a_locked_email_opens_when_its_window_ends_however_often_it_was_tried() -> None:
    house = House()
    service = house.sign_in()
    for _ in range(20):
        await service.sign_in(EMAIL, "wrong", ADDRESS)
    house.clock.pass_by(WINDOW.total_seconds())
    assert isinstance(await service.sign_in(EMAIL, PASSWORD, ADDRESS), SignedIn)


async def test_trying_on_while_locked_locks_no_neighbour_out() -> None:
    service = House().sign_in()
    for _ in range(EMAIL_FAILURES + ADDRESS_FAILURES):
        await service.sign_in("no@example.test", "x", ADDRESS)
    assert isinstance(await service.sign_in(EMAIL, PASSWORD, ADDRESS), SignedIn)


async def test_a_hundred_guesses_at_once_pass_no_more_than_five() -> None:
    house = House()
    service = house.sign_in()
    outcomes = await asyncio.gather(
        *(service.sign_in(EMAIL, f"guess-{n}", f"198.51.100.{n}") for n in range(100))
    )
    assert house.crm.calls["sign_in"] == EMAIL_FAILURES
    assert sum(isinstance(one, AttemptsExceeded) for one in outcomes) == 100 - EMAIL_FAILURES


async def test_thirty_failures_lock_an_address_for_every_email() -> None:
    house = House()
    service = house.sign_in()
    for n in range(ADDRESS_FAILURES):
        await service.sign_in(f"no-{n}@example.test", "x", ADDRESS)
    assert isinstance(await service.sign_in(EMAIL, PASSWORD, ADDRESS), AttemptsExceeded)
    assert isinstance(await service.sign_in(EMAIL, PASSWORD, "198.51.100.7"), SignedIn)


async def test_a_success_clears_the_email_and_not_the_address() -> None:
    house = House()
    service = house.sign_in()
    for _ in range(EMAIL_FAILURES - 1):
        await service.sign_in(EMAIL, "wrong", ADDRESS)
    await service.sign_in(EMAIL, PASSWORD, ADDRESS)
    assert house.attempts.total() == EMAIL_FAILURES - 1
    for _ in range(EMAIL_FAILURES):
        assert await service.sign_in(EMAIL, "wrong", "198.51.100.7") == WrongCredentials()


async def test_successes_lock_nobody_out() -> None:
    service = House().sign_in()
    for _ in range(ADDRESS_FAILURES + 5):
        assert isinstance(await service.sign_in(EMAIL, PASSWORD, ADDRESS), SignedIn)


async def test_one_ipv6_network_is_one_address() -> None:
    service = House().sign_in()
    for n in range(ADDRESS_FAILURES):
        await service.sign_in(f"no-{n}@example.test", "x", f"2001:db8:0:1::{n:x}")
    locked = await service.sign_in(EMAIL, PASSWORD, "2001:db8:0:1:ffff::1")
    assert isinstance(locked, AttemptsExceeded)
    assert isinstance(await service.sign_in(EMAIL, PASSWORD, "2001:db8:0:2::1"), SignedIn)


@pytest.mark.parametrize("address", ["", "a-socket"])
async def test_an_address_that_is_none_limits_by_email_all_the_same(address: str) -> None:
    service = House().sign_in()
    for _ in range(EMAIL_FAILURES):
        await service.sign_in(EMAIL, "wrong", address)
    assert isinstance(await service.sign_in(EMAIL, PASSWORD, address), AttemptsExceeded)


async def test_without_an_address_strangers_share_no_counter() -> None:
    service = House().sign_in()
    for n in range(ADDRESS_FAILURES):
        await service.sign_in(f"no-{n}@example.test", "x", "")
    assert isinstance(await service.sign_in(EMAIL, PASSWORD, ""), SignedIn)


async def test_the_store_of_attempts_sees_neither_email_nor_address() -> None:
    house, other = House(), House()
    await house.sign_in().sign_in(EMAIL, "wrong", ADDRESS)
    await other.sign_in(key=b"x" * 32).sign_in(EMAIL, "wrong", ADDRESS)
    assert len(house.attempts.keys) == 2
    assert all(len(key) == 64 for key in house.attempts.keys)
    assert not house.attempts.keys & other.attempts.keys


@pytest.mark.parametrize(
    "typed", ["mei@example.test", "  Mei@Example.TEST \n", "MEI@EXAMPLE.TEST", "mei@example.test\t"]
)
async def test_case_and_blanks_of_an_email_do_not_matter(typed: str) -> None:
    house = House()
    assert isinstance(await house.sign_in().sign_in(typed, PASSWORD, ADDRESS), SignedIn)
    other = House()
    await other.sign_in().sign_in(typed, "wrong", ADDRESS)
    plain = House()
    await plain.sign_in().sign_in(EMAIL, "wrong", ADDRESS)
    assert other.attempts.keys == plain.attempts.keys


@pytest.mark.parametrize(
    "typed",
    [
        "",
        " ",
        "mei",
        "@",
        "mei@",
        "@example.test",
        "a@b@c",
        "a b@example.test",
        "a\0b@example.test",
        "mei@example.test\nbcc:x@y",
        "\ud800@example.test",
        "m" * 250 + "@x.test",
        "m" * 100_000 + "@x.test",
    ],
)
async def test_what_can_be_no_email_costs_no_call(typed: str) -> None:
    house = House()
    assert await house.sign_in().sign_in(typed, PASSWORD, ADDRESS) == UnknownMember()
    assert not house.upstream_calls


@pytest.mark.parametrize("typed", ["", "p" * 257])
async def test_what_can_be_no_password_costs_no_call(typed: str) -> None:
    house = House()
    assert await house.sign_in().sign_in(EMAIL, typed, ADDRESS) == WrongCredentials()
    assert not house.upstream_calls


def test_one_letter_written_in_two_ways_is_one_email() -> None:
    assert normal_email("jose\u0301@example.test") == normal_email("JOS\u00c9@example.test")


async def test_the_outcome_hides_tokens_from_logs() -> None:
    outcome = await House().sign_in().sign_in(EMAIL, PASSWORD, ADDRESS)
    assert "access-" not in repr(outcome)
    assert "profile-token" not in repr(outcome)
