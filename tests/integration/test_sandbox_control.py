"""The control port: books, time, calls, members, and what it says of nonsense."""

from datetime import datetime
from typing import Any

import httpx
import pytest

from tests.memberson_caller import CUSTOMER, MEMBER_NO, MembersonCaller, signed_in
from tests.sandbox_process import Sandbox


def control(sandbox: Sandbox, method: str, path: str, **sent: Any) -> httpx.Response:
    with httpx.Client(base_url=sandbox.control_url, trust_env=False) as http:
        return http.request(method, path, **sent)


def books(sandbox: Sandbox) -> dict[str, Any]:
    """All books, without the instant at which they were read."""
    read: dict[str, Any] = sandbox.get("/books")
    for book in read.values():
        book.pop("now", None)
    return read


def test_it_says_that_it_is_healthy(sandbox: Sandbox) -> None:
    assert sandbox.get("/healthz") == {"status": "ok"}


def test_the_front_page_lists_everything_as_json_and_for_browsers_as_html(
    sandbox: Sandbox,
) -> None:
    page = sandbox.get("/")
    assert set(page["upstreams"]) == set(sandbox.urls)
    assert {"POST /faults", "POST /cognito/token", "GET /books/{upstream}"} <= set(page["routes"])
    assert {"drop_after", "late", "revoke"} <= set(page["fault_kinds"])
    shown = control(sandbox, "GET", "/", headers={"accept": "text/html"})
    assert shown.headers["content-type"].startswith("text/html")
    assert "POST /faults" in shown.text


def test_the_environment_points_at_every_upstream(sandbox: Sandbox) -> None:
    environment = sandbox.environment
    assert environment["SEVENROOMS_URL"] == sandbox.urls["sevenrooms"]
    assert environment["MEMBERSON_URL"] == sandbox.urls["memberson"]
    assert environment["STRIPE_URL"] == sandbox.urls["stripe"]
    assert environment["AWS_ENDPOINT_URL_COGNITO_IDENTITY_PROVIDER"] == sandbox.urls["cognito"]
    assert environment["COGNITO_ISSUER"].startswith(sandbox.urls["cognito"])


def test_all_books_are_open_at_once_and_one_by_one(sandbox: Sandbox) -> None:
    assert set(sandbox.get("/books")) == set(sandbox.urls)
    for upstream in sandbox.urls:
        assert set(sandbox.books(upstream)) == set(sandbox.get("/books")[upstream])


def test_a_reset_undoes_what_was_done(sandbox: Sandbox) -> None:
    with signed_in(sandbox) as crm:
        before = books(sandbox)
        crm.redeem("r-1").raise_for_status()
        sandbox.seed_members({"customer_number": CUSTOMER, "balance": 1})
        sandbox.switch("memberson", redeem_reply="empty")
        sandbox.fault("*", "error", status=500)
        sandbox.advance(3600)
        sandbox.reset()
        assert books(sandbox) == before
        assert sandbox.calls() == []
        assert sandbox.get("/faults")["faults"] == []
        assert sandbox.get("/clock")["offset_seconds"] == 0
        assert sandbox.get("/memberson/switches")["redeem_reply"] == "full"
        assert crm.redeem("r-1").status_code == 401, "sessions are gone too"


def test_the_clock_moves_as_told(sandbox: Sandbox) -> None:
    before = datetime.fromisoformat(sandbox.get("/clock")["now"])
    sandbox.advance(86_400)
    sandbox.advance(-0.5)
    after = sandbox.get("/clock")
    assert after["offset_seconds"] == 86_399.5
    assert (datetime.fromisoformat(after["now"]) - before).days in {0, 1}


def test_calls_are_logged_without_query_and_can_be_counted(sandbox: Sandbox) -> None:
    with signed_in(sandbox) as crm:
        crm.history(receiptNo="r-1")
        crm.get(f"profile/{CUSTOMER}")
        crm.get("nowhere")
    [call] = sandbox.calls("memberson", "GET", "/api/member/*")
    assert call["path"] == f"/api/member/{MEMBER_NO}/transactions"
    assert (call["status"], call["faults"], call["upstream"]) == (200, [], "memberson")
    assert [call["status"] for call in sandbox.calls("memberson", "get")] == [200, 200, 404]
    assert sandbox.calls("stripe") == []
    control(sandbox, "DELETE", "/calls", params={"upstream": "stripe"})
    assert len(sandbox.calls()) == 3
    sandbox.forget_calls()
    assert sandbox.calls() == []


