"""Who may see and do what, through every way that leads into the schema.

The ways are read from the schema: a type, a Node or a root field without a rule here fails.
"""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from graphql import GraphQLObjectType, OperationDefinitionNode, get_named_type, parse

from resolvers.ids import global_id
from resolvers.kinds import kinds_of
from resolvers.limits import refusal
from tests.sandbox_process import Sandbox
from tests.security.object_rules import (
    SCHEMA,
    WHOSE,
    Whose,
    asking,
    members,
    node_types,
    object_types,
    root_fields,
    steps,
)
from tests.security.two_members import OTHER, OWNER, House, open_house

WHOSE_IS = {name: whose for whose, names in WHOSE.items() for name in names}


@pytest.fixture(scope="module")
def house(sandbox_process: Sandbox, tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    sandbox_process.reset()
    with open_house(sandbox_process, tmp_path_factory.mktemp("house")) as running:
        yield running


def is_shut_out(house: House, root: str, *, only: str | None = None, **variables: Any) -> None:
    """Who shows no token is told nothing, not even whether it is there."""
    answer = house.ask("stranger", asking(root, only=only), **variables)
    assert set((answer.get("data") or {}).values()) <= {None}
    assert [it["extensions"]["code"] for it in answer["errors"]] == ["UNAUTHENTICATED"]


def bookings(house: House) -> list[str]:
    """The owner's: made here, made elsewhere, and the first as if it had been made elsewhere."""
    return [house.ids["Booking"], house.elsewhere, house.reservation]


# Bookings that nobody has, of the same forms: another's is refused in the same words.
UNKNOWN = [global_id("Booking", raw) for raw in ("bk-0", "sr~0", "sr~1")]


def is_only_the_owners(house: House, root: str, *, only: str | None = None) -> None:
    field = root.partition(".")[2]
    for wanted in bookings(house):
        is_shut_out(house, root, only=only, id=wanted)
        # No error: what is another's is as if it did not exist.
        assert house.ask("other", asking(root, only=only), id=wanted) == {"data": {field: None}}
    for own in (house.ids["Booking"], house.elsewhere):
        assert house.ask("owner", asking(root, only=only), id=own)["data"][field]["id"] == own


def is_the_same_for_all(
    house: House, root: str, *, only: str | None = None, **variables: Any
) -> None:
    document = asking(root, only=only)
    seen = [house.ask(who, document, **variables) for who in ("stranger", "other", "owner")]
    assert seen[0]["data"][root.partition(".")[2]]
    assert seen[0] == seen[1] == seen[2]


def me(house: House) -> None:
    is_shut_out(house, "Query.me")
    seen = {who: house.ask(who, asking("Query.me"))["data"]["me"] for who in ("owner", "other")}
    assert (seen["owner"]["email"], seen["other"]["email"]) == (OWNER.email, OTHER.email)
    assert seen["other"]["bookings"]["edges"] == []
    listed = {edge["node"]["id"] for edge in seen["owner"]["bookings"]["edges"]}
    assert listed == {house.ids["Booking"], house.elsewhere}


def node(house: House) -> None:
    for kind in node_types():
        NODES[kind](house)


def booking(house: House) -> None:
    is_only_the_owners(house, "Query.booking")


def experience(house: House) -> None:
    is_the_same_for_all(house, "Query.experience", id=house.ids["Experience"])


def experiences(house: House) -> None:
    is_the_same_for_all(house, "Query.experiences")


def booking_changed(house: House) -> None:
    root = "Subscription.bookingChanged"
    for wanted in bookings(house):
        is_shut_out(house, root, id=wanted)
        assert house.code("other", asking(root), id=wanted) == "NOT_FOUND"
    own = house.ids["Booking"]
    assert house.ask("owner", asking(root), id=own)["data"]["bookingChanged"]["id"] == own


def cancel_booking(house: House) -> None:
    root = "Mutation.cancelBooking"
    for wanted, unknown in zip(bookings(house), UNKNOWN, strict=True):
        is_shut_out(house, root, input={"bookingId": wanted})
        answer = house.ask("other", asking(root), input={"bookingId": wanted})
        assert answer["data"]["cancelBooking"]["__typename"] == "NotCancellable"
        assert answer == house.ask("other", asking(root), input={"bookingId": unknown})
    still = house.ask("owner", asking("Query.booking"), id=house.ids["Booking"])
    assert still["data"]["booking"]["status"] == "CONFIRMED"


def confirm_card_booking(house: House) -> None:
    root = "Mutation.confirmCardBooking"
    for wanted, unknown in zip(bookings(house), UNKNOWN, strict=True):
        is_shut_out(house, root, input={"bookingId": wanted})
        answer = house.ask("other", asking(root), input={"bookingId": wanted})
        assert answer["data"]["confirmCardBooking"]["__typename"] == "InvalidInput"
        assert answer == house.ask("other", asking(root), input={"bookingId": unknown})


def book_with_points(house: House) -> None:
    """A key is one's own: another's is a new one, and shows nothing of what was booked under it."""
    is_shut_out(house, "Mutation.bookWithPoints", input=house.booking_input)
    found = {
        who: house.ask(who, asking("Mutation.bookWithPoints"), input=house.booking_input)
        for who in ("owner", "other")
    }
    outcomes = {who: it["data"]["bookWithPoints"] for who, it in found.items()}
    assert outcomes["owner"]["booking"]["id"] == house.ids["Booking"]
    assert outcomes["other"].get("booking", {}).get("id") != house.ids["Booking"]


def book_with_card(house: House) -> None:
    """What is paid with points is not paid by card under its key, and shown to nobody else."""
    is_shut_out(house, "Mutation.bookWithCard", input=house.booking_input)
    for who in ("owner", "other"):
        answer = house.ask(who, asking("Mutation.bookWithCard"), input=house.booking_input)
        assert answer["data"]["bookWithCard"].get("booking", {}).get("id") != house.ids["Booking"]


def sign_in(house: House) -> None:
    """Whoever is signed in already: only the password counts."""
    for who in ("stranger", "other"):
        wrong = {"email": OWNER.email, "password": OTHER.password}
        answer = house.ask(who, asking("Mutation.signIn"), input=wrong)
        assert answer["data"]["signIn"]["__typename"] == "InvalidCredentials"


def refresh_session(house: House) -> None:
    for who in ("stranger", "other"):
        wrong = {"refreshToken": f"{house.refresh_token[:-1]}x"}
        answer = house.ask(who, asking("Mutation.refreshSession"), input=wrong)
        assert answer["data"]["refreshSession"]["__typename"] == "InvalidCredentials"


def member_node(house: House) -> None:
    own, root = house.ids["Member"], "Query.node"
    is_shut_out(house, root, only="Member", id=own)
    assert house.ask("other", asking(root, only="Member"), id=own) == {"data": {"node": None}}
    answer = house.ask("owner", asking(root, only="Member"), id=own)
    assert answer["data"]["node"]["email"] == OWNER.email


def booking_node(house: House) -> None:
    is_only_the_owners(house, "Query.node", only="Booking")


def experience_node(house: House) -> None:
    is_the_same_for_all(house, "Query.node", only="Experience", id=house.ids["Experience"])


def venue_node(house: House) -> None:
    is_the_same_for_all(house, "Query.node", only="Venue", id=house.ids["Venue"])


NODES: dict[str, Callable[[House], None]] = {
    "Member": member_node,
    "Booking": booking_node,
    "Experience": experience_node,
    "Venue": venue_node,
}
RULES: dict[str, Callable[[House], None]] = {
    "Query.me": me,
    "Query.node": node,
    "Query.booking": booking,
    "Query.experience": experience,
    "Query.experiences": experiences,
    "Mutation.signIn": sign_in,
    "Mutation.refreshSession": refresh_session,
    "Mutation.bookWithPoints": book_with_points,
    "Mutation.bookWithCard": book_with_card,
    "Mutation.confirmCardBooking": confirm_card_booking,
    "Mutation.cancelBooking": cancel_booking,
    "Subscription.bookingChanged": booking_changed,
}
PUBLIC = {"Query.experience", "Query.experiences"}


@pytest.mark.parametrize("root", root_fields())
def test_each_way_in_is_open_to_whom_it_is_for(root: str, house: House) -> None:
    assert root in RULES, f"{root}: who may call it, and what may they see?"
    RULES[root](house)


def test_every_type_belongs_to_somebody() -> None:
    named = [name for names in WHOSE.values() for name in names]
    assert sorted(named) == sorted(object_types()), "whose is it?"


def test_every_node_and_every_way_in_has_a_rule() -> None:
    assert set(NODES) == node_types()
    assert set(RULES) == set(root_fields())


def test_every_mutation_is_counted_and_stands_alone() -> None:
    """What books or signs in has a rate of its own, and cannot be multiplied in one document."""
    kind = SCHEMA.type_map["Mutation"]
    assert isinstance(kind, GraphQLObjectType)
    for name in kind.fields:
        document = parse(f"mutation {{ a: {name} b: {name} }}")
        (operation,) = document.definitions
        assert isinstance(operation, OperationDefinitionNode)
        assert len(kinds_of(operation, {}, SCHEMA)) == 2, f"{name}: of which kind is it?"
        assert refusal(document, introspection=False) is not None, f"{name}: see resolvers.limits"


@pytest.mark.parametrize(
    "name", [it for it, whose in WHOSE_IS.items() if whose is not Whose.A_MEMBERS]
)
def test_nothing_leads_from_what_all_may_see_to_what_is_a_members(name: str) -> None:
    kind = SCHEMA.type_map[name]
    assert isinstance(kind, GraphQLObjectType)
    leaks = [step for step in steps(kind) if WHOSE_IS[step[1]] is Whose.A_MEMBERS]
    assert leaks == []


@pytest.mark.parametrize("root", sorted(PUBLIC))
def test_what_needs_no_token_answers_with_nothing_of_a_members(root: str) -> None:
    owner, _, field = root.partition(".")
    kind = SCHEMA.type_map[owner]
    assert isinstance(kind, GraphQLObjectType)
    found = members(get_named_type(kind.fields[field].type))
    assert {WHOSE_IS[it.name] for it in found} == {Whose.EVERYBODYS}
