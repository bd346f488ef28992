"""Experience offers."""

from typing import Any

from sandbox.seed.model import Experience
from sandbox.sevenrooms.shapes import pictures


def experience(base: str, row: Experience) -> dict[str, Any]:
    images = [pictures.image(base, picture) for picture in row.pictures]
    return {
        "default_party_size": row.default_party_size,
        "description": row.description,
        "hero_image": images[0] if images else None,
        "hide_on_directory": False,
        "hide_price_description": row.price_description is None,
        "id": row.id,
        "image_list": images,
        "is_featured": row.is_featured,
        "landing_url_key": row.slug,
        "menu_blob_id": None,
        "menu_filename": None,
        "name": row.name,
        "offer_template_id": None,
        "offer_type": "EXPERIENCE",
        "parent_id": None,
        **_private_dining(),
        "price_description": row.price_description,
        "sort_order": row.sort_order,
        "status": "ACTIVE",
        "template_id": None,
        **_the_fork(),
        "title": row.title,
        "venue_id": row.venue_id,
        "visibility": "PUBLIC",
    }


def _private_dining() -> dict[str, Any]:
    return dict.fromkeys(
        (
            "pdr_amenities",
            "pdr_code",
            "pdr_room_type",
            "pdr_rooms",
            "pdr_seating_areas",
            "pdr_square_footage",
            "pdr_standing_capacity",
            "pdr_tables",
            "pdr_tables_combinations",
        )
    )


def _the_fork() -> dict[str, Any]:
    return {
        "thefork_active": False,
        "thefork_early_preview_date": None,
        "thefork_end_date": None,
        "thefork_menu": [],
        "thefork_name": None,
        "thefork_offer_uuid": None,
        "thefork_price": None,
        "thefork_start_date": None,
    }
