"""Free times."""

from dataclasses import dataclass
from decimal import Decimal
from typing import Self

from clients.parsing import Record, flag, number, record, records, text, whole


@dataclass(frozen=True, slots=True, kw_only=True)
class Payments:
    """What a slot costs the party asked for, in decimal units of the venue's currency.

    The unit is inferred from the vendor's samples, not stated.
    """

    cc_payment_rule: str | None
    charge_type: str | None
    require_credit_card: bool
    cost: Decimal | None
    subtotal: Decimal | None
    tax_amt: Decimal | None
    service_charge_amt: Decimal | None
    mandated_gratuity_amt: Decimal | None
    pregratuity_total: Decimal | None

    @classmethod
    def parse(cls, row: Record) -> Self:
        return cls(
            cc_payment_rule=text(row, "cc_payment_rule"),
            charge_type=text(row, "charge_type"),
            require_credit_card=flag(row, "require_credit_card") or False,
            cost=number(row, "cost"),
            subtotal=number(row, "subtotal"),
            tax_amt=number(row, "tax_amt"),
            service_charge_amt=number(row, "service_charge_amt"),
            mandated_gratuity_amt=number(row, "mandated_gratuity_amt"),
            pregratuity_total=number(row, "pregratuity_total"),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Timeslot:
    """One free time. `time` is the text that `book` wants to hear back (`"7:30 PM"`)."""

    type: str | None
    time: str | None
    time_slot_iso: str | None
    time_iso: str | None
    real_datetime_of_slot: str | None
    duration: int | None
    access_persistent_id: str | None
    shift_persistent_id: str | None
    experience_id: str | None
    cancellation_policy: str | None
    is_held: bool
    pacing_covers_remaining: int | None
    payments: Payments | None

    @classmethod
    def parse(cls, row: Record) -> Self:
        payments = record(row.get("payments"))
        return cls(
            type=text(row, "type"),
            # The vendor's sample leaves `time` null and fills `time_slot`.
            time=text(row, "time") or text(row, "time_slot") or text(row, "time_display"),
            time_slot_iso=text(row, "time_slot_iso"),
            time_iso=text(row, "time_iso"),
            real_datetime_of_slot=text(row, "real_datetime_of_slot"),
            duration=whole(row, "duration"),
            access_persistent_id=text(row, "access_persistent_id"),
            shift_persistent_id=text(row, "shift_persistent_id"),
            experience_id=text(row, "experience_id"),
            cancellation_policy=text(row, "cancellation_policy"),
            is_held=flag(row, "is_held") or False,
            pacing_covers_remaining=whole(row, "pacing_covers_remaining"),
            payments=Payments.parse(payments) if payments else None,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class VenueTimes:
    """One venue's free times on one business day."""

    venue_id: str
    is_closed: bool
    timeslots: tuple[Timeslot, ...]

    @classmethod
    def parse(cls, row: Record, venue_id: str | None = None) -> Self | None:
        """None without a venue, or with slots of which none says when: not "nothing is free"."""
        venue = record(row.get("venue"))
        found = venue_id or text(venue, "id") or text(venue, "_id")
        said = row.get("timeslots")
        slots = tuple(Timeslot.parse(item) for item in records(said))
        # Null and an empty list alone are "nothing is free".
        if found is None or not (said is None or said == [] or any(map(_says_when, slots))):
            return None
        return cls(venue_id=found, is_closed=flag(row, "is_closed") or False, timeslots=slots)


def _says_when(slot: Timeslot) -> bool:
    return any((slot.time, slot.time_slot_iso, slot.time_iso, slot.real_datetime_of_slot))
