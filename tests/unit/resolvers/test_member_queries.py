"""me: who is signed in, and what remains of them while an upstream is away."""

import pytest

from bff.auth.bearer import TokenProblem
from clients.errors import NotSent
from resolvers.ids import global_id
from tests.unit.resolvers.front import Front
from tests.unit.resolvers.samples import ADA

ME = """{ me { id firstName lastName email phoneNumber
  membership { number tier status expiresAt } points { balance currency asOf }
  bookings { isPartial edges { node { id experience { name } venue { name } } } } } }"""


async def test_me_with_bookings_costs_one_call_for_each_kind_of_thing() -> None:
    front = Front()
    data = await front.data(ME, ADA)
    assert data["me"]["firstName"] == "Ada"
    assert data["me"]["membership"] == {
        "number": "M1",
        "tier": "Gold",
        "status": "ACTIVE",
        "expiresAt": None,
    }
    assert data["me"]["points"] == {
        "balance": 1200,
        "currency": "C21 Points",
        "asOf": "2026-11-22T12:00:00+00:00",
    }
    assert len(data["me"]["bookings"]["edges"]) == 10
    assert front.crm.calls == {"standing": 1}
    assert front.history.calls == {"of_member": 1}
    assert front.catalogue.calls == {"view": 1}
    assert front.members.calls == {"of": 1}


async def test_names_alone_cost_no_upstream_call() -> None:
    front = Front()
    await front.data("{ me { id firstName lastName email } }", ADA)
    assert not front.crm.calls
    assert not front.history.calls
    assert not front.catalogue.calls


async def test_names_answer_while_the_crm_is_away() -> None:
    front = Front()
    front.crm.away = NotSent("memberson", "summary")
    result = await front.ask("{ me { firstName membership { number } points { balance } } }", ADA)
    assert result.data == {"me": {"firstName": "Ada", "membership": None, "points": None}}
    assert result.errors is not None
    assert sorted(error.path or [] for error in result.errors) == [
        ["me", "membership"],
        ["me", "points"],
    ]
    assert {(error.extensions or {})["code"] for error in result.errors} == {"UPSTREAM_UNAVAILABLE"}
    assert front.crm.calls["standing"] == 1


async def test_a_balance_that_cannot_be_told_is_null_without_an_error() -> None:
    front = Front()
    front.crm.balance = None
    assert await front.data("{ me { points { balance } } }", ADA) == {"me": {"points": None}}


@pytest.mark.parametrize(
    ("problem", "reason"),
    [
        (None, "no_token"),
        (TokenProblem.EXPIRED, "expired"),
        (TokenProblem.INVALID, "invalid"),
    ],
)
async def test_me_without_a_valid_token_is_unauthenticated(
    problem: TokenProblem | None, reason: str
) -> None:
    result = await Front().ask("{ me { id } }", problem=problem)
    assert result.data == {"me": None}
    assert result.errors is not None
    extensions = result.errors[0].extensions or {}
    assert (extensions["code"], extensions["reason"]) == ("UNAUTHENTICATED", reason)
    assert extensions["retryable"] is False


async def test_a_token_that_cannot_be_checked_asks_to_try_again() -> None:
    result = await Front().ask("{ me { id } }", problem=TokenProblem.KEYS_UNREACHABLE)
    assert result.errors is not None
    extensions = result.errors[0].extensions or {}
    assert (extensions["code"], extensions["retryable"]) == ("UPSTREAM_UNAVAILABLE", True)


async def test_a_token_without_a_session_of_ours_is_unauthenticated() -> None:
    front = Front()
    front.members.known = {}
    assert await front.code("{ me { id } }", ADA) == "UNAUTHENTICATED"


async def test_a_member_is_found_again_by_their_own_id_only() -> None:
    front = Front()
    data = await front.data("{ me { id } }", ADA)
    node = "query ($id: ID!) { node(id: $id) { id ... on Member { firstName } } }"
    mine = data["me"]["id"]
    assert await front.data(node, ADA, id=mine) == {"node": {"id": mine, "firstName": "Ada"}}
    assert await front.data(node, ADA, id=global_id("Member", "sub-bob")) == {"node": None}
    assert await front.code(node, id=mine) == "UNAUTHENTICATED"
