"""The member behind a verified access token."""

from bff.auth.principal import Principal
from bff.clock import Clock
from bff.members.model import MemberSession
from bff.members.ports import Crm, Directory, Sessions
from clients.errors import UpstreamError


class CurrentMember:
    def __init__(self, sessions: Sessions, crm: Crm, directory: Directory, clock: Clock) -> None:
        self._sessions = sessions
        self._crm = crm
        self._directory = directory
        self._clock = clock

    async def of(self, principal: Principal) -> MemberSession | None:
        """What signing in left with us; without that, what the CRM says of the member.

        None for a user whom we have not made. Errors: `UpstreamError`, where nothing was kept.
        """
        kept = await self._sessions.load(principal.sub)
        if kept is not None:
            return kept
        customer_number = self._directory.customer_number(principal.username)
        return await self._rebuilt(principal.sub, customer_number) if customer_number else None

    async def _rebuilt(self, sub: str, customer_number: str) -> MemberSession:
        """A session that is over: its member may look, and has to sign in again to pay with points.

        Not kept, lest it replace the one of a sign-in at the same moment.
        """
        return MemberSession(
            sub=sub,
            profile=await self._crm.profile(customer_number),
            member_number=await member_number(self._crm, customer_number),
            profile_token="",
            expires_at=self._clock.now(),
        )


async def member_number(crm: Crm, customer_number: str) -> str | None:
    """The number of the membership in force; None also when the CRM does not say just now."""
    try:
        membership = (await crm.standing(customer_number)).membership
    except UpstreamError:
        return None
    return membership.number if membership else None
