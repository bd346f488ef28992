"""The whole application, opened in order and closed in reverse."""

import secrets
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from functools import partial

from bff.auth.keys import MAX_AGE, KeyRing
from bff.auth.tokens import TokenPolicy
from bff.auth.verifier import Verifier
from bff.booking.advance import Driver
from bff.booking.answers import Answers
from bff.booking.changes import Changes
from bff.booking.desk import BookingDesk
from bff.booking.effort import Effort
from bff.booking.history import MemberHistory
from bff.booking.ports import Ledger, Wakeups
from bff.booking.retention import Forgetting
from bff.booking.steps.move import Upstreams
from bff.catalogue.place_news import PlacesKnown
from bff.catalogue.slot_tokens import SlotTokens
from bff.clock import Clock, SystemClock
from bff.figures.page import Figures
from bff.gateways.catalogue import DAY_TTL_SECONDS, VIEW_TTL_SECONDS
from bff.gateways.crm import RATES_TTL_SECONDS
from bff.ledger.heartbeat import Heartbeat
from bff.members.current import CurrentMember
from bff.members.sign_in import SignIn
from bff.settings import CognitoSettings, Settings
from bff.wakeups.dead_letters import counted
from bff.warming import Reading, Warming
from bff.wiring.credentials import Credentials, open_credentials
from bff.wiring.storage import Storage, kept_for, open_storage
from bff.wiring.traces import open_traces
from bff.wiring.upstreams import Gateways, open_gateways
from bff.worker import Worker
from clients.tracing import Tracer
from resolvers.services import Services

# Cognito lets a pool's access tokens live a day at most.
MAX_TOKEN_SECONDS = 86_400
MAX_TOKEN_BYTES = 8_192
# A little before the kept ones would be renewed at a guest's call.
CATALOGUE_EVERY_SECONDS = VIEW_TTL_SECONDS * 0.9
RATES_EVERY_SECONDS = RATES_TTL_SECONDS * 0.9
KEYS_EVERY_SECONDS = MAX_AGE.total_seconds() * 0.9
LEEWAY_SECONDS = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class House:
    services: Services
    worker: Worker
    driver: Driver
    verifier: Verifier
    ledger: Ledger
    heartbeat: Heartbeat
    wakeups: Wakeups
    credentials: Credentials
    warming: Warming
    figures: Figures
    tracer: Tracer | None
    clock: Clock


@asynccontextmanager
async def open_house(settings: Settings) -> AsyncIterator[House]:
    """Open all that a running copy needs. No upstream is asked: each may be away at the start."""
    clock, figures = SystemClock(), Figures()
    async with AsyncExitStack() as stack:
        tracer = await stack.enter_async_context(open_traces(settings.traces))
        storage = await stack.enter_async_context(open_storage(settings, figures.upstreams))
        ledger, sessions = storage.ledger, storage.sessions
        credentials = await stack.enter_async_context(
            open_credentials(settings.secrets, clock, figures.upstreams)
        )
        gateways = await stack.enter_async_context(
            open_gateways(settings, storage, credentials, clock, figures.upstreams)
        )
        guards = [*gateways.guards, *storage.guards, *credentials.guards]
        figures.watch_upstreams(guards, gateways.caches)
        figures.watch_tokens(gateways.tokens, clock)
        heartbeat = Heartbeat(storage.attempts, clock)
        figures.watch_bookings(ledger, heartbeat.takes_writes, clock)
        await stack.enter_async_context(figures.process.watching())
        if settings.wakeups_queue_url is not None:
            opens = partial(counted, settings.wakeups_queue_url)
            await stack.enter_async_context(figures.dead_letters.watching(opens, clock))
        changes = Changes()
        places = PlacesKnown(
            storage.places, gateways.catalogue, clock, kept_seconds=DAY_TTL_SECONDS
        )
        upstreams = Upstreams(
            reservations=gateways.reservations,
            points=gateways.points,
            cards=gateways.cards,
            hold_seconds=settings.hold_seconds,
        )
        driver = Driver(
            ledger,
            upstreams,
            clock,
            changes,
            places,
            owner=f"copy-{secrets.token_hex(6)}",
            call_seconds=settings.upstream_timeout_seconds,
        )
        effort = Effort(driver, ledger, changes, budget_seconds=settings.booking_budget_seconds)
        stack.push_async_callback(effort.drain)
        keys = KeyRing(gateways.keys.entries, clock)
        stack.push_async_callback(keys.close)
        verifier = Verifier(_policy(settings.cognito), keys, clock)
        slots = SlotTokens(settings.slot_keys, settings.slot_ttl_seconds)
        services = Services(
            catalogue=gateways.catalogue,
            places=places,
            crm=gateways.crm,
            members=CurrentMember(sessions, gateways.crm, gateways.directory, clock),
            sign_in=SignIn(
                crm=gateways.crm,
                directory=gateways.directory,
                sessions=sessions,
                attempts=storage.attempts,
                verify=verifier.verify,
                clock=clock,
                key=storage.data_keys[0],
            ),
            slots=slots,
            bookings=BookingDesk(
                ledger=ledger,
                effort=effort,
                answers=Answers(gateways.catalogue, gateways.cards, clock),
                slots=slots,
                clock=clock,
                hold_seconds=settings.hold_seconds,
            ),
            history=MemberHistory(ledger, gateways.guest_reservations, clock, changes),
            clock=clock,
        )
        yield House(
            services=services,
            worker=Worker(
                driver,
                ledger,
                storage.wakeups,
                clock,
                _forgetting(settings, storage, clock),
                tracer,
            ),
            driver=driver,
            verifier=verifier,
            ledger=ledger,
            heartbeat=heartbeat,
            wakeups=storage.wakeups,
            credentials=credentials,
            warming=_warming(gateways, keys, clock),
            figures=figures,
            tracer=tracer,
            clock=clock,
        )


def _forgetting(settings: Settings, storage: Storage, clock: Clock) -> Forgetting | None:
    """None where the table's time to live does it."""
    if settings.ledger_table is not None:
        return None
    return Forgetting(storage.retention, kept_for(settings), clock)


def _warming(gateways: Gateways, keys: KeyRing, clock: Clock) -> Warming:
    return Warming(
        [
            Reading("catalogue", CATALOGUE_EVERY_SECONDS, gateways.catalogue.renew),
            Reading("rates", RATES_EVERY_SECONDS, gateways.crm.renew_rates),
            Reading("keys", KEYS_EVERY_SECONDS, keys.renew),
        ],
        clock,
    )


def _policy(cognito: CognitoSettings) -> TokenPolicy:
    return TokenPolicy(
        issuer=cognito.issuer,
        client_ids=frozenset({cognito.client_id}),
        token_use="access",  # noqa: S106 - a kind of token, not one
        leeway_seconds=LEEWAY_SECONDS,
        max_lifetime_seconds=MAX_TOKEN_SECONDS,
        max_bytes=MAX_TOKEN_BYTES,
    )
