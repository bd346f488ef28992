"""The concierge reservation object."""

from typing import Any

from sandbox.seed import identifiers
from sandbox.seed.model import Seed
from sandbox.sevenrooms import times
from sandbox.sevenrooms.rows import Payment, Reservation

# status_code to status. The document lists "On the Books" but its own sample says Reserved.
_STATUS = {
    "RESERVED": "Reserved",
    "CANCELED": "Canceled",
    "NO_SHOW": "No Show",
    "COMPLETE": "Complete",
}
_CENTS = 100


def reservation(seed: Seed, row: Reservation) -> dict[str, Any]:
    real = times.local_time(row.day, row.minute)
    status = _STATUS.get(row.status_code, row.status_code.replace("_", " ").title())
    return {
        "arrival_time": times.clock_text(row.minute),
        "booked_by": seed.concierge_name,
        "booking_policy": row.venue.booking_policy,
        "cancellation_policy": row.venue.cancellation_policy,
        "check_numbers": None,
        "client_requests": row.notes,
        "concierge_group_id": seed.concierge_group_id,
        "concierge_id": seed.concierge_id,
        "cost_option": 0,
        "created": times.stamp(row.created),
        "date": row.day.isoformat(),
        "deleted": False,
        "email": row.guest.email,
        "external_id": row.external_id,
        "first_name": row.guest.first_name,
        "id": row.id,
        "internal_status": row.status_code,
        "internal_status_display": status,
        "internal_status_simple": status,
        "last_name": row.guest.last_name,
        "max_guests": row.party_size,
        "mf_ratio_female": 0,
        "mf_ratio_male": 0,
        "min_price": None,
        **dict.fromkeys(
            (
                "onsite_payment",
                "onsite_payment_gratuity",
                "onsite_payment_net",
                "onsite_payment_tax",
                "onsite_payment_total",
            )
        ),
        "perks": None,
        "phone_number": row.guest.phone,
        **_prepayment(row.payment),
        "real_datetime_of_slot": real.isoformat(" "),
        "reference_code": row.reference_code,
        "request_id": row.request_id,
        "status": status,
        "status_code": row.status_code,
        "status_display": status,
        "status_simple": status,
        "table_numbers": None,
        "time_slot_iso": times.clock_iso(row.minute),
        "total_net_payment": None,
        "total_payment": _prepayment(row.payment)["prepayment_total"],
        "updated": times.stamp(row.updated),
        "upgrades": [],
        "user": user(seed),
        "venue_id": row.venue.id,
    }


def user(seed: Seed) -> dict[str, str]:
    """Who acted: always our concierge account."""
    return {"id": identifiers.entity_id("user", "como-club"), "name": seed.concierge_name}


def _prepayment(payment: Payment | None) -> dict[str, float | None]:
    """Form fields are cents (CONFIRMED-V); the object's look like currency units (inferred)."""
    if payment is None or payment.subtotal is None:
        parts: list[float | None] = [None] * 5
    else:
        amounts = (payment.subtotal, payment.gratuity, payment.service_charge, payment.tax)
        cents = [amount or 0 for amount in amounts]
        parts = [amount / _CENTS for amount in (sum(cents), *cents)]
    total, net, gratuity, service, tax = parts
    return {
        "prepayment": total,
        "prepayment_gratuity": gratuity,
        "prepayment_net": net,
        "prepayment_service_charge": service,
        "prepayment_tax": tax,
        "prepayment_total": total,
    }
