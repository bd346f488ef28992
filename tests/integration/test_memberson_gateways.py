"""Our CRM and points gateways against the stand-in, over real sockets, checked by its books."""

import asyncio
import contextlib
import datetime as dt
from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from zoneinfo import ZoneInfo

import pytest

from bff.booking.model import Booking
from bff.booking.ports import CannotAsk, InsufficientPoints, MemberSessionOver
from bff.clock import SystemClock
from bff.gateways.crm import MembersonCrm
from bff.gateways.points import MembersonPoints
from bff.members.model import MemberSession, MembershipStatus
from bff.members.ports import WrongPassword
from bff.settings import MembersonSettings
from clients.errors import NotSent, OutcomeUnknown
from clients.memberson.auth import ServiceUser, kept_token
from clients.memberson.link import Link
from clients.memberson.read import MembersonReads
from clients.memberson.write import MembersonWrites
from clients.secret_versions import Fixed
from clients.transport import open_transport
from tests.sandbox_process import Sandbox
from tests.unit.gateways.points_desk import BOOKING, Drawer

AUTHENTICATE = "/api/user/authenticate"
REDEEM = "POST /api/transaction/redeem-point"
CANCEL = "POST /api/transaction/cancel-redeem-point"
RECEIPT = "bk-1-1"


@dataclass
class Desk:
    """Both gateways over one link, and a place for the member's session."""

    sandbox: Sandbox
    crm: MembersonCrm
    points: MembersonPoints
    drawer: Drawer

    async def sign_in(self, email: str | None = None, password: str | None = None) -> Booking:
        """A booking of 300 points by this member, who is signed in."""
        member = self.sandbox.member
        (number,) = await self.crm.find(email or member["email"])
        session = await self.crm.sign_in(number, password or member["password"])
        profile = await self.crm.profile(number)
        standing = await self.crm.standing(number)
        self.drawer.session = MemberSession(
            sub=BOOKING.member_id,
            profile=profile,
            member_number=standing.membership.number if standing.membership else None,
            profile_token=session.profile_token,
            expires_at=session.expires_at,
        )
        guest = replace(
            BOOKING.guest,
            customer_number=number,
            member_number=self.drawer.session.member_number,
        )
        return replace(BOOKING, guest=guest, created_at=dt.datetime(2026, 3, 1, 12, tzinfo=dt.UTC))

    def ledger(self) -> list[tuple[str, str, int]]:
        return [
            (entry["type"], entry["receipt_no"], entry["amount"])
            for entry in self.sandbox.books("memberson")["ledger"]
        ]


@contextlib.asynccontextmanager
async def opened(
    sandbox: Sandbox, *, timeout_seconds: float = 5, password: str | None = None
) -> AsyncIterator[Desk]:
    env, clock = sandbox.environment, SystemClock()
    settings = MembersonSettings(
        url=env["MEMBERSON_URL"],
        point_type=env.get("MEMBERSON_POINT_TYPE", "C21 Points"),
        location="HQ",
        time_zone="Asia/Singapore",
        history=True,
        cancel=True,
    )
    async with open_transport(
        "memberson", settings.url, timeout_seconds=timeout_seconds
    ) as transport:
        users = Fixed(
            ServiceUser(env["MEMBERSON_API_USER"], password or env["MEMBERSON_API_PASSWORD"])
        )
        link = Link(transport, kept_token(transport, users, clock.now), users)
        zone, drawer = ZoneInfo(settings.time_zone), Drawer(None)
        reads, writes = MembersonReads(link, zone), MembersonWrites(link, zone)
        crm = MembersonCrm(reads, writes, settings, clock)
        try:
            yield Desk(
                sandbox=sandbox,
                crm=crm,
                points=MembersonPoints(reads, writes, drawer, settings, clock),
                drawer=drawer,
            )
        finally:
            await crm.aclose()


