"""Slots, and the object around them."""

from typing import Any

from sandbox.seed.model import Cutoff, Venue
from sandbox.sevenrooms import prices, times
from sandbox.sevenrooms.shapes import pictures, venue
from sandbox.sevenrooms.slots import Offered
from sandbox.sevenrooms.wishes import Wish

_PHOTO_LARGE, _PHOTO_SMALL = 960, 240


def of_shift(wish: Wish, row: Venue, found: list[Offered], *, is_closed: bool) -> dict[str, Any]:
    """One object per shift, as the vendor's text says."""
    return {
        **_marks(is_closed=is_closed),
        "request_max_size": row.request_max_size if row.allows_requests else None,
        "request_min_size": row.request_min_size if row.allows_requests else None,
        "timeslots": [slot(wish, each) for each in found],
        "venue": venue.venue_of_availability(wish.base, row),
    }


def of_date(wish: Wish, found: list[Offered], *, is_closed: bool) -> dict[str, Any]:
    """One object per date: what the range call knows."""
    return {**_marks(is_closed=is_closed), "timeslots": [slot(wish, each) for each in found]}


def slot(wish: Wish, offered: Offered) -> dict[str, Any]:
    row, rule = offered.slot, offered.slot.rule
    bookable = offered.kind == "book"
    real = times.local_time(row.day, row.minute)
    payments = prices.payments(rule.price, row.venue.currency_code, wish.party_size)
    return {
        # Null for request slots (CONFIRMED-L): they can be neither held nor booked.
        "access_persistent_id": rule.persistent_id if bookable else None,
        "access_rule_id": rule.id,
        "booking_policy": row.venue.booking_policy,
        **_cutoff("cancel_cutoff", rule.cancel_cutoff),
        "cancellation_policy": row.venue.cancellation_policy,
        **_cutoff("cutoff", rule.cutoff),
        "duration": wish.duration or row.shift.duration(wish.party_size),
        "experience_id": rule.experience_id,
        "is_exclusive": False,
        "is_held": offered.is_held,
        "is_requestable": not bookable,
        "min_spend": None,
        "pacing_covers_remaining": offered.remaining,
        "payments": payments,
        "real_datetime_of_slot": real.isoformat(" "),
        "requires_credit_card": payments is not None,
        "reservation_redirect_uri": _redirect(wish, offered),
        "selected_automatic_upsells": None,
        "shift_category": row.shift.category,
        "shift_persistent_id": row.shift.id,
        **_options(wish, offered),
        "sort_order": times.tick(row.minute),
        "time": times.clock_text(row.minute),
        "time_display": times.clock_text(row.minute).lower(),
        # PROPOSED: the business day with the clock time; only real_datetime_of_slot names the
        # calendar day of a slot after midnight.
        "time_iso": f"{row.day.isoformat()} {times.clock_iso(row.minute)}",
        "time_slot": times.clock_text(row.minute),
        "time_slot_iso": times.clock_iso(row.minute),
        "type": offered.kind,
        "upsells": None,
    }


def _marks(*, is_closed: bool) -> dict[str, Any]:
    return {
        "is_closed": is_closed,
        "is_empty_code": None,
        "is_previous_version": False,
        "should_retry_without_fast": False,
    }


def _cutoff(prefix: str, cutoff: Cutoff | None) -> dict[str, Any]:
    return {
        f"{prefix}_hour": cutoff.hour if cutoff else None,
        f"{prefix}_num": cutoff.num if cutoff else None,
        f"{prefix}_type": cutoff.unit if cutoff else None,
    }


def _options(wish: Wish, offered: Offered) -> dict[str, Any]:
    """Told only to who asked with supports_slot_options (CONFIRMED-V); null for the others."""
    names = ("slot_body_html", "slot_body_plaintext", "slot_name", "slot_option_id")
    photos = ("slot_photo_large", "slot_photo_small", "slot_title")
    if not wish.slot_options:
        return dict.fromkeys((*names, *photos))
    rule = offered.slot.rule
    large, small = (
        pictures.url(wish.base, rule.picture, width) if rule.picture else None
        for width in (_PHOTO_LARGE, _PHOTO_SMALL)
    )
    return {
        "slot_body_html": f"<p>{rule.description}</p>",
        "slot_body_plaintext": rule.description,
        "slot_name": rule.title,
        "slot_option_id": rule.id,
        "slot_photo_large": large,
        "slot_photo_small": small,
        "slot_title": rule.title,
    }


def _redirect(wish: Wish, offered: Offered) -> str | None:
    if not wish.redirect_uri:
        return None
    row = offered.slot
    return f"{wish.base}/explore/{row.venue.slug}?date={row.day.isoformat()}"
