"""experiences, experience: what the public sees, found, filtered, page by page."""

import base64
from typing import Any

import pytest

from clients.errors import NotSent
from resolvers.ids import global_id
from tests.fake_clock import NOON
from tests.unit.resolvers.front import Front

LIST = """
query ($first: Int, $after: String, $filter: ExperienceFilter) {
  experiences(first: $first, after: $after, filter: $filter) {
    edges { cursor node { id name venue { id name city images { url width } } } }
    pageInfo { hasNextPage hasPreviousPage startCursor endCursor }
  }
}
"""


def names(data: Any) -> list[str]:
    return [edge["node"]["name"] for edge in data["experiences"]["edges"]]


async def test_experiences_need_no_token_and_one_look_at_the_catalogue() -> None:
    front = Front()
    data = await front.data(LIST)
    assert len(names(data)) == 20
    assert dict(front.catalogue.calls) == {"view": 1}
    assert not front.members.calls


async def test_prices_of_twenty_experiences_ask_the_rates_once() -> None:
    front = Front()
    data = await front.data(
        "{ experiences { edges { node { priceFrom { amount currency points } } } } }"
    )
    prices = [edge["node"]["priceFrom"] for edge in data["experiences"]["edges"]]
    # 100 SGD at 10 points for 3 SGD are 333.3 points, rounded up.
    assert prices == [{"amount": 10_000, "currency": "SGD", "points": 334}] * 20
    assert front.crm.calls["rates"] == 1


async def test_prices_show_without_points_while_the_crm_is_away() -> None:
    front = Front()
    front.crm.away = NotSent("memberson", "rates")
    data = await front.data("{ experiences(first: 1) { edges { node { priceFrom { points } } } } }")
    assert data["experiences"]["edges"][0]["node"]["priceFrom"] == {"points": None}


async def test_the_pages_together_are_the_whole_list_in_order() -> None:
    front, after, found = Front(), None, []
    while True:
        data = await front.data(LIST, first=7, after=after)
        found += names(data)
        info = data["experiences"]["pageInfo"]
        assert info["hasPreviousPage"] is (after is not None)
        after = info["endCursor"]
        if not info["hasNextPage"]:
            break
    assert found == [f"Dinner {n}" for n in range(40)]


async def test_a_cursor_holds_its_place_when_rows_before_it_vanish() -> None:
    front = Front()
    page = await front.data(LIST, first=5)
    front.catalogue.hidden = frozenset({"e001", "e004"})  # one before, and the very row
    rest = await front.data(LIST, first=3, after=page["experiences"]["pageInfo"]["endCursor"])
    assert names(rest) == ["Dinner 5", "Dinner 6", "Dinner 7"]


@pytest.mark.parametrize("first", [0, -1, 101, 2_000_000_000])
async def test_a_page_size_out_of_bounds_is_bad_input(first: int) -> None:
    assert await Front().code(LIST, first=first) == "BAD_USER_INPUT"


async def test_a_page_size_of_null_counts_as_twenty() -> None:
    assert len(names(await Front().data(LIST, first=None))) == 20


def cursor_of(text: str) -> str:
    return base64.urlsafe_b64encode(text.encode()).decode()


@pytest.mark.parametrize(
    "cursor",
    [
        "no base64!",
        "é",
        "AAAA",
        cursor_of("5"),
        cursor_of("[]"),
        cursor_of('["booking",1,"a","b"]'),
        cursor_of('["experience"]'),
        cursor_of('["experience","a","b","c"]'),
        cursor_of('["experience",true,"b","c"]'),
        cursor_of("[" * 1500),
        "A" * 9000,
    ],
)
async def test_a_cursor_that_is_not_ours_is_bad_input(cursor: str) -> None:
    result = await Front().ask(LIST, after=cursor)
    assert result.errors is not None
    assert result.errors[0].message == "after: is not a cursor of this list"
    assert (result.errors[0].extensions or {})["code"] == "BAD_USER_INPUT"


@pytest.mark.parametrize(
    ("wanted", "count"),
    [
        ({}, 40),
        ({"featuredOnly": True}, 14),
        ({"featuredOnly": False}, 40),
        ({"featuredOnly": None, "city": None, "search": None, "venueIds": None}, 40),
        ({"city": "zurich"}, 16),
        ({"city": "  ZÜRICH "}, 16),
        ({"city": "Zür"}, 0),
        ({"search": "creme BRULEE"}, 6),
        ({"search": "brûlée dinner 14"}, 1),
        ({"search": "cafe singapore"}, 24),
        ({"search": "   "}, 40),
        ({"search": "nothing of the kind"}, 0),
        ({"venueIds": [global_id("Venue", "v1")]}, 8),
        ({"venueIds": [global_id("Venue", "v1"), global_id("Venue", "v2")]}, 16),
        ({"venueIds": []}, 40),
        ({"venueIds": [global_id("Experience", "v1"), "v1", "???"]}, 0),
        ({"venueIds": [global_id("Venue", "v1")], "featuredOnly": True}, 3),
    ],
)
async def test_a_filter_keeps_what_it_names(wanted: dict[str, Any], count: int) -> None:
    assert len(names(await Front().data(LIST, first=100, filter=wanted))) == count


@pytest.mark.parametrize("field", ["search", "city"])
async def test_a_text_too_long_to_search_for_is_bad_input(field: str) -> None:
    assert await Front().code(LIST, filter={field: "a" * 101}) == "BAD_USER_INPUT"


async def test_an_experience_answers_by_its_global_id_alone() -> None:
    query = "query ($id: ID!) { experience(id: $id) { id name } }"
    front = Front()
    mine = global_id("Experience", "e007")
    found = await front.data(query, id=mine)
    assert found == {"experience": {"id": mine, "name": "Dinner 7"}}
    for other in ("e007", global_id("Venue", "e007"), global_id("Experience", "gone"), "", "é"):
        assert await front.data(query, id=other) == {"experience": None}


async def test_a_list_without_a_catalogue_names_the_upstream() -> None:
    front = Front()
    front.catalogue.away = NotSent("sevenrooms", "venues", "canary detail")
    result = await front.ask(LIST)
    assert result.data is None
    assert result.errors is not None
    assert result.errors[0].extensions == {
        "code": "UPSTREAM_UNAVAILABLE",
        "retryable": True,
        "upstream": "sevenrooms",
        "requestId": "request-1",
    }
    assert "canary" not in result.errors[0].message


@pytest.mark.parametrize("is_stale", [True, False])
async def test_a_list_says_of_when_it_is_and_whether_it_is_the_last_known(is_stale: bool) -> None:  # noqa: FBT001 - a parameter of the test
    front = Front()
    front.catalogue.stale = is_stale
    data = await front.data("{ experiences(first: 1) { asOf isStale } }")
    assert data["experiences"] == {"asOf": NOON.isoformat(), "isStale": is_stale}


async def test_an_experience_of_an_unknown_venue_is_left_out() -> None:
    front = Front()
    view = await front.catalogue.view()
    orphaned = {key: it for key, it in view.venues.items() if key != "v1"}

    async def without_v1() -> object:
        return type(view)(venues=orphaned, experiences=view.experiences, as_of=view.as_of)

    front.catalogue.view = without_v1  # type: ignore[method-assign,assignment]  # one odd answer
    assert len(names(await front.data(LIST, first=100))) == 32
