"""What the resolvers need of the house, by its ports; the wiring fills it."""

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from bff.auth.principal import Principal
from bff.booking.commands import BookingCommands, BookingHistory
from bff.catalogue.model import Slot
from bff.catalogue.ports import Catalogue
from bff.clock import Clock
from bff.members.model import MemberSession
from bff.members.outcomes import SignInOutcome
from bff.members.ports import Crm


class SlotSigner(Protocol):
    def sign(self, slot: Slot, points: int | None, now: datetime) -> str:
        """An opaque id that names the slot and its price, and ends a while after `now`."""
        ...


class PlacesTold(Protocol):
    async def catch_up(self) -> None:
        """Ask anew for days on which any copy has sold or freed places by now.

        Bounded in time, and never raises.
        """
        ...


class MemberSessions(Protocol):
    async def of(self, principal: Principal) -> MemberSession | None:
        """The session that signing in left; None when there is none for this principal."""
        ...


class SignIns(Protocol):
    async def sign_in(self, email: str, password: str, address: str) -> SignInOutcome: ...

    async def refresh(self, refresh_token: str, address: str) -> SignInOutcome: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Services:
    catalogue: Catalogue
    places: PlacesTold
    crm: Crm
    members: MemberSessions
    sign_in: SignIns
    slots: SlotSigner
    bookings: BookingCommands
    history: BookingHistory
    clock: Clock
