"""Stripe's objects as far as we read them; any field may be missing or of another type."""

from dataclasses import dataclass, field

from clients.parsing import Record, flag, record, text, whole, words


@dataclass(frozen=True, slots=True, kw_only=True)
class Intent:
    """A PaymentIntent. `status` may be one that is not known yet, or None.

    `error_code` and `decline_code` tell of the last refused card. `is_refunded` is True once the
    whole charge was given back, and None when the answer does not include the charge.
    """

    id: str
    status: str | None
    customer_id: str | None = None
    client_secret: str | None = field(default=None, repr=False)
    booking_id: str | None = None
    has_error: bool = False
    error_code: str | None = None
    decline_code: str | None = None
    is_refunded: bool | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class EphemeralKey:
    id: str
    secret: str = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Refund:
    """`status` is pending, requires_action, succeeded, failed or canceled, or None."""

    id: str
    status: str | None


def intent_of(row: Record) -> Intent | None:
    """None where there is no id, or one of something else: nothing could be done with it."""
    intent_id, secret = _named(row, "id", "pi_"), text(row, "client_secret")
    if intent_id is None:
        return None
    if secret is not None and not secret.startswith(f"{intent_id}_secret"):
        return None
    error = record(row.get("last_payment_error"))
    return Intent(
        id=intent_id,
        status=text(row, "status"),
        customer_id=reference(row, "customer"),
        client_secret=secret,
        booking_id=text(record(row.get("metadata")), "booking_id"),
        has_error=bool(error),
        error_code=text(error, "code"),
        decline_code=text(error, "decline_code"),
        is_refunded=_is_refunded(row),
    )


def customer_id_of(row: Record) -> str | None:
    """None where it is none of Stripe's: every payment of this member would be refused for it."""
    return _named(row, "id", "cus_")


def ephemeral_key_of(row: Record) -> EphemeralKey | None:
    key_id, secret = text(row, "id"), words(row, "secret")
    return EphemeralKey(id=key_id, secret=secret) if key_id and secret else None


def refund_of(row: Record) -> Refund | None:
    refund_id = words(row, "id")
    return Refund(id=refund_id, status=text(row, "status")) if refund_id else None


def _named(row: Record, name: str, prefix: str) -> str | None:
    """What Stripe made up, always text; None where it is a number, or of another kind."""
    value = words(row, name)
    return value if value is not None and value.startswith(prefix) else None


def reference(row: Record, name: str) -> str | None:
    """The id of another object, which Stripe sends bare or expanded."""
    return text(row, name) or text(record(row.get(name)), "id")


def _is_refunded(row: Record) -> bool | None:
    charge = record(row.get("latest_charge"))
    if not charge:
        return None
    captured, returned = whole(charge, "amount_captured"), whole(charge, "amount_refunded")
    if flag(charge, "refunded"):
        return True
    return bool(captured and returned is not None and returned >= captured)
