"""What signing in can come to. Expected refusals are answers, not exceptions."""

import datetime as dt
from dataclasses import dataclass
from enum import Enum, auto

from bff.members.model import MemberSession
from bff.members.ports import IssuedTokens


class CredentialProblem(Enum):
    """Why credentials were not taken; the app tells the guest what to do next."""

    WRONG = auto()
    MUST_RESET = auto()
    """The CRM wants a new password first."""
    SESSION_OVER = auto()
    """The refresh token no longer counts: sign in again."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SignedIn:
    """`expires_at` is the access token's end, a moment early rather than late."""

    session: MemberSession
    tokens: IssuedTokens
    expires_at: dt.datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class WrongCredentials:
    problem: CredentialProblem = CredentialProblem.WRONG


@dataclass(frozen=True, slots=True, kw_only=True)
class UnknownMember:
    """The CRM knows no member of this email, or several: which one asks is not ours to guess."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AttemptsExceeded:
    retry_after_seconds: int


@dataclass(frozen=True, slots=True, kw_only=True)
class UpstreamAway:
    """Nobody's fault here: the same credentials may do later."""

    upstream: str


SignInOutcome = SignedIn | WrongCredentials | UnknownMember | AttemptsExceeded | UpstreamAway
