"""What one request knows: who asks, and the lookups made for them."""

from dataclasses import dataclass, field

import strawberry

from bff.auth.bearer import TokenProblem
from bff.auth.principal import Principal
from bff.members.model import MemberSession
from resolvers.errors import TokenUnchecked, Unauthenticated
from resolvers.loaders import Loaders, MemberLoaders, Once
from resolvers.services import Services


@dataclass(frozen=True, slots=True, kw_only=True)
class SignedInMember:
    """A member and their own lookups, which cannot be had otherwise."""

    session: MemberSession
    loaders: MemberLoaders

    @classmethod
    def of(cls, session: MemberSession, services: Services) -> "SignedInMember":
        return cls(session=session, loaders=MemberLoaders(services, session))


@dataclass(frozen=True, slots=True, kw_only=True)
class Caller:
    """Who sent the request, as the authentication before us found."""

    principal: Principal | None = None
    token_problem: TokenProblem | None = None
    address: str = ""


@dataclass(slots=True)
class Context:
    """Made anew for each request, inside the running loop."""

    services: Services
    caller: Caller
    request_id: str
    # The expected refusals that the answer holds, by the names of their types.
    problems: list[str] = field(default_factory=list)
    loaders: Loaders = field(init=False)
    _member: Once[SignedInMember] = field(init=False)

    def __post_init__(self) -> None:
        self.loaders = Loaders(self.services, for_member=self.caller.principal is not None)
        self._member = Once(self._find_member)

    async def member(self) -> SignedInMember:
        """The signed-in member. Errors: `Unauthenticated`, `TokenUnchecked`."""
        return await self._member.load()

    async def _find_member(self) -> SignedInMember:
        principal = self.caller.principal
        if self.caller.token_problem is TokenProblem.KEYS_UNREACHABLE:
            raise TokenUnchecked
        if principal is None:
            raise Unauthenticated(self.caller.token_problem or "no_token")
        session = await self.services.members.of(principal)
        if session is None:
            raise Unauthenticated("no_session")
        return SignedInMember.of(session, self.services)


Info = strawberry.Info[Context, None]
