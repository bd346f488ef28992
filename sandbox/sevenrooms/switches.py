"""What a test can turn on and off while the stand-in runs."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Switches:
    """Defaults are how the real service is believed to behave."""

    # The venue-side GET /requests (PROPOSED parameters and reply); off: the route is unknown.
    request_search: bool = True
    token_lifetime_seconds: float = 24 * 3600.0
    # Whether issuing a token ends the earlier ones. Not known of the real service.
    single_token: bool = False
    # Same guest, venue and date again: 409.
    duplicate_check: bool = True
