"""Each fault as a client meets it, over real sockets, checked against the stand-in's own books."""

import time
from collections.abc import Iterator

import httpx
import pytest

from tests.memberson_caller import MembersonCaller, signed_in
from tests.sandbox_process import Sandbox

REDEEM = "POST /api/transaction/redeem-point"


@pytest.fixture
def crm(sandbox: Sandbox) -> Iterator[MembersonCaller]:
    with signed_in(sandbox) as caller:
        yield caller


def receipts(sandbox: Sandbox) -> list[str]:
    return [entry["receipt_no"] for entry in sandbox.books("memberson")["ledger"]]


@pytest.mark.parametrize("reset", [False, True])
def test_a_connection_dropped_before_stores_nothing(
    sandbox: Sandbox, crm: MembersonCaller, *, reset: bool
) -> None:
    sandbox.fault("memberson", "drop_before", REDEEM, times=1, reset=reset)
    with pytest.raises((httpx.RemoteProtocolError, httpx.ReadError)):
        crm.redeem("r-1")
    assert receipts(sandbox) == []
    [call] = sandbox.calls("memberson")
    assert (call["status"], call["faults"]) == (None, ["drop_before"])


@pytest.mark.parametrize("reset", [False, True])
def test_a_connection_dropped_after_has_stored_the_write(
    sandbox: Sandbox, crm: MembersonCaller, *, reset: bool
) -> None:
    sandbox.fault("memberson", "drop_after", REDEEM, times=1, reset=reset)
    with pytest.raises((httpx.RemoteProtocolError, httpx.ReadError)):
        crm.redeem("r-1")
    assert receipts(sandbox) == ["r-1"]
    assert crm.redeem("r-2").status_code == 200, "the fault was for one call"


def test_a_reset_is_told_from_a_closed_connection(sandbox: Sandbox, crm: MembersonCaller) -> None:
    sandbox.fault("memberson", "drop_before", REDEEM, times=1, reset=True)
    with pytest.raises(httpx.ReadError, match="reset"):
        crm.redeem("r-1")
    sandbox.fault("memberson", "drop_before", REDEEM, times=1)
    with pytest.raises(httpx.RemoteProtocolError, match="disconnected"):
        crm.redeem("r-1")


def test_a_late_write_arrives_after_its_sender_has_given_up(
    sandbox: Sandbox, crm: MembersonCaller
) -> None:
    sandbox.fault("memberson", "late", REDEEM, times=1, seconds=0.3)
    with pytest.raises(httpx.RemoteProtocolError):
        crm.redeem("r-1")
    assert receipts(sandbox) == []
    wait_for_late_writes(sandbox)
    assert receipts(sandbox) == ["r-1"]


def wait_for_late_writes(sandbox: Sandbox) -> None:
    deadline = time.monotonic() + 10
    while late_writes(sandbox):
        assert time.monotonic() < deadline


def late_writes(sandbox: Sandbox) -> int:
    waiting: int = sandbox.get("/faults")["late_writes_waiting"]["memberson"]
    return waiting


def test_a_reset_calls_late_writes_back(sandbox: Sandbox, crm: MembersonCaller) -> None:
    sandbox.fault("memberson", "late", REDEEM, seconds=3600)
    with pytest.raises(httpx.RemoteProtocolError):
        crm.redeem("r-1")
    assert late_writes(sandbox) == 1
    sandbox.reset()
    assert late_writes(sandbox) == 0


@pytest.mark.parametrize(("stored", "kept"), [(False, []), (True, ["r-1"])])
def test_an_error_status_comes_without_the_work_or_after_it(
    sandbox: Sandbox, crm: MembersonCaller, *, stored: bool, kept: list[str]
) -> None:
    sandbox.fault("memberson", "error", REDEEM, status=504, stored=stored)
    assert crm.redeem("r-1").status_code == 504
    assert receipts(sandbox) == kept


def test_an_error_says_when_to_come_back_only_if_told_to(
    sandbox: Sandbox, crm: MembersonCaller
) -> None:
    sandbox.fault("memberson", "error", REDEEM, status=429, retry_after=7, times=1)
    sandbox.fault("memberson", "error", REDEEM, status=503, body={"ErrorCode": 9000}, times=1)
    patient, blunt = crm.redeem("r-1"), crm.redeem("r-1")
    assert (patient.status_code, patient.headers["retry-after"]) == (429, "7")
    assert (blunt.status_code, blunt.json()) == (503, {"ErrorCode": 9000})
    assert "retry-after" not in blunt.headers


