"""The whole BFF behind a real socket, in the test's own loop, against the sandbox."""

import asyncio
import secrets
import socket
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest
import uvicorn

from bff.app import build_app
from bff.settings import read_settings
from tests.sandbox_process import Sandbox


class App:
    """The mobile app's side: GraphQL over HTTP."""

    def __init__(self, http: httpx.AsyncClient, sandbox: Sandbox) -> None:
        self.http = http
        self.sandbox = sandbox
        self.token: str | None = None

    async def ask(self, query: str, **variables: Any) -> dict[str, Any]:
        """The whole answer, errors and all."""
        headers = {"authorization": f"Bearer {self.token}"} if self.token else {}
        body = {"query": query, "variables": variables}
        response = await self.http.post("/graphql", json=body, headers=headers)
        assert response.status_code == 200, response.text
        return response.json()  # type: ignore[no-any-return]

    async def data(self, query: str, **variables: Any) -> Any:
        """The data of an answer that must have no errors."""
        answer = await self.ask(query, **variables)
        assert "errors" not in answer, answer
        return answer["data"]

    async def sign_in(self, email: str | None = None, password: str | None = None) -> Any:
        member = self.sandbox.member
        credentials = {
            "email": email or member["email"],
            "password": password or member["password"],
        }
        query = """mutation($input: SignInInput!) { signIn(input: $input) { __typename
            ... on Session { accessToken refreshToken expiresAt member { id firstName } }
            ... on UserError { message retryable } } }"""
        answer = (await self.data(query, input=credentials))["signIn"]
        self.token = answer.get("accessToken")
        return answer


def new_key() -> str:
    return secrets.token_hex(12)


@asynccontextmanager
async def running_bff(
    sandbox: Sandbox, folder: Path, *, works: bool = True, **settings: str
) -> AsyncIterator[App]:
    """`works`: it finishes bookings as well."""
    environment: Mapping[str, str] = {
        **sandbox.bff_environment(folder / "ledger.db"),
        "BFF_MODE": "development",
        **settings,
    }
    with (
        pytest.MonkeyPatch.context() as process,
        socket.create_server(("127.0.0.1", 0)) as listener,
    ):
        for name in [name for name in environment if name.startswith(("AWS_", "OTEL_"))]:
            process.setenv(name, environment[name])  # boto3 and OpenTelemetry read these themselves
        address = "http://{}:{}".format(*listener.getsockname())
        app = build_app(read_settings(environment), works=works)
        server = uvicorn.Server(uvicorn.Config(app, log_config=None, timeout_graceful_shutdown=5))
        serving = asyncio.create_task(server.serve(sockets=[listener]))
        while not server.started:
            await asyncio.sleep(0.01)
            assert not serving.done(), await serving
        await asyncio.to_thread(_register_webhook, sandbox, address)
        async with httpx.AsyncClient(base_url=address, timeout=30, trust_env=False) as http:
            while not (await http.get("/readyz")).is_success:  # noqa: ASYNC110 - asked from outside
                await asyncio.sleep(0.05)
            yield App(http, sandbox)
        server.should_exit = True
        await serving


def _register_webhook(sandbox: Sandbox, address: str) -> None:
    secret = sandbox.environment["STRIPE_WEBHOOK_SECRETS"]
    sandbox.post("/stripe/webhook", {"url": f"{address}/webhooks/stripe", "secret": secret})
