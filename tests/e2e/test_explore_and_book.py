"""A developer opens GraphiQL, signs in, looks, books with points and sees the booking."""

from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from tests.e2e.conftest import Endpoints
from tests.e2e.explorer import Explorer

if TYPE_CHECKING:
    from playwright.sync_api import Browser

pytestmark = pytest.mark.e2e

WIDTHS = {"desk": (1440, 900), "phone": (390, 844)}
# Not every experience has a free time on every day.
DAYS_TO_TRY = 14


@pytest.fixture(params=WIDTHS)
def explorer(
    request: pytest.FixtureRequest, browser: "Browser", endpoints: Endpoints
) -> Iterator[Explorer]:
    width, height = WIDTHS[request.param]
    context = browser.new_context(viewport={"width": width, "height": height})
    explorer = Explorer(context.new_page(), endpoints)
    yield explorer
    context.close()
    assert explorer.strays == []
    assert explorer.problems == []


def test_a_wrong_password_is_said_beside_the_form(explorer: Explorer) -> None:
    explorer.open()
    explorer.sign_in(password="not-the-password")
    explorer.page.locator(".sign-in [role=alert]").wait_for()
    assert explorer.page.locator(".member").count() == 0


def test_a_member_looks_books_with_points_and_sees_it_confirmed(
    explorer: Explorer, screenshots: Path
) -> None:
    width = (explorer.page.viewport_size or {})["width"]
    explorer.open()
    explorer.shoot(screenshots, f"graphiql-{width}-open")

    explorer.sign_in()
    explorer.page.get_by_text("Signed in as").wait_for()

    shown = explorer.run("Experiences")["experiences"]["edges"]
    assert shown
    assert all(edge["node"]["venue"]["name"] for edge in shown)
    explorer.shoot(screenshots, f"graphiql-{width}-experiences")

    balance = explorer.run("MyBookings")["me"]["points"]["balance"]
    slot_id = _bookable(explorer, [edge["node"]["id"] for edge in shown], balance)
    explorer.shoot(screenshots, f"graphiql-{width}-availability")

    booked = explorer.run("BookWithPoints")
    # The page put the slot of the answer before, and a key of its own, into the variables.
    assert explorer.sent["variables"]["input"]["slotId"] == slot_id
    assert len(explorer.sent["variables"]["input"]["idempotencyKey"]) == 32
    accepted = booked["bookWithPoints"]
    assert accepted["__typename"] == "BookingAccepted", accepted
    assert accepted["booking"]["status"] == "CONFIRMED"
    explorer.shoot(screenshots, f"graphiql-{width}-booked")

    mine = explorer.run("MyBookings")["me"]["bookings"]["edges"]
    assert [
        edge["node"]["status"] for edge in mine if edge["node"]["id"] == accepted["booking"]["id"]
    ] == ["CONFIRMED"]
    explorer.shoot(screenshots, f"graphiql-{width}-bookings")


def test_the_explorer_shows_an_operation_as_a_tree(explorer: Explorer, screenshots: Path) -> None:
    width = (explorer.page.viewport_size or {})["width"]
    explorer.open()
    explorer.sign_in()
    explorer.page.get_by_text("Signed in as").wait_for()
    explorer.run("Experiences")
    explorer.page.get_by_role("button", name="Show GraphiQL Explorer").click()
    tree = explorer.page.locator(".graphiql-plugin")
    tree.get_by_text("isFeatured", exact=True).wait_for()
    explorer.shoot(screenshots, f"graphiql-{width}-explorer")
    tree.get_by_text("defaultPartySize", exact=True).click()
    explorer.page.get_by_role("button", name="Hide GraphiQL Explorer").click()
    shown = explorer.run("Experiences")["experiences"]["edges"]
    assert all("defaultPartySize" in edge["node"] for edge in shown)


def test_an_example_that_is_opened_again_can_be_seen(explorer: Explorer) -> None:
    explorer.open()
    explorer.page.get_by_role("button", name="Show Examples").click()
    explorer.page.get_by_role("button", name="Cancel a booking").click()
    opened = explorer.page.locator(".graphiql-query-editor").get_by_text("CancelBooking").first
    opened.click()  # which nothing that lies over it lets through


def _bookable(explorer: Explorer, experience_ids: list[str], balance: int) -> str:
    """The id of the slot that the page offers to book next, once the member can pay it."""
    for ahead in range(1, DAYS_TO_TRY):
        day = date.today() + timedelta(days=ahead)  # noqa: DTZ011 - any day to come will do
        for experience_id in experience_ids[:3]:
            asked = {"id": experience_id, "date": day.isoformat(), "partySize": 2}
            found = explorer.run("Availability", asked)["experience"]["availability"]
            offered = next(filter(_is_for_points, (found or {}).get("slots", [])), None)
            if offered is not None and offered["price"]["points"] <= balance:
                return str(offered["id"])
    pytest.fail("nothing to book with points in two weeks")


def _is_for_points(slot: dict[str, Any]) -> bool:
    return slot["kind"] == "INSTANT" and bool((slot["price"] or {}).get("points"))