def test_a_seeded_member_can_be_changed(sandbox: Sandbox) -> None:
    sandbox.seed_members(
        {
            "customer_number": CUSTOMER,
            "password": "changed",
            "phone": {"country_code": "44", "number": "7000000001"},
            "balance": 12.5,
            "must_reset": False,
        }
    )
    with httpx.Client(trust_env=False) as http:
        crm = MembersonCaller(sandbox, http)
        crm.authenticate()
        assert crm.sign_in(password="changed").status_code == 200
        assert crm.balance() == 12.5
        [phone] = crm.get(f"profile/{CUSTOMER}").json()["Phones"]
        assert (phone["CountryCode"], phone["Number"]) == ("44", "7000000001")


def test_a_member_can_be_added_with_several_memberships_and_accounts(sandbox: Sandbox) -> None:
    memberships = [
        {"member_no": "CT8000001A", "status": "EXPIRED", "accounts": {"C21 Points": 5}},
        {
            "member_no": "CT8000002B",
            "tier": "Gold",
            "expiry_date": "2031-01-01T00:00:00",
            "accounts": {"C21 Points": 70.25, "Festive Points": 1},
        },
    ]
    new = {"customer_number": "80000001", "email": "new@example.test", "password": "pass"}
    sandbox.seed_members(
        {**new, "memberships": memberships}, {**new, "customer_number": "80000002"}
    )
    assert sandbox.books("memberson")["balances"]["CT8000002B"] == {
        "C21 Points": 70.25,
        "Festive Points": 1,
    }
    with httpx.Client(trust_env=False) as http:
        crm = MembersonCaller(sandbox, http)
        crm.authenticate()
        assert crm.sign_in("80000001", "pass").status_code == 200
        found = crm.post("profile/search-simple", {"EmailAddress": "new@example.test"}).json()
        assert [hit["CustomerNumber"] for hit in found] == ["80000001", "80000002"]


NONSENSE = [
    ("POST", "/seed", b"[]"),
    ("POST", "/seed", b"\xff"),
    ("POST", "/seed", b"{"),
    ("POST", "/seed", b"[" * 100_000),
    ("POST", "/seed", b'{"members": {}}'),
    ("POST", "/seed", b'{"members": [7]}'),
    ("POST", "/seed", b'{"members": [{}]}'),
    ("POST", "/seed", b'{"venues": []}'),
    ("POST", "/seed", b'{"members": [{"customer_number": "new"}]}'),
    ("POST", "/seed", b'{"members": [{"customer_number": "00010001", "balance": NaN}]}'),
    ("POST", "/seed", b'{"members": [{"customer_number": "00010001", "balance": -1}]}'),
    ("POST", "/seed", b'{"members": [{"customer_number": "00010001", "email": 7}]}'),
    ("POST", "/seed", b'{"members": [{"customer_number": "00010001", "phone": "1"}]}'),
    ("POST", "/seed", b'{"members": [{"customer_number": "00010001", "memberships": [1]}]}'),
    ("POST", "/seed", b'{"members": [{"customer_number": "00010001", "must_reset": 1}]}'),
    ("POST", "/seed", b'{"members": [{"customer_number": "00010001", "balance": 1}, 7]}'),
    ("POST", "/clock", b"{}"),
    ("POST", "/clock", b'{"advance_seconds": "1"}'),
    ("POST", "/clock", b'{"advance_seconds": true}'),
    ("POST", "/clock", b'{"advance_seconds": 1e400}'),
    ("POST", "/clock", b'{"advance_seconds": 1e18}'),
    ("POST", "/clock", b'{"advance": 1}'),
    ("POST", "/memberson/switches", b'{"redeem_reply": "loud"}'),
    ("POST", "/memberson/switches", b'{"dedupe_receipts": "no"}'),
    ("POST", "/memberson/switches", b'{"token_seconds": -1}'),
    ("POST", "/memberson/switches", b'{"colour": "red"}'),
    ("POST", "/memberson/revoke", b'{"which": "some"}'),
    ("POST", "/cognito/token", b"{}"),
    ("POST", "/cognito/token", b'{"customer_number": "nobody"}'),
    ("POST", "/cognito/token", b'{"username": "a", "seconds": "1"}'),
    ("GET", "/books/nobody", b""),
    ("GET", "/calls?upstrem=stripe", b""),
    ("DELETE", "/calls?path=x", b""),
    ("DELETE", "/faults?upstream=nobody", b""),
]


@pytest.mark.parametrize(("method", "path", "body"), NONSENSE)
def test_nonsense_is_answered_by_400_and_a_sentence(
    sandbox: Sandbox, method: str, path: str, body: bytes
) -> None:
    before = books(sandbox)
    answer = control(sandbox, method, path, content=body)
    assert answer.status_code == 400
    assert answer.json()["error"]
    assert books(sandbox) == before


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [("GET", "/nowhere", 404), ("GET", "/reset", 405), ("DELETE", "/faults/123456", 404)],
)
def test_an_unknown_route_is_no_server_error(
    sandbox: Sandbox, method: str, path: str, status: int
) -> None:
    assert control(sandbox, method, path).status_code == status
