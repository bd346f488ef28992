"""What the CRM knows and remembers: members, sessions, points, and how it behaves."""

import hmac
import itertools
import uuid
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Literal

from sandbox.clock import SandboxClock
from sandbox.memberson import errors
from sandbox.memberson.ledger import Order, PointsLedger
from sandbox.memberson.people import Member, Membership, from_seed
from sandbox.seed import Seed

API_USER = "sandbox-crm-user"
API_PASSWORD = "sandbox-crm-password"


@dataclass(frozen=True, slots=True, kw_only=True)
class Switches:
    """Where the public record leaves the CRM's behaviour open. Every default is PROPOSED."""

    error_code_style: Literal["int", "string", "alternating"] = "alternating"
    dedupe_receipts: bool = True
    second_reversal_fails: bool = False
    redeem_reply: Literal["full", "string", "empty"] = "full"
    new_token_revokes_old: bool = False
    token_seconds: float = 6 * 3600
    # INFERRED from a sample: 24 hours.
    profile_token_seconds: float = 24 * 3600
    profile_reads_need_profile_token: bool = False
    signin_expiry_key: Literal["ExpiryDate", "TokenExpiryDate", "alternating"] = "alternating"
    cancel_offered: bool = True
    history_offered: bool = True


@dataclass(frozen=True, slots=True)
class Session:
    """`customer_number` is None for a service session."""

    ends_at: datetime
    customer_number: str | None = None


class MembersonState:
    def __init__(self, clock: SandboxClock, seed: Seed) -> None:
        self._clock = clock
        self._seed = seed
        self.reset()

    def reset(self) -> None:
        """As freshly started: seeded members, no session, no redemption, default switches."""
        self.switches = Switches()
        # More than one while the API user's password is being replaced.
        self.api_passwords: tuple[str, ...] = (API_PASSWORD,)
        self.members: dict[str, Member] = {}
        for seeded in self._seed.members:
            self.put(from_seed(seeded))
        self.rates = [
            {
                "ToCurrency": rate.currency,
                "FromRate": float(rate.from_rate),
                "ToRate": float(rate.to_rate),
            }
            for rate in self._seed.conversion_rates
        ]
        self.ledger = PointsLedger()
        self._service: dict[str, Session] = {}
        self._guests: dict[str, Session] = {}
        self._turn = itertools.count()

    def books(self) -> dict[str, Any]:
        """Points ledger and balances; the invariants of a booking are checked against these."""
        return {
            "ledger": [entry.booked() for entry in self.ledger.entries],
            "balances": {
                one.member_no: {
                    account.point_type: float(account.balance) for account in one.accounts
                }
                for member in self.members.values()
                for one in member.memberships
            },
        }

    def now(self) -> datetime:
        return self._clock.now()

    def turn(self) -> bool:
        """True and False by turns, for what an upstream sends now this way, now that way."""
        return next(self._turn) % 2 == 0

    def put(self, member: Member) -> None:
        self.members[member.customer_number] = member

    def membership(self, member_no: str) -> tuple[Member, Membership] | None:
        for member in self.members.values():
            for one in member.memberships:
                if one.member_no == member_no:
                    return member, one
        return None

    def give_back_by_hand(self, receipt_no: str) -> int:
        """Give back all that is left under a receipt; the points."""
        left = self.ledger.left(receipt_no)
        total = sum(entry.remaining for entry in left)
        for entry in left:
            found = self.membership(entry.member_no)
            account = found[1].account(entry.point_type) if found else None
            assert found is not None and account is not None  # noqa: S101, PT018 - it was taken there
            order = Order(
                membership=found[1],
                account=account,
                receipt_no=receipt_no,
                amount=None,
                transaction_id=entry.transaction_id,
            )
            self.ledger.cancel(order, self.now(), repeat_fails=True)
        return total

    def open_service_session(self) -> str:
        if self.switches.new_token_revokes_old:
            self._service.clear()
        token = str(uuid.uuid4())
        ends_at = self.now() + timedelta(seconds=self.switches.token_seconds)
        self._service[token] = Session(ends_at)
        return token

    def open_guest_session(self, customer_number: str) -> tuple[str, datetime]:
        token = str(uuid.uuid4())
        ends_at = self.now() + timedelta(seconds=self.switches.profile_token_seconds)
        self._guests[token] = Session(ends_at, customer_number)
        return token, ends_at

    def check_service(self, token: str | None) -> None:
        session = self._service.get(token or "")
        if session is None or session.ends_at <= self.now():
            raise errors.service_session_over()

    def guest(self, token: str | None) -> str | None:
        """The customer number behind a `ProfileToken`; None when it is unknown or over."""
        session = self._guests.get(token or "")
        if session is None or session.ends_at <= self.now():
            return None
        return session.customer_number

    def check_api_user(self, name: str, password: str) -> None:
        given = f"{name}\0{password}".encode()
        if not any(
            hmac.compare_digest(given, f"{API_USER}\0{each}".encode())
            for each in self.api_passwords
        ):
            raise errors.service_session_over()

    def revoke_tokens(self) -> None:
        """Every service token ends now; members stay signed in."""
        self._service.clear()

    def revoke_profile_tokens(self) -> None:
        self._guests.clear()
