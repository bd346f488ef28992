"""Twelve invented venues, a file each."""

from sandbox.seed.venues.bangkok import VENUE as BANGKOK
from sandbox.seed.venues.grand_turk import VENUE as GRAND_TURK
from sandbox.seed.venues.london import VENUE as LONDON
from sandbox.seed.venues.lord_howe import VENUE as LORD_HOWE
from sandbox.seed.venues.maldives import VENUE as MALDIVES
from sandbox.seed.venues.montalcino import VENUE as MONTALCINO
from sandbox.seed.venues.new_york import VENUE as NEW_YORK
from sandbox.seed.venues.paro import VENUE as PARO
from sandbox.seed.venues.perth import VENUE as PERTH
from sandbox.seed.venues.singapore import VENUE as SINGAPORE
from sandbox.seed.venues.tokyo import VENUE as TOKYO
from sandbox.seed.venues.ubud import VENUE as UBUD

VENUES = (
    SINGAPORE,
    UBUD,
    BANGKOK,
    TOKYO,
    PARO,
    LONDON,
    MONTALCINO,
    PERTH,
    MALDIVES,
    GRAND_TURK,
    NEW_YORK,
    LORD_HOWE,
)
