"""Stripe's refusals in `clients.errors`' terms.

Sources: Stripe's API reference, "Errors" and "Idempotent requests" (CONFIRMED).
"""

from typing import NoReturn

import httpx

from clients.errors import NotSent, OutcomeUnknown, Refused, Unauthorised
from clients.parsing import Record, decoded, record, text
from clients.stripe.models import Intent, intent_of
from clients.transport import retry_after

UPSTREAM = "stripe"


class StoredFailure(OutcomeUnknown):
    """Stripe repeated the failure of an earlier call with this key, and will for 24 hours.

    It says nothing of the present: ask again under another key.
    """

    is_replay = True


class StripeRefused(Refused):
    """Stripe answered no.

    `intent` is the PaymentIntent as the refusal shows it, None where it shows none.
    `decline_code` is the card issuer's reason, None where no card was declined.
    """

    intent: Intent | None = None
    decline_code: str | None = None


def raise_sorted(operation: str, response: httpx.Response) -> NoReturn:
    """Raise an answer that is not a 2xx by what the caller must do."""
    status, error = response.status_code, _error(response.content)
    code = text(error, "code") or text(error, "type")
    if response.headers.get("idempotent-replayed", "").lower() == "true":
        raise StoredFailure(UPSTREAM, operation, f"stored {status}", status=status)
    again = retry_after(response)
    if status == httpx.codes.TOO_MANY_REQUESTS or code == "rate_limit":
        raise NotSent(UPSTREAM, operation, "rate limit", status=status, retry_after_seconds=again)
    if _leaves_doubt(status):
        raise OutcomeUnknown(
            UPSTREAM, operation, str(status), status=status, retry_after_seconds=again
        )
    if status == httpx.codes.UNAUTHORIZED:
        raise Unauthorised(UPSTREAM, operation, "401", status=status, code=code)
    refusal = StripeRefused(UPSTREAM, operation, f"{status} {code}", status=status, code=code)
    refusal.intent = intent_of(record(error.get("payment_intent")))
    refusal.decline_code = text(error, "decline_code")
    raise refusal


def _leaves_doubt(status: int) -> bool:
    """A 409 says that a call with this key is under way; a 424 that a bank's side failed."""
    doubtful = {
        httpx.codes.REQUEST_TIMEOUT,
        httpx.codes.CONFLICT,
        httpx.codes.FAILED_DEPENDENCY,
    }
    return status in doubtful or status >= httpx.codes.INTERNAL_SERVER_ERROR


def _error(content: bytes) -> Record:
    try:
        return record(record(decoded(content)).get("error"))
    except ValueError:
        return {}