def test_latency_delays_and_other_faults_still_happen(
    sandbox: Sandbox, crm: MembersonCaller
) -> None:
    sandbox.fault("memberson", "latency", REDEEM, milliseconds=[120, 150])
    sandbox.fault("memberson", "error", REDEEM, status=500, times=1)
    started = time.monotonic()
    assert crm.redeem("r-1").status_code == 500
    assert time.monotonic() - started >= 0.12
    assert crm.redeem("r-1").status_code == 200
    assert [call["faults"] for call in sandbox.calls("memberson")] == [
        ["latency", "error"],
        ["latency"],
    ]


def test_a_slow_body_starts_at_once_and_outlasts_each_read(
    sandbox: Sandbox, crm: MembersonCaller
) -> None:
    sandbox.fault("memberson", "slow_body", "GET *", milliseconds=20, chunk_bytes=16)
    with crm.http.stream(
        "GET", f"{crm.url}/api/type/conversion-rate", headers=crm.headers
    ) as answer:
        chunks = list(answer.iter_raw())
    assert answer.status_code == 200
    assert len(chunks) > 5
    assert b"".join(chunks).startswith(b"[{")


GARBAGE = {
    "text": b"it works!",
    "empty": b"",
    "null": b"null",
    "string": b'"ok"',
    "list": b"[null, 1, {}]",
    "object": b"{}",
}


@pytest.mark.parametrize(("shape", "body"), GARBAGE.items())
def test_garbage_is_answered_with_200_after_the_work(
    sandbox: Sandbox, crm: MembersonCaller, shape: str, body: bytes
) -> None:
    sandbox.fault("memberson", "garbage", REDEEM, shape=shape)
    answer = crm.redeem("r-1")
    assert (answer.status_code, answer.content) == (200, body)
    assert receipts(sandbox) == ["r-1"]


