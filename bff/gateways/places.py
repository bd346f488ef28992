"""SevenRooms' venues and experiences in our words."""

import logging
from collections.abc import Iterable, Mapping

from bff.catalogue.model import Experience, Image, Venue
from bff.catalogue.pricing import price_from
from clients.sevenrooms.models import places as theirs

log = logging.getLogger(__name__)

# `status` and `visibility` have no documented vocabulary. These words can only mean that the venue
# does not offer the experience; an unknown word is shown, since hiding everything at a word that we
# have not met would empty the app.
NOT_OFFERED = frozenset(
    (
        *("INACTIVE", "ARCHIVED", "DELETED", "DRAFT", "DISABLED", "UNPUBLISHED", "EXPIRED"),
        *("CLOSED", "PAUSED", "HIDDEN", "PRIVATE", "INTERNAL", "UNLISTED"),
    )
)


class VenueWords:
    """Turns venues into ours; one whose time zone nobody configured is left out, and told once."""

    def __init__(self, time_zones: Mapping[str, str]) -> None:
        self._time_zones = time_zones
        self._told: set[str] = set()

    def of_all(self, venues: Iterable[theirs.Venue]) -> dict[str, Venue]:
        found = {}
        for venue in venues:
            zone = self._time_zones.get(venue.id)
            if zone is not None:
                found[venue.id] = _venue(venue, zone)
            elif venue.id not in self._told:
                self._told.add(venue.id)
                log.warning("venue %s left out: no time zone configured", venue.id)
        return found


def _venue(venue: theirs.Venue, zone: str) -> Venue:
    currency = venue.currency_code
    return Venue(
        id=venue.id,
        name=venue.name or venue.venue_url_key or venue.id,
        time_zone=zone,
        currency=currency.upper() if currency else None,
        address=venue.address,
        city=venue.city,
        country=venue.country,
        cuisine=venue.cuisine,
        phone_number=venue.phone_number,
        images=_images(venue.photos),
    )


def experiences_of(venue: Venue, experiences: Iterable[theirs.Experience]) -> list[Experience]:
    """Those that the venue offers, each once; one without any name cannot be shown."""
    found: dict[str, Experience] = {}
    for item in experiences:
        name = item.name or item.title
        if name is not None and _is_offered(item):
            found.setdefault(item.id, _experience(venue, item, name))
    return list(found.values())


def order(experience: Experience) -> tuple[int, str, str]:
    """The stable order of the catalogue: as the venues sort them, then by name."""
    return experience.sort_order, experience.name.casefold(), experience.id


def _is_offered(item: theirs.Experience) -> bool:
    return not {(item.status or "").upper(), (item.visibility or "").upper()} & NOT_OFFERED


def _experience(venue: Venue, item: theirs.Experience, name: str) -> Experience:
    party = item.default_party_size
    return Experience(
        id=item.id,
        venue_id=venue.id,
        name=name,
        summary=item.title if item.title != name else None,
        description=item.description,
        images=_images(item.photos),
        is_featured=item.is_featured,
        default_party_size=party if party and party > 0 else None,
        price_from=price_from(
            item.price_description, hidden=item.hide_price_description, currency=venue.currency
        ),
        sort_order=item.sort_order or 0,
    )


def _images(photos: Iterable[theirs.Photo]) -> tuple[Image, ...]:
    return tuple(
        Image(url=photo.url, width=photo.width, height=photo.height)
        for photo in photos
        if photo.url.startswith(("https://", "http://"))
    )
