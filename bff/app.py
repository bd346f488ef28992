"""The web application, built; nothing else."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager

from starlette.applications import Starlette
from starlette.routing import Route
from starlette.types import ASGIApp, Receive, Scope, Send

from bff import worker
from bff.endpoints.authentication import Authentication
from bff.endpoints.cors import Cors
from bff.endpoints.draining import Draining, LeavingQuietly
from bff.endpoints.graphiql import graphiql_routes
from bff.endpoints.health import Check, livez, readyz
from bff.endpoints.metrics import metrics
from bff.endpoints.security_headers import SecurityHeaders
from bff.endpoints.stripe_webhook import stripe_webhook
from bff.endpoints.tracing import Tracing
from bff.settings import Settings
from bff.wiring.house import House, open_house
from resolvers.asgi import GraphQLApp, build_graphql_app
from resolvers.schema import SchemaOptions


def build_app(
    settings: Settings, *, works: bool = True, draining: Draining | None = None
) -> ASGIApp:
    """The application; `works`: this process drives due bookings as well.

    `draining` is told by whoever runs it that its end has begun.
    """
    leaving = draining or Draining()

    @asynccontextmanager
    async def lifespan(app: Starlette) -> AsyncIterator[None]:
        async with AsyncExitStack() as stack:
            house = await stack.enter_async_context(open_house(settings))
            await stack.enter_async_context(house.warming.running())
            if works:
                await stack.enter_async_context(worker.running(house.worker))
                house.figures.watch_worker(house.worker, house.clock)
            tracing.tracer = house.tracer
            graphql = _graphql(house, settings)
            stack.push_async_callback(graphql.drain)
            app.router.routes.extend(_routes(house, settings, leaving, graphql))
            # First of all at the end: what is being driven stops at its next step.
            stack.callback(house.driver.stop)
            yield

    web = Starlette(lifespan=lifespan)
    # It would send the caller on to whatever host their request names, with their path.
    web.router.redirect_slashes = False
    tracing = Tracing(SecurityHeaders(web))
    return LeavingQuietly(tracing, leaving)


def _graphql(house: House, settings: Settings) -> GraphQLApp:
    develops = settings.mode == "development"
    options = SchemaOptions(
        introspection=develops, suggestions=develops, costs=develops, upstreams=develops
    )
    app = build_graphql_app(house.services, options, settings.edge, house.figures.requests)
    house.figures.requests.shall_go(app.deprecated)
    return app


def _routes(
    house: House, settings: Settings, leaving: Draining, graphql: GraphQLApp
) -> list[Route]:
    known = Authentication(
        graphql, verify=house.verifier.verify, trusted_proxies=settings.trusted_proxies
    )
    webhook = stripe_webhook(
        house.ledger, house.wakeups, house.clock, house.credentials.webhook_secrets
    )
    routes = [
        Route("/graphql", _Endpoint(Cors(known, settings.edge.cors_origins))),
        Route("/webhooks/stripe", webhook, methods=["POST"]),
        Route("/livez", livez),
        Route("/metrics", metrics(house.figures.page)),
        Route(
            "/readyz",
            readyz([*_checks(house, leaving), Check("load", graphql.is_calm, is_quick=True)]),
        ),
    ]
    return [*routes, *(graphiql_routes() if settings.mode == "development" else [])]  # type: ignore[list-item]  # mounts are routes too


def _checks(house: House, leaving: Draining) -> list[Check]:
    return [
        Check("ledger", lambda: _answers(house)),
        Check("secrets", house.credentials.are_known, is_quick=True),
        Check("warm-up", house.warming.is_over, is_quick=True),
        Check("draining", leaving.is_off, is_quick=True),
    ]


async def _answers(house: House) -> bool:
    await house.ledger.due(house.clock.now(), 1)
    return await house.heartbeat.takes_writes()


class _Endpoint:
    """An ASGI application as a route of all methods; a Mount would answer POST with 307."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await self._app(scope, receive, send)