async def test_a_member_is_found_let_in_and_known(sandbox: Sandbox) -> None:
    async with opened(sandbox) as desk:
        booking = await desk.sign_in()
        profile = await desk.crm.profile(booking.guest.customer_number)
        standing = await desk.crm.standing(booking.guest.customer_number)
        rates = await desk.crm.rates()
    session = desk.drawer.session
    assert session is not None
    assert (profile.email, profile.first_name) == (sandbox.member["email"], "Mei")
    assert profile.phone_number is not None
    assert profile.phone_number.startswith("+65")
    assert standing.membership is not None
    assert standing.membership.status is MembershipStatus.ACTIVE
    balances = sandbox.books("memberson")["balances"][standing.membership.number]
    assert balances == {standing.currency: standing.balance}
    assert {"SGD", "JPY"} <= {rate.currency for rate in rates}
    lifetime = session.expires_at - SystemClock().now()
    assert dt.timedelta(hours=23) < lifetime <= dt.timedelta(hours=24)


async def test_signing_in_costs_four_calls_and_one_service_token(sandbox: Sandbox) -> None:
    async with opened(sandbox) as desk:
        sandbox.forget_calls()
        await desk.sign_in()
        await desk.sign_in()
    assert len(sandbox.calls("memberson")) == 1 + 2 * 4
    assert len(sandbox.calls("memberson", path=AUTHENTICATE)) == 1


async def test_a_wrong_password_and_an_unknown_email_are_told(sandbox: Sandbox) -> None:
    async with opened(sandbox) as desk:
        assert await desk.crm.find("nobody@example.test") == ()
        with pytest.raises(WrongPassword):
            await desk.sign_in(password="not it")


async def test_revoked_service_tokens_are_renewed_once_for_many_callers(sandbox: Sandbox) -> None:
    async with opened(sandbox) as desk:
        booking = await desk.sign_in()
        sandbox.forget_calls()
        for _ in range(2):  # the CRM says code 2 now as a number, now as text
            sandbox.post("/memberson/revoke", {"which": "service"})
            customer = booking.guest.customer_number
            await asyncio.gather(*(desk.crm.standing(customer) for _ in range(10)))
    assert len(sandbox.calls("memberson", path=AUTHENTICATE)) == 2


async def test_with_a_wrong_service_password_nothing_is_sent(sandbox: Sandbox) -> None:
    async with opened(sandbox, password="wrong") as desk:
        with pytest.raises(NotSent):
            await desk.sign_in()


@pytest.mark.parametrize("reply", ["full", "string", "empty"])
async def test_points_are_taken_whatever_the_crm_replies_and_given_back(
    sandbox: Sandbox, reply: str
) -> None:
    sandbox.switch("memberson", redeem_reply=reply)
    async with opened(sandbox) as desk:
        booking = await desk.sign_in()
        before = await desk.points.balance(booking)
        assert before is not None
        assert not await desk.points.was_redeemed(booking, RECEIPT)
        redemption_id = await desk.points.redeem(booking, RECEIPT)
        assert (redemption_id is None) == (reply == "empty")
        assert await desk.points.was_redeemed(booking, RECEIPT)
        assert await desk.points.balance(booking) == before - 300
        assert not await desk.points.was_given_back(booking, RECEIPT)
        await desk.points.give_back(booking, RECEIPT)
        assert await desk.points.was_given_back(booking, RECEIPT)
        assert await desk.points.balance(booking) == before
    assert desk.ledger() == [("REDEEM", RECEIPT, -300), ("REVERSE", RECEIPT, 300)]


@pytest.mark.parametrize("fails", [False, True])
async def test_giving_back_twice_moves_points_once(sandbox: Sandbox, *, fails: bool) -> None:
    sandbox.switch("memberson", second_reversal_fails=fails)
    async with opened(sandbox) as desk:
        booking = await desk.sign_in()
        await desk.points.redeem(booking, RECEIPT)
        await desk.points.give_back(booking, RECEIPT)
        await desk.points.give_back(booking, RECEIPT)
    assert desk.ledger() == [("REDEEM", RECEIPT, -300), ("REVERSE", RECEIPT, 300)]