def test_garbage_can_keep_the_shape_and_lose_the_sense(
    sandbox: Sandbox, crm: MembersonCaller
) -> None:
    bodies = {}
    for shape in ("truncated", "nulls", "swapped"):
        sandbox.fault("memberson", "garbage", "GET *", shape=shape, times=1)
        bodies[shape] = crm.get("type/conversion-rate")
    whole = crm.get("type/conversion-rate").content
    assert bodies["truncated"].content == whole[: len(whole) // 2]
    assert bodies["nulls"].json()[0] == {"ToCurrency": None, "FromRate": None, "ToRate": None}
    assert bodies["swapped"].json()["0"] == {"ToCurrency": 3, "FromRate": "50.0", "ToRate": "1.0"}


def test_a_revoked_token_is_refused_until_a_new_one_is_fetched(
    sandbox: Sandbox, crm: MembersonCaller
) -> None:
    sandbox.fault("memberson", "revoke")
    refusal = crm.get("type/conversion-rate")
    assert (refusal.status_code, int(refusal.json()["ErrorCode"])) == (401, 2)
    crm.authenticate()
    assert crm.get("type/conversion-rate").status_code == 200


def test_an_upstream_that_is_down_refuses_connections_and_comes_back(
    sandbox: Sandbox, crm: MembersonCaller
) -> None:
    sandbox.fault("memberson", "down")
    with pytest.raises((httpx.RemoteProtocolError, httpx.ReadError, httpx.ConnectError)):
        crm.redeem("r-1")  # over the connection it had, which is cut
    with httpx.Client(trust_env=False) as stranger, pytest.raises(httpx.ConnectError):
        stranger.get(crm.url)
    sandbox.clear_faults()
    assert crm.redeem("r-1").status_code == 200
    assert receipts(sandbox) == ["r-1"]


def test_an_upstream_can_take_connections_only_to_cut_them(
    sandbox: Sandbox, crm: MembersonCaller
) -> None:
    sandbox.fault("memberson", "down", how="abort")
    with httpx.Client(trust_env=False) as stranger:
        with pytest.raises((httpx.ReadError, httpx.RemoteProtocolError, httpx.WriteError)):
            stranger.get(f"{crm.url}/api/type/conversion-rate")
        sandbox.fault("memberson", "down")
        with pytest.raises((httpx.ReadError, httpx.RemoteProtocolError, httpx.WriteError)):
            stranger.get(f"{crm.url}/api/type/conversion-rate")
        sandbox.clear_faults("memberson")
        assert stranger.get(f"{crm.url}/api/type/conversion-rate").status_code == 401


def test_all_upstreams_go_down_at_once_and_come_back(sandbox: Sandbox) -> None:
    sandbox.fault("*", "down")
    with httpx.Client(trust_env=False) as http:
        for url in sandbox.urls.values():
            with pytest.raises(httpx.ConnectError):
                http.get(url)
        sandbox.clear_faults()
        for url in sandbox.urls.values():
            assert http.get(url).status_code < 500


def test_a_fault_meets_its_route_only(sandbox: Sandbox, crm: MembersonCaller) -> None:
    sandbox.fault("memberson", "error", "POST /api/transaction/*", status=500)
    assert crm.get("type/conversion-rate").status_code == 200
    assert crm.redeem("r-1").status_code == 500
    sandbox.clear_faults()
    sandbox.post(
        "/faults",
        {"upstream": "memberson", "kind": "error", "status": 502, "regex": r"^GET .*rate$"},
    )
    assert crm.get("type/conversion-rate").status_code == 502
    assert crm.redeem("r-1").status_code == 200


def test_a_fault_of_one_upstream_leaves_the_others_alone(
    sandbox: Sandbox, crm: MembersonCaller
) -> None:
    sandbox.fault("cognito", "error", status=500)
    assert crm.get("type/conversion-rate").status_code == 200


def test_a_probable_fault_falls_the_same_way_for_the_same_seed(
    sandbox: Sandbox, crm: MembersonCaller
) -> None:
    def statuses() -> list[int]:
        sandbox.clear_faults()
        sandbox.fault("memberson", "error", "GET *", status=500, probability=0.5, seed=11)
        return [crm.get("type/conversion-rate").status_code for _ in range(20)]

    first = statuses()
    assert first == statuses()
    assert set(first) == {200, 500}


def test_faults_are_listed_and_taken_away_one_by_one(sandbox: Sandbox) -> None:
    for status in (500, 503):
        sandbox.fault("memberson", "error", REDEEM, status=status, times=3)
    first, second = sandbox.get("/faults")["faults"]
    assert (first["status"], first["times_left"], first["route"]) == (500, 3, REDEEM)
    gone = httpx.delete(f"{sandbox.control_url}/faults/{first['id']}", trust_env=False)
    assert gone.status_code == 204
    assert [fault["id"] for fault in sandbox.get("/faults")["faults"]] == [second["id"]]


BAD_FAULTS = [
    {},
    {"upstream": "memberson"},
    {"upstream": "nobody", "kind": "down"},
    {"upstream": ["memberson"], "kind": "down"},
    {"upstream": "memberson", "kind": "explode"},
    {"upstream": "memberson", "kind": {}},
    {"upstream": "memberson", "kind": "latency"},
    {"upstream": "memberson", "kind": "latency", "milliseconds": "many"},
    {"upstream": "memberson", "kind": "latency", "milliseconds": [5, 1]},
    {"upstream": "memberson", "kind": "latency", "milliseconds": [5]},
    {"upstream": "memberson", "kind": "latency", "milliseconds": -1},
    {"upstream": "memberson", "kind": "error"},
    {"upstream": "memberson", "kind": "error", "status": 200},
    {"upstream": "memberson", "kind": "error", "status": 500.5},
    {"upstream": "memberson", "kind": "error", "status": 500, "stored": "yes"},
    {"upstream": "memberson", "kind": "error", "status": 500, "retry_after": "7\r\nx: y"},
    {"upstream": "memberson", "kind": "error", "status": 500, "times": 0},
    {"upstream": "memberson", "kind": "error", "status": 500, "probability": 2},
    {"upstream": "memberson", "kind": "error", "status": 500, "probabilty": 1},
    {"upstream": "memberson", "kind": "error", "status": 500, "route": "POST /a /b"},
    {"upstream": "memberson", "kind": "error", "status": 500, "route": 7},
    {"upstream": "memberson", "kind": "error", "status": 500, "regex": "("},
    {"upstream": "memberson", "kind": "error", "status": 500, "regex": "a", "route": "/"},
    {"upstream": "memberson", "kind": "late"},
    {"upstream": "memberson", "kind": "garbage", "shape": "round"},
    {"upstream": "memberson", "kind": "down", "times": 1},
    {"upstream": "memberson", "kind": "down", "how": "slowly"},
    {"upstream": "memberson", "kind": "revoke", "times": 1},
]


@pytest.mark.parametrize("body", BAD_FAULTS, ids=repr)
def test_a_fault_that_makes_no_sense_is_told_so(sandbox: Sandbox, body: object) -> None:
    answer = httpx.post(f"{sandbox.control_url}/faults", json=body, trust_env=False)
    assert answer.status_code == 400
    assert answer.json()["error"]
    assert sandbox.get("/faults")["faults"] == []
