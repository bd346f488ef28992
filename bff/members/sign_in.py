"""A member signs in, and stays so. The CRM decides; the user pool issues the tokens."""

import asyncio
import datetime as dt
import re
import unicodedata

from bff.auth.bearer import Verify
from bff.auth.keys import KeysAway
from bff.auth.refusals import TokenRefused
from bff.clock import Clock
from bff.members.attempts import Attempt, AttemptLimits
from bff.members.current import CurrentMember, member_number
from bff.members.model import MemberSession
from bff.members.outcomes import (
    AttemptsExceeded,
    CredentialProblem,
    SignedIn,
    SignInOutcome,
    UnknownMember,
    UpstreamAway,
    WrongCredentials,
)
from bff.members.ports import (
    Attempts,
    Crm,
    CrmSession,
    Directory,
    IssuedTokens,
    RefreshRefused,
    Sessions,
    WrongPassword,
)
from clients.errors import Refused, Unauthorised, UpstreamError

# RFC 5321 allows no longer address; nobody types a longer password.
MAX_EMAIL_LENGTH = 254
MAX_PASSWORD_LENGTH = 256
# Cognito's are below 2 KB.
MAX_REFRESH_TOKEN_LENGTH = 8192

_EMAIL = re.compile(r"[^\s@]+@[^\s@]+")
# Source: the service model's pattern for tokens.
_REFRESH_TOKEN = re.compile(r"[A-Za-z0-9_=.-]+")

_TOKENS_UPSTREAM = "cognito"


class SignIn:
    """`key` is for the attempts' hashes."""

    def __init__(  # noqa: PLR0913 - its ports, each by name
        self,
        *,
        crm: Crm,
        directory: Directory,
        sessions: Sessions,
        attempts: Attempts,
        verify: Verify,
        clock: Clock,
        key: bytes,
    ) -> None:
        self._crm = crm
        self._directory = directory
        self._sessions = sessions
        self._verify = verify
        self._clock = clock
        self._limits = AttemptLimits(attempts, clock, key)
        self._members = CurrentMember(sessions, crm, directory, clock)

    async def sign_in(self, email: str, password: str, address: str) -> SignInOutcome:
        """`address` is the caller's IP address, empty when it is not known."""
        known_as = normal_email(email)
        if known_as is None:
            return UnknownMember()
        if not 0 < len(password) <= MAX_PASSWORD_LENGTH:
            return WrongCredentials()
        attempt = await self._limits.begin_sign_in(known_as, address)
        if isinstance(attempt, AttemptsExceeded):
            return attempt
        try:
            return await self._decided(known_as, password, attempt)
        except UpstreamError as failure:
            await attempt.forget()
            return UpstreamAway(upstream=failure.upstream)

    async def refresh(self, refresh_token: str, address: str) -> SignInOutcome:
        """New tokens for a session that the pool still knows; the CRM is not asked for it."""
        over = WrongCredentials(problem=CredentialProblem.SESSION_OVER)
        if len(refresh_token) > MAX_REFRESH_TOKEN_LENGTH:
            return over
        if not _REFRESH_TOKEN.fullmatch(refresh_token):
            return over
        attempt = await self._limits.begin_refresh(address)
        if isinstance(attempt, AttemptsExceeded):
            return attempt
        try:
            outcome = await self._refreshed(refresh_token)
        except RefreshRefused:
            return over
        except UpstreamError as failure:
            outcome = UpstreamAway(upstream=failure.upstream)
        await attempt.forget()
        return outcome or over

    async def _decided(self, email: str, password: str, attempt: Attempt) -> SignInOutcome:
        """What the CRM says. Errors: `UpstreamError`, when it or the pool could not be asked."""
        found = set(await self._crm.find(email))
        if len(found) != 1:
            return UnknownMember()
        customer_number = found.pop()
        try:
            crm_session = await self._crm.sign_in(customer_number, password)
        except WrongPassword as wrong:
            return WrongCredentials(
                problem=CredentialProblem.MUST_RESET
                if wrong.must_reset
                else CredentialProblem.WRONG
            )
        except Unauthorised:
            raise  # our own credentials, not the guest's
        except Refused as unheard_of:
            # It stays counted: a no that we do not know must not open the way to endless guesses.
            return UpstreamAway(upstream=unheard_of.upstream)
        signed_in = await self._admitted(email, customer_number, crm_session)
        await attempt.succeeded()
        return signed_in

    async def _admitted(
        self, email: str, customer_number: str, crm_session: CrmSession
    ) -> SignedIn:
        (sub, tokens, expires_at), profile, number = await asyncio.gather(
            self._entered(email, customer_number),
            self._crm.profile(customer_number),
            member_number(self._crm, customer_number),
        )
        session = MemberSession(
            sub=sub,
            profile=profile,
            member_number=number,
            profile_token=crm_session.profile_token,
            expires_at=crm_session.expires_at,
        )
        await self._sessions.keep(session)
        return SignedIn(session=session, tokens=tokens, expires_at=expires_at)

    async def _entered(
        self, email: str, customer_number: str
    ) -> tuple[str, IssuedTokens, dt.datetime]:
        sub = await self._directory.find_or_create(email, customer_number)
        asked_at = self._clock.now()
        tokens = await self._directory.issue(customer_number)
        return sub, tokens, _end_of(tokens, asked_at)

    async def _refreshed(self, refresh_token: str) -> SignedIn | UpstreamAway | None:
        """None when the tokens belong to nobody we know."""
        asked_at = self._clock.now()
        tokens = await self._directory.refresh(refresh_token)
        try:
            principal = await self._verify(tokens.access_token)
        except (TokenRefused, KeysAway):
            return UpstreamAway(upstream=_TOKENS_UPSTREAM)
        session = await self._members.of(principal)
        if session is None:
            return None
        return SignedIn(session=session, tokens=tokens, expires_at=_end_of(tokens, asked_at))


def normal_email(text: str) -> str | None:
    """One spelling of an email for the CRM and the limits; None for what cannot be one."""
    if len(text) > 2 * MAX_EMAIL_LENGTH:
        return None
    email = unicodedata.normalize("NFC", text.strip()).lower()
    fits = len(email) <= MAX_EMAIL_LENGTH and email.isprintable() and _EMAIL.fullmatch(email)
    return email if fits else None


def _end_of(tokens: IssuedTokens, asked_at: dt.datetime) -> dt.datetime:
    return asked_at + dt.timedelta(seconds=tokens.expires_in_seconds)
