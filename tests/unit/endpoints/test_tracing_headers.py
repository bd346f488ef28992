import httpx
import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

from bff.auth.principal import Principal
from bff.endpoints.authentication import Authentication
from bff.endpoints.tracing import Tracing
from bff.telemetry import member_hash
from clients.tracing import current_trace, trace_facts
from tests.fake_clock import NOON


async def shows(request: Request) -> JSONResponse:
    trace = current_trace()
    assert trace is not None
    assert request.headers["x-request-id"] == trace.request_id
    return JSONResponse(trace_facts())


async def asked(**headers: str) -> httpx.Response:
    app = Tracing(Starlette(routes=[Route("/", shows)]))
    wire = httpx.ASGITransport(app)
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    async with httpx.AsyncClient(transport=wire, base_url="http://bff.test") as http:
        return await http.get("/", headers=named)


async def test_a_callers_id_and_trace_go_on() -> None:
    parent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
    answer = await asked(x_request_id="phone-0001", traceparent=parent)
    assert answer.headers["x-request-id"] == "phone-0001"
    assert answer.json() == {
        "request_id": "phone-0001",
        "trace_id": "0af7651916cd43dd8448eb211c80319c",
    }


@pytest.mark.parametrize("harmful", ["short", "x" * 129, "a b c d e f g h", "<script>0000"])
async def test_an_id_that_could_do_harm_is_replaced(harmful: str) -> None:
    answer = await asked(x_request_id=harmful)
    assert answer.headers["x-request-id"] != harmful
    assert len(answer.json()["request_id"]) == 32


async def test_afterwards_nothing_is_left_of_it() -> None:
    await asked(x_request_id="phone-0001")
    assert current_trace() is None


async def test_log_lines_of_a_members_request_know_the_member_by_a_hash_alone() -> None:
    principal = Principal(sub="sub-mei", username="mei", client_id="app", token_expires_at=NOON)

    async def verify(_token: str) -> Principal:
        return principal

    routed = Starlette(routes=[Route("/", shows)])
    app = Tracing(Authentication(routed, verify=verify, trusted_proxies=0))
    wire = httpx.ASGITransport(app)
    async with httpx.AsyncClient(transport=wire, base_url="http://bff.test") as http:
        answer = await http.get("/", headers={"authorization": "Bearer abc"})
    assert answer.json()["member"] == member_hash("sub-mei")
    assert "mei" not in answer.text
