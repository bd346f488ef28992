"""Venues: in full, and the short form inside availability."""

from typing import Any

from sandbox.seed import identifiers
from sandbox.seed.model import Venue
from sandbox.sevenrooms.shapes import pictures

_GROUP = "COMO Club Collection"
VENUE_CLASS = "DINING"


def municipality_id(venue: Venue) -> str:
    return identifiers.entity_id("municipality", venue.place.city)


def venue(base: str, row: Venue) -> dict[str, Any]:
    place = row.place
    return {
        "address": place.address,
        "atmosphere": row.atmosphere,
        "background_image_dict": None,
        "black_logo": None,
        "black_logo_direct": None,
        "category_keywords": None,
        "city": place.city,
        "country": place.country,
        "cross_street": place.cross_street,
        "cuisine": row.cuisine,
        "currency_code": row.currency_code,
        "full_dining_backend": True,
        "google_maps_place_id": None,
        "grid_enabled": True,
        "header_image_dict": None,
        "id": row.id,
        "integration_location_lat": place.latitude,
        "integration_location_lat_long": None,
        "integration_location_long": place.longitude,
        "is_capital_one_dining_enabled": False,
        "is_global_dining_collection_venue": False,
        "membership_enabled": True,
        "menu_link": None,
        "municipality": place.city,
        "municipality_id": municipality_id(row),
        "name": row.name,
        "neighborhood": place.neighborhood,
        "payment_policy": row.cancellation_policy,
        "payments": _gateway(),
        "phone_number": row.phone_number,
        "photos": [pictures.photo(base, picture) for picture in row.pictures],
        "policy": row.booking_policy,
        "postal_code": place.postal_code,
        "primary_color": row.primary_color,
        "requires_credit_card": False,
        "reservation_widget_url": None,
        "secondary_color": "#ffffff",
        "state": place.state,
        "status": True,
        "venue_class": VENUE_CLASS,
        "venue_group_id": identifiers.entity_id("venue-group", _GROUP),
        "venue_group_name": _GROUP,
        "venue_url_key": row.slug,
        "website": None,
        "white_logo": None,
        "white_logo_direct": None,
    }


def venue_of_availability(base: str, row: Venue) -> dict[str, Any]:
    return {
        "_id": row.id,
        "address": row.place.address,
        "cuisine": row.cuisine,
        "id": row.id,
        "name": row.name,
        "payment_policy": row.cancellation_policy,
        "payments": _gateway(),
        "photos": [pictures.photo(base, picture) for picture in row.pictures],
        "requires_credit_card": False,
        "sort_score": 0,
        "venue_allowing_requests": row.allows_requests,
        "venue_class": VENUE_CLASS,
    }


def _gateway() -> dict[str, Any]:
    """The venue's own card gateway, which this stand-in does not play."""
    return {"account_id": None, "payment_system": "STRIPE", "sevenrooms_public_key": None}
