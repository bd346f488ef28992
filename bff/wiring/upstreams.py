"""Clients over their transports, and the gateways over those."""

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from bff.clock import Clock
from bff.credentials.sharing import Forgiving
from bff.gateways.catalogue import SevenRoomsCatalogue
from bff.gateways.crm import MembersonCrm
from bff.gateways.directory import CognitoDirectory
from bff.gateways.guest_reservations import SevenRoomsGuestReservations
from bff.gateways.payments import StripeCards
from bff.gateways.points import MembersonPoints
from bff.gateways.reservations import SevenRoomsReservations
from bff.settings import MembersonSettings, Settings
from bff.wiring.credentials import Credentials
from bff.wiring.storage import Storage
from clients.caching import Stats
from clients.cognito.calls import Calls, open_calls
from clients.cognito.jwks import CognitoKeys
from clients.cognito.models import AppClient
from clients.cognito.read import CognitoReads
from clients.cognito.write import CognitoWrites
from clients.guard import Guard
from clients.memberson import auth as memberson_auth
from clients.memberson.link import Link as MembersonLink
from clients.memberson.read import MembersonReads
from clients.memberson.write import MembersonWrites
from clients.sevenrooms import auth as sevenrooms_auth
from clients.sevenrooms.link import Link as SevenRoomsLink
from clients.sevenrooms.read import SevenRoomsReads
from clients.sevenrooms.write import SevenRoomsWrites
from clients.stripe.http_client import connect
from clients.stripe.read import StripeReads
from clients.stripe.write import StripeWrites
from clients.tokens import TokenKeeper, TokenStats
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
    tokens: Mapping[str, TokenStats]

    @property
    def caches(self) -> Sequence[Stats]:
        return (*self.catalogue.stats, *self.crm.stats)


@asynccontextmanager
async def open_gateways(
    settings: Settings, storage: Storage, credentials: Credentials, clock: Clock, watch: Watch
) -> AsyncIterator[Gateways]:
    guards: list[Guard] = []
    seconds = settings.upstream_timeout_seconds
    async with AsyncExitStack() as stack:

        async def transport(name: str, url: str) -> Transport:
            opened = open_transport(name, url, timeout_seconds=seconds, watch=watch)
            made = await stack.enter_async_context(opened)
            guards.append(made.guard)
            return made

        to_rooms = await transport("sevenrooms", settings.sevenrooms.url)
        rooms_token = sevenrooms_auth.kept_token(
            to_rooms,
            credentials.sevenrooms,
            clock.now,
            store=Forgiving(to_rooms.upstream, storage.tokens(to_rooms.upstream, clock)),
        )
        room_reads, room_writes = _sevenrooms(to_rooms, rooms_token, settings)
        to_crm = await transport("memberson", settings.memberson.url)
        crm_token = memberson_auth.kept_token(
            to_crm,
            credentials.memberson,
            clock.now,
            store=Forgiving(to_crm.upstream, storage.tokens(to_crm.upstream, clock)),
        )
        crm_link = MembersonLink(to_crm, crm_token, credentials.memberson)
        crm = _memberson(crm_link, settings.memberson)
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
            points=MembersonPoints(*crm, storage.sessions, settings.memberson, clock),
            cards=_stripe(await transport("stripe", settings.stripe.url), settings, credentials),
            directory=_cognito(calls, settings, credentials),
            keys=CognitoKeys(
                await transport("cognito-keys", settings.cognito.jwks_url),
                settings.cognito.jwks_url,
            ),
            guards=guards,
            tokens={"sevenrooms": rooms_token.stats, "memberson": crm_token.stats},
        )


def _sevenrooms(
    transport: Transport, tokens: TokenKeeper, settings: Settings
) -> tuple[SevenRoomsReads, SevenRoomsWrites]:
    link = SevenRoomsLink(
        transport=transport,
        tokens=tokens,
        concierge_id=settings.sevenrooms.concierge_id,
        concierge_group_id=settings.sevenrooms.concierge_group_id,
    )
    return SevenRoomsReads(link), SevenRoomsWrites(link)


def _memberson(
    link: MembersonLink, settings: MembersonSettings
) -> tuple[MembersonReads, MembersonWrites]:
    zone = ZoneInfo(settings.time_zone)
    return MembersonReads(link, zone), MembersonWrites(link, zone)


def _stripe(transport: Transport, settings: Settings, credentials: Credentials) -> StripeCards:
    own = settings.stripe
    sdk = connect(transport, url=own.url, keys=credentials.stripe)
    return StripeCards(StripeReads(sdk), StripeWrites(sdk), publishable_key=own.publishable_key)


def _cognito(calls: Calls, settings: Settings, credentials: Credentials) -> CognitoDirectory:
    own = settings.cognito
    app = AppClient(pool_id=own.pool_id, client_id=own.client_id)
    return CognitoDirectory(
        CognitoReads(calls, app),
        CognitoWrites(calls, app, credentials.cognito),
        password_key=own.password_key,
    )
