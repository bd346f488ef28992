import datetime as dt

import pytest

from bff.members.attempts import REFRESH_FAILURES
from bff.members.current import CurrentMember
from bff.members.outcomes import (
    AttemptsExceeded,
    CredentialProblem,
    SignedIn,
    UpstreamAway,
    WrongCredentials,
)
from clients.errors import NotSent
from tests.sign_in_house import (
    ADDRESS,
    EMAIL,
    NUMBER,
    PASSWORD,
    PROFILE,
    House,
    issued,
    principal,
)
from tests.token_forge import NOW

OVER = WrongCredentials(problem=CredentialProblem.SESSION_OVER)


async def signed_in_house() -> House:
    house = House()
    await house.sign_in().sign_in(EMAIL, PASSWORD, ADDRESS)
    house.crm.calls.clear()
    house.directory.calls.clear()
    return house


async def test_a_refresh_needs_the_pool_alone() -> None:
    house = await signed_in_house()
    house.clock.pass_by(600)
    outcome = await house.sign_in().refresh("good", ADDRESS)
    assert isinstance(outcome, SignedIn)
    assert outcome.session.profile_token == "profile-token"
    assert outcome.tokens.refresh_token is None
    assert outcome.expires_at == NOW + dt.timedelta(seconds=600 + 3600)
    assert house.upstream_calls == {"refresh": 1}


async def test_an_ended_refresh_token_means_signing_in_again() -> None:
    assert await House().sign_in().refresh("over", ADDRESS) == OVER


@pytest.mark.parametrize("token", ["", " ", "a b", "a\n", "tök", "x" * 8193, "\ud800"])
async def test_what_can_be_no_refresh_token_costs_no_call(token: str) -> None:
    house = House()
    assert await house.sign_in().refresh(token, ADDRESS) == OVER
    assert not house.upstream_calls


async def test_a_refresh_for_a_stranger_to_us_means_signing_in_again() -> None:
    house = House()

    async def stranger(_: str):  # type: ignore[no-untyped-def]  # noqa: ANN202
        return principal(NUMBER, username="somebody")

    house.verify = stranger  # type: ignore[method-assign]
    assert await house.sign_in().refresh("good", ADDRESS) == OVER


@pytest.mark.parametrize("trouble", ["pool", "keys", "token", "crm"])
async def test_trouble_on_our_side_is_not_the_members(trouble: str) -> None:
    house = House()
    if trouble == "pool":
        house.down("refresh", NotSent("cognito", "refresh"))
    elif trouble == "crm":
        house.down("profile", NotSent("memberson", "profile"))
    elif trouble == "keys":
        house.keys_away = True
    else:

        async def unreadable(_: str):  # type: ignore[no-untyped-def]  # noqa: ANN202
            return issued("garbage")

        house.directory.refresh = unreadable  # type: ignore[method-assign]
    outcome = await house.sign_in().refresh("good", ADDRESS)
    assert outcome == UpstreamAway(upstream="memberson" if trouble == "crm" else "cognito")
    assert house.attempts.total() == 0


async def test_guessing_refresh_tokens_ends_and_locks_no_sign_in() -> None:
    house = House()
    service = house.sign_in()
    for _ in range(REFRESH_FAILURES):
        assert await service.refresh("guess", ADDRESS) == OVER
    assert isinstance(await service.refresh("good", ADDRESS), AttemptsExceeded)
    assert house.directory.calls["refresh"] == REFRESH_FAILURES
    assert isinstance(await service.sign_in(EMAIL, PASSWORD, ADDRESS), SignedIn)


async def test_refreshing_often_locks_nobody_out() -> None:
    house = await signed_in_house()
    service = house.sign_in()
    for _ in range(REFRESH_FAILURES + 5):
        assert isinstance(await service.refresh("good", ADDRESS), SignedIn)


def members(house: House) -> CurrentMember:
    return CurrentMember(house.sessions, house.crm, house.directory, house.clock)


async def test_a_kept_session_costs_no_upstream_call() -> None:
    house = await signed_in_house()
    session = await members(house).of(principal(NUMBER))
    assert session
    assert session.profile_token == "profile-token"
    assert not house.upstream_calls


async def test_a_session_that_was_not_kept_is_made_anew_but_cannot_pay() -> None:
    house = House()
    session = await members(house).of(principal(NUMBER))
    assert session
    assert (session.sub, session.profile) == (f"sub-{NUMBER}", PROFILE)
    assert session.member_number == "CT0000001A"
    assert (session.profile_token, session.expires_at) == ("", NOW)
    assert not house.sessions.kept
    assert house.upstream_calls == {"profile": 1, "standing": 1}


async def test_a_user_whom_we_have_not_made_is_nobody() -> None:
    house = House()
    assert await members(house).of(principal(NUMBER, username="mei@example.test")) is None
    assert not house.upstream_calls


async def test_while_the_crm_is_away_a_lost_session_is_an_upstream_error() -> None:
    house = House()
    house.down("profile", NotSent("memberson", "profile"))
    with pytest.raises(NotSent):
        await members(house).of(principal(NUMBER))


async def test_a_members_session_is_never_anothers() -> None:
    house = await signed_in_house()
    other = await members(house).of(principal("00099999"))
    assert other
    assert other.profile.customer_number == "00099999"
    assert other.profile_token == ""
