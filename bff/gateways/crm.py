"""Members at Memberson, in our words."""

import datetime as dt
import time
from collections.abc import Callable, Sequence

from bff.clock import Clock
from bff.gateways.memberships import balance_of, described, in_force
from bff.members.model import Profile, Standing
from bff.members.ports import CrmSession, WrongPassword
from bff.money import Rate
from bff.settings import MembersonSettings
from clients.caching import Cache, Stats
from clients.errors import Refused
from clients.memberson.codes import MUST_RESET_PASSWORD, WRONG_PASSWORD
from clients.memberson.models import Phone
from clients.memberson.read import MembersonReads
from clients.memberson.write import MembersonWrites

# INFERRED [NGS]: a member session ends 24 hours after it began, where the CRM does not say.
SESSION_LENGTH = dt.timedelta(hours=24)

# The rate changes with the programme, not with the hour; an old one is better than no price.
RATES_TTL_SECONDS = 600
RATES_STALE_SECONDS = 24 * 3600

# E.164: at most 15 digits. Fewer than 7 is an extension or a typing error.
_PHONE_DIGITS = range(7, 16)


class MembersonCrm:
    """`bff.members.ports.Crm`. Errors: `clients.errors.UpstreamError`."""

    def __init__(
        self,
        reads: MembersonReads,
        writes: MembersonWrites,
        settings: MembersonSettings,
        clock: Clock,
        *,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._reads = reads
        self._writes = writes
        self._settings = settings
        self._clock = clock
        self._rates: Cache[str, tuple[Rate, ...]] = Cache(
            "rates",
            ttl_seconds=RATES_TTL_SECONDS,
            stale_seconds=RATES_STALE_SECONDS,
            revalidate_seconds=RATES_TTL_SECONDS,
            max_entries=1,
            now=monotonic,
            is_brief=lambda rates: not rates,
        )

    async def find(self, email: str) -> Sequence[str]:
        return await self._reads.search_simple(email)

    async def sign_in(self, customer_number: str, password: str) -> CrmSession:
        """Errors: also `WrongPassword`."""
        try:
            signed_in = await self._writes.sign_in(customer_number, password)
        except Refused as refusal:
            if refusal.code in {WRONG_PASSWORD, *MUST_RESET_PASSWORD}:
                must_reset = refusal.code in MUST_RESET_PASSWORD
                raise WrongPassword(must_reset=must_reset) from refusal
            raise
        return CrmSession(
            customer_number=customer_number,
            profile_token=signed_in.profile_token,
            expires_at=signed_in.expires_at or self._clock.now() + SESSION_LENGTH,
        )

    async def profile(self, customer_number: str) -> Profile:
        """Parts that the CRM leaves out are empty text; the phone number is None."""
        found = await self._reads.profile(customer_number)
        return Profile(
            customer_number=customer_number,
            first_name=found.first_name or "",
            last_name=found.last_name or "",
            email=found.email or "",
            phone_number=phone_number(found.phones),
        )

    async def standing(self, customer_number: str) -> Standing:
        # The answer is at least as old as the question.
        now = self._clock.now()
        membership = in_force(await self._reads.summary(customer_number), now)
        return Standing(
            membership=described(membership, now),
            balance=balance_of(membership, self._settings.point_type),
            currency=self._settings.point_type,
            as_of=now,
        )

    async def rates(self) -> Sequence[Rate]:
        return (await self._rates.get("rates", self._load_rates)).value

    async def renew_rates(self) -> None:
        """Read the rates ahead of time. Errors: `UpstreamError`; what is known stays."""
        await self._rates.renew("rates", self._load_rates)

    @property
    def stats(self) -> Sequence[Stats]:
        return (self._rates.stats,)

    async def aclose(self) -> None:
        await self._rates.aclose()

    async def _load_rates(self) -> tuple[Rate, ...]:
        return tuple(
            Rate(currency=each.to_currency, from_rate=each.from_rate, to_rate=each.to_rate)
            for each in await self._reads.conversion_rates()
        )


def phone_number(phones: Sequence[Phone]) -> str | None:
    """The first number that makes sense in E.164 (`+6591234567`), mobile ones first."""
    mobile_first = sorted(phones, key=lambda phone: (phone.kind or "").upper() != "MOBILE")
    return next(filter(None, map(_e164, mobile_first)), None)


def _e164(phone: Phone) -> str | None:
    number = phone.number or ""
    code = "" if number.startswith("+") else _digits(phone.country_code or "")
    digits = _digits(number)
    if not digits or not (code or number.startswith("+")):
        return None
    whole = code + digits
    return f"+{whole}" if len(whole) in _PHONE_DIGITS else None


def _digits(text: str) -> str:
    return "".join(sign for sign in text if sign in "0123456789")
