"""Which pages may ask from a browser."""

from typing import Any

import httpx
import pytest
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from bff.endpoints.cors import Cors

PAGE = "https://club.example"


async def answering(scope: Scope, receive: Receive, send: Send) -> None:
    method = scope["method"]
    response = Response("ours", status_code=405 if method == "OPTIONS" else 200)
    response.headers["vary"] = "Accept"
    await response(scope, receive, send)


async def asked(method: str, *origins: str, **headers: str) -> httpx.Response:
    transport = httpx.ASGITransport(app=Cors(answering, origins))
    sent = {name.replace("_", "-"): value for name, value in headers.items()}
    async with httpx.AsyncClient(transport=transport, base_url="http://bff") as client:
        return await client.request(method, "/graphql", headers=sent)


def cors_headers(response: httpx.Response) -> dict[str, Any]:
    return {key: it for key, it in response.headers.items() if key.startswith("access-control")}


PREFLIGHT = {"access_control_request_method": "POST", "access_control_request_headers": "a"}


async def test_a_listed_page_may_ask() -> None:
    permitted = await asked("OPTIONS", PAGE, origin=PAGE, **PREFLIGHT)
    assert (permitted.status_code, permitted.content) == (204, b"")
    found = cors_headers(permitted)
    assert found["access-control-allow-origin"] == PAGE
    assert found["access-control-allow-methods"] == "GET, POST"
    assert "authorization" in found["access-control-allow-headers"]
    assert permitted.headers["vary"] == "Origin"
    response = await asked("POST", PAGE, origin=PAGE)
    assert response.text == "ours"
    assert cors_headers(response)["access-control-allow-origin"] == PAGE
    assert response.headers["vary"] == "Accept, Origin"


@pytest.mark.parametrize(
    "origin", ["https://evil.example", "null", "https://club.example.evil.example", PAGE + ":444"]
)
async def test_no_other_page_may(origin: str) -> None:
    refused = await asked("OPTIONS", PAGE, origin=origin, **PREFLIGHT)
    assert (refused.status_code, cors_headers(refused)) == (405, {})
    response = await asked("POST", PAGE, origin=origin)
    assert cors_headers(response) == {}
    assert response.headers["vary"] == "Accept, Origin"


async def test_cookies_are_never_allowed() -> None:
    for method in ("OPTIONS", "POST"):
        found = cors_headers(await asked(method, PAGE, origin=PAGE, **PREFLIGHT))
        assert "access-control-allow-credentials" not in found


async def test_an_app_that_names_no_origin_is_answered_apart() -> None:
    response = await asked("GET", PAGE)
    assert cors_headers(response) == {}
    assert response.headers["vary"] == "Accept, Origin"


async def test_without_a_list_no_page_may_ask() -> None:
    response = await asked("GET", origin=PAGE)
    assert cors_headers(response) == {}
    assert response.headers["vary"] == "Accept"
    assert (await asked("OPTIONS", origin=PAGE, **PREFLIGHT)).status_code == 405


async def test_a_mere_options_is_the_applications_own() -> None:
    assert (await asked("OPTIONS", PAGE, origin=PAGE)).status_code == 405
