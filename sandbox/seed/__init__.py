"""What a fresh sandbox is filled with. All of it is composed: no venue, guest or price is real."""

import functools

from sandbox.seed import identifiers
from sandbox.seed.members import MEMBERS
from sandbox.seed.model import Seed
from sandbox.seed.rates import CONVERSION_RATES
from sandbox.seed.venues import VENUES

__all__ = ["Seed", "load", "time_zones"]


@functools.cache
def load() -> Seed:
    """The same, frozen seed on every call."""
    return Seed(
        client_id="sandbox-concierge-client",
        client_secret="sandbox-concierge-secret",  # noqa: S106 - composed, opens only the sandbox
        concierge_id=identifiers.entity_id("concierge", "como-club"),
        concierge_name="COMO Club App",
        concierge_group_id=identifiers.entity_id("concierge-group", "como-club"),
        venues=VENUES,
        members=MEMBERS,
        conversion_rates=CONVERSION_RATES,
    )


def time_zones() -> dict[str, str]:
    """Venue id to IANA zone: what an operator would have to write down by hand."""
    return {venue.id: venue.place.time_zone for venue in load().venues}
