"""Venues and their experiences."""

from dataclasses import dataclass
from typing import Self

from clients.parsing import Record, flag, record, records, text, whole


@dataclass(frozen=True, slots=True, kw_only=True)
class Photo:
    url: str
    width: int | None = None
    height: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Venue:
    id: str
    name: str | None
    venue_url_key: str | None
    currency_code: str | None
    address: str | None
    city: str | None
    country: str | None
    cuisine: str | None
    phone_number: str | None
    photos: tuple[Photo, ...]

    @classmethod
    def parse(cls, row: Record) -> Self | None:
        if (venue_id := text(row, "id")) is None:
            return None
        return cls(
            id=venue_id,
            name=text(row, "name"),
            venue_url_key=text(row, "venue_url_key"),
            currency_code=text(row, "currency_code"),
            address=text(row, "address"),
            city=text(row, "city"),
            country=text(row, "country"),
            cuisine=text(row, "cuisine"),
            phone_number=text(row, "phone_number"),
            photos=tuple(photo for item in records(row.get("photos")) if (photo := _largest(item))),
        )


def _largest(row: Record) -> Photo | None:
    """A picture in its largest finished size; `raw` is the upload itself, of any size."""
    for size in ("large", "medium", "small", "raw"):
        if url := text(row, size):
            return Photo(
                url=url, width=whole(row, f"{size}_width"), height=whole(row, f"{size}_height")
            )
    return None


@dataclass(frozen=True, slots=True, kw_only=True)
class Experience:
    """`status` and `visibility` have no documented vocabulary."""

    id: str
    venue_id: str | None
    name: str | None
    title: str | None
    description: str | None
    price_description: str | None
    hide_price_description: bool
    status: str | None
    visibility: str | None
    default_party_size: int | None
    sort_order: int | None
    is_featured: bool
    photos: tuple[Photo, ...]

    @classmethod
    def parse(cls, row: Record) -> Self | None:
        if (experience_id := text(row, "id")) is None:
            return None
        return cls(
            id=experience_id,
            venue_id=text(row, "venue_id"),
            name=text(row, "name"),
            title=text(row, "title"),
            description=text(row, "description"),
            price_description=text(row, "price_description"),
            hide_price_description=flag(row, "hide_price_description") or False,
            status=text(row, "status"),
            visibility=text(row, "visibility"),
            default_party_size=whole(row, "default_party_size"),
            sort_order=whole(row, "sort_order"),
            is_featured=flag(row, "is_featured") or False,
            photos=_pictures(row),
        )


def _pictures(row: Record) -> tuple[Photo, ...]:
    """The hero image first. `crop_info` is a cut-out, not the picture's size."""
    items = (record(row.get("hero_image")), *records(row.get("image_list")))
    urls = (text(record(item.get("photo_dict")), "raw") for item in items)
    return tuple(Photo(url=url) for url in dict.fromkeys(urls) if url)
