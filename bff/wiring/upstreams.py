"""Clients over their transports, and the gateways over those."""

from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from functools import partial
from zoneinfo import ZoneInfo

from bff.clock import Clock
from bff.gateways.catalogue import SevenRoomsCatalogue
from bff.gateways.crm import MembersonCrm
from bff.gateways.directory import CognitoDirectory
from bff.gateways.guest_reservations import SevenRoomsGuestReservations
from bff.gateways.payments import StripeCards
from bff.gateways.points import MembersonPoints
from bff.gateways.reservations import SevenRoomsReservations
from bff.members.ports import Sessions
from bff.settings import Settings
from clients.caching import Stats
from clients.cognito.calls import Calls, open_calls
from clients.cognito.jwks import CognitoKeys
from clients.cognito.models import AppClient
from clients.cognito.read import CognitoReads
from clients.cognito.write import CognitoWrites
from clients.guard import Guard
from clients.memberson.auth import ServiceUser
from clients.memberson.link import open_link
from clients.memberson.read import MembersonReads
from clients.memberson.write import MembersonWrites
from clients.sevenrooms.auth import fetch_token
from clients.sevenrooms.link import Link
from clients.sevenrooms.read import SevenRoomsReads
from clients.sevenrooms.write import SevenRoomsWrites
from clients.stripe.http_client import connect
from clients.stripe.read import StripeReads
from clients.stripe.write import StripeWrites
from clients.tokens import TokenKeeper
from clients.transport import Transport, open_transport
from clients.watching import Watch


@dataclass(frozen=True, slots=True, kw_only=True)
class Gateways:
    catalogue: SevenRoomsCatalogue
    reservations: SevenRoomsReservations
    guest_reservations: SevenRoomsGuestReservations
    crm: MembersonCrm
    points: MembersonPoints
    cards: StripeCards
    directory: CognitoDirectory
    keys: CognitoKeys
    guards: Sequence[Guard]

    @property
    def caches(self) -> Sequence[Stats]:
        return (*self.catalogue.stats, *self.crm.stats)


@asynccontextmanager
async def open_gateways(
    settings: Settings, sessions: Sessions, clock: Clock, watch: Watch
) -> AsyncIterator[Gateways]:
    guards: list[Guard] = []
    seconds = settings.upstream_timeout_seconds
    async with AsyncExitStack() as stack:

        async def transport(name: str, url: str) -> Transport:
            opened = open_transport(name, url, timeout_seconds=seconds, watch=watch)
            made = await stack.enter_async_context(opened)
            guards.append(made.guard)
            return made

        rooms = _sevenrooms(await transport("sevenrooms", settings.sevenrooms.url), settings, clock)
        crm = _memberson(await transport("memberson", settings.memberson.url), settings, clock)
        room_reads, room_writes = rooms
        members = MembersonCrm(*crm, settings.memberson, clock)
        stack.push_async_callback(members.aclose)
        search = settings.sevenrooms.request_search
        catalogue = SevenRoomsCatalogue(
            room_reads, time_zones=settings.sevenrooms.time_zones, clock=clock
        )
        stack.push_async_callback(catalogue.aclose)
        opened = open_calls(settings.cognito.region, timeout_seconds=seconds, watch=watch)
        calls = await stack.enter_async_context(opened)
        guards.append(calls.guard)
        yield Gateways(
            catalogue=catalogue,
            reservations=SevenRoomsReservations(
                room_reads, room_writes, clock=clock, request_search=search
            ),
            guest_reservations=SevenRoomsGuestReservations(
                room_reads, time_zones=settings.sevenrooms.time_zones, clock=clock
            ),
            crm=members,
            points=MembersonPoints(*crm, sessions, settings.memberson, clock),
            cards=_stripe(await transport("stripe", settings.stripe.url), settings),
            directory=_cognito(calls, settings),
            keys=CognitoKeys(
                await transport("cognito-keys", settings.cognito.jwks_url),
                settings.cognito.jwks_url,
            ),
            guards=guards,
        )


def _sevenrooms(
    transport: Transport, settings: Settings, clock: Clock
) -> tuple[SevenRoomsReads, SevenRoomsWrites]:
    own = settings.sevenrooms
    fetch = partial(fetch_token, transport, own.client_id, own.client_secret)
    link = Link(
        transport=transport,
        tokens=TokenKeeper(fetch, clock.now),
        concierge_id=own.concierge_id,
        concierge_group_id=own.concierge_group_id,
    )
    return SevenRoomsReads(link), SevenRoomsWrites(link)


def _memberson(
    transport: Transport, settings: Settings, clock: Clock
) -> tuple[MembersonReads, MembersonWrites]:
    own = settings.memberson
    link = open_link(transport, ServiceUser(own.api_user, own.api_password), clock.now)
    zone = ZoneInfo(own.time_zone)
    return MembersonReads(link, zone), MembersonWrites(link, zone)


def _stripe(transport: Transport, settings: Settings) -> StripeCards:
    own = settings.stripe
    sdk = connect(transport, url=own.url, secret_key=own.secret_key)
    return StripeCards(StripeReads(sdk), StripeWrites(sdk), publishable_key=own.publishable_key)


def _cognito(calls: Calls, settings: Settings) -> CognitoDirectory:
    own = settings.cognito
    app = AppClient(pool_id=own.pool_id, client_id=own.client_id, client_secret=own.client_secret)
    return CognitoDirectory(
        CognitoReads(calls, app), CognitoWrites(calls, app), password_key=own.password_key
    )
