"""The mutations that open and renew a member's session."""

import datetime as dt
from typing import Annotated, cast

import strawberry

from bff.members.outcomes import SignedIn, SignInOutcome
from resolvers.cache_hints import PRIVATE, cached
from resolvers.context import Context, Info, SignedInMember
from resolvers.fields import resolved
from resolvers.kinds import Kind
from resolvers.members import Member
from resolvers.problems import (
    InvalidCredentials,
    MemberNotFound,
    TooManyAttempts,
    UpstreamUnavailable,
    refused,
)


@strawberry.input(description="What a member signs in with.")
class SignInInput:
    email: str = strawberry.field(description="As known to the CRM; case does not matter.")
    password: str = strawberry.field(description="The CRM's password. It is never kept.")


@strawberry.input(description="What a session is renewed with.")
class RefreshSessionInput:
    refresh_token: str = strawberry.field(description="A Session's `refreshToken`.")


@cached(PRIVATE)
@strawberry.type(description="A member's session. Keep its tokens in the device's key store.")
class Session:
    access_token: str = strawberry.field(
        description="Send it as `Authorization: Bearer ...` with every call."
    )
    id_token: str | None = strawberry.field(
        description="Who the member is, for the app's own use; never send it to this API."
    )
    refresh_token: str | None = strawberry.field(
        description="For `refreshSession`; null after a refresh that lets the old one live on."
    )
    expires_at: dt.datetime = strawberry.field(
        description="When the access token ends; refresh a little earlier."
    )
    member: Member = strawberry.field(description="Who is signed in now.")


SignInResult = Annotated[
    Session | InvalidCredentials | MemberNotFound | TooManyAttempts | UpstreamUnavailable,
    strawberry.union("SignInResult", description="What signing in or refreshing came to."),
]
SignInArgument = Annotated[SignInInput, strawberry.argument(description="Email and password.")]
RefreshArgument = Annotated[
    RefreshSessionInput, strawberry.argument(description="The refresh token.")
]


@strawberry.type
class SessionMutation:
    @resolved(
        "Signs a member in, who must exist in the CRM. Needs no token. Failed attempts are "
        "counted by email and by address.",
        cost=50,
        kind=Kind.SIGNS_IN,
    )
    async def sign_in(
        self,
        info: Info,
        input: SignInArgument,  # noqa: A002 - the contract's name
    ) -> SignInResult:
        context = info.context
        outcome = await context.services.sign_in.sign_in(
            input.email, input.password, context.caller.address
        )
        return await _result(outcome, context)

    @resolved(
        "Renews the tokens. InvalidCredentials when the refresh token is over: sign in again. "
        "Needs no access token.",
        cost=50,
        kind=Kind.SIGNS_IN,
    )
    async def refresh_session(
        self,
        info: Info,
        input: RefreshArgument,  # noqa: A002 - the contract's name
    ) -> SignInResult:
        context = info.context
        outcome = await context.services.sign_in.refresh(
            input.refresh_token, context.caller.address
        )
        return await _result(outcome, context)


async def _result(outcome: SignInOutcome, context: Context) -> SignInResult:
    if not isinstance(outcome, SignedIn):
        return cast("SignInResult", await refused(outcome, context))
    tokens = outcome.tokens
    return Session(
        access_token=tokens.access_token,
        id_token=tokens.id_token,
        refresh_token=tokens.refresh_token,
        expires_at=outcome.expires_at,
        member=Member.of(SignedInMember.of(outcome.session, context.services)),
    )
