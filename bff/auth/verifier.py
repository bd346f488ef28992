"""From the text of an access token to who is asking."""

import hashlib

from cachetools import TTLCache

from bff.auth.keys import KeyRing
from bff.auth.principal import Principal
from bff.auth.tokens import TokenPolicy, check_not_over, examine
from bff.clock import Clock

# An RSA check costs a tenth of a millisecond, and an app sends the same token with every request.
# A key that the pool withdraws goes on counting for this long.
REMEMBERED_SECONDS = 60
REMEMBERED_TOKENS = 8192


class Verifier:
    """Remembers tokens that it has found good, by their hash; never one that it has refused."""

    def __init__(self, policy: TokenPolicy, keys: KeyRing, clock: Clock) -> None:
        self._policy = policy
        self._keys = keys
        self._clock = clock
        self._good: TTLCache[bytes, Principal] = TTLCache(
            REMEMBERED_TOKENS, REMEMBERED_SECONDS, timer=lambda: clock.now().timestamp()
        )

    async def verify(self, token: str) -> Principal:
        """Errors: `TokenRefused`, `KeysAway`."""
        digest = hashlib.sha256(token.encode("utf-8", "surrogatepass")).digest()
        known = self._good.get(digest)
        if known is not None:
            check_not_over(known.token_expires_at, self._policy, self._clock.now())
            return known
        examined = examine(token, self._policy, self._clock.now())
        principal = examined.proven_by(await self._keys.key(examined.kid))
        self._good[digest] = principal
        return principal
