"""What was refused, as the app can act on it: one table from our outcomes to the union's members.

A member's `message` is for the developer and the log of the app, its type and fields are for the
guest's screen. An outcome that is not in the table raises: nothing unknown ever reads as success.
"""

from collections.abc import Callable, Sequence
from enum import Enum
from typing import Any

import strawberry

from bff.booking import outcomes
from bff.members import outcomes as sign_in_outcomes
from bff.money import Rate
from resolvers.availability import Slot
from resolvers.context import Context


@strawberry.interface(description="An expected refusal.")
class UserError:
    message: str = strawberry.field(
        description="What happened, in English. Show words of your own, chosen by the type."
    )
    retryable: bool = strawberry.field(
        description="True when the same call with the same key may succeed later."
    )


@strawberry.enum(description="What to tell the guest about credentials that were not taken.")
class CredentialProblem(Enum):
    WRONG = strawberry.enum_value("WRONG", description="The email or the password is wrong.")
    MUST_RESET = strawberry.enum_value(
        "MUST_RESET", description="The CRM wants a new password first: lead to the reset page."
    )
    SESSION_OVER = strawberry.enum_value(
        "SESSION_OVER", description="The refresh token no longer counts: sign in again."
    )


@strawberry.type(description="The credentials were not taken.")
class InvalidCredentials(UserError):
    problem: CredentialProblem = strawberry.field(description="Why, as far as the guest can act.")


@strawberry.type(description="There is no such member, or not just one: the concierge can help.")
class MemberNotFound(UserError):
    pass


@strawberry.type(description="Too many failed attempts for this email or from this address.")
class TooManyAttempts(UserError):
    retry_after_seconds: int = strawberry.field(description="Wait this long, in seconds.")


@strawberry.type(description="A system behind us is out of reach, and nothing could be promised.")
class UpstreamUnavailable(UserError):
    upstream: str = strawberry.field(
        description="Which one: `memberson`, `sevenrooms`, `stripe` or `cognito`."
    )


@strawberry.type(description="The place is gone, or the slot id is too old. Nothing was paid.")
class SlotUnavailable(UserError):
    alternatives: list[Slot] = strawberry.field(
        description="Free times of the same experience and day, nearest first; may be empty."
    )


@strawberry.type(description="The member has fewer points than the slot costs. Nothing was taken.")
class InsufficientPoints(UserError):
    balance: int = strawberry.field(description="Whole points that the member has.")
    required: int = strawberry.field(description="Whole points that the slot costs.")


@strawberry.type(
    description=(
        "The CRM no longer takes this member's session, which redeeming points needs. Sign in "
        "again, then send the same call with the same key."
    )
)
class MemberSessionExpired(UserError):
    pass


@strawberry.type(
    description="The idempotency key was used for another booking. Make a new key for a new one."
)
class IdempotencyConflict(UserError):
    pass


@strawberry.type(description="The card was refused. Nothing was taken.")
class PaymentDeclined(UserError):
    decline_code: str | None = strawberry.field(
        description="Stripe's code, such as `insufficient_funds`; null when it says none."
    )


@strawberry.type(description="The booking stays as it is.")
class NotCancellable(UserError):
    pass


@strawberry.type(description="An input field holds what it must not: a fault of the app.")
class InvalidInput(UserError):
    field: str = strawberry.field(description="The input field's name in this schema.")


def _slot_taken(it: outcomes.SlotTaken, rates: Sequence[Rate], context: Context) -> UserError:
    return SlotUnavailable(
        message="This time is no longer free.",
        retryable=False,
        alternatives=[Slot.of(slot, rates, context) for slot in it.alternatives],
    )


def _not_enough_points(it: outcomes.NotEnoughPoints) -> UserError:
    return InsufficientPoints(
        message="The member has too few points for this.",
        retryable=False,
        balance=it.balance,
        required=it.required,
    )


def _session_over(_: outcomes.SessionOver) -> UserError:
    return MemberSessionExpired(message="Please sign in again to use points.", retryable=True)


def _key_reused(_: outcomes.KeyReused) -> UserError:
    return IdempotencyConflict(
        message="This idempotency key belongs to another booking.", retryable=False
    )


def _card_declined(it: outcomes.CardDeclined) -> UserError:
    return PaymentDeclined(
        message="The card was declined.", retryable=it.retryable, decline_code=it.decline_code
    )


def _bad_input(it: outcomes.BadInput) -> UserError:
    return InvalidInput(message=it.message, retryable=False, field=it.field)


def _away(it: outcomes.Away) -> UserError:
    return UpstreamUnavailable(
        message="A system behind us is out of reach.",
        retryable=it.retryable,
        upstream=it.upstream,
    )


def _cannot_cancel(it: outcomes.CannotCancel) -> UserError:
    return NotCancellable(message=it.message, retryable=False)


_CREDENTIALS = {
    sign_in_outcomes.CredentialProblem.WRONG: "The email or the password is wrong.",
    sign_in_outcomes.CredentialProblem.MUST_RESET: "The password has to be reset first.",
    sign_in_outcomes.CredentialProblem.SESSION_OVER: "The session is over. Please sign in again.",
}


def _wrong_credentials(it: sign_in_outcomes.WrongCredentials) -> UserError:
    return InvalidCredentials(
        message=_CREDENTIALS[it.problem],
        retryable=False,
        problem=CredentialProblem[it.problem.name],
    )


def _unknown_member(_: sign_in_outcomes.UnknownMember) -> UserError:
    return MemberNotFound(message="There is no such member.", retryable=False)


def _attempts_exceeded(it: sign_in_outcomes.AttemptsExceeded) -> UserError:
    return TooManyAttempts(
        message="Too many attempts. Please wait.",
        retryable=True,
        retry_after_seconds=it.retry_after_seconds,
    )


def _upstream_away(it: sign_in_outcomes.UpstreamAway) -> UserError:
    return UpstreamUnavailable(
        message="A system behind us is out of reach.", retryable=True, upstream=it.upstream
    )


_MEMBERS: dict[type, Callable[[Any], UserError]] = {
    outcomes.NotEnoughPoints: _not_enough_points,
    outcomes.SessionOver: _session_over,
    outcomes.KeyReused: _key_reused,
    outcomes.CardDeclined: _card_declined,
    outcomes.BadInput: _bad_input,
    outcomes.Away: _away,
    outcomes.CannotCancel: _cannot_cancel,
    sign_in_outcomes.WrongCredentials: _wrong_credentials,
    sign_in_outcomes.UnknownMember: _unknown_member,
    sign_in_outcomes.AttemptsExceeded: _attempts_exceeded,
    sign_in_outcomes.UpstreamAway: _upstream_away,
}


async def refused(outcome: object, context: Context) -> UserError:
    """The union's member for a refusal. Errors: KeyError for an outcome that we do not know."""
    member = await _member(outcome, context)
    context.problems.append(type(member).__name__)
    return member


async def _member(outcome: object, context: Context) -> UserError:
    if isinstance(outcome, outcomes.SlotTaken):
        rates = await context.loaders.rates() if outcome.alternatives else ()
        return _slot_taken(outcome, rates, context)
    return _MEMBERS[type(outcome)](outcome)
