"""The GraphQL front with fakes behind it, to be asked directly or over HTTP."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import httpx
from starlette.types import ASGIApp, Receive, Scope, Send
from strawberry.types import ExecutionResult

from bff.auth.bearer import TokenProblem
from bff.auth.principal import Principal
from bff.edge_settings import EdgeSettings
from resolvers.asgi import build_graphql_app
from resolvers.context import Caller, Context
from resolvers.schema import ClubSchema, SchemaOptions
from resolvers.services import Services
from tests.fake_clock import FakeClock
from tests.unit.resolvers.fakes import (
    FakeBookings,
    FakeCatalogue,
    FakeCrm,
    FakeHistory,
    FakeMembers,
    FakePlaces,
    FakeSigner,
    FakeSignIn,
)

# Building one takes a while and changes nothing.
SCHEMA = ClubSchema(SchemaOptions())


@dataclass
class Front:
    catalogue: FakeCatalogue = field(default_factory=FakeCatalogue)
    places: FakePlaces = field(default_factory=FakePlaces)
    crm: FakeCrm = field(default_factory=FakeCrm)
    members: FakeMembers = field(default_factory=FakeMembers)
    sign_in: FakeSignIn = field(default_factory=FakeSignIn)
    slots: FakeSigner = field(default_factory=FakeSigner)
    bookings: FakeBookings = field(default_factory=FakeBookings)
    history: FakeHistory = field(default_factory=FakeHistory)
    clock: FakeClock = field(default_factory=FakeClock)

    @property
    def services(self) -> Services:
        return Services(
            catalogue=self.catalogue,
            places=self.places,
            crm=self.crm,
            members=self.members,
            sign_in=self.sign_in,
            slots=self.slots,
            bookings=self.bookings,
            history=self.history,
            clock=self.clock,
        )

    def context(
        self, principal: Principal | None = None, problem: TokenProblem | None = None
    ) -> Context:
        caller = Caller(principal=principal, token_problem=problem, address="192.0.2.7")
        return Context(services=self.services, caller=caller, request_id="request-1")

    async def ask(
        self,
        query: str,
        by: Principal | None = None,
        *,
        problem: TokenProblem | None = None,
        **variables: Any,
    ) -> ExecutionResult:
        context = self.context(by, problem)
        return await SCHEMA.execute(query, variable_values=variables, context_value=context)

    async def data(self, query: str, by: Principal | None = None, **variables: Any) -> Any:
        """The answer's data, where there must be no errors."""
        result = await self.ask(query, by, **variables)
        assert not result.errors, result.errors
        return result.data

    async def code(self, query: str, by: Principal | None = None, **variables: Any) -> Any:
        """The code of the only error."""
        result = await self.ask(query, by, **variables)
        assert result.errors is not None
        (error,) = result.errors
        return (error.extensions or {})["code"]

    @asynccontextmanager
    async def http(
        self,
        by: Principal | None = None,
        *,
        options: SchemaOptions | None = None,
        edge: EdgeSettings | None = None,
    ) -> AsyncIterator[httpx.AsyncClient]:
        app = build_graphql_app(self.services, options or SchemaOptions(), edge)
        transport = httpx.ASGITransport(app=authenticated(app, by))
        async with httpx.AsyncClient(transport=transport, base_url="http://bff") as client:
            yield client


def authenticated_app(
    front: Front, by: Principal | None, options: SchemaOptions | None = None
) -> ASGIApp:
    return authenticated(build_graphql_app(front.services, options or SchemaOptions()), by)


def authenticated(app: ASGIApp, principal: Principal | None) -> ASGIApp:
    async def known(scope: Scope, receive: Receive, send: Send) -> None:
        state = {"principal": principal, "token_problem": None, "client_address": "192.0.2.7"}
        await app({**scope, "state": state}, receive, send)

    return known