async def test_giving_back_what_was_never_taken_moves_nothing(sandbox: Sandbox) -> None:
    async with opened(sandbox) as desk:
        booking = await desk.sign_in()
        await desk.points.give_back(booking, RECEIPT)
    assert desk.ledger() == []


@pytest.mark.parametrize(("kind", "taken"), [("drop_before", False), ("drop_after", True)])
async def test_after_a_lost_answer_the_history_tells_whether_points_were_taken(
    sandbox: Sandbox, kind: str, *, taken: bool
) -> None:
    async with opened(sandbox) as desk:
        booking = await desk.sign_in()
        sandbox.fault("memberson", kind, REDEEM, times=1)
        with pytest.raises(OutcomeUnknown):
            await desk.points.redeem(booking, RECEIPT)
        assert await desk.points.was_redeemed(booking, RECEIPT) is taken
    assert len(sandbox.calls("memberson", "POST", "*/redeem-point")) == 1


@pytest.mark.parametrize("stored", [False, True])
async def test_after_a_504_the_history_tells_whether_points_came_back(
    sandbox: Sandbox, *, stored: bool
) -> None:
    async with opened(sandbox) as desk:
        booking = await desk.sign_in()
        await desk.points.redeem(booking, RECEIPT)
        sandbox.fault("memberson", "error", CANCEL, times=1, status=504, stored=stored)
        with pytest.raises(OutcomeUnknown):
            await desk.points.give_back(booking, RECEIPT)
        assert await desk.points.was_given_back(booking, RECEIPT) is stored


async def test_a_redemption_beyond_the_balance_is_told_with_the_balance(sandbox: Sandbox) -> None:
    async with opened(sandbox) as desk:
        booking = await desk.sign_in()
        balance = await desk.points.balance(booking)
        assert balance is not None
        dear = replace(booking, terms=replace(booking.terms, points=balance + 1))
        with pytest.raises(InsufficientPoints) as caught:
            await desk.points.redeem(dear, RECEIPT)
    assert caught.value.balance == balance
    assert desk.ledger() == []


async def test_a_member_session_that_the_crm_ended_is_over(sandbox: Sandbox) -> None:
    async with opened(sandbox) as desk:
        booking = await desk.sign_in()
        sandbox.post("/memberson/revoke", {"which": "profile"})
        with pytest.raises(MemberSessionOver):
            await desk.points.redeem(booking, RECEIPT)
    assert desk.ledger() == []


async def test_points_go_back_after_the_member_s_session_has_ended(sandbox: Sandbox) -> None:
    async with opened(sandbox) as desk:
        booking = await desk.sign_in()
        await desk.points.redeem(booking, RECEIPT)
        sandbox.post("/memberson/revoke", {"which": "profile"})
        await desk.points.give_back(booking, RECEIPT)
    assert desk.ledger() == [("REDEEM", RECEIPT, -300), ("REVERSE", RECEIPT, 300)]


async def test_a_crm_without_the_proposed_calls_cannot_be_asked(sandbox: Sandbox) -> None:
    sandbox.switch("memberson", cancel_offered=False, history_offered=False)
    async with opened(sandbox) as desk:
        booking = await desk.sign_in()
        await desk.points.redeem(booking, RECEIPT)
        for ask in (desk.points.was_redeemed, desk.points.was_given_back, desk.points.give_back):
            with pytest.raises(CannotAsk):
                await ask(booking, RECEIPT)


async def test_a_crm_that_is_down_was_not_reached(sandbox: Sandbox) -> None:
    async with opened(sandbox) as desk:
        booking = await desk.sign_in()
        # Aside, so that the loop sees the kept connections end.
        await asyncio.to_thread(sandbox.fault, "memberson", "down")
        with pytest.raises(NotSent):
            await desk.points.redeem(booking, RECEIPT)
        await asyncio.to_thread(sandbox.clear_faults)
        await desk.points.redeem(booking, RECEIPT)
    assert desk.ledger() == [("REDEEM", RECEIPT, -300)]
