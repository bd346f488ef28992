"""signIn, refreshSession: a session, or the one reason why not."""

from typing import Any

import pytest

from bff.members.outcomes import (
    AttemptsExceeded,
    CredentialProblem,
    SignInOutcome,
    UnknownMember,
    UpstreamAway,
    WrongCredentials,
)
from tests.unit.resolvers.front import Front

RESULT = """__typename ... on UserError { message retryable }
  ... on InvalidCredentials { problem } ... on TooManyAttempts { retryAfterSeconds }
  ... on UpstreamUnavailable { upstream }
  ... on Session { accessToken idToken refreshToken expiresAt
    member { firstName points { balance } bookings { edges { node { id } } } } }"""
SIGN_IN = f"mutation ($in: SignInInput!) {{ signIn(input: $in) {{ {RESULT} }} }}"
REFRESH = f"mutation ($in: RefreshSessionInput!) {{ refreshSession(input: $in) {{ {RESULT} }} }}"
WHO = {"email": "ada@example.org", "password": "pass\x00word"}


async def sign_in(front: Front) -> Any:
    return (await front.data(SIGN_IN, **{"in": WHO}))["signIn"]


async def test_signing_in_answers_tokens_and_the_member_without_another_request() -> None:
    front = Front()
    session = await sign_in(front)
    assert session["accessToken"] == "an-access-token"
    assert session["refreshToken"] is None
    assert session["expiresAt"] == "2026-11-22T13:00:00+00:00"
    assert session["member"]["firstName"] == "Ada"
    assert session["member"]["points"] == {"balance": 1200}
    assert len(session["member"]["bookings"]["edges"]) == 10


async def test_the_password_goes_on_as_it_was_typed_and_with_the_callers_address() -> None:
    front = Front()
    await sign_in(front)
    assert front.sign_in.asked == [("ada@example.org", "pass\x00word", "192.0.2.7")]


async def test_refreshing_hands_on_the_token_and_the_address() -> None:
    front = Front()
    data = await front.data(REFRESH, **{"in": {"refreshToken": "rt"}})
    assert data["refreshSession"]["__typename"] == "Session"
    assert front.sign_in.asked == [("rt", "192.0.2.7")]


@pytest.mark.parametrize(
    ("outcome", "expected"),
    [
        *(
            (
                WrongCredentials(problem=problem),
                {"__typename": "InvalidCredentials", "retryable": False, "problem": problem.name},
            )
            for problem in CredentialProblem
        ),
        (UnknownMember(), {"__typename": "MemberNotFound", "retryable": False}),
        (
            AttemptsExceeded(retry_after_seconds=90),
            {"__typename": "TooManyAttempts", "retryable": True, "retryAfterSeconds": 90},
        ),
        (
            UpstreamAway(upstream="memberson"),
            {"__typename": "UpstreamUnavailable", "retryable": True, "upstream": "memberson"},
        ),
    ],
)
async def test_each_refusal_is_its_own_member(
    outcome: SignInOutcome, expected: dict[str, Any]
) -> None:
    front = Front()
    front.sign_in.answer = outcome
    answer = await sign_in(front)
    assert answer.pop("message")
    assert answer == expected
