"""What must not be in the code, and the proofs that must see it: run by `scripts.mutants`."""

from dataclasses import dataclass

UNIT = "tests/unit/booking"
CRASHES = f"{UNIT}/test_crash_points.py::test_a_death_at_any_instant_is_recovered_from"
FAULTS = f"{UNIT}/test_saga_faults.py"
CANCELLING = f"{UNIT}/test_cancelling.py"
MODEL = "tests/chaos/test_saga_model.py"
LOST = "tests/chaos/test_lost_answers.py::test_a_write_whose_answer_is_lost_has_one_effect"
DEATHS = "tests/chaos/test_deaths_of_processes.py"
LEDGERS = "tests/conformance/test_ledgers.py"


@dataclass(frozen=True, slots=True, kw_only=True)
class Mutant:
    """`old` stands once in `file`; every one of `proofs` must turn red with `new` in its place."""

    name: str
    file: str
    old: str
    new: str
    proofs: tuple[str, ...]


MUTANTS = (
    Mutant(
        name="a lease stops nobody",
        file="bff/ledger/sqlite.py",
        old="if booking.lease_until is not None and booking.lease_until > now:",
        new="if booking.lease_until is None and booking.lease_owner is not None:",
        proofs=(f"{LEDGERS}::test_of_many_claims_one_gets_the_lease_until_it_ends",),
    ),
    Mutant(
        name="a write ignores the version it read",
        file="bff/ledger/sqlite.py",
        old='" WHERE id = ? AND version = ?",',
        new='" WHERE id = ? AND ? >= 0",',
        proofs=(f"{LEDGERS}::test_of_many_saves_over_one_version_one_wins",),
    ),
    Mutant(
        name="an unknown outcome is tried again blindly",
        file="bff/booking/judging.py",
        old="        case _:\n            return Unknown(said)",
        new="        case _:\n            return Retry(said, known_not_done=True)",
        proofs=(FAULTS, f"{LOST}[drop_after]", MODEL),
    ),
    Mutant(
        name="an unknown outcome counts as refused",
        file="bff/booking/judging.py",
        old="        case _:\n            return Unknown(said)",
        new="        case _:\n            return fail(said, Reason.REFUSED)",
        proofs=(FAULTS, f"{LOST}[drop_after]"),
    ),
    Mutant(
        name="the card is captured before the place is booked",
        file="bff/booking/steps/place.py",
        old="        made = await up.reservations.book(booking, hold_id=hold_id)",
        new="        if booking.intent_id:\n            await up.cards.capture(booking)\n"
        "        made = await up.reservations.book(booking, hold_id=hold_id)",
        proofs=(f"{LOST}[drop_before]",),
    ),
    Mutant(
        name="a no is believed while the call may still be under way",
        file="bff/booking/advance.py",
        old="        if now < settles:",
        new="        if now < announced:",
        proofs=(f"{UNIT}/test_patience.py", f"{LOST}[late]"),
    ),
    Mutant(
        name="a lost call is believed undone however long a call may take",
        file="bff/booking/policy.py",
        old="    return writes_end_after(call_seconds) + SETTLE_MARGIN_SECONDS",
        new="    return min(writes_end_after(call_seconds), 1) + SETTLE_MARGIN_SECONDS",
        proofs=(f"{UNIT}/test_patience.py",),
    ),
    Mutant(
        name="a write may be begun however late",
        file="clients/guard.py",
        old="        left = seconds_left(writes=work.writes)",
        new="        left = None if work.writes else seconds_left(writes=False)",
        proofs=("tests/unit/clients/test_guard_deadlines.py",),
    ),
    Mutant(
        name="a held place is not released",
        file="bff/booking/steps/place.py",
        old="        await up.reservations.release(booking)\n",
        new="        pass\n",
        proofs=(CANCELLING, f"{LOST}[drop_before]"),
    ),
    Mutant(
        name="calls are not announced",
        file="bff/booking/transitions.py",
        old="    announced_at = now if row is not None and row.writes else None\n",
        new="    announced_at = None if row is not None else now\n",
        proofs=(CRASHES, DEATHS),
    ),
    Mutant(
        name="a key counts whoever sends it",
        file="bff/ledger/sqlite.py",
        old='    sql = "SELECT body FROM bookings WHERE member_id = ? AND idempotency_key = ?"',
        new='    sql = "SELECT body FROM bookings WHERE length(?) > 0 AND idempotency_key = ?"',
        proofs=(
            f"{LEDGERS}::test_the_same_key_of_another_member_is_another_booking",
            f"{UNIT}/test_desk.py::test_the_same_key_of_another_member_is_another_booking",
        ),
    ),
    Mutant(
        name="a webhook is proof enough of a payment",
        file="bff/booking/steps/payment.py",
        old="    if look.state in {CardState.AUTHORISED, CardState.CAPTURED}:",
        new="    if look.state is not CardState.RETURNED and booking.deadline_at > now:",
        proofs=(f"{UNIT}/test_card_stories.py",),
    ),
    Mutant(
        name="a webhook needs no signature",
        file="bff/endpoints/stripe_webhook.py",
        old='verify(body, request.headers.get("stripe-signature", ""), secrets(), clock.now())',
        new="len(secrets())",
        proofs=("tests/unit/endpoints/test_stripe_webhook.py",),
    ),
    Mutant(
        name="the payment is given back before the place",
        file="bff/booking/steps/place.py",
        old="    if booking.reservation_id is not None:\n        return await _cancel(up, booking)",
        new="    if booking.reservation_id is not None:\n"
        "        await up.points.give_back(booking, booking.receipt_no)\n"
        "        return await _cancel(up, booking)",
        proofs=(f"{UNIT}/test_bare_upstreams.py", CANCELLING),
    ),
    Mutant(
        name="points are given back again after a lost answer",
        file="bff/booking/steps/payment.py",
        old="    return _given_back() if done else NotDone()",
        new="    return NotDone() if done else _given_back()",
        proofs=(FAULTS, f"{LOST}[drop_before]"),
    ),
    Mutant(
        name="points are taken though the hold has lapsed",
        file="bff/booking/steps/payment.py",
        old="    if not booking.is_on_request and hold_is_over(booking, now):",
        new="    if not booking.is_on_request and booking.hold_id is None:",
        proofs=(f"{FAULTS}::test_a_hold_that_lapsed_is_taken_again_before_points_are",),
    ),
    Mutant(
        name="our own lost hold is taken for a rival's",
        file="bff/booking/steps/place.py",
        old="    if lost is not None and now < lost:",
        new="    if lost is not None and now > lost:",
        proofs=(CRASHES,),
    ),
    Mutant(
        name="a key takes any input",
        file="bff/booking/desk.py",
        old="        if known.input_hash != fingerprint(wish.method, wish.terms, wish.notes):",
        new="        if not fingerprint(wish.method, wish.terms, wish.notes):",
        proofs=(f"{UNIT}/test_desk.py",),
    ),
    Mutant(
        name="every try has a receipt of its own",
        file="bff/booking/model.py",
        old='        return f"{self.id}-{self.round}"',
        new='        return f"{self.id}-{self.version}"',
        proofs=(CRASHES, DEATHS),
    ),
    Mutant(
        name="Stripe's keys differ from try to try",
        file="bff/gateways/payments.py",
        old='    return f"{booking.id}{again}:{step}"',
        new='    return f"{booking.id}{again}:{step}:{booking.version}"',
        proofs=(DEATHS,),
    ),
    Mutant(
        name="a cancelled booking turns round while a call is in the open",
        file="bff/booking/transitions.py",
        old="    if booking.announced_at is not None or booking.in_doubt:",
        new="    if booking.in_doubt:",
        proofs=(CANCELLING,),
    ),
    Mutant(
        name="a guest has for ever to pay",
        file="bff/booking/steps/payment.py",
        old="    if look.state is CardState.RETURNED or now >= booking.deadline_at:",
        new="    if look.state is CardState.RETURNED:",
        proofs=(f"{UNIT}/test_card_stories.py",),
    ),
    Mutant(
        name="an approval that crosses a withdrawal is overlooked",
        file="bff/booking/steps/place.py",
        old='return Move(Point.UNDOING, "approved meanwhile", {"reservation_id": made.id})',
        new="return Move(Point.RETURNING, made.id)",
        proofs=(CANCELLING,),
    ),
    Mutant(
        name="nobody looks for bookings that are due",
        file="bff/worker.py",
        old="for booking_id in due))",
        new="for booking_id in due[:0]))",
        proofs=("tests/unit/test_worker.py", "tests/integration/test_parked_bookings.py"),
    ),
    Mutant(
        name="all upstreams share one line",
        file="bff/turns.py",
        old="        upstream=None if row is None else row.upstream,\n",
        new='        upstream="all" if row else None,\n',
        proofs=("tests/unit/test_turns.py",),
    ),
    Mutant(
        name="a doubt ends a booking, and it is forgotten",
        file="bff/booking/retention.py",
        old="if booking.in_doubt or booking.due_at",
        new="if booking.due_at",
        proofs=("tests/conformance/test_retention.py",),
    ),
    Mutant(
        name="the card is charged when it is authorised",
        file="clients/stripe/write.py",
        old='"capture_method": "manual"',
        new='"capture_method": "automatic"',
        proofs=(f"{LOST}[drop_before]",),
    ),
    Mutant(
        name="a row that says nothing is none of ours",
        file="clients/sevenrooms/read.py",
        old="    if rows and (not usable or (every_row and len(usable) < len(rows))):",
        new="    if rows and not usable and not every_row:",
        proofs=("tests/unit/clients/test_sevenrooms_read.py",),
    ),
    Mutant(
        name="an entry of nulls is no redemption",
        file="clients/memberson/read.py",
        old="        if not all(proposed.can_be_told(each) for each in found):",
        new="        if not found and rows:",
        proofs=("tests/unit/clients/test_memberson_read.py",),
    ),
    Mutant(
        name="a 200 is the CRM's word, whatever it says",
        file="clients/memberson/write.py",
        old="        if not _is_an_answer(response):",
        new="        if not response.is_success:",
        proofs=("tests/unit/clients/test_memberson_write.py",),
    ),
)
