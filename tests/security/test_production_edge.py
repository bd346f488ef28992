"""The whole server as strangers meet it in production."""

import json
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.running_bff import App, running_bff
from tests.sandbox_process import Sandbox

PAGE = "https://club.example"


@pytest.fixture
async def app(sandbox: Sandbox, tmp_path: Path) -> AsyncIterator[App]:
    settings = {"BFF_MODE": "production", "BFF_CORS_ORIGINS": PAGE}
    async with running_bff(sandbox, tmp_path, **settings) as running:
        yield running


async def test_strangers_learn_nothing_of_the_schema(app: App) -> None:
    for query in ("{ __schema { types { name } } }", '{ __type(name: "Member") { name } }'):
        answer = (await app.http.post("/graphql", json={"query": query})).json()
        assert "data" not in answer
    for query in ("{ experienc { id } }", "{ me { firstNam } }", "mutation { signin }"):
        response = await app.http.post("/graphql", json={"query": query})
        assert "Did you mean" not in response.text
    assert "extensions" not in (await app.ask("{ __typename }"))


@pytest.mark.parametrize("path", ["/graphiql", "/graphiql/assets/a.js", "/graphiql/cdn/page.js"])
async def test_there_is_no_graphiql(app: App, path: str) -> None:
    assert (await app.http.get(path)).status_code == 404


async def test_every_answer_carries_the_security_headers(app: App) -> None:
    answers = [
        await app.http.post("/graphql", json={"query": "{ __typename }"}),
        await app.http.post("/graphql", content=b"null"),
        await app.http.get("/graphql"),
        await app.http.get("/nowhere"),
        await app.http.get("/livez"),
        await app.http.options("/graphql"),
    ]
    for response in answers:
        assert response.headers["x-content-type-options"] == "nosniff"
        assert response.headers["x-frame-options"] == "DENY"
        assert response.headers["content-security-policy"].startswith("default-src 'none'")
        assert "max-age" in response.headers["strict-transport-security"]


FORMS = ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=a", ""]


@pytest.mark.parametrize("kind", FORMS)
async def test_a_form_of_another_page_changes_nothing(
    app: App, sandbox: Sandbox, kind: str
) -> None:
    sandbox.forget_calls()
    mutation = 'mutation { signIn(input: {email: "a", password: "b"}) { __typename } }'
    text = json.dumps({"query": mutation})
    headers = {"content-type": kind, "origin": "https://evil.example", "cookie": "session=a"}
    response = await app.http.post("/graphql", content=text.encode(), headers=headers)
    assert response.status_code == 415
    query = {"query": 'mutation { refreshSession(input: {refreshToken: "a"}) { __typename } }'}
    assert (await app.http.get("/graphql", params=query, headers=headers)).status_code == 405
    assert sandbox.calls("memberson", path="*sign*") == sandbox.calls("cognito") == []


async def test_only_a_listed_page_may_ask_from_a_browser(app: App) -> None:
    for origin, allowed in ((PAGE, PAGE), ("https://evil.example", None)):
        response = await app.http.get("/graphql?query={__typename}", headers={"origin": origin})
        assert response.headers.get("access-control-allow-origin") == allowed
        assert "origin" in response.headers["vary"].lower()


async def test_a_cookie_is_nobody(app: App) -> None:
    await app.sign_in()
    cookie = {"cookie": f"token={app.token}; authorization=Bearer {app.token}"}
    response = await app.http.get("/graphql?query={me{id}}", headers=cookie)
    assert response.json()["data"] == {"me": None}


@pytest.mark.parametrize("path", ["/graphql/", "/livez/", "//evil.example/graphql/"])
async def test_nobody_is_sent_on_to_a_host_that_their_request_names(app: App, path: str) -> None:
    url = f"{app.http.base_url}".rstrip("/") + path
    response = await app.http.get(url, headers={"host": "evil.example"})
    assert response.status_code == 404
    assert "location" not in response.headers


async def test_the_process_is_ready_while_nobody_is_sent_away(app: App) -> None:
    assert (await app.http.get("/readyz")).json() == {"status": "ready"}
